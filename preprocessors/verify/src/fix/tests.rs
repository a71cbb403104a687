//! Laws over pages whose examples print what we say, and the shapes that other tools get wrong. No Python runs here.

use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

use exemplar_model::environment::Surroundings;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Expectation, Page, Session};
use exemplar_model::source::{FileId, SourceMap};
use proptest::prelude::*;

use super::{Checked, FixOptions, Fixed, fix};
use crate::check::{Verdict, check};
use crate::load::include::verbatim;
use crate::load::settings::{PageRules, Settings};
use crate::parse::{ParseOptions, Syntax, parse};
use crate::plan::{PlanOptions, plan};
use crate::reload::Texts;
use crate::unstable::Again;

/// A page that ran.
struct Ran {
    sources: SourceMap,
    file: FileId,
    pages: Vec<Page>,
    rules: Vec<PageRules>,
    sessions: Vec<Session>,
    outcomes: Vec<Vec<Outcome>>,
    verdicts: Vec<Vec<Verdict>>,
}

fn planned(text: &str, syntax: Syntax) -> (SourceMap, FileId, Vec<Page>, Vec<PageRules>, Vec<Session>) {
    let settings = Settings::default();
    let mut sources = SourceMap::default();
    let file = sources.add("page.md", text);
    let expanded = verbatim(&sources, file);
    let parsed = parse(&expanded, &ParseOptions { syntax, ..ParseOptions::default() });
    let pages = vec![Page {
        file,
        expanded,
        fences: parsed.fences,
        division: parsed.division,
        entries: parsed.entries,
        labs: parsed.labs,
    }];
    let rules = vec![settings.rules.clone()];
    let surroundings = Surroundings::default();
    let options = PlanOptions {
        rules: &rules,
        preludes: &[Vec::new()],
        caps: &settings.caps,
        surroundings: &surroundings,
    };
    let sessions = plan(&sources, &pages, options).sessions;
    (sources, file, pages, rules, sessions)
}

/// What one example does.
#[derive(Debug, Clone)]
enum Does {
    Print(String),
    Raise(&'static str),
    Hang,
}

impl Ran {
    /// A page whose examples do this, in its order.
    fn new(text: &str, syntax: Syntax, does: &[Does]) -> Self {
        let (sources, file, pages, rules, sessions) = planned(text, syntax);
        let mut does = does.iter();
        let outcomes: Vec<Vec<Outcome>> = sessions
            .iter()
            .map(|session| {
                let steps = session.steps.iter();
                let mut outcomes: Vec<Outcome> = steps.map(|step| completed(step.marks.len())).collect();
                for example in &session.examples {
                    let (Some(step), Some(does)) = (example.step, does.next()) else { continue };
                    act(&mut outcomes[step], &example.expectation, does);
                }
                outcomes
            })
            .collect();
        let sets = sessions.iter().zip(&outcomes);
        let verdicts =
            sets.map(|(session, outcomes)| check(&session.examples, outcomes, &rules[0])).collect();
        Self { sources, file, pages, rules, sessions, outcomes, verdicts }
    }

