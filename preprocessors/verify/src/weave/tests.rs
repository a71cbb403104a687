//! Woven pages. What a page says of itself at its end is cut off, and the interpreter is `CPython 3.11.7`.

use std::sync::Arc;

use exemplar_model::fence::{Attributes, Content, Expected, Fence, Guess, Raises, StatedOutput};
use exemplar_model::outcome::{Display, Warned};
use exemplar_model::plan::Page;
use exemplar_model::report::{Python, ReportedExample, Status};
use exemplar_model::source::{SourceMap, Span};

use super::{WeaveOptions, weave};
use crate::load::include::verbatim;
use crate::parse::{ParseOptions, parse};
use crate::report::PlacedExample;

fn page(text: &str) -> Page {
    let mut sources = SourceMap::default();
    let file = sources.add("page.md", text);
    let expanded = verbatim(&sources, file);
    let options = ParseOptions { book: true, ..ParseOptions::default() };
    let fences = parse(&expanded, &options).fences;
    Page { file, expanded, fences, division: None, entries: Vec::new(), labs: Vec::new() }
}

fn example(page: &Page, fence: usize, status: Status, actual: &str) -> PlacedExample {
    PlacedExample {
        page: 0,
        fence,
        span: Span::new(page.file, 0..0),
        result: ReportedExample {
            id: "".into(),
            file: "".into(),
            included_from: None,
            line: 1,
            column: 1,
            end_line: 1,
            session: "".into(),
            python: None,
            kind: "".into(),
            role: None,
            status,
            known: false,
            code: None,
            source: "".into(),
            expected: None,
            actual: Some(actual.into()),
            stderr: None,
            failed_line: None,
            message: None,
            hint: None,
            cause: None,
            duration_ms: 0.0,
            cached: false,
            dropped: 0,
        },
        displays: Vec::new(),
        warnings: Vec::new(),
    }
}

fn woven(page: &Page, examples: &[PlacedExample]) -> String {
    let python = Python {
        version: "3.11.7".to_owned(),
        implementation: "CPython".to_owned(),
        executable: String::new(),
    };
    let woven = weave(
        page,
        examples,
        WeaveOptions { path: "p.md", python: Some(&python), to_root: "", sessions: &[] },
    );
    woven.split("\n<p class=\"exemplar-verified\">").next().unwrap().trim_end().to_owned()
}

/// A page of one fence, changed, and with one result.
fn one(text: &str, change: impl FnOnce(&mut Fence), result: impl FnOnce(&mut PlacedExample)) -> String {
    let mut page = page(text);
    change(&mut page.fences[0]);
    let mut example = example(&page, 0, Status::Ran, "");
    result(&mut example);
    woven(&page, &[example])
}

const RUN: &str = "<!-- --><div class=\"exemplar-detail\" role=\"note\" data-fence=\"0\">run · CPython 3.11.7 · <code>exemplar check p.md</code></div>";

fn change(to: Attributes) -> impl FnOnce(&mut Fence) {
    move |fence| fence.attributes = to.into()
}

#[test]
fn captions_and_anchors_stay_in_lists_and_quotes() {
    let attributes = Attributes {
        title: Some("A <b>".to_owned()),
        id: Some("there".to_owned()),
        classes: vec!["wide".to_owned()],
        ..Attributes::default()
    };
    let open = "<!-- --><figure class=\"exemplar-listing\" id=\"there\"><figcaption>A &lt;b&gt;</figcaption>";
    for (first, further) in [("", ""), ("- a\n  ", "  "), ("> ", "> ")] {
        let text = format!("{first}```python\n{further}x\n{further}```");
        let expected = format!(
            "{first}{open}\n{further}```python,exemplar,wide\n{further}x\n{further}```\n{further}{RUN}\n{further}<!-- --></figure>"
        );
        assert_eq!(one(&text, change(attributes.clone()), |_| {}), expected);
    }
}

#[test]
fn a_fold_is_only_where_it_hides_something() {
    let fold = |fold| change(Attributes { fold: Some(fold), ..Attributes::default() });
    let text = "```python\nx\ny\n```";
    assert!(!one(text, fold(2), |_| {}).contains("exemplar-listing"));
    assert!(
        one(text, fold(1), |_| {}).starts_with("<!-- --><div class=\"exemplar-listing\" data-fold=\"1\">\n")
    );
}

