//! Whole pages. Each case shows what was found in a compact form; spans are checked on every one of them.

mod any_text;
mod attributes;
mod comments;
mod data;
mod dialects;
mod examples;
mod stored;
mod testfile;

use std::sync::Arc;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{CodeLine, Content, Expected, Fence, StatedOutput};
use exemplar_model::source::{ExpandedText, Segment, SourceMap, Span};

use super::{ParseOptions, Parsed, parse};
use crate::load::include::verbatim;

struct Case {
    sources: SourceMap,
    expanded: ExpandedText,
    parsed: Parsed,
}

fn case(text: &str, options: &ParseOptions) -> Case {
    let mut sources = SourceMap::default();
    let file = sources.add("page.md", text);
    let expanded = verbatim(&sources, file);
    let parsed = parse(&expanded, options);
    let case = Case { sources, expanded, parsed };
    case.check_spans();
    case
}

fn book(text: &str) -> Case {
    case(text, &ParseOptions { hidelines: Some("~".into()), book: true, ..ParseOptions::default() })
}

fn foreign(text: &str) -> Case {
    case(text, &ParseOptions::default())
}

impl Case {
    /// Every span lies in its file, at character boundaries, and every line of code stands where its span says, tabs and the prefixes
    /// of hidden lines aside.
    fn check_spans(&self) {
        let check = |span: Span| {
            let text = self.sources.file(span.file).text();
            assert!(text.get(span.range()).is_some(), "{span:?} is outside of {text:?}");
        };
        for diagnostic in &self.parsed.diagnostics {
            check(diagnostic.span);
            diagnostic.labels.iter().for_each(|label| check(label.span));
            diagnostic.edits.iter().for_each(|edit| check(edit.span));
            assert!(diagnostic.help.is_some(), "{diagnostic:?}");
            assert!(!diagnostic.message.ends_with('.'), "{diagnostic:?}");
        }
        for fence in &self.parsed.fences {
            check(fence.opening);
            assert!(self.expanded.text.get(fence.range.clone()).is_some());
            if let Content::Script { stated: StatedOutput::Guessed(guesses), .. } = &fence.content {
                guesses.iter().flat_map(|guess| &guess.edits).for_each(|edit| check(edit.span));
            }
            for line in lines(fence) {
                check(line.span);
                assert!(!line.text.ends_with(['\r', '\n']), "{line:?}");
                let source = self.sources.text(line.span);
                // What continues in IPython is written as doctest writes it.
                let rewritten = source.contains(['\t', '~']) || source.contains("...:");
                if !rewritten && !line.text.starts_with(' ') {
                    assert_eq!(source, line.text);
                }
            }
        }
    }

    /// `line:column code` of each diagnostic.
    fn problems(&self) -> Vec<String> {
        let place = |it: &Diagnostic| {
            let start = self.sources.start(it.span);
            format!("{}:{} {}", start.line, start.column, it.code)
        };
        self.parsed.diagnostics.iter().map(place).collect()
    }

    fn help(&self) -> Vec<&str> {
        self.parsed.diagnostics.iter().filter_map(|it| it.help.as_deref()).collect()
    }

    fn fences(&self) -> Vec<String> {
        self.parsed.fences.iter().map(describe).collect()
    }

    /// `line:column text` of each line of code.
    fn places(&self) -> Vec<String> {
        let lines = self.parsed.fences.iter().flat_map(lines);
        let place = |line: &CodeLine| {
            let start = self.sources.start(line.span);
            format!("{}:{} {}", start.line, start.column, line.text)
        };
        lines.map(place).collect()
    }

    fn only(&self) -> &Fence {
        assert_eq!(self.parsed.fences.len(), 1);
        &self.parsed.fences[0]
    }
}

fn lines(fence: &Fence) -> Vec<&CodeLine> {
    match &fence.content {
        Content::Session(examples) => {
            examples.iter().flat_map(|it| it.code.iter().chain(&it.expected.lines)).collect()
        }
        Content::Console(commands) => commands
            .iter()
            .flat_map(|it| it.code.iter().chain(it.expected.iter().flat_map(|it| &it.lines)))
            .collect(),
        Content::File { text, .. } | Content::Excerpt { text, .. } => text.iter().collect(),
        Content::Script { code, stated } => {
            let stated: Vec<&CodeLine> = match stated {
                StatedOutput::Inline(outputs) => outputs.iter().flat_map(|it| &it.expected.lines).collect(),
                StatedOutput::Fence(expected) => expected.lines.iter().collect(),
                StatedOutput::Guessed(guesses) => guesses.iter().flat_map(|it| &it.expected.lines).collect(),
                StatedOutput::Nothing => Vec::new(),
            };
            code.iter().chain(stated).collect()
        }
    }
}

