//! The straight line from pages in memory to a report.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::time::Instant;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::environment::Surroundings;
use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Page, Session};
use exemplar_model::report::{Report, ReportedExample};
use exemplar_model::source::{ExpandedText, FileId};

use crate::cache::Recalled;
use crate::check::Verdict;
use crate::examine::{Examination, Examined};
use crate::execute::{
    Ahead, ExecuteOptions, Interrupt, Leaving, Progress, WorkerError, find_worker, lints, survey,
};
use crate::load::files::{Files, Loaded};
use crate::load::interpreter;
use crate::load::project::Project;
use crate::load::settings::PageRules;
use crate::parse::Syntax;
use crate::prepare::{PipelineError, Prepared, prepare};
use crate::report::{All, ExamplePlace, PlacedExample, Results, report};
use crate::weave::Runnable;
use crate::{cache, check, load, unstable};

/// A page in memory, ready to be parsed.
#[derive(Debug)]
pub struct LoadedPage {
    /// Its text, with where each byte comes from.
    pub expanded: ExpandedText,
    /// The title that the page sets for itself with `{{#title}}`.
    pub title: Option<String>,
    /// Whether it belongs to a book: mdBook's directives hold, and unknown attributes are errors.
    pub book: bool,
    /// Whether another part of the run has it: here it only counts for what pages must not have in common.
    pub elsewhere: bool,
}

/// What is still there of a run when it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All of it, for who renders the pages or mends them.
    Everything,
    /// The report, and what stands where: the lines of fences go when their sessions are laid out, and what running a session gave goes when
    /// it is checked.
    Report,
}

/// Everything that a run found out.
#[derive(Debug)]
pub struct Verified {
    /// The files.
    pub files: Files,
    /// The pages, in the order in which they were given.
    pub pages: Vec<Page>,
    /// For each page, what holds on it.
    pub rules: Vec<PageRules>,
    /// The sessions, by page.
    pub sessions: Vec<Session>,
    /// For each session, an outcome for each step; none of some where no more than the report is kept.
    pub outcomes: Vec<Vec<Outcome>>,
    /// For each session, a verdict for each example; none of some where no more than the report is kept.
    pub verdicts: Vec<Vec<Verdict>>,
    /// Everything that is not an example's result, in source order.
    pub diagnostics: Vec<Diagnostic>,
    /// The report.
    pub report: Report,
    /// The places of the report's examples, in its order.
    pub places: Vec<ExamplePlace>,
    /// The interpreters that there are, as far as a page wants to know.
    pub surroundings: Surroundings,
    /// For each session that ran, why it had to, as a clause: where results are kept at all.
    pub reasons: Vec<Option<String>>,
    /// How many steps were not run again, since their sessions went on from checkpoints behind them.
    pub resumed: usize,
    /// Those who ran the sessions, on their way out.
    pub leaving: Leaving,
}

impl Verified {
    /// The examples of a page, by its place among the pages.
    #[must_use]
    pub fn examples_of(&self, page: usize) -> Vec<PlacedExample> {
        let range = self.range_of(page);
        let results = &self.report.examples[range.clone()];
        self.places[range].iter().zip(results).map(|(place, result)| place.with(result)).collect()
    }

    /// The results of a page's examples.
    #[must_use]
    pub fn results_of(&self, page: usize) -> &[ReportedExample] {
        &self.report.examples[self.range_of(page)]
    }

    fn range_of(&self, page: usize) -> Range<usize> {
        let first = self.places.partition_point(|place| place.page < page);
        first..self.places.partition_point(|place| place.page <= page)
    }

