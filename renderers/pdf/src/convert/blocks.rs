//! What stands on lines of its own.

use super::listing::is_output;
use super::{Converter, has_block, is_hidden};
use crate::emit::literal;
use crate::finding::code;
use crate::links::Target;
use crate::tree::{Element, Node};

/// The columns of code that an indent takes.
const INDENT: usize = 4;

impl<'a> Converter<'a> {
    /// Sets nodes one below the other; text between elements makes paragraphs.
    pub(crate) fn flow(&mut self, nodes: &'a [Node]) {
        let mut run: Vec<&'a Node> = Vec::new();
        for (number, node) in nodes.iter().enumerate() {
            if node.named("pre").is_some() {
                let next = nodes[number + 1..].iter().find(|node| !node.is_blank());
                self.followed = next.and_then(Node::element).is_some_and(is_output);
            }
            match node.element() {
                Some(element) if element.name == "p" && leads_to_code(&nodes[number..]) => {
                    self.paragraph(&mut run);
                    self.source.raw("\n\n#lead");
                    self.bracketed(|this| this.block(element));
                }
                Some(element) if has_block(element) || self.is_picture(element) => {
                    self.paragraph(&mut run);
                    self.block(element);
                }
                _ => run.push(node),
            }
        }
        self.paragraph(&mut run);
    }

