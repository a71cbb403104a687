//! Text and what marks it.

use std::ops::Range;

use exemplar_model::pdf::Addresses;

use super::{Converter, Inside, is_hidden};
use crate::emit::literal;
use crate::finding::code;
use crate::index;
use crate::links::Target;
use crate::tree::{Element, Node, Text};

impl<'a> Converter<'a> {
    /// Sets nodes one after the other. White space at their beginning is none.
    pub(super) fn inline(&mut self, nodes: impl Iterator<Item = &'a Node>) {
        let mut is_first = true;
        for node in nodes {
            if is_first && node.is_blank() {
                continue;
            }
            match node {
                Node::Text(text) => self.inline_text(text, is_first),
                Node::Element(element) => self.inline_element(element),
            }
            is_first = false;
        }
    }

    fn inline_text(&mut self, text: &Text, is_first: bool) {
        let mut shown = if text.html { collapsed(&text.text) } else { text.text.clone() };
        if is_first {
            shown = shown.trim_start().to_owned();
        }
        if self.inside.verified {
            // What is one page of the site is a chapter on paper.
            shown = shown.replace("on this page", "in this chapter");
        }
        self.mathematics(&shown, &text.range);
        let shown = self.shown(&shown, &text.range);
        self.source.text(&shown, &text.range);
    }

    /// Finds formulas that the site's script sets, of which the PDF has the source alone. One may go on behind what is marked in it.
    fn mathematics(&mut self, text: &str, range: &Range<usize>) {
        const MARKS: [(&str, &str); 3] = [("$$", "$$"), (r"\(", r"\)"), (r"\[", r"\]")];
        if !self.shelf.mathematics {
            return;
        }
        let woven = self.woven.get(range.clone()).unwrap_or_default();
        // How far the text is read, and what it was woven as.
        let (mut read, mut passed) = (0, 0);
        let past = |passed: usize, mark: &str| {
            woven[passed..].find(mark).map_or(passed, |at| passed + at + mark.len())
        };
        loop {
            if let Some(close) = self.formula {
                let Some(at) = text[read..].find(close) else { return };
                (read, passed) = (read + at + close.len(), past(passed, close));
                self.formula = None;
            }
            let opened =
                MARKS.iter().filter_map(|(open, close)| Some((text[read..].find(open)?, *open, *close)));
            let Some((at, open, close)) = opened.min() else { return };
            (read, passed) = (read + at + open.len(), past(passed, open));
            // Markdown takes one of two backslashes.
            let is_doubled = woven[..passed.saturating_sub(open.len())].ends_with('\\');
            let start = range.start + passed.saturating_sub(open.len() + usize::from(is_doubled));
            let message = "mathematics can't be set in the PDF; its source is set as text";
            let help = "show the formula as a picture, or say it in words or in Python beside it";
            self.find(code::UNSUPPORTED_MATHEMATICS, &(start..range.start + passed), message, Some(help));
            self.formula = Some(close);
        }
    }

    fn inline_element(&mut self, element: &'a Element) {
        if is_hidden(element) {
            return;
        }
        let name = element.name.as_str();
        if name != "a" {
            self.anchor(element);
        }
        match name {
            "em" | "i" | "var" | "cite" | "dfn" => self.marked("e", element),
            "strong" | "b" => self.marked("s", element),
            "code" | "tt" | "samp" => self.inline_code(element),
            "kbd" => self.marked("kbd", element),
            "del" | "s" | "strike" => self.marked("del", element),
            "ins" | "u" => self.marked("underline", element),
            "mark" => self.marked("mk", element),
            "sup" => self.marked("super", element),
            "sub" => self.marked("sub", element),
            "small" => self.marked("small", element),
            "q" => self.marked("quote", element),
            "br" => self.source.raw("#br"),
            "wbr" => self.source.raw("#z"),
            "a" => self.link(element),
            "img" | "svg" => self.inline_picture(element),
            "footnote" => self.note(element),
            "checkbox" => self.checkbox(element),
            "input" if element.attribute("type") == Some("checkbox") => self.checkbox(element),
            "input" if element.attribute("type") == Some("radio") => {}
            "span" | "abbr" | "label" | "time" | "bdi" | "bdo" | "data" | "picture" | "font" | "ruby"
            | "li" | "p" => {
                self.inline(element.children.iter());
            }
            _ => {
                self.unknown(element, name);
                self.inline(element.children.iter());
            }
        }
    }

    fn marked(&mut self, function: &str, element: &'a Element) {
        self.source.raw(&format!("#{function}"));
        self.bracketed(|this| this.inline(element.children.iter()));
    }

    fn checkbox(&mut self, element: &Element) {
        let mark = if element.attribute("checked").is_some() { "☑ " } else { "☐ " };
        self.source.text(mark, &element.range);
    }

    fn inline_code(&mut self, element: &'a Element) {
        if element.elements().next().is_some() {
            self.marked("c", element);
            return;
        }
        let code = element.text();
        let code = if element.children.iter().any(|node| matches!(node, Node::Text(text) if text.html)) {
            collapsed(&code)
        } else {
            code
        };
        let code = self.shown(&code, &element.range);
        if self.prompts(&code) {
            return;
        }
        self.index_code(&code, false);
        for (number, piece) in breakable(&code).into_iter().enumerate() {
            if number > 0 && !self.inside.heading {
                self.source.raw("#z");
            }
            self.source.call("c", piece, &element.range);
        }
    }

