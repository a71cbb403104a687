//! What a script seems to print, by comments and fences that are not meant for us.
//!
//! Three forms: a comment behind a statement that prints or is an expression, a comment below a statement (`# Output: 5`, or `# Output:`
//! and further comments), and a fence without a language right below the script. [`claim`] tells claims from explanations.
//! A guess never fails, so one too many costs a lint; still, what is only elided (`<memory at ...>`) is no guess, since it can't match.

use std::ops::Range;

use exemplar_model::diagnostic::Edit;
use exemplar_model::fence::{CodeLine, Content, Expected, Guess, GuessedMark, StatedOutput};
use exemplar_model::source::{ExpandedText, Span};

use super::claim::{self, Claim, Marker};
use super::info::Info;
use super::line::{Line, offset_in};
use super::markdown::RawFence;
use super::page::Page;
use super::scanner::{self, Progress};

/// What introduces an output in a paragraph of its own.
const INTRODUCTIONS: [&str; 11] = [
    "output", "print", "result", "display", "give", "show", "produce", "yield", "get", "running", "when run",
];

/// What introduces an output that only its indentation tells from prose.
const RUNS: [&str; 5] = ["output", "prints", "result", "displays", "running the"];

/// The statement that comments stand below.
#[derive(Debug, Clone, Copy)]
struct Above {
    /// Its indentation.
    column: usize,
    /// Whether it is an expression, so that it may print or has a value.
    prints: bool,
    /// Whether it may print at all: what is no call prints nothing, and a `#>` below it would be wrong.
    is_call: bool,
}

/// The guesses that a script's comments make.
pub(super) fn in_comments(lines: &[Line<'_>], expanded: &ExpandedText) -> Vec<Guess> {
    let mut guesses = Vec::new();
    let mut progress = Progress::default();
    // The indentation of the statement above, and whether it prints.
    let mut above: Option<Above> = None;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let indent = line.indent();
        let text = &line.text[indent..];
        if text.starts_with('#') && !progress.is_open() {
            let below = above.take().map(|above| below(&lines[at..], at, above, expanded));
            let (guess, count) = below.unwrap_or((None, 1));
            guesses.extend(guess);
            at += count;
            continue;
        }
        let is_first = !progress.is_open();
        progress.read(&line.text);
        let is_whole = is_first && !progress.is_open();
        at += 1;
        above = None;
        if line.is_blank() || progress.is_open() {
            continue;
        }
        let comment = scanner::comment_at(&line.text).filter(|_| is_whole);
        let statement = line.text[indent..comment.unwrap_or(line.text.len())].trim_end();
        let prints = is_whole && claim::is_expression(statement) && !statement.starts_with(['\'', '"']);
        let column = if is_whole { indent } else { 0 };
        above = Some(Above { column, prints, is_call: !prints || statement.ends_with(')') });
        let Some(comment) = comment.filter(|_| prints) else { continue };
        let Some(value) = Claim::of(&line.text[comment..]).about(statement) else { continue };
        let mut guess = behind(line, at, indent, indent + statement.len(), value, expanded);
        if !statement.ends_with(')') {
            // What is no call prints nothing, and a `#>` below it would be wrong.
            guess.edits.clear();
        }
        guesses.push(guess);
    }
    match guesses.as_mut_slice() {
        // Several lines at the end of a script are all that it prints, when nothing else is claimed.
        [only] if only.expected.lines.len() > 1 && lines[at_end(only)..].iter().all(is_blank_or_comment) => {
            only.mark = None;
            only.edits.clear();
        }
        _ => {}
    }
    guesses
}

fn at_end(guess: &Guess) -> usize {
    guess.mark.map_or(0, |mark| mark.line)
}

fn is_blank_or_comment(line: &Line<'_>) -> bool {
    line.is_blank() || line.text.trim_start().starts_with('#')
}

/// The guess that stands behind a statement which ends at byte `end` of its line.
fn behind(
    line: &Line<'_>,
    next: usize,
    indent: usize,
    end: usize,
    value: &str,
    expanded: &ExpandedText,
) -> Guess {
    let value_at = offset_in(&line.text, value);
    let span = expanded.origin(line.range(value_at..value_at + value.len()));
    let whole = expanded.origin(line.range(end..line.text.len()));
    let edit = line
        .break_before(expanded)
        .map(|line_break| Edit { span: whole, text: format!("{line_break}{:indent$}#> {value}", "") });
    Guess {
        mark: Some(GuessedMark { line: next, column: indent }),
        expected: Expected::from_lines(vec![CodeLine { text: value.into(), span }]),
        open: false,
        edits: edit.into_iter().collect(),
    }
}

