//! What of an output stays as its author wrote it.

use super::{Does, fixed, fixed_as};
use crate::parse::Syntax;

#[test]
fn what_still_matches_stays() {
    for (stated, printed, expected) in [
        ("took ... s\n5\n", "took 7 s\n6\n", "took ... s\n6\n"),
        ("a\n...\nz\n", "a\nb\nc\ny\n", "a\n...\ny\n"),
        ("<f at 0x...>\nx\n", "<f at 0x7f0000000000>\ny\n", "<f at 0x...>\ny\n"),
    ] {
        let page = |output: &str| format!("```python\n>>> f()  # doctest: +ELLIPSIS\n{output}```\n");
        assert_eq!(fixed(&page(stated), &[printed]), page(expected));
    }
    let page = "```python\n>>> f()  # doctest: +NUMBER\n1.5\nx\n```\n";
    assert_eq!(fixed(page, &["1.5234\ny\n"]), page.replace("x\n", "y\n"));
}

#[test]
fn exceptions_come_and_go_by_force_alone() {
    let page = "```python\n>>> f()\n5\n>>> g()\n1\n```\n";
    let does = [Does::Raise("ValueError: no"), Does::Print("2\n".into())];
    let (text, left) = fixed_as(Syntax::default(), page, &does, false);
    assert_eq!(text, page.replace("1\n", "2\n"));
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].contains("--force"), "{left:?}");
    let (text, _) = fixed_as(Syntax::default(), page, &does, true);
    let traceback = "Traceback (most recent call last):\n  File \"<python-input-1>\", line 1, in <module>\nValueError: no\n";
    assert_eq!(text, format!("```python\n>>> f()\n{traceback}>>> g()\n2\n```\n"));
    let back = [Does::Print("5\n".into()), Does::Print("2\n".into())];
    assert_eq!(fixed_as(Syntax::default(), &text, &back, false).0, text);
    let mended = fixed_as(Syntax::default(), &text, &back, true).0;
    assert_eq!(mended, "```python\n>>> f()\n5\n>>> g()\n2\n```\n");
    // The message alone is brought up to date, and the stack is the author's.
    let page = "```python\n>>> f()\nTraceback (most recent call last):\n  ...\nValueError: old\n```\n";
    let (text, _) = fixed_as(Syntax::default(), page, &[Does::Raise("ValueError: new")], false);
    assert_eq!(text, page.replace("old", "new"));
}

#[test]
fn text_files_of_doctest_are_mended_too() {
    let page = "Title\n=====\n\n    >>> 1\n    2\n\n>>> x\n\nText.\n";
    let print = |text: &str| Does::Print(text.to_owned());
    let (text, _) = fixed_as(Syntax::Doctest, page, &[print("1\n"), print("a\n\nb\n")], false);
    assert_eq!(text, "Title\n=====\n\n    >>> 1\n    1\n\n>>> x\na\n<BLANKLINE>\nb\n\nText.\n");
}

#[test]
fn what_an_author_left_out_without_a_flag_stays_left_out() {
    for (stated, printed, expected) in [
        ("1\n...\n9\n", "0\n2\n3\n9\n", "0\n...\n9\n"),
        ("<f at ...>\nx\n", "<f at 0x7f0000000000>\ny\n", "<f at ...>\ny\n"),
        // Here it is text.
        ("Loading...\n", "Done\n", "Done\n"),
    ] {
        let page = |output: &str| format!("```python\n>>> f()\n{output}```\n");
        assert_eq!(fixed(&page(stated), &[printed]), page(expected));
    }
}

#[test]
fn the_rest_of_an_output_behind_a_blank_line_goes_with_it() {
    let page = "```python\n>>> help(f)\nHelp on f:\n\nf(...)\n    Does it.\n\n>>> 1\n1\n```\n";
    let expected = "```python\n>>> help(f)\nHelp on f:\n<BLANKLINE>\nf(x)\n    Does it.\n\n>>> 1\n1\n```\n";
    assert_eq!(fixed(page, &["Help on f:\n\nf(x)\n    Does it.\n", "1\n"]), expected);
    let quoted = |page: &str| page.lines().flat_map(|line| ["> ", line, "\r\n"]).collect::<String>();
    assert_eq!(fixed(&quoted(page), &["Help on f:\n\nf(x)\n    Does it.\n", "1\n"]), quoted(expected));
    // What is not printed is prose.
    let page = "```python\n>>> f()\n1\n\nNow again.\n>>> f()\n1\n```\n";
    assert_eq!(fixed(page, &["2\n", "1\n"]), page.replacen("1\n", "2\n", 1));
}
