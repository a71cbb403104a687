//! What else a page can state: exit statuses, files, values in comments; and what is not here.

use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Example, ExampleKind, Expectation, Unmet};
use exemplar_model::source::{SourceMap, Span};

use super::{
    TRACEBACK, all, crashed, ended, example, exception, exited, expected, flagged, lints, one, printed,
    prompt, raised, raising, script, uncompiled, words,
};
use crate::check::{check, withdraw_repeated};
use crate::load::settings::{Filter, PageRules};

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
