//! The chapters of a book, read into memory.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use exemplar_model::diagnostic::Diagnostic;
use exemplar_site::review::{self, Targets};
use exemplar_verify::load::files::Files;
use exemplar_verify::load::project::BookLayout;
use exemplar_verify::load::summary::chapters;
use exemplar_verify::pipeline::{LoadedPage, Verified, load_page};
use exemplar_verify::weave::{WeaveOptions, ledger, weave};

use crate::failure::Failure;
use crate::report::human;

/// Chapters.
#[derive(Debug)]
pub(super) struct Chapters {
    /// Their files.
    pub(super) files: Files,
    /// What reading them found out.
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Their pages.
    pub(super) pages: Vec<LoadedPage>,
    /// Titles that chapters set for themselves, by the path from the source folder.
    pub(super) titles: HashMap<PathBuf, String>,
    /// The place of each among the pages, by that path.
    pub(super) places: HashMap<PathBuf, usize>,
    /// The paths of all chapters of the book on the disk, in reading order.
    pub(super) paths: Vec<PathBuf>,
}

impl Chapters {
    /// Reads those that are wanted, by their paths on the disk.
    pub(super) fn load(
        book: &BookLayout,
        working: &Path,
        wanted: impl Fn(&Path) -> bool,
    ) -> Result<Self, Failure> {
        let mut files = Files::new(working);
        let list = chapters(&mut files, book);
        let mut diagnostics = list.diagnostics;
        if !list.readable {
            human::diagnostics(&files.sources, &diagnostics, &mut human::standard_error());
            return Err(Failure::NoSummary);
        }
        let mut pages = Vec::new();
        let mut titles = HashMap::new();
        let mut places = HashMap::new();
        for path in list.pages.iter().filter(|path| wanted(path)) {
            let Some(page) = load_page(&mut files, path, true, &mut diagnostics)? else { continue };
            let chapter = path.strip_prefix(&book.source).unwrap_or(path).to_owned();
            if let Some(title) = &page.title {
                titles.insert(chapter.clone(), title.clone());
            }
            places.insert(chapter, pages.len());
            pages.push(page);
        }
        Ok(Self { files, diagnostics, pages, titles, places, paths: list.pages })
    }

    /// Finds what is wrong with the whole book beside its examples. Gives what links can lead to on each page.
    pub(super) fn review(&mut self, book: &BookLayout) -> Vec<Targets> {
        let targets = self.review_links(book, []);
        self.diagnostics.extend(review::orphans(&mut self.files, book, &self.paths));
        self.diagnostics.extend(review::options(&mut self.files, &book.root));
        targets
    }

    /// Finds the links that lead neither to these pages nor to `others`. Gives what links can lead to on each page.
    pub(super) fn review_links<'a>(
        &mut self,
        book: &BookLayout,
        others: impl IntoIterator<Item = &'a Targets>,
    ) -> Vec<Targets> {
        let mut texts = Vec::new();
        let mut targets = vec![Targets::default(); self.pages.len()];
        for path in &self.paths {
            let chapter = path.strip_prefix(&book.source).unwrap_or(path);
            let Some(&page) = self.places.get(chapter) else { continue };
            let expanded = &self.pages[page].expanded;
            texts.push((chapter.to_owned(), expanded));
            targets[page] = Targets::of(chapter, expanded);
        }
        let mut all = Targets::default();
        all.extend(others);
        all.extend(&targets);
        self.diagnostics.extend(all.missed_by(&texts, &book.source));
        targets
    }
}

/// The woven text of a verified page, by its chapter's path from the source folder.
pub(super) fn woven(book: &BookLayout, verified: &Verified, page: usize, chapter: &Path) -> String {
    let path = book.written_source.join(chapter);
    let options = WeaveOptions {
        path: &path.to_string_lossy(),
        python: verified.report.python.as_ref(),
        to_root: &ledger::to_root(chapter),
        sessions: &verified.runnables_of(page),
    };
    weave(&verified.pages[page], &verified.examples_of(page), options)
}