/// The guess that comments right below a statement make, and how many lines they are. `rest` begins with the first of them, which is
/// line `at` of the script.
fn below(rest: &[Line<'_>], at: usize, above: Above, expanded: &ExpandedText) -> (Option<Guess>, usize) {
    let Above { column, prints, is_call } = above;
    let first = &rest[0];
    let comments: Vec<&Line<'_>> = rest
        .iter()
        .take_while(|line| line.indent() == first.indent() && line.text.trim_start().starts_with('#'))
        .collect();
    let none = (None, comments.len().max(1));
    if first.indent() != column || !prints && first.indent() > 0 {
        return none;
    }
    let claims: Vec<Claim<'_>> = comments.iter().map(|line| Claim::of(&line.text)).collect();
    let heading = claims[0];
    let is_alone = heading.value.is_empty() && heading.marker == Marker::Heading;
    let (skipped, count) = match heading.marker {
        Marker::None => return none,
        Marker::Heading if is_alone => (1, comments.len()),
        Marker::Arrow => (0, claims.iter().take_while(|claim| claim.marker == Marker::Arrow).count()),
        Marker::Heading | Marker::Verb => (0, 1),
    };
    if count == skipped || !prints && heading.marker == Marker::Verb {
        return none;
    }
    let mut lines = Vec::new();
    let mut edits = Vec::new();
    let start_of = |line: &Line<'_>| line.range(line.indent()..line.indent()).start;
    // A heading of its own goes, with its line's ending.
    let mut heading_at = is_alone.then(|| start_of(first));
    for (line, claim) in comments.iter().zip(&claims).take(count).skip(skipped) {
        let value = if is_alone {
            let body = line.text[line.indent()..].trim_start_matches('#');
            body.strip_prefix(' ').unwrap_or(body).trim_end()
        } else {
            match claim.about("") {
                Some(value) => value,
                None => return none,
            }
        };
        if value.contains("...") || value.contains('…') {
            return none;
        }
        let value_at = offset_in(&line.text, value);
        let place = line.range(value_at..value_at + value.len());
        let start = heading_at.take().unwrap_or_else(|| start_of(line));
        let mark = if value.is_empty() { "#>" } else { "#> " };
        edits.push(Edit { span: expanded.origin(start..place.start), text: mark.to_owned() });
        let behind = expanded.origin(line.range(value_at + value.len()..line.text.len()));
        if !behind.range().is_empty() {
            edits.push(Edit { span: behind, text: String::new() });
        }
        lines.push(CodeLine { text: value.into(), span: expanded.origin(place) });
    }
    if !is_call {
        edits.clear();
    }
    let mark = GuessedMark { line: at, column };
    (
        Some(Guess { mark: Some(mark), expected: Expected::from_lines(lines), open: false, edits }),
        comments.len(),
    )
}

impl Page<'_> {
    /// Takes a fence without a language for the output of the script above it; whether it may be one.
    pub(super) fn guess_from_fence(&mut self, raw: &RawFence<'_>, info: &Info<'_>) -> bool {
        let is_plain = matches!(info.tag, "" | "text" | "txt" | "console" | "none" | "plain" | "plaintext");
        let is_tag_alone = !info.tag.is_empty() || raw.info.is_empty();
        let place = self.tag_span(raw, info);
        is_plain && self.guess_from_output(raw, is_tag_alone.then_some(place))
    }

    /// Takes an indented code block for the output of the script above it, where words in between say that it is.
    pub(super) fn guess_from_indented(&mut self, range: &Range<usize>) {
        let text: &str = &self.expanded.text;
        let Some(script) = self.fences.last() else { return };
        let is_there = matches!(script.content, Content::Script { .. }) && script.range.end < range.start;
        let between = text.get(script.range.end..range.start).unwrap_or_default().to_lowercase();
        if !is_there || !RUNS.iter().any(|words| between.contains(words)) {
            return;
        }
        let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let prefix = script.prefix.clone();
        let mut lines = Vec::new();
        let mut at = start;
        for line in text[start..range.end].split_inclusive('\n') {
            let shown = line.trim_end_matches(['\n', '\r']);
            let lead = match shown.strip_prefix(&prefix) {
                _ if shown.trim().is_empty() => shown.len(),
                Some(rest) if rest.starts_with("    ") => prefix.len() + 4,
                Some(rest) if rest.starts_with('\t') => prefix.len() + 1,
                _ => return,
            };
            lines.push(Line::new(text, at + lead..at + shown.len(), 0));
            at += line.len();
        }
        let empty = range.start..range.start;
        let (opening, info) = (empty.clone(), empty);
        let raw = RawFence { range: start..range.end, opening, info, lines, prefix, closed: true };
        self.guess_from_output(&raw, None);
    }

    /// Takes a fence for the output of the script above it; whether it may be one. `tag` is where the tag stands that would say so.
    pub(super) fn guess_from_output(&mut self, raw: &RawFence<'_>, tag: Option<Span>) -> bool {
        let (shown, is_open) = without_rest(&raw.lines);
        let Some(script) = self.fences.last_mut().filter(|script| script.prefix == raw.prefix) else {
            return false;
        };
        let Some(between) = self.expanded.text.get(script.range.end..raw.range.start) else { return false };
        let Content::Script { code, stated } = &mut script.content else { return false };
        // A script may print dots itself.
        let has_dots = code.iter().any(|line| is_elided(&line.text));
        if !may_be_output(shown, has_dots) {
            return false;
        }
        if script.output_range.is_some() || !introduces(between) {
            return false;
        }
        // Behind a paragraph it would be no output fence of this script.
        let is_right_below = between.chars().all(|it| it.is_whitespace() || it == '>');
        let edits = tag.filter(|_| is_right_below).map(|span| Edit { span, text: "output".to_owned() });
        let lines = shown.iter().map(|line| line.code(self.expanded, 0)).collect();
        let guess = Guess {
            mark: None,
            expected: Expected::from_lines(lines),
            open: is_open,
            // What is cut off can't be stated.
            edits: edits.into_iter().filter(|_| !is_open).collect(),
        };
        match stated {
            StatedOutput::Nothing => *stated = StatedOutput::Guessed(vec![guess]),
            StatedOutput::Guessed(guesses) if guesses.iter().all(|it| it.mark.is_some()) => {
                guesses.push(guess);
            }
            StatedOutput::Guessed(_) | StatedOutput::Inline(_) | StatedOutput::Fence(_) => return false,
        }
        true
    }
}

