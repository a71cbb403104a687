//! What else a page can state: warnings, exit statuses, files, guesses, dialects; and what is not here.

use exemplar_model::diagnostic::Edit;
use exemplar_model::fence::{Expected, Guess, GuessedMark, Raises, Treatment};
use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome, Warned};
use exemplar_model::plan::{Example, ExampleKind, Expectation, Unmet};
use exemplar_model::source::{SourceMap, Span};

use super::{
    TRACEBACK, all, crashed, ended, example, exception, exited, expected, mark, marks, one, printed, prompt,
    raised, raising, script, treated, uncompiled, words,
};
use crate::check::{Verdict, check, withdraw_repeated};
use crate::load::settings::{Filter, PageRules, WarningPolicy};

fn warned(kind: &str, message: &str) -> Warned {
    let lineage = [kind, "Warning", "builtins.Warning", "Exception"].map(str::to_owned).to_vec();
    Warned { kind: kind.into(), lineage, message: message.into(), at: Some(("script_1.py".into(), 3)) }
}

fn warning(message: &str) -> Outcome {
    Outcome { warnings: vec![warned("DeprecationWarning", message)], ..printed("out\n") }
}

fn warns(example: Example, kind: &str, message: Option<&str>) -> Example {
    Example { warns: Some(Raises { kind: kind.into(), message: message.map(Into::into) }.into()), ..example }
}

fn flagged(example: Example, flags: Flags) -> Example {
    Example { flags: example.flags.with(flags), ..example }
}

fn lints(verdict: &Verdict) -> Vec<(&'static str, &str)> {
    verdict.lints.iter().map(|lint| (lint.code, lint.message.as_str())).collect()
}

#[test]
fn a_fence_gives_the_warning_that_it_must() {
    let fence = |kind, message| warns(script(None), kind, message);
    for (kind, message, status) in [
        ("DeprecationWarning", None, "ran"),
        ("Warning", None, "ran"),
        ("DeprecationWarning", Some("old…"), "ran"),
        ("DeprecationWarning", Some("old"), "failed missing-warning"),
        ("UserWarning", None, "failed missing-warning"),
    ] {
        let verdict = one(fence(kind, message), warning("old thing\nsince ever"), status);
        assert_eq!(verdict.lints, []);
    }
    let verdict = one(fence("UserWarning", None), printed(""), "failed missing-warning");
    assert_eq!(
        verdict.message.as_deref(),
        Some("the page says that this warns with UserWarning, and it did not")
    );
    // An exception goes before, and what was not run could have warned.
    one(fence("UserWarning", None), raised("E: x"), "failed unexpected-exception");
    one(treated(fence("UserWarning", None), Treatment::NoRun), printed(""), "compiled");
    // Any example of the fence may give it; for want of one, its last is blamed.
    let prompt = |source| warns(prompt(source, "out\n"), "DeprecationWarning", None);
    all(vec![(prompt("f()"), warning("x")), (prompt("1"), printed("out\n"))], &["passed", "passed"]);
    all(
        vec![(prompt("1"), printed("out\n")), (prompt("2"), printed("out\n"))],
        &["passed", "failed missing-warning"],
    );
}

#[test]
fn a_warning_that_nobody_asked_for_is_a_lint_or_a_failure() {
    let verdict = one(script(None), warning("old\nsince"), "ran");
    assert_eq!(
        lints(&verdict),
        [(
            "unexpected-warning",
            "this example gives a warning: DeprecationWarning: old, in line 3 of script_1.py"
        )]
    );
    for silent in [
        flagged(prompt("f()", "out\n"), Flags::IGNORE_WARNINGS),
        flagged(prompt("f()", "out\nDeprecationWarning: old\n"), Flags::SHOW_WARNINGS),
        prompt("f()", "out\n<stdin>:1: DeprecationWarning: old\n"),
        Example { reported: false, ..prompt("f()", "out\n") },
    ] {
        let shown = Outcome { stderr: "<stdin>:1: DeprecationWarning: old\n".into(), ..warning("old") };
        assert_eq!(lints(&one(silent, shown, "passed")), []);
    }
    one(flagged(prompt("f()", "out\n"), Flags::SHOW_WARNINGS), warning("old"), "failed stale-output");
    // Each is said once in a session.
    let verdicts = all(
        vec![(prompt("f()", "out\n"), warning("old")), (prompt("f()", "out\n"), warning("old"))],
        &["passed", "passed"],
    );
    assert_eq!(verdicts.iter().map(|verdict| verdict.lints.len()).collect::<Vec<_>>(), [1, 0]);
    let strict = PageRules { warnings: WarningPolicy::Error, ..PageRules::default() };
    let verdict = check(&[prompt("f()", "out\n")], &[warning("old")], &strict).remove(0);
    assert_eq!(words(&verdict), "failed unexpected-exception");
    let hint = "if it is to warn, say so: `warns=\"DeprecationWarning\"`; if that is nobody's business: `flags=\"IGNORE_WARNINGS\"`";
    assert_eq!(verdict.hint.as_deref(), Some(hint));
}

