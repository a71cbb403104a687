//! Small folders of files, and what their pages become.

use std::path::Path;

use exemplar_model::source::{FileId, Segment};

use super::{Expansion, expand, verbatim};
use crate::load::files::Files;

/// Expands the first file; the others stand beside it.
fn expanded(given: &[(&str, &str)]) -> (Files, Expansion, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in given {
        let path = directory.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    let mut files = Files::new(directory.path());
    let page = files.read(Path::new(given[0].0)).unwrap().file;
    let expansion = expand(&mut files, page);
    check_segments(&files, &expansion);
    (files, expansion, directory)
}

/// The segments cover the text, and each says its text exactly or names a directive.
fn check_segments(files: &Files, expansion: &Expansion) {
    let expanded = &expansion.expanded;
    let mut starts: Vec<usize> = expanded.segments.iter().map(|it| it.start).collect();
    assert!(expanded.text.is_empty() || starts[0] == 0);
    starts.push(expanded.text.len());
    for (Segment { start, origin }, end) in expanded.segments.iter().zip(&starts[1..]) {
        assert!(start < end, "{:?}", expanded.segments);
        let source = files.sources.text(*origin);
        assert!(source == &expanded.text[*start..*end] || source.starts_with("{{"), "{source:?}");
    }
}

fn problems(files: &Files, expansion: &Expansion) -> Vec<String> {
    let diagnostics = expansion.diagnostics.iter();
    diagnostics
        .map(|it| {
            let start = files.sources.start(it.span);
            let path = files.sources.file(it.span.file).path();
            format!(
                "{path}:{}:{} {}: {} ({})",
                start.line,
                start.column,
                it.code,
                it.message,
                it.help.as_deref().unwrap()
            )
        })
        .collect()
}

const LINES: &str = "one\ntwo\nthree\nfour\n";

#[test]
fn lines_are_picked_as_mdbook_picks_them() {
    for (directive, text) in [
        ("{{#include a.py}}", "one\ntwo\nthree\nfour"),
        ("{{#include a.py:2}}", "two"),
        ("{{#include a.py:2:3}}", "two\nthree"),
        ("{{#include a.py::2}}", "one\ntwo"),
        ("{{#include a.py:3:}}", "three\nfour"),
        ("{{#include a.py:0}}", "one"),
        ("{{#include a.py:3:99}}", "three\nfour"),
        ("{{#include a.py:}}", "one\ntwo\nthree\nfour"),
        ("{{ \n#include\ta.py:1 ignored}}", "one"),
        ("{{#rustdoc_include a.py:2}}", "# one\ntwo\n# three\n# four"),
        ("{{#playground a.py editable hidden}}", "```rust,editable,hidden\none\ntwo\nthree\nfour\n```\n"),
        ("{{#playpen a.py}}", "```rust\none\ntwo\nthree\nfour\n```\n"),
        (r"\{{#include a.py}} {{#include a.py}}", "{{#include a.py}} {{#include a.py}}"),
        ("{{#inclde a.py}}", "{{#inclde a.py}}"),
        ("{{#x {{#include a.py}}", "{{#x {{#include a.py}}"),
        ("{{{#include a.py:1}}}", "{one}"),
        ("{{#include}}", "{{#include}}"),
        ("{{#include a.py}", "{{#include a.py}"),
    ] {
        let (files, expansion, _directory) =
            expanded(&[("page.md", &format!("é {directive} z")), ("a.py", LINES)]);
        assert_eq!(expansion.expanded.text, format!("é {text} z"), "{directive}");
        assert_eq!(problems(&files, &expansion), [""; 0], "{directive}");
    }
}

#[test]
fn anchors_end_where_their_mark_is_and_other_marks_are_left_out() {
    let python = "# ANCHOR: all\na\n# ANCHOR: x-1\nb\n# ANCHOR_END: x-1\nc\n# ANCHOR_END: all\nd\n";
    for (directive, text) in [
        ("{{#include a.py:all}}", "a\nb\nc"),
        ("{{#include a.py:x-1}}", "b"),
        ("{{#rustdoc_include a.py:x-1}}", "# a\nb\n# c\n# d"),
    ] {
        let (_files, expansion, _directory) = expanded(&[("page.md", directive), ("a.py", python)]);
        assert_eq!(expansion.expanded.text, text, "{directive}");
    }
}

#[test]
fn every_byte_of_an_included_file_keeps_its_place() {
    let page = "\u{feff}é\r\n```python\r\n{{#include code/a.md:2:}}\r\n```\r\n";
    let nested = "no\r\nb = '😀'\r\n{{#include ../c.py}}\r\nz\r\n";
    let (files, expansion, _directory) =
        expanded(&[("p/page.md", page), ("p/code/a.md", nested), ("p/c.py", "\u{feff}c")]);
    let text = &expansion.expanded.text;
    assert_eq!(text, "é\r\n```python\r\nb = '😀'\nc\nz\r\n```\r\n");
    for (needle, path, position) in [
        ("é", "p/page.md", (1, 1)),
        ("b =", "p/code/a.md", (2, 1)),
        ("c\nz", "p/c.py", (1, 1)),
        ("z", "p/code/a.md", (4, 1)),
        ("```\r", "p/page.md", (4, 1)),
    ] {
        let at = text.find(needle).unwrap();
        let origin = expansion.expanded.origin(at..at + 1);
        let start = files.sources.start(origin);
        assert_eq!(
            (files.sources.file(origin.file).path(), (start.line, start.column)),
            (path, position),
            "{needle}"
        );
    }
}

#[test]
fn what_cannot_be_included_is_said_at_its_directive_and_stays() {
    let anchors = "# ANCHOR: setup\nx\n";
    let cases: [(&[(&str, &str)], &str); 8] = [
        (
            &[("page.md", "a\né {{#include hellp.py}}"), ("hello.py", "")],
            "page.md:2:3 missing-include: there is no file `hellp.py` (did you mean `hello.py`?)",
        ),
        (
            &[("d/page.md", "{{#include x.py}}")],
            "d/page.md:1:1 missing-include: there is no file `d/x.py` (paths start at the directory of the file that includes, here `d`)",
        ),
        (
            &[("page.md", "{{#include a.py:sutup}}"), ("a.py", anchors)],
            "page.md:1:1 missing-anchor: `a.py` has no anchor `sutup` (did you mean `setup`?)",
        ),
        (
            &[("page.md", "{{#include a.py:9}}"), ("a.py", LINES)],
            "page.md:1:1 missing-anchor: no line of `a.py` is in this range (the file has 4 lines; a range is `first:last`)",
        ),
        (
            &[("page.md", "{{#include a.py:3:2}}"), ("a.py", LINES)],
            "page.md:1:1 missing-anchor: no line of `a.py` is in this range (the file has 4 lines; a range is `first:last`)",
        ),
        (
            &[("page.md", "{{#include page.md}}")],
            "page.md:1:1 include-cycle: `page.md` includes itself (take out one of the directives on the way round, or include an anchor of the file)",
        ),
        (
            &[
                ("page.md", "{{#include a.md}}"),
                ("a.md", "a {{#include b.md}}"),
                ("b.md", "b {{#include a.md}}"),
            ],
            "b.md:1:3 include-cycle: `a.md` includes itself (take out one of the directives on the way round, or include an anchor of the file)",
        ),
        (
            &[
                ("page.md", "{{#include a.md}}{{#include a.md}}"),
                ("a.md", "{{#include d/x.py}}"),
                ("d/y", ""),
            ],
            "a.md:1:1 missing-include: there is no file `d/x.py` (paths start at the directory of the file that includes, here the working directory)",
        ),
    ];
    for (given, problem) in cases {
        let (files, expansion, _directory) = expanded(given);
        assert_eq!(problems(&files, &expansion), [problem]);
        assert!(expansion.expanded.text.contains("{{#include"), "{problem}");
    }
}

#[test]
fn a_file_may_include_an_anchor_of_itself() {
    let page = "{{#include page.md:a}}\n<!-- ANCHOR: a -->\nx\n<!-- ANCHOR_END: a -->";
    let (_files, expansion, _directory) = expanded(&[("page.md", page)]);
    assert!(expansion.expanded.text.starts_with("x\n<!--") && expansion.diagnostics.is_empty());
}

#[test]
fn growth_has_an_end() {
    let name = |level: usize| format!("{level}.md");
    let twelve = "{{#include NEXT}}".repeat(12);
    let given: Vec<(String, String)> =
        (0..13).map(|level| (name(level), twelve.replace("NEXT", &name(level + 1)))).collect();
    let given: Vec<(&str, &str)> = given.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let (_files, expansion, _directory) = expanded(&given);
    let codes: Vec<&str> = expansion.diagnostics.iter().map(|it| it.code).collect();
    assert!(codes.contains(&"include-too-deep") && codes.contains(&"include-too-large"), "{codes:?}");
}

#[test]
fn the_last_title_holds_and_leaves_nothing_behind() {
    let (_files, expansion, _directory) =
        expanded(&[("page.md", "{{#title A}}{{#include b.md}}x"), ("b.md", "{{#title B b}}")]);
    assert_eq!((expansion.title.as_deref(), expansion.expanded.text.as_str()), (Some("B b"), "x"));
}

#[test]
fn bad_bytes_of_an_included_file_are_said() {
    let directory = tempfile::tempdir().unwrap();
    fs_err::write(directory.path().join("a.py"), b"ab\xff").unwrap();
    let mut files = Files::new(directory.path());
    let page: FileId = files.add_text("page.md", "page.md", "{{#include a.py}}");
    let expansion = expand(&mut files, page);
    assert_eq!(expansion.diagnostics[0].code, "not-utf8");
    assert_eq!(expansion.expanded.text, "ab\u{fffd}");
    assert_eq!(verbatim(&files.sources, page).text, "{{#include a.py}}");
}
