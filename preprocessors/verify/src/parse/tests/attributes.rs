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
fn every_attribute_has_its_type() {
    let page = "<!-- exemplar: stdin=\"a\nb\" -->\n```python {warns=\"UserWarning: x\" processes=8 output=1MiB stderr \
                requires=\"numpy>=2, pandas\" python=3.12+ if=\"sys_platform == 'linux'\" title=\"A b\" #c hl=\"1,2-3\" \
                fold alt=\"d e\"}\n1\n2\n3\n```";
    let case = book(page);
    assert_eq!(case.problems(), [""; 0]);
    let attributes = &case.only().attributes;
    let warns = attributes.warns.as_ref().unwrap();
    assert_eq!((warns.kind.as_str(), warns.message.as_deref()), ("UserWarning", Some("x")));
    assert_eq!((attributes.processes, attributes.output), (Some(8), Some(1 << 20)));
    assert_eq!((attributes.stdin.as_deref(), attributes.stderr), (Some("a\nb"), true));
    assert_eq!(attributes.requires, ["numpy>=2", "pandas"]);
    assert_eq!(attributes.python.as_deref(), Some(">=3.12"));
    assert_eq!(attributes.condition.as_deref(), Some("sys_platform == 'linux'"));
    assert_eq!((attributes.title.as_deref(), attributes.id.as_deref()), (Some("A b"), Some("c")));
    assert_eq!((attributes.highlighted.as_slice(), attributes.fold), ([1..=1, 2..=3].as_slice(), Some(0)));
    assert_eq!(attributes.alt.as_deref(), Some("d e"));
    let case = book("```console {run rc=2}\n$ a\n```");
    assert_eq!(case.problems(), [""; 0]);
    assert_eq!((case.only().attributes.run, case.only().attributes.rc), (true, Some(2)));
}

#[test]
fn a_target_of_links_is_there_once() {
    let page = "```python {#a}\nx\n```\n```python id=b\nx\n```\n```sh {id=a file=x}\n```";
    assert_eq!(book(page).problems(), ["7:8 duplicate-id"]);
    assert_eq!(foreign(page).problems(), [""; 0]);
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
        ("hidden=yes", "1:18 invalid-attribute", "write `hidden` alone"),
        ("role=starter", "1:11 contradicting-attributes", "name its lab too"),
        ("warns=\"a b\"", "1:18 invalid-attribute", "warns=\"DeprecationWarning\""),
        ("processes=0", "1:21 invalid-attribute", "processes=8"),
        ("output=1MB", "1:18 invalid-attribute", "`512MiB`"),
        ("stdin", "1:11 invalid-attribute", "stdin=\"first line\""),
        ("stderr=yes", "1:18 invalid-attribute", "write `stderr` alone"),
        ("requires=\"numpy pandas=2\"", "1:27 invalid-attribute", "numpy>=2 pandas"),
        ("python=\"3.12 +\"", "1:19 invalid-attribute", "python=\">=3.12\""),
        ("python==>3.12", "1:18 invalid-attribute", "did you mean `python=\">=3.12\"`?"),
        ("if=linux", "1:14 invalid-attribute", "sys_platform == 'linux'"),
        ("id=\"a b\"", "1:15 invalid-attribute", "id=first-script"),
        ("{#a&b}", "1:13 invalid-attribute", "letters, digits"),
        ("hl=\"1,0\"", "1:17 invalid-attribute", "hl=\"2,5-7\""),
        ("hl=2-9", "1:11 invalid-attribute", "its lines are 1 to 1"),
        ("hl=1,5-7", "1:16 unknown-attribute", "double quotes"),
        ("fold=all", "1:16 invalid-attribute", "fold=12"),
        ("alt=\"\"", "1:11 invalid-attribute", "a rising line"),
        ("file=../a.py", "1:16 invalid-attribute", "below the session's directory"),
        ("shows=/a.py", "1:17 invalid-attribute", "below the session's directory"),
        ("rc=1", "1:11 contradicting-attributes", "raises="),
        ("run", "1:11 contradicting-attributes", "sessions and scripts run anyway"),
        ("file=a.py raises=E", "1:21 contradicting-attributes", "add `run`"),
        ("file=a.py shows=b.py", "1:21 contradicting-attributes", "a fence is written"),
        ("shows=a.py no_run", "1:22 contradicting-attributes", "take it out"),
        ("hidden title=a", "1:18 contradicting-attributes", "caption"),
        ("ignore=\"x\" warns=W", "1:22 contradicting-attributes", "warns of nothing"),
        ("tilte=a", "1:11 unknown-attribute", "did you mean `title`?"),
        ("require=a", "1:11 unknown-attribute", "did you mean `requires`?"),
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
        ("title='a b' id=\"a b\" hl=red fold=true alt file=./a.js output=false python run", &[]),
        ("startFrom=\"10\" name=a src=b.py {code .line}", &[]),
        ("lab=a role=x", &[]),
        ("requries=\"a\"", &["1:11 unknown-attribute"]),
        ("x=\"y", &["1:13 unclosed-quote"]),
    ] {
        let case = foreign(&format!("```python {info}\nx\n```"));
        assert_eq!(case.problems(), problems, "{info}");
        assert!(case.parsed.diagnostics.iter().all(|it| it.severity.name() == "warning"), "{info}");
    }
    let case = foreign("```python title=\"a b\" x hl=red {#i&d .c}\nx\n```");
    assert_eq!(case.only().attributes.classes, ["x", "hl=red", "#i&d", "c"]);
    assert_eq!(case.only().attributes.title.as_deref(), Some("a b"));
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
        ("<!-- exemplar: page session=a -->\n```python\nx\n```", None, &["1:29 invalid-attribute"]),
        (
            "> <!-- exemplar: stdin=\"a\n> b\" sesion=a -->\n> ```python\n> x\n> ```",
            None,
            &["2:6 unknown-attribute"],
        ),
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
