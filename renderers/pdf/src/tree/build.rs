//! Putting the tree together from starts and ends, of which those of HTML need not match.
//!
//! An end of HTML closes the nearest element of its name, and with it whatever was left open inside, but never an element of Markdown's:
//! `</div>` in a list item does not end the list. An end that closes nothing is passed over, as browsers do.

use std::ops::Range;

use super::{Element, Node, Text};

/// Elements without content.
const VOID: [&str; 14] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
];

struct Open {
    element: Element,
    of_markdown: bool,
}

/// A tree in the making.
#[derive(Default)]
pub(super) struct Builder {
    done: Vec<Node>,
    open: Vec<Open>,
}

impl Builder {
    /// Adds a whole node.
    pub(super) fn add(&mut self, node: Node) {
        let into = self.open.last_mut().map_or(&mut self.done, |open| &mut open.element.children);
        match (into.last_mut(), node) {
            // Markdown's parser cuts text where an entity or a quote stands.
            (Some(Node::Text(last)), Node::Text(text)) if last.html == text.html => {
                last.text.push_str(&text.text);
                last.range.end = text.range.end.max(last.range.end);
            }
            (_, node) => into.push(node),
        }
    }

    /// Adds text.
    pub(super) fn text(&mut self, text: &str, range: Range<usize>, html: bool) {
        if !text.is_empty() {
            self.add(Node::Text(Text { text: text.to_owned(), range, html }));
        }
    }

    /// Opens an element of Markdown's.
    pub(super) fn open(&mut self, element: Element) {
        self.open.push(Open { element, of_markdown: true });
    }

    /// Closes the innermost element of Markdown's, with what HTML left open in it.
    pub(super) fn close(&mut self) {
        while let Some(open) = self.open.pop() {
            self.add(Node::Element(open.element));
            if open.of_markdown {
                return;
            }
        }
    }

    /// A start tag.
    pub(super) fn open_tag(&mut self, element: Element, self_closing: bool) {
        if let Some(open) = self.open.last()
            && !open.of_markdown
            && is_ended_by(&open.element.name, &element.name)
        {
            self.close_top();
        }
        if self_closing || VOID.contains(&element.name.as_str()) {
            self.add(Node::Element(element));
        } else {
            self.open.push(Open { element, of_markdown: false });
        }
    }

    /// An end tag.
    pub(super) fn close_tag(&mut self, name: &str) {
        let own = self.open.iter().rev().take_while(|open| !open.of_markdown);
        let Some(depth) = own.into_iter().position(|open| open.element.name == name) else { return };
        for _ in 0..=depth {
            self.close_top();
        }
    }

    fn close_top(&mut self) {
        if let Some(open) = self.open.pop() {
            self.add(Node::Element(open.element));
        }
    }

    /// The whole tree.
    pub(super) fn finish(mut self) -> Vec<Node> {
        while !self.open.is_empty() {
            self.close_top();
        }
        self.done
    }
}

/// Whether an open element ends where another one starts, without an end tag.
fn is_ended_by(open: &str, next: &str) -> bool {
    match open {
        "li" => next == "li",
        "dt" | "dd" => matches!(next, "dt" | "dd"),
        "td" | "th" => matches!(next, "td" | "th" | "tr"),
        "tr" => next == "tr",
        "p" => matches!(next, "p" | "div" | "ul" | "ol" | "table" | "pre" | "blockquote" | "h2" | "h3"),
        _ => false,
    }
}
