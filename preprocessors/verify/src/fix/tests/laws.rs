//! Laws over random pages: fences in lists, quotes and each other, with each line ending, with tabs, with no end of the last line.

use std::ops::Range;

use proptest::prelude::*;

use super::{Does, Ran, fixed_as};
use crate::parse::Syntax;
use crate::unstable::Again;

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
    let kind = prop_oneof![
        (Just(0_usize), outputs(0)),
        (Just(1), outputs(1)),
        (Just(2), outputs(0)),
        (Just(3), outputs(0))
    ];
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
        let (sign, tag) = if kind == 3 { ("`````", "markdown") } else { (sign, "python") };
        lines.push(Line::Fixed(format!("{opening}{sign}{tag}")));
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
            // A fence within a fence is text.
            3 => lines.extend(["```python", ">>> f(1)", "stale", "```"].map(fixed)),
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
    // `PROPTEST_CASES` may ask for more.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(400), ..ProptestConfig::default() })]

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
