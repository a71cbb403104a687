//! What every report is made of: one stream of events, in source order.
//!
//! A format is a [`Reporter`]: it is told of every diagnostic, then of every example, then of the end. None of them looks at the results
//! in another way, so what one format calls a root cause, another one does too.

use std::collections::HashMap;
use std::io;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::report::{Report, ReportedDiagnostic, ReportedExample, Status};
use exemplar_model::source::Span;

use super::Results;
use super::text::visible;

/// One thing that a run found out.
#[derive(Debug)]
pub(crate) enum Event<'v> {
    /// Something that is not an example's result.
    Diagnostic {
        /// The finding.
        found: &'v Diagnostic,
        /// The same with its place resolved.
        placed: &'v ReportedDiagnostic,
    },
    /// An example's result.
    Example {
        /// Its code.
        span: Span,
        /// The result.
        result: &'v ReportedExample,
        /// The examples that failed or did not run because of it, in source order.
        followers: &'v [&'v ReportedExample],
    },
    /// The last event.
    Finished(&'v Report),
}

/// A format: writes what it is told, now or at the end.
pub(crate) trait Reporter {
    /// Takes the next event.
    fn event(&mut self, event: &Event<'_>) -> io::Result<()>;
}

/// Tells a reporter everything.
pub(crate) fn tell(results: &Results<'_>, reporter: &mut dyn Reporter) -> io::Result<()> {
    let report = results.report;
    for (found, placed) in results.diagnostics.iter().zip(&report.diagnostics) {
        reporter.event(&Event::Diagnostic { found, placed })?;
    }
    let mut followers: HashMap<&str, Vec<&ReportedExample>> = HashMap::new();
    for example in &report.examples {
        if let Some(cause) = &example.cause {
            followers.entry(cause).or_default().push(example);
        }
    }
    for (&span, result) in results.spans.iter().zip(&report.examples) {
        let followers = followers.get(result.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        reporter.event(&Event::Example { span, result, followers })?;
    }
    reporter.event(&Event::Finished(report))
}

/// Whether an example failed by itself, and not because of another one.
pub(crate) fn is_root_cause(result: &ReportedExample) -> bool {
    result.status == Status::Failed && result.cause.is_none()
}

/// Whether an example is a root cause that the baseline does not know.
pub(crate) fn is_news(result: &ReportedExample) -> bool {
    is_root_cause(result) && !result.known
}

/// What is said of what the baseline knows.
pub(crate) const KNOWN: &str = "a known failure of the baseline";

/// The page that an example belongs to: the file that is rendered.
pub(crate) fn page_of(result: &ReportedExample) -> &str {
    result.included_from.as_deref().unwrap_or(&result.file)
}

/// What is wrong with an example, in a sentence.
pub(crate) fn message_of(result: &ReportedExample) -> &str {
    result.message.as_deref().unwrap_or("this example failed")
}

/// The stable name of what is wrong with an example.
pub(crate) fn code_of(result: &ReportedExample) -> &str {
    result.code.as_deref().unwrap_or("failed")
}

/// What is said beside the message where there is no room for a diff: the first line that differs, what to do, what follows from it.
pub(crate) fn notes(result: &ReportedExample, followers: &[&ReportedExample]) -> Vec<String> {
    let mut notes = first_difference(result);
    notes.extend(result.hint.as_deref().map(str::to_owned));
    notes.extend(consequences(followers));
    notes
}

fn first_difference(result: &ReportedExample) -> Vec<String> {
    let (Some(expected), Some(actual)) = (&result.expected, &result.actual) else { return Vec::new() };
    if expected.is_empty() {
        // The message says what came where nothing is stated.
        return Vec::new();
    }
    let (mut expected, mut actual) = (expected.lines(), actual.lines());
    loop {
        let (want, got) = (expected.next(), actual.next());
        if want.is_none() && got.is_none() {
            return Vec::new();
        }
        if want != got {
            let shown = |line: Option<&str>| {
                line.map_or_else(|| "nothing more".to_owned(), |line| format!("`{}`", visible(line)))
            };
            return vec![format!("the page says {}, it printed {}", shown(want), shown(got))];
        }
    }
}

/// How many examples suffer from another one, in words; none when none do.
pub(crate) fn consequences(followers: &[&ReportedExample]) -> Option<String> {
    let not_run = followers.iter().filter(|example| example.status == Status::NotRun).count();
    let failed = followers.len() - not_run;
    let failed = (failed > 0).then(|| format!("{} later failed because of it", examples(failed)));
    let not_run = (not_run > 0).then(|| format!("{} after it did not run", examples(not_run)));
    match (failed, not_run) {
        (Some(failed), Some(not_run)) => Some(format!("{failed}, and {not_run}")),
        (one, other) => one.or(other),
    }
}

/// A number of examples in words.
pub(crate) fn examples(count: usize) -> String {
    counted(count, "example", "examples")
}

/// A number of things in words.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