    fn fix(&self, syntax: Syntax, force: bool, again: &Again) -> Fixed {
        let checked = Checked {
            sources: &self.sources,
            pages: &self.pages,
            rules: &self.rules,
            sessions: &self.sessions,
            outcomes: &self.outcomes,
            verdicts: &self.verdicts,
            diagnostics: &[],
        };
        let reread = |texts: &Texts| {
            let text = texts.get(&self.file).map_or(self.sources.file(self.file).text(), String::as_str);
            planned(text, syntax).4
        };
        fix(checked, &FixOptions { force, selected: &|_| true, again }, &reread)
    }
}

fn completed(marks: usize) -> Outcome {
    Outcome { ending: Ending::Completed, ..Outcome::not_run(marks) }
}

fn act(outcome: &mut Outcome, expectation: &Expectation, does: &Does) {
    match (does, expectation) {
        (Does::Print(text), Expectation::Mark { index, .. }) => outcome.marks[*index] = Some(text.clone()),
        (Does::Print(text), _) => outcome.stdout.clone_from(text),
        (Does::Raise(summary), _) => {
            let kind = summary.split(':').next().unwrap().to_owned();
            outcome.ending = Ending::Raised(Raised {
                lineage: vec![kind.clone(), "Exception".into()],
                kind,
                summary: format!("{summary}\n"),
                traceback: format!(
                    "Traceback (most recent call last):\n  File \"<python-input-1>\", line 1, in <module>\n{summary}\n"
                ),
                at_compile: false,
                exit_status: None,
            });
        }
        (Does::Hang, _) => outcome.ending = Ending::TimedOut { limit: Duration::from_secs(1) },
    }
}

/// The text after a fix of a page whose examples do this, and why examples are left.
fn fixed_as(syntax: Syntax, text: &str, does: &[Does], force: bool) -> (String, Vec<String>) {
    let ran = Ran::new(text, syntax, does);
    let fixed = ran.fix(syntax, force, &Again::new());
    let left = fixed.left.iter().map(|found| found.message.clone()).collect();
    let new = fixed.files.first().map_or_else(|| text.to_owned(), |file| file.text.clone());
    (new, left)
}

fn fixed(text: &str, printed: &[&str]) -> String {
    let does: Vec<Does> = printed.iter().map(|text| Does::Print((*text).to_owned())).collect();
    fixed_as(Syntax::default(), text, &does, false).0
}

/// A line of a page that is made.
#[derive(Debug, Clone)]
enum Line {
    Fixed(String),
    /// The output of the example with this index: what its lines begin with, and whether a blank one has a marker.
    Output {
        index: usize,
        prefix: String,
        marker: bool,
    },
}

/// A page to be, with what each example printed and what is stated.
#[derive(Debug, Clone)]
struct Made {
    lines: Vec<Line>,
    printed: Vec<Vec<String>>,
    stated: Vec<Vec<String>>,
    ending: &'static str,
    byte_order_mark: bool,
    last_ending: bool,
}

impl Made {
    /// The page with these outputs, and the bytes that each of them takes.
    fn page(&self, outputs: &[Vec<String>]) -> (String, Vec<Range<usize>>) {
        let mut text = if self.byte_order_mark { "\u{feff}".to_owned() } else { String::new() };
        let mut places = Vec::new();
        for line in &self.lines {
            match line {
                Line::Fixed(line) => text += &format!("{line}{}", self.ending),
                Line::Output { index, prefix, marker } => {
                    let start = text.len();
                    for line in &outputs[*index] {
                        match (line.as_str(), marker) {
                            ("", true) => text += &format!("{prefix}<BLANKLINE>"),
                            ("", false) => text += prefix.trim_end(),
                            (line, _) => text += &format!("{prefix}{line}"),
                        }
                        text += self.ending;
                    }
                    places.push(start..text.len());
                }
            }
        }
        if !self.last_ending {
            text.truncate(text.len() - self.ending.len());
        }
        (text, places)
    }

