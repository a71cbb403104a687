//! Fences that readers don't see: `<!-- exemplar: run`, attributes up to the line's end, and below that the code up to `-->`.

use std::ops::Range;

use exemplar_model::diagnostic::Diagnostic;

use super::comment::Comment;
use super::info::{Info, TagKind};
use super::line::Line;
use super::markdown::{self, RawFence};
use super::page::{Above, Page};
use super::pieces::Pieces;

impl Page<'_> {
    /// Reads the fence in a comment. `bodies` is what stands behind `run`.
    pub(super) fn invisible(&mut self, comment: &Comment, bodies: &[Range<usize>]) {
        let text = &self.expanded.text;
        let mut lines = lines(text, bodies).into_iter();
        let first = lines.next().unwrap_or(comment.range.end..comment.range.end);
        let mut lines = dedented(text, lines.collect());
        // The line of `-->` has no code before it, mostly.
        if lines.last().is_some_and(Line::is_blank) {
            lines.pop();
        }
        let start = comment.range.start;
        let raw = RawFence {
            range: comment.range.clone(),
            opening: start..first.end.max(start),
            info: first.clone(),
            lines,
            prefix: markdown::prefix(text, start),
            closed: true,
        };
        // What is wrong with half a fence would only follow from its being cut.
        if self.is_cut(comment) || self.is_broken(&raw) {
            self.pending.clear();
            return;
        }
        let info = Info { tag: "python", kind: TagKind::Python, directive: false, attributes: first.clone() };
        let attached =
            self.attached(Pieces::new(text, &[first]), true).hide(self.expanded.origin(raw.opening.clone()));
        match super::content::stored(&attached.given()) {
            Some(kind) => self.file(&raw, &info, &attached, kind),
            None => self.python(&raw, &info, attached),
        }
        // An output that readers see is not that of code which they don't.
        self.above = Above::Other;
    }

    /// A comment ends at its first `-->`, which may be meant as code.
    fn is_cut(&mut self, comment: &Comment) -> bool {
        let rest = &self.expanded.text[comment.range.end..];
        let leftover = rest.split('\n').next().unwrap_or_default().trim();
        if leftover.is_empty() || leftover.starts_with("<!--") {
            return false;
        }
        let end = comment.range.end;
        let arrow = self.expanded.origin(end - "-->".len()..end);
        self.diagnostics.push(
            Diagnostic::error("cut-comment", arrow, "this `-->` ends the comment, and cuts the code off")
                .help("write it apart (`-- >`, `\"--\" \">\"`), or use a fence with `hidden`"),
        );
        true
    }
}

/// The lines without the indentation that all of them have: HTML keeps what sets it off from its surroundings.
fn dedented(text: &str, ranges: Vec<Range<usize>>) -> Vec<Line<'_>> {
    let lines = ranges.into_iter().map(|range| (Line::new(text, range.clone(), 0), range));
    let lines: Vec<(Line<'_>, Range<usize>)> = lines.collect();
    let indent = lines.iter().filter(|(line, _)| !line.is_blank()).map(|(line, _)| line.indent()).min();
    let place = |(line, range): (Line<'_>, Range<usize>)| {
        let indent = indent.unwrap_or_default().min(line.indent());
        Line::new(text, range.start + indent..range.end, 0)
    };
    lines.into_iter().map(place).collect()
}

/// The lines of some pieces, without their endings. The parser cuts a line in two before a carriage return.
fn lines(text: &str, pieces: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut lines: Vec<Range<usize>> = Vec::new();
    let mut ended = true;
    for piece in pieces {
        let mut start = piece.start;
        for line in text[piece.clone()].split_inclusive('\n') {
            let end = start + line.trim_end_matches(['\n', '\r']).len();
            match lines.last_mut().filter(|_| !ended) {
                Some(last) if end > start => last.end = end,
                Some(_) => {}
                None => lines.push(start..end),
            }
            ended = line.ends_with('\n');
            start += line.len();
        }
    }
    lines
}
