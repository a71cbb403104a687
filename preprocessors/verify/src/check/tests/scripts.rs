//! Scripts: their claims, how they end, and their stated outputs.

use std::time::Duration;

use exemplar_model::fence::Treatment;
use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Example, ExampleKind};

use super::{
    TRACEBACK, all, crashed, ended, exited, mark, marks, one, printed, prompt, raised, raising, script,
    treated, uncompiled, words,
};
use crate::check::check;
use crate::load::settings::PageRules;

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
    let verdict = |treatment| check(&[example(treatment)], &[], &PageRules::default()).remove(0);
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
    let skipped = check(&[skipped], &[], &PageRules::default()).remove(0);
    assert_eq!(
        (words(&skipped).as_str(), skipped.message.as_deref()),
        ("skipped", Some("skipped by its doctest directive"))
    );
    let console = example(Treatment::Check);
    assert_eq!(
        words(&check(&[Example { kind: ExampleKind::Console, ..console }], &[], &PageRules::default())[0]),
        "ignored"
    );
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
    assert_eq!(words(&check(&[prompt("a", "")], &[], &PageRules::default())[0]), "not run follows-failure");
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
fn a_script_that_states_some_output_is_to_state_all() {
    let script = [mark(0, "1\n"), mark(1, "2\n")];
    for (stdout, texts, expected) in [
        ("1\n2\n", [Some("1\n"), Some("2\n")], vec![]),
        ("1\n2\nmore\n", [Some("1\n"), Some("2\n")], vec!["unstated-output"]),
        ("1\n", [Some("1\n"), None], vec![]),
    ] {
        let marks = texts.map(|text| text.map(Into::into)).to_vec();
        let verdicts = check(&script, &[Outcome { marks, ..printed(stdout) }], &PageRules::default());
        let codes: Vec<_> =
            verdicts.iter().flat_map(|verdict| &verdict.lints).map(|lint| lint.code).collect();
        assert_eq!(codes, expected, "{stdout}");
    }
    let unchecked = script.map(|example| treated(example, Treatment::NoCheck));
    let verdicts = marks(&unchecked, &[Some("1\n"), Some("2\n")], printed("1\n2\n3\n"), &["ran", "ran"]);
    assert!(verdicts.iter().all(|verdict| verdict.lints.is_empty()));
}
