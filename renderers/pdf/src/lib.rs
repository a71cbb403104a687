//! Typesets the verified book as a PDF, with Typst in process: no browser, no LaTeX, no network.
//!
//! # Steps
//! 1. [`manuscript`]: parts and chapters in their order;
//! 2. [`tree`]: each chapter's woven text, Markdown and HTML, as one tree;
//! 3. [`links`]: every place that a link can lead to gets a key; [`solutions`] leave for the back;
//! 4. [`convert`]: trees to Typst; on the way, names for the [`index`], listings for the [`attachments`];
//! 5. [`layout`]: front matter, chapters, solutions and index in order, with the templates of `theme/pdf/`;
//! 6. [`typeset`]: Typst makes pages of it, and a file.
//!
//! # Invariants
//! - Text reaches Typst as string literals ([`emit`]): a book can't inject markup, and [`world`] has nothing but what was put into it.
//! - What can't be set is a [`Diagnostic`] with its place in the author's file ([`report`], [`origin`]), and never dropped in silence.
//! - The same book gives the same bytes.
//!
//! Deliberately absent: Python, and any judgement about examples. What comes in is verified.

mod attachments;
mod card;
mod convert;
mod date;
mod emit;
mod finding;
mod fonts;
mod index;
mod layout;
mod links;
mod manuscript;
mod origin;
mod render;
mod report;
mod solutions;
#[cfg(test)]
mod tests;
mod tree;
mod typeset;
mod world;

use std::io;
use std::path::PathBuf;

use exemplar_model::diagnostic::Diagnostic;
use thiserror::Error;

pub use self::card::{Card, SIZE as CARD_SIZE, cards};
pub use self::manuscript::Manuscript;
pub use self::render::render;

/// Why there is no PDF.
#[derive(Debug, Error)]
pub enum PdfError {
    /// The operating system refused something.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A folder of fonts has none.
    #[error("`pdf.fonts`: `{}` has no font in it (.ttf, .otf, .ttc)", folder.display())]
    NoFonts {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no such family of type.
    #[error("`pdf.{key}`: there is no family `{family}`; there are {known}")]
    NoFamily {
        /// The key of the settings.
        key: &'static str,
        /// What it asks for.
        family: String,
        /// What there is.
        known: String,
    },
    /// The standards don't go together.
    #[error("`pdf.standards`: {cause}")]
    Standards {
        /// Typst's words.
        cause: String,
    },
    /// The files of a chapter can't be packed.
    #[error("the attachments of `{chapter}`: {source}")]
    Pack {
        /// The chapter.
        chapter: String,
        /// The packer's words.
        source: zip::result::ZipError,
    },
    /// No chapter is left.
    #[error("`pdf.chapters` leaves no chapter of the book")]
    Empty,
    /// A pattern is none.
    #[error("`pdf.chapters`: {0}")]
    Pattern(#[from] ignore::Error),
    /// Something is wrong that no place of the book has to do with.
    #[error("typesetting failed: {message}")]
    Bug {
        /// Typst's words.
        message: String,
    },
}

/// The day of a moment, in seconds since 1970, for people.
#[must_use]
pub fn day(seconds: i64) -> String {
    date::Moment::new(Some(seconds)).day()
}

/// Files handed down as data.
#[derive(Debug, Clone, Copy)]
pub struct Theme<'a> {
    /// Templates: paths below `theme/`, and their text.
    pub templates: &'a [(&'static str, &'static str)],
    /// Fonts.
    pub fonts: &'a [&'static [u8]],
}

/// What came of a book.
#[derive(Debug)]
pub struct Rendered {
    /// The file; none where a diagnostic says why.
    pub pdf: Option<Vec<u8>>,
    /// Its pages.
    pub pages: usize,
    /// What authors should know.
    pub diagnostics: Vec<Diagnostic>,
}
