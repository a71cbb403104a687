//! From the tree of a chapter to Typst.
//!
//! - [`blocks`]: paragraphs, lists, quotes, headings;
//! - [`inlines`]: text and what marks it;
//! - [`listing`]: listings; [`lines`] colours and wraps them;
//! - [`tables`], [`figures`], [`boxes`], [`columns`] of cheat sheets, [`footnotes`].
//!
//! # Invariants
//! - Nothing is dropped in silence: what can't be set is a [`Finding`].
//! - Text is written by [`Source`], as literals.

mod blocks;
mod boxes;
mod columns;
mod figures;
mod footnotes;
mod inlines;
mod lines;
mod listing;
mod tables;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use exemplar_model::pdf::Addresses;

use crate::attachments::Listing;
use crate::emit::{Origins, Source};
use crate::finding::{Finding, code};
use crate::fonts::Fonts;
use crate::index::Occurrence;
use crate::layout::SheetLayout;
use crate::links::Links;
use crate::manuscript::Chapter;
use crate::tree::{Element, Node, visit};

/// What every chapter is converted with.
#[derive(Clone, Copy)]
pub(crate) struct Shelf<'a> {
    /// All chapters.
    pub(crate) chapters: &'a [Chapter],
    /// Where links lead.
    pub(crate) links: &'a Links,
    /// What can be shown.
    pub(crate) fonts: &'a Fonts,
    /// The folder of the sources.
    pub(crate) source: &'a Path,
    /// The keys that are given away.
    pub(crate) claimed: &'a RefCell<BTreeSet<String>>,
    /// Whether the addresses of links are printed.
    pub(crate) addresses: Addresses,
    /// How cheat sheets may be set, the largest type first.
    pub(crate) sheets: &'a [SheetLayout],
    /// Whether the site's script sets mathematics.
    pub(crate) mathematics: bool,
}

/// A chapter as Typst, and what came up.
#[derive(Debug, Default)]
pub(crate) struct Converted {
    /// The source.
    pub(crate) text: String,
    /// Where its literals come from.
    pub(crate) origins: Origins,
    /// What its author should know.
    pub(crate) findings: Vec<Finding>,
    /// Its listings that have a title.
    pub(crate) titled: Vec<Titled>,
    /// The names of its sections that the contents have.
    pub(crate) sections: Vec<String>,
    /// What the index has of it.
    pub(crate) index: Vec<Occurrence>,
    /// Its listings.
    pub(crate) listings: Vec<Listing>,
    /// What readers of its labs take home, by the names of the files.
    pub(crate) kits: BTreeMap<String, Vec<u8>>,
    /// How it is set, if it is a cheat sheet.
    pub(crate) sheet: Option<SheetLayout>,
    /// Its pictures, by their paths for Typst.
    pub(crate) pictures: BTreeMap<String, Picture>,
}

/// A listing with a title.
#[derive(Debug)]
pub(crate) struct Titled {
    /// Its number.
    pub(crate) number: String,
    /// Its title.
    pub(crate) title: String,
    /// The key of its place.
    pub(crate) key: String,
}

/// A picture that the book shows.
#[derive(Debug)]
pub(crate) struct Picture {
    /// Its content.
    pub(crate) content: Vec<u8>,
    /// What shows it.
    pub(crate) range: Range<usize>,
}

/// Converts a chapter or a part of one.
pub(crate) struct Converter<'a> {
    shelf: Shelf<'a>,
    /// The chapter's place in the book.
    at: usize,
    /// What its keys and files begin with.
    prefix: String,
    /// Its woven text.
    woven: &'a str,
    source: Source,
    done: Converted,
    notes: BTreeMap<&'a str, &'a Element>,
    noted: BTreeSet<&'a str>,
    /// Levels of the headings before this place, by their depth in the chapter.
    last_level: usize,
    /// The caption that the next listing or picture has.
    caption: Option<&'a Element>,
    /// The key of the next listing.
    key: Option<String>,
    /// Whether output of the next listing comes right behind it.
    followed: bool,
    numbers: Numbers,
    /// Names that the index has of this section already.
    indexed: BTreeSet<String>,
    /// What closes the formula that is open, if one is.
    formula: Option<&'static str>,
    /// Addresses that this chapter has printed already.
    addressed: BTreeSet<&'a str>,
    inside: Inside,
}

/// Numbers of what is counted by chapter.
#[derive(Debug, Default)]
struct Numbers {
    listings: usize,
    figures: usize,
    tables: usize,
}

/// What is around a place.
#[derive(Debug, Clone, Copy, Default)]
struct Inside {
    /// A heading: names in it are what the section is about.
    heading: bool,
    /// A link: no second one can be in it.
    link: bool,
    /// A note: none can be in it.
    note: bool,
    /// A place where a note would be out of reach: a term, or the head of a table, which is repeated.
    title: bool,
    /// A cell of a table.
    cell: bool,
    /// How many columns of code what is around it takes.
    narrowed: usize,
    /// A cheat sheet, with narrower columns.
    sheet: bool,
    /// The note of what was verified.
    verified: bool,
}