#[test]
fn filters_act_on_both_sides() {
    let filter = |pattern: &str| Filter { pattern: pattern.into(), replacement: "N".into() };
    let rules = PageRules { filters: vec![filter(r"\d+")], ..PageRules::default() };
    for (example, outcome, expected) in [
        (prompt("f()", "id 1\n"), printed("id 23\n"), "passed"),
        (prompt("f()", "id 1\n"), printed("no 23\n"), "failed stale-output"),
        (prompt("f()", &format!("{TRACEBACK}E: 1\n")), raised("E: 23"), "passed"),
        (raising(script(None), "E", Some("1")), raised("E: 23"), "passed"),
    ] {
        let verdict = check(&[example], &[outcome], &rules).remove(0);
        assert_eq!(words(&verdict), expected);
        // What is reported is what was printed.
        assert!(verdict.actual.unwrap().contains("23"));
    }
}

#[test]
fn a_command_has_an_output_and_a_status() {
    let command = |want: Option<&str>, exit_status| {
        let expectation = want.map_or(Expectation::Unstated, |want| Expectation::Output(expected(want)));
        Example { exit_status, ..example(ExampleKind::Console, "pytest\n", expectation) }
    };
    let ended = |stdout, status| Outcome { exit_status: Some(status), ..printed(stdout) };
    one(command(None, 0), ended("x\n", 0), "ran");
    one(command(Some("1 passed in 0.01s\n"), 0), ended("1 passed in 12.34s\n", 0), "passed");
    one(command(Some("2 passed in 0.01s\n"), 0), ended("1 passed in 0.01s\n", 0), "failed stale-output");
    one(command(Some("a...z\n"), 0), ended("abc\nz", 0), "passed");
    one(command(Some("x\n"), 2), ended("x\n", 2), "passed");
    let verdict = one(command(None, 0), ended("", 2), "failed wrong-exit-code");
    assert_eq!(
        verdict.message.as_deref(),
        Some("this command ended with exit status 2, and the page says 0")
    );
    assert!(verdict.hint.unwrap().ends_with("`rc=2`"));
    let verdict = one(command(None, 2), ended("", 0), "failed wrong-exit-code");
    assert_eq!(verdict.hint, None);
    let verdict = one(command(None, 0), ended("", -9), "failed wrong-exit-code");
    assert_eq!(verdict.message.as_deref(), Some("this command was killed by signal 9, and the page says 0"));
}

#[test]
fn a_file_is_written_or_shown() {
    let file = |expectation| example(ExampleKind::File, "x = 1\n", expectation);
    one(file(Expectation::Unstated), printed(""), "ran");
    one(file(Expectation::Unstated), uncompiled("SyntaxError: x"), "failed syntax-error");
    let verdict =
        one(file(Expectation::Unstated), raised("IsADirectoryError: x"), "failed unexpected-exception");
    assert_eq!(verdict.hint, None);
    let excerpt = |text: &str| file(Expectation::Excerpt(expected(text)));
    one(excerpt("x = 1\n...\n"), printed("x = 1\ny = 2\n"), "passed");
    let verdict = one(excerpt("x = 2\n...\n"), printed("x = 1\n"), "failed stale-output");
    assert_eq!(verdict.message.as_deref(), Some("line 1 of the file is `x = 1`, and the page shows `x = 2`"));
    let verdict = one(excerpt("x = 2\n"), raised("FileNotFoundError: x"), "failed unexpected-exception");
    assert!(verdict.hint.is_some_and(|hint| hint.contains("`file=`")));
}

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

#[test]
fn what_is_not_here_is_skipped_and_explains_what_misses_it() {
    let unmet = |unmet| Example { unmet: Some(unmet), step: None, ..prompt("import numpy as np", "") };
    let numpy = unmet(Unmet::Requirement("numpy>=2 is not installed".into()));
    let examples = [numpy, Example { step: Some(0), ..prompt("np.e", "2.7\n") }];
    let verdicts = check(&examples, &[raised("NameError: name 'np' is not defined")], &PageRules::default());
    assert_eq!(words(&verdicts[0]), "skipped unmet-requirement");
    assert_eq!(verdicts[0].message.as_deref(), Some("numpy>=2 is not installed"));
    assert_eq!(
        verdicts[1].hint.as_deref(),
        Some("the example above that binds `np` does not run: it is skipped")
    );
    let python = unmet(Unmet::Python("it needs Python >=3.14".into()));
    assert_eq!(words(&check(&[python], &[], &PageRules::default())[0]), "skipped wrong-python");
    let remote = Example { step: None, ..flagged(prompt("get()", "1\n"), Flags::REMOTE_DATA) };
    let verdict = check(&[remote], &[], &PageRules::default()).remove(0);
    assert_eq!(words(&verdict), "skipped");
    one(flagged(prompt("f()", "1\n"), Flags::IGNORE_OUTPUT), printed("2\n"), "ran");
    one(flagged(prompt("f()", "1\n"), Flags::IGNORE_OUTPUT), raised("E: x"), "failed unexpected-exception");
}

