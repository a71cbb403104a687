//! The pages of a run once more, with other texts of some of their files.
//!
//! Nothing is read from the disk that the run has read: whoever asks what became of a page after a change means the page as it was read.

use std::collections::HashMap;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::plan::Session;
use exemplar_model::source::FileId;

use crate::load::files::Files;
use crate::load::project::Project;
use crate::pipeline::{Keep, LoadedPage, Verified, expand_page, is_markdown};
use crate::prepare::prepare;

/// New texts of files.
pub type Texts = HashMap<FileId, String>;

/// The pages of a run, loaded again. Files have the ids that they had.
pub fn reload(
    verified: &Verified,
    project: &Project,
    texts: &Texts,
) -> (Files, Vec<LoadedPage>, Vec<Diagnostic>) {
    let known = &verified.files;
    let mut files = known.emptied();
    for (file, source) in known.sources.files() {
        let text = texts.get(&file).map_or_else(|| source.text(), String::as_str);
        files.add_text(source.path(), known.disk_path(file), text);
    }
    let mut diagnostics = Vec::new();
    let pages = verified.pages.iter().map(|page| {
        let book = project.is_of_book(files.disk_path(page.file)) && is_markdown(&files, page.file);
        expand_page(&mut files, page.file, book, &mut diagnostics)
    });
    let pages = pages.collect();
    (files, pages, diagnostics)
}

/// The sessions that the pages would have with these texts. None when something that they need can't be read any more.
#[must_use]
pub fn sessions(verified: &Verified, project: &Project, texts: &Texts) -> Vec<Session> {
    let (files, pages, diagnostics) = reload(verified, project, texts);
    let surroundings = |_| Ok(verified.surroundings.clone());
    prepare(files, pages, diagnostics, project, surroundings, Keep::Everything)
        .map(|prepared| prepared.sessions)
        .unwrap_or_default()
}
