//! What was expected against what was printed.

use anstream::AutoStream;
use anstream::stream::{AsLockedWrite, RawStream};
use anstyle::{AnsiColor, Style};
use similar::{ChangeTag, DiffOp, TextDiff, group_diff_ops};
use std::io::{self, Write};

use super::text::visible;

/// The most lines of a diff that are printed: a page of output that is wrong from its first line on helps nobody.
const MAX_LINES: usize = 40;

/// The most lines of each side that are compared, from the first that differs on: the work grows with the product of both, and what
/// lies further down is not printed.
const MAX_COMPARED: usize = 2000;

/// How many equal lines are printed around those that differ.
const CONTEXT: usize = 3;

const REMOVED: Style = AnsiColor::Red.on_default();
const ADDED: Style = AnsiColor::Green.on_default();

/// Prints the lines of both texts, those that differ marked. White space that the eye would miss is made visible.
pub(crate) fn write<S: RawStream + AsLockedWrite>(
    out: &mut AutoStream<S>,
    expected: &str,
    actual: &str,
) -> io::Result<()> {
    let expected: Vec<&str> = expected.split_inclusive('\n').collect();
    let actual: Vec<&str> = actual.split_inclusive('\n').collect();
    let window = Window::of(&expected, &actual);
    let diff = TextDiff::configure().diff_slices(window.expected, window.actual);
    let mut ops = diff.ops().to_vec();
    // A change at the cut may be none: the line that it misses can lie behind the cut of the other side.
    if window.is_cut && ops.iter().filter(|op| !is_equal(op)).count() > 1 {
        while ops.last().is_some_and(|op| !is_equal(op)) {
            ops.pop();
        }
    }
    writeln!(out, "   {REMOVED}- the page says{REMOVED:#}")?;
    writeln!(out, "   {ADDED}+ it printed{ADDED:#}")?;
    let mut left = MAX_LINES;
    for group in group_diff_ops(ops, CONTEXT) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            if left == 0 {
                return more_differ(out);
            }
            left -= 1;
            let line = visible(change.value().trim_end_matches('\n'));
            match change.tag() {
                ChangeTag::Equal => writeln!(out, "     {line}")?,
                ChangeTag::Delete => writeln!(out, "   {REMOVED}- {line}{REMOVED:#}")?,
                ChangeTag::Insert => writeln!(out, "   {ADDED}+ {line}{ADDED:#}")?,
            }
        }
    }
    if window.is_cut { more_differ(out) } else { Ok(()) }
}

fn more_differ<S: RawStream + AsLockedWrite>(out: &mut AutoStream<S>) -> io::Result<()> {
    writeln!(out, "     … more lines differ")
}

fn is_equal(op: &DiffOp) -> bool {
    matches!(op, DiffOp::Equal { .. })
}

/// The lines that are compared: without what both sides begin and end with, a little context aside, and not too many of them.
struct Window<'l, 't> {
    expected: &'l [&'t str],
    actual: &'l [&'t str],
    /// Whether there were too many. Some line behind the cut differs then, as the ends that both sides share are not counted.
    is_cut: bool,
}

impl<'l, 't> Window<'l, 't> {
    fn of(expected: &'l [&'t str], actual: &'l [&'t str]) -> Self {
        let start = expected.iter().zip(actual).take_while(|(one, other)| one == other).count();
        let end = expected[start..].iter().rev().zip(actual[start..].iter().rev());
        let end = end.take_while(|(one, other)| one == other).count();
        let is_cut = expected.len().max(actual.len()) - start - end > MAX_COMPARED;
        let part = |lines: &'l [&'t str]| {
            let differs_to = lines.len() - end;
            let to = if is_cut {
                differs_to.min(start + MAX_COMPARED)
            } else {
                lines.len().min(differs_to + CONTEXT)
            };
            &lines[start.saturating_sub(CONTEXT)..to]
        };
        Self { expected: part(expected), actual: part(actual), is_cut }
    }
}

#[cfg(test)]
mod tests {
    use super::{CONTEXT, MAX_COMPARED, MAX_LINES, Window, write};

    fn diff(expected: &str, actual: &str) -> String {
        let mut out = anstream::AutoStream::never(Vec::new());
        write(&mut out, expected, actual).unwrap();
        let text = String::from_utf8(out.into_inner()).unwrap();
        text.strip_prefix("   - the page says\n   + it printed\n").unwrap().to_owned()
    }

    fn numbered(lines: std::ops::Range<usize>) -> String {
        lines.map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn a_million_lines_against_one_are_not_all_compared() {
        let printed = numbered(0..1_000_000);
        let printed_lines: Vec<&str> = printed.split_inclusive('\n').collect();
        for stated in ["x\n", "", "0\nx\n", "999999\n"] {
            let stated_lines: Vec<&str> = stated.split_inclusive('\n').collect();
            let window = Window::of(&stated_lines, &printed_lines);
            assert!(window.expected.len() + window.actual.len() <= 2 * (MAX_COMPARED + CONTEXT));
            assert!(window.is_cut, "{stated:?}");
            let text = diff(stated, &printed);
            assert_eq!(text.lines().count(), MAX_LINES + 1, "{text}");
            assert!(text.ends_with("\n     … more lines differ\n"), "{text}");
        }
        assert!(diff("x\n", &printed).starts_with("   - x\n   + 0\n   + 1\n"));
    }

    #[test]
    fn what_both_sides_share_is_context() {
        let expected = numbered(0..100_000);
        let actual = expected.replace("\n50000\n", "\nfifty thousand\n");
        assert_eq!(
            diff(&expected, &actual),
            "     49997\n     49998\n     49999\n   - 50000\n   + fifty thousand\n     50001\n     50002\n     50003\n"
        );
        assert_eq!(diff("1\n2\n", "1\n"), "     1\n   - 2\n");
    }

    #[test]
    fn nothing_is_said_of_lines_whose_fellows_lie_behind_the_cut() {
        let expected = format!("a\n{}end\n", numbered(0..3 * MAX_COMPARED));
        let actual = format!("b\nc\n{}END\n", numbered(0..3 * MAX_COMPARED));
        let shown = "   - a\n   + b\n   + c\n     0\n     1\n     2\n     … more lines differ\n";
        assert_eq!(diff(&expected, &actual), shown);
        assert_eq!(
            diff(&actual, &expected),
            shown.replace("   - a\n   + b\n   + c\n", "   - b\n   - c\n   + a\n")
        );
    }

    #[test]
    fn all_lines_are_cut_and_escaped() {
        let long = "y".repeat(1000);
        let cut = "y".repeat(240);
        assert_eq!(
            diff(&format!("\x1b[2J\n{long}\nx \n"), &format!("\x1b[2J\n{long}\nx\n")),
            format!("     \\x1b[2J\n     {cut}…\n   - x·\n   + x\n")
        );
    }
}
