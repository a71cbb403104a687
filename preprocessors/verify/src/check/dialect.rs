//! Statements in a dialect of doctest's: read so only where they are not right as they stand.
//!
//! `# 20` below a prompt is a text like any other if `# 20` is printed. If `20` is printed, it is that in the dialect of those who write
//! output as comments; the parser, which knows the dialects of notation, says what each statement would say in them. One dialect needs to
//! know what was raised, so it is read here: a bare `ValueError: message` without a traceback's header.

use std::sync::Arc;
use std::sync::LazyLock;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::Expected;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Example, ExampleKind, Expectation};
use exemplar_model::report::Status;
use exemplar_model::source::Span;
use regex::Regex;

use super::comparison::Comparison;
use super::exception::last_part;
use super::layout::line_starts;
use super::traceback::states_one;
use super::verdict::Verdict;
use super::{elision, ending, output, set_order};
use crate::parse::{behind_code as claimed_behind, is_bare_exception};

/// What is put above a bare exception.
const HEADER: &str = "Traceback (most recent call last):\n";

/// An example whose statement is right in a dialect.
pub(super) struct Reading {
    /// The example as it would be written without the dialect.
    pub(super) example: Example,
    /// What is to be said of it. The parser has said what there is to say of the dialects that it knows.
    pub(super) lint: Option<Diagnostic>,
}

/// Reads an example in a dialect, if it is right only so. `verdict` is the one on the example as it stands.
pub(super) fn read(rules: &Comparison<'_>, outcome: &Outcome, verdict: &Verdict) -> Option<Reading> {
    let example = rules.example;
    let expected = match &example.expectation {
        Expectation::Output(expected) | Expectation::Mark { expected, .. } => expected,
        Expectation::Excerpt(_) | Expectation::Guessed(_) | Expectation::Lab(_) | Expectation::Unstated => {
            return None;
        }
    };
    if expected.text.is_empty() && expected.dialect.is_none() {
        return behind_code(example, expected, outcome)
            .filter(|it| is_right(&rules.reading(&it.example), outcome));
    }
    if is_right_by(verdict, rules, outcome) {
        return None;
    }
    let bare = match &outcome.ending {
        Ending::Raised(raised) => bare_exception(example, expected, raised),
        _ => None,
    };
    let in_dialect = |text: &str| Reading { example: restated(example, text), lint: None };
    let dialect = expected.dialect.as_deref();
    // The blank line that ends an output on the page may be its own, where that has blank lines.
    let with_blank = dialect.filter(|text| text.contains("\n\n")).map(|text| format!("{text}\n"));
    let remark = dialect.filter(|text| text.is_empty()).map(|_| uncommented(&expected.text));
    // `# 8`, and below it what is said of it.
    let count = outcome.stdout.lines().count();
    let is_commented =
        expected.lines.len() > count && expected.lines.iter().all(|line| line.text.starts_with('#'));
    let with_remark = (count > 0 && is_commented)
        .then(|| uncommented(&expected.text).split_inclusive('\n').take(count).collect::<String>());
    let unordered = [Some(expected.text.as_str()), dialect]
        .into_iter()
        .flatten()
        .find_map(|text| set_order::as_printed(text, &outcome.stdout));
    let unordered = unordered.filter(|_| outcome.ending == Ending::Completed).map(|text| {
        let span = expected.lines.first().map_or(example.span, |line| line.span);
        let lint =
            Diagnostic::warning("set-order", span, "the elements of a set are printed in another order here")
                .help("a set has none: show `sorted(…)` of it, or what `==` says");
        Reading { lint: Some(lint), ..in_dialect(&text) }
    });
    let elsewhere =
        located(&expected.text).filter(|text| Some(text) == located(&outcome.stdout).as_ref()).map(|_| {
            let span = expected.lines.first().map_or(example.span, |line| line.span);
            let lint = Diagnostic::warning("module-path", span, "this module lies elsewhere here")
                .help("its path is that of one machine: show its name, `module.__name__`");
            Reading { lint: Some(lint), ..in_dialect(&outcome.stdout) }
        });
    let paragraph = dialect.and_then(|text| paragraph(text, expected, &outcome.stdout));
    let texts = [dialect, with_blank.as_deref(), remark.as_deref(), with_remark.as_deref(), paragraph];
    let right = texts
        .map(|text| text.map(in_dialect))
        .into_iter()
        .chain([
            bare,
            unordered,
            elsewhere,
            remarked(example, expected, outcome),
            trailed(example, expected, outcome),
            elision::read(example, expected).map(|(example, lint)| Reading { example, lint: Some(lint) }),
        ])
        .flatten()
        .find(|reading| is_right(&rules.reading(&reading.example), outcome));
    // A traceback in comments is one all the same: what is wrong with it is told as of a traceback.
    right.or_else(|| {
        let text = uncommented(&expected.text);
        let is_stated = matches!(outcome.ending, Ending::Raised(_)) && states_one(&text);
        (is_commented && is_stated).then(|| in_dialect(&text))
    })
}

