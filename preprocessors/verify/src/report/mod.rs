//! The results in the form that people and programs read (DESIGN.md, section 3).

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

use crate::check::Verdict;

/// What examples are of.
#[derive(Clone, Copy)]
pub struct All<'a> {
    /// The files.
    pub sources: &'a SourceMap,
    /// The pages, in order.
    pub pages: &'a [Page],
    /// The sessions, by page.
    pub sessions: &'a [Session],
}

/// All else that a report is made of.
pub struct Results<'a> {
    /// What is said of each example, in order.
    pub examples: Vec<ReportedExample>,
    /// Everything that is not an example's result.
    pub diagnostics: &'a [Diagnostic],
    /// The interpreter, if one was needed.
    pub interpreter: Option<Interpreter>,
    /// What the system enforced.
    pub isolation: Isolation,
    /// From the start of the run to its end, in milliseconds.
    pub duration_ms: f64,
}

/// Where the outcomes of a session are from.
#[derive(Debug, Default)]
pub struct Origin {
    /// The version of the Python that ran it; none where nothing ran.
    pub python: Option<String>,
    /// Whether that was in an earlier run.
    pub kept: bool,
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

/// The report.
#[must_use]
pub fn report(all: All<'_>, results: Results<'_>) -> Report {
    let mut summary = Summary {
        pages: all.pages.len(),
        sessions: all.sessions.iter().filter(|session| !session.steps.is_empty()).count(),
        blocks: all.pages.iter().map(|page| page.fences.len()).sum(),
        duration_ms: results.duration_ms,
        ..Summary::default()
    };
    for example in &results.examples {
        summary.add(example.status);
        if example.status == Status::Failed && example.cause.is_none() {
            summary.root_causes += 1;
        }
    }
    Report {
        schema: SCHEMA,
        tool: Tool { name: "exemplar".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        python: results.interpreter.map(|interpreter| Python {
            version: interpreter.version,
            implementation: interpreter.implementation,
            executable: interpreter.executable,
        }),
        isolation: results.isolation,
        summary,
        diagnostics: results.diagnostics.iter().map(|found| diagnostic(all.sources, found)).collect(),
        examples: results.examples,
        partition: None,
    }
}

/// What is said of the reported examples of a session, in its order.
pub(crate) fn of_session(
    all: All<'_>,
    session: &Session,
    outcomes: &[Outcome],
    verdicts: &[Verdict],
    origin: &Origin,
) -> Vec<(ExamplePlace, ReportedExample)> {
    let mut found: Vec<(ExamplePlace, ReportedExample)> = Vec::with_capacity(session.examples.len());
    let other = origin.python.as_deref().filter(|_| session.python.is_some());
    for (index, (example, verdict)) in session.examples.iter().zip(verdicts).enumerate() {
        if !example.reported {
            continue;
        }
        let outcome = example.step.and_then(|step| outcomes.get(step));
        // A script's time is said once, with its first example.
        let first_of_step = index == 0 || session.examples[index - 1].step != example.step;
        let mut result = reported(all, session, example, verdict, outcome, first_of_step);
        result.python = other.map(EcoString::from);
        result.cached = example.step.is_some() && origin.kept;
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
    all: All<'_>,
    session: &Session,
    example: &Example,
    verdict: &Verdict,
    outcome: Option<&Outcome>,
    first_of_step: bool,
) -> ReportedExample {
    let sources = all.sources;
    let page = all.pages[session.page].file;
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
    // Held once for all that stands in it.
    let file = sources.file(example.span.file).shared_path();
    let failed_at = outcome.and_then(|outcome| outcome.failed_at.as_ref());
    ReportedExample {
        id: example.id.clone(),
        included_from: (example.span.file != page).then(|| sources.file(page).shared_path()),
        line: start.line,
        column: start.column,
        end_line: sources.end_line(end).max(sources.end_line(example.span)),
        session: session.name.as_str().into(),
        python: None,
        kind: example.kind.name().into(),
        role: role(all.pages, session, example).map(EcoString::from),
        status: verdict.status,
        known: false,
        code: verdict.code.map(EcoString::from),
        source: example.source.clone(),
        expected: verdict.expected.clone(),
        actual: verdict.actual.clone(),
        stderr: outcome.filter(|_| ran).map(|outcome| outcome.stderr.clone()),
        failed_line: failed_at
            .filter(|(failed, _)| verdict.status == Status::Failed && *failed == file)
            .map(|&(_, line)| line),
        file,
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
fn role(pages: &[Page], session: &Session, example: &Example) -> Option<String> {
    if let Some(role) = example.role {
        return Some(role.name().to_owned());
    }
    let page = &pages[session.page];
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
