//! Ways in which real books bend doctest's syntax, and what would make proper doctest of them.
//!
//! Each is accepted, and said once for each fence: at its first place, with how many there are and the edits for all of them. What an
//! output states in its dialect goes into [`Expected::dialect`]; its text stays what doctest would read, and either may be printed.

use std::sync::Arc;

use ecow::EcoString;
use exemplar_model::diagnostic::{Diagnostic, Edit};
use exemplar_model::fence::{CodeLine, Expected, Prompted};
use exemplar_model::source::{ExpandedText, Span};

use super::claim::{self, Claim};
use super::line::{Line, offset_in};
use super::scanner;

/// The codes of their lints.
mod code {
    pub(super) const COMMENT_AFTER_OUTPUT: &str = "comment-after-output";
    pub(super) const COMMENT_AS_OUTPUT: &str = "comment-as-output";
    pub(super) const COMMENTED_OUTPUT: &str = "commented-output";
    pub(super) const IPYTHON_PROMPT: &str = "ipython-prompt";
    pub(super) const MISSING_CONTINUATION_PROMPT: &str = "missing-continuation-prompt";
    pub(super) const MISSING_TRACEBACK_HEADER: &str = "missing-traceback-header";
}

/// A way to bend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// A further line of a statement without `... `.
    BareContinuation,
    /// An output written as a comment.
    CommentedOutput,
    /// Remarks below an example, as a comment that doctest takes for its output.
    Remark,
    /// An exception without the header of its traceback.
    BareException,
    /// A remark behind an output.
    TrailingComment,
    /// The prompts of `IPython`.
    IpythonPrompt,
}

impl Dialect {
    fn code(self) -> &'static str {
        match self {
            Self::BareContinuation => code::MISSING_CONTINUATION_PROMPT,
            Self::CommentedOutput => code::COMMENTED_OUTPUT,
            Self::Remark => code::COMMENT_AS_OUTPUT,
            Self::BareException => code::MISSING_TRACEBACK_HEADER,
            Self::TrailingComment => code::COMMENT_AFTER_OUTPUT,
            Self::IpythonPrompt => code::IPYTHON_PROMPT,
        }
    }

    fn message(self, count: usize) -> String {
        let (one, many) = match self {
            Self::BareContinuation => ("line of code has no `...`", "lines of code have no `...`"),
            Self::CommentedOutput => ("output is written as a comment", "outputs are written as comments"),
            Self::Remark => {
                ("comment stands where output is expected", "comments stand where output is expected")
            }
            Self::BareException => {
                ("exception has no traceback header", "exceptions have no traceback header")
            }
            Self::TrailingComment => ("output has a comment behind it", "outputs have a comment behind them"),
            Self::IpythonPrompt => ("prompt is IPython's", "prompts are IPython's"),
        };
        match count {
            1 => format!("this {one}"),
            _ => format!("{count} {many} in this fence, from here on"),
        }
    }

    fn help(self) -> &'static str {
        match self {
            Self::BareContinuation => "put `... ` before it: doctest takes it for output",
            Self::CommentedOutput => "leave the `#` out: doctest compares it too",
            Self::Remark => "leave a blank line above it, or put it behind the code",
            Self::BareException => "put `Traceback (most recent call last):` and `    ...` above it",
            Self::TrailingComment => "put it behind the code: doctest compares it too",
            Self::IpythonPrompt => "write `>>> ` and `... `, and leave `Out[n]: ` out",
        }
    }
}

/// What was met in one fence.
#[derive(Debug, Default)]
pub(super) struct Dialects {
    found: Vec<Found>,
}

#[derive(Debug)]
struct Found {
    dialect: Dialect,
    first: Span,
    count: usize,
    edits: Vec<Edit>,
}

impl Dialects {
    /// Notes a place, and what would mend it.
    pub(super) fn note(&mut self, dialect: Dialect, span: Span, edits: impl IntoIterator<Item = Edit>) {
        match self.found.iter_mut().find(|found| found.dialect == dialect) {
            Some(found) => {
                found.count += 1;
                found.edits.extend(edits);
            }
            None => {
                let edits = edits.into_iter().collect();
                self.found.push(Found { dialect, first: span, count: 1, edits });
            }
        }
    }

    /// One lint for each kind.
    pub(super) fn into_diagnostics(self) -> impl Iterator<Item = Diagnostic> {
        self.found.into_iter().map(|Found { dialect, first, count, edits }| {
            let lint = Diagnostic::warning(dialect.code(), first, dialect.message(count));
            Diagnostic { edits, ..lint.help(dialect.help()) }
        })
    }
}