#[test]
fn highlighted_lines_count_as_the_author_counts() {
    let attributes = Attributes { highlighted: vec![2..=2, 9..=12], ..Attributes::default() };
    assert_eq!(
        one("```python\nx\n\ty\n```", change(attributes), |_| {}),
        format!(
            "<!-- --><pre><code class=\"language-python exemplar\">x&#10;<span class=\"exemplar-highlighted\">\ty</span>&#10;</code></pre>\n{RUN}"
        )
    );
}

#[test]
fn files_and_excerpts_are_named() {
    let file = |fence: &mut Fence| {
        fence.content = Content::File {
            path: "pkg/a.py".to_owned(),
            text: Vec::new(),
            stated: StatedOutput::Nothing,
            offered: false,
        };
    };
    let woven = one("```python\nx\n```", file, |_| {});
    assert!(
        woven.contains("<figcaption><code>pkg/a.py</code></figcaption>\n```python,exemplar\n"),
        "{woven}"
    );
    assert!(woven.contains(">written for the examples of its session · "), "{woven}");
    let titled = |fence: &mut Fence| {
        fence.content = Content::Excerpt { path: "a.py".to_owned(), text: Vec::new() };
        Arc::make_mut(&mut fence.attributes).title = Some("The cart".to_owned());
    };
    let woven = one("```python\nx\n```", titled, |_| {});
    assert!(woven.contains("<figcaption>The cart</figcaption>"), "{woven}");
    assert!(woven.contains(">compared with the file · "), "{woven}");
}

#[test]
fn a_warning_is_shown_below_the_output_and_marked() {
    let warns = Raises { kind: "DeprecationWarning".to_owned(), message: None };
    let attributes = Attributes { warns: Some(warns.into()), ..Attributes::default() };
    let result = |example: &mut PlacedExample| {
        example.result.actual = Some("1\n".into());
        example.warnings = vec![Warned {
            kind: "DeprecationWarning".to_owned(),
            lineage: Vec::new(),
            message: "use b()".to_owned(),
            at: None,
        }];
    };
    let woven = one("```python\na()\n```", change(attributes.clone()), result);
    assert!(
        woven.contains(
            "```text,exemplar-output\n1\n```\n```text,exemplar-output,exemplar-warning\nDeprecationWarning: use b()\n```\n"
        ),
        "{woven}"
    );
    let merged = Attributes { stderr: true, ..attributes };
    assert!(!one("```python\na()\n```", change(merged), result).contains("exemplar-warning"));
}

#[test]
fn rich_results_stand_below_their_fence() {
    let show =
        |mime: &str, data: &str| Display { mime: mime.to_owned(), data: data.to_owned(), figure: true };
    let attributes = Attributes { alt: Some("a line".to_owned()), ..Attributes::default() };
    let woven = one("> ```python\n> plot()\n> ```", change(attributes), |example| {
        example.displays = vec![show("image/svg+xml", "<svg/>"), show("text/html", "<p>a\n\nb</p>")];
    });
    assert_eq!(
        woven,
        format!(
            "> <!-- --><div class=\"exemplar-listing\">\n> ```python,exemplar\n> plot()\n> ```\n\
             > <!-- --><div class=\"exemplar-shown exemplar-image\"><img src=\"data:image/svg+xml;base64,PHN2Zy8+\" alt=\"a line\"></div>\n\
             > <!-- --><div class=\"exemplar-shown exemplar-rich\"><p>a&#10;&#10;b</p></div>\n> {RUN}\n> <!-- --></div>"
        )
    );
}

