//! From a woven text back to what its author wrote.
//!
//! Between the two lie weaving, the boxes of teaching elements, and whatever preprocessors a book has, whose changes nobody records. So the
//! lines of both texts are compared, and a place is looked for in the lines that correspond. Only a finding needs that: a book without any
//! pays nothing.

use std::ops::Range;

use exemplar_model::source::{ExpandedText, Span};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// The place in the author's file that a range of the woven text comes from.
pub(crate) fn of(woven: &str, range: &Range<usize>, expanded: &ExpandedText) -> Span {
    let old: Vec<(usize, &str)> = lines(&expanded.text);
    let new: Vec<(usize, &str)> = lines(woven);
    let bare = |lines: &[(usize, &str)]| -> Vec<String> {
        lines.iter().map(|(_, line)| without_marks(line)).collect()
    };
    let ops = capture_diff_slices(Algorithm::Patience, &bare(&old), &bare(&new));
    let at = new.partition_point(|(start, _)| *start <= range.start).saturating_sub(1);
    let candidates = corresponding(&ops, at);
    let wanted = woven.get(range.clone()).unwrap_or_default().lines().next().unwrap_or_default().trim();
    // Of several on a line, the one with the same number.
    let nth = new.get(at).and_then(|(start, _)| woven.get(*start..range.start));
    let nth = nth.filter(|_| !wanted.is_empty()).map_or(0, |before| before.matches(wanted).count());
    let found = candidates.clone().filter_map(|line| old.get(line)).find_map(|(start, line)| {
        let mut places =
            line.match_indices(wanted).filter(|_| !wanted.is_empty()).map(|(place, _)| start + place);
        let first = places.next()?;
        let place = if nth == 0 { first } else { places.nth(nth - 1).unwrap_or(first) };
        Some(place..place + wanted.len())
    });
    let line = || old.get(candidates.start).or(old.last());
    let whole = || line().map_or(0..0, |(start, line)| *start..start + line.trim_end().len());
    expanded.origin(found.unwrap_or_else(whole))
}

/// The lines of the old text that a line of the new one corresponds to.
fn corresponding(ops: &[DiffOp], at: usize) -> Range<usize> {
    for op in ops {
        let (old, new) = (op.old_range(), op.new_range());
        if new.contains(&at) {
            return match op {
                DiffOp::Equal { .. } => {
                    let line = old.start + (at - new.start);
                    line..line + 1
                }
                // What was put in comes from what stands before it.
                _ => old.start.saturating_sub(1)..old.end.max(old.start + 1),
            };
        }
    }
    0..1
}

fn lines(text: &str) -> Vec<(usize, &str)> {
    let mut start = 0;
    let place = |line: &'_ str| {
        let at = start;
        start += line.len();
        at
    };
    let starts: Vec<usize> = text.split_inclusive('\n').map(place).collect();
    starts.into_iter().zip(text.split_inclusive('\n')).collect()
}

/// A line without the marks of the quotes and lists that it stands in.
fn without_marks(line: &str) -> String {
    line.trim_start_matches(['>', ' ']).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::of;
    use exemplar_model::source::{ExpandedText, Segment, SourceMap, Span};

    #[test]
    fn a_place_is_found_through_what_was_woven_in() {
        let text = "# A\n\n```python\nprint('한')\n```\n\n> [!TERM] x\n> is ![](p.svg) seen\n";
        let woven = "# A\n\n```python,exemplar\nprint('한')\n```\n```text,exemplar-output\n한\n```\n\n<div id=\"x\">\n\nis ![](p.svg) seen\n\n</div>\n";
        let mut sources = SourceMap::default();
        let file = sources.add("a.md", text);
        let segments = vec![Segment { start: 0, origin: Span::new(file, 0..text.len()) }];
        let expanded = ExpandedText { text: text.into(), segments, file };
        let place = |needle: &str, nth: usize| {
            let (start, found) = woven.match_indices(needle).nth(nth).unwrap();
            let position = sources.start(of(woven, &(start..start + found.len()), &expanded));
            (position.line, position.column)
        };
        assert_eq!(place("한", 0), (4, 8));
        assert_eq!(place("![](p.svg)", 0), (8, 6));
        assert_eq!(place("</div>", 0).0, 8);
    }
}
