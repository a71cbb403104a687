//! The verified pages: what a renderer gets instead of what the author wrote.
//!
//! Fences get clean classes, hidden ones go, scripts are followed by what they printed, figures and tables stand below the fence that
//! shows them, and each fence says (on hover and focus) how it was verified. What was not run or not compared says so in plain sight.
//! Only fences change: every other byte of the expanded page stays.
//!
//! What needs a script in the browser (folding, tabs) is whole without it: all lines are there, all variants one after another.
//!
//! The result is Markdown with a little HTML, so that it renders the same through `exemplar build` and through a stock `mdbook build`.
//! Nothing in it depends on the time, the machine or the working directory: two builds of the same book give the same bytes.
//!
//! Deliberately absent: failures. A page with one is never woven.

mod directive;
mod fence;
pub mod ledger;
mod lines;
mod listing;
mod note;
pub mod plain;
mod rich;
mod runnable;
#[cfg(test)]
mod tests;
mod variant;

use exemplar_model::plan::Page;
use exemplar_model::report::Python;

pub use directive::{escape_directives, unescape_directives};
pub use runnable::Runnable;

use self::lines::Lines;
use crate::report::PlacedExample;

/// What a page is woven with.
#[derive(Debug, Clone, Copy)]
pub struct WeaveOptions<'a> {
    /// The page's path from the book's root, for the command that repeats its check.
    pub path: &'a str,
    /// The interpreter that ran it.
    pub python: Option<&'a Python>,
    /// How the root of the site is reached from the page: `../` for each folder that it lies in.
    pub to_root: &'a str,
    /// The sessions of the page.
    pub sessions: &'a [Runnable],
}

/// Weaves the results of a page's examples into its text. `examples` are those of this page, in order.
#[must_use]
pub fn weave(page: &Page, examples: &[PlacedExample], options: WeaveOptions<'_>) -> String {
    let text = &page.expanded.text;
    let mut woven = String::with_capacity(text.len() + text.len() / 4);
    let mut from = 0;
    let groups = variant::groups(page);
    for (index, found) in page.fences.iter().enumerate() {
        woven.push_str(&text[from..found.range.start]);
        from = found.output_range.as_ref().map_or(found.range.end, |output| output.end);
        if found.attributes.hidden {
            continue;
        }
        let results: Vec<&PlacedExample> = examples.iter().filter(|example| example.fence == index).collect();
        let group = groups.iter().find(|group| group.contains(&index));
        let mut lines = Lines::new(&mut woven, &found.prefix);
        if group.is_some_and(|group| group.start == index) {
            lines.push_html("<div class=\"exemplar-variants\">");
        }
        let session = options.sessions.iter().position(|session| session.fences.contains(&index));
        let session = session.filter(|&session| options.sessions[session].fences.len() > 1);
        let placed = fence::Placed { number: index, is_variant: group.is_some(), session };
        fence::weave(&mut lines, found, &results, placed, options);
        if group.is_some_and(|group| group.end == index + 1) {
            lines.push_html("</div>");
        }
    }
    woven.push_str(&text[from..]);
    if let Some(statement) = note::page(examples, options) {
        if !woven.ends_with('\n') {
            woven.push('\n');
        }
        woven.push('\n');
        woven.push_str(&statement);
        woven.push('\n');
        if let Some(sessions) = note::sessions(options) {
            woven.push_str(&sessions);
            woven.push('\n');
        }
    }
    woven
}