    fn does(&self) -> Vec<Does> {
        let text = |lines: &Vec<String>| lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
        self.printed.iter().map(|lines| Does::Print(text(lines))).collect()
    }
}

/// Before a fence, what its opening line begins with, and its further lines.
const CONTAINERS: [(&str, &str, &str); 11] = [
    ("", "", ""),
    ("", "  ", "  "),
    ("", "> ", "> "),
    ("", "> > > ", "> > > "),
    ("", ">>> ", ">>> "),
    ("", "- ", "  "),
    ("", "1. - ", "     "),
    ("> - quoted\n>", ">   ", ">   "),
    ("<details>\n<summary>More é</summary>\n", "", ""),
    ("- item\n", "\t", "\t"),
    ("!!! note \"Title\"\n", "    ", "    "),
];

const LINES: [&str; 12] = [
    "a",
    "42",
    "42",
    "[1, 2]",
    "  indented",
    "",
    "日本 👩\u{200d}💻 é",
    "x = 'y'",
    "- x",
    "| a |",
    "<b>&amp;</b>",
    "\\n",
];

fn output(least: usize) -> impl Strategy<Value = Vec<String>> {
    let line = prop::sample::select(&LINES[..]).prop_map(str::to_owned);
    prop::collection::vec(line, least..5)
}

/// A fence: its kind, the container, the sign, and of each output what is printed and what is stated.
type Block =
    (usize, (&'static str, &'static str, &'static str), &'static str, Vec<(Vec<String>, Vec<String>)>);

fn block() -> impl Strategy<Value = Block> {
    let container = prop::sample::select(&CONTAINERS[..]);
    let sign = prop::sample::select(&["```", "~~~", "````"][..]);
    let outputs = |least| prop::collection::vec((output(least), output(least)), 1..4);
    let kind = prop_oneof![(Just(0_usize), outputs(0)), (Just(1), outputs(1)), (Just(2), outputs(0))];
    (kind, container, sign).prop_map(|((kind, outputs), container, sign)| (kind, container, sign, outputs))
}

fn made() -> impl Strategy<Value = Made> {
    let ending = prop::sample::select(&["\n", "\r\n"][..]);
    (prop::collection::vec(block(), 1..5), ending, any::<bool>(), any::<bool>()).prop_map(
        |(blocks, ending, byte_order_mark, last_ending)| {
            let mut made = Made {
                lines: vec![Line::Fixed("# Title".into()), Line::Fixed(String::new())],
                printed: Vec::new(),
                stated: Vec::new(),
                ending,
                byte_order_mark,
                last_ending,
            };
            for block in blocks {
                made.add(block);
            }
            made
        },
    )
}

impl Made {
    fn add(&mut self, (kind, (before, opening, prefix), sign, mut outputs): Block) {
        let mut lines: Vec<Line> = before.lines().map(|line| Line::Fixed(line.to_owned())).collect();
        if !before.is_empty() && !before.ends_with('>') {
            lines.push(Line::Fixed(String::new()));
        }
        let fixed = |text: &str| Line::Fixed(format!("{prefix}{text}"));
        lines.push(Line::Fixed(format!("{opening}{sign}python")));
        match kind {
            0 => {
                for (number, (printed, stated)) in outputs.into_iter().enumerate() {
                    match number {
                        0 => lines.push(fixed(">>> f(1)")),
                        1 => lines.extend([">>> for i in x:", "...     f(i)", "..."].map(fixed)),
                        _ => lines.extend([">>> f(1,", "...   2)  # 3"].map(fixed)),
                    }
                    lines.push(self.output(printed, stated, prefix.to_owned(), true));
                }
            }
            1 => {
                for (number, (printed, stated)) in outputs.into_iter().enumerate() {
                    let indent = if number == 1 { "    " } else { "" };
                    if number == 1 {
                        lines.push(fixed("if x:"));
                    }
                    lines.push(fixed(&format!("{indent}f(1)")));
                    lines.push(self.output(printed, stated, format!("{prefix}{indent}#> "), false));
                }
            }
            _ => {
                let (printed, stated) = outputs.swap_remove(0);
                lines.push(fixed("f(1)"));
                lines.push(fixed(sign));
                lines.push(Line::Fixed(prefix.trim_end().to_owned()));
                lines.push(fixed(&format!("{sign}output")));
                lines.push(self.output(printed, stated, prefix.to_owned(), false));
            }
        }
        lines.push(fixed(sign));
        for line in ["", "Prose with `>>> f(1)` and 😀.", ""] {
            lines.push(Line::Fixed(line.to_owned()));
        }
        self.lines.append(&mut lines);
    }

    fn output(&mut self, printed: Vec<String>, stated: Vec<String>, prefix: String, marker: bool) -> Line {
        self.printed.push(printed);
        self.stated.push(stated);
        Line::Output { index: self.printed.len() - 1, prefix, marker }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_fix_gives_the_page_that_says_what_was_printed(made in made()) {
        let (stale, _) = made.page(&made.stated);
        let (right, _) = made.page(&made.printed);
        let (new, left) = fixed_as(Syntax::default(), &stale, &made.does(), false);
        prop_assert_eq!(&new, &right, "{:?}", left);
        let (again, _) = fixed_as(Syntax::default(), &new, &made.does(), false);
        prop_assert_eq!(again, new);
    }

    #[test]
    fn no_byte_outside_of_outputs_changes(
        made in made(),
        odd in prop::collection::vec(
            prop::sample::select(&[
                "```\n", "~~~\n", ">>> x\n", "... y\n", "a\x1b[2J\n", "tab\there\n", "no end", "\n\n", "<BLANKLINE>\n", "$ x\n", "#> x\n",
                "    ```python\n", "<!-- exemplar: reset -->\n", "Traceback (most recent call last):\n", "-->\n", "\u{2028}\n", "a\r\nb\n", "  \n",
                "> ```\n", "{{#include x}}\n", "\"\"\"\n", "x\\\n",
            ][..]),
            12,
        ),
    ) {
        let (page, places) = made.page(&made.stated);
        let does: Vec<Does> = odd.iter().map(|text| Does::Print((*text).to_owned())).collect();
        let ran = Ran::new(&page, Syntax::default(), &does);
        let fixed = ran.fix(Syntax::default(), false, &Again::new());
        for edit in fixed.places.iter().flat_map(|place| &place.edits) {
            let (start, end) = (edit.span.start as usize, edit.span.end as usize);
            let ending = made.ending.len();
            let lies_in = |place: &Range<usize>| start + ending >= place.start && end <= place.end.max(start);
            prop_assert!(places.iter().any(lies_in), "{edit:?} in {page:?}");
        }
        if let Some(file) = fixed.files.first() {
            let second = Ran::new(&file.text, Syntax::default(), &does).fix(Syntax::default(), false, &Again::new());
            prop_assert_eq!(&second.files, &Vec::new(), "{:?}", &file.text);
        }
    }
}

#[test]
fn the_bugs_of_others_are_none_of_ours() {
    // Documenter.jl#656: two examples that look alike were swapped.
    let page = "```python\n>>> next(x)\n1\n>>> next(x)\n1\n```\n";
    assert_eq!(fixed(page, &["1\n", "2\n"]), page.replace("1\n```", "2\n```"));
    assert_eq!(fixed(page, &["7\n", "1\n"]), page.replacen("1\n", "7\n", 1));
    // #772: a missing output was written into the code, as `2 + 24`.
    assert_eq!(fixed("```python\n>>> 2 + 2\n```\n", &["4\n"]), "```python\n>>> 2 + 2\n4\n```\n");
    // #2303: the old output `a` was found in the code above it.
    assert_eq!(
        fixed("```python\n>>> java\na\n>>> a\n'a'\n```\n", &["b\n", "'c'\n"]),
        "```python\n>>> java\nb\n>>> a\n'c'\n```\n"
    );
    // #1676: the output came on the wrong side of `# output`.
    let page = "```python\nf(1)\n```\n\n```output\nold\n```\n";
    assert_eq!(fixed(page, &["new\n"]), page.replace("old", "new"));
    // #1901: nothing was found in a file with CRLF.
    assert_eq!(fixed("```python\r\n>>> 1\r\n2\r\n```\r\n", &["1\n"]), "```python\r\n>>> 1\r\n1\r\n```\r\n");
    // An output inside a quote in a list kept neither prefix.
    let page = "- > ```python\n  > >>> 1\n  > 0\n  > ```\n";
    assert_eq!(fixed(page, &["1\n2\n"]), page.replace("> 0\n", "> 1\n  > 2\n"));
    // The same, where the only line that is stated is blank.
    let page = "> - ```python\n>   f(1)\n>   ```\n>\n>   ```output\n>\n>   ```\n";
    assert_eq!(fixed(page, &["a\n"]), page.replace("output\n>", "output\n>   a"));
    // sybil#54: the end of the fence was taken for output.
    assert_eq!(fixed("```python\n>>> 1\n```\ntext\n", &["1\n"]), "```python\n>>> 1\n1\n```\ntext\n");
    // An empty output fence, and an empty `#>`.
    let page = "```python\nf(1)\n```\n\n```output\n```\n";
    assert_eq!(fixed(page, &["new\n"]), page.replace("output\n", "output\nnew\n"));
    assert_eq!(fixed("```python\nf(1)\n#>\n```\n", &["1\n2\n"]), "```python\nf(1)\n#> 1\n#> 2\n```\n");
}

#[test]
fn what_still_matches_stays() {
    for (stated, printed, expected) in [
        ("took ... s\n5\n", "took 7 s\n6\n", "took ... s\n6\n"),
        ("a\n...\nz\n", "a\nb\nc\ny\n", "a\n...\ny\n"),
        ("<f at 0x...>\nx\n", "<f at 0x7f0000000000>\ny\n", "<f at 0x...>\ny\n"),
    ] {
        let page = |output: &str| format!("```python\n>>> f()  # doctest: +ELLIPSIS\n{output}```\n");
        assert_eq!(fixed(&page(stated), &[printed]), page(expected));
    }
    let page = "```python\n>>> f()  # doctest: +NUMBER\n1.5\nx\n```\n";
    assert_eq!(fixed(page, &["1.5234\ny\n"]), page.replace("x\n", "y\n"));
}

#[test]
fn exceptions_come_and_go_by_force_alone() {
    let page = "```python\n>>> f()\n5\n>>> g()\n1\n```\n";
    let does = [Does::Raise("ValueError: no"), Does::Print("2\n".into())];
    let (text, left) = fixed_as(Syntax::default(), page, &does, false);
    assert_eq!(text, page.replace("1\n", "2\n"));
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(left[0].contains("--force"), "{left:?}");
    let (text, _) = fixed_as(Syntax::default(), page, &does, true);
    let traceback = "Traceback (most recent call last):\n  File \"<python-input-1>\", line 1, in <module>\nValueError: no\n";
    assert_eq!(text, format!("```python\n>>> f()\n{traceback}>>> g()\n2\n```\n"));
    let back = [Does::Print("5\n".into()), Does::Print("2\n".into())];
    assert_eq!(fixed_as(Syntax::default(), &text, &back, false).0, text);
    let mended = fixed_as(Syntax::default(), &text, &back, true).0;
    assert_eq!(mended, "```python\n>>> f()\n5\n>>> g()\n2\n```\n");
    // The message alone is brought up to date, and the stack is the author's.
    let page = "```python\n>>> f()\nTraceback (most recent call last):\n  ...\nValueError: old\n```\n";
    let (text, _) = fixed_as(Syntax::default(), page, &[Does::Raise("ValueError: new")], false);
    assert_eq!(text, page.replace("old", "new"));
}

#[test]
fn what_follows_from_a_failure_is_not_written() {
    let page = "```python\n>>> a\n1\n>>> b = f()\n>>> [b]\n1\n>>> c\n1\n```\n";
    let print = |text: &str| Does::Print(text.to_owned());
    let does = [print("2\n"), Does::Raise("KeyError: 1"), print("2\n"), print("2\n")];
    let (text, left) = fixed_as(Syntax::default(), page, &does, false);
    assert_eq!(text, page.replace(">>> a\n1", ">>> a\n2").replace(">>> c\n1", ">>> c\n2"));
    assert_eq!(left.len(), 1, "what follows is mended with its cause: {left:?}");
    // What hangs is left, and nothing runs behind it.
    let page = "```python\n>>> a\n1\n>>> b\n1\n```\n";
    let (text, left) = fixed_as(Syntax::default(), page, &[print("2\n"), Does::Hang], false);
    assert_eq!(text, page.replace(">>> a\n1", ">>> a\n2"));
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn what_a_page_cannot_state_is_left() {
    let page = "```python\n>>> a\n1\n>>> b\n1\n>>> c\n1\n```\n";
    let print = |text: &str| Does::Print(text.to_owned());
    for output in ["no end", "a\x07\n", ">>> x\n", "```\n", "a\tb\n", "<BLANKLINE>\n"] {
        let (text, left) =
            fixed_as(Syntax::default(), page, &[print("2\n"), print(output), print("2\n")], false);
        assert_eq!(text, page.replace(">>> a\n1", ">>> a\n2").replace(">>> c\n1", ">>> c\n2"), "{output:?}");
        assert_eq!(left.len(), 1, "{output:?}: {left:?}");
    }
}

#[test]
fn what_another_run_states_in_other_words_is_left() {
    let page = "```python\n>>> a = f()\n>>> a\n1\n>>> a > 3\nTrue\n>>> b\n1\n```\n";
    let print = |text: &str| Does::Print(text.to_owned());
    let ran = Ran::new(page, Syntax::default(), &[print(""), print("2\n"), print("False\n"), print("5\n")]);
    let other = Ran::new(page, Syntax::default(), &[print(""), print("3\n"), print("False\n"), print("5\n")]);
    let again: Again = HashMap::from([(0, other.outcomes[0].clone())]);
    let fixed = ran.fix(Syntax::default(), false, &again);
    assert_eq!(fixed.unstable, [(0, 1)]);
    assert_eq!(fixed.left.len(), 1, "{:?}", fixed.left);
    assert_eq!(fixed.files[0].text, page.replace(">>> b\n1", ">>> b\n5"));
}

#[test]
fn text_files_of_doctest_are_mended_too() {
    let page = "Title\n=====\n\n    >>> 1\n    2\n\n>>> x\n\nText.\n";
    let print = |text: &str| Does::Print(text.to_owned());
    let (text, _) = fixed_as(Syntax::Doctest, page, &[print("1\n"), print("a\n\nb\n")], false);
    assert_eq!(text, "Title\n=====\n\n    >>> 1\n    1\n\n>>> x\na\n<BLANKLINE>\nb\n\nText.\n");
}