#[test]
fn what_no_report_has_is_told_to_what_follows_from_it() {
    let mut sources = SourceMap::default();
    let page = Span::new(sources.add("page.md", ""), 0..0);
    let setup = Span::new(sources.add("docs/_setup.py", ""), 0..0);
    let prelude = |span| Example { reported: false, span, ..prompt("import numpy as np", "") };
    let missing = Outcome {
        failed_at: Some(("docs/_setup.py".into(), 1)),
        ..raised("ModuleNotFoundError: No module named 'numpy'")
    };
    let undefined = || raised("NameError: name 'np' is not defined");
    let np = || (Example { span: page, ..prompt("np.e", "2.7\n") }, undefined());
    let verdicts = all(
        vec![(prelude(setup), missing.clone()), np(), np()],
        &["failed missing-module", "failed missing-module", "failed follows-failure <- 1"],
    );
    assert_eq!(
        verdicts[1].message.as_deref(),
        Some(
            "the code that this session begins with fails, in line 1 of docs/_setup.py: no module named 'numpy'"
        )
    );
    assert_eq!(verdicts[0].lints, []);
    let fine = || (Example { span: page, ..prompt("1", "1\n") }, printed("1\n"));
    // What stopped everything below it did not run anything.
    let verdicts = all(
        vec![(prelude(page), crashed()), (fine().0, Outcome::not_run(0)), (fine().0, Outcome::not_run(0))],
        &["failed crash", "failed crash", "not run follows-failure <- 1"],
    );
    assert!(
        verdicts[1]
            .message
            .as_ref()
            .unwrap()
            .starts_with("an example above this one fails when it is run again")
    );
    // Where nothing follows, it is said by itself.
    for (span, severity) in [(setup, "error"), (page, "warning")] {
        let verdicts =
            all(vec![(prelude(span), missing.clone()), fine()], &["failed missing-module", "passed"]);
        assert_eq!(verdicts[0].lints[0].severity.name(), severity);
    }
    let verdicts = all(vec![(prelude(page), printed("x\n")), fine()], &["failed stale-output", "passed"]);
    assert_eq!(verdicts[0].lints, []);
}

#[test]
fn what_fails_again_on_another_python_is_told_once() {
    let mut sources = SourceMap::default();
    let page = Span::new(sources.add("page.md", ""), 0..0);
    let again = |reported| Example { reported, span: page, ..prompt("f()", "") };
    let run = |reported, summary| {
        let fine = (Example { span: page, ..prompt("1", "1\n") }, printed("1\n"));
        let (examples, outcomes): (Vec<_>, Vec<_>) =
            [(again(reported), raised(summary)), fine].into_iter().unzip();
        let examples: Vec<Example> =
            examples.into_iter().enumerate().map(|(step, it)| Example { step: Some(step), ..it }).collect();
        let verdicts = check(&examples, &outcomes, &PageRules::default());
        (examples, verdicts)
    };
    let ((reported, first), (unreported, second)) = (run(true, "KeyError: 1"), run(false, "KeyError: 2"));
    assert_eq!(second[0].lints.len(), 1);
    let mut verdicts = [first, second];
    withdraw_repeated(&[&reported, &unreported], &mut verdicts);
    assert_eq!(verdicts[1][0].lints, []);
    let ((other, fine), (unreported, failed)) = (run(true, "SystemExit: 1"), run(false, "KeyError: 1"));
    let other: Vec<Example> =
        other.into_iter().map(|it| Example { span: Span::new(it.span.file, 1..2), ..it }).collect();
    let mut verdicts = [fine, failed];
    withdraw_repeated(&[&other, &unreported], &mut verdicts);
    assert_eq!(verdicts[1][0].lints.len(), 1, "another example failed");
}

#[test]
fn a_message_of_several_lines_is_compared_as_a_whole() {
    let raised = || ended(Ending::Raised(exception("ValueError: first\nsecond").into()));
    one(prompt("f()", &format!("{TRACEBACK}ValueError: first\nsecond\n")), raised(), "passed");
    one(prompt("f()", &format!("{TRACEBACK}ValueError: first\n")), raised(), "failed stale-output");
}

