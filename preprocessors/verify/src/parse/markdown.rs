//! Finds the fences of a page with mdBook's own parser, so that what we run is what mdBook shows as code.
//!
//! The parser hands over the body of a fence with the prefixes of its lists and block quotes taken off, line by line where there are
//! any. The places of those lines are kept, never searched for. Nothing here knows of Python.

use std::ops::Range;

use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use super::line::Line;
use super::reindent::Reindented;

/// A part of a page, as far as it matters to examples. All ranges are of the text that was parsed, until they are placed in another.
#[derive(Debug)]
pub(super) enum Block<'t> {
    /// A fenced code block.
    Fence(RawFence<'t>),
    /// HTML, in pieces of whole lines; the prefixes between them are left out.
    Html(Vec<Range<usize>>),
    /// HTML within a paragraph.
    InlineHtml(Range<usize>),
    /// An indented code block.
    Indented(Range<usize>),
    /// The start of a heading.
    Heading,
    /// Anything else, the start or end of a container included.
    Other,
}

/// A fenced code block before anything of it is understood.
#[derive(Debug)]
pub(super) struct RawFence<'t> {
    /// From the first backtick or tilde to the end of the last line, without its ending.
    pub(super) range: Range<usize>,
    /// The opening line from the first backtick on.
    pub(super) opening: Range<usize>,
    /// The info string.
    pub(super) info: Range<usize>,
    /// The body.
    pub(super) lines: Vec<Line<'t>>,
    /// What a further line must start with to stay in the same containers.
    pub(super) prefix: String,
    /// Whether there is a closing fence.
    pub(super) closed: bool,
}

/// The parts of a page, in order.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut html: Option<Vec<Range<usize>>> = None;
    let mut fence: Option<Range<usize>> = None;
    let mut body = Body::default();
    for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                fence = Some(range);
                body.clear();
            }
            Event::Text(part) => match &fence {
                Some(_) => body.push(text, &part, range),
                None => push_other(&mut blocks),
            },
            Event::End(TagEnd::CodeBlock) => match fence.take() {
                Some(range) => blocks.push(Block::Fence(RawFence::new(text, range, &body))),
                None => push_other(&mut blocks),
            },
            Event::Start(Tag::HtmlBlock) => html = Some(Vec::new()),
            Event::Html(_) => match &mut html {
                Some(pieces) => pieces.push(range),
                None => push_other(&mut blocks),
            },
            Event::End(TagEnd::HtmlBlock) => blocks.extend(html.take().map(Block::Html)),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => blocks.push(Block::Indented(range)),
            Event::Start(Tag::Heading { .. }) => blocks.push(Block::Heading),
            Event::InlineHtml(_) => blocks.push(Block::InlineHtml(range)),
            _ => push_other(&mut blocks),
        }
    }
    blocks
}

/// Most of a page is prose: one `Other` stands for a whole run of it.
fn push_other(blocks: &mut Vec<Block<'_>>) {
    if !matches!(blocks.last(), Some(Block::Other)) {
        blocks.push(Block::Other);
    }
}

impl Block<'_> {
    /// The same part as it stands in `page`, when the text that was parsed is `page` in another shape.
    pub(super) fn placed(mut self, shape: &Reindented, page: &str) -> Self {
        match &mut self {
            Self::Fence(fence) => {
                for range in [&mut fence.range, &mut fence.opening, &mut fence.info] {
                    *range = shape.range(range.clone());
                }
                fence.lines.iter_mut().for_each(|line| line.place_by(|at| shape.place(at)));
                fence.prefix = prefix(page, fence.range.start);
            }
            Self::Html(pieces) => pieces.iter_mut().for_each(|piece| *piece = shape.range(piece.clone())),
            Self::InlineHtml(range) | Self::Indented(range) => *range = shape.range(range.clone()),
            Self::Heading | Self::Other => {}
        }
        self
    }
}

/// The lines of a body as they are put together.
#[derive(Debug, Default)]
struct Body {
    lines: Vec<BodyLine>,
    /// Spaces that stand for the rest of a tab, before the next line.
    lead: usize,
}

#[derive(Debug)]
struct BodyLine {
    range: Range<usize>,
    lead: usize,
    ended: bool,
}

impl Body {
    fn clear(&mut self) {
        self.lines.clear();
        self.lead = 0;
    }

    /// Takes a part of the body. The parser makes up spaces, with an empty range, where a tab is cut in two.
    fn push(&mut self, text: &str, part: &str, range: Range<usize>) {
        if range.is_empty() {
            self.lead += part.len();
            return;
        }
        let mut start = range.start;
        for piece in text[range].split_inclusive('\n') {
            let end = start + piece.len();
            let ended = piece.ends_with('\n');
            match self.lines.last_mut().filter(|line| !line.ended) {
                Some(line) => (line.range.end, line.ended) = (end, ended),
                None => {
                    let lead = std::mem::take(&mut self.lead);
                    self.lines.push(BodyLine { range: start..end, lead, ended });
                }
            }
            start = end;
        }
    }
}

impl<'t> RawFence<'t> {
    fn new(text: &'t str, range: Range<usize>, body: &Body) -> Self {
        let written = &text[range.clone()];
        let end = range.start + without_ending(written).len();
        let range = range.start..end;
        let first_line = without_ending(written.split_inclusive('\n').next().unwrap_or_default());
        let opening = range.start..range.start + first_line.trim_end().len();
        let mark = first_line.chars().next().unwrap_or('`');
        let length = first_line.len() - first_line.trim_start_matches(mark).len();
        let info_text = first_line[length..].trim();
        let info_start = opening.end - info_text.len();
        let lines = body.lines.iter().map(|line| {
            let slice = text[line.range.clone()].trim_end_matches(['\n', '\r']);
            Line::new(text, line.range.start..line.range.start + slice.len(), line.lead)
        });
        Self {
            closed: is_closed(text, &range, body, mark, length),
            info: info_start..opening.end,
            opening,
            lines: lines.collect(),
            prefix: prefix(text, range.start),
            range,
        }
    }
}

/// The closing fence is what the parser did not hand over as part of the body.
fn is_closed(text: &str, range: &Range<usize>, body: &Body, mark: char, length: usize) -> bool {
    let written = &text[range.clone()];
    let Some(last_line) = written.rfind('\n').map(|at| range.start + at + 1) else { return false };
    let in_body = body.lines.last().is_some_and(|line| line.range.end > last_line);
    let run = text[last_line..range.end].trim_end();
    !in_body && run.len() - run.trim_end_matches(mark).len() >= length
}

/// What a further line must start with to stay in the containers of what starts here.
pub(super) fn prefix(text: &str, start: usize) -> String {
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    text[line_start..start].chars().map(continuation).collect()
}

/// A block quote's mark must stand before every line; a list's only before the first one.
fn continuation(scalar: char) -> char {
    match scalar {
        '>' | '\t' => scalar,
        _ => ' ',
    }
}

fn without_ending(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}
