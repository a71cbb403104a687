//! What was expected against what was printed.

use anstream::stream::RawStream;
use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, TextDiff};
use std::io::{self, Write};

/// The most lines of a diff that are printed: a page of output that is wrong from its first line on helps nobody.
const MAX_LINES: usize = 40;

/// The most characters of a line that are printed.
const MAX_COLUMNS: usize = 240;

const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();

/// Prints the lines of both texts, those that differ marked. White space that the eye would miss is made visible on those.
pub(crate) fn write<S: RawStream + anstream::stream::AsLockedWrite>(
    out: &mut anstream::AutoStream<S>,
    expected: &str,
    actual: &str,
) -> io::Result<()> {
    let diff = TextDiff::from_lines(expected, actual);
    writeln!(out, "   {REMOVED}- the page says{REMOVED:#}")?;
    writeln!(out, "   {ADDED}+ it printed{ADDED:#}")?;
    let mut left = MAX_LINES;
    for group in diff.grouped_ops(3) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            if left == 0 {
                return writeln!(out, "     … more lines differ");
            }
            left -= 1;
            let line = change.value().trim_end_matches('\n');
            match change.tag() {
                ChangeTag::Equal => writeln!(out, "     {line}")?,
                ChangeTag::Delete => writeln!(out, "   {REMOVED}- {}{REMOVED:#}", visible(line))?,
                ChangeTag::Insert => writeln!(out, "   {ADDED}+ {}{ADDED:#}", visible(line))?,
            }
        }
    }
    Ok(())
}

/// Control characters as Python would write them, and white space at the end of the line as dots.
pub(crate) fn visible(line: &str) -> String {
    if let Some((end, _)) = line.char_indices().nth(MAX_COLUMNS) {
        return visible(&line[..end]) + "…";
    }
    let body = line.trim_end_matches([' ', '\t']);
    let tail: String = line[body.len()..].chars().map(|c| if c == ' ' { '·' } else { '→' }).collect();
    let body: String = body
        .chars()
        .flat_map(|c| match c {
            '\t' => vec!['\t'],
            c if c.is_control() => c.escape_default().collect(),
            c => vec![c],
        })
        .collect();
    body + &tail
}
