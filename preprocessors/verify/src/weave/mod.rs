//! The verified pages: what a renderer gets instead of what the author wrote.
//!
//! Fences get clean classes, hidden ones go, scripts are followed by what they printed, and each fence says (on hover and focus) how it
//! was verified. What was not run or not compared says so in plain sight. Only fences change: every other byte of the expanded page stays.
//!
//! The result is Markdown with a little HTML, so that it renders the same through `exemplar build` and through a stock `mdbook build`.
//! Nothing in it depends on the time, the machine or the working directory: two builds of the same book give the same bytes.
//!
//! Deliberately absent: failures. A page with one is never woven.

mod directive;
mod fence;
mod note;

use exemplar_model::plan::Page;
use exemplar_model::report::{Python, ReportedExample};

pub use directive::escape_directives;

use crate::report::PlacedExample;

/// What a page is woven with.
#[derive(Debug, Clone, Copy)]
pub struct WeaveOptions<'a> {
    /// The page's path from the book's root, for the command that repeats its check.
    pub path: &'a str,
    /// The interpreter that ran it.
    pub python: Option<&'a Python>,
}

/// Weaves the results of a page's examples into its text. `examples` are those of this page, in order.
#[must_use]
pub fn weave(page: &Page, examples: &[PlacedExample], options: WeaveOptions<'_>) -> String {
    let text = &page.expanded.text;
    let mut woven = String::with_capacity(text.len() + text.len() / 4);
    let mut from = 0;
    for (index, found) in page.fences.iter().enumerate() {
        let results: Vec<&ReportedExample> =
            examples.iter().filter(|example| example.fence == index).map(|example| &example.result).collect();
        woven.push_str(&text[from..found.range.start]);
        from = found.output_range.as_ref().map_or(found.range.end, |output| output.end);
        fence::weave(&mut woven, found, &results, options);
    }
    woven.push_str(&text[from..]);
    let results: Vec<&ReportedExample> = examples.iter().map(|example| &example.result).collect();
    if let Some(statement) = note::page(&results, options.python) {
        if !woven.ends_with('\n') {
            woven.push('\n');
        }
        woven.push('\n');
        woven.push_str(&statement);
        woven.push('\n');
    }
    woven
}
