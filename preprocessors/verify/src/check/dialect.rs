//! Statements in a dialect of doctest's: read so only where they are not right as they stand.
//!
//! `# 20` below a prompt is a text like any other if `# 20` is printed. If `20` is printed, it is that in the dialect of those who write
//! output as comments; the parser, which knows the dialects of notation, says what each statement would say in them. One dialect needs to
//! know what was raised, so it is read here: a bare `ValueError: message` without a traceback's header.

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::Expected;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Example, ExampleKind, Expectation};
use exemplar_model::report::Status;
use exemplar_model::source::Span;

use super::comparison::Comparison;
use super::exception::last_part;
use super::layout::line_starts;
use super::{ending, output};

/// What is put above a bare exception.
const HEADER: &str = "Traceback (most recent call last):\n";

/// An example whose statement is right in a dialect.
pub(super) struct Reading {
    /// The example as it would be written without the dialect.
    pub(super) example: Example,
    /// What is to be said of it. The parser has said what there is to say of the dialects that it knows.
    pub(super) lint: Option<Diagnostic>,
}

/// Reads an example in a dialect, if it is right only so.
pub(super) fn read(rules: &Comparison<'_>, outcome: &Outcome) -> Option<Reading> {
    let example = rules.example;
    let expected = match &example.expectation {
        Expectation::Output(expected) | Expectation::Mark { expected, .. } => expected,
        Expectation::Excerpt(_) | Expectation::Guessed(_) | Expectation::Unstated => return None,
    };
    let bare = match &outcome.ending {
        Ending::Raised(raised) => bare_exception(example, expected, raised),
        _ => None,
    };
    if (expected.dialect.is_none() && bare.is_none()) || is_right(rules, outcome) {
        return None;
    }
    let in_dialect = |text: &str| Reading { example: restated(example, text), lint: None };
    let dialect = expected.dialect.as_deref();
    // The blank line that ends an output on the page may be its own, where that has blank lines.
    let with_blank = dialect.filter(|text| text.contains("\n\n")).map(|text| format!("{text}\n"));
    [dialect.map(in_dialect), with_blank.as_deref().map(in_dialect), bare]
        .into_iter()
        .flatten()
        .find(|reading| is_right(&rules.reading(&reading.example), outcome))
}

/// Whether there is nothing wrong with an example.
fn is_right(rules: &Comparison<'_>, outcome: &Outcome) -> bool {
    output::judge(rules, outcome).status == Status::Passed && ending::complaint(rules, outcome).is_none()
}

/// The example with a header above the first stated line that names the raised type.
fn bare_exception(example: &Example, expected: &Expected, raised: &Raised) -> Option<Reading> {
    let is_shown =
        matches!(example.kind, ExampleKind::Session | ExampleKind::Script) && example.raises.is_none();
    if !is_shown || !matches!(example.expectation, Expectation::Output(_)) {
        return None;
    }
    let Expected { text, lines, .. } = expected;
    let names = |line: &str| {
        let name = line.split([':', '\n']).next().unwrap_or_default();
        name == raised.kind || name == last_part(&raised.kind)
    };
    let (index, at) = line_starts(text).enumerate().find(|&(_, at)| names(&text[at..]))?;
    let restated = restated(example, &format!("{}{HEADER}{}", &text[..at], &text[at..]));
    let span: Span = lines.get(index).map_or(example.span, |line| line.span);
    let lint = Diagnostic::warning("bare-exception", span, "this exception has no traceback above it")
        .help("put the line `Traceback (most recent call last):` above it, as Python prints it and doctest wants it");
    Some(Reading { example: restated, lint: Some(lint) })
}

/// The example with another stated text.
fn restated(example: &Example, text: &str) -> Example {
    let mut example = example.clone();
    if let Expectation::Output(expected) | Expectation::Mark { expected, .. } = &mut example.expectation {
        text.clone_into(&mut expected.text);
        expected.dialect = None;
    }
    example
}
