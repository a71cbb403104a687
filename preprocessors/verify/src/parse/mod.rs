//! Finds the examples of a page.
//!
//! # Steps
//! 1. [`markdown`]: mdBook's parser finds the fences, and the place of each line of them; outside of books after [`reindent`] has brought
//!    what other tools understand into its form;
//! 2. [`page`] walks over them; [`comment`], [`info`], [`attributes`], [`value`]: what the author attached to a fence;
//! 3. [`content`], [`session`], [`script`], [`directive`]: the examples in it, and what each is to print;
//! 4. [`continuation`], [`dialect`], [`ipython`], [`typography`], [`foreign`]: what real books make of doctest's syntax; [`guess`] and
//!    [`claim`]: what a script seems to print, though nobody states it; [`named`]: fences that the page calls files;
//! 5. [`alert`]: interview questions, cheat sheets, gotchas, labs, quizzes and terms; [`lab`]: the parts of labs.
//!
//! What is no Markdown is read by [`testfile`] instead.
//!
//! Parsing never fails: whatever is wrong with a page is a diagnostic beside the fences that were found. It does no I/O, and its spans
//! are never searched for: each comes from the parser's offsets through the page's provenance.

pub mod alert;
mod attributes;
mod claim;
mod comment;
mod console;
mod content;
mod continuation;
mod data;
mod defaults;
mod dialect;
mod directive;
mod foreign;
mod guess;
mod indented;
mod info;
mod invisible;
mod ipython;
mod known;
mod lab;
mod line;
mod markdown;
mod mistagged;
mod named;
mod page;
mod pieces;
mod prose;
mod reindent;
mod requirement;
mod scanner;
mod script;
mod session;
mod testfile;
mod typography;
mod value;

use std::ops::Range;
use std::path::Path;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::Fence;
use exemplar_model::lab::Lab;
use exemplar_model::plan::Division;
use exemplar_model::source::{ExpandedText, Span};
use exemplar_model::teaching::Entry;

pub(crate) use self::claim::behind_code;
pub(crate) use self::dialect::is_bare_exception;
use self::markdown::Block;
use self::page::Page;

/// What the book or the settings say about all fences.
#[derive(Debug, Clone, Default)]
pub struct ParseOptions {
    /// What the page is written in.
    pub syntax: Syntax,
    /// mdBook's prefix of hidden lines for Python.
    pub hidelines: Option<String>,
    /// Whether the page belongs to a book: then an attribute that is not ours is an error.
    pub book: bool,
    /// Places where loading went wrong, such as an include that is still in the text. A fence with one is passed over: what is wrong
    /// with it is said already, and whatever it would give would only follow from that.
    pub broken: Vec<Span>,
    /// Whether no reader is shown the page, so that the lines of fences are not kept as readers get them.
    pub unshown: bool,
    /// Further tags of fences that are Python, in lower case.
    pub tags: Vec<String>,
}

/// What was found in a page.
#[derive(Debug)]
pub struct Parsed {
    /// The fences with examples, in order.
    pub fences: Vec<Fence>,
    /// What is wrong with them.
    pub diagnostics: Vec<Diagnostic>,
    /// How the page divides itself into sessions, where it says so.
    pub division: Option<Division>,
    /// Interview questions, cheat sheets, gotchas, labs, quizzes and terms, in order. In books alone: elsewhere such a quote may mean anything.
    pub entries: Vec<Entry>,
    /// The labs that are whole, in order.
    pub labs: Vec<Lab>,
}

/// What a page is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Syntax {
    /// Markdown: examples stand in fences.
    #[default]
    Markdown,
    /// Anything else, read as `doctest.testfile` does: examples stand anywhere.
    Doctest,
}

impl Syntax {
    /// What a file of this name is written in; none when it is no page.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "md" | "markdown" => Some(Self::Markdown),
            "rst" | "txt" => Some(Self::Doctest),
            _ => None,
        }
    }
}

/// Finds the examples of a page.
#[must_use]
pub fn parse(expanded: &ExpandedText, options: &ParseOptions) -> Parsed {
    if options.syntax == Syntax::Doctest {
        return testfile::parse(expanded);
    }
    let shape = if options.book { None } else { reindent::reindent(&expanded.text) };
    let blocks = markdown::blocks(shape.as_ref().map_or(&expanded.text, |shape| &shape.text));
    let blocks: Vec<Block<'_>> = match &shape {
        Some(shape) => blocks.into_iter().map(|block| block.placed(shape, &expanded.text)).collect(),
        None => blocks,
    };
    let mut page = Page::new(expanded, options, &blocks);
    page.fences.reserve_exact(blocks.iter().filter(|block| matches!(block, Block::Fence(_))).count());
    for block in &blocks {
        page.block(block);
    }
    page.drop_comments();
    page.settle_named();
    page.fences.shrink_to_fit();
    prose::check(expanded, options, &blocks, &mut page.diagnostics);
    let (mut entries, mut labs) = (Vec::new(), Vec::new());
    if options.book {
        let found = alert::entries(&expanded.text);
        let is_lab =
            |range: &Range<usize>| expanded.text[range.clone()].to_ascii_uppercase().starts_with("[!LAB");
        let told = found.mistakes.iter().any(|mistake| is_lab(&mistake.range));
        let (whole, diagnostics) = lab::labs(expanded, &page.fences, &found.entries, told);
        page.diagnostics.extend(diagnostics);
        labs = whole;
        page.diagnostics.extend(alert::diagnostics(expanded, found.mistakes));
        entries = found.entries;
    }
    Parsed {
        fences: page.fences,
        diagnostics: page.diagnostics,
        division: page.defaults.division,
        entries,
        labs,
    }
}

#[cfg(test)]
mod tests;
