//! The place of lines of code: of all of them, and of each.

use std::sync::Arc;

use ecow::EcoString;
use exemplar_model::fence::CodeLine;
use exemplar_model::source::{FileId, SourceMap, Span};

/// From the first character of the code that is no white space to the end of its last line.
pub(super) fn span_of(code: &[CodeLine]) -> Option<Span> {
    let first = code.iter().find(|line| !line.text.trim().is_empty())?;
    let last = code.iter().rfind(|line| !line.text.trim().is_empty())?;
    let indent = first.text.len() - first.text.trim_start().len();
    let start = u32::try_from(indent).map_or(first.span.start, |indent| first.span.start + indent);
    Some(Span { start: start.min(first.span.end), ..first.span }.to(last.span))
}

/// The files that the lines come from, and for each line which of them, and the line there.
pub(super) fn places(sources: &SourceMap, code: &[CodeLine]) -> (Arc<[EcoString]>, Vec<(usize, usize)>) {
    let mut files: Vec<FileId> = Vec::new();
    let mut lines = Vec::with_capacity(code.len());
    for line in code {
        // Nearly all code comes from one file.
        let file = files.iter().position(|&known| known == line.span.file).unwrap_or_else(|| {
            files.push(line.span.file);
            files.len() - 1
        });
        lines.push((file, sources.start(line.span).line));
    }
    (files.into_iter().map(|file| sources.file(file).path().into()).collect(), lines)
}