#[test]
fn variants_are_grouped_and_say_which_python_ran_them() {
    let text = "```python\nx\n```\n\n```python\ny\n```\n\nThen.\n\n```python\nz\n```\n";
    let mut page = page(text);
    for (fence, python) in page.fences.iter_mut().zip([">=3.12", "<3.12", ">=3.10"]) {
        Arc::make_mut(&mut fence.attributes).python = Some(python.to_owned());
    }
    let mut examples: Vec<PlacedExample> =
        (0..3).map(|fence| example(&page, fence, Status::Ran, "")).collect();
    examples[0].result.python = Some("3.12.1".into());
    examples[1].result.status = Status::Skipped;
    examples[1].result.code = Some("wrong-python".into());
    examples[1].result.message = Some("no Python <3.12 here".into());
    let woven = woven(&page, &examples);
    let label = |versions: &str, ran: &str| {
        format!(
            "<!-- --><p class=\"exemplar-label\"><span class=\"exemplar-version\">{versions}</span>{ran}</p>\n"
        )
    };
    let ran = |python: &str| format!(" <span class=\"exemplar-ran\">run with {python}</span>");
    assert_eq!(
        woven,
        format!(
            "<!-- --><div class=\"exemplar-variants\">\n<!-- --><div class=\"exemplar-listing exemplar-variant\">\n{}```python,exemplar\nx\n```\n{}\n<!-- --></div>\n\n\
             <!-- --><div class=\"exemplar-listing exemplar-variant\">\n{}```python,exemplar\ny\n```\n<!-- --><p class=\"exemplar-mark\">not run here: no Python &lt;3.12 here</p>\n<!-- --></div>\n<!-- --></div>\n\n\
             Then.\n\n<!-- --><div class=\"exemplar-listing\">\n{}```python,exemplar\nz\n```\n{}\n<!-- --></div>",
            label("Python 3.12 and newer", &ran("Python 3.12.1")),
            RUN.replace("CPython 3.11.7", "Python 3.12.1"),
            label("Python before 3.12", ""),
            label("Python 3.10 and newer", &ran("CPython 3.11.7")),
            RUN.replace("data-fence=\"0\"", "data-fence=\"2\""),
        )
    );
}

#[test]
fn a_claim_that_is_not_confirmed_is_marked_and_the_truth_stands_beside_it() {
    let guess = |whole: bool| {
        move |fence: &mut Fence| {
            let Content::Script { stated, .. } = &mut fence.content else { panic!() };
            let expected = Expected { text: "1\n".into(), ..Expected::nothing() };
            let mark = (!whole).then_some(exemplar_model::fence::GuessedMark { line: 1, column: 0 });
            *stated = StatedOutput::Guessed(vec![Guess { mark, expected, open: false, edits: Vec::new() }]);
        }
    };
    let printed = |text: &'static str, code: Option<&'static str>| {
        move |example: &mut PlacedExample| {
            example.result.actual = Some(text.into());
            example.result.code = code.map(Into::into);
        }
    };
    let text = "```python\nprint(1)  # 1\n```";
    let output = "text,exemplar-output";
    for (whole, actual, code, shown) in [
        (true, "1\n", None, false),
        (false, "1\n", None, false),
        (false, "1\n2\n", None, true),
        (true, "2\n", Some("unconfirmed-output"), true),
    ] {
        let woven = one(text, guess(whole), printed(actual, code));
        assert_eq!(woven.contains(output), shown, "{woven}");
        assert_eq!(woven.contains("was not confirmed"), code.is_some(), "{woven}");
    }
}

#[test]
fn nothing_of_an_info_string_breaks_the_fence() {
    let attributes =
        Attributes { classes: vec!["a`b".to_owned(), "wide".to_owned()], ..Attributes::default() };
    assert!(one("~~~python\nx\n~~~", change(attributes), |_| {}).starts_with("```python,exemplar,wide\n"));
    for (tag, language) in [("", "text"), ("python3", "python"), ("json", "json"), ("{code-block}", "text")] {
        let file = |fence: &mut Fence| {
            fence.tag = tag.to_owned();
            fence.content = Content::File {
                path: "a".to_owned(),
                text: Vec::new(),
                stated: StatedOutput::Nothing,
                offered: false,
            };
        };
        let woven = one("```python\nx\n```", file, |_| {});
        assert!(woven.contains(&format!("\n```{language},exemplar\nx\n")), "{woven}");
    }
}

#[test]
fn a_page_with_a_failure_does_not_say_that_it_is_verified() {
    let page = page("```python\nx\n```\n\n```python\ny\n```\n\n```python\nz\n```\n");
    let mut failed = example(&page, 1, Status::Failed, "");
    failed.result.message = Some("this example printed <b>".into());
    let examples = [example(&page, 0, Status::Ran, ""), failed, example(&page, 2, Status::NotRun, "")];
    let woven =
        weave(&page, &examples, WeaveOptions { path: "p.md", python: None, to_root: "", sessions: &[] });
    for wanted in [
        "<p class=\"exemplar-mark\">not as the page says: this example printed &lt;b&gt;</p>",
        "<p class=\"exemplar-mark\">not run: an example before it ended the session</p>",
        "<p class=\"exemplar-verified\">2 examples on this page are not as the page says, or could not be run. 1 example on this page was run",
    ] {
        assert!(woven.contains(wanted), "{woven}");
    }
    assert!(!woven.contains("exemplar-tick"), "{woven}");
}
