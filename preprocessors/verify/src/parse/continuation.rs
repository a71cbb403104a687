//! Continuation lines without `... `: which lines below a statement are the rest of it.
//!
//! Output must never be taken for code. So a line is code only where what stands above it can't be a whole statement: a bracket or a
//! string is open and closes further down, or a block's header has no block yet.

use exemplar_model::fence::CodeLine;

use super::line::Line;
use super::scanner::Progress;
use super::session::has_prompt;

/// The width of a prompt and its space, by which authors indent what stands below.
const PROMPT: usize = 4;

/// Clauses that go on with a statement at the indentation of its header.
const CLAUSES: [&str; 5] = ["else", "elif", "except", "finally", "case"];

/// Where the code starts in each of the first lines of `rest` that belong to the statement `code`, whose prompt is indented by `indent`.
pub(super) fn below(rest: &[Line<'_>], indent: usize, code: &[CodeLine]) -> Vec<usize> {
    let mut progress = Progress::default();
    code.iter().for_each(|line| progress.read(&line.text));
    let is_decorator = code.last().is_some_and(|line| line.text.starts_with('@')) && !progress.is_open();
    if !progress.is_open() && !progress.awaits_block() && !is_decorator {
        return Vec::new();
    }
    let end = rest.iter().position(|line| has_prompt(&line.text)).unwrap_or(rest.len());
    let rest = &rest[..end];
    let count = if progress.is_open() {
        to_the_end_of_expression(rest, progress)
    } else if progress.awaits_block() {
        block(rest, indent, progress)
    } else if is_decorator && rest.first().is_some_and(|line| is_decorated(&line.text)) {
        1
    } else {
        0
    };
    let taken = &rest[..count];
    let is_below_code = |line: &Line<'_>| line.is_blank() || line.indent() >= indent + PROMPT;
    let first = taken.iter().find(|line| !line.is_blank()).map(Line::indent).unwrap_or_default();
    // A block must be indented further than its header, which starts behind the prompt.
    let is_deep_enough = !progress.awaits_block() || first > indent + PROMPT;
    let strip = !progress.is_in_string() && is_deep_enough && taken.iter().all(is_below_code);
    let from = if strip { indent + PROMPT } else { indent };
    taken.iter().map(|line| from.min(line.indent())).collect()
}

/// How many lines there are up to the one that closes the bracket or string; none if nothing closes it.
fn to_the_end_of_expression(rest: &[Line<'_>], mut progress: Progress) -> usize {
    for (index, line) in rest.iter().enumerate() {
        if line.is_blank() && !progress.is_in_string()
            || !progress.is_in_string() && is_of_traceback(&line.text)
        {
            return 0;
        }
        progress.read(&line.text);
        if !progress.is_open() {
            return index + 1;
        }
    }
    0
}

/// How many lines the block has that starts here.
fn block(rest: &[Line<'_>], indent: usize, mut progress: Progress) -> usize {
    let Some(first) = rest.first().filter(|line| line.indent() > indent && !line.is_blank()) else {
        return 0;
    };
    let body = first.indent();
    let mut count = 0;
    for (index, line) in rest.iter().enumerate() {
        let goes_on = line.indent() >= body || line.indent() >= indent && is_clause(&line.text);
        if line.is_blank() && !progress.is_in_string() {
            let next = rest[index..].iter().find(|line| !line.is_blank());
            if next.is_none_or(|next| next.indent() < body) {
                break;
            }
            continue;
        }
        if !progress.is_open() && !goes_on || is_of_traceback(&line.text) {
            break;
        }
        progress.read(&line.text);
        count = index + 1;
    }
    count
}

fn is_decorated(line: &str) -> bool {
    ["@", "def ", "async def ", "class "].iter().any(|start| line.trim_start().starts_with(start))
}

fn is_clause(line: &str) -> bool {
    let line = line.trim_start();
    let word = line.split(|it: char| !it.is_alphabetic()).next().unwrap_or_default();
    CLAUSES.contains(&word) && line.contains(':')
}

/// A statement that does not compile has its error below it.
fn is_of_traceback(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("Traceback (most recent call last)")
        || line.starts_with("File \"<")
        || line.starts_with("SyntaxError")
}
