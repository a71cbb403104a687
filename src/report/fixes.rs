//! What `exemplar fix` says: what it mended, what it left and why; or a patch of it.

use std::io::{self, Write};
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::source::SourceMap;

use super::event::{counted, examples};
use super::human::{self, standard_error, standard_output};
use super::patch;
use super::text::escaped;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// A file that changes.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// The file itself, where links to it lead.
    pub(crate) path: PathBuf,
    /// How it is shown: relative to the working directory where it lies below it.
    pub(crate) shown: String,
    /// Its text as it was read.
    pub(crate) old: String,
    /// Its text as it will be.
    pub(crate) new: String,
    /// How many examples are mended in it.
    pub(crate) examples: usize,
    /// How many places in a dialect are rewritten in it.
    pub(crate) dialects: usize,
}

/// What is told beside the changes.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// What is left as it is, and why.
    pub(crate) left: Vec<Diagnostic>,
    /// What is wrong with the pages and has nothing to do with outputs.
    pub(crate) errors: Vec<Diagnostic>,
    /// How many examples are not as their pages say, and stay so.
    pub(crate) remaining: usize,
    /// Whether nothing is written.
    pub(crate) is_dry: bool,
}

/// Prints a patch of all changes that `git apply` takes.
pub(crate) fn patch(changes: &[Change]) -> io::Result<()> {
    let mut out = standard_output();
    for change in changes {
        patch::file(&mut out, change)?;
    }
    out.flush()
}

/// Tells what is left, beside a patch.
pub(crate) fn left(sources: &SourceMap, summary: &Summary) -> io::Result<()> {
    let mut out = standard_error();
    human::diagnostics(sources, &summary.errors, &mut out);
    human::diagnostics(sources, &summary.left, &mut out);
    out.flush()
}

/// Tells what was mended and what is left.
pub(crate) fn report(sources: &SourceMap, changes: &[Change], summary: &Summary) -> io::Result<()> {
    let mut out = standard_output();
    human::diagnostics(sources, &summary.errors, &mut out);
    human::diagnostics(sources, &summary.left, &mut out);
    let would = if summary.is_dry { "would fix" } else { "fixed" };
    for change in changes {
        let Change { shown, examples: mended, dialects, .. } = change;
        let mut parts = Vec::new();
        if *mended > 0 {
            parts.push(examples(*mended));
        }
        if *dialects > 0 {
            parts.push(counted(*dialects, "place in a dialect", "places in a dialect"));
        }
        writeln!(out, "{would} {}: {}", escaped(shown), parts.join(", "))?;
    }
    let is_well = summary.remaining == 0 && summary.errors.is_empty();
    let style = if is_well { GOOD } else { BAD };
    let mended: usize = changes.iter().map(|change| change.examples + change.dialects).sum();
    let begin = match mended {
        0 => "nothing to fix".to_owned(),
        _ => {
            let files = counted(changes.len(), "file", "files");
            format!("{would} {} in {files}", counted(mended, "place", "places"))
        }
    };
    let rest = match (summary.remaining, summary.errors.len()) {
        (0, 0) => String::new(),
        (0, errors) => format!(", {}", counted(errors, "error", "errors")),
        (remaining, 0) => format!(", {} left", examples(remaining)),
        (remaining, errors) => {
            format!(", {} left, {}", examples(remaining), counted(errors, "error", "errors"))
        }
    };
    writeln!(out, "{style}{begin}{style:#}{rest}")
}
