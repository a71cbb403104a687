//! Whole pages. Each case shows what was found in a compact form; spans are checked on every one of them.

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::{CodeLine, Content, Fence, StatedOutput};
use exemplar_model::flags::{FlagChange, Flags};
use exemplar_model::source::{ExpandedText, Segment, SourceMap, Span};
use proptest::prelude::*;

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
    case(text, &ParseOptions { hidelines: Some("~".into()), book: true })
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
            assert!(diagnostic.help.is_some(), "{diagnostic:?}");
            assert!(!diagnostic.message.ends_with('.'), "{diagnostic:?}");
        }
        for fence in &self.parsed.fences {
            check(fence.opening);
            assert!(self.expanded.text.get(fence.range.clone()).is_some());
            for line in lines(fence) {
                check(line.span);
                assert!(!line.text.ends_with(['\r', '\n']), "{line:?}");
                let source = self.sources.text(line.span);
                if !source.contains(['\t', '~']) && !line.text.starts_with(' ') {
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
        Content::Console(commands) => commands.iter().collect(),
        Content::Script { code, stated } => {
            let stated: Vec<&CodeLine> = match stated {
                StatedOutput::Inline(outputs) => outputs.iter().flat_map(|it| &it.expected.lines).collect(),
                StatedOutput::Fence(expected) => expected.lines.iter().collect(),
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
        Content::Console(commands) => vec![format!("${}", joined(commands))],
        Content::Script { code, stated } => vec![
            joined(code),
            match stated {
                StatedOutput::Nothing => String::new(),
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
fn sessions_are_cut_as_doctest_cuts_them() {
    for (body, examples) in [
        (">>> 1\n1\n>>> 2\n2", "1→1 | 2→2"),
        (">>> x = 1\n>>>\n>>> # c\n>>> x\n1", "x = 1→ | x→1"),
        (">>> if x:\n...     y\n...\ny\n\n>>> z", "if x:⏎    y⏎→y | z→"),
        ("  >>> a\n  b\n    c\n>>> d", "a→b⏎  c | d→"),
        (">>> # a\n... # b\nc", "# a⏎# b→c"),
        (">>> 1 \n1 ", "1 →1 "),
        (">>> '\t'\na\tb", "'   '→a       b"),
        (">>> print('...')\n...\nx", "print('...')⏎→x"),
        (">>> a\nb\n... c", "a→b⏎... c"),
    ] {
        let case = book(&format!("```python\n{body}\n```\n"));
        assert_eq!(case.fences(), [format!("python | {examples}")], "{body}");
        assert_eq!(case.problems(), [""; 0], "{body}");
    }
}

#[test]
fn what_doctest_refuses_or_passes_over_is_said() {
    for (body, examples, problems) in [
        (">>>1\n1", "1→1", &["2:1 prompt-without-space"][..]),
        (">>> a\n...b", "a⏎b→", &["3:1 prompt-without-space"]),
        ("import x\n\n>>> x\n1", "import x→ | x→1", &["2:1 code-before-prompt"]),
        ("# note\n\n>>> x", "x→", &[]),
        ("~import x\n>>> x", "import x→ | x→", &[]),
        ("Python 3.11.2 (main)\n>>> x", "x→", &["2:1 text-before-prompt"]),
        (
            ">>> a\n1\n\n2\n3\n\n4\n# 5\n>>> b",
            "a→1 | b→",
            &["5:1 text-after-blank-line", "8:1 text-after-blank-line"],
        ),
        ("  >>> a\n b", "a→b", &["3:2 inconsistent-indent"]),
        (">>> a\n  ... b", "a⏎b→", &["3:3 inconsistent-indent"]),
        (">>> # c\nb\n>>> d", "d→", &["3:1 output-without-code"]),
        (">>> a  # doctest: +ELIPSIS", "a  # doctest: +ELIPSIS→", &["2:19 invalid-directive"]),
        (">>> a  # doctest: SKIP", "a  # doctest: SKIP→", &["2:19 invalid-directive"]),
        (">>> # doctest: +SKIP", "", &["2:5 invalid-directive"]),
        (">>> f(x)  # doctest: +NUMBER", "f(x)  # doctest: +NUMBER→", &["2:22 invalid-directive"]),
    ] {
        let case = book(&format!("```python\n{body}\n```\n"));
        assert_eq!(case.fences(), [format!("python | {examples}")], "{body}");
        assert_eq!(case.problems(), problems, "{body}");
    }
}

#[test]
fn directives_change_flags_and_are_not_shown() {
    let case = book("```python\n>>> f('a',  # doctest: +ELLIPSIS, -SKIP\n...   '# doctest: +SKIP')\n```\n");
    let Content::Session(examples) = &case.only().content else { panic!() };
    let mut flags = FlagChange::default();
    flags.set(Flags::ELLIPSIS, true);
    flags.set(Flags::SKIP, false);
    assert_eq!(examples[0].flags, flags);
    assert_eq!(case.only().shown[0].text, ">>> f('a',");
    assert_eq!(case.only().shown[1].text, "...   '# doctest: +SKIP')");
}

#[test]
fn scripts_state_their_output() {
    for (page, fences, problems) in [
        ("```python\nx\n```", "python | x | ", &[][..]),
        ("```python\nprint(1)\n#> 1\n#>\n#>  2\n```", "python | print(1)⏎#> 1⏎#>⏎#>  2 | #1:0 1⏎⏎ 2", &[]),
        (
            "```python\nfor x in y:\n    p(x)\n    #> a\n#> b\n```",
            "python | for x in y:⏎    p(x)⏎    #> a⏎#> b | #2:4 a #3:0 b",
            &[],
        ),
        ("```python\nx = '''\n#> a\n'''\n#>b\n```", "python | x = '''⏎#> a⏎'''⏎#>b | ", &[]),
        (
            "```python\n# c\n#> a\nx\n#> b\n\n#> c\n```",
            "python | # c⏎#> a⏎x⏎#> b⏎⏎#> c | #3:0 b",
            &["3:4 output-without-code", "7:4 output-without-code"],
        ),
        ("```python\nx\n```\n\n```output\n1\n\n2\n```", "python | x | =1⏎⏎2", &[]),
        ("```python\nx\n```\n```output\n```", "python | x | =", &[]),
        ("```python\nx\n```\ntext\n```output\n1\n```", "python | x | ", &["5:1 stray-output-fence"]),
        ("```python\nx\n```\n[a]: b\n\n```output\n1\n```", "python | x | ", &["6:1 stray-output-fence"]),
        ("- ```python\n  x\n  ```\n\n```output\n1\n```", "python | x | ", &["5:1 stray-output-fence"]),
        ("> ```python\n> x\n> ```\n>\n> ```output\n> 1\n> ```", "python | x | =1", &[]),
        (
            "```python\nx\n#> 1\n```\n```output\n1\n```",
            "python | x⏎#> 1 | #1:0 1",
            &["5:1 stray-output-fence"],
        ),
        ("```python\n>>> x\n```\n```output\n1\n```", "python | x→", &["4:1 stray-output-fence"]),
        (
            "```python\ndef f():\n    '''\n    >>> f()\n    '''\n```",
            "python | def f():⏎    '''⏎    >>> f()⏎    ''' | ",
            &[],
        ),
        ("```python\n'''\n>>> f()\n'''\n```", "python | '''⏎>>> f()⏎''' | ", &[]),
    ] {
        let case = book(page);
        assert_eq!(case.fences(), [fences], "{page}");
        assert_eq!(case.problems(), problems, "{page}");
    }
}

#[test]
fn tags_say_what_a_fence_is_unless_they_lie() {
    for (page, fences, problems) in [
        ("```pycon\n>>> a\n```", &["pycon | a→"][..], &[][..]),
        ("```\n>>> a\n```", &[" | a→"], &[]),
        ("```\n\n>>> a\n```", &[" | a→"], &[]),
        ("```ruby\n>>> a\n```", &["ruby | a→"], &["1:1 mistagged-session"]),
        ("```console\n>>> a\n```", &["console | a→"], &["1:1 mistagged-session"]),
        ("```\nx\n>>> a\n```", &[], &[]),
        ("```diff\n>>>>>>> a\n```", &[], &[]),
        ("```rust\nx\n```", &[], &[]),
        ("```python\n\n```\n```python\n```", &[], &[]),
        ("```console\n$ ls -l\na\n$ cd\n```", &["console | $ls -l⏎cd"], &[]),
        ("```console\nls\n```", &[], &[]),
        ("```{code-block} python\n:linenos:\n:caption: a b\n\nx\n```", &["{code-block} python | ⏎x | "], &[]),
        ("    >>> indented\n", &[], &[]),
    ] {
        let case = book(page);
        assert_eq!(case.fences(), fences, "{page}");
        assert_eq!(case.problems(), problems, "{page}");
    }
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
        ("- ```python\n\tx\n  ```\n", &["2:2   x"]),
        ("<details>\n<summary>a</summary>\n\n```python\nx\n```\n\n</details>\n", &["5:1 x"]),
        ("a[^1]\n\n[^1]: b\n\n    ```python\n    x\n    ```\n", &["6:5 x"]),
        ("> [!NOTE]\n> ```python\n> x\n> ```\n", &["3:3 x"]),
        ("````python\n```\n>>> x\n````", &["2:1 ```", "3:5 x"]),
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
fn hidden_lines_run_without_their_prefix() {
    let case = book("```python\n~import a\nif a:\n    ~b()\n    c()\n```\n");
    assert_eq!(case.places(), ["2:2 import a", "3:1 if a:", "4:1     b()", "5:1     c()"]);
    let shown: Vec<(&str, bool)> = case.only().shown.iter().map(|it| (it.text.as_str(), it.hidden)).collect();
    assert_eq!(shown, [("import a", true), ("if a:", false), ("    b()", true), ("    c()", false)]);
    let case = book("```python,hidelines=!!\n!!>>> a = 1\n>>> a\n1\n```\n");
    assert_eq!(case.fences(), ["python | a = 1→ | a→1"]);
}

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
    let parsed = parse(&ExpandedText { text, segments, file: page }, &ParseOptions::default());
    let line = lines(&parsed.fences[0])[0];
    assert_eq!((line.span, sources.text(line.span)), (Span::new(part, 4..5), "x"));
    assert_eq!(parsed.fences[0].opening, Span::new(page, 2..11));
}

/// Text in which fences, prompts and attributes are likely.
fn page() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "```",
        "````",
        "~~~",
        "python",
        "py",
        "output",
        "console",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\t",
        " ",
        "    ",
        "> ",
        "- ",
        "1. ",
        ">>> ",
        ">>>",
        "... ",
        "...",
        "#> ",
        "#>",
        "$ ",
        "x",
        "é",
        "😀",
        "\u{feff}",
        "'''",
        "\"",
        "'",
        "\\",
        "~",
        "#",
        "# doctest: ",
        "+SKIP",
        "-ELLIPSIS",
        "{",
        "}",
        "=",
        ",",
        "hidden",
        "raises=",
        "timeout=",
        "\"3s\"",
        "flags=\"",
        "ignore",
        ".c",
        "<!--",
        " exemplar: ",
        "-->",
        "<details>",
        "[^1]: ",
        ": ",
        "!!! ",
        "\r",
        "\0",
        "{code-block} ",
        ":a:",
        "|",
    ]);
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic_and_every_span_lies_in_its_file(text in page(), book in any::<bool>(), noise in "\\PC{0,80}") {
        let hidelines = book.then(|| "~".to_owned());
        let options = ParseOptions { hidelines, book };
        case(&text, &options);
        case(&noise, &options);
        case(&format!("```python {noise}\n{text}\n{noise}"), &options);
    }
}
