//! Which failure follows from which.

use exemplar_model::fence::Treatment;
use exemplar_model::outcome::Outcome;

use super::{TRACEBACK, all, mark, printed, prompt, raised, treated, verdicts, words};
use crate::check::check;
use crate::load::settings::PageRules;

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
    let verdicts =
        check(&examples, &[script, raised("NameError: name 'y' is not defined")], &PageRules::default());
    assert_eq!(
        verdicts.iter().map(words).collect::<Vec<_>>(),
        ["failed unexpected-exception", "not run follows-failure <- 0", "failed follows-failure <- 0"]
    );
}

#[test]
fn a_value_that_could_not_be_made_is_missed_without_a_name_error() {
    let verdicts = all(
        vec![
            (prompt("site = Site(1)", ""), printed("")),
            (prompt("site = tuple_of(2)", ""), raised("NameError: name 'tuple_of' is not defined")),
            (prompt("pair = [site, 3]", ""), printed("")),
            (prompt("site[1]", "2\n"), raised("TypeError: 'Site' object is not subscriptable")),
            (prompt("pair", "[2, 3]\n"), printed("[<Site>, 3]\n")),
            // What has nothing to do with it stays a failure of its own.
            (prompt("1 + 1", "3\n"), printed("2\n")),
            // And so does what comes when the name is bound anew.
            (prompt("site = 5", ""), printed("")),
            (prompt("site", "6\n"), printed("5\n")),
        ],
        &[
            "passed",
            "failed unexpected-exception",
            "passed",
            "failed follows-failure <- 1",
            "failed follows-failure <- 1",
            "failed stale-output",
            "passed",
            "failed stale-output",
        ],
    );
    assert_eq!(
        verdicts[4].message.as_deref(),
        Some("`pair` is not what it should be, as an example above failed")
    );
}

#[test]
fn an_exception_that_the_page_states_taints_nothing() {
    let stated = prompt("names.remove(1)", &format!("{TRACEBACK}ValueError: one\n"));
    all(
        vec![(stated, raised("ValueError: other")), (prompt("names", "[1]\n"), printed("[2]\n"))],
        &["failed stale-output", "failed stale-output"],
    );
    let unstated = prompt("names.remove(1)", "");
    all(
        vec![(unstated, raised("ValueError: other")), (prompt("names", "[1]\n"), printed("[2]\n"))],
        &["failed unexpected-exception", "failed follows-failure <- 0"],
    );
}
