//! The results in the form that people and programs read (DESIGN.md, section 3).

use std::ops::Range;

use ecow::EcoString;
use exemplar_model::diagnostic::{Diagnostic, Label, Severity};
use exemplar_model::outcome::{Display, Ending, Outcome, Warned};
use exemplar_model::plan::{Example, Expectation, Page, Session};
use exemplar_model::protocol::Interpreter;
use exemplar_model::report::{
    Isolation, Python, Report, ReportedDiagnostic, ReportedExample, ReportedLabel, SCHEMA, Status, Summary,
    Tool,
};
use exemplar_model::source::{SourceMap, Span};
use exemplar_model::teaching::{Content, Entry};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::check::Verdict;

/// How many pages are reported on at a time.
const PAGES_AT_ONCE: usize = 32;

/// All that a report is made of.
pub struct Results<'a> {
    /// The files.
    pub sources: &'a SourceMap,
    /// The pages, in order.
    pub pages: &'a [Page],
    /// The sessions, by page.
    pub sessions: &'a [Session],
    /// For each session, an outcome for each step.
    pub outcomes: &'a [Vec<Outcome>],
    /// For each session, a verdict for each example.
    pub verdicts: &'a [Vec<Verdict>],
    /// Everything that is not an example's result.
    pub diagnostics: &'a [Diagnostic],
    /// The interpreter, if one was needed.
    pub interpreter: Option<Interpreter>,
    /// For each session, the interpreter that ran it; none where nothing ran.
    pub interpreters: &'a [Option<Interpreter>],
    /// What the system enforced.
    pub isolation: Isolation,
    /// For each session, whether its outcomes are kept ones of an earlier run.
    pub cached: &'a [bool],
    /// From the start of the run to its end, in milliseconds.
    pub duration_ms: f64,
}

/// An example's result, with where it stands: for renderers, which need more than the report holds.
#[derive(Debug, Clone)]
pub struct PlacedExample {
    /// Which page.
    pub page: usize,
    /// Which fence of that page.
    pub fence: usize,
    /// Its code.
    pub span: Span,
    /// The result.
    pub result: ReportedExample,
    /// What its step showed beside text. A step's are with the first of its examples.
    pub displays: Vec<Display>,
    /// The warnings that its step gave, likewise.
    pub warnings: Vec<Warned>,
}

/// Where an example of the report stands, and what the report does not hold of it. The result is in the report alone: there are many.
#[derive(Debug, Clone)]
pub struct ExamplePlace {
    /// Which page.
    pub page: usize,
    /// Which fence of that page.
    pub fence: usize,
    /// Its code.
    pub span: Span,
    /// What its step showed beside text. A step's are with the first of its examples.
    pub displays: Vec<Display>,
    /// The warnings that its step gave, likewise.
    pub warnings: Vec<Warned>,
}

impl ExamplePlace {
    /// The example with its result.
    #[must_use]
    pub fn with(&self, result: &ReportedExample) -> PlacedExample {
        let Self { page, fence, span, displays, warnings } = self.clone();
        PlacedExample { page, fence, span, result: result.clone(), displays, warnings }
    }
}

