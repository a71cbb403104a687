//! Sessions and their verdicts. A verdict is written as `status code <- cause`, causes by the index of their example.

mod causes;
mod exceptions;
mod guesses;
mod scripts;
mod statements;
mod tracebacks;
mod warnings;

use std::sync::Arc;
use std::time::Duration;

use exemplar_model::fence::{Expected, Raises, Treatment};
use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Example, ExampleKind, Expectation, Session};
use exemplar_model::protocol::Network;
use exemplar_model::source::{SourceMap, Span};

use super::{Verdict, check};
use crate::load::settings::PageRules;

/// An example with what running its step gave.
type Case = (Example, Outcome);

/// A session of a page, of which only its examples matter.
pub(crate) fn session(page: usize, examples: Vec<Example>) -> Session {
    Session {
        page,
        name: String::new(),
        network: Network::None,
        python: None,
        memory: 0,
        processes: 0,
        output: 0,
        timeout: Duration::ZERO,
        files: Vec::new(),
        pythonpath: Vec::new(),
        steps: Vec::new(),
        examples,
    }
}

pub(crate) fn example(kind: ExampleKind, source: &str, expectation: Expectation) -> Example {
    Example {
        fence: 0,
        id: "".into(),
        span: Span::new(SourceMap::default().add("page.md", ""), 0..0),
        source: source.into(),
        step: Some(0),
        expectation,
        exempt: None,
        raises: None,
        warns: None,
        exit_status: 0,
        unmet: None,
        reported: true,
        flags: Flags::ADDRESS,
        treatment: Treatment::Check,
        kind,
        role: None,
    }
}

fn expected(text: &str) -> Arc<Expected> {
    Arc::new(Expected { text: text.into(), ..Expected::nothing() })
}

/// `>>> source` with `want` below it.
fn prompt(source: &str, want: &str) -> Example {
    example(ExampleKind::Session, source, Expectation::Output(expected(want)))
}

fn flagged(example: Example, flags: Flags) -> Example {
    Example { flags: example.flags.with(flags), ..example }
}

fn lints(verdict: &Verdict) -> Vec<(&'static str, &str)> {
    verdict.lints.iter().map(|lint| (lint.code, lint.message.as_str())).collect()
}
/// A script, with its output in a fence.
fn script(want: Option<&str>) -> Example {
    let expectation = want.map_or(Expectation::Unstated, |want| Expectation::Output(expected(want)));
    example(ExampleKind::Script, "", expectation)
}

/// A `#> ` run of a script.
fn mark(index: usize, want: &str) -> Example {
    example(ExampleKind::Script, "", Expectation::Mark { index, expected: expected(want) })
}

fn raising(example: Example, kind: &str, message: Option<&str>) -> Example {
    Example {
        raises: Some(Arc::new(Raises { kind: kind.into(), message: message.map(Into::into) })),
        ..example
    }
}

fn treated(example: Example, treatment: Treatment) -> Example {
    Example { treatment, ..example }
}

fn ended(ending: Ending) -> Outcome {
    Outcome { ending, ..Outcome::not_run(0) }
}

fn printed(stdout: &str) -> Outcome {
    Outcome { stdout: stdout.into(), ..ended(Ending::Completed) }
}

fn exception(summary: &str) -> Raised {
    let kind = summary.split(':').next().unwrap();
    Raised {
        kind: kind.into(),
        lineage: vec![kind.into(), "Exception".into(), "object".into()],
        summary: format!("{summary}\n"),
        traceback: format!(
            "Traceback (most recent call last):\n  File \"x\", line 1, in <module>\n{summary}\n"
        ),
        at_compile: false,
        exit_status: None,
    }
}

fn raised(summary: &str) -> Outcome {
    ended(Ending::Raised(exception(summary).into()))
}

fn exited(summary: &str, status: i32) -> Outcome {
    ended(Ending::Raised(Raised { exit_status: Some(status), ..exception(summary) }.into()))
}

fn uncompiled(summary: &str) -> Outcome {
    let traceback = format!("  File \"<python-input-0>\", line 1\n    1 +\n       ^\n{summary}\n");
    ended(Ending::Raised(Raised { at_compile: true, traceback, ..exception(summary) }.into()))
}

fn crashed() -> Outcome {
    ended(Ending::Crashed { how: "was killed by signal 11 (SIGSEGV)".into() })
}

