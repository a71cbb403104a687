//! Whole books in memory: what is typeset, and what is said of what can't be.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use exemplar_model::diagnostic::Severity;
use exemplar_model::pdf::{Paper, PdfSettings, Sides, Standard};
use exemplar_model::source::{ExpandedText, Segment, SourceMap, Span};
use mdbook_preprocessor::book::{Book, BookItem, Chapter};

use crate::{Manuscript, PdfError, Rendered, Theme, render};

macro_rules! theme {
    (templates: [$($template:literal),*], fonts: [$($font:literal),*]) => {
        Theme {
            templates: &[$((concat!("pdf/", $template), include_str!(concat!("../../../theme/pdf/", $template)))),*],
            fonts: &[$(include_bytes!(concat!("../../../theme/fonts/", $font))),*],
        }
    };
}

/// The theme, without the fonts that most books don't need.
pub(crate) const THEME: Theme<'static> = theme! {
    templates: ["book.typ", "boxes.typ", "card.typ", "code.typ", "style.typ"],
    fonts: [
        "SourceSerif4_400Regular.ttf", "SourceSerif4_400Regular_Italic.ttf", "SourceSerif4_700Bold.ttf", "Inter_400Regular.ttf",
        "Inter_600SemiBold.ttf", "JetBrainsMono_400Regular.ttf", "DejaVuSansMono.ttf", "NotoEmoji_400Regular.ttf"
    ]
};

fn typeset(texts: &[&str], settings: &PdfSettings) -> (SourceMap, Result<Rendered, PdfError>) {
    typeset_with(texts, None, settings)
}

/// With a chapter at the end that was made of the others.
fn typeset_with(
    texts: &[&str],
    generated: Option<&str>,
    settings: &PdfSettings,
) -> (SourceMap, Result<Rendered, PdfError>) {
    let mut sources = SourceMap::default();
    let mut book = Book::new();
    let mut expanded: Vec<(PathBuf, ExpandedText)> = Vec::new();
    book.push_item(BookItem::PartTitle("Part".into()));
    for (number, text) in texts.iter().enumerate() {
        let path = PathBuf::from(format!("{number}.md"));
        book.push_item(BookItem::Chapter(Chapter::new("Name", (*text).to_owned(), &path, Vec::new())));
        let file = sources.add(path.display().to_string(), *text);
        let segments = vec![Segment { start: 0, origin: Span::new(file, 0..text.len()) }];
        expanded.push((path, ExpandedText { text: (*text).into(), segments, file }));
    }
    if let Some(text) = generated {
        let mut chapter = Chapter::new("All", text.to_owned(), "appendix/all.md", Vec::new());
        chapter.source_path = None;
        book.push_item(BookItem::Chapter(chapter));
    }
    let pages: HashMap<PathBuf, &ExpandedText> =
        expanded.iter().map(|(path, text)| (path.clone(), text)).collect();
    let manuscript = Manuscript {
        title: "Title \" #panic()",
        description: None,
        authors: &["A \\ B".to_owned()],
        language: "en-GB",
        smart_punctuation: true,
        mathematics: true,
        source: Path::new("."),
        book: &book,
        pages: &pages,
        screen_only: &[],
        provenance: &[("Made".to_owned(), "by \"hand\"".to_owned())],
        date: None,
    };
    let rendered = render(&manuscript, settings, THEME);
    (sources, rendered)
}