    /// The sessions of a page that a reader can run: not those that another Python than the book's ran.
    #[must_use]
    pub fn runnables_of(&self, page: usize) -> Vec<Runnable> {
        let sessions = self.sessions.iter().zip(&self.outcomes);
        sessions
            .filter(|(session, _)| session.page == page && session.python.is_none())
            .filter_map(|(session, outcomes)| Runnable::of(session, outcomes))
            .collect()
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
        let python = project.python(python);
        let python = match python.as_deref().and_then(interpreter::version) {
            Some(version) => Some(interpreter::find(version).ok_or_else(|| WorkerError::Python {
                reason: format!("there is no Python {version} on PATH or in pyenv"),
                remedy: "install it, or name its path: `--python PATH`".to_owned(),
            })?),
            None => python,
        };
        let processors = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(Self {
            worker: find_worker()?,
            python,
            jobs: jobs.unwrap_or_else(processors),
            isolation: project.settings.isolation,
            preload: project.settings.preload.clone(),
            readable: vec![project.root.clone()],
            interrupt: Interrupt::install()
                .map_err(|source| WorkerError::Setup { what: "signal handlers", source })?,
            shuffle: None,
            variation: 0,
            twice: false,
            observer: None,
            cache: None,
            standby: None,
            ahead: Ahead::default(),
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
    Ok(readable_page(files, loaded, book, diagnostics))
}

/// A page whose bytes were read. None, and a diagnostic, when they are not UTF-8.
pub fn readable_page(
    files: &mut Files,
    loaded: Loaded,
    book: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<LoadedPage> {
    if let Some(found) = loaded.diagnostic {
        diagnostics.push(found);
        return None;
    }
    // mdBook knows of nothing but Markdown.
    let book = book && is_markdown(files, loaded.file);
    Some(expand_page(files, loaded.file, book, diagnostics))
}

/// Whether a page is none of doctest's text files.
pub(crate) fn is_markdown(files: &Files, file: FileId) -> bool {
    Syntax::of(files.disk_path(file)) != Some(Syntax::Doctest)
}

/// Expands a page's includes, where it belongs to a book.
pub fn expand_page(
    files: &mut Files,
    file: FileId,
    book: bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> LoadedPage {
    if !book {
        let expanded = load::include::verbatim(&files.sources, file);
        return LoadedPage { expanded, title: None, book, elsewhere: false };
    }
    let expansion = load::include::expand(files, file);
    diagnostics.extend(expansion.diagnostics);
    LoadedPage { expanded: expansion.expanded, title: expansion.title, book, elsewhere: false }
}

/// Parses, plans, executes, checks and reports.
///
/// # Errors
/// When examples can't be run at all. Everything that is wrong with the pages is in the result.
pub fn verify(
    files: Files,
    loaded: Vec<LoadedPage>,
    diagnostics: Vec<Diagnostic>,
    project: &Project,
    options: &ExecuteOptions,
    started: Instant,
    keep: Keep,
) -> Result<Verified, PipelineError> {
    if options.cache.as_ref().is_none_or(|cache| !cache.has_results()) {
        let sessions = loaded.iter().filter(|page| seems_to_run(page)).take(options.jobs.get()).count();
        if sessions > 0 {
            options.ahead.begin(options, sessions);
        }
    }
    let survey = |others: bool| survey(options, others);
    let prepared = prepare(files, loaded, diagnostics, project, survey, keep)?;
    let Prepared { files, pages, mut diagnostics, sessions, rules, surroundings } = prepared;
    let all = All { sources: &files.sources, pages: &pages, sessions: &sessions };
    let examination = Examination::new(all, &rules, keep, options.twice);
    let Recalled { executed, reasons } = run(&sessions, &examination, options)?;
    let Examined { outcomes, mut verdicts, origins, lines } = examination.finish();
    let examples: Vec<_> = sessions.iter().map(|session| session.examples.as_slice()).collect();
    check::withdraw_repeated(&examples, &mut verdicts);
    if options.twice {
        unstable::find(&sessions, &rules, &outcomes, &mut verdicts, options)?;
        for (index, origin) in origins.iter().enumerate() {
            lines.write(all, index, &outcomes[index], &verdicts[index], origin);
        }
    }
    for verdict in verdicts.iter_mut().flatten() {
        diagnostics.append(&mut verdict.lints);
    }
    diagnostics.extend(lints(&sessions, &outcomes));
    diagnostics.extend(check::figure::missing_alt(&pages, &sessions, &outcomes));
    diagnostics.extend(check::quiz::wrong_keys(&pages, &sessions, &outcomes));
    diagnostics.extend(check::lab::unproved(&sessions));
    in_order(&mut diagnostics);
    let (places, examples) = lines.in_order();
    let results = Results {
        examples,
        diagnostics: &diagnostics,
        interpreter: executed.interpreter,
        isolation: executed.isolation,
        duration_ms: (started.elapsed().as_secs_f64() * 1e6).round() / 1e3,
    };
    let report = report(all, results);
    Ok(Verified {
        files,
        pages,
        rules,
        sessions,
        outcomes,
        verdicts,
        diagnostics,
        report,
        places,
        surroundings,
        reasons,
        resumed: executed.resumed.iter().sum(),
        leaving: executed.leaving,
    })
}

/// Whether a page seems to have something for Python to do. If not, and it has, the worker starts later.
fn seems_to_run(page: &LoadedPage) -> bool {
    let text = &page.expanded.text;
    !page.elsewhere && [">>> ", "```py", "~~~py"].iter().any(|sign| text.contains(sign))
}

/// In source order, and once where a file that several pages include is at fault.
pub(crate) fn in_order(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|found| (found.span.file, found.span.start, found.code));
    diagnostics.dedup();
}

/// Executes what no kept result can be had of, checks each session as it ends, and tells who watches how it goes.
fn run(
    sessions: &[Session],
    examination: &Examination<'_>,
    options: &ExecuteOptions,
) -> Result<Recalled, WorkerError> {
    let tell = |progress| {
        if let Some(observer) = &options.observer {
            observer.tell(progress);
        }
    };
    let executed = cache::execute(
        sessions,
        options,
        &|sessions| tell(Progress::Begun { sessions }),
        &|index, mut ran| {
            if options.interrupt.raised().is_some() {
                // It was killed, and that is no failure of its own.
                return;
            }
            let kept = ran.kept;
            let failing = examination.take(index, &mut ran);
            if !kept {
                tell(Progress::Ended { failing });
            }
        },
    );
    tell(Progress::Over);
    executed
}