/// What a statement printed, where that is the text up to one of its blank lines, at which doctest ends an output. Where nothing is stated
/// right below the statement, it may begin behind a blank line.
fn paragraph<'t>(text: &'t str, expected: &Expected, printed: &str) -> Option<&'t str> {
    let text = if expected.text.is_empty() { text.trim_start_matches('\n') } else { text };
    let rest = text.strip_prefix(printed).filter(|_| printed.ends_with('\n'))?;
    (rest.is_empty() || rest.starts_with('\n')).then(|| &text[..printed.len()])
}

/// An example whose output has remarks below it, as comments that doctest takes for output.
fn remarked(example: &Example, expected: &Expected, outcome: &Outcome) -> Option<Reading> {
    let printed = &outcome.stdout;
    let remarks = expected.text.strip_prefix(printed.as_str()).filter(|_| printed.ends_with('\n'))?;
    let span = expected.lines.get(printed.lines().count()).map_or(example.span, |line| line.span);
    let message = "this comment stands where output is expected";
    let lint = Diagnostic::warning("comment-as-output", span, message)
        .help("leave a blank line above it, or put it behind the code");
    let reading = Reading { example: restated(example, printed), lint: Some(lint) };
    remarks.lines().all(|line| line.trim_start().starts_with('#')).then_some(reading)
}

/// An example whose output has other white space at the ends of its lines, where nobody sees it; or does not end its last line, as
/// `print(x, end=" ")` does not, which can't be stated below a prompt.
fn trailed(example: &Example, expected: &Expected, outcome: &Outcome) -> Option<Reading> {
    let printed = &outcome.stdout;
    let is_line = |(stated, printed): &(&str, &str)| stated.trim_end() == printed.trim_end();
    let is_same = |stated: &str| {
        stated.lines().count() == printed.lines().count()
            && stated.lines().zip(printed.lines()).all(|it| is_line(&it))
    };
    if printed.trim().is_empty() {
        return None;
    }
    let span_of = |at: usize| expected.lines.get(at).map_or(example.span, |line| line.span);
    let lint = if printed.ends_with('\n') {
        let stated = &expected.text;
        let at = stated.lines().zip(printed.lines()).position(|(stated, printed)| stated != printed)?;
        let message = "this line ends in other white space than what is printed";
        let lint = Diagnostic::warning("trailing-white-space", span_of(at), message)
            .help("doctest compares it: copy the line as it is printed");
        is_same(stated).then_some(lint)?
    } else {
        let texts = [Some(expected.text.as_str()), expected.dialect.as_deref()];
        let is_stated = texts.into_iter().flatten().any(|text| is_same(text.trim_matches('\n')));
        let span = span_of(printed.lines().count() - 1);
        let lint = Diagnostic::warning("unended-output", span, "this output does not end its last line")
            .help("print a line end: doctest compares it, and readers see their next prompt behind it");
        is_stated.then_some(lint)?
    };
    Some(Reading { example: restated(example, printed), lint: Some(lint) })
}

/// Where a module was loaded from, in its representation.
static MODULE_PATH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(<module '[\w.]+')(?: from '[^']*'| \((?:built-in|frozen)\))>")
        .expect("the pattern is a constant")
});

/// A text without the paths of the modules that it shows; none where it shows none.
fn located(text: &str) -> Option<String> {
    MODULE_PATH.is_match(text).then(|| MODULE_PATH.replace_all(text, "$1>").into_owned())
}

/// An example without an output whose value its author states in the comment behind it.
fn behind_code(example: &Example, expected: &Expected, outcome: &Outcome) -> Option<Reading> {
    let is_silent = expected.lines.is_empty() && example.kind == ExampleKind::Session;
    let value = claimed_behind(&example.source).filter(|_| is_silent && !outcome.stdout.is_empty())?;
    let message = "this output is written as a comment behind its code";
    let lint = Diagnostic::warning("commented-output", example.span, message)
        .help("put it on the line below, without the `#`: doctest misses it there");
    Some(Reading { example: restated(example, &format!("{value}\n")), lint: Some(lint) })
}

/// What comments say, without their `#`.
fn uncommented(text: &str) -> String {
    let uncommented = |line: &str| -> String {
        let line = line.trim_start().trim_start_matches('#');
        line.strip_prefix(' ').unwrap_or(line).to_owned()
    };
    text.lines().map(|line| uncommented(line) + "\n").collect()
}

/// Whether there is nothing wrong with an example.
fn is_right(rules: &Comparison<'_>, outcome: &Outcome) -> bool {
    is_right_by(&output::judge(rules, outcome), rules, outcome)
}

/// The same, where its output has been judged already.
fn is_right_by(verdict: &Verdict, rules: &Comparison<'_>, outcome: &Outcome) -> bool {
    verdict.status == Status::Passed && ending::complaint(rules, outcome).is_none()
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
    let is_said = index == 0 && is_bare_exception(text[at..].lines().next().unwrap_or_default().trim_end());
    let lint =
        Diagnostic::warning("missing-traceback-header", span, "this exception has no traceback header")
            .help("put `Traceback (most recent call last):` and `    ...` above it");
    Some(Reading { example: restated, lint: Some(lint).filter(|_| !is_said) })
}

/// The example with another stated text.
fn restated(example: &Example, text: &str) -> Example {
    let mut example = example.clone();
    if let Expectation::Output(expected) | Expectation::Mark { expected, .. } = &mut example.expectation {
        let expected = Arc::make_mut(expected);
        expected.text = text.into();
        expected.dialect = None;
    }
    example
}
