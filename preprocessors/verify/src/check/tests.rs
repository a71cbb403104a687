//! Sessions and their verdicts. A verdict is written as `status code <- cause`, causes by the index of their example.

use std::time::Duration;

use exemplar_model::fence::{Expected, Raises, Treatment};
use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Example, ExampleKind, Expectation};
use exemplar_model::source::{SourceMap, Span};

use super::{Verdict, check};

/// An example with what running its step gave.
type Case = (Example, Outcome);

fn example(kind: ExampleKind, source: &str, expectation: Expectation) -> Example {
    Example {
        fence: 0,
        id: String::new(),
        span: Span::new(SourceMap::default().add("page.md", ""), 0..0),
        source: source.into(),
        step: Some(0),
        expectation,
        raises: None,
        flags: Flags::ADDRESS,
        treatment: Treatment::Check,
        kind,
    }
}

fn expected(text: &str) -> Expected {
    Expected { text: text.into(), lines: Vec::new() }
}

/// `>>> source` with `want` below it.
fn prompt(source: &str, want: &str) -> Example {
    example(ExampleKind::Session, source, Expectation::Output(expected(want)))
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
    Example { raises: Some(Raises { kind: kind.into(), message: message.map(Into::into) }), ..example }
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
    ended(Ending::Raised(exception(summary)))
}

fn exited(summary: &str, status: i32) -> Outcome {
    ended(Ending::Raised(Raised { exit_status: Some(status), ..exception(summary) }))
}

fn uncompiled(summary: &str) -> Outcome {
    let traceback = format!("  File \"<python-input-0>\", line 1\n    1 +\n       ^\n{summary}\n");
    ended(Ending::Raised(Raised { at_compile: true, traceback, ..exception(summary) }))
}

fn crashed() -> Outcome {
    ended(Ending::Crashed { how: "was killed by signal 11 (SIGSEGV)".into() })
}

/// A session in which each example has a step for itself.
fn verdicts(cases: Vec<Case>) -> Vec<Verdict> {
    let (examples, outcomes): (Vec<Example>, Vec<Outcome>) = cases.into_iter().unzip();
    let placed = |(step, example)| Example { step: Some(step), ..example };
    let examples: Vec<Example> = examples.into_iter().enumerate().map(placed).collect();
    check(&examples, &outcomes)
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
    let verdicts = check(examples, &[Outcome { marks, ..outcome }]);
    assert_eq!(verdicts.iter().map(words).collect::<Vec<_>>(), expected);
    verdicts
}

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
            "a\n",
            "a",
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

#[test]
fn exceptions_are_those_that_the_page_shows() {
    let stated = |message: &str| prompt("f()", &format!("{TRACEBACK}{message}\n"));
    let verdict = one(stated("ValueError: bad"), raised("ValueError: bad"), "passed");
    assert!(verdict.actual.unwrap().ends_with("ValueError: bad\n"));
    one(stated("ValueError: good"), raised("ValueError: bad"), "failed stale-output");
    let verdict = one(stated("KeyError: 'a'"), raised("ValueError: bad"), "failed wrong-exception");
    assert_eq!(verdict.message.as_deref(), Some("this example raised ValueError: bad instead of KeyError"));
    let verdict = one(stated("KeyError: 'a'"), printed("1\n"), "failed missing-exception");
    assert_eq!(verdict.message.as_deref(), Some("the page says that this raises KeyError, and it did not"));
    let verdict = one(prompt("f()", "1\n"), raised("ValueError: bad"), "failed unexpected-exception");
    assert_eq!(verdict.message.as_deref(), Some("this example raised ValueError: bad"));
    let verdict =
        one(prompt("f()", "ValueError: bad\n"), raised("ValueError: bad"), "failed unexpected-exception");
    assert!(verdict.hint.unwrap().contains("Traceback (most recent call last):"));
    // A traceback that is printed is output.
    one(stated("ValueError: bad"), printed(&format!("{TRACEBACK}ValueError: bad\n")), "passed");
    let after_output = Outcome { stdout: "out".into(), ..raised("E: x") };
    let verdict = one(script(None), after_output, "failed unexpected-exception");
    assert!(verdict.actual.unwrap().starts_with("out\nTraceback"));
}

