//! Notes, teaching elements and cheat sheets.

use super::{Converter, columns, figures};
use crate::emit::literal;
use crate::solutions::INTERVIEW;
use crate::tree::{Element, Node};

/// A box with at most so many characters stays on one page.
const SHORT: usize = 900;

/// The columns of code that a box takes.
const ASIDE: usize = 4;

/// The kinds of GitHub's notes.
const NOTES: [&str; 5] = ["note", "tip", "important", "warning", "caution"];

/// What `exemplar-box` is beside one.
const KINDS: [&str; 6] = ["interview", "cheatsheet", "gotcha", "term", "quiz", "lab"];

impl<'a> Converter<'a> {
    /// Sets a note of GitHub's.
    pub(super) fn alert(&mut self, element: &'a Element) {
        // HTML in a page may have an element of that name too, with a word of its own.
        let stated = element.attribute("kind");
        let kind = NOTES.into_iter().find(|kind| stated == Some(*kind)).unwrap_or(NOTES[0]);
        let title = format!("{}{}", kind[..1].to_uppercase(), &kind[1..]);
        self.open_aside(kind, element);
        self.source.raw(&format!(", {})", literal(&title)));
        self.bracketed(|this| this.within(|it| it.narrowed += ASIDE, |it| it.flow(&element.children)));
        self.source.raw("\n\n");
    }

    fn open_aside(&mut self, kind: &'static str, element: &Element) {
        let has_code =
            element.find(&|inner| matches!(inner.name.as_str(), "pre" | "table" | "img")).is_some();
        let short = element.text().chars().count() < if has_code { SHORT * 2 / 3 } else { SHORT };
        let key = self.claimed(element).map_or("none".to_owned(), |key| literal(&key));
        self.source.raw(&format!("\n\n#aside(\"{kind}\", short: {short}, key: {key}"));
    }

    /// Sets a `div`, by its classes.
    pub(super) fn division(&mut self, element: &'a Element) {
        if element.has_class("exemplar-detail") {
            return;
        }
        if element.has_class("exemplar-box") {
            self.teaching_box(element);
        } else if element.has_class("exemplar-sheet-box") {
            self.sheet_box(element);
        } else if element.has_class("exemplar-sheet") {
            self.within(|it| it.sheet = true, |this| this.sheet(element));
        } else if element.has_class("exemplar-listing") {
            self.figure(element);
        } else {
            self.anchor(element);
            self.flow(&element.children);
        }
    }

    fn teaching_box(&mut self, element: &'a Element) {
        let kind =
            KINDS.into_iter().find(|kind| element.has_class(&format!("exemplar-{kind}"))).unwrap_or("plain");
        let is_title =
            |node: &&'a Node| node.element().is_some_and(|inner| inner.has_class("exemplar-box-title"));
        let title = element.children.iter().find(is_title).and_then(Node::element);
        self.open_aside(kind, element);
        self.source.raw(", ");
        match title {
            Some(title) => self.bracketed(|this| this.inline(title.children.iter())),
            None => self.source.raw("none"),
        }
        self.source.raw(")");
        let before = self.inside;
        self.inside.narrowed += ASIDE;
        self.bracketed(|this| {
            if kind == "term"
                && let Some(title) = title
            {
                let words = title.text();
                let term = words.strip_prefix("Term: ").unwrap_or(&words).trim().to_owned();
                this.occurrence(term, false, true);
            }
            let is_special = |node: &&'a Node| is_title(node) || node.named("details").is_some();
            this.flow_around(&element.children, &is_special, |this, node| {
                if let Some(details) = node.named("details") {
                    this.answer(element, details);
                }
            });
            this.inside = before;
        });
        self.source.raw("\n\n");
    }

    /// The answer of a question: the appendix has it, if there is one.
    fn answer(&mut self, question: &Element, details: &'a Element) {
        let links = self.shelf.links;
        let appendix =
            links.chapter_at(std::path::Path::new(INTERVIEW)).filter(|&appendix| appendix != self.at);
        let place = question
            .attribute("id")
            .zip(appendix)
            .and_then(|(id, appendix)| links.key(appendix, &format!("question-{id}")));
        match place {
            Some(key) if question.has_class("exemplar-interview") => {
                self.source.raw(&format!("\n\n#small(r({}, \"Answer\"))\n\n", literal(&key)));
            }
            _ => self.details(details),
        }
    }

    /// What readers of a lab take home is attached.
    pub(super) fn kit(&mut self, paragraph: &'a Element) {
        let Some(link) = paragraph.find(&|inner| inner.attribute("download").is_some()) else { return };
        let (name, data) = (link.attribute("download"), link.attribute("href").and_then(figures::data));
        if let Some((name, data)) = name.zip(data) {
            self.done.kits.insert(name.to_owned(), data);
        }
        self.source.raw("\n\n#small");
        self.bracketed(|this| {
            this.within(|it| it.link = true, |it| it.inline(link.children.iter()));
            this.source.raw("#\", attached to this file\"");
        });
        self.source.raw("\n\n");
    }

    /// Sets the boxes of a cheat sheet, in columns of about the same height where all of them go on one page.
    fn sheet(&mut self, element: &'a Element) {
        let is_box = |node: &&'a Node| node.element().is_some_and(|it| it.has_class("exemplar-sheet-box"));
        let heights: Vec<usize> =
            element.children.iter().filter(is_box).filter_map(Node::element).map(columns::height).collect();
        let Some((layout, breaks)) = columns::plan(&heights, self.shelf.sheets) else { return };
        self.done.sheet = Some(layout);
        let mut number = 0;
        self.flow_around(&element.children, &is_box, |this, node| {
            if breaks.contains(&number) {
                this.source.raw("\n\n#colbreak()\n\n");
            }
            number += 1;
            if let Some(element) = node.element() {
                this.sheet_box(element);
            }
        });
    }

    fn sheet_box(&mut self, element: &'a Element) {
        let is_title = |inner: &Element| inner.has_class("exemplar-sheet-title");
        self.source.raw("\n\n#sheet-box");
        let title = element.elements().find(|inner| is_title(inner));
        self.bracketed(|this| {
            if let Some(title) = title {
                this.inline(title.children.iter());
            }
        });
        self.bracketed(|this| {
            let is_title = |node: &&'a Node| node.element().is_some_and(is_title);
            this.flow_around(&element.children, &is_title, |_, _| {});
        });
        self.source.raw("\n\n");
    }
}
