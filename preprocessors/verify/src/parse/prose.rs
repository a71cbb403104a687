//! Lines of prose that were meant to be part of a fence.

use std::ops::Range;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::source::ExpandedText;
use memchr::memmem::Finder;

use super::ParseOptions;
use super::info::{self, TagKind};
use super::markdown::{Block, RawFence};

/// Finds the lines that would open a fence of Python but for a backtick in their info string (`CommonMark` 4.5): they are inline code.
pub(super) fn check(
    expanded: &ExpandedText,
    options: &ParseOptions,
    blocks: &[Block<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let text = &expanded.text;
    let is_code = |at: usize| {
        blocks.iter().any(|block| match block {
            Block::Fence(raw) => raw.range.contains(&at),
            Block::Html(pieces) => pieces.iter().any(|piece| piece.contains(&at)),
            Block::Indented(range) => range.contains(&at),
            _ => false,
        })
    };
    for (start, line) in lines_with_ticks(text) {
        let lead = line.len() - line.trim_start_matches(|it: char| it.is_whitespace() || it == '>').len();
        let lead = lead + marker(&line[lead..]);
        let opening = line[lead..].trim_end();
        let at = start + lead;
        let Some(backtick) = stray_backtick(opening, &options.tags).filter(|_| !is_code(at)) else {
            continue;
        };
        let make = if options.book { Diagnostic::error } else { Diagnostic::warning };
        let span = expanded.origin(at + backtick..at + backtick + 1);
        diagnostics.push(
            make(
                "backtick-in-info",
                span,
                "no fence begins here: its line has a further backtick".to_owned(),
            )
            .help("take this backtick out, or open and close the fence with `~~~`"),
        );
    }
}

/// The lines that have three backticks somewhere, and where they start: few of a page's.
fn lines_with_ticks(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ticks = Finder::new("```");
    let mut from = 0;
    std::iter::from_fn(move || {
        let found = from + ticks.find(&text.as_bytes()[from..])?;
        let start = text[..found].rfind('\n').map_or(0, |at| at + 1);
        from = text[found..].find('\n').map_or(text.len(), |at| found + at + 1);
        Some((start, &text[start..from]))
    })
}

/// The mark of a list item at the start of a line.
fn marker(line: &str) -> usize {
    let digits = line.len() - line.trim_start_matches(|it: char| it.is_ascii_digit()).len();
    let marks: &[char] = if digits == 0 { &['-', '*', '+'] } else { &['.', ')'] };
    match line[digits..].strip_prefix(marks) {
        Some(rest) => line.len() - rest.trim_start_matches([' ', '\t']).len(),
        None => 0,
    }
}

/// The backtick that keeps a line from opening a fence of Python. Inline code with three backticks on each side is what it seems.
fn stray_backtick(opening: &str, tags: &[String]) -> Option<usize> {
    let ticks = opening.len() - opening.trim_start_matches('`').len();
    let rest = &opening[ticks..];
    let backtick = rest.find('`').filter(|_| ticks >= 3)?;
    if info::read(rest, 0..backtick, tags).kind != TagKind::Python || rest.contains(&opening[..ticks]) {
        return None;
    }
    Some(ticks + backtick)
}

/// The line behind an unclosed fence in a block quote, where it goes on as if it had its `>`.
pub(super) fn line_without_quote(text: &str, raw: &RawFence<'_>) -> Option<Range<usize>> {
    let depth = raw.prefix.matches('>').count();
    let from = raw.range.end + text[raw.range.end..].find('\n')? + 1;
    let line = text[from..].split('\n').next().unwrap_or_default();
    let marks = |line: &str| {
        line.chars().take_while(|it| matches!(it, '>' | ' ' | '\t')).filter(|it| *it == '>').count()
    };
    let is_lost = match line.trim().is_empty() {
        // A blank line ends a quote, mostly on purpose: but for one that goes on with the next line.
        true => text[from..].split('\n').nth(1).is_some_and(|next| marks(next) >= depth),
        false => marks(line) < depth,
    };
    (depth > 0 && is_lost).then(|| from..from + line.trim_end().len())
}

#[cfg(test)]
mod tests {
    use super::stray_backtick;

    #[test]
    fn a_backtick_that_is_not_meant_as_inline_code_is_found() {
        for (line, found) in [
            ("```python title=`x`", Some(16)),
            ("```py `", Some(6)),
            ("````python a``` b", Some(12)),
            ("```python x```", None),
            ("```python", None),
            ("``python `", None),
            ("```rust `x`", None),
            ("~~~python `x`", None),
        ] {
            assert_eq!(stray_backtick(line, &[]), found, "{line}");
        }
    }
}