#[test]
fn of_a_chain_every_message_is_compared_and_no_stack() {
    let chain = "Traceback (most recent call last):
  File \"script_1.py\", line 2, in <module>
    {}['a']
KeyError: 'a'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File \"script_1.py\", line 4, in <module>
    raise ValueError('b') from error
ValueError: b
";
    let outcome = |stdout: &str| {
        let exception = Raised { traceback: chain.into(), ..exception("ValueError: b") };
        Outcome { stdout: stdout.into(), ..ended(Ending::Raised(exception)) }
    };
    let page = |from: &str, to: &str| prompt("f()", &chain.replace(from, to));
    one(page("", ""), outcome(""), "passed");
    one(page("line ", "line 1"), outcome(""), "passed");
    one(page("\n\n", "\n<BLANKLINE>\n"), outcome(""), "passed");
    one(page("KeyError: 'a'", "KeyError: 'x'"), outcome(""), "failed stale-output");
    one(page("ValueError: b", "ValueError: x"), outcome(""), "failed stale-output");
    one(page("ValueError: b", "TypeError: b"), outcome(""), "failed wrong-exception");
    one(page("direct cause of", "reason for"), outcome(""), "failed stale-output");
    // The last one alone will do, as in doctest.
    one(prompt("f()", &format!("{TRACEBACK}ValueError: b\n")), outcome(""), "passed");
    // A page may show one traceback that was printed and then the one that was raised.
    let shown = format!("Traceback{}", chain.split("Traceback").nth(1).unwrap());
    one(prompt("f()", &format!("{shown}{TRACEBACK}ValueError: b\n")), outcome(&shown), "passed");
    // An exception that was made and never raised has no header.
    let headless = chain.split_once("]\n").unwrap().1;
    let exception = Raised { traceback: headless.into(), ..exception("ValueError: b") };
    one(prompt("f()", headless), ended(Ending::Raised(exception)), "passed");
}

