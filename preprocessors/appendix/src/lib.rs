//! What a verified book teaches beside its prose, laid out twice: in its chapter, and collected in chapters of its own.
//!
//! Interview questions, cheat sheets, gotchas, labs, quizzes and terms are written as block quotes ([`exemplar_verify::parse::alert`] has the
//! grammar). This stage takes the woven chapters, in which every fence is verified and stands with what it printed, and
//!
//! 1. [`collect`]: reads each chapter's entries, with the section that each stands in;
//! 2. [`chapter`]: puts a box in the place of each block quote, with the anchor that everything links back to;
//! 3. [`data`], [`layout`], [`pages`]: lays out the generated chapters by Tera templates, which a book may override in its `theme/appendix/`;
//! 4. [`deck`]: writes the cards as a deck for Anki;
//! 5. [`lab`]: finds the parts of a lab, and packs what readers take home.
//!
//! # Invariants
//! - The woven text is all that is needed: outputs stand in it. No report is left in a file for a later program to find, so the stage is
//!   the same under a stock mdBook, which hands it the chapters on standard input.
//! - A link to an entry and the anchor that it leads to are made from one record, so that none is broken.
//! - Same book, same bytes: no clock, no random number, no order of a hash map.
//!
//! Deliberately absent: mistakes of authors, all of which were found before (`exemplar check` names them).

mod chapter;
mod collect;
mod data;
mod deck;
mod embedded;
mod lab;
mod layout;
mod markdown;
mod pages;
mod references;
mod section;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use exemplar_model::teaching::slug;
use exemplar_verify::parse::alert::entries;
use exemplar_verify::weave::ledger::PATH;
use mdbook_preprocessor::book::{Book, BookItem};
use thiserror::Error;

use self::collect::Collected;
use self::data::Library;
pub use self::embedded::TEMPLATES;
pub use self::lab::{Kit, brief as lab_brief, title as lab_title};
pub use self::pages::titles;
use self::references::Reader;

/// Generated chapters that are of use on a screen only: another one has all that they say.
pub const SCREEN_ONLY: &[&str] = &["appendix/mock-interview.md", "appendix/flashcards.md"];

/// Why the book has no appendices.
#[derive(Debug, Error)]
pub enum AppendixError {
    /// A template is wrong.
    #[error("{place}: {cause}")]
    Template {
        /// Its file, with line and column where they are known.
        place: String,
        /// What is wrong.
        cause: String,
    },
    /// A chapter of the book has the path of a generated one.
    #[error("the chapter `{}` has the path of a generated one; give it another", path.display())]
    Taken {
        /// The path.
        path: PathBuf,
    },
    /// The operating system refused something.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The deck can't be written.
    #[error("the deck of cards: {0}")]
    Deck(#[from] rusqlite::Error),
    /// The deck can't be packed.
    #[error("the deck of cards: {0}")]
    Pack(#[from] zip::result::ZipError),
    /// The files of a lab can't be packed.
    #[error("the files of a lab: {0}")]
    Kit(zip::result::ZipError),
}

/// A template of a generated chapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Its path below `theme/`.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// What the book as a whole says.
#[derive(Debug, Clone, Copy)]
pub struct AppendixOptions<'a> {
    /// The book's title.
    pub title: &'a str,
    /// The topics in the order of the settings.
    pub topics: &'a [String],
    /// The libraries that the index has where prose names them.
    pub libraries: &'a [String],
    /// The folder of the book's own theme, whose templates win over ours.
    pub theme: &'a Path,
    /// Our templates.
    pub templates: &'a [Template],
}

/// What readers take home of each lab of a woven book. `title` is the book's.
#[must_use]
pub fn kits(book: &Book, title: &str) -> Vec<Kit> {
    let entries = book.chapters().flat_map(|chapter| entries(&chapter.content).entries);
    entries.filter_map(|entry| Kit::of(&entry, title)).collect()
}

/// Lays out the teaching elements of a woven book, and appends the generated chapters to it. A book without any stays as it is.
///
/// # Errors
/// When a template is wrong, a chapter has the path of a generated one, or a file of the theme can't be read.
pub fn append(mut book: Book, options: AppendixOptions<'_>) -> Result<Book, AppendixError> {
    let mut collected: Vec<Collected> = Vec::new();
    let mut references = Reader::new(options.libraries);
    let mut paths: Vec<PathBuf> = Vec::new();
    let mut failure = None;
    book.for_each_mut(|item| {
        let BookItem::Chapter(chapter) = item else { return };
        let Some(path) = chapter.path.clone() else { return };
        let found = match collect::chapter(&chapter.content, &path, &chapter.name, options.title) {
            Ok(found) => found,
            Err(error) => return failure = Some(error),
        };
        references.read(&chapter.content, &path, &chapter.name);
        chapter.content = chapter::rewrite(&chapter.content, &found, options.topics);
        collected.extend(found);
        paths.push(path);
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    if collected.is_empty() {
        return Ok(book);
    }
    let library = Library::new(options, &collected, references.sorted());
    let deck = deck::write(&slug(options.title), options.title, &library.cards)?;
    let generated = pages::pages(&library, &deck, last_number(&book), last_part(&book), options)?;
    let taken = |path: &Path| paths.iter().any(|known| known == path);
    // The record of what was verified stays the last chapter.
    let is_ledger = |item: &BookItem| matches!(item, BookItem::Chapter(chapter) if chapter.path.as_deref() == Some(Path::new(PATH)));
    let ledger = book.items.pop_if(|item| is_ledger(item));
    for item in generated {
        if let BookItem::Chapter(chapter) = &item
            && let Some(path) = chapter.path.as_ref().filter(|path| taken(path))
        {
            return Err(AppendixError::Taken { path: path.clone() });
        }
        book.push_item(item);
    }
    book.items.extend(ledger);
    Ok(book)
}

/// The title of the last part; none in a book without parts.
fn last_part(book: &Book) -> Option<&str> {
    book.items.iter().rev().find_map(|item| match item {
        BookItem::PartTitle(title) => Some(title.as_str()),
        _ => None,
    })
}

/// The number of the last numbered chapter; none in a book that numbers none.
fn last_number(book: &Book) -> Option<u32> {
    book.chapters().filter_map(|chapter| chapter.number.as_ref()?.first().copied()).max()
}
