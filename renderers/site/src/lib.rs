//! Renders the verified book as a web site, through mdBook's own HTML renderer.
//!
//! # Steps
//! 1. [`theme`]: lays our theme under the author's, and refuses templates that do not parse; [`loops`]: refuses what can't be copied;
//! 2. [`preprocess`]: runs the book's other preprocessors over the woven text;
//! 3. [`render`]: mdBook's renderer writes the pages into a new folder, in memory if it can, while [`search`] makes their index;
//! 4. [`download`], [`machines`]: what is written beside the pages, for readers and for programs;
//! 5. [`page`], [`colour`]: adds to each page the links to that, and colours its code;
//! 6. [`publish`]: puts it in the place of the last good site, so that nobody ever sees half a site.
//!
//! Before the last one the caller can still change its mind: a [`Rendered`] site that is not published goes without a trace.
//!
//! mdBook's renderer is closed: it takes its theme from files. So a *staged root* is laid out in a temporary folder, with the book's
//! sources linked in and both themes merged, and mdBook renders that. The book's own folder is only read.
//!
//! [`render_pages`] renders a few pages by themselves, for those who wait for them while the whole is rendered.
//!
//! Deliberately absent: Python, and any judgement about examples. What comes in is verified.

mod beside;
mod chapter;
mod colour;
mod download;
mod loops;
mod machines;
mod page;
mod pages;
pub mod preprocess;
mod publish;
pub mod review;
mod search;
mod theme;
mod timings;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use exemplar_model::report::Python;
use exemplar_verify::weave::ledger::Ledger;
use mdbook::book::{Book, Chapter};
use mdbook::config::{Config, HtmlConfig};
use mdbook_html::HtmlHandlebars;
use mdbook_markdown::MarkdownOptions;
use mdbook_renderer::{RenderContext, Renderer};
use thiserror::Error;

pub use chapter::{Companion, Picture, VerifiedChapter};
pub use pages::{Pages, render_pages, with_main};
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
    /// What the site would replace is no folder.
    #[error("`{}` is {what}, and the site goes there; move it out of the way", path.display())]
    Destination {
        /// Where the site goes.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },
    /// A folder that is copied has a link to a folder around it.
    #[error("`{}` is a link to a folder around it, and a copy of that would have no end; remove it", path.display())]
    Loop {
        /// The link.
        path: PathBuf,
    },
    /// The book that mdBook reads has a page that was not verified.
    #[error("the chapter `{}` was not verified, so the book is not rendered; SUMMARY.md has changed meanwhile, or names it in two ways", path.display())]
    Unverified {
        /// The page, from the source folder.
        path: PathBuf,
    },
    /// A chapter of the book has the path of a generated one.
    #[error("the chapter `{}` has the path of a generated one; give it another", path.display())]
    Taken {
        /// The path.
        path: PathBuf,
    },
    /// The search index can't be made.
    #[error("the search index: {cause}")]
    Search {
        /// Pagefind's words.
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
    /// An error of mdBook, with its causes. What the operating system refused it is told from what the book asks for in vain.
    fn mdbook(error: &mdbook::errors::Error) -> Self {
        let cause = format!("{error:#}");
        let refused = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
        match refused.map(io::Error::kind) {
            None | Some(io::ErrorKind::NotFound) => Self::Mdbook { cause },
            Some(kind) => Self::Io(io::Error::new(kind, format!("mdBook: {cause}"))),
        }
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
    /// The chapters whose examples were run, in reading order.
    pub chapters: Vec<VerifiedChapter<'a>>,
    /// What was verified in all of them.
    pub ledger: Ledger,
    /// Other forms of the whole book, which every page links to.
    pub companions: Vec<Companion>,
    /// What previews of links to its pages show.
    pub pictures: Vec<Picture>,
    /// The interpreter that ran them.
    pub python: Option<&'a Python>,
    /// Whether readers are told how long each fence took.
    pub is_timed: bool,
    /// Titles that chapters set for themselves, by the path of their file; of a generated one, by its own.
    pub titles: HashMap<PathBuf, String>,
    /// Our theme: files below `theme/`.
    pub assets: &'a [Asset],
}

/// The table of book.toml that mdBook's renderer has.
fn html(config: &Config) -> Result<HtmlConfig, SiteError> {
    let table = config.get("output.html");
    let table =
        table.map_err(|error| SiteError::Config { table: "output.html", cause: format!("{error:#}") })?;
    Ok(table.unwrap_or_default())
}

/// The address of the site, where book.toml gives the whole of it, with a slash at its end.
///
/// # Errors
/// When the table of the site is wrong.
pub fn address(config: &Config) -> Result<Option<String>, SiteError> {
    Ok(machines::address(html(config)?.site_url.as_deref()))
}

/// A site that is whole and that nobody sees yet. Dropped, it is removed.
#[must_use = "a site that is not published is removed"]
pub struct Rendered {
    staging: publish::Staging,
}

impl Rendered {
    /// Where it lies meanwhile.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.staging.path()
    }

    /// Adds a file that readers may take home.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn add(&self, path: &str, content: &[u8]) -> Result<(), SiteError> {
        let path = self.staging.path().join(path);
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        Ok(fs_err::write(path, content)?)
    }

    /// Puts the site in the place of the last good one, in one step.
    ///
    /// # Errors
    /// When the system refuses that; the last good site is then in its place.
    pub fn publish(self) -> Result<(), SiteError> {
        self.staging.replace()
    }
}