/// A session in which each example has a step for itself.
fn verdicts(cases: Vec<Case>) -> Vec<Verdict> {
    let (examples, outcomes): (Vec<Example>, Vec<Outcome>) = cases.into_iter().unzip();
    let placed = |(step, example)| Example { step: Some(step), ..example };
    let examples: Vec<Example> = examples.into_iter().enumerate().map(placed).collect();
    check(&examples, &outcomes, &PageRules::default())
}

fn words(verdict: &Verdict) -> String {
    let code = verdict.code.map(|code| format!(" {code}")).unwrap_or_default();
    let cause = verdict.cause.map(|cause| format!(" <- {cause}")).unwrap_or_default();
    format!("{}{code}{cause}", verdict.status.words())
}

/// The verdict on a session of one example.
#[track_caller]
fn one(example: Example, outcome: Outcome, expected: &str) -> Verdict {
    let mut verdicts = verdicts(vec![(example, outcome)]);
    assert_eq!(words(&verdicts[0]), expected, "{:?}", verdicts[0]);
    verdicts.remove(0)
}

#[track_caller]
fn all(cases: Vec<Case>, expected: &[&str]) -> Vec<Verdict> {
    let verdicts = verdicts(cases);
    assert_eq!(verdicts.iter().map(words).collect::<Vec<_>>(), expected);
    verdicts
}

/// The verdicts on a script with stated outputs.
#[track_caller]
fn marks(examples: &[Example], marks: &[Option<&str>], outcome: Outcome, expected: &[&str]) -> Vec<Verdict> {
    let marks = marks.iter().map(|mark| mark.map(Into::into)).collect();
    let verdicts = check(examples, &[Outcome { marks, ..outcome }], &PageRules::default());
    assert_eq!(verdicts.iter().map(words).collect::<Vec<_>>(), expected);
    verdicts
}

/// The beginning of a traceback as pages show it.
const TRACEBACK: &str = "Traceback (most recent call last):\n  ...\n";

#[test]
fn a_statement_prints_what_stands_below_it() {
    one(prompt("1 + 1", "2\n"), printed("2\n"), "passed");
    one(prompt("x = 1", ""), printed(""), "passed");
    let verdict = one(prompt("1 + 1", "3\n"), printed("2\n"), "failed stale-output");
    assert_eq!((verdict.expected.as_deref(), verdict.actual.as_deref()), (Some("3\n"), Some("2\n")));
    assert_eq!(verdict.message.as_deref(), Some("this example printed something else than the page says"));
    one(prompt("1 + 1", ""), printed("2\n"), "failed stale-output");
    // Code before the first prompt states nothing.
    let unstated = Example { expectation: Expectation::Unstated, ..prompt("x = 1", "") };
    one(unstated, printed("1\n"), "ran");
}

#[test]
fn stderr_counts_when_the_page_shows_it() {
    let outcome = || Outcome { stderr: "warned\n".into(), ..printed("out\n") };
    one(prompt("f()", "out\n"), outcome(), "passed");
    let verdict = one(prompt("f()", "warned\nout\n"), outcome(), "passed");
    assert_eq!(verdict.actual.as_deref(), Some("warned\nout\n"));
    one(prompt("f()", "out\nwarned\n"), outcome(), "passed");
    one(prompt("f()", "warned\n"), outcome(), "failed stale-output");
}

#[test]
fn hints_say_what_would_make_it_match() {
    for (want, got, expected) in [
        (
            "<...>\n",
            "<x>\n",
            Some("`...` stands for any text only with a flag: add `# doctest: +ELLIPSIS` to it"),
        ),
        (
            "a b\n",
            "a  b\n",
            Some(
                "only white space differs: copy the output as it is printed, or add `# doctest: +NORMALIZE_WHITESPACE` to it",
            ),
        ),
        (
            "<x at 0x1>\n",
            "<x at 0x2>",
            Some(
                "its output does not end its last line, which can't be stated below a prompt: print a line end",
            ),
        ),
        ("a\n", "b\n", None),
    ] {
        let verdict = one(prompt("f()", want), printed(got), "failed stale-output");
        assert_eq!(verdict.hint.as_deref(), expected);
    }
    let verdict = one(script(Some("<...>\n")), printed("<x>\n"), "failed stale-output");
    assert!(verdict.hint.unwrap().ends_with("add `flags=\"ELLIPSIS\"` to its fence"));
}
