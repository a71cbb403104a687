//! Reads a file that is no Markdown as `doctest.testfile` does: `>>> ` examples stand anywhere in its prose, and it is one session.
//!
//! Nothing but doctest's own syntax holds here: no attributes, no dialects, and what stands around the examples is none of ours. Examples
//! that follow each other with no more than blank lines between them make one [`Fence`], so that each has its indentation.

use std::sync::Arc;

use exemplar_model::fence::{Content, Fence};
use exemplar_model::plan::Division;
use exemplar_model::source::ExpandedText;

use super::line::Line;
use super::session::{self, has_first_prompt, is_blank};
use super::{Parsed, content};

/// Finds the examples of such a file.
pub(super) fn parse(expanded: &ExpandedText) -> Parsed {
    let mut parsed = Parsed {
        fences: Vec::new(),
        diagnostics: Vec::new(),
        division: Some(Division::Page),
        entries: Vec::new(),
        labs: Vec::new(),
    };
    let mut end = 0;
    let lines: Vec<Line<'_>> = expanded
        .text
        .split_inclusive('\n')
        .map(|line| {
            let start = end;
            end += line.len();
            let length = line.trim_end_matches(['\n', '\r']).len();
            Line::new(&expanded.text, start..start + length, 0).expand_tabs()
        })
        .collect();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if !has_first_prompt(&line.text) {
            at += 1;
            continue;
        }
        let end = at + group(&lines[at..]);
        let examples = session::parse(&lines[at..end], expanded, &mut parsed.diagnostics, None);
        if !examples.is_empty() {
            parsed.fences.push(fence(&lines[at..end], expanded, Content::Session(examples)));
        }
        at = end;
    }
    parsed
}

/// How many lines belong to the examples that start here. An output ends at a blank line; behind that only a prompt that is indented
/// alike goes on.
fn group(lines: &[Line<'_>]) -> usize {
    let indent = lines.first().map(Line::indent).unwrap_or_default();
    let mut count = 0;
    let mut is_in_example = false;
    for (index, line) in lines.iter().enumerate() {
        let is_prompt = has_first_prompt(&line.text);
        if is_prompt && line.indent() != indent {
            break;
        }
        if is_blank(&line.text) {
            is_in_example = false;
        } else if is_prompt || is_in_example {
            is_in_example = true;
            count = index + 1;
        } else {
            break;
        }
    }
    count
}

fn fence(lines: &[Line<'_>], expanded: &ExpandedText, content: Content) -> Fence {
    let indent = lines.first().map(Line::indent).unwrap_or_default();
    let range_of = |line: &Line<'_>, from: usize| line.range(from..line.text.len());
    let opening = lines.first().map(|line| range_of(line, indent)).unwrap_or_default();
    let end = lines.last().map_or(opening.end, |line| range_of(line, 0).end);
    let line_start = expanded.text[..opening.start].rfind('\n').map_or(0, |at| at + 1);
    let shown = lines.iter().map(|line| {
        let mut shown = content::shown_in_session(line);
        shown.text = shown.text[indent.min(line.indent())..].into();
        shown
    });
    Fence {
        tag: String::new(),
        range: opening.start..end,
        output_range: None,
        prefix: expanded.text[line_start..opening.start].to_owned(),
        opening: expanded.origin(opening),
        attributes: Arc::default(),
        content,
        shown: shown.collect(),
        section: 0,
        epoch: 0,
    }
}
