//! What is attached to a fence.

use exemplar_model::flags::Flags;

use super::{book, foreign};

#[test]
fn attributes_are_typed() {
    let page = "```python {session=a hidden raises=\"TypeError: x y\" flags=\"ELLIPSIS, -SKIP\" timeout=500ms .wide}\nx\n```";
    let case = book(page);
    assert_eq!(case.problems(), [""; 0]);
    let attributes = &case.only().attributes;
    assert_eq!(attributes.session.as_deref(), Some("a"));
    assert!(attributes.hidden && !attributes.isolated);
    assert_eq!(attributes.raises.as_ref().unwrap().message.as_deref(), Some("x y"));
    assert_eq!(attributes.flags.on, Flags::ELLIPSIS);
    assert_eq!(attributes.flags.off, Flags::SKIP);
    assert_eq!(attributes.timeout.unwrap().as_millis(), 500);
    assert_eq!(attributes.classes, ["wide"]);
}

#[test]
fn wrong_attributes_are_errors_in_a_book() {
    for (info, problem, help) in [
        ("hiden", "1:11 unknown-attribute", "did you mean `hidden`?"),
        ("{no-run}", "1:12 unknown-attribute", "did you mean `no_run`?"),
        ("x=1", "1:11 unknown-attribute", "the attributes are"),
        ("timeout=soon", "1:19 invalid-attribute", "`30s`"),
        ("timeout", "1:11 invalid-attribute", "timeout=\"30s\""),
        ("raises='TypeError: x'", "1:19 invalid-attribute", "raises=\"TypeError"),
        ("raises=\"TypeError", "1:18 unclosed-quote", "double quotes"),
        ("flags=\"ELLIPSIS ELLIPSE\"", "1:27 unknown-flag", "did you mean `ELLIPSIS`?"),
        ("flags=NUMBER", "1:17 unknown-flag", "no_check"),
        ("hidden=yes", "1:18 invalid-attribute", "write `hidden` alone"),
        ("requires=\"numpy\"", "1:11 unsupported-attribute", "take it out"),
        ("title=a", "1:11 unsupported-attribute", "take it out"),
        ("ignore", "1:11 ignore-without-reason", "say why"),
        ("ignore=\"x\" raises=E", "1:22 contradicting-attributes", "raises nothing"),
        ("no_run no_check", "1:18 contradicting-attributes", "one treatment"),
        ("session=a isolated", "1:21 contradicting-attributes", "with nobody"),
        ("hidden hidden", "1:18 duplicate-attribute", "take one out"),
    ] {
        let case = book(&format!("```python {info}\nx\n```"));
        assert_eq!(case.problems(), [problem], "{info}");
        assert!(case.help()[0].contains(help), "{info}: {:?}", case.help());
    }
    assert_eq!(book("```python raises=E\n>>> x\n```").problems(), ["1:11 contradicting-attributes"]);
    assert_eq!(book("```python editable should_panic edition2021\nx\n```").problems(), [""; 0]);
}

#[test]
fn foreign_attributes_are_passed_over_unless_they_look_like_ours() {
    for (info, problems) in [
        ("linenums=\"1\" hl_lines=\"2 3\" title=\"a.py\"", &[][..]),
        ("{linenos=table,hl_lines=[8,\"15-17\"]}", &[]),
        ("test=\"skip\" group=a edition2021 notest lint continuation", &[]),
        ("showLineNumbers", &[]),
        ("hiden", &["1:11 unknown-attribute"]),
        ("file=a.py", &["1:11 unsupported-attribute"]),
        ("x=\"y", &["1:13 unclosed-quote"]),
    ] {
        let case = foreign(&format!("```python {info}\nx\n```"));
        assert_eq!(case.problems(), problems, "{info}");
        assert!(case.parsed.diagnostics.iter().all(|it| it.severity.name() == "warning"), "{info}");
    }
    let case = foreign("```python title=\"a b\" x {#id .c}\nx\n```");
    assert_eq!(case.only().attributes.classes, ["title=\"a b\"", "x", "#id", "c"]);
}

#[test]
fn a_comment_gives_attributes_to_the_fence_below_it() {
    for (page, session, problems) in [
        ("<!-- exemplar: session=a -->\n```python\nx\n```", Some("a"), &[][..]),
        ("<!-- exemplar: session=a -->\n\n<!-- note -->\n\n```python\nx\n```", Some("a"), &[]),
        ("> <!-- exemplar:\n> session=a\n> -->\n> ```python\n> x\n> ```", Some("a"), &[]),
        ("- <!-- exemplar: session=a -->\n  ```python\n  x\n  ```", Some("a"), &[]),
        ("<!-- exemplar: session=a -->\n\ntext\n\n```python\nx\n```", None, &["1:1 stray-comment"]),
        ("<!-- exemplar: session=a -->\n```rust\n```\n```python\nx\n```", None, &["1:1 stray-comment"]),
        ("a <!-- exemplar: session=a -->\n```python\nx\n```", None, &["1:3 stray-comment"]),
        ("- <!-- exemplar: session=a -->\n\n```python\nx\n```", None, &["1:3 stray-comment"]),
        ("```python\nx\n```\n<!-- exemplar: session=a -->", None, &["4:1 stray-comment"]),
        ("<!-- exemplar: page session=a -->\n```python\nx\n```", None, &["1:1 unsupported-attribute"]),
        ("<!-- exemplar: sesion=a -->\n```python\nx\n```", None, &["1:16 unknown-attribute"]),
        (
            "<!-- exemplar: session=a -->\n```python session=b\nx\n```",
            Some("a"),
            &["2:11 duplicate-attribute"],
        ),
    ] {
        let case = foreign(page);
        assert_eq!(case.problems(), problems, "{page}");
        assert_eq!(case.only().attributes.session.as_deref(), session, "{page}");
    }
}
