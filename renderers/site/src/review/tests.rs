//! Each mistake at its place.

use std::path::{Path, PathBuf};

use exemplar_model::source::{ExpandedText, Segment, SourceMap, Span};
use mdbook::book::{Book, BookItem, Chapter};
use mdbook::config::HtmlConfig;

use super::options::KNOWN;
use super::{Targets, generated_links};

fn page(sources: &mut SourceMap, path: &str, text: &str) -> ExpandedText {
    let file = sources.add(path, text);
    let segments = vec![Segment { start: 0, origin: Span::new(file, 0..text.len()) }];
    ExpandedText { text: text.into(), segments, file }
}

/// What is found in `part/a.md` of a book with `b.md` and an image, as `line:column code`.
fn found(text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("there.svg"), "").unwrap();
    fs_err::write(folder.path().join("unlisted.md"), "").unwrap();
    let mut sources = SourceMap::default();
    let a = page(&mut sources, "part/a.md", text);
    let b = page(
        &mut sources,
        "b.md",
        "# B\n\n## `__init__`, it's -- *new*\n\n## Same\n\n## Same\n\nTerm\n: x\n\n<a id=\"raw\">\n",
    );
    let own = page(&mut sources, "appendix/own.md", "# Own\n");
    let chapters = [
        (PathBuf::from("part/a.md"), &a),
        (PathBuf::from("b.md"), &b),
        (PathBuf::from("appendix/own.md"), &own),
    ];
    let mut targets = Targets::default();
    let of_each: Vec<Targets> = chapters.iter().map(|(path, expanded)| Targets::of(path, expanded)).collect();
    targets.extend(&of_each);
    let found = targets.missed_by(&chapters, folder.path());
    found
        .iter()
        .map(|found| {
            let at = sources.start(found.span);
            format!("{}:{} {}", at.line, at.column, found.code)
        })
        .collect()
}

#[test]
fn links_that_lead_somewhere_pass() {
    for text in [
        "# A\n[x](#a)",
        "[x](../b.md) [y](../b.html#b) ![z](../there.svg) <img src=\"../there.svg\">",
        "[x](../b.md#__init__-its----new) [y](../b.md#same-1) [z](../b.md#raw) [t](../b.md#term)",
        "[x](https://example.org/#nowhere) [m](mailto:a@b.c) [r](/elsewhere.md) <https://example.org>",
        "[x](../verified.html) [y](../appendix/interview.md#any) [z](../b.ipynb) [p](../b.py)",
        "`[x](nowhere.md)`\n\n```\n[x](nowhere.md)\n```\n",
        "## Own {#mine}\n[x](#mine)\n\n```python {id=\"ten\"}\n```\n[y](#ten)",
        "[x](../../outside-of-the-book)",
    ] {
        assert_eq!(found(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn links_that_lead_nowhere_are_told_where_they_stand() {
    for (text, expected) in [
        ("a [x](nowhere.md)", "1:3 broken-link"),
        ("a\n\n> [x](../unlisted.md)", "3:3 broken-link"),
        ("[x](../b.md#gone)", "1:1 broken-anchor"),
        ("# A\n\n[x](#gone)", "3:1 broken-anchor"),
        ("![x](gone.png)", "1:1 missing-image"),
        ("[x](../appendix/own.md#gone)", "1:1 broken-anchor"),
        ("a <img src=\"gone.png\">", "1:13 missing-image"),
    ] {
        assert_eq!(found(text), [expected], "{text}");
    }
}

#[test]
fn links_into_generated_chapters_are_looked_at_when_those_are_there() {
    let mut sources = SourceMap::default();
    let text = "[a](../appendix/interview.md#why-not) [b](../appendix/interview.html#topic-one) [c](../verified.html)\n\
                [x](../appendix/interview.html#why-nt)\n[y](../appendix/glosary.md)\n[z](../verified.html#gone)\n\
                [k](../appendix/cards.apkg) [o](other.md#gone) [e](https://example.org/appendix/x.html#y) [f](../appendix/own.md#gone)\n";
    let a = page(&mut sources, "part/a.md", text);
    let mut book = Book::new();
    for (path, text) in [
        ("appendix/interview.md", "<h2 id=\"topic-one\">x</h2>\n<div id=\"why-not\">"),
        ("appendix/glossary.md", "# G"),
        ("verified.md", "# V"),
    ] {
        let mut chapter = Chapter::new("N", text.to_owned(), path, Vec::new());
        chapter.source_path = None;
        book.push_item(BookItem::Chapter(chapter));
    }
    let own = page(&mut sources, "appendix/own.md", "# Own\n");
    let chapters = [(PathBuf::from("part/a.md"), &a), (PathBuf::from("appendix/own.md"), &own)];
    let told: Vec<String> = generated_links(&chapters, &book, Path::new("nowhere"))
        .iter()
        .map(|found| {
            format!(
                "{} {} {}",
                sources.start(found.span).line,
                found.code,
                found.help.as_deref().unwrap_or("-")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "2 broken-anchor did you mean `#why-not`?",
            "3 broken-link there is a chapter `appendix/glossary.md`",
            "4 broken-anchor -"
        ]
    );
}

#[test]
fn every_key_of_mdbook_is_known() {
    let config = toml::Value::try_from(HtmlConfig::default()).unwrap();
    let tables: Vec<(&str, &toml::Table)> = KNOWN
        .iter()
        .filter_map(|(name, _)| match *name {
            "" => Some(("", config.as_table()?)),
            name => Some((name, config.get(name)?.as_table()?)),
        })
        .collect();
    assert!(!tables.is_empty());
    for (name, table) in tables {
        let known = KNOWN.iter().find(|(known, _)| *known == name).unwrap().1;
        for key in table.keys() {
            assert!(known.contains(&key.as_str()), "[output.html.{name}] {key}");
        }
    }
}
