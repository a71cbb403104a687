//! Renders the verified book as a web site, through mdBook's own HTML renderer.
//!
//! # Steps
//! 1. [`theme`]: lays our theme under the author's, and refuses templates that do not parse;
//! 2. [`preprocess`]: runs the book's other preprocessors over the woven text;
//! 3. mdBook's renderer writes the pages into a new folder beside the last good ones;
//! 4. [`publish`]: swaps the two, so that nobody ever sees half a site.
//!
//! mdBook's renderer is closed: it takes its theme from files. So a *staged root* is laid out in a temporary folder, with the book's
//! sources linked in and both themes merged, and mdBook renders that. The book's own folder is only read.
//!
//! Deliberately absent: Python, and any judgement about examples. What comes in is verified.

pub mod preprocess;
pub mod publish;
pub mod theme;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use mdbook::book::Book;
use mdbook::config::{Config, HtmlConfig};
use mdbook_html::HtmlHandlebars;
use mdbook_renderer::{RenderContext, Renderer};
use thiserror::Error;

pub use theme::Asset;

/// Why there is no site.
#[derive(Debug, Error)]
pub enum SiteError {
    /// The operating system refused something.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A table of book.toml is not what mdBook takes. mdBook itself would fall back to its defaults without a word.
    #[error("book.toml: `[{table}]`: {cause}")]
    Config {
        /// The table.
        table: &'static str,
        /// What mdBook's reader says.
        cause: String,
    },
    /// A template of the author's theme does not parse.
    #[error("{}: {cause}", path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// What is wrong, with line and column.
        cause: String,
    },
    /// mdBook failed.
    #[error("mdBook: {cause}")]
    Mdbook {
        /// Its own words.
        cause: String,
    },
}

impl SiteError {
    /// An error of mdBook, with its causes.
    pub fn mdbook(error: &mdbook::errors::Error) -> Self {
        Self::Mdbook { cause: format!("{error:#}") }
    }
}

/// What is rendered.
pub struct Site<'a> {
    /// The folder of book.toml.
    pub root: &'a Path,
    /// Its content.
    pub config: &'a Config,
    /// The woven chapters.
    pub book: Book,
    /// Titles that chapters set for themselves, by their path.
    pub titles: HashMap<PathBuf, String>,
    /// Our theme: files below `theme/`.
    pub assets: &'a [Asset],
}

/// Renders the site into `destination`, which appears whole or not at all.
///
/// # Errors
/// When the theme or book.toml is wrong, or something can't be written. The last good site is then untouched.
pub fn render(site: Site<'_>, destination: &Path) -> Result<(), SiteError> {
    let html: HtmlConfig = site
        .config
        .get("output.html")
        .map_err(|error| SiteError::Config { table: "output.html", cause: format!("{error:#}") })?
        .unwrap_or_default();
    let staged = theme::stage(site.root, site.config, &html, site.assets)?;
    let new = publish::Staging::beside(destination)?;
    let mut context = RenderContext::new(staged.root(), site.book, staged.config.clone(), new.path());
    context.chapter_titles = site.titles;
    HtmlHandlebars::new().render(&context).map_err(|error| SiteError::mdbook(&error))?;
    new.replace(destination)?;
    Ok(())
}
