//! Files in memory, and exact places in them.
//!
//! A [`Span`] names a file and a range of its bytes. Spans are made when a file is read and are never searched for again, so that a
//! message, a repair and an annotation all point at the same bytes.

use std::ops::Range;

use ecow::EcoString;

/// A file of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// A range of bytes of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last one.
    pub end: u32,
}

impl Span {
    /// A span of `range` in `file`.
    #[must_use]
    pub fn new(file: FileId, range: Range<usize>) -> Self {
        Self { file, start: offset(range.start), end: offset(range.end) }
    }

    /// The bytes of the file that this span covers.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The span from the start of this one to the end of `last`, where both lie in one file in this order; else this one.
    #[must_use]
    pub fn to(self, last: Self) -> Self {
        if self.file == last.file && self.start <= last.end { Self { end: last.end, ..self } } else { self }
    }
}

/// Files are refused at [`MAX_FILE_BYTES`] when they are loaded, so an offset always fits.
fn offset(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// The largest file that is read, in bytes: offsets are 32 bits wide, and no page of a book comes near.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// A line and column, both from 1; the column counts Unicode scalars, as editors do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in Unicode scalars, from 1.
    pub column: usize,
}

/// A file's text as it was read, with the starts of its lines.
#[derive(Debug)]
pub struct SourceFile {
    path: EcoString,
    text: EcoString,
    line_starts: Vec<u32>,
}

impl SourceFile {
    fn new(path: EcoString, text: EcoString) -> Self {
        let breaks = || memchr::memchr_iter(b'\n', text.as_bytes());
        // Counted first, so that the list has no more room than it needs.
        let mut line_starts = Vec::with_capacity(breaks().count() + 1);
        line_starts.push(0);
        line_starts.extend(breaks().map(|at| offset(at + 1)));
        Self { path, text, line_starts }
    }

    /// The path as it is shown: relative to the working directory where the file lies below it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same, to be held elsewhere too: it is there once.
    #[must_use]
    pub fn shared_path(&self) -> EcoString {
        self.path.clone()
    }

    /// The whole text, byte for byte, a byte order mark and carriage returns included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same, to be held elsewhere too: it is there once.
    #[must_use]
    pub fn shared_text(&self) -> EcoString {
        self.text.clone()
    }

    /// The line of a byte, from 1.
    #[must_use]
    pub fn line(&self, byte: u32) -> usize {
        self.line_starts.partition_point(|&start| start <= byte).max(1)
    }

    /// The position of a byte. An offset behind the end, or inside a scalar, is taken back to the nearest place before it.
    #[must_use]
    pub fn position(&self, byte: u32) -> Position {
        let line = self.line(byte);
        let start = self.line_starts[line - 1] as usize;
        let mut end = (byte as usize).clamp(start, self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[start..end];
        let marks = usize::from(line == 1 && before.starts_with('\u{feff}'));
        Position { line, column: before.chars().count() - marks + 1 }
    }

    /// The bytes of a line (from 1), without its ending.
    #[must_use]
    pub fn line_range(&self, line: usize) -> Range<usize> {
        let Some(&start) = self.line_starts.get(line.saturating_sub(1)) else {
            return self.text.len()..self.text.len();
        };
        let next = self.line_starts.get(line).map_or(self.text.len(), |&next| next as usize);
        let content = self.text[start as usize..next].trim_end_matches(['\n', '\r']);
        start as usize..start as usize + content.len()
    }
}

/// All files of a run.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// Adds a file under the path that messages will show.
    pub fn add(&mut self, path: impl Into<EcoString>, text: impl Into<EcoString>) -> FileId {
        self.files.push(SourceFile::new(path.into(), text.into()));
        FileId(offset(self.files.len() - 1))
    }

    /// All files, in the order in which they were added.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(offset(index)), file))
    }

    /// A file of this map.
    ///
    /// # Panics
    /// When the id is of another map, which would be a bug.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Where a span starts.
    #[must_use]
    pub fn start(&self, span: Span) -> Position {
        self.file(span.file).position(span.start)
    }

    /// Where a span ends: the position behind its last character.
    #[must_use]
    pub fn end(&self, span: Span) -> Position {
        self.file(span.file).position(span.end)
    }

    /// The line where a span starts.
    #[must_use]
    pub fn start_line(&self, span: Span) -> usize {
        self.file(span.file).line(span.start)
    }

    /// The line where a span ends.
    #[must_use]
    pub fn end_line(&self, span: Span) -> usize {
        self.file(span.file).line(span.end)
    }

    /// The text that a span covers.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.range()).unwrap_or_default()
    }
}

/// A stretch of expanded text that stands in a file exactly so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The first byte in the expanded text.
    pub start: usize,
    /// Where it comes from.
    pub origin: Span,
}

/// A page after its includes were expanded: the text that is parsed and woven, and where each byte of it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpandedText {
    /// The text.
    pub text: EcoString,
    /// Its pieces, in order and without gaps; none of them empty.
    pub segments: Vec<Segment>,
    /// The file of the page itself.
    pub file: FileId,
}

impl ExpandedText {
    /// Where a range of the expanded text comes from. A range over several pieces is cut at the end of its first one.
    #[must_use]
    pub fn origin(&self, range: Range<usize>) -> Span {
        let index = self.segments.partition_point(|segment| segment.start <= range.start);
        let Some(segment) = index.checked_sub(1).and_then(|index| self.segments.get(index)) else {
            return Span::new(self.file, 0..0);
        };
        let shift = range.start - segment.start;
        let length = segment.origin.range().len();
        let start = segment.origin.start as usize + shift.min(length);
        let end = (segment.origin.start as usize + shift + range.len()).min(segment.origin.end as usize);
        Span::new(segment.origin.file, start..end.max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::{ExpandedText, Segment, SourceMap, Span};

    #[test]
    fn positions_count_scalars_and_pass_over_a_byte_order_mark() {
        let mut sources = SourceMap::default();
        let id = sources.add("a.md", "\u{feff}é日x\r\n😀y");
        let file = sources.file(id);
        let at = |needle: &str| {
            let position = file.position(u32::try_from(file.text().find(needle).unwrap()).unwrap());
            (position.line, position.column)
        };
        assert_eq!([at("é"), at("x"), at("y")], [(1, 1), (1, 3), (2, 2)]);
        assert_eq!(&file.text()[file.line_range(1)], "\u{feff}é日x");
        assert_eq!(file.position(9_999).line, 2);
    }

    #[test]
    fn an_origin_is_cut_at_the_end_of_its_segment() {
        let mut sources = SourceMap::default();
        let page = sources.add("page.md", "ab{{x}}cd");
        let part = sources.add("part.py", "12");
        let segments = vec![
            Segment { start: 0, origin: Span::new(page, 0..2) },
            Segment { start: 2, origin: Span::new(part, 0..2) },
            Segment { start: 4, origin: Span::new(page, 7..9) },
        ];
        let expanded = ExpandedText { text: "ab12cd".into(), segments, file: page };
        assert_eq!(expanded.origin(3..6), Span::new(part, 1..2));
        assert_eq!(expanded.origin(5..6), Span::new(page, 8..9));
    }
}
