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

/// The files that some code comes from. All code of a page comes from it, but for what it includes, so that they are held once.
#[derive(Debug, Default)]
pub(super) struct CodeFiles {
    files: Vec<FileId>,
    paths: Arc<[EcoString]>,
    found: Vec<FileId>,
}

impl CodeFiles {
    /// The files that the lines come from, and for each line which of them, and the line there.
    pub(super) fn places(
        &mut self,
        sources: &SourceMap,
        code: &[CodeLine],
    ) -> (Arc<[EcoString]>, Vec<(usize, usize)>) {
        self.found.clear();
        let mut lines = Vec::with_capacity(code.len());
        for line in code {
            // Nearly all code comes from one file.
            let file = self.found.iter().position(|&known| known == line.span.file).unwrap_or_else(|| {
                self.found.push(line.span.file);
                self.found.len() - 1
            });
            lines.push((file, sources.start_line(line.span)));
        }
        if self.found != self.files {
            std::mem::swap(&mut self.found, &mut self.files);
            self.paths = self.files.iter().map(|&file| sources.file(file).shared_path()).collect();
        }
        (self.paths.clone(), lines)
    }
}
