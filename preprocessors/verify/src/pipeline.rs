//! The straight line from pages in memory to a report.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

use exemplar_model::diagnostic::{Diagnostic, Severity};
use exemplar_model::environment::Surroundings;
use exemplar_model::plan::Page;
use exemplar_model::report::Report;
use exemplar_model::source::{ExpandedText, Span};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::execute::{ExecuteOptions, Interrupt, WorkerError, execute, find_worker};
use crate::load::files::Files;
use crate::load::interpreter;
use crate::load::project::Project;
use crate::load::settings::PageRules;
use crate::parse::{ParseOptions, Syntax, parse};
use crate::plan::{Plan, PlanOptions, Prelude, plan};
use crate::report::{PlacedExample, Results, report};
use crate::{check, load};

/// A page in memory, ready to be parsed.
#[derive(Debug)]
pub struct LoadedPage {
    /// Its text, with where each byte comes from.
    pub expanded: ExpandedText,
    /// The title that the page sets for itself with `{{#title}}`.
    pub title: Option<String>,
    /// Whether it belongs to a book: mdBook's directives hold, and unknown attributes are errors.
    pub book: bool,
}

/// Everything that a run found out.
#[derive(Debug)]
pub struct Verified {
    /// The files.
    pub files: Files,
    /// The pages, in the order in which they were given.
    pub pages: Vec<Page>,
    /// Everything that is not an example's result, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// The report.
    pub report: Report,
    /// The examples of the report, in its order, with their places.
    pub examples: Vec<PlacedExample>,
}

impl Verified {
    /// The examples of a page, by its place among the pages.
    #[must_use]
    pub fn examples_of(&self, page: usize) -> &[PlacedExample] {
        let first = self.examples.partition_point(|example| example.page < page);
        let end = self.examples.partition_point(|example| example.page <= page);
        &self.examples[first..end]
    }
}

impl ExecuteOptions {
    /// How the examples of a project are run, with the interpreter and as many jobs as asked. Ctrl-C and `SIGTERM` are taken over.
    ///
    /// # Errors
    /// When the worker is not there, or the system refuses the signal handlers.
    pub fn of(
        project: &Project,
        python: Option<&Path>,
        jobs: Option<NonZeroUsize>,
    ) -> Result<Self, WorkerError> {
        let python = match python.and_then(interpreter::version) {
            Some(version) => Some(interpreter::find(version).ok_or_else(|| WorkerError::Python {
                reason: format!("there is no Python {version} on PATH or in pyenv"),
                remedy: "install it, or name its path: `--python PATH`".to_owned(),
            })?),
            None => python.map(Path::to_owned),
        };
        let processors = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(Self {
            worker: find_worker()?,
            python: project.python(python.as_deref()),
            jobs: jobs.unwrap_or_else(processors),
            isolation: project.settings.isolation,
            readable: vec![project.root.clone()],
            interrupt: Interrupt::install()
                .map_err(|source| WorkerError::Setup { what: "signal handlers", source })?,
        })
    }
}

/// Reads a page from the disk. None, and a diagnostic, when it is not UTF-8: parsing it would only produce noise.
///
/// # Errors
/// When it can't be read.
pub fn load_page(
    files: &mut Files,
    path: &Path,
    book: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Option<LoadedPage>, load::files::ReadError> {
    let loaded = files.read(path)?;
    if let Some(found) = loaded.diagnostic {
        diagnostics.push(found);
        return Ok(None);
    }
    // mdBook knows of nothing but Markdown.
    let book = book && Syntax::of(path) != Some(Syntax::Doctest);
    Ok(Some(expand_page(files, loaded.file, book, diagnostics)))
}

/// Expands a page's includes, where it belongs to a book.
pub fn expand_page(
    files: &mut Files,
    file: exemplar_model::source::FileId,
    book: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> LoadedPage {
    if !book {
        return LoadedPage { expanded: load::include::verbatim(&files.sources, file), title: None, book };
    }
    let expansion = load::include::expand(files, file);
    diagnostics.extend(expansion.diagnostics);
    LoadedPage { expanded: expansion.expanded, title: expansion.title, book }
}

/// Parses, plans, executes, checks and reports.
///
/// # Errors
/// When examples can't be run at all. Everything that is wrong with the pages is in the result.
pub fn verify(
    files: Files,
    loaded: Vec<LoadedPage>,
    mut diagnostics: Vec<Diagnostic>,
    project: &Project,
    options: &ExecuteOptions,
    started: Instant,
) -> Result<Verified, WorkerError> {
    let hidelines = project.book.as_ref().and_then(|book| book.hidelines.clone());
    // What loading found out is about text that can't be read as the author meant it.
    let errors = diagnostics.iter().filter(|found| found.severity == Severity::Error);
    let broken: Vec<Span> = errors.map(|found| found.span).collect();
    let parsed: Vec<(Page, Vec<Diagnostic>)> = loaded
        .into_par_iter()
        .map(|page| {
            let book = page.book;
            let hidelines = hidelines.clone().filter(|_| book);
            let path = Path::new(files.sources.file(page.expanded.file).path());
            let syntax = Syntax::of(path).filter(|_| !book).unwrap_or_default();
            let parsed =
                parse(&page.expanded, &ParseOptions { syntax, hidelines, book, broken: broken.clone() });
            (
                Page {
                    file: page.expanded.file,
                    expanded: page.expanded,
                    fences: parsed.fences,
                    division: parsed.division,
                },
                parsed.diagnostics,
            )
        })
        .collect();
    let mut pages = Vec::with_capacity(parsed.len());
    for (page, found) in parsed {
        pages.push(page);
        diagnostics.extend(found);
    }
    let settings = &project.settings;
    let rules: Vec<PageRules> = pages
        .iter()
        .map(|page| settings.rules_for(Path::new(files.sources.file(page.file).path())))
        .collect();
    let preludes: Vec<Vec<Prelude>> = pages.iter().map(|_| Vec::new()).collect();
    let surroundings = Surroundings::default();
    let plan_options =
        PlanOptions { rules: &rules, preludes: &preludes, caps: &settings.caps, surroundings: &surroundings };

    let Plan { sessions, diagnostics: found } = plan(&files.sources, &pages, plan_options);
    diagnostics.extend(found);
    // A file that several pages include is at fault once.
    diagnostics.sort_by_key(|found| (found.span.file, found.span.start, found.code));
    diagnostics.dedup();
    let executed = execute(&sessions, options)?;
    let verdicts: Vec<_> = sessions
        .iter()
        .zip(&executed.outcomes)
        .map(|(session, outcomes)| check::check(&session.examples, outcomes, &rules[session.page]))
        .collect();
    let (report, examples) = report(Results {
        sources: &files.sources,
        pages: &pages,
        sessions: &sessions,
        outcomes: &executed.outcomes,
        verdicts: &verdicts,
        diagnostics: &diagnostics,
        interpreter: executed.interpreter,
        isolation: executed.isolation,
        duration_ms: (started.elapsed().as_secs_f64() * 1e6).round() / 1e3,
    });
    Ok(Verified { files, pages, diagnostics, report, examples })
}