/// Reads an output in the dialects of outputs. `lines` are those that its lines stand in.
pub(super) fn read_output(
    code: &[CodeLine],
    expected: &mut Expected,
    lines: &[Line<'_>],
    expanded: &ExpandedText,
    dialects: &mut Dialects,
) {
    let Some(first) = expected.lines.first() else { return };
    let texts = || expected.lines.iter().map(|line| line.text.trim());
    if texts().any(|text| text.starts_with("Traceback (")) {
        return;
    }
    if texts().all(|text| text.starts_with('#')) {
        return read_comments(code, expected, lines, expanded, dialects);
    }
    if is_bare_exception(first.text.trim_end()) {
        let edit = lines.first().and_then(|line| line.break_before(expanded)).map(|line_break| {
            let indent = " ".repeat(lines[0].text.len() - first.text.len());
            let text =
                format!("Traceback (most recent call last):{line_break}{indent}    ...{line_break}{indent}");
            Edit { span: Span { end: first.span.start, ..first.span }, text }
        });
        return dialects.note(Dialect::BareException, first.span, edit);
    }
    let has_comment = |line: &CodeLine| without_comment(&line.text).len() < line.text.len();
    if !expected.lines.iter().any(has_comment) {
        return;
    }
    let mut text = String::new();
    for (line, whole) in expected.lines.iter().zip(lines) {
        let output = without_comment(&line.text);
        text.extend([output, "\n"]);
        if output.len() < line.text.len() {
            let from = whole.text.len() - line.text.len() + output.len();
            let span = expanded.origin(whole.range(from..whole.text.len()));
            dialects.note(Dialect::TrailingComment, span, [Edit { span, text: String::new() }]);
        }
    }
    expected.dialect = Some(text.into());
}

/// Whether a first line of output reads as an exception whose traceback has no header. A warning is rather printed than raised.
pub(crate) fn is_bare_exception(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default();
    claim::is_exception(line) && !name.ends_with("Warning")
}

/// A line of output without the comment behind it. `C # 1` may be printed as it is; only behind a value or two spaces a `#` starts one.
fn without_comment(line: &str) -> &str {
    let Some(at) = scanner::comment_at(line).filter(|&at| at > 0) else { return line };
    let (output, comment) = line.split_at(at);
    let is_apart = output.ends_with(' ') && comment.len() > 1 && !output.trim().is_empty();
    let is_comment = is_apart && (output.ends_with("  ") || claim::is_value(output.trim(), ""));
    if is_comment { output.trim_end() } else { line }
}

/// An output that is nothing but comments: what the statement prints, or remarks.
fn read_comments(
    code: &[CodeLine],
    expected: &mut Expected,
    lines: &[Line<'_>],
    expanded: &ExpandedText,
    dialects: &mut Dialects,
) {
    let source = code.iter().flat_map(|line| [line.text.as_str(), "\n"]).collect::<String>();
    let first = expected.lines[0].span;
    let claims = expected.lines.iter().map(|line| Claim::of(line.text.trim_end()));
    let is_value = claims.clone().any(|claim| claim::is_value(claim.value, &source));
    let is_compound = code.len() > 1 && source.contains(':');
    let says_nothing = claims.clone().any(|claim| claim::is_nothing(claim.value));
    let shows = is_value && (is_compound || claim::is_expression(&source));
    let may_print = !says_nothing && (source.contains("print(") || shows);
    if !may_print {
        // Nothing is printed, then, and the remark is none of ours.
        expected.dialect = Some(EcoString::new());
        if says_nothing || !is_call(&source) {
            let edit = remark_edit(&lines[0], expanded);
            return dialects.note(Dialect::Remark, first, edit);
        }
        // What a call prints is not known here. The checker takes the comment for its output if it is printed.
        return dialects.note(Dialect::Remark, first, None);
    }
    let mut text = String::new();
    let mut edits = Vec::new();
    for (claim, (line, whole)) in claims.zip(expected.lines.iter().zip(lines)) {
        text.extend([claim.value, "\n"]);
        let indent = line.text.len() - line.text.trim_start().len();
        let from = whole.text.len() - line.text.len() + indent;
        let value = offset_in(&line.text, claim.value);
        let to = whole.text.len() - line.text.len() + value;
        let blank = if claim.value.is_empty() { "<BLANKLINE>" } else { "" };
        edits.push(Edit { span: expanded.origin(whole.range(from..to)), text: blank.to_owned() });
    }
    expected.dialect = Some(text.into());
    dialects.note(Dialect::CommentedOutput, first, edits);
}

/// Adds comments behind blank lines to an output that is written as comments: `print("a\n\nb")` has a blank line in it. The checker takes
/// as much of them as is printed.
pub(super) fn continue_comments<'l>(above: &mut Prompted, rest: impl Iterator<Item = &'l str>) {
    let shows = above.code.iter().any(|line| line.text.contains('('));
    let text = match &above.expected.dialect {
        // Remarks, and no output.
        Some(text) if text.is_empty() => return,
        Some(text) => text.clone(),
        None if above.expected.lines.is_empty() && shows => EcoString::new(),
        None => return,
    };
    let comments: String = rest.flat_map(|line| [Claim::of(line.trim()).value, "\n"]).collect();
    if !comments.trim().is_empty() {
        let text = text + comments.trim_end_matches('\n') + "\n";
        Arc::make_mut(&mut above.expected).dialect = Some(text);
    }
}

/// Whether a statement ends in a call, so that it may print.
fn is_call(source: &str) -> bool {
    let code = source.trim_end();
    let code = scanner::comment_at(code).map_or(code, |at| code[..at].trim_end());
    code.ends_with(')')
}

/// What parts a remark from the example above it: a blank line before its own.
fn remark_edit(line: &Line<'_>, expanded: &ExpandedText) -> Option<Edit> {
    let line_break = line.break_before(expanded)?;
    let prefix = line_break.trim_start_matches(['\r', '\n']).len();
    let ending = line_break.len() - prefix;
    let start = line.range(0..0).start - prefix;
    let at = expanded.origin(start.saturating_sub(ending)..start.saturating_sub(ending));
    Some(Edit { span: at, text: line_break.trim_end_matches([' ', '\t']).to_owned() })
}