impl<'a> Converter<'a> {
    /// For a chapter whose tree is `nodes`.
    /// What is made up of keys and files begins with `prefix`.
    pub(crate) fn new(shelf: Shelf<'a>, at: usize, nodes: &'a [Node], prefix: &str) -> Self {
        let mut notes = BTreeMap::new();
        visit(nodes, &mut |element| {
            if element.name == "footnote-definition"
                && let Some(name) = element.attribute("name")
            {
                notes.entry(name).or_insert(element);
            }
        });
        let chapter = &shelf.chapters[at];
        Self {
            shelf,
            at,
            prefix: prefix.to_owned(),
            woven: &chapter.text,
            source: Source::default(),
            done: Converted::default(),
            notes,
            noted: BTreeSet::new(),
            last_level: chapter.level,
            caption: None,
            key: None,
            followed: false,
            numbers: Numbers::default(),
            indexed: BTreeSet::new(),
            formula: None,
            addressed: BTreeSet::new(),
            inside: Inside::default(),
        }
    }

    /// The title that a chapter gives itself, as an expression of Typst's.
    pub(crate) fn title(&mut self, heading: &'a Element) -> String {
        let before = std::mem::take(&mut self.source);
        self.bracketed(|this| {
            this.anchor(heading);
            this.within(|it| it.heading = true, |it| it.inline(heading.children.iter()));
        });
        let (title, _) = std::mem::replace(&mut self.source, before).finish();
        title
    }

    /// Ends the conversion.
    pub(crate) fn finish(mut self) -> Converted {
        self.unreferenced_notes();
        let (text, origins) = self.source.finish();
        Converted { text, origins, ..self.done }
    }

    fn chapter(&self) -> &'a Chapter {
        &self.shelf.chapters[self.at]
    }

    fn find(
        &mut self,
        code: &'static str,
        range: &Range<usize>,
        message: impl Into<String>,
        help: Option<&str>,
    ) {
        self.done.findings.push(Finding {
            code,
            range: range.clone(),
            message: message.into(),
            help: help.map(str::to_owned),
        });
    }

    /// The number of the next of something that is counted by chapter.
    fn numbered(&self, count: usize) -> String {
        match &self.chapter().number {
            Some(number) => format!("{number}.{count}"),
            None => count.to_string(),
        }
    }

    /// Text that can be shown: what no font has is found, and what has no shape gets one.
    fn shown(&mut self, text: &str, from: &Range<usize>) -> String {
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' => {
                    shown.extend(char::from_u32(0x2400 + u32::from(c)));
                }
                '\u{7f}' => shown.push('\u{2421}'),
                '\u{80}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => shown.push('\u{fffd}'),
                c => shown.push(c),
            }
        }
        let mut told = BTreeSet::new();
        for c in shown.chars().filter(|c| !c.is_ascii()) {
            if told.insert(c) && !self.shelf.fonts.covers(c) {
                self.missing_glyph(c, from);
            }
        }
        shown
    }

    fn missing_glyph(&mut self, c: char, from: &Range<usize>) {
        let start = self
            .woven
            .get(from.clone())
            .and_then(|text| text.find(c))
            .map_or(from.start, |at| from.start + at);
        let message = format!("no font of the PDF has a shape for `{c}` (U+{:04X})", u32::from(c));
        let help =
            "put a font that has it into a folder of the book, and set `pdf.fonts = [\"that-folder\"]`";
        self.find(code::MISSING_GLYPH, &(start..start + c.len_utf8()), message, Some(help));
    }

    /// The key of an element that something leads to. The first element with an id has it.
    fn claimed(&mut self, element: &Element) -> Option<String> {
        let key = self.shelf.links.used_key(self.at, element)?;
        self.shelf.claimed.borrow_mut().insert(key.clone()).then_some(key)
    }

    /// Writes what `write` does into an argument of its own.
    fn bracketed(&mut self, write: impl FnOnce(&mut Self)) {
        self.source.raw("[");
        write(self);
        self.source.raw("]");
    }

    /// Does something with other surroundings.
    fn within(&mut self, change: impl FnOnce(&mut Inside), write: impl FnOnce(&mut Self)) {
        let before = self.inside;
        change(&mut self.inside);
        write(self);
        self.inside = before;
    }
}

/// Whether an element is there for a script, and not for readers.
fn is_hidden(element: &Element) -> bool {
    element.attribute("hidden").is_some()
}

/// Whether an element stands on lines of its own.
fn is_block(element: &Element) -> bool {
    matches!(
        element.name.as_str(),
        "p" | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "ul"
            | "ol"
            | "dl"
            | "dt"
            | "dd"
            | "li"
            | "pre"
            | "blockquote"
            | "alert"
            | "table"
            | "div"
            | "section"
            | "article"
            | "aside"
            | "nav"
            | "header"
            | "footer"
            | "main"
            | "details"
            | "summary"
            | "figure"
            | "figcaption"
            | "hr"
            | "footnote-definition"
            | "style"
            | "script"
            | "center"
            | "address"
            | "form"
            | "fieldset"
            | "exemplar-solution"
            | "iframe"
            | "video"
            | "audio"
            | "object"
            | "canvas"
    )
}

/// Whether an element, or something in it, stands on lines of its own.
fn has_block(element: &Element) -> bool {
    is_block(element) || element.elements().any(has_block)
}
