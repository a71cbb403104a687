//! Pages that stand in the source folder and in no table of contents: mdBook passes over them, and no reader finds them.

use std::path::{Path, PathBuf};

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::source::Span;
use exemplar_verify::load::discover::pages;
use exemplar_verify::load::files::Files;
use exemplar_verify::load::project::BookLayout;

/// What is no chapter and still used: the table of contents, and the page that is shown for one that is not there.
const USED: [&str; 2] = ["SUMMARY.md", "404.md"];

/// The Markdown files that are neither chapters nor included by one, `.gitignore` minded. Called when the chapters are read.
pub fn orphans(files: &mut Files, book: &BookLayout, chapters: &[PathBuf]) -> Vec<Diagnostic> {
    // What can't be listed was told when the book was looked for.
    let found = pages(&book.source, std::slice::from_ref(&book.source), &[]).unwrap_or_default();
    let read: Vec<PathBuf> = files.sources.files().map(|(id, _)| normal(files.disk_path(id))).collect();
    let mut diagnostics = Vec::new();
    for path in found {
        let is_markdown = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("md"));
        let name = path.file_name().unwrap_or_default();
        let is_used = USED.iter().any(|used| name == *used) && path.parent() == Some(&book.source);
        let place = normal(&path);
        if !is_markdown
            || is_used
            || read.contains(&place)
            || chapters.iter().any(|chapter| normal(chapter) == place)
        {
            continue;
        }
        let Ok(loaded) = files.read(&path) else { continue };
        let end = files.sources.file(loaded.file).text().lines().next().map_or(0, str::len);
        let shown = path.strip_prefix(&book.source).unwrap_or(&path);
        diagnostics.push(
            Diagnostic::error(
                "orphan-page",
                Span::new(loaded.file, 0..end),
                format!("`{}` is not in SUMMARY.md, so it is in no book", shown.display()),
            )
            .help(format!(
                "add `- [Title]({})` to SUMMARY.md, or move the file out of the source folder",
                shown.display()
            )),
        );
    }
    diagnostics
}

fn normal(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
