//! What a page seems to state, and what it states in a dialect.

use exemplar_model::diagnostic::Edit;
use exemplar_model::fence::{Expected, Guess, GuessedMark, Treatment};
use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Example, ExampleKind, Expectation};

use super::{
    TRACEBACK, crashed, example, expected, lints, mark, marks, one, printed, prompt, raised, raising, script,
    treated,
};

fn guess(mark: Option<usize>, text: &str) -> Guess {
    let edits =
        vec![Edit { span: example(ExampleKind::File, "", Expectation::Unstated).span, text: "#> ".into() }];
    Guess {
        mark: mark.map(|line| GuessedMark { line, column: 0 }),
        expected: (*expected(text)).clone(),
        open: false,
        edits,
    }
}

#[test]
fn a_guess_never_fails() {
    let guessed =
        |guesses: &[Guess]| example(ExampleKind::Script, "", Expectation::Guessed(guesses.to_vec()));
    let judged = |guesses: &[Guess], printed_by: &[Option<&str>], outcome, expected: &str| {
        marks(&[guessed(guesses)], printed_by, outcome, &[expected]).remove(0)
    };
    let both = [guess(Some(1), "1\n"), guess(None, "1\n2\n"), guess(Some(2), "2\n")];
    let verdict = judged(&both, &[Some("1\n"), Some("2\n")], printed("1\n2\n"), "passed");
    let said = "this and 2 below say what is printed, and are only guessed to say so";
    assert_eq!(lints(&verdict), [("guessed-output", said)]);
    assert_eq!(verdict.lints[0].edits.len(), 3);
    let verdict = judged(&both, &[Some("7\n"), None], printed("7\n"), "ran unconfirmed-output");
    assert_eq!(
        lints(&verdict),
        [
            ("unconfirmed-output", "this seems to say that `1` is printed, and `7` was printed"),
            ("unconfirmed-output", "this seems to say that `1…` is printed, and `7` was printed"),
            (
                "unconfirmed-output",
                "this seems to say that `2` is printed, and its statement was never reached"
            ),
        ]
    );
    let verdict = judged(&both[..1], &[Some("")], printed(""), "ran unconfirmed-output");
    assert_eq!(lints(&verdict)[0].1, "this seems to say that `1` is printed, and nothing was printed");
    assert_eq!(verdict.lints[0].edits.len(), 1);
    // The exception has told enough, whether it was asked for or not.
    assert_eq!(judged(&both, &[Some("7\n"), None], raised("E: x"), "failed unexpected-exception").lints, []);
    judged(&both, &[None, None], crashed(), "failed crash");
    one(raising(guessed(&both), "E", None), raised("E: x"), "passed");
    one(treated(guessed(&both), Treatment::NoCheck), printed("7\n"), "ran");
}

#[test]
fn a_statement_may_be_right_in_a_dialect_alone() {
    let dialect = |text: &str, dialect: &str| {
        Expected { dialect: Some(dialect.into()), ..(*expected(text)).clone() }.into()
    };
    let prompt =
        |text, other| example(ExampleKind::Session, "f()", Expectation::Output(dialect(text, other)));
    let verdict = one(prompt("# 20\n", "20\n"), printed("20\n"), "passed");
    assert_eq!((verdict.expected.as_deref(), verdict.lints.len()), (Some("# 20\n"), 0));
    one(prompt("# 20\n", "20\n"), printed("# 20\n"), "passed");
    let verdict = one(prompt("# 20\n", "20\n"), printed("21\n"), "failed stale-output");
    assert_eq!(verdict.expected.as_deref(), Some("# 20\n"));
    let traceback = format!("{TRACEBACK}E: x\n");
    one(prompt("# E: x\n", &traceback), raised("E: x"), "passed");
    let mark = Example {
        expectation: Expectation::Mark { index: 0, expected: dialect("# 1\n", "1\n") },
        ..mark(0, "")
    };
    marks(&[mark], &[Some("1\n")], printed("1\n"), &["passed"]);
}

#[test]
fn a_bare_exception_passes_if_it_was_raised() {
    let outcome = |summary: &str| Outcome { stdout: "out\n".into(), ..raised(summary) };
    for (want, summary, expected, lint) in [
        // Of a first line, the parser has said it.
        ("ValueError: bad\n", "ValueError: bad", "passed", None),
        ("UserWarning: bad\n", "UserWarning: bad", "passed", Some("missing-traceback-header")),
        ("out\nValueError: bad\n", "ValueError: bad", "passed", Some("missing-traceback-header")),
        ("E: bad\n", "pkg.E: bad", "failed unexpected-exception", None),
        ("ValueError: good\n", "ValueError: bad", "failed unexpected-exception", None),
        ("other\nValueError: bad\n", "ValueError: bad", "failed unexpected-exception", None),
    ] {
        let verdict = one(prompt("f()", want), outcome(summary), expected);
        let codes: Vec<_> = lints(&verdict).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, Vec::from_iter(lint));
        assert_eq!(verdict.expected.as_deref(), Some(want));
    }
    one(script(Some("ValueError: bad\n")), raised("ValueError: bad"), "passed");
    one(prompt("f()", "ValueError: bad\n"), printed("ValueError: bad\n"), "passed");
}