/// The lines of an output without a last one that stands for the rest of it, and whether there is such a line: `...`, or words in
/// parentheses such as `(and so on)`.
fn without_rest<'l, 't>(lines: &'l [Line<'t>]) -> (&'l [Line<'t>], bool) {
    let Some(last) = lines.iter().rposition(|line| !line.is_blank()) else { return (lines, false) };
    let text = lines[last].text.trim();
    let is_remark = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).is_some_and(|words| {
        words.contains(' ') && words.chars().all(|it| it.is_alphabetic() || it == ' ' || it == '.')
    });
    let is_rest = last > 0 && (is_remark || matches!(text, "..." | "…" | "[...]" | "[…]" | "(...)" | "etc."));
    if is_rest { (&lines[..last], true) } else { (lines, false) }
}

/// Whether a fence without a language may be an output: not a dialogue with a shell.
fn may_be_output(lines: &[Line<'_>], has_dots: bool) -> bool {
    let first = lines.iter().find(|line| !line.is_blank());
    (has_dots || !lines.iter().any(|line| is_elided(&line.text)))
        && first.is_some_and(|line| {
            let text = line.text.trim_start();
            !["$ ", "% ", "> ", ">>>", "C:\\", "pip ", "python ", "python3 "]
                .iter()
                .any(|start| text.starts_with(start))
        })
}

fn is_elided(text: &str) -> bool {
    text.contains("...") || text.contains('…')
}

/// Whether the text between a script and a fence ties them together: nothing, or a paragraph such as `This prints:`.
fn introduces(between: &str) -> bool {
    let text = between.trim_matches(|it: char| it.is_whitespace() || it == '>');
    let is_paragraph =
        !text.contains("\n\n") && !text.contains("\r\n\r\n") && !text.starts_with(['#', '<', '`', '~']);
    let lower = text.to_lowercase();
    let is_introduction = lower.trim_end_matches(['*', '_']).ends_with(':')
        && INTRODUCTIONS.iter().any(|word| lower.contains(word));
    // Such a word alone, as a paragraph or a heading of its own.
    let label = lower.trim_matches(|it: char| it.is_whitespace() || matches!(it, '*' | '_' | '#' | ':'));
    let is_label = matches!(label, "output" | "outputs" | "result" | "results");
    text.is_empty() || is_label || is_paragraph && is_introduction
}