#[test]
fn of_a_group_every_message_is_compared_and_no_stack() {
    let group = "  + Exception Group Traceback (most recent call last):
  |   File \"script_1.py\", line 1, in <module>
  | ExceptionGroup: several (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File \"script_1.py\", line 7, in f
    | ValueError: a
    +---------------- 2 ----------------
    | KeyError: 'k'
    +------------------------------------
";
    let outcome = || {
        let exception = exception("ExceptionGroup: several (2 sub-exceptions)");
        ended(Ending::Raised(Raised { traceback: group.into(), ..exception }))
    };
    let page = |from: &str, to: &str| prompt("f()", &group.replace(from, to));
    one(page("", ""), outcome(), "passed");
    one(page("line ", "line 1"), outcome(), "passed");
    one(page("ValueError: a", "ValueError: b"), outcome(), "failed stale-output");
    one(page("KeyError", "LookupError"), outcome(), "failed stale-output");
    one(page("ExceptionGroup:", "BaseExceptionGroup:"), outcome(), "failed wrong-exception");
    let lax = Example { flags: Flags::IGNORE_EXCEPTION_DETAIL, ..page("ValueError: a", "ValueError: b") };
    one(lax, outcome(), "passed");
    let summary = format!("{TRACEBACK}ExceptionGroup: several (2 sub-exceptions)\n");
    one(prompt("f()", &summary), outcome(), "passed");
}

#[test]
fn a_message_may_be_the_summary_or_the_end_of_the_traceback() {
    let suggestion = Raised {
        traceback: format!("{TRACEBACK}NameError: name 'pritn' is not defined. Did you mean: 'print'?\n"),
        ..exception("NameError: name 'pritn' is not defined")
    };
    for message in ["", ". Did you mean: 'print'?"] {
        let want = format!("{TRACEBACK}NameError: name 'pritn' is not defined{message}\n");
        one(prompt("pritn", &want), ended(Ending::Raised(suggestion.clone())), "passed");
    }
    let shown = "  File \"<stdin>\", line 1\n    1 +\n       ^\nSyntaxError: invalid syntax\n";
    one(prompt("1 +", shown), uncompiled("SyntaxError: invalid syntax"), "passed");
    one(prompt("1 +", shown), uncompiled("SyntaxError: other"), "failed stale-output");
}

#[test]
fn some_exceptions_have_codes_and_words_of_their_own() {
    let verdict = one(
        prompt("import cv2", ""),
        raised("ModuleNotFoundError: No module named 'cv2'"),
        "failed missing-module",
    );
    assert_eq!(verdict.message.as_deref(), Some("no module named 'cv2'"));
    assert!(verdict.hint.unwrap().contains("`pip install opencv-python`"));
    let verdict = one(
        prompt("if x:", ""),
        uncompiled("IndentationError: expected an indented block"),
        "failed syntax-error",
    );
    assert_eq!(verdict.hint.as_deref(), Some("lines that continue a statement begin with `... `"));
    let verdict =
        one(script(None), raised("EOFError: EOF when reading a line"), "failed unexpected-exception");
    assert!(verdict.hint.unwrap().starts_with("stdin is empty here"));
    for (summary, status, expected) in [
        ("SystemExit", 0, "code 0"),
        ("SystemExit: None", 0, "code 0"),
        ("SystemExit: False", 0, "code 0"),
        ("SystemExit: 3", 3, "code 3"),
        ("SystemExit: -1", 255, "code 255"),
        ("SystemExit: 1", 1, "code 1"),
        ("SystemExit: True", 1, "code 1"),
        ("SystemExit: 0", 1, "code 1: 0"),
        ("SystemExit: no such file", 1, "code 1: no such file"),
    ] {
        let verdict = one(prompt("sys.exit()", ""), exited(summary, status), "failed unexpected-exception");
        assert_eq!(verdict.message, Some(format!("this example exited with {expected}")));
    }
}

#[test]
fn a_script_may_end_itself_with_success() {
    // `unittest.main()` ends with `sys.exit(False)`, and a type of one's own can derive from `SystemExit`.
    for summary in ["SystemExit", "SystemExit: None", "SystemExit: 0", "SystemExit: False", "Done: x"] {
        one(script(None), exited(summary, 0), "ran");
        one(script(Some("")), exited(summary, 0), "passed");
        let kind = summary.split(':').next().unwrap();
        one(raising(script(None), kind, None), exited(summary, 0), "passed");
    }
    // The message of `sys.exit("0")` is text, and its status 1.
    one(script(None), exited("SystemExit: 0", 1), "failed unexpected-exception");
    one(script(None), exited("SystemExit: 1", 1), "failed unexpected-exception");
}

#[test]
fn a_script_without_stated_output_is_never_passed() {
    one(script(None), printed("1\n"), "ran");
    one(script(Some("1\n")), printed("1\n"), "passed");
    // What stands in a fence ends with a line; what is printed may not.
    one(script(Some("1\n")), printed("1"), "passed");
    one(script(Some("")), printed("1\n"), "failed stale-output");
    one(script(Some(&format!("{TRACEBACK}E: x\n"))), raised("E: x"), "passed");
}

#[test]
fn raises_is_a_claim() {
    let script = |message| raising(script(None), "ValueError", message);
    one(script(None), raised("ValueError: bad day"), "passed");
    one(script(Some("bad day")), raised("ValueError: bad day"), "passed");
    one(script(Some("bad day")), raised("ValueError: bad day\nnote"), "passed");
    one(script(Some("bad…")), raised("ValueError: bad day"), "passed");
    one(script(Some("...day")), raised("ValueError: bad day"), "passed");
    one(script(Some("bad")), raised("ValueError: bad day"), "failed wrong-exception");
    one(script(None), raised("KeyError: 'a'"), "failed wrong-exception");
    one(script(None), printed(""), "failed missing-exception");
    let verdict =
        one(raising(self::script(None), "Exception", None), raised("E: x"), "failed wrong-exception");
    assert_eq!(
        verdict.hint.as_deref(),
        Some("E derives from Exception, and `raises` names the type itself: `raises=\"E\"`")
    );
    one(raising(self::script(None), "pkg.E", None), raised("pkg.E: x"), "passed");
    one(raising(self::script(None), "E", None), raised("pkg.E: x"), "passed");
    one(
        raising(self::script(None), "SyntaxError", None),
        uncompiled("SyntaxError: invalid syntax"),
        "passed",
    );
}

#[test]
fn after_raises_a_fence_shows_the_traceback() {
    let script = |want| raising(script(Some(want)), "E", None);
    let outcome = || Outcome { stdout: "out\n".into(), ..raised("E: x") };
    one(script("out\nTraceback (most recent call last):\n  File\nE: x\n"), outcome(), "passed");
    one(script("Traceback (most recent call last):\n  File\nE: x\n"), outcome(), "passed");
    one(script("Traceback (most recent call last):\n  File\nE: y\n"), outcome(), "failed stale-output");
    one(
        script("other\nTraceback (most recent call last):\n  File\nE: x\n"),
        outcome(),
        "failed stale-output",
    );
    one(script("out\n"), outcome(), "passed");
    one(script("E: x\n"), outcome(), "passed");
    one(script("other\n"), outcome(), "failed stale-output");
    one(script(""), raised("E: x"), "failed stale-output");
    one(script("out\n"), printed("out\n"), "failed missing-exception");
}

#[test]
fn treatments_say_how_much_is_claimed() {
    let ignored = |reason: Option<&str>| Treatment::Ignore { reason: reason.map(Into::into) };
    let example = |treatment| Example { step: None, ..treated(prompt("f()", "1\n"), treatment) };
    let verdict = |treatment| check(&[example(treatment)], &[]).remove(0);
    assert_eq!(words(&verdict(ignored(None))), "ignored");
    assert_eq!(verdict(ignored(Some("slow"))).message.as_deref(), Some("slow"));
    let recorded = verdict(Treatment::Recorded { provenance: "PyPy 7.3".into() });
    assert_eq!(
        (words(&recorded).as_str(), recorded.message.as_deref()),
        ("recorded", Some("recorded elsewhere: PyPy 7.3"))
    );
    one(treated(prompt("f()", "1\n"), Treatment::NoRun), printed(""), "compiled");
    one(treated(prompt("f(", "1\n"), Treatment::NoRun), uncompiled("SyntaxError: x"), "failed syntax-error");
    one(
        treated(prompt("f(", &format!("{TRACEBACK}SyntaxError: x\n")), Treatment::NoRun),
        uncompiled("SyntaxError: x"),
        "passed",
    );
    one(
        treated(raising(script(None), "SyntaxError", None), Treatment::NoRun),
        uncompiled("SyntaxError: x"),
        "passed",
    );
    one(
        treated(raising(script(None), "SyntaxError", None), Treatment::NoRun),
        printed(""),
        "failed missing-exception",
    );
    one(treated(raising(script(None), "KeyError", None), Treatment::NoRun), printed(""), "compiled");
    one(treated(prompt("f()", "1\n"), Treatment::NoCheck), printed("2\n"), "ran");
    one(treated(prompt("f()", "1\n"), Treatment::NoCheck), raised("E: x"), "failed unexpected-exception");
    one(treated(prompt("f()", &format!("{TRACEBACK}E: y\n")), Treatment::NoCheck), raised("E: x"), "ran");
    let skipped = Example { flags: Flags::SKIP, step: None, ..prompt("f()", "1\n") };
    let skipped = check(&[skipped], &[]).remove(0);
    assert_eq!(
        (words(&skipped).as_str(), skipped.message.as_deref()),
        ("skipped", Some("skipped by its doctest directive"))
    );
    let console = example(Treatment::Check);
    assert_eq!(words(&check(&[Example { kind: ExampleKind::Console, ..console }], &[])[0]), "ignored");
}

#[test]
fn limits_and_crashes_name_themselves_and_take_the_rest_along() {
    let hung = Outcome {
        failed_at: Some(("page.md".into(), 12)),
        ..ended(Ending::TimedOut { limit: Duration::from_millis(1500) })
    };
    let verdict = one(script(None), hung, "failed timeout");
    assert_eq!(
        verdict.message.as_deref(),
        Some("this example ran for longer than 1.5 s, in line 12 of page.md")
    );
    let verdict = one(script(None), ended(Ending::OutputLimit { limit: 1024 }), "failed output-limit");
    assert_eq!(verdict.message.as_deref(), Some("this example printed more than 1024 bytes"));
    let session = vec![
        (prompt("a = 1", ""), printed("")),
        (prompt("crash()", "1\n"), crashed()),
        (prompt("a", "1\n"), Outcome::not_run(0)),
        (treated(prompt("b", ""), Treatment::Ignore { reason: None }), Outcome::not_run(0)),
        (script(None), Outcome::not_run(0)),
    ];
    let expected =
        ["passed", "failed crash", "not run follows-failure <- 1", "ignored", "not run follows-failure <- 1"];
    let verdicts = all(session, &expected);
    assert_eq!(
        verdicts[1].message.as_deref(),
        Some("this example's process was killed by signal 11 (SIGSEGV)")
    );
    assert_eq!(verdicts[2].actual, None);
    // Steps that have no outcome at all did not run either.
    assert_eq!(words(&check(&[prompt("a", "")], &[])[0]), "not run follows-failure");
}

#[test]
fn each_output_of_a_script_is_compared_by_itself() {
    let script = [mark(0, "1\n"), mark(1, "2\n"), mark(2, "3\n")];
    let texts = [Some("1\n"), Some("x\n"), None];
    let verdicts =
        marks(&script, &texts, printed("1\nx\n"), &["passed", "failed stale-output", "failed stale-output"]);
    assert_eq!(verdicts[2].message.as_deref(), Some("the statement above this output was never reached"));
    assert_eq!((verdicts[1].actual.as_deref(), verdicts[2].actual.as_deref()), (Some("x\n"), None));
}

#[test]
fn the_exception_of_a_script_is_said_of_the_output_that_it_prevented() {
    let script = [mark(0, "1\n"), mark(1, "2\n"), mark(2, "3\n")];
    let verdicts = marks(
        &script,
        &[Some("1\n"), None, None],
        raised("E: x"),
        &["passed", "failed unexpected-exception", "not run follows-failure <- 1"],
    );
    assert!(verdicts[1].actual.as_deref().unwrap().starts_with("Traceback"));
    // A statement that raises has begun, and has not printed what it was to print.
    marks(
        &script,
        &[Some("1\n"), Some(""), None],
        raised("E: x"),
        &["passed", "failed unexpected-exception", "not run follows-failure <- 1"],
    );
    marks(
        &script,
        &[Some("1\n"), Some("2\n"), Some("3\n")],
        raised("E: x"),
        &["passed", "passed", "failed unexpected-exception"],
    );
    marks(
        &script,
        &[None, None, None],
        crashed(),
        &["failed crash", "not run follows-failure <- 0", "not run follows-failure <- 0"],
    );
    let asked_for = script.map(|example| raising(example, "E", None));
    marks(
        &asked_for,
        &[Some("1\n"), Some("2\n"), None],
        raised("E: x"),
        &["passed", "passed", "failed stale-output"],
    );
    marks(
        &asked_for,
        &[Some("1\n"), None, Some("3\n")],
        printed(""),
        &["passed", "failed stale-output", "failed missing-exception"],
    );
    let unread = asked_for.map(|example| Example { raises: None, ..treated(example, Treatment::NoRun) });
    marks(&unread, &[None, None, None], printed(""), &["compiled", "compiled", "compiled"]);
    marks(
        &unread,
        &[None, None, None],
        uncompiled("SyntaxError: x"),
        &["failed syntax-error", "not run follows-failure <- 0", "not run follows-failure <- 0"],
    );
}

#[test]
fn one_missing_import_is_one_root_cause() {
    let verdicts = all(
        vec![
            (prompt("import numpy as np", ""), raised("ModuleNotFoundError: No module named 'numpy'")),
            (prompt("a = np.array([1])", ""), raised("NameError: name 'np' is not defined")),
            (prompt("a.sum()", "1\n"), raised("NameError: name 'a' is not defined")),
            (prompt("1 + 1", "2\n"), printed("2\n")),
            (prompt("import numpy.linalg", ""), raised("ModuleNotFoundError: No module named 'numpy'")),
            (prompt("b", "1\n"), raised("NameError: name 'b' is not defined")),
            (
                prompt("np.f()", &format!("{TRACEBACK}ValueError\n")),
                raised("NameError: name 'np' is not defined"),
            ),
        ],
        &[
            "failed missing-module",
            "failed follows-failure <- 0",
            "failed follows-failure <- 0",
            "passed",
            "failed follows-failure <- 0",
            "failed unexpected-exception",
            "failed follows-failure <- 0",
        ],
    );
    assert_eq!(
        verdicts[1].message.as_deref(),
        Some("`np` is not defined, as the example that binds it failed")
    );
    assert_eq!(verdicts[1].hint, None);
}

#[test]
fn a_name_that_nothing_binds_is_missed_once() {
    let missing = || raised("NameError: name 'x' is not defined");
    let prompt = |source| prompt(source, "1\n");
    all(
        vec![(prompt("x"), missing()), (prompt("x + 1"), missing())],
        &["failed unexpected-exception", "failed follows-failure <- 0"],
    );
    // A failed comparison binds all the same, and so does whatever passed in between.
    all(
        vec![
            (prompt("x = f()"), printed("2\n")),
            (prompt("x"), missing()),
            (prompt("x = 1; x"), printed("1\n")),
            (prompt("x"), missing()),
        ],
        &["failed stale-output", "failed unexpected-exception", "passed", "failed unexpected-exception"],
    );
    // An exception that the page states is no failure.
    let stated = self::prompt("x", &format!("{TRACEBACK}NameError: name 'x' is not defined\n"));
    all(vec![(stated, missing()), (prompt("x"), missing())], &["passed", "failed unexpected-exception"]);
}

#[test]
fn a_star_import_binds_what_nothing_else_does() {
    all(
        vec![
            (prompt("from numpy import *", ""), raised("ModuleNotFoundError: No module named 'numpy'")),
            (prompt("y = f()", ""), raised("ZeroDivisionError: division by zero")),
            (prompt("array([1])", "1\n"), raised("NameError: name 'array' is not defined")),
            (prompt("y", "1\n"), raised("NameError: name 'y' is not defined")),
        ],
        &[
            "failed missing-module",
            "failed unexpected-exception",
            "failed follows-failure <- 0",
            "failed follows-failure <- 1",
        ],
    );
}

#[test]
fn a_missing_name_that_is_bound_elsewhere_is_found_there() {
    let missing = || raised("NameError: name 'x' is not defined");
    let hint = |cases, at: usize| verdicts(cases).remove(at).hint.unwrap();
    let ignored = treated(prompt("x = 1", ""), Treatment::Ignore { reason: None });
    assert_eq!(
        hint(vec![(ignored, Outcome::not_run(0)), (prompt("x", ""), missing())], 1),
        "the example above that binds `x` does not run: it is ignored"
    );
    assert_eq!(
        hint(vec![(prompt("x", ""), missing()), (prompt("x = 1", ""), printed(""))], 0),
        "`x` is bound only further down"
    );
}

#[test]
fn a_follower_of_a_prevented_output_follows_the_exception() {
    let mut examples = vec![mark(0, "1\n"), mark(1, "2\n"), prompt("y", "1\n")];
    examples[1].source = "y = 1\nprint(2)\n".into();
    examples[2].step = Some(1);
    let script = Outcome { marks: vec![None, None], ..raised("E: x") };
    let verdicts = check(&examples, &[script, raised("NameError: name 'y' is not defined")]);
    assert_eq!(
        verdicts.iter().map(words).collect::<Vec<_>>(),
        ["failed unexpected-exception", "not run follows-failure <- 0", "failed follows-failure <- 0"]
    );
}

#[test]
fn a_traceback_that_is_printed_is_text() {
    let stated = format!("{TRACEBACK}E: x\n");
    one(script(Some(&stated)), printed(&stated), "passed");
    one(script(Some(&stated)), printed(&format!("{TRACEBACK}E: y\n")), "failed stale-output");
    one(script(Some(&stated)), printed("x\n"), "failed missing-exception");
}
