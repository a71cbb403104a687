//! From pages in memory to the sessions that will run: parse, ask which interpreters there are where a page wants to know, plan.

use std::collections::HashSet;

use exemplar_model::diagnostic::{Diagnostic, Severity};
use exemplar_model::environment::Surroundings;
use exemplar_model::plan::{Page, Session};
use exemplar_model::source::{FileId, Span};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use thiserror::Error;

use crate::execute::WorkerError;
use crate::load::files::{Files, ReadError};
use crate::load::prelude::{self, Prelude};
use crate::load::project::Project;
use crate::load::settings::PageRules;
use crate::parse::{ParseOptions, Syntax, parse};
use crate::pipeline::{Keep, LoadedPage, in_order};
use crate::plan::{Plan, PlanOptions, asks, plan};
use crate::{heap, teaching};

/// Pages as they will run.
#[derive(Debug)]
pub struct Prepared {
    /// The files.
    pub files: Files,
    /// The pages, in the order in which they were given.
    pub pages: Vec<Page>,
    /// What is known to be wrong before anything runs, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// The sessions, by page.
    pub sessions: Vec<Session>,
    /// For each page, what holds on it.
    pub rules: Vec<PageRules>,
    /// The interpreters that there are, as far as a page wants to know.
    pub surroundings: Surroundings,
}

/// Why pages can't be run at all.
#[derive(Debug, Error)]
pub enum PipelineError {
    /// A file that the settings name can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no Python, or it can't be used.
    #[error(transparent)]
    Worker(#[from] WorkerError),
}

/// Parses and plans. `survey` is asked which interpreters there are, when a page wants to know; with `true`, for others than the run's
/// own too. `keep` says what of the pages is needed after their plan.
///
/// # Errors
/// When a prelude can't be read, or the survey fails. Everything that is wrong with the pages is in the result.
pub fn prepare(
    mut files: Files,
    loaded: Vec<LoadedPage>,
    mut diagnostics: Vec<Diagnostic>,
    project: &Project,
    survey: impl FnOnce(bool) -> Result<Surroundings, WorkerError>,
    keep: Keep,
) -> Result<Prepared, PipelineError> {
    let settings = &project.settings;
    let elsewhere: HashSet<FileId> =
        loaded.iter().filter(|page| page.elsewhere).map(|page| page.expanded.file).collect();
    let mut pages = parse_all(&files, loaded, &elsewhere, &mut diagnostics, project, keep);
    let together = teaching::check(&pages, &settings.topics);
    pages.retain(|page| !elsewhere.contains(&page.file));
    let rules: Vec<PageRules> =
        pages.iter().map(|page| settings.rules_for(files.disk_path(page.file))).collect();
    let mut preludes: Vec<Vec<Prelude>> = Vec::with_capacity(pages.len());
    for rules in &rules {
        preludes.push(prelude::load(&mut files, &rules.prelude, &mut diagnostics)?);
    }
    let mut fences = pages.iter().flat_map(|page| &page.fences);
    let surroundings = if fences.clone().any(asks) {
        survey(fences.any(|fence| fence.attributes.python.is_some()))?
    } else {
        Surroundings::default()
    };
    let options = PlanOptions {
        rules: &rules,
        preludes: &preludes,
        caps: &settings.caps,
        surroundings: &surroundings,
        keep,
    };
    let Plan { sessions, diagnostics: found } = plan(&files.sources, &mut pages, options);
    diagnostics.extend(found);
    diagnostics.extend(together.into_iter().filter(|found| !elsewhere.contains(&found.span.file)));
    in_order(&mut diagnostics);
    Ok(Prepared { files, pages, diagnostics, sessions, rules, surroundings })
}

/// All pages, parsed in parallel. What is wrong with those that lie elsewhere is said there.
fn parse_all(
    files: &Files,
    loaded: Vec<LoadedPage>,
    elsewhere: &HashSet<FileId>,
    diagnostics: &mut Vec<Diagnostic>,
    project: &Project,
    keep: Keep,
) -> Vec<Page> {
    let hidelines = project.book.as_ref().and_then(|book| book.hidelines.clone());
    // What loading found out is about text that can't be read as the author meant it.
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error);
    let broken: Vec<Span> = errors.map(|found| found.span).collect();
    let parsed: Vec<(Page, Vec<Diagnostic>)> = loaded
        .into_par_iter()
        .map(|page| {
            heap::make_room();
            let LoadedPage { expanded, book, .. } = page;
            let options = ParseOptions {
                syntax: Syntax::of(files.disk_path(expanded.file)).filter(|_| !book).unwrap_or_default(),
                hidelines: hidelines.clone().filter(|_| book),
                book,
                broken: broken.clone(),
                // Teaching elements of books are measured by them.
                unshown: keep == Keep::Report && !book,
                tags: project.settings.tags.clone(),
            };
            let parsed = parse(&expanded, &options);
            let page = Page {
                file: expanded.file,
                expanded,
                fences: parsed.fences,
                division: parsed.division,
                entries: parsed.entries,
                labs: parsed.labs,
            };
            (page, parsed.diagnostics)
        })
        .collect();
    let mut pages = Vec::with_capacity(parsed.len());
    for (page, found) in parsed {
        if !elsewhere.contains(&page.file) {
            diagnostics.extend(found);
        }
        pages.push(page);
    }
    pages
}
