//! The edits that turn the stated lines of an output into others, line by line.
//!
//! What stays is not touched: no byte of a kept line, no line ending, no prefix of a list, a quote or an include changes. A line that is
//! added gets the prefix and the line ending of its neighbours.

use exemplar_model::diagnostic::Edit;
use exemplar_model::fence::CodeLine;
use exemplar_model::source::{FileId, SourceFile, SourceMap, Span};

use super::keep::Line;

/// Where lines of an output stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    file: FileId,
    /// The end of the physical line above the output.
    above: usize,
    /// What its lines begin with.
    prefix: String,
    ending: &'static str,
}

impl Place {
    /// Below the last line of a prompted statement or a shell's command, whose first line has this prompt and whose further lines that.
    pub(super) fn below_prompt(
        sources: &SourceMap,
        code: Span,
        first_prompt: &str,
        further_prompt: &str,
    ) -> Self {
        let file = sources.file(code.file);
        let (first, last) = (physical(file, code.start), physical(file, code.end));
        let text = &file.text()[first.start..(code.start as usize).clamp(first.start, first.end)];
        let text = text.trim_start_matches('\u{feff}');
        let bare = text.trim_end_matches(' ');
        let prefix = bare.strip_suffix(first_prompt).unwrap_or(text);
        let mut above = last.end;
        // A `...` that ends a block stands below the block's last line of code.
        loop {
            let below = following(file, above);
            let is_end = below.clone().is_some_and(|line| {
                let rest = file.text()[line].strip_prefix(prefix);
                rest.is_some_and(|rest| rest.trim_end() == further_prompt)
            });
            match below.filter(|_| is_end && further_prompt == "...") {
                Some(line) => above = line.end,
                None => break,
            }
        }
        Self { file: code.file, above, prefix: prefix.to_owned(), ending: ending(file, above) }
    }

    /// In the place of these lines.
    pub(super) fn of_lines(sources: &SourceMap, lines: &[CodeLine]) -> Option<Self> {
        let first = lines.first()?;
        let file = sources.file(first.span.file);
        // A blank line may have lost the space behind its quote mark or its `#>`.
        let model = lines.iter().find(|line| !line.text.is_empty()).unwrap_or(first);
        let line = physical(file, model.span.start);
        // A blank line's place may be behind the carriage return.
        let mut prefix = file.text()[line.start..(model.span.start as usize).min(line.end)].to_owned();
        if prefix.trim().is_empty() && model.text.is_empty() {
            // Nothing but blank lines: the line that closes the fence has the prefix that they have lost.
            prefix = closing_prefix(file, lines.last()?.span.start);
        } else if prefix.ends_with(['>', ':']) && model.text.is_empty() {
            // In a list in a quote, the line that closes the fence is indented further than the blank line.
            let closing = closing_prefix(file, lines.last()?.span.start);
            prefix = if closing.len() > prefix.len() && closing.starts_with(&prefix) {
                closing
            } else {
                prefix + " "
            };
        }
        let first_line = physical(file, first.span.start);
        let above = above(file, first_line.start);
        Some(Self { file: first.span.file, above, prefix, ending: ending(file, first_line.end) })
    }

    /// Below the opening line of an empty fence.
    pub(super) fn in_empty_fence(sources: &SourceMap, opening_end: Span) -> Self {
        let file = sources.file(opening_end.file);
        let line = physical(file, opening_end.start);
        let prefix = closing_prefix(file, opening_end.start);
        Self { file: opening_end.file, above: line.end, prefix, ending: ending(file, line.end) }
    }

    /// A line with its prefix. White space at its end would be the prefix's own.
    fn written(&self, line: &str) -> String {
        if line.is_empty() { self.prefix.trim_end().to_owned() } else { format!("{}{line}", self.prefix) }
    }
}

/// The edits for this alignment of the old lines with the new ones.
pub(super) fn edits(
    sources: &SourceMap,
    place: &Place,
    old: &[CodeLine],
    new: &[String],
    alignment: &[Line],
) -> Vec<Edit> {
    let file = sources.file(place.file);
    let span = |start: usize, end: usize| Span::new(place.file, start..end);
    let mut edits: Vec<Edit> = Vec::new();
    let mut above = place.above;
    let mut added = String::new();
    let flush = |at: usize, added: &mut String, edits: &mut Vec<Edit>| {
        if !added.is_empty() {
            edits.push(Edit { span: span(at, at), text: std::mem::take(added) });
        }
    };
    for line in alignment {
        match *line {
            Line::Added(new_line) => {
                added.push_str(place.ending);
                added.push_str(&place.written(&new[new_line]));
            }
            Line::Kept(old_line) => {
                flush(above, &mut added, &mut edits);
                above = physical(file, old[old_line].span.start).end;
            }
            Line::Replaced { old: old_line, new: new_line } => {
                flush(above, &mut added, &mut edits);
                let line = physical(file, old[old_line].span.start);
                above = line.end;
                edits.push(Edit { span: span(line.start, line.end), text: place.written(&new[new_line]) });
            }
            Line::Dropped(old_line) => {
                let line = physical(file, old[old_line].span.start);
                edits.push(Edit { span: span(self::above(file, line.start), line.end), text: String::new() });
            }
        }
    }
    flush(above, &mut added, &mut edits);
    edits
}

/// What stands before the backticks or tildes that close a fence, on the line below this byte's.
fn closing_prefix(file: &SourceFile, above: u32) -> String {
    let next = file.line_range(file.position(above).line + 1);
    let closing = &file.text()[next];
    closing[..closing.find(['`', '~']).unwrap_or(0)].to_owned()
}

/// The bytes of the line that a byte stands in, without its ending.
pub(super) fn physical(file: &SourceFile, byte: u32) -> std::ops::Range<usize> {
    file.line_range(file.position(byte).line)
}

/// The line below one that ends here.
pub(super) fn following(file: &SourceFile, end: usize) -> Option<std::ops::Range<usize>> {
    let rest = &file.text()[end..];
    let start = end + rest.find('\n')? + 1;
    Some(physical(file, u32::try_from(start).ok()?))
}

/// The end of the line above one that starts here.
fn above(file: &SourceFile, start: usize) -> usize {
    let text = &file.text()[..start];
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text).len()
}

/// How the line ends that is without its ending until here.
fn ending(file: &SourceFile, end: usize) -> &'static str {
    match file.text()[end..].starts_with("\r\n") || (end == file.text().len() && file.text().contains("\r\n"))
    {
        true => "\r\n",
        false => "\n",
    }
}
