//! Warnings that a page asks for, and those that nobody asked for.

use exemplar_model::fence::{Raises, Treatment};
use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Outcome, Warned};
use exemplar_model::plan::Example;

use super::{all, flagged, lints, one, printed, prompt, raised, script, treated, words};
use crate::check::check;
use crate::load::settings::{PageRules, WarningPolicy};

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
