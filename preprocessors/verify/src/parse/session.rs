//! Reads a fence with prompts as `doctest.DocTestParser` does.
//!
//! An example is a `>>> ` line, the `... ` lines right below it, and below those its output, up to a blank line or the next prompt.
//! Where doctest would give up on a whole file, or pass over text without a word, there is a diagnostic.

use std::ops::Range;
use std::sync::Arc;

use exemplar_model::diagnostic::{Diagnostic, Edit};
use exemplar_model::fence::{CodeLine, Expected, Prompted};
use exemplar_model::flags::FlagChange;
use exemplar_model::source::{ExpandedText, Span};

use super::dialect::{self, Dialect, Dialects};
use super::line::Line;
use super::{continuation, directive};

const FIRST: &str = ">>>";
const FURTHER: &str = "...";

/// Whether a line has the first prompt. Four signs are no prompt: conflict marks of git have seven.
pub(super) fn has_first_prompt(line: &str) -> bool {
    line.trim_start_matches(' ').strip_prefix(FIRST).is_some_and(|rest| !rest.starts_with('>'))
}

/// Whether a line has a prompt of either kind. An output may begin with `...` too.
pub(super) fn has_prompt(line: &str) -> bool {
    has_first_prompt(line) || line.trim_start_matches(' ').starts_with(FURTHER)
}

/// The examples of a session. Tabs of the lines are expanded. Without `dialects` it is doctest's syntax, and no more.
pub(super) fn parse(
    lines: &[Line<'_>],
    expanded: &ExpandedText,
    diagnostics: &mut Vec<Diagnostic>,
    dialects: Option<&mut Dialects>,
) -> Vec<Prompted> {
    let first = lines.iter().position(is_prompt).unwrap_or(lines.len());
    let nothing = Arc::new(Expected::nothing());
    let mut reader = Reader { lines, expanded, diagnostics, dialects, nothing, at: first, indent: 0 };
    let mut examples: Vec<Prompted> = reader.before_first(&lines[..first]).into_iter().collect();
    while let Some(line) = lines.get(reader.at) {
        if is_prompt(line) {
            examples.extend(reader.example());
        } else if reader.is_restart(line) {
            reader.restart();
        } else {
            reader.prose(examples.last_mut());
        }
    }
    examples.shrink_to_fit();
    examples
}

struct Reader<'r, 't> {
    lines: &'r [Line<'t>],
    expanded: &'r ExpandedText,
    diagnostics: &'r mut Vec<Diagnostic>,
    /// What is read beyond doctest's own syntax; nothing is, where there is none.
    dialects: Option<&'r mut Dialects>,
    /// What statements that print nothing are to print: there are many.
    nothing: Arc<Expected>,
    at: usize,
    /// How far the last prompt is indented.
    indent: usize,
}