    /// Sets nodes but for special ones, which are handled in their place.
    pub(super) fn flow_around(
        &mut self,
        nodes: &'a [Node],
        is_special: &dyn Fn(&&'a Node) -> bool,
        mut handle: impl FnMut(&mut Self, &'a Node),
    ) {
        let mut from = 0;
        for (at, node) in nodes.iter().enumerate().filter(|(_, node)| is_special(node)) {
            self.flow(&nodes[from..at]);
            handle(self, node);
            from = at + 1;
        }
        self.flow(&nodes[from..]);
    }

    fn paragraph(&mut self, run: &mut Vec<&'a Node>) {
        let nodes = std::mem::take(run);
        if nodes.iter().all(|node| node.is_blank()) {
            return;
        }
        self.source.raw("\n\n");
        self.inline(nodes.into_iter());
        self.source.raw("\n\n");
    }

    fn block(&mut self, element: &'a Element) {
        if is_hidden(element) {
            return;
        }
        self.formula = None;
        let children = &element.children;
        match element.name.as_str() {
            "p" => self.paragraph_of(element),
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => self.heading(element),
            "ul" => self.list(element),
            "ol" => self.enumeration(element),
            "dl" => self.definitions(element),
            "pre" => self.listing(element),
            "blockquote" => self.wrapped("quoted", element),
            "alert" => self.alert(element),
            "table" => self.table(element),
            "figure" => self.figure(element),
            "details" => self.details(element),
            "div" | "section" | "article" | "aside" | "main" => self.division(element),
            "hr" => self.source.raw("\n\n#ornament\n\n"),
            "img" | "svg" => self.picture(element, None),
            "footnote-definition" => {}
            "exemplar-solution" => self.solution(element),
            "summary" | "figcaption" | "dt" => self.wrapped("labelled", element),
            "li" | "dd" | "nav" | "header" | "footer" | "center" | "address" | "form" | "fieldset" => {
                self.flow(children);
            }
            "a" | "span" | "em" | "strong" | "label" | "small" | "b" | "i" | "u" | "mark" | "ins" | "del"
            | "s" | "picture" => {
                self.anchor(element);
                self.flow(children);
            }
            name => {
                self.unknown(element, name);
                if !matches!(name, "script" | "style") {
                    self.flow(children);
                }
            }
        }
    }

    /// Writes a call with everything in an element as its content.
    fn wrapped(&mut self, function: &str, element: &'a Element) {
        self.source.raw(&format!("\n\n#{function}"));
        self.bracketed(|this| {
            this.anchor(element);
            this.within(|it| it.narrowed += INDENT, |it| it.flow(&element.children));
        });
        self.source.raw("\n\n");
    }

    /// Whether a paragraph of a generated chapter is about what paper has not: it leads to a chapter for screens.
    fn is_for_screens(&self, element: &Element) -> bool {
        let leads_there = |inner: &Element| {
            inner
                .attribute("href")
                .is_some_and(|href| self.shelf.links.target(&self.chapter().path, href) == Target::Screen)
        };
        self.chapter().is_generated && element.find(&leads_there).is_some()
    }

    fn paragraph_of(&mut self, element: &'a Element) {
        if self.is_for_screens(element) {
            return;
        }
        let function = match element {
            it if it.has_class("exemplar-mark") => Some("mark"),
            it if it.has_class("exemplar-verified") => Some("verified"),
            it if it.has_class("exemplar-from") => Some("small"),
            it if it.has_class("exemplar-question") => Some("question"),
            it if it.has_class("exemplar-label") => {
                let versioned = it.elements().any(|inner| inner.has_class("exemplar-version"));
                Some(if versioned { "version" } else { "labelled" })
            }
            it if it.has_class("exemplar-needs-script") => return,
            it if it.has_class("exemplar-kit") => return self.kit(it),
            _ => None,
        };
        match function {
            Some(function) => {
                self.source.raw(&format!("\n\n#{function}"));
                let is_note = function == "verified";
                self.bracketed(|this| {
                    this.within(|it| it.verified = is_note, |it| it.inline(element.children.iter()));
                });
                self.source.raw("\n\n");
            }
            None => {
                self.anchor(element);
                self.flow(&element.children);
            }
        }
    }

    fn heading(&mut self, element: &'a Element) {
        let depth = element.name.as_bytes()[1].saturating_sub(b'0').into();
        let depth: usize = depth;
        // A level that is left out would lead whoever listens to the book astray.
        let level = (self.chapter().level + depth.max(2) - 1).min(self.last_level + 1);
        self.last_level = level;
        self.indexed.clear();
        let key = self.claimed(element).map_or("none".to_owned(), |key| literal(&key));
        let outlined = depth <= 2 && !self.inside.sheet;
        if outlined {
            self.done.sections.push(element.text());
        }
        self.source
            .raw(&format!("\n\n#section({level}, {}, outlined: {outlined}, key: {key})", depth.max(2) - 2));
        self.bracketed(|this| this.within(|it| it.heading = true, |it| it.inline(element.children.iter())));
        // What the index has of a heading leads behind it: the contents repeat all that stands in it.
        self.index_heading(element);
        self.source.raw("\n\n");
    }

    fn list(&mut self, element: &'a Element) {
        let items: Vec<&Element> = element.elements().collect();
        let is_task = |item: &&Element| item.find(&|it| it.name == "checkbox").is_some();
        let marker = if !items.is_empty() && items.iter().all(is_task) {
            "marker: [], body-indent: 0pt, "
        } else {
            ""
        };
        if element.has_class("exemplar-choices") {
            self.items(&format!("enum(numbering: \"A.\", tight: {}", is_tight(&items)), element);
        } else {
            self.items(&format!("list({marker}tight: {}", is_tight(&items)), element);
        }
    }

    fn enumeration(&mut self, element: &'a Element) {
        let start: usize = element.attribute("start").and_then(|start| start.parse().ok()).unwrap_or(1);
        let items: Vec<&Element> = element.elements().collect();
        self.items(&format!("enum(start: {start}, tight: {}", is_tight(&items)), element);
    }

    fn items(&mut self, call: &str, element: &'a Element) {
        // One within another goes on with its text; one after another stands apart from it.
        let is_outermost = self.inside.narrowed == 0;
        self.source.raw(if is_outermost { "\n\n#apart(" } else { "\n\n#" });
        self.source.raw(call);
        for node in element.children.iter().filter(|node| !node.is_blank()) {
            self.source.raw(", ");
            self.bracketed(|this| match node.element() {
                Some(item) if item.name == "li" => {
                    this.anchor(item);
                    this.within(|it| it.narrowed += INDENT, |it| it.flow(&item.children));
                }
                _ => this.flow(std::slice::from_ref(node)),
            });
        }
        self.source.raw(if is_outermost { "))\n\n" } else { ")\n\n" });
    }

    fn definitions(&mut self, element: &'a Element) {
        let mut terms: Vec<&'a Element> = Vec::new();
        for item in element.elements() {
            match item.name.as_str() {
                "dt" => terms.push(item),
                "dd" => {
                    self.source.raw("\n\n#definition");
                    let named = std::mem::take(&mut terms);
                    self.bracketed(|this| {
                        for (number, term) in named.into_iter().enumerate() {
                            if number > 0 {
                                this.source.raw("#br");
                            }
                            this.anchor(term);
                            this.within(|it| it.title = true, |it| it.inline(term.children.iter()));
                        }
                    });
                    self.bracketed(|this| {
                        this.anchor(item);
                        this.within(|it| it.narrowed += INDENT, |it| it.flow(&item.children));
                    });
                    self.source.raw("\n\n");
                }
                _ => self.flow(&item.children),
            }
        }
        for term in terms {
            self.wrapped("s", term);
        }
    }

    /// Where the solution went.
    fn solution(&mut self, element: &Element) {
        let key = |name| literal(element.attribute(name).unwrap_or_default());
        self.source.raw(&format!("\n\n#at({})#small(r({}, \"Solution\"))\n\n", key("back"), key("key")));
    }

    pub(super) fn details(&mut self, element: &'a Element) {
        self.anchor(element);
        self.flow(&element.children);
    }

    /// The place of an element, where something leads to it.
    pub(super) fn anchor(&mut self, element: &Element) {
        if let Some(key) = self.claimed(element) {
            self.source.raw(&format!("#at({})", literal(&key)));
        }
    }

    pub(super) fn unknown(&mut self, element: &Element, name: &str) {
        let message = format!("`<{name}>` can't be set in the PDF; what stands in it is set as text");
        let message = match name {
            "script" | "style" => format!("`<{name}>` can't be set in the PDF and is left out"),
            "iframe" | "video" | "audio" | "object" | "canvas" => {
                format!(
                    "`<{name}>` can't be set in the PDF; only what stands in it for those who can't see it is"
                )
            }
            _ => message,
        };
        self.find(code::UNSUPPORTED_HTML, &element.range, message, None);
    }
}

/// Whether a paragraph announces the code that stands below it, and should not be parted from it by the end of a page.
fn leads_to_code(nodes: &[Node]) -> bool {
    const SHORT: usize = 240;
    let next = nodes[1..].iter().find(|node| !node.is_blank()).and_then(Node::element);
    let is_code = next.is_some_and(|next| next.name == "pre" || next.has_class("exemplar-listing"));
    is_code
        && nodes[0].element().is_some_and(|paragraph| {
            let text = paragraph.text();
            paragraph.attribute("class").is_none()
                && text.trim_end().ends_with([':', '?'])
                && text.chars().count() <= SHORT
        })
}

/// Whether items follow each other without space: none of them has a paragraph.
fn is_tight(items: &[&Element]) -> bool {
    items.iter().all(|item| item.elements().all(|inner| inner.name != "p"))
}
