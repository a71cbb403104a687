//! Text of a page that lies in several pieces, such as a comment whose lines a block quote cuts, read as one.

use std::ops::Range;

/// The pieces, put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pieces {
    /// Their text.
    pub(super) text: String,
    /// Where each one begins in `text`, and its bytes in the page.
    places: Vec<(usize, Range<usize>)>,
}

impl Pieces {
    /// Puts pieces of a page together.
    pub(super) fn new(page: &str, ranges: &[Range<usize>]) -> Self {
        let mut pieces = Self { text: String::new(), places: Vec::with_capacity(ranges.len()) };
        for range in ranges {
            pieces.places.push((pieces.text.len(), range.clone()));
            pieces.text.push_str(page.get(range.clone()).unwrap_or_default());
        }
        pieces
    }

    /// The bytes of the page behind a range of the text: from its first to its last one, whatever lies between.
    pub(super) fn range(&self, range: Range<usize>) -> Range<usize> {
        let start = self.place(range.start);
        // The end belongs to the piece of the byte before it.
        let end = if range.is_empty() { start } else { self.place(range.end - 1) + 1 };
        start..end.max(start)
    }

    fn place(&self, at: usize) -> usize {
        let index = self.places.partition_point(|(start, _)| *start <= at);
        let piece = index.checked_sub(1).and_then(|index| self.places.get(index));
        piece.map_or(0, |(start, range)| range.start + (at - start))
    }
}

#[cfg(test)]
mod tests {
    use super::Pieces;

    #[test]
    fn a_range_has_its_place_in_the_page() {
        let page = "> ab\n> cd";
        let pieces = Pieces::new(page, &[2..5, 7..9]);
        assert_eq!(pieces.text, "ab\ncd");
        for (range, found) in [(0..2, "ab"), (1..4, "b\n> c"), (3..5, "cd"), (2..3, "\n"), (5..5, "")] {
            assert_eq!(&page[pieces.range(range)], found);
        }
    }
}