fn describe(fence: &Fence) -> String {
    let joined = |lines: &[CodeLine]| lines.iter().map(|it| it.text.as_str()).collect::<Vec<_>>().join("⏎");
    let content: Vec<String> = match &fence.content {
        Content::Session(examples) => {
            examples.iter().map(|it| format!("{}→{}", joined(&it.code), joined(&it.expected.lines))).collect()
        }
        Content::Console(commands) => {
            let stated = |it: &Option<Arc<Expected>>| {
                it.as_ref().map(|it| format!("→{}", joined(&it.lines))).unwrap_or_default()
            };
            vec![format!(
                "${}",
                commands
                    .iter()
                    .map(|it| joined(&it.code) + &stated(&it.expected))
                    .collect::<Vec<_>>()
                    .join("⏎")
            )]
        }
        Content::File { path, text, stated, .. } => {
            let stated = match stated {
                StatedOutput::Inline(outputs) => {
                    outputs.iter().map(|it| joined(&it.expected.lines)).collect()
                }
                StatedOutput::Fence(expected) => vec![joined(&expected.lines)],
                StatedOutput::Guessed(_) | StatedOutput::Nothing => Vec::new(),
            };
            [vec![format!("{path}: {}", joined(text))], stated].concat()
        }
        Content::Excerpt { path, text } => vec![format!("{path} shows {}", joined(text))],
        Content::Script { code, stated } => vec![
            joined(code),
            match stated {
                StatedOutput::Nothing => String::new(),
                StatedOutput::Guessed(guesses) => guesses
                    .iter()
                    .map(|it| {
                        let place =
                            it.mark.map(|at| format!("{}:{} ", at.line, at.column)).unwrap_or_default();
                        format!("?{place}{}", joined(&it.expected.lines))
                    })
                    .collect::<Vec<_>>()
                    .join(" "),
                StatedOutput::Fence(expected) => format!("={}", joined(&expected.lines)),
                StatedOutput::Inline(outputs) => outputs
                    .iter()
                    .map(|it| format!("#{}:{} {}", it.line, it.column, joined(&it.expected.lines)))
                    .collect::<Vec<_>>()
                    .join(" "),
            },
        ],
    };
    format!("{} | {}", fence.tag, content.join(" | "))
}

#[test]
fn places_are_right_in_every_container() {
    for (page, places) in [
        ("\u{feff}```python\nx\n```\n", &["2:1 x"][..]),
        ("a\r\n\r\n```python\r\n>>> x\r\n1\r\n\r\n```\r\n", &["4:5 x", "5:1 1"]),
        ("日本 😀\n\n- é\n\n  ```python\n  >>> '😀' + x\n  1\n  ```\n", &["6:7 '😀' + x", "7:3 1"]),
        (
            "> > > ```python\n> > > >>> x\n> > > 1\n> > >\n> > > >>> y\n> > > ```\n",
            &["2:11 x", "3:7 1", "5:11 y"],
        ),
        ("1. a\n   - ~~~python\n     x\n\n     y\n     ~~~\n", &["3:6 x", "4:1 ", "5:6 y"]),
        ("   ```python\n   x\n  y\n ```\n", &["2:4 x", "3:3 y"]),
        ("- ```python\n\tx\n  ```\n", &["2:2 x"]),
        ("<details>\n<summary>a</summary>\n\n```python\nx\n```\n\n</details>\n", &["5:1 x"]),
        ("a[^1]\n\n[^1]: b\n\n    ```python\n    x\n    ```\n", &["6:5 x"]),
        ("> [!NOTE]\n> ```python\n> x\n> ```\n", &["3:3 x"]),
        ("````python\n```\n>>> x\n````", &["2:1 ```", "3:5 x"]),
        ("\u{feff}```sh file=a\r\n\tx\r\n```\r\n", &["2:1 \tx"]),
        (
            "日 😀\n\n> > > ```console\n> > > $ 'é\n> > > > é'\n> > >\n> > > 😀 y\n> > > ```\n",
            &["4:9 'é", "5:9 é'", "6:6 ", "7:7 😀 y"],
        ),
        ("1. a\n   - ~~~console\n     $ x \\\n     > y\n     z\n     ~~~\n", &["3:8 x \\", "4:8 y", "5:6 z"]),
        ("   ```console\n   $ x\n  y\n   ```\n", &["2:6 x", "3:3 y"]),
        ("<details>\n\n- ```txt shows=a\n  é\n  ...\n  ```\n\n</details>\n", &["4:3 é", "5:3 ..."]),
    ] {
        let case = book(page);
        assert_eq!(case.places(), places, "{page}");
    }
}

