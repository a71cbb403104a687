//! A chapter as one tree.
//!
//! Woven text is Markdown with HTML in it, and the generated chapters are mostly HTML. Both become elements named as HTML names them, so
//! that what follows knows one language: a table is a table, whoever wrote it and how. Each node keeps the bytes of the woven text that it
//! was read from.
//!
//! Elements that HTML has no name for: `alert` (with `kind`), `footnote` and `footnote-definition` (with `name`), `checkbox`. An `svg` has
//! no children but its own `source`, and is `small` where it goes with the text.

mod build;
mod markdown;
mod tags;
mod vector;

use std::ops::Range;

pub(crate) use self::markdown::read;

/// A piece of a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// Text, as the reader sees it.
    Text(Text),
    /// An element with what is in it.
    Element(Element),
}

/// Text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// The text.
    pub(crate) text: String,
    /// Its bytes in the woven text, entities and escapes included.
    pub(crate) range: Range<usize>,
    /// Whether it comes from HTML, where any white space is one space.
    pub(crate) html: bool,
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its name, in lower case.
    pub(crate) name: String,
    /// Its attributes, in their order.
    pub(crate) attributes: Vec<(String, String)>,
    /// What is in it.
    pub(crate) children: Vec<Node>,
    /// Its first bytes in the woven text.
    pub(crate) range: Range<usize>,
}

impl Element {
    /// An element without attributes and content.
    pub(crate) fn new(name: &str, range: Range<usize>) -> Self {
        Self { name: name.to_owned(), attributes: Vec::new(), children: Vec::new(), range }
    }

    /// The same with an attribute.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// An attribute's value.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a class is among its own.
    pub(crate) fn has_class(&self, class: &str) -> bool {
        self.attribute("class").is_some_and(|classes| classes.split_ascii_whitespace().any(|it| it == class))
    }

    /// The elements among its children.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(Node::element)
    }

    /// All text in it.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for node in &self.children {
            node.collect_text(&mut text);
        }
        text
    }

    /// The first element in it that is wanted, itself included.
    pub(crate) fn find(&self, wanted: &dyn Fn(&Self) -> bool) -> Option<&Self> {
        if wanted(self) {
            return Some(self);
        }
        self.elements().find_map(|element| element.find(wanted))
    }
}

impl Node {
    /// The element, if it is one.
    pub(crate) fn element(&self) -> Option<&Element> {
        match self {
            Self::Element(element) => Some(element),
            Self::Text(_) => None,
        }
    }

    /// The element with this name.
    pub(crate) fn named(&self, name: &str) -> Option<&Element> {
        self.element().filter(|element| element.name == name)
    }

    /// Whether it is nothing but white space.
    pub(crate) fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.text.chars().all(|c| c.is_ascii_whitespace()))
    }

    fn collect_text(&self, into: &mut String) {
        match self {
            Self::Text(text) => into.push_str(&text.text),
            Self::Element(element) if element.name == "br" => into.push(' '),
            Self::Element(element) => element.children.iter().for_each(|node| node.collect_text(into)),
        }
    }
}

/// Visits all elements below some nodes, outer ones first.
pub(crate) fn visit<'t>(nodes: &'t [Node], see: &mut dyn FnMut(&'t Element)) {
    for element in nodes.iter().filter_map(Node::element) {
        see(element);
        visit(&element.children, see);
    }
}
