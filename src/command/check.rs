//! `exemplar check`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_verify::execute::ExecuteOptions;
use exemplar_verify::load::discover;
use exemplar_verify::load::files::Files;
use exemplar_verify::load::project::Project;
use exemplar_verify::load::summary::chapters;
use exemplar_verify::pipeline::{Verified, load_page, verify};
use exemplar_verify::report::succeeded;

use crate::arguments::CheckArguments;
use crate::failure::{Failure, Verdict};
use crate::report::{self, human};

/// Checks pages and reports.
pub(crate) fn run(arguments: &CheckArguments) -> Result<Verdict, Failure> {
    let verified = verify_paths(arguments)?;
    if !arguments.paths.is_empty() && verified.report.examples.is_empty() && verified.diagnostics.is_empty() {
        return Err(Failure::NoExamples { paths: arguments.paths.clone() });
    }
    report::write(&verified, &arguments.reports)?;
    Ok(if succeeded(&verified.report) { Verdict::Verified } else { Verdict::Stale })
}

fn verify_paths(arguments: &CheckArguments) -> Result<Verified, Failure> {
    let started = Instant::now();
    let working = super::working_directory()?;
    let start = arguments.paths.first().map_or(working.as_path(), |path| folder_of(path));
    let project = Project::find(start)?;
    let mut files = Files::new(&working);
    let mut diagnostics = Vec::new();
    let paths = pages(&project, &working, arguments, &mut files, &mut diagnostics)?;
    let mut pages = Vec::with_capacity(paths.len());
    for path in &paths {
        pages.extend(load_page(&mut files, path, project.is_of_book(path), &mut diagnostics)?);
    }
    let options = ExecuteOptions::of(&project, arguments.run.python.as_deref(), arguments.run.jobs)?;
    Ok(verify(files, pages, diagnostics, &project, &options, started)?)
}

fn folder_of(path: &Path) -> &Path {
    if path.is_dir() {
        path
    } else {
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }
}

/// Which pages: those named, else the chapters of the book, else the configured paths, else README.md and docs/.
fn pages(
    project: &Project,
    working: &Path,
    arguments: &CheckArguments,
    files: &mut Files,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Vec<PathBuf>, Failure> {
    let settings = &project.settings;
    if !arguments.paths.is_empty() {
        return Ok(discover::pages(&project.root, &arguments.paths, &settings.exclude)?);
    }
    if let Some(book) = &project.book {
        let chapters = chapters(files, book);
        diagnostics.extend(chapters.diagnostics);
        if !chapters.readable {
            human::diagnostics(&files.sources, diagnostics, &mut human::standard_error());
            return Err(Failure::NoSummary);
        }
        return Ok(chapters.pages);
    }
    if !settings.paths.is_empty() {
        return Ok(discover::pages(&project.root, &settings.paths, &settings.exclude)?);
    }
    let usual: Vec<PathBuf> =
        ["README.md", "docs"].iter().map(|name| working.join(name)).filter(|path| path.exists()).collect();
    if usual.is_empty() {
        return Err(Failure::NothingToCheck { folder: working.to_owned() });
    }
    Ok(discover::pages(&project.root, &usual, &settings.exclude)?)
}