/// The report, and the places of its examples in the same order.
#[must_use]
pub fn report(results: Results<'_>) -> (Report, Vec<ExamplePlace>) {
    // Sessions stand by page, so that the examples of each page are put in order apart from the others.
    let mut pages: Vec<Range<usize>> = Vec::new();
    for (place, session) in results.sessions.iter().enumerate() {
        match pages.last_mut() {
            Some(last) if results.sessions[last.start].page == session.page => last.end = place + 1,
            _ => pages.push(place..place + 1),
        }
    }
    let count = results.sessions.iter().map(|session| session.examples.len()).sum();
    let (mut places, mut examples) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut summary = Summary {
        pages: results.pages.len(),
        sessions: results.sessions.iter().filter(|session| !session.steps.is_empty()).count(),
        blocks: results.pages.iter().map(|page| page.fences.len()).sum(),
        duration_ms: results.duration_ms,
        ..Summary::default()
    };
    // Some pages at a time: all results in two places at once would be the most memory of the whole run.
    for wave in pages.chunks(PAGES_AT_ONCE) {
        let found: Vec<Vec<_>> =
            wave.par_iter().cloned().map(|sessions| of_page(&results, sessions)).collect();
        for (place, result) in found.into_iter().flatten() {
            summary.add(result.status);
            if result.status == Status::Failed && result.cause.is_none() {
                summary.root_causes += 1;
            }
            places.push(place);
            examples.push(result);
        }
    }
    let report = Report {
        schema: SCHEMA,
        tool: Tool { name: "exemplar".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        python: results.interpreter.map(|interpreter| Python {
            version: interpreter.version,
            implementation: interpreter.implementation,
            executable: interpreter.executable,
        }),
        isolation: results.isolation,
        summary,
        diagnostics: results.diagnostics.iter().map(|found| diagnostic(results.sources, found)).collect(),
        examples,
        partition: None,
    };
    (report, places)
}

/// The examples of a page's sessions, by their places.
fn of_page(results: &Results<'_>, sessions: Range<usize>) -> Vec<(ExamplePlace, ReportedExample)> {
    let mut found: Vec<_> = sessions.flat_map(|place| of_session(results, place)).collect();
    // Stable: examples of one fence keep their order.
    found.sort_by_key(|(place, _): &(ExamplePlace, _)| place.fence);
    found
}

/// The examples of a session, by its place.
fn of_session(results: &Results<'_>, place: usize) -> Vec<(ExamplePlace, ReportedExample)> {
    let session = &results.sessions[place];
    let mut found: Vec<(ExamplePlace, ReportedExample)> = Vec::with_capacity(session.examples.len());
    let (outcomes, verdicts) = (&results.outcomes[place], &results.verdicts[place]);
    let other = results.interpreters.get(place).and_then(Option::as_ref);
    let other = other.filter(|_| session.python.is_some()).map(|python| python.version.as_str());
    for (index, (example, verdict)) in session.examples.iter().zip(verdicts).enumerate() {
        if !example.reported {
            continue;
        }
        let outcome = example.step.and_then(|step| outcomes.get(step));
        // A script's time is said once, with its first example.
        let first_of_step = index == 0 || session.examples[index - 1].step != example.step;
        let mut result = reported(results, session, example, verdict, outcome, first_of_step);
        result.python = other.map(EcoString::from);
        if let Some((_, before)) = found.last().filter(|(_, before)| before.file == result.file) {
            // A page's path is held once for all that stands in it.
            result.file = before.file.clone();
        }
        result.cached = example.step.is_some() && results.cached.get(place) == Some(&true);
        let shown = outcome.filter(|_| first_of_step);
        let at = ExamplePlace {
            page: session.page,
            fence: example.fence,
            span: example.span,
            displays: shown.map(|outcome| outcome.displays.clone()).unwrap_or_default(),
            warnings: shown.map(|outcome| outcome.warnings.clone()).unwrap_or_default(),
        };
        found.push((at, result));
    }
    found
}

fn reported(
    results: &Results<'_>,
    session: &Session,
    example: &Example,
    verdict: &Verdict,
    outcome: Option<&Outcome>,
    first_of_step: bool,
) -> ReportedExample {
    let sources = results.sources;
    let page = results.pages[session.page].file;
    let start = sources.start(example.span);
    let stated = match &example.expectation {
        Expectation::Output(expected)
        | Expectation::Mark { expected, .. }
        | Expectation::Excerpt(expected) => expected.lines.last(),
        Expectation::Guessed(_) | Expectation::Lab(_) | Expectation::Unstated => None,
    };
    // An output fence may stand in another file than the code when either was included; the end is then that of the code.
    let end =
        stated.map(|line| line.span).filter(|span| span.file == example.span.file).unwrap_or(example.span);
    let ran = outcome.is_some_and(|outcome| outcome.ending != Ending::NotRun);
    let file = sources.file(example.span.file).path();
    let failed_at = outcome.and_then(|outcome| outcome.failed_at.as_ref());
    ReportedExample {
        id: example.id.clone(),
        file: file.into(),
        included_from: (example.span.file != page).then(|| sources.file(page).path().into()),
        line: start.line,
        column: start.column,
        end_line: sources.end(end).line.max(sources.end(example.span).line),
        session: session.name.as_str().into(),
        python: None,
        kind: example.kind.name().into(),
        role: role(results, session, example).map(EcoString::from),
        status: verdict.status,
        known: false,
        code: verdict.code.map(EcoString::from),
        source: example.source.clone(),
        expected: verdict.expected.clone(),
        actual: verdict.actual.clone(),
        stderr: outcome.filter(|_| ran).map(|outcome| outcome.stderr.clone()),
        failed_line: failed_at
            .filter(|(failed, _)| verdict.status == Status::Failed && failed == file)
            .map(|&(_, line)| line),
        message: verdict.message.clone(),
        hint: verdict.hint.clone(),
        cause: verdict.cause.and_then(|cause| session.examples.get(cause)).map(|cause| cause.id.clone()),
        duration_ms: outcome
            .filter(|_| first_of_step)
            .map_or(0.0, |outcome| (outcome.duration.as_secs_f64() * 1e6).round() / 1e3),
        cached: false,
        dropped: outcome.map_or(0, |outcome| outcome.dropped),
    }
}

/// What an example is to a lab, or that a quiz asks about it.
fn role(results: &Results<'_>, session: &Session, example: &Example) -> Option<String> {
    if let Some(role) = example.role {
        return Some(role.name().to_owned());
    }
    let page = &results.pages[session.page];
    let at = page.fences.get(example.fence)?.range.start;
    let is_asked = |entry: &Entry| matches!(entry.content, Content::Quiz(_)) && entry.range.contains(&at);
    page.entries.iter().any(is_asked).then(|| "quiz".to_owned())
}

fn diagnostic(sources: &SourceMap, found: &Diagnostic) -> ReportedDiagnostic {
    let (start, end) = (sources.start(found.span), sources.end(found.span));
    let label = |label: &Label| {
        let (start, end) = (sources.start(label.span), sources.end(label.span));
        ReportedLabel {
            file: sources.file(label.span.file).path().to_owned(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            message: label.text.clone(),
        }
    };
    ReportedDiagnostic {
        severity: found.severity.name().to_owned(),
        code: found.code.to_owned(),
        file: sources.file(found.span.file).path().to_owned(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        message: found.message.clone(),
        help: found.help.clone(),
        labels: found.labels.iter().map(label).collect(),
        known: false,
    }
}

/// Whether the run is a success: no example failed or was kept from running by another's fault, and no diagnostic is an error, but for
/// those that the baseline knows.
#[must_use]
pub fn succeeded(report: &Report) -> bool {
    let is_bad = |status| matches!(status, Status::Failed | Status::NotRun);
    report.examples.iter().all(|example| example.known || !is_bad(example.status))
        && report.diagnostics.iter().all(|found| found.known || found.severity != Severity::Error.name())
}
