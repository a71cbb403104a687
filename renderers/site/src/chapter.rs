//! A verified chapter, as far as what is written beside its page needs it, and what is written beside all pages.

use std::path::PathBuf;

use exemplar_model::plan::Page;
use exemplar_verify::report::PlacedExample;
use exemplar_verify::weave::{Runnable, ledger};

/// A chapter whose examples were run.
#[derive(Debug)]
pub struct VerifiedChapter<'a> {
    /// Its name in the table of contents.
    pub title: String,
    /// Its path from the source folder.
    pub path: PathBuf,
    /// What stands in it.
    pub page: &'a Page,
    /// The results of its examples, in order.
    pub examples: &'a [PlacedExample],
    /// Its sessions, each as one text.
    pub sessions: Vec<Runnable>,
}

/// A file for all pages to link to in their menus: another form of the whole book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// Its path from the root of the site.
    pub path: String,
    /// What it is, for readers.
    pub words: &'static str,
    /// Its content.
    pub content: Vec<u8>,
}

/// What a preview of a link to a page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The page, from the root of the site.
    pub page: String,
    /// What it says, for those who don't see it.
    pub words: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// A PNG.
    pub content: Vec<u8>,
}

impl Picture {
    /// Its path from the root of the site.
    #[must_use]
    pub(crate) fn path(&self) -> String {
        format!("previews/{}.png", self.page.trim_end_matches(".html"))
    }
}

impl VerifiedChapter<'_> {
    /// The page that it becomes, from the root of the site.
    #[must_use]
    pub fn url(&self) -> String {
        ledger::page(&self.path)
    }

    /// The results of a fence.
    #[must_use]
    pub(crate) fn of_fence(&self, fence: usize) -> Vec<&PlacedExample> {
        self.examples.iter().filter(|example| example.fence == fence).collect()
    }

    /// A file beside its page, with another ending.
    #[must_use]
    pub(crate) fn sibling(&self, ending: &str) -> String {
        format!("{}.{ending}", self.url().trim_end_matches(".html"))
    }
}
