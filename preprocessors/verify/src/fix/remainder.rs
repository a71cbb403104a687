//! Text behind the blank line that ends an output for doctest: the rest of the output, or prose. What it is, only the run can say.

use exemplar_model::fence::{CodeLine, Expected};
use exemplar_model::plan::{Example, ExampleKind};
use exemplar_model::source::{SourceMap, Span};

use super::rewrite::{following, physical};

/// The lines from the blank one on, up to the last one with text; none where the fence goes on with a prompt, or ends.
pub(super) fn of(sources: &SourceMap, example: &Example, expected: &Expected) -> Vec<CodeLine> {
    let (Some(text), Some(model)) =
        (&expected.dialect, expected.lines.iter().find(|line| !line.text.is_empty()))
    else {
        return Vec::new();
    };
    let more = text.lines().skip(expected.lines.len());
    let begins_blank = more.clone().next().is_some_and(|line| line.trim().is_empty());
    if example.kind != ExampleKind::Session || !begins_blank {
        return Vec::new();
    }
    let file = sources.file(model.span.file);
    let line = physical(file, model.span.start);
    let prefix = &file.text()[line.start..model.span.start as usize];
    let mut above = physical(file, expected.lines[expected.lines.len() - 1].span.start);
    let mut lines = Vec::new();
    for text in more {
        let Some(line) = following(file, above.end) else { return Vec::new() };
        let whole = &file.text()[line.clone()];
        // In an include, or below a comment that is not shown, the next line of the file is another one.
        let is_same = match whole.strip_prefix(prefix) {
            Some(rest) => rest.trim() == text.trim(),
            None => text.trim().is_empty() && whole.trim_end() == prefix.trim_end(),
        };
        if !is_same {
            return Vec::new();
        }
        let start = (line.start + prefix.len()).min(line.end);
        lines.push(CodeLine { text: text.into(), span: Span::new(model.span.file, start..line.end) });
        above = line;
    }
    lines
}
