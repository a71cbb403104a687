//! What an example raises, against what the page says that it raises.

use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::Example;

use super::{TRACEBACK, ended, exception, exited, one, printed, prompt, raised, script, uncompiled};

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
        Outcome { stdout: stdout.into(), ..ended(Ending::Raised(exception.into())) }
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
    one(prompt("f()", headless), ended(Ending::Raised(exception.into())), "passed");
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
        ended(Ending::Raised(Raised { traceback: group.into(), ..exception }.into()))
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
        one(prompt("pritn", &want), ended(Ending::Raised(suggestion.clone().into())), "passed");
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
    let verdict = one(
        prompt("input()", ""),
        raised("EOFError: EOF when reading a line"),
        "failed unexpected-exception",
    );
    assert!(verdict.hint.unwrap().starts_with("stdin is empty here"));
    // A script that says nothing of its output is a dialogue with its reader.
    let verdict = one(script(None), raised("EOFError: EOF when reading a line"), "skipped unmet-requirement");
    assert!(verdict.hint.unwrap().contains("stdin="));
    let exempt = Example { exempt: Some("test=\"skip\"".into()), ..script(None) };
    one(exempt, raised("ValueError: x"), "ignored");
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
        let verdict =
            one(prompt("sys.exit()", "bye\n"), exited(summary, status), "failed unexpected-exception");
        assert_eq!(verdict.message, Some(format!("this example exited with {expected}").into()));
    }
}

#[test]
fn a_traceback_that_is_printed_is_text() {
    let stated = format!("{TRACEBACK}E: x\n");
    one(script(Some(&stated)), printed(&stated), "passed");
    one(script(Some(&stated)), printed(&format!("{TRACEBACK}E: y\n")), "failed stale-output");
    one(script(Some(&stated)), printed("x\n"), "failed missing-exception");
}

#[test]
fn what_only_ipython_and_typographers_know_is_said_to_be_so() {
    let hint = |code: &str, error| one(prompt(code, ""), uncompiled(error), "failed syntax-error").hint;
    for code in ["%timeit x", "%%time", "!ls", "x = 1\nstr.join?", "str??"] {
        assert!(hint(code, "SyntaxError: invalid syntax").unwrap().contains("IPython"), "{code}");
    }
    for code in ["x = = 1", "really, who?", "% 2"] {
        assert!(
            hint(code, "SyntaxError: invalid syntax").is_none_or(|hint| !hint.contains("IPython")),
            "{code}"
        );
    }
    assert!(hint("print(“x”)", "SyntaxError: invalid character '“' (U+201C)").unwrap().contains("quotes"));
}