#[test]
fn white_space_at_the_end_of_a_line_is_not_seen() {
    let verdict = one(prompt("x", "[1,  \n 2]\n"), printed("[1,\n 2]\n"), "passed");
    assert_eq!(verdict.lints.iter().map(|lint| lint.code).collect::<Vec<_>>(), ["trailing-white-space"]);
    one(prompt("x", "a\n"), printed("a  \n"), "passed");
    // At the beginning of a line it is.
    one(prompt("x", " 5\n"), printed("5\n"), "failed stale-output");
}

#[test]
fn an_output_may_leave_its_last_line_open() {
    let verdicts = all(
        vec![
            (prompt("for x in y: print(x, end=' ')", "0 2 4\n"), printed("0 2 4 ")),
            (prompt("print('a\\nb', end='')", "a\nb\n"), printed("a\nb")),
            (prompt("print('a', end='')", "b\n"), printed("a")),
        ],
        &["passed", "passed", "failed stale-output"],
    );
    let lint = ("unended-output", "this output does not end its last line");
    assert_eq!(verdicts.iter().flat_map(lints).collect::<Vec<_>>(), [lint, lint]);
}

#[test]
fn brackets_are_no_order() {
    let hint = |want: &str, got: &str| one(prompt("x", want), printed(got), "failed stale-output").hint;
    assert_eq!(
        hint("[(1, 'a'), (2, 'b'))]\n", "[(1, 'a'), (2, 'b')]\n").as_deref(),
        Some("only its brackets differ: copy the output as it is printed")
    );
    assert_eq!(
        hint("[2, 1]\n", "[1, 2]\n").as_deref(),
        Some("only the order differs: copy the output as it is printed")
    );
}

#[test]
fn remarks_below_an_output_are_none_of_it() {
    let verdict = one(prompt("5 - 3", "2\n# An int.\n"), printed("2\n"), "passed");
    assert_eq!(verdict.lints.iter().map(|lint| lint.code).collect::<Vec<_>>(), ["comment-as-output"]);
    one(prompt("5 - 3", "2\nAn int.\n"), printed("2\n"), "failed stale-output");
    one(prompt("print('2\\n# An int.')", "2\n# An int.\n"), printed("2\n# An int.\n"), "passed");
}

#[test]
fn a_value_may_stand_in_the_comment_behind_its_code() {
    let shown = |source| (prompt(source, ""), printed("<class 'int'>\n"));
    let verdicts = all(
        vec![
            shown("type(10)        # <class 'int'>\n"),
            shown("type(10)  # the class of whole numbers\n"),
            shown("type(10)  # <class 'str'>\n"),
        ],
        &["passed", "failed stale-output", "failed stale-output"],
    );
    let lint = ("commented-output", "this output is written as a comment behind its code");
    assert_eq!(verdicts.iter().flat_map(lints).collect::<Vec<_>>(), [lint]);
}

#[test]
fn exit_at_a_prompt_shows_nothing() {
    one(prompt("exit()", ""), exited("SystemExit", 0), "passed");
    one(prompt("exit()", "bye\n"), exited("SystemExit", 0), "failed unexpected-exception");
    one(prompt("exit(1)", ""), exited("SystemExit: 1", 1), "failed unexpected-exception");
}

#[test]
fn a_module_is_the_same_wherever_it_lies() {
    one(
        prompt("math", "<module 'math' (built-in)>\n"),
        printed("<module 'math' from '/lib/math.so'>\n"),
        "passed",
    );
    one(
        prompt("math", "<module 'cmath' (built-in)>\n"),
        printed("<module 'math' (built-in)>\n"),
        "failed stale-output",
    );
}

#[test]
fn an_output_with_a_prompt_before_it_is_told_as_such() {
    let verdicts = all(
        vec![
            (prompt("print(numbers)", ""), printed("[2, 4]\n")),
            (prompt("[2, 4]", ""), printed("[2, 4]\n")),
        ],
        &["failed stale-output", "failed stale-output"],
    );
    assert_eq!(
        verdicts[1].hint.as_deref(),
        Some("this is what the example above prints: take its `>>> ` away")
    );
}

#[test]
fn what_is_random_is_told_as_such() {
    let hint = |source: &str, want: &str, got: &str| {
        one(prompt(source, want), printed(got), "failed stale-output").hint
    };
    let random = hint("random.randint(1, 6)", "3\n", "5\n").unwrap();
    assert!(random.starts_with("it depends on random numbers: seed"), "{random}");
    assert_eq!(hint("error", "ValueError('a', 'b',)\n", "ValueError('a', 'b')\n"), None);
}