/// The findings of a page, each with its line and column, and whether there is a file.
#[track_caller]
fn said(text: &str) -> (Vec<(&'static str, usize, usize)>, bool) {
    let (sources, rendered) = typeset(&[text], &PdfSettings::default());
    let rendered = rendered.unwrap();
    let place = |diagnostic: &exemplar_model::diagnostic::Diagnostic| {
        let position = sources.start(diagnostic.span);
        (diagnostic.code, position.line, position.column)
    };
    let fatal = rendered.diagnostics.iter().any(|it| it.severity == Severity::Error);
    assert_eq!(fatal, rendered.pdf.is_none(), "an error and a file go together");
    (rendered.diagnostics.iter().map(place).collect(), rendered.pdf.is_some())
}

#[test]
fn what_no_font_has_is_found_where_it_stands() {
    assert_eq!(said("# A\n\n```python\nx = \"한\"\n```\n"), (vec![("pdf-missing-glyph", 4, 6)], false));
    assert_eq!(
        said("# A\n\n> - deep 한 and `한`\n"),
        (vec![("pdf-missing-glyph", 3, 10), ("pdf-missing-glyph", 3, 17)], false)
    );
    assert_eq!(said("# A\n\n```\n┌─┐ αβγ → ≤ ✓ 👍🏽 👩‍👩‍👧‍👦\n```\n"), (vec![], true));
}

#[test]
fn what_can_t_be_set_is_found() {
    for (text, code, line, column, is_made) in [
        ("![](x.svg)", "pdf-missing-alt", 1, 1, false),
        ("![x](nowhere.svg)", "pdf-missing-picture", 1, 1, false),
        ("![x](https://example.org/x.svg)", "pdf-missing-picture", 1, 1, false),
        ("![x](/etc/passwd)", "pdf-missing-picture", 1, 1, false),
        ("![x](../../../../../../etc/passwd)", "pdf-missing-picture", 1, 1, false),
        ("![x](data:image/svg+xml;base64,PHN2Zz4=)", "pdf-typesetting", 1, 1, false),
        ("a <svg viewBox=\"0 0 9 9\"><path d=\"M0 0H9\"/></svg>", "pdf-missing-alt", 1, 3, false),
        ("a\n\n<svg><title>x</title><g></svg>", "pdf-typesetting", 3, 1, false),
        ("a \\\\( x \\\\) b", "pdf-unsupported-mathematics", 1, 3, true),
        ("a\n\n$$ x $$", "pdf-unsupported-mathematics", 3, 1, true),
        ("a\n\n<video>x</video>", "pdf-unsupported-html", 3, 1, true),
        ("a\n\n<script>x</script>", "pdf-unsupported-html", 3, 1, true),
        ("a [b](c.md)", "pdf-broken-link", 1, 3, true),
        ("a [b](#c)", "pdf-broken-link", 1, 3, true),
        ("a\n\n[^x]: Lost.", "pdf-lost-footnote", 3, 1, true),
    ] {
        assert_eq!(said(text), (vec![(code, line, column)], is_made), "{text}");
    }
    for text in [
        "a <svg height=\"9\" width=\"9\"><title>A dot</title><circle r=\"4\"/></svg> b `$$`",
        "<svg width=\"9\" height=\"99\" aria-hidden=\"true\"><path d=\"M0 0H9\"/></svg>",
    ] {
        assert_eq!(said(text), (vec![], true), "{text}");
    }
    let several = "a \\\\( x \\\\) b\nand $$ y $$ and \\\\[ z *w* v \\\\] but\n\n$$ u\n";
    let places = [(1, 3), (2, 5), (2, 17), (4, 1)];
    let each = places.map(|(line, column)| ("pdf-unsupported-mathematics", line, column));
    assert_eq!(said(several), (each.to_vec(), true));
    // What is there for a script alone is nothing to readers anywhere.
    assert_eq!(said("a\n\n<div hidden><button>x</button></div>\n"), (vec![], true));
}

#[test]
fn what_a_generated_chapter_repeats_is_told_once_and_where_it_was_written() {
    let texts =
        ["# A\n\n> Asked\n>\n> Answered with 한.\n", "# B\n\n> The question of it\n>\n> ![](b.svg)\n"];
    let generated = "# All\n\n<div>\n\nAnswered with 한.\n\nThe question of it\n\n![](../b.svg)\n\n</div>\n";
    let (sources, rendered) = typeset_with(&texts, Some(generated), &PdfSettings::default());
    let diagnostics = rendered.unwrap().diagnostics;
    let place = |it: &exemplar_model::diagnostic::Diagnostic| {
        (it.code, sources.file(it.span.file).path().to_owned(), sources.start(it.span).line)
    };
    let told: Vec<_> = diagnostics.iter().map(place).collect();
    let expected = [("pdf-missing-glyph", "0.md", 5), ("pdf-missing-alt", "1.md", 5)];
    assert_eq!(told, expected.map(|(code, file, line)| (code, file.to_owned(), line)));
}

#[test]
fn a_book_can_t_inject_markup() {
    for text in [
        "# #panic(\"x\")\n\n#panic(\"x\") \"] + panic(\"y\") + [\" \\u{41} $x$ @ref",
        "`\"] + panic() + [\"` and `#sys.version`",
        "```python\n\"]) #panic(\\\"x\\\") \\\n```",
        "[a](https://example.org/\"]#panic()$x$) and",
        "[a](https://example.org/\"#panic())) and [b](#\"panic)",
        "| \"] | `[` |\n|---|---|\n| #panic() | ]]] |",
        "<p title=\"]#panic()\">]#panic()[</p>",
        "# A {#\"x}\n\n[to](#\"x) ##",
        "- [ ] ]\n\n> [!NOTE]\n> #panic()",
        "text[^\"]\n\n[^\"]: #panic()",
        "<alert kind='\", short: panic(\"'>x</alert>\n\n<alert kind=\"é\">x</alert>\n\n<alert kind=\"\">x</alert>",
    ] {
        let (_, rendered) = typeset(&[text], &PdfSettings::default());
        let rendered = rendered.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(rendered.pdf.is_some(), "{text}: {:?}", rendered.diagnostics);
    }
}

#[test]
fn the_same_book_gives_the_same_bytes() {
    let texts = [
        "# A\n\nSee [B](1.md#b).\n\n```python\nx = 1\n```\n",
        "# C\n\n## B\n\n`sorted()` is in the index.\n",
    ];
    let made = || typeset(&texts, &PdfSettings::default()).1.unwrap().pdf.unwrap();
    let first = made();
    assert!(first.starts_with(b"%PDF-1.7") && first == made());
}

#[test]
fn every_paper_and_standard_makes_a_book() {
    for (paper, sides, standards) in [
        (Paper::A4, Sides::Two, vec![Standard::Ua1, Standard::A3a]),
        (Paper::Letter, Sides::One, vec![Standard::A3b]),
        (Paper::Trim, Sides::Two, vec![Standard::A4f]),
        (Paper::A4, Sides::One, vec![Standard::V20]),
        (Paper::A4, Sides::One, vec![]),
    ] {
        let settings = PdfSettings { paper, sides, standards, ..PdfSettings::default() };
        let (_, rendered) = typeset(&["# A\n\nText.\n\n```python\nx = 1\n```\n", "# B\n"], &settings);
        assert!(rendered.unwrap().pages >= 6);
    }
}

#[test]
fn settings_that_fit_no_book_are_errors() {
    let families = exemplar_model::pdf::Families { code: "Comic".into(), ..Default::default() };
    let settings = PdfSettings { families, ..PdfSettings::default() };
    let error = typeset(&["# A\n"], &settings).1.unwrap_err().to_string();
    assert!(
        error.starts_with("`pdf.code-font`: there is no family `Comic`; there are DejaVu Sans Mono, Inter"),
        "{error}"
    );
    let settings = PdfSettings { standards: vec![Standard::A3a, Standard::V20], ..PdfSettings::default() };
    assert!(typeset(&["# A\n"], &settings).1.unwrap_err().to_string().starts_with("`pdf.standards`: "));
    let settings = PdfSettings { chapters: vec!["nothing.md".into()], ..PdfSettings::default() };
    assert!(matches!(typeset(&["# A\n"], &settings).1, Err(PdfError::Empty)));
}
