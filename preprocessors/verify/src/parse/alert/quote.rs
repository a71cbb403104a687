//! The lines of a block quote without their marks.
//!
//! A mark is `>`, with up to three spaces before it and at most one behind it (CommonMark 5.1). A line without one continues a paragraph
//! (5.1, laziness) and stays as it is. Each line knows where it stands, so that what is found in the body has a place in the page.

use std::ops::Range;

use exemplar_model::teaching::Piece;

/// What stands in a block quote below its first line.
#[derive(Debug)]
pub(super) struct Body {
    /// The first line without its mark.
    pub(super) first: Piece,
    /// The lines below it, each ended by a line feed.
    pub(super) text: String,
    /// For each line below it, where it starts in `text` and in the page.
    starts: Vec<(usize, usize)>,
    /// Where the quote ends in the page.
    end: usize,
}

impl Body {
    /// The lines of the quote at `range` of a text.
    pub(super) fn of(text: &str, range: &Range<usize>) -> Self {
        let mut first = None;
        let mut body = String::with_capacity(range.len());
        let mut starts = Vec::new();
        let mut at = range.start;
        for line in text[range.clone()].split_inclusive('\n') {
            let content = line.trim_end_matches(['\n', '\r']);
            let mark = mark(content);
            if first.is_none() {
                first =
                    Some(Piece { text: content[mark..].to_owned(), range: at + mark..at + content.len() });
            } else {
                starts.push((body.len(), at + mark));
                body.push_str(&content[mark..]);
                body.push('\n');
            }
            at += line.len();
        }
        let end = range.start + text[range.clone()].trim_end().len();
        let first = first.unwrap_or(Piece { text: String::new(), range: range.start..range.start });
        Self { first, text: body, starts, end }
    }

    /// Where a range of the body stands in the page.
    pub(super) fn place(&self, range: &Range<usize>) -> Range<usize> {
        let place = |at: usize| {
            let index = self.starts.partition_point(|&(start, _)| start <= at);
            let Some(&(start, place)) = index.checked_sub(1).and_then(|index| self.starts.get(index)) else {
                return self.first.range.end;
            };
            (place + (at - start)).min(self.end)
        };
        let start = place(range.start);
        start..place(range.end).max(start)
    }

    /// A range of the body, without white space around it, and its place in the page.
    pub(super) fn piece(&self, range: Range<usize>) -> Piece {
        let written = &self.text[range.clone()];
        let start = range.start + (written.len() - written.trim_start().len());
        let range = start..(range.start + written.trim_end().len()).max(start);
        Piece { text: self.text[range.clone()].to_owned(), range: self.place(&range) }
    }
}

/// How many bytes the mark of a line takes.
fn mark(line: &str) -> usize {
    let lead = line.len() - line.trim_start_matches(' ').len();
    let Some(rest) = line[lead..].strip_prefix('>').filter(|_| lead <= 3) else { return 0 };
    lead + 1 + usize::from(rest.starts_with([' ', '\t']))
}
