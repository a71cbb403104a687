//! Picks the lines of a file that a directive asks for. Comments that mark anchors are never among them.

use std::ops::Range;

use super::directive::Selection;

/// A line that is included.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Its bytes in the file, without the line's ending.
    pub(super) range: Range<usize>,
    /// Whether it stands outside of what was asked for, and is brought along hidden.
    pub(super) hidden: bool,
}

/// The lines of a selection; with `rustdoc`, all others too, hidden. None when the selection selects nothing.
pub(super) fn select(text: &str, selection: &Selection, rustdoc: bool) -> Option<Vec<Taken>> {
    let taken = match selection {
        Selection::All => return Some(lines(text).map(|range| Taken { range, hidden: false }).collect()),
        &Selection::Lines { start, end } => lines(text)
            .enumerate()
            .map(|(index, range)| Taken {
                range,
                hidden: index < start || end.is_some_and(|end| index >= end),
            })
            .collect(),
        Selection::Anchor(anchor) => anchored(text, anchor, rustdoc)?,
    };
    let asked_for = |line: &Taken| !line.hidden;
    if matches!(selection, Selection::Lines { .. }) && !taken.iter().any(asked_for) {
        return None;
    }
    Some(taken.into_iter().filter(|line| rustdoc || asked_for(line)).collect())
}

/// The names of all anchors that are opened in a file.
pub(super) fn anchors(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| mark(line, "ANCHOR:")).collect()
}

/// Lines between the marks of an anchor. Without `rustdoc` the first end mark ends it for good.
fn anchored(text: &str, anchor: &str, rustdoc: bool) -> Option<Vec<Taken>> {
    let mut taken = Vec::new();
    let (mut found, mut within) = (false, false);
    for range in lines(text) {
        let line = &text[range.clone()];
        let (opens, closes) = (mark(line, "ANCHOR:"), mark(line, "ANCHOR_END:"));
        if within && closes == Some(anchor) {
            within = false;
            if !rustdoc {
                break;
            }
        } else if !within && opens == Some(anchor) {
            (found, within) = (true, true);
        } else if opens.is_none() && closes.is_none() {
            taken.push(Taken { range, hidden: !within });
        }
    }
    found.then_some(taken)
}

/// The name behind a mark, wherever in the line it stands.
fn mark<'t>(line: &'t str, mark: &str) -> Option<&'t str> {
    line.match_indices(mark).find_map(|(at, _)| {
        let rest = line[at + mark.len()..].trim_start();
        let end = rest.find(|it: char| !it.is_alphanumeric() && it != '_' && it != '-').unwrap_or(rest.len());
        rest.get(..end).filter(|name| !name.is_empty())
    })
}

/// The lines of a text as `str::lines` has them; a byte order mark is no part of the first one.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = if next == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { next };
        let ending = if line.ends_with("\r\n") { 2 } else { usize::from(line.ends_with('\n')) };
        next += line.len();
        start..next - ending
    })
}