    /// Prompts in text are drawn as they are in listings, with words for those who can't see them.
    fn prompts(&mut self, code: &str) -> bool {
        let Some(rest) = code.strip_prefix(">>>").filter(|rest| rest.is_empty() || rest.starts_with(' '))
        else {
            return false;
        };
        self.source.raw("#prompt");
        let rest = rest.trim_start();
        if !rest.is_empty() {
            self.source.raw("#h(0.4em)");
            self.source.call("c", rest, &(0..0));
        }
        true
    }

    /// Notes a name for the index, once a section. In a heading it waits for the end of that.
    pub(super) fn index_code(&mut self, code: &str, main: bool) {
        if self.inside.heading && !main {
            return;
        }
        let Some(name) = index::entry(code) else { return };
        if self.inside.cell || self.inside.sheet || !self.indexed.insert(name.clone()) {
            return;
        }
        self.occurrence(name, true, main);
    }

    pub(super) fn index_heading(&mut self, element: &Element) {
        let mut names = Vec::new();
        crate::tree::visit(&element.children, &mut |inner| {
            if inner.name == "code" {
                names.push(inner.text());
            }
        });
        for name in names {
            self.index_code(&name, true);
        }
    }

    /// Writes an occurrence for the index here.
    pub(super) fn occurrence(&mut self, name: String, is_code: bool, main: bool) {
        let key = format!("i{}-{}", self.prefix, self.done.index.len());
        self.source.raw(&format!("#at({})", literal(&key)));
        self.done.index.push(index::Occurrence { name, is_code, key, main });
    }

    fn link(&mut self, element: &'a Element) {
        self.anchor(element);
        let href = element.attribute("href").unwrap_or_default();
        if href.is_empty() || self.inside.link {
            self.inline(element.children.iter());
            return;
        }
        if element.attribute("download").is_some() || href.starts_with("data:") {
            let message = "a download can't be offered in the PDF, and only its words are set";
            self.find(code::UNSUPPORTED_HTML, &element.range, message, None);
            self.inline(element.children.iter());
            return;
        }
        let target = self.shelf.links.target(&self.chapter().path, href);
        let is_outside = target == Target::Outside;
        let call = match target {
            Target::Outside => format!("#x({}, ", literal(href)),
            Target::Place(key) => format!("#r({}, ", literal(&key)),
            Target::File | Target::Screen => {
                self.inline(element.children.iter());
                return;
            }
            Target::Missing => {
                self.missing_target(href, &element.range);
                self.inline(element.children.iter());
                return;
            }
        };
        self.source.raw(&call);
        self.bracketed(|this| this.within(|it| it.link = true, |it| it.inline(element.children.iter())));
        self.source.raw(")");
        if is_outside {
            self.address(element, href);
        }
    }

    /// The address of a link for those who can't follow it, unless its text says it.
    fn address(&mut self, link: &Element, href: &'a str) {
        let Inside { heading, sheet, note, title, .. } = self.inside;
        let address = printed(href);
        let is_told = link.text().trim().trim_end_matches('/').ends_with(address);
        if self.shelf.addresses == Addresses::None || heading || sheet || is_told {
            return;
        }
        if !href.starts_with("http") || !self.addressed.insert(href) {
            return;
        }
        let function = if note || title { "address-here" } else { "address" };
        let address = self.shown(address, &link.range);
        let pieces = crate::emit::array(&breakable(&address));
        self.source.raw(&format!("#{function}({}, {pieces})", literal(href)));
    }

    fn missing_target(&mut self, href: &str, range: &Range<usize>) {
        let message = format!("the PDF has no `{href}` that this link could lead to; it is set as text");
        self.find(code::BROKEN_LINK, range, message, None);
    }
}

/// An address as it is printed: without what every browser adds by itself.
fn printed(href: &str) -> &str {
    href.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/')
}

/// Runs of white space as one space, as HTML has it.
fn collapsed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' | '\n' | '\r' | '\t' | '\u{c}' => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// Pieces of code that a line may be broken between: behind a dot, a bracket or an underscore of what is long.
pub(super) fn breakable(code: &str) -> Vec<&str> {
    const LONG: usize = 14;
    if code.chars().count() <= LONG {
        return vec![code];
    }
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, c) in code.char_indices() {
        let end = at + c.len_utf8();
        if matches!(c, '.' | '_' | '(' | ',' | '/' | '=' | '[' | '-' | ':')
            && end - start >= 5
            && code.len() - end >= 4
        {
            pieces.push(&code[start..end]);
            start = end;
        }
    }
    pieces.push(&code[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::{breakable, collapsed, printed};

    #[test]
    fn long_code_may_break_and_is_whole() {
        assert_eq!(breakable("short.name"), ["short.name"]);
        assert_eq!(
            breakable("functools.lru_cache(maxsize=None)"),
            ["functools.", "lru_cache(", "maxsize=", "None)"]
        );
        assert_eq!(breakable("https://example.org/a/b").concat(), "https://example.org/a/b");
    }

    #[test]
    fn addresses_are_printed_as_they_are_typed() {
        assert_eq!(printed("https://peps.python.org/pep-0008/"), "peps.python.org/pep-0008");
    }

    #[test]
    fn white_space_of_html_is_one_space() {
        assert_eq!(collapsed("a \n\t b\n"), "a b ");
    }
}