impl Reader<'_, '_> {
    /// Code that runs before the first prompt. Lines that the author hid on purpose are not complained about.
    fn before_first(&mut self, lines: &[Line<'_>]) -> Option<Prompted> {
        let is_code = |line: &&Line<'_>| !is_blank_or_comment(&line.text);
        let first = lines.iter().find(is_code)?;
        let begin = lines.iter().position(|line| !line.is_blank())?;
        let end = lines.iter().rposition(|line| !line.is_blank())?;
        let visible = lines.iter().filter(is_code).find(|line| !line.hidden).map(|line| self.span(line, 0));
        if is_banner(&first.text) || lines.iter().any(|line| is_greeting(&line.text)) {
            let span = self.span(first, 0);
            self.diagnostics.push(
                Diagnostic::warning(
                    "text-before-prompt",
                    span,
                    "text before the first prompt is not part of an example",
                )
                .help("move it out of the fence"),
            );
            return None;
        }
        if let Some(span) = visible {
            self.diagnostics
                .push(Diagnostic::warning("code-before-prompt", span, "code before the first prompt").help(
                "it runs before the first example; put `>>> ` before it, or move it to a fence of its own",
            ));
        }
        // The whole body may be indented, prompts and all.
        let indent = lines.iter().filter(|line| !line.is_blank()).map(Line::indent).min().unwrap_or_default();
        let code = lines[begin..=end].iter().map(|line| line.code(self.expanded, indent)).collect();
        Some(Prompted {
            has_prompt: false,
            code,
            expected: self.nothing.clone(),
            flags: FlagChange::default(),
        })
    }

    /// The example at a prompt; none where doctest sees none.
    fn example(&mut self) -> Option<Prompted> {
        let indent = self.lines[self.at].indent();
        self.indent = indent;
        let start = self.at;
        // Most have one line, and there are many.
        let mut code = Vec::with_capacity(1);
        while let Some(line) = self.lines.get(self.at) {
            let mark = if self.at == start { FIRST } else { FURTHER };
            let Some(rest) = line.text[line.indent()..].strip_prefix(mark) else {
                if self.bare_continuation(indent, &mut code) { continue } else { break }
            };
            self.check_prompt(line, indent, mark, rest);
            code.push(
                line.code(self.expanded, line.text.len() - rest.strip_prefix(' ').unwrap_or(rest).len()),
            );
            self.at += 1;
        }
        let first_of_output = self.at;
        let mut expected = self.output(indent);
        let output = &self.lines[first_of_output..self.at];
        if let Some(dialects) = &mut self.dialects {
            dialect::read_output(&code, &mut expected, output, self.expanded, dialects);
        }
        let place = |index: usize, range: Range<usize>| {
            let line = &self.lines[start + index];
            let from = line.text.len() - code[index].text.len();
            self.expanded.origin(line.range(from + range.start..from + range.end))
        };
        let flags = directive::read(&code, place, self.diagnostics);
        if !is_blank_or_comment_source(&code) {
            code.shrink_to_fit();
            let expected =
                if expected == Expected::nothing() { self.nothing.clone() } else { Arc::new(expected) };
            return Some(Prompted { has_prompt: true, code, expected, flags });
        }
        if flags != FlagChange::default() {
            let span = code.first().map_or_else(|| self.span(&self.lines[start], 0), |line| line.span);
            self.diagnostics.push(
                Diagnostic::error("invalid-directive", span, "this directive has no code to apply to")
                    .help("put it behind the code of its example"),
            );
        } else if let Some(line) = expected.lines.first() {
            self.diagnostics.push(
                Diagnostic::warning("output-without-code", line.span, "nothing is run that could print this")
                    .help("put a `>>> ` statement above it, or a blank line; doctest passes over it too"),
            );
        }
        None
    }

    /// Takes the lines below that are code without `... `; whether there are any.
    fn bare_continuation(&mut self, indent: usize, code: &mut Vec<CodeLine>) -> bool {
        let Some(dialects) = &mut self.dialects else { return false };
        let starts = continuation::below(&self.lines[self.at..], indent, code);
        for &from in &starts {
            let line = &self.lines[self.at];
            code.push(line.code(self.expanded, from));
            let prompt = if line.is_blank() { FURTHER.to_owned() } else { format!("{FURTHER} ") };
            let place = self.expanded.origin(line.range(indent.min(from)..from));
            let span = self
                .expanded
                .origin(line.range(line.indent()..line.text.trim_end().len().max(line.indent())));
            dialects.note(Dialect::BareContinuation, span, [Edit { span: place, text: prompt }]);
            self.at += 1;
        }
        !starts.is_empty()
    }

    /// Lines up to a blank one or the next prompt.
    fn output(&mut self, indent: usize) -> Expected {
        let mut lines = Vec::new();
        while let Some(line) = self
            .lines
            .get(self.at)
            .filter(|line| !is_blank(&line.text) && !is_prompt(line) && !self.is_restart(line))
        {
            if line.indent() < indent {
                let span = self.span(line, 0);
                self.diagnostics.push(
                    Diagnostic::error(
                        "inconsistent-indent",
                        span,
                        "this output is indented less than its prompt",
                    )
                    .help(
                        "indent it as far as the prompt, or leave a blank line before it if it is no output",
                    ),
                );
            }
            if lines.is_empty() {
                lines.reserve_exact(1);
            }
            lines.push(line.code(self.expanded, indent.min(line.indent())));
            self.at += 1;
        }
        Expected::from_lines(lines)
    }

    /// Blank lines, and text that doctest takes for prose. It may be the rest of the output of the example above.
    fn prose(&mut self, above: Option<&mut Prompted>) {
        let start = self.at;
        let mut warned = false;
        let mut has_prose = false;
        while let Some(line) =
            self.lines.get(self.at).filter(|line| !is_prompt(line) && !self.is_restart(line))
        {
            let is_prose = !is_blank_or_comment(&line.text);
            has_prose |= is_prose;
            if is_prose && !warned {
                let span = self.span(line, 0);
                self.diagnostics.push(
                    Diagnostic::warning(
                        "text-after-blank-line",
                        span,
                        "doctest ends an output at the blank line above this, and does not compare it",
                    )
                    .help("if it is output, write `<BLANKLINE>` in the blank line above it; if it is code, put `>>> ` before it"),
                );
            }
            warned = is_prose;
            self.at += 1;
        }
        let Some(above) = above.filter(|above| above.has_prompt && self.dialects.is_some()) else { return };
        let rest = &self.lines[start..self.at];
        let Some(last) = rest.iter().rposition(|line| !line.is_blank()).filter(|_| has_prose) else {
            // `print()` prints what ends its output on the page.
            if above.expected.lines.is_empty() && above.code.iter().any(|line| line.text.contains("print()"))
            {
                Arc::make_mut(&mut above.expected).dialect.get_or_insert_with(|| "\n".into());
            }
            if rest.iter().all(|line| line.is_blank() || line.indent() == self.indent) {
                dialect::continue_comments(above, rest.iter().map(|line| &*line.text));
            }
            return;
        };
        let Expected { text, dialect, .. } = Arc::make_mut(&mut above.expected);
        let text = dialect.get_or_insert_with(|| text.clone());
        for line in &rest[..=last] {
            text.push_str(&line.text[self.indent.min(line.indent())..]);
            text.push('\n');
        }
    }

    /// Whether IDLE says here that it has begun anew. To doctest, it is a text like any other.
    fn is_restart(&self, line: &Line<'_>) -> bool {
        let text = line.text.trim_start();
        text.starts_with("===")
            && self.dialects.is_some()
            && text.trim_start_matches('=').trim_start().starts_with("RESTART")
    }

    /// What stands behind such a line comes of a file that is not on the page.
    fn restart(&mut self) {
        let span = self.span(&self.lines[self.at], 0);
        self.diagnostics.push(
            Diagnostic::warning(
                "text-before-prompt",
                span,
                "what stands from here to the next prompt is not part of an example",
            )
            .help("move it out of the fence"),
        );
        while self.lines.get(self.at).is_some_and(|line| !is_prompt(line)) {
            self.at += 1;
        }
    }

    fn check_prompt(&mut self, line: &Line<'_>, indent: usize, mark: &str, rest: &str) {
        if line.indent() != indent {
            let span = self.span(line, 0);
            self.diagnostics.push(
                Diagnostic::error(
                    "inconsistent-indent",
                    span,
                    format!("this `{mark}` is not below its `{FIRST}`"),
                )
                .help("indent both alike"),
            );
        }
        if !rest.is_empty() && !rest.starts_with(' ') {
            let end = line.text.len() - rest.len();
            let span = self.expanded.origin(line.range(end - mark.len()..end));
            let place = self.expanded.origin(line.range(end..end));
            self.diagnostics.push(
                Diagnostic::warning("prompt-without-space", span, format!("no space after `{mark}`"))
                    .help("put one there: doctest refuses this prompt")
                    .edit(place, " "),
            );
        }
    }

    /// The span of a line from its first character that is not white space.
    fn span(&self, line: &Line<'_>, from: usize) -> Span {
        let from = from.max(line.text.len() - line.text.trim_start().len());
        self.expanded.origin(line.range(from..line.text.trim_end().len().max(from)))
    }
}

fn is_prompt(line: &Line<'_>) -> bool {
    has_first_prompt(&line.text)
}

/// doctest's blank lines have nothing but spaces.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ')
}

fn is_blank_or_comment(text: &str) -> bool {
    let text = text.trim_start_matches(' ');
    text.is_empty() || text.starts_with('#')
}

/// Code in which there is nothing to run, as doctest sees it: one line at most that is blank or a comment.
fn is_blank_or_comment_source(code: &[CodeLine]) -> bool {
    match code {
        [only] => is_blank_or_comment(&only.text),
        [first, last] => is_blank_or_comment(&first.text) && last.text.is_empty(),
        _ => false,
    }
}

/// Whether this is what an interpreter says before its first prompt.
fn is_greeting(text: &str) -> bool {
    let version =
        text.strip_prefix("Python ").is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_digit()));
    version || text.starts_with("Type \"help\", \"copyright\"")
}

/// What is surely no code: an interpreter's greeting, a traceback, or the shell's line that started the interpreter.
fn is_banner(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let shell = matches!(first, "$" | "%" | ">")
        || first.starts_with("C:\\")
        || first.contains('@') && first.ends_with(['$', '%', '#']);
    shell || is_greeting(text) || text.starts_with("Traceback (most recent call last):")
}
