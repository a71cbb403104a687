//! Files that `doctest.testfile` reads.

use super::super::{ParseOptions, Syntax};
use super::{Case, case};

fn file(text: &str) -> Case {
    case(text, &ParseOptions { syntax: Syntax::Doctest, ..ParseOptions::default() })
}

#[test]
fn examples_stand_anywhere_in_prose() {
    for (text, fences) in [
        ("Title\n=====\n\n>>> x\n1\n\nProse.\n\n    >>> y\n    2\n", &[" | x→1", " | y→2"][..]),
        ("Prose\n>>> x\n1\n>>> y\n\n>>> z\n", &[" | x→1 | y→ | z→"]),
        (">>> x\n\n  >>> y\n", &[" | x→", " | y→"]),
        ("\t>>> x\n\ta\tb\n", &[" | x→a       b"]),
        ("```python\nx = 1\n```\n", &[]),
        (">>> f(1,\n  2)\n", &[" | f(1,→  2)"]),
        (">>> # nothing\n", &[]),
        (">>> x\r\n1\r\n", &[" | x→1"]),
    ] {
        let case = file(text);
        assert_eq!(case.fences(), fences, "{text}");
        assert_eq!(case.problems(), [""; 0], "{text}");
    }
}

#[test]
fn a_group_of_examples_has_its_indentation() {
    let case = file("a\n\n    >>> x\n    1\n\n    >>> y  # doctest: +SKIP\n\nb\n");
    let fence = case.only();
    assert_eq!(fence.prefix, "    ");
    assert_eq!(&case.expanded.text[fence.range.clone()], ">>> x\n    1\n\n    >>> y  # doctest: +SKIP");
    let shown: Vec<&str> = fence.shown.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(shown, [">>> x", "1", "", ">>> y"]);
    assert_eq!(case.places(), ["3:9 x", "4:5 1", "6:9 y  # doctest: +SKIP"]);
}