#[test]
fn lines_put_behind_a_fence_stay_in_its_containers() {
    for (page, prefix, range) in [
        ("```python\nx\n```\n", "", "```python\nx\n```"),
        ("1. ```python\n   x\n   ```\n", "   ", "```python\n   x\n   ```"),
        ("> - a\n>\n>   ```python\n>   x\n>   ```  \r\n", ">   ", "```python\n>   x\n>   ```  "),
        ("> - ```python\n>   x\n", ">   ", "```python\n>   x"),
        (">```python\n>x\n>```", ">", "```python\n>x\n>```"),
    ] {
        let case = book(page);
        assert_eq!(case.only().prefix, prefix, "{page}");
        assert_eq!(&case.expanded.text[case.only().range.clone()], range, "{page}");
    }
}

#[test]
fn a_fence_that_is_not_closed_is_an_error_at_its_opening() {
    for (page, problems) in [
        ("a\n\n```python\nx\n", &["3:1 unclosed-fence"][..]),
        ("```python\nx\n``", &["1:1 unclosed-fence"]),
        ("```python\nx ```", &["1:1 unclosed-fence"]),
        ("````python\nx\n```\n", &["1:1 unclosed-fence"]),
        ("~~~python\nx\n```\n", &["1:1 unclosed-fence"]),
        ("> ```python\n> x\n\n```\na\n```\n", &["1:3 unclosed-fence"]),
        ("- ```python\n  x\n\nb\n", &["1:3 unclosed-fence"]),
        ("> ```python\n> x\n> ", &["1:3 unclosed-fence"]),
        ("```python", &["1:1 unclosed-fence"]),
        ("```rust\nx\n", &["1:1 unclosed-fence"]),
        ("```python\nx\n```", &[]),
        ("```python\nx\n  `````  \n", &[]),
        ("> ```python\r\n> x\r\n> ```\r\n", &[]),
    ] {
        assert_eq!(book(page).problems(), problems, "{page}");
    }
}

#[test]
fn a_tag_that_is_meant_as_python_is_told_at_its_place() {
    for tag in ["pyton", "Pyhton", "phyton", "pythn", "pythonn"] {
        let found = foreign(&format!("- text\n\n  ```{tag}\n  x = 1\n  ```\n"));
        assert_eq!(found.problems(), ["3:6 misspelled-tag"], "{tag}");
        assert_eq!(found.help(), ["did you mean `python`?"]);
    }
    for tag in ["jython", "cython", "python2", "ipython", "php", "prolog", "pytest", "pycon3", "py.test", ""]
    {
        assert_eq!(foreign(&format!("```{tag}\nx = 1\n```\n")).problems(), [""; 0], "{tag}");
    }
}

#[test]
fn lines_of_an_included_file_have_their_places_in_it() {
    let mut sources = SourceMap::default();
    let page = sources.add("page.md", "- ```python\n  {{#include a.py}}\n  ```\n");
    let part = sources.add("a.py", ">>> x\r\n");
    let text = "- ```python\n  >>> x\n  ```\n".to_owned();
    let segments = vec![
        Segment { start: 0, origin: Span::new(page, 0..14) },
        Segment { start: 14, origin: Span::new(part, 0..5) },
        Segment { start: 19, origin: Span::new(page, 31..38) },
    ];
    let parsed = parse(&ExpandedText { text: text.into(), segments, file: page }, &ParseOptions::default());
    let line = lines(&parsed.fences[0])[0];
    assert_eq!((line.span, sources.text(line.span)), (Span::new(part, 4..5), "x"));
    assert_eq!(parsed.fences[0].opening, Span::new(page, 2..11));
}

#[test]
fn a_fence_with_an_include_that_failed_is_passed_over() {
    let gone = "{{#include gone.py}}";
    let text = format!(
        "<!-- exemplar: hidden -->\n```python\nx\n{gone}\n```\n\n```output\n1\n```\n\n\
         > ```python\n> >>> x\n> {gone}\n> ```\n\n```python\ny\n```\n\n```output\n{gone}\n```\n\n\
         ```python\n# what directives look like: {gone}\n```\n\n{gone}\n\n```python\nz\n```\n"
    );
    let found: Vec<usize> = text.match_indices(gone).map(|(at, _)| at).collect();
    let mut sources = SourceMap::default();
    let file = sources.add("page.md", text.as_str());
    // The fourth was escaped by its author.
    let broken = [0, 1, 2, 4].map(|index| Span::new(file, found[index]..found[index] + gone.len()));
    let options = ParseOptions { book: true, broken: broken.to_vec(), ..ParseOptions::default() };
    let case = case(&text, &options);
    assert_eq!(
        case.fences(),
        ["python | y | ", &format!("python | # what directives look like: {gone} | "), "python | z | "]
    );
    assert_eq!(case.problems(), [""; 0]);
}

#[test]
fn a_carriage_return_is_no_indentation_of_a_hidden_line() {
    assert_eq!(book("```python\n\r~\n ~y\n```\n").fences(), ["python | \r~⏎ y | "]);
}
