//! Fences that are tagged as Python and are what a program printed: a traceback, or what stands under the words "Output:"; and fences
//! whose tag is meant as `python`.
//!
//! They are no examples. What stands under such words is compared with what the script above prints, as if it were tagged rightly; a
//! guess never fails. Only words that are a paragraph or heading of their own count: any others could introduce a program.

use exemplar_model::diagnostic::Diagnostic;

use super::claim;
use super::info::Info;
use super::line::Line;
use super::markdown::RawFence;
use super::page::Page;
use crate::spelling;

/// What a paragraph says, and no more, above an output.
const LABELS: [&str; 6] = ["output", "outputs", "result", "results", "prints", "输出"];

impl Page<'_> {
    /// Whether a fence without prompts, tagged as Python, is what a program printed. Then that is said.
    pub(super) fn is_mistagged_output(&mut self, raw: &RawFence<'_>, info: &Info<'_>) -> bool {
        let Some(first) = raw.lines.iter().find(|line| !line.is_blank()) else { return false };
        let starts_as_traceback = is_traceback(first);
        let holds_traceback =
            raw.lines.iter().any(|line| line.text.starts_with("Traceback (most recent call"));
        let is_output = starts_as_traceback
            || holds_traceback && is_prose(&first.text)
            || self.is_labelled(raw) && is_printed(raw);
        if !is_output {
            return false;
        }
        let what = if starts_as_traceback { "a traceback" } else { "an output" };
        let message = format!("this is {what} and no code, and tagged `{}`", info.tag);
        let span = self.expanded.origin(first.range(first.indent()..first.text.trim_end().len()));
        let help = if starts_as_traceback {
            "tag it `text`; or `output`, if the script right above it raises it and says so: `raises`"
        } else {
            "tag it `text`; or `output`, if it is all that the script right above it prints"
        };
        self.diagnostics.push(
            Diagnostic::warning("mistagged-output", span, message)
                .help(help)
                .edit(self.tag_span(raw, info), "text"),
        );
        if !holds_traceback {
            self.guess_from_output(raw, None);
        }
        true
    }

    /// Says where a tag seems to be meant as `python`: nobody would hear otherwise that the fence is no example. Python's relatives (`jython`,
    /// `cython`, `python2`) are not mistaken for it.
    pub(super) fn check_tag(&mut self, raw: &RawFence<'_>, info: &Info<'_>) {
        let tag = info.tag.to_ascii_lowercase();
        let is_word = tag.starts_with('p') && tag.bytes().all(|byte| byte.is_ascii_lowercase());
        if !is_word || spelling::nearest(&tag, ["python"], spelling::tolerance(&tag)).is_none() {
            return;
        }
        let message = format!("this fence is not run: no language is called `{}`", info.tag);
        let lint = Diagnostic::warning("misspelled-tag", self.tag_span(raw, info), message);
        self.diagnostics.push(lint.help("did you mean `python`?"));
    }

    /// Whether the last line above a fence says that an output follows: `**Output:**`, `### Output`, `Output (Python 3):`.
    fn is_labelled(&self, raw: &RawFence<'_>) -> bool {
        let above = self.expanded.text.get(..raw.range.start).unwrap_or_default();
        let is_mark = |it: char| it.is_whitespace() || matches!(it, '>' | '*' | '_' | '#' | ':' | '：');
        let line = above.lines().rev().map(|line| line.trim_matches(is_mark)).find(|line| !line.is_empty());
        let label = line.unwrap_or_default().split(" (").next().unwrap_or_default();
        LABELS.contains(&label.to_lowercase().as_str())
    }
}

/// Whether what stands under such words is what a program prints: values all of it, or not even Python.
fn is_printed(raw: &RawFence<'_>) -> bool {
    let mut lines = raw.lines.iter().map(|line| line.text.trim()).filter(|text| !text.is_empty());
    lines.clone().any(|text| is_prose(text) || is_entry(text) || is_row(text))
        || lines.all(|text| claim::is_value(text, "") && !is_call(text))
}

/// Whether a representation could as well be a statement: `Point(x=1)`, `f()`. Below the word "Output", data in brackets is none.
fn is_call(text: &str) -> bool {
    let is_data = text.split_once('(').is_some_and(|(_, data)| data.starts_with(['[', '{', '(']));
    text.starts_with(|it: char| it.is_alphabetic() || it == '_') && text.ends_with(')') && !is_data
}

