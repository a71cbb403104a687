//! Lines of code as one text, with the place of that text and of each line.

use exemplar_model::fence::CodeLine;
use exemplar_model::source::{FileId, SourceMap, Span};

/// The lines as one text, each ended by a newline.
pub(super) fn joined(code: &[CodeLine]) -> String {
    let mut text = String::with_capacity(code.iter().map(|line| line.text.len() + 1).sum());
    text.extend(code.iter().flat_map(|line| [line.text.as_str(), "\n"]));
    text
}

/// From the first character of the code that is no white space to the end of its last line.
pub(super) fn span_of(code: &[CodeLine]) -> Option<Span> {
    let first = code.iter().find(|line| !line.text.trim().is_empty())?;
    let last = code.iter().rfind(|line| !line.text.trim().is_empty())?;
    let indent = first.text.len() - first.text.trim_start().len();
    let start = u32::try_from(indent).map_or(first.span.start, |indent| first.span.start + indent);
    Some(Span { start: start.min(first.span.end), ..first.span }.to(last.span))
}

/// The files that the lines come from, and for each line which of them, and the line there.
pub(super) fn places(sources: &SourceMap, code: &[CodeLine]) -> (Vec<String>, Vec<(usize, usize)>) {
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
    (files.into_iter().map(|file| sources.file(file).path().to_owned()).collect(), lines)
}
