//! What a comment says of the page, and the code in one.

use exemplar_model::fence::Treatment;
use exemplar_model::flags::Flags;
use exemplar_model::plan::Division;

use super::{book, foreign};

#[test]
fn a_page_says_what_holds_for_its_fences() {
    let page = "<!-- exemplar: page session=heading flags=\"ELLIPSIS -ADDRESS\" timeout=5s requires=numpy no_run fold=3 -->\n\
                ```python\nx\n```\n```python {flags=-ELLIPSIS timeout=1s raises=E}\nx\n```\n```sh file=a.sh\nx\n```\n";
    let case = book(page);
    assert_eq!(case.problems(), [""; 0]);
    assert_eq!(case.parsed.division, Some(Division::Heading));
    let [plain, own, file] = &case.parsed.fences[..] else { panic!() };
    assert_eq!((plain.attributes.flags.on, plain.attributes.flags.off), (Flags::ELLIPSIS, Flags::ADDRESS));
    assert_eq!(own.attributes.flags.off, Flags::ADDRESS.with(Flags::ELLIPSIS));
    let seconds = |it: &exemplar_model::fence::Fence| it.attributes.timeout.unwrap().as_secs();
    assert_eq!((seconds(plain), seconds(own), seconds(file)), (5, 1, 5));
    // What the fence says keeps away what contradicts it, and a file is not compiled.
    let treatments = [plain, own, file].map(|it| it.attributes.treatment == Treatment::NoRun);
    assert_eq!(treatments, [true, false, false]);
    assert!(
        case.parsed
            .fences
            .iter()
            .all(|it| it.attributes.requires == ["numpy"] && it.attributes.fold == Some(3))
    );
}

#[test]
fn comments_about_more_than_a_fence_are_checked() {
    let fence = "```python\nx\n```\n";
    for (page, problems) in [
        (format!("<!-- exemplar: page raises=E -->\n{fence}"), &["1:21 misplaced-attribute"][..]),
        (format!("<!-- exemplar: page no_rnu -->\n{fence}"), &["1:21 unknown-attribute"]),
        (
            format!("<!-- exemplar: page file=a.py #b -->\n{fence}"),
            &["1:21 misplaced-attribute", "1:31 misplaced-attribute"],
        ),
        (format!("<!-- exemplar: page no_run recorded=a -->\n{fence}"), &["1:28 contradicting-attributes"]),
        (
            format!("<!-- exemplar: page stderr -->\n<!-- exemplar: page -->\n{fence}"),
            &["2:1 duplicate-comment"],
        ),
        (format!("{fence}\na <!-- exemplar: page stderr --> b\n"), &["5:3 late-comment"]),
        (format!("<!-- exemplar: reset x -->\n{fence}"), &["1:22 misplaced-attribute"]),
        (format!("<!-- exemplar: reset\n{fence}"), &["1:1 unclosed-comment"]),
        (format!("<!-- exemplar: session=a\n{fence}"), &["1:1 unclosed-comment"]),
        (format!("a <!-- exemplar: run\nx -->\n\n{fence}"), &["1:3 misplaced-comment"]),
        ("<!-- exemplar: run -->\n```console\n$ x\n```".to_owned(), &[]),
        (format!("<!-- exemplar: run -->\n{fence}"), &["1:16 contradicting-attributes"]),
        ("<!-- exemplar: run -->\ntext".to_owned(), &["1:1 stray-comment"]),
        ("<!-- exemplar: run tiemout=1s\nx\n-->".to_owned(), &["1:20 unknown-attribute"]),
        ("<!-- exemplar: run title=a\nx\n-->".to_owned(), &["1:20 contradicting-attributes"]),
        ("<!-- exemplar: run\nx\n-->\n```output\n1\n```".to_owned(), &["4:1 stray-output-fence"]),
        ("<!-- exemplar: run\nprint('-->')\ny\n-->".to_owned(), &["2:8 cut-comment"]),
        ("<!-- exemplar: run\nx --> y\n-->".to_owned(), &["2:3 cut-comment"]),
        ("<!-- exemplar: run\nx\n--> <!-- more -->".to_owned(), &[]),
        ("<!-- exemplar: run\nx\n".to_owned(), &["1:1 unclosed-comment"]),
        ("- <!-- exemplar: run\n  x\n\n  y\nz\n-->".to_owned(), &["1:3 unclosed-comment"]),
    ] {
        assert_eq!(foreign(&page).problems(), problems, "{page}");
    }
}