/// Whether a line has a label of several words, as `Hour is:  12` has, and is no compound statement.
fn is_entry(line: &str) -> bool {
    const COMPOUND: [&str; 15] = [
        "async", "case", "class", "def", "elif", "else", "except", "finally", "for", "if", "lambda", "match",
        "try", "while", "with",
    ];
    let Some((label, _)) = line.split_once(": ") else { return false };
    let mut words = label.split(' ').filter(|word| !word.is_empty());
    let is_word = |word: &str| word.chars().all(char::is_alphabetic);
    words.clone().all(is_word)
        && !words.clone().any(|word| COMPOUND.contains(&word))
        && words.next().is_some()
        && words.next().is_some()
}

/// Whether a line is a row of a table: `0     2023-01-02 00:00:00`.
fn is_row(line: &str) -> bool {
    let rest = line.trim_start_matches(|it: char| it.is_ascii_digit());
    rest.len() < line.len() && rest.starts_with("  ") && rest.trim_start().starts_with(char::is_alphanumeric)
}

/// Whether a line begins what Python prints of an exception.
fn is_traceback(line: &Line<'_>) -> bool {
    let text = line.text.trim();
    text.starts_with("Traceback (most recent call last)")
        || text.starts_with("File \"") && text.contains("\", line ")
}

/// Whether a line is surely no Python: two words of letters side by side of which neither is a keyword, or a sign that Python has no use
/// for. What has quotes or a comment is not looked at, nor are statements of Python 2.
fn is_prose(line: &str) -> bool {
    const KEYWORDS: [&str; 40] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class",
        "continue", "def", "del", "elif", "else", "except", "exec", "finally", "for", "from", "global", "if",
        "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "print", "raise", "return",
        "try", "type", "while", "with", "yield",
    ];
    if line.contains(['"', '\'', '#']) {
        return false;
    }
    let is_name = |word: &&str| {
        word.starts_with(char::is_alphabetic)
            && word.chars().all(char::is_alphanumeric)
            && !KEYWORDS.contains(word)
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    let end = line.trim_end();
    let trails_off = end.strip_suffix("...").is_some_and(|rest| rest.ends_with(char::is_alphabetic));
    let has_sign = end.contains(['?', '$']) || end.ends_with('!') || trails_off;
    // A word may have a sign behind it that ends the pair: `a, b`.
    let is_pair = |pair: &[&str]| {
        let second = pair[1].trim_end_matches([',', ';', '!', '.', ':', ')', '(']);
        is_name(&pair[0]) && is_name(&second)
    };
    has_sign || words.windows(2).any(is_pair)
}

#[cfg(test)]
mod tests {
    use super::{is_call, is_entry, is_prose, is_row};

    #[test]
    fn what_stands_below_the_word_output_is_told_from_code() {
        assert!(["Hour is:  12", "Mean of all: 2.5"].into_iter().all(is_entry));
        let code = ["x: int = 1", "if a is b: c", "lambda x: y", "{1: 2}", "else: x", "print(a, b): c"];
        assert!(!code.into_iter().any(is_entry));
        assert!(is_row("0     2023-01-02 00:00:00") && !is_row("1  + 2") && !is_row("x  y"));
        assert!(is_call("Point(x=1)") && is_call("f()") && !is_call("array([[1, 2]])"));
    }

    #[test]
    fn what_no_program_says_is_prose() {
        let prose = [
            "Enter a number: lol",
            "6 : for x inside loop",
            "I am trapped, please rescue!",
            "Caught!",
            "Try block executed successfully...",
            "TabError: inconsistent use of tabs and spaces in indentation",
            "What is it?",
        ];
        for line in prose {
            assert!(is_prose(line), "{line}");
        }
        let code = [
            "",
            "x = a if b else c",
            "print x",
            "for x in names:",
            "print('Caught it now!')",
            "from a import b as c",
            "not a is not b",
            "async with a as b, c as d:",
            "5",
            "...",
            "x[..., 0]",
            "a, b = c, d",
            "x: int = 1  # it is so",
            "lambda x: x",
        ];
        for line in code {
            assert!(!is_prose(line), "{line}");
        }
    }
}
