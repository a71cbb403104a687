//! The part of a file that a finding is about.
//!
//! A file with thousands of failures is read by `annotate-snippets` once for each of them, so it gets only the lines that it will show.
//! What is printed is the same as for the whole file.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Snippet};
use exemplar_model::source::SourceFile;

use super::text::escaped;

/// A place to be marked, in bytes of the file, and the words beside it.
pub(super) struct Mark<'m> {
    pub(super) range: Range<usize>,
    pub(super) label: Option<&'m str>,
}

/// The lines of a file from the first mark to the last one: the first mark is what is wrong, the others explain it.
pub(super) fn excerpt<'f>(file: &'f SourceFile, marks: &[Mark<'_>]) -> Snippet<'f, Annotation<'f>> {
    let text = file.text();
    let within = |range: &Range<usize>| {
        let start = range.start.min(text.len());
        start..range.end.min(text.len()).max(start)
    };
    let lines = lines(file, marks.iter().map(|mark| within(&mark.range)));
    let mut snippet =
        Snippet::source(&text[lines.bytes.clone()]).line_start(lines.first).path(file.path()).fold(true);
    for (index, mark) in marks.iter().enumerate() {
        let range = within(&mark.range);
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(range.start - lines.bytes.start..range.end - lines.bytes.start);
        snippet = snippet.annotation(match mark.label {
            Some(label) => annotation.label(escaped(label).into_owned()),
            None => annotation,
        });
    }
    snippet
}

struct Lines {
    bytes: Range<usize>,
    /// The number of the first one, from 1.
    first: usize,
}

/// The lines that these ranges touch, and the one before them: a place at the very start of a line depends on what stands before it.
fn lines(file: &SourceFile, ranges: impl Iterator<Item = Range<usize>>) -> Lines {
    let (mut from, mut to) = (file.text().len(), 0);
    for range in ranges {
        from = from.min(range.start);
        to = to.max(range.end);
    }
    let line = |byte: usize| file.position(u32::try_from(byte).unwrap_or(u32::MAX)).line;
    let first = line(from).saturating_sub(1).max(1);
    // The line's own end belongs to it.
    let end = file.text()[to..].find('\n').map_or(file.text().len(), |at| to + at + 1);
    Lines { bytes: file.line_range(first).start..end, first }
}

#[cfg(test)]
mod tests {
    use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
    use exemplar_model::source::{SourceFile, SourceMap};

    use super::{Mark, excerpt, lines};

    fn rendered(snippet: Snippet<'_, annotate_snippets::Annotation<'_>>) -> String {
        Renderer::styled().render(&[Group::with_title(Level::ERROR.primary_title("wrong")).element(snippet)])
    }

    fn of_the_whole(file: &SourceFile, ranges: [(usize, usize); 2]) -> String {
        let snippet = Snippet::source(file.text()).path(file.path()).fold(true);
        rendered(
            snippet
                .annotation(AnnotationKind::Primary.span(ranges[0].0..ranges[0].1))
                .annotation(AnnotationKind::Context.span(ranges[1].0..ranges[1].1).label("here")),
        )
    }

    #[test]
    fn it_looks_as_the_whole_file_does() {
        let numbered: String = (1..12).map(|line| format!("{line}é\n")).collect();
        for text in ["\u{feff}a\r\n\r\n  b\n\n\nc", "a\n\nb\n", "", "\n", &numbered] {
            let mut sources = SourceMap::default();
            let id = sources.add("page.md", text);
            let file = sources.file(id);
            let places: Vec<usize> = (0..=text.len()).filter(|&at| text.is_char_boundary(at)).collect();
            let ranges = || places.iter().flat_map(|&from| places.iter().map(move |&to| (from, to)));
            for one in ranges().filter(|(from, to)| from <= to) {
                for other in [(0, 0), one, (text.len(), text.len()), (one.1, text.len())] {
                    let marks = [
                        Mark { range: one.0..one.1, label: None },
                        Mark { range: other.0..other.1, label: Some("here") },
                    ];
                    assert_eq!(
                        rendered(excerpt(file, &marks)),
                        of_the_whole(file, [one, other]),
                        "{text:?} {one:?} {other:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn it_is_a_few_lines_of_a_long_file() {
        let mut sources = SourceMap::default();
        let id = sources.add("page.md", "12345678\n".repeat(100_000));
        let found = lines(sources.file(id), std::iter::once(9 * 50_000..9 * 50_000 + 3));
        assert_eq!((found.first, found.bytes), (50_000, 9 * 49_999..9 * 50_001));
    }
}