/// Renders the site that will replace `destination`.
///
/// # Errors
/// When the theme or book.toml is wrong, or something can't be written.
pub fn render(site: Site<'_>, destination: &Path) -> Result<Rendered, SiteError> {
    let html = html(site.config)?;
    let staged = theme::stage(site.root, site.config, &html, site.assets)?;
    let sources = publish::size(&site.root.join(&site.config.book.src));
    let staging = publish::Staging::of(destination, sources)?;
    let titles = titles(&site.book, &site.titles);
    let Site { book, config, chapters, ledger, companions, pictures, python, is_timed, .. } = site;
    let pages: Vec<Chapter> = preprocess::chapters(&book).map(without_text).collect();
    let mut context = RenderContext::new(staged.root(), book, staged.config.clone(), staging.path());
    context.chapter_titles = titles;
    let language = config.book.language.as_deref().unwrap_or("en");
    let options = markdown_options(&html);
    let colours = colour::Colours::default();
    // What is made of the chapters' text takes as long as mdBook does, and needs nothing of it.
    let index = std::thread::scope(|scope| {
        let book = &context.book;
        let beside = scope.spawn(|| {
            let index = search::is_wanted(&html).then(|| search::index(book, &options, language)).transpose();
            preprocess::chapters(book).for_each(|chapter| colours.prepare(&chapter.content, &options));
            index
        });
        HtmlHandlebars::new().render(&context).map_err(|error| SiteError::mdbook(&error))?;
        beside.join().unwrap_or_else(|_| Err(SiteError::Search { cause: "it was abandoned".to_owned() }))
    })?;
    if let Some(index) = index {
        search::write(index, &staging.path())?;
    }
    beside::write(&beside::Written {
        site: &staging.path(),
        book: &config.book,
        html: &html,
        pages: &pages,
        chapters: &chapters,
        ledger: &ledger,
        companions: &companions,
        pictures: &pictures,
        colours: &colours,
        python,
        is_timed,
    })?;
    Ok(Rendered { staging })
}

/// How mdBook reads the Markdown of a book.
fn markdown_options(html: &HtmlConfig) -> MarkdownOptions {
    let mut options = MarkdownOptions::default();
    options.smart_punctuation = html.smart_punctuation;
    options.definition_lists = html.definition_lists;
    options.admonitions = html.admonitions;
    options
}

/// A chapter as far as its page is found by it.
fn without_text(chapter: &Chapter) -> Chapter {
    let path = chapter.path.clone().unwrap_or_default();
    Chapter::new(&chapter.name, String::new(), path, Vec::new())
}

/// The titles by the paths that mdBook renders: a preprocessor may have given a page another one, as `index` does to README.md.
fn titles(book: &Book, by_file: &HashMap<PathBuf, String>) -> HashMap<PathBuf, String> {
    preprocess::chapters(book)
        .filter_map(|chapter| {
            let title = by_file.get(chapter.source_path.as_ref().or(chapter.path.as_ref())?)?;
            Some((chapter.path.clone()?, title.clone()))
        })
        .collect()
}
