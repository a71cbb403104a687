//! Drawings within the text: an `<svg>` is kept as it was written, and not read as elements.
//!
//! Markdown's parser gives it in pieces, as HTML, or as text where it stands in a paragraph or has a blank line. They are put together
//! again up to its end. What Markdown makes of the pieces between is no part of the tree.

use std::ops::Range;

use mdbook_markdown::pulldown_cmark::Event;

use super::build::Builder;
use super::{Element, Node, tags};

/// A drawing of at most so many pixels goes with the text that it stands in.
const AS_TEXT: f64 = 32.0;

const END: &str = "</svg>";
const NAMESPACE: &str = "xmlns=\"http://www.w3.org/2000/svg\"";

/// A drawing that is being read.
#[derive(Debug)]
pub(super) struct Drawing {
    source: String,
    range: Range<usize>,
}

impl Drawing {
    /// Whether a drawing begins in a piece of HTML, and at which of its bytes. One that never ends is none.
    pub(super) fn begins(html: &str, behind: &str) -> Option<usize> {
        let lower = html.to_ascii_lowercase();
        let at = lower.match_indices("<svg").map(|(at, _)| at).find(|at| {
            lower[at + 4..].starts_with(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/'))
        })?;
        behind.to_ascii_lowercase().contains(END).then_some(at)
    }

    /// Begins with nothing.
    pub(super) fn new(range: Range<usize>) -> Self {
        Self { source: String::new(), range }
    }

    /// Takes a piece of HTML. Gives what stands behind the end of the drawing, if it is there.
    pub(super) fn html<'h>(&mut self, html: &'h str) -> Option<&'h str> {
        match html.to_ascii_lowercase().find(END) {
            Some(at) => {
                self.source.push_str(&html[..at + END.len()]);
                Some(&html[at + END.len()..])
            }
            None => {
                self.source.push_str(html);
                None
            }
        }
    }

    /// Takes an event that is no HTML.
    pub(super) fn other(&mut self, event: &Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) => {
                let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                self.source.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak | Event::End(_) => self.source.push('\n'),
            _ => {}
        }
    }

    /// The whole drawing: its source, and the words for those who can't see it.
    pub(super) fn element(self) -> Element {
        let mut builder = Builder::default();
        tags::read(&self.source, &self.range, &mut builder);
        let tree = builder.finish();
        let svg = tree.iter().find_map(Node::element);
        let attribute = |name: &str| svg.and_then(|svg| svg.attribute(name)).map(str::trim);
        let title =
            || svg.and_then(|svg| svg.elements().find(|inner| inner.name == "title")).map(Element::text);
        let alt = attribute("aria-label").map(str::to_owned).or_else(title).unwrap_or_default();
        let mut source = self.source;
        if attribute("xmlns").is_none() {
            source.insert_str(4, &format!(" {NAMESPACE}"));
        }
        let element = Element::new("svg", self.range).with("source", &source).with("alt", alt.trim());
        let height = attribute("height").and_then(|height| height.trim_end_matches("px").parse::<f64>().ok());
        let is_small = height.is_some_and(|height| height <= AS_TEXT);
        let element = if is_small { element.with("small", "") } else { element };
        let element = attribute("id").into_iter().fold(element, |element, id| element.with("id", id));
        let is_ornament =
            attribute("aria-hidden") == Some("true") || attribute("role") == Some("presentation");
        if is_ornament { element.with("role", "presentation") } else { element }
    }
}

#[cfg(test)]
mod tests {
    use crate::tree::{Element, Node, read};

    fn drawings(nodes: &[Node], found: &mut Vec<Element>) {
        for element in nodes.iter().filter_map(Node::element) {
            if element.name == "svg" {
                found.push(element.clone());
            }
            drawings(&element.children, found);
        }
    }

    #[test]
    fn a_drawing_is_kept_as_it_was_written() {
        let svg = "<svg xmlns=\"x\" viewBox=\"0 0 9 9\"><title>A dot</title><circle r=\"4\"/></svg>";
        for (text, words) in [
            (format!("{svg}\n\nafter\n"), "after"),
            (format!("before {svg} after\n"), "before  after"),
            (format!("> <div>\n> {svg}\n> </div>\n"), ""),
        ] {
            let tree = read(&text, false);
            let mut found = Vec::new();
            drawings(&tree, &mut found);
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].attribute("alt"), Some("A dot"), "{text}");
            assert!(found[0].attribute("source").unwrap().contains("viewBox"), "{text}");
            let all: String = tree.iter().filter_map(Node::element).map(Element::text).collect();
            assert_eq!(all.trim(), words, "{text}");
        }
    }

    #[test]
    fn a_blank_line_does_not_end_a_drawing_and_a_missing_end_takes_nothing_away() {
        let tree = read("<svg aria-label=\"w\">\n\n<g>\n\n</g></svg> behind\n\nlast\n", false);
        let mut found = Vec::new();
        drawings(&tree, &mut found);
        assert_eq!(found[0].attribute("alt"), Some("w"));
        let mut text = String::new();
        tree.iter().for_each(|node| node.collect_text(&mut text));
        assert!(text.contains("behind") && text.contains("last"), "{text}");
        let tree = read("<svg>\n\nkept\n", false);
        let mut text = String::new();
        tree.iter().for_each(|node| node.collect_text(&mut text));
        assert!(text.contains("kept"), "{text}");
    }
}