#[test]
fn code_in_a_comment_is_a_fence_that_nobody_sees() {
    for (page, fences, places) in [
        (
            "a\n\n<!-- exemplar: run session=a\nx\n\ny\n-->\nb",
            "python | x⏎⏎y | ",
            &["4:1 x", "5:1 ", "6:1 y"][..],
        ),
        (
            "  <!-- exemplar: run\n    if x:\n\n      y\n  -->",
            "python | if x:⏎⏎  y | ",
            &["2:5 if x:", "3:1 ", "4:5   y"],
        ),
        ("<!-- exemplar: run\n>>> x\n1\n-->", "python | x→1", &["2:5 x", "3:1 1"]),
        ("<!-- exemplar:\nrun timeout=1s\r\nx\r\n-->\r\n", "python | x | ", &["3:1 x"]),
        ("<!-- exemplar: run\nx = '😀' -->", "python | x = '😀'  | ", &["2:1 x = '😀' "]),
        ("\u{feff}<!-- exemplar: run\n~x\n-->", "python | x | ", &["2:2 x"]),
        (
            "> - é\n>\n>   <!-- exemplar: run\n>   if x:\n>     y\n>   -->",
            "python | if x:⏎  y | ",
            &["4:5 if x:", "5:5   y"],
        ),
        ("> > > <!-- exemplar: run\n> > > x\n> > > -->", "python | x | ", &["2:7 x"]),
        ("1. 日本\n   - a\n\n     <!-- exemplar: run\n     x\n     -->", "python | x | ", &["5:6 x"]),
        (
            "<details>\n\n<!-- exemplar: run file=a/b.txt\n>>> x\n-->\n\n</details>",
            "python | a/b.txt: >>> x",
            &["4:1 >>> x"],
        ),
    ] {
        let case = book(page);
        assert_eq!(case.fences(), [fences], "{page}");
        assert_eq!(case.places(), places, "{page}");
        assert_eq!(case.problems(), [""; 0], "{page}");
        assert!(case.only().attributes.hidden, "{page}");
        let text = &case.expanded.text;
        let whole = text.find("<!--").unwrap()..text.find("-->").unwrap() + "-->".len();
        assert_eq!(case.only().range, whole, "{page}");
    }
}

#[test]
fn headings_and_resets_are_counted() {
    let page = "```python\na\n```\n# A\n> B\n> ===\n```python\nb\n```\n<!-- exemplar: hidden -->\n<!-- exemplar: reset -->\n\
                ```python\nc\n```\nx <!-- exemplar: reset -->\n\n<!-- exemplar: run\nd\n-->\n";
    let case = book(page);
    assert_eq!(case.problems(), [""; 0]);
    let counts: Vec<_> =
        case.parsed.fences.iter().map(|it| (it.section, it.epoch, it.attributes.hidden)).collect();
    assert_eq!(counts, [(0, 0, false), (2, 0, false), (2, 1, true), (2, 2, true)]);
}

#[test]
fn prose_that_was_meant_as_a_fence_is_found() {
    for (page, problems) in [
        ("a\n\n```python title=`x`\ny\n", &["3:17 backtick-in-info"][..]),
        ("- ```py {title=\"`x`\"}\n", &["1:17 backtick-in-info"]),
        ("> 1. ```python `\n", &["1:16 backtick-in-info"]),
        ("use ```python `x` or ```python x```\n", &[]),
        ("```python -m venv```\n", &[]),
        ("~~~\n```python `x`\n~~~\n", &[]),
        ("    ```python `x`\n", &[]),
        ("<!--\n```python `x`\n-->\n", &[]),
        ("> ```python\n> x\ny\n> ```\n", &["3:1 lost-quote-prefix"]),
        ("> > ```python\n> > x\n> y\n> > ```\n", &["3:1 lost-quote-prefix"]),
        ("> ```python\n> x\n\n> y\n> ```\n", &["3:1 lost-quote-prefix"]),
        ("> ```python\r\n> x\r\ny\r\n> ```\r\n", &["3:1 lost-quote-prefix"]),
        ("> ```python\n> x\n\ny\n", &["1:3 unclosed-fence"]),
        ("> ```python\n> x\n> ```\ny\n", &[]),
        ("> ```python\n>>> x\n> ```\n", &[]),
    ] {
        assert_eq!(book(page).problems(), problems, "{page}");
    }
}
