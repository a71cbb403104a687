//! A verified page as Markdown that reads well by itself: for programs, and for people without a browser.
//!
//! Prompts stay, each script is followed by what it printed, captions stand above their fences, and what was not run or not compared
//! says so in a line below.

use exemplar_model::fence::{Content, Fence};
use exemplar_model::plan::Page;

use super::fence::{code, file_language, output};
use super::lines::Lines;
use super::listing::{self, Line};
use super::note;
use crate::report::PlacedExample;

/// The text of a page, from `examples`, those of this page in order.
#[must_use]
pub fn plain(page: &Page, examples: &[PlacedExample]) -> String {
    let text = &page.expanded.text;
    let mut plain = String::with_capacity(text.len());
    let mut from = 0;
    for (index, fence) in page.fences.iter().enumerate() {
        plain.push_str(&text[from..fence.range.start]);
        from = fence.output_range.as_ref().map_or(fence.range.end, |output| output.end);
        if !fence.attributes.hidden {
            let results: Vec<&PlacedExample> =
                examples.iter().filter(|example| example.fence == index).collect();
            push(&mut Lines::new(&mut plain, &fence.prefix), fence, &results);
        }
    }
    plain.push_str(&text[from..]);
    plain
}

/// One fence as Markdown, without the lists and block quotes that it stands in.
#[must_use]
pub fn fence(fence: &Fence, examples: &[&PlacedExample]) -> String {
    let mut plain = String::new();
    push(&mut Lines::new(&mut plain, ""), fence, examples);
    plain
}

fn push(lines: &mut Lines<'_>, fence: &Fence, examples: &[&PlacedExample]) {
    let (language, file) = match &fence.content {
        Content::Session(_) => ("pycon", None),
        Content::Script { .. } => ("python", None),
        Content::Console(_) => ("console", None),
        Content::File { path, .. } | Content::Excerpt { path, .. } => (file_language(&fence.tag), Some(path)),
    };
    if let Some(title) = fence.attributes.title.as_ref().or(file) {
        lines.push(title);
        lines.push("");
    }
    let shown: Vec<Line> = code(fence, examples)
        .into_iter()
        .filter(|line| !line.hidden)
        .map(|line| Line::plain(&line.text))
        .collect();
    listing::weave(lines, language, &[], &shown);
    if let Some((printed, _)) = output(fence, examples) {
        let printed: Vec<Line> = printed.lines().map(Line::plain).collect();
        lines.push("");
        listing::weave(lines, "text", &[], &printed);
    }
    if examples.iter().any(|example| example.displays.iter().any(|shown| shown.mime.starts_with("image/"))) {
        let words = fence.attributes.alt.as_deref().unwrap_or("what this example shows");
        lines.push("");
        lines.push(&format!("(figure: {words})"));
    }
    if let Some(reason) = note::reason(fence, examples) {
        lines.push("");
        lines.push(&format!("({reason})"));
    }
}
