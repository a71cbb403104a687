//! Finds the examples of a page.
//!
//! # Steps
//! 1. [`markdown`]: mdBook's parser finds the fences, and the place of each line of them;
//! 2. [`page`] walks over them; [`comment`], [`info`], [`attributes`], [`value`]: what the author attached to a fence;
//! 3. [`content`], [`session`], [`script`], [`directive`]: the examples in it, and what each is to print.
//!
//! Parsing never fails: whatever is wrong with a page is a diagnostic beside the fences that were found. It does no I/O, and its spans
//! are never searched for: each comes from the parser's offsets through the page's provenance.

mod attributes;
mod comment;
mod console;
mod content;
mod defaults;
mod directive;
mod info;
mod invisible;
mod known;
mod line;
mod markdown;
mod page;
mod pieces;
mod prose;
mod requirement;
mod scanner;
mod script;
mod session;
mod value;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::Fence;
use exemplar_model::plan::Division;
use exemplar_model::source::{ExpandedText, Span};

use self::page::Page;

/// What the book or the settings say about all fences.
#[derive(Debug, Clone, Default)]
pub struct ParseOptions {
    /// mdBook's prefix of hidden lines for Python.
    pub hidelines: Option<String>,
    /// Whether the page belongs to a book: then an attribute that is not ours is an error.
    pub book: bool,
    /// Places where loading went wrong, such as an include that is still in the text. A fence with one is passed over: what is wrong
    /// with it is said already, and whatever it would give would only follow from that.
    pub broken: Vec<Span>,
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
}

/// Finds the examples of a page.
#[must_use]
pub fn parse(expanded: &ExpandedText, options: &ParseOptions) -> Parsed {
    let blocks = markdown::blocks(&expanded.text);
    let mut page = Page::new(expanded, options, &blocks);
    for block in &blocks {
        page.block(block);
    }
    page.drop_comments();
    prose::check(expanded, options, &blocks, &mut page.diagnostics);
    Parsed { fences: page.fences, diagnostics: page.diagnostics, division: page.defaults.division }
}

#[cfg(test)]
mod tests;
