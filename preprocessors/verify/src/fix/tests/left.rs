//! What is not written, and why.

use std::collections::HashMap;

use super::{Does, Ran, fixed_as};
use crate::parse::Syntax;
use crate::unstable::Again;

#[test]
fn what_follows_from_a_failure_is_not_written() {
    let page = "```python\n>>> a\n1\n>>> b = f()\n>>> [b]\n1\n>>> c\n1\n```\n";
    let print = |text: &str| Does::Print(text.to_owned());
    let does = [print("2\n"), Does::Raise("KeyError: 1"), print("2\n"), print("2\n")];
    let (text, left) = fixed_as(Syntax::default(), page, &does, false);
    assert_eq!(text, page.replace(">>> a\n1", ">>> a\n2").replace(">>> c\n1", ">>> c\n2"));
    assert_eq!(left.len(), 1, "what follows is mended with its cause: {left:?}");
    // What hangs is left, and nothing runs behind it.
    let page = "```python\n>>> a\n1\n>>> b\n1\n```\n";
    let (text, left) = fixed_as(Syntax::default(), page, &[print("2\n"), Does::Hang], false);
    assert_eq!(text, page.replace(">>> a\n1", ">>> a\n2"));
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn what_a_page_cannot_state_is_left() {
    let page = "```python\n>>> a\n1\n>>> b\n1\n>>> c\n1\n```\n";
    let print = |text: &str| Does::Print(text.to_owned());
    for output in ["no end", "a\x07\n", ">>> x\n", "```\n", "a\tb\n", "<BLANKLINE>\n"] {
        let (text, left) =
            fixed_as(Syntax::default(), page, &[print("2\n"), print(output), print("2\n")], false);
        assert_eq!(text, page.replace(">>> a\n1", ">>> a\n2").replace(">>> c\n1", ">>> c\n2"), "{output:?}");
        assert_eq!(left.len(), 1, "{output:?}: {left:?}");
    }
}

#[test]
fn what_another_run_states_in_other_words_is_left() {
    let page = "```python\n>>> a = f()\n>>> a\n1\n>>> a > 3\nTrue\n>>> b\n1\n```\n";
    let print = |text: &str| Does::Print(text.to_owned());
    let ran = Ran::new(page, Syntax::default(), &[print(""), print("2\n"), print("False\n"), print("5\n")]);
    let other = Ran::new(page, Syntax::default(), &[print(""), print("3\n"), print("False\n"), print("5\n")]);
    let again: Again = HashMap::from([(0, other.outcomes[0].clone())]);
    let fixed = ran.fix(Syntax::default(), false, &again);
    assert_eq!(fixed.unstable, [(0, 1)]);
    assert_eq!(fixed.left.len(), 1, "{:?}", fixed.left);
    assert_eq!(fixed.files[0].text, page.replace(">>> b\n1", ">>> b\n5"));
}

/// The reason why the only example of a page is left.
#[track_caller]
fn check_left(code: &str, stated: &str, printed: &str, reason: &str) {
    let page = format!("```python\n>>> {code}\n{stated}```\n");
    let (text, left) = fixed_as(Syntax::default(), &page, &[Does::Print(printed.to_owned())], false);
    assert_eq!(text, page);
    assert!(left.len() == 1 && left[0].contains(reason), "{left:?}");
}

#[test]
fn what_is_of_this_machine_alone_is_left() {
    let of_machine = "what only this machine has";
    check_left("Path.cwd()", "PosixPath('/home/bob')\n", "PosixPath('/tmp/exemplar')\n", of_machine);
    check_left("sys.path[1]", "'/usr/lib/python3.7'\n", "'/usr/lib/python3.12'\n", of_machine);
    check_left("p", "'/home/bob/x'\n", "'/home/ann/x'\n", of_machine);
    check_left("platform.node()", "'bobs'\n", "'anns'\n", of_machine);
    check_left("for f in Path('/usr/bin').iterdir(): f", "a\n", "b\n", of_machine);
}

#[test]
fn what_would_be_blown_up_is_left() {
    check_left("f()", "# a\n# ...\n", "b\nc\n", "leaves a part of it out");
    check_left("f()", "{'x': 1,\n ...many others...\n}\n", "{'x': 1, 'y': 2}\n", "leaves a part of it out");
    let many = "line\n".repeat(60);
    check_left("help(f)", "Help on f\n", &many, "60 lines in the place of 1");
    let page = |output: &str| format!("```python\n>>> help(f)\n{output}```\n");
    let (text, _) = fixed_as(Syntax::default(), &page("Help on f\n"), &[Does::Print(many.clone())], true);
    assert_eq!(text, page(&many));
}

#[test]
fn text_behind_a_blank_line_that_may_be_output_is_left() {
    let page = "```python\n>>> f()\n1\n\nold\n>>> g()\n1\n```\n";
    let does = ["2\n\nnew\n", "1\n"].map(|text| Does::Print(text.to_owned()));
    let (text, left) = fixed_as(Syntax::default(), page, &does, false);
    assert_eq!(text, page);
    assert!(left.len() == 1 && left[0].contains("behind a blank line"), "{left:?}");
}
