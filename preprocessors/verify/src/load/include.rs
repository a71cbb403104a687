//! Expands mdBook's directives: `{{#include}}`, `{{#rustdoc_include}}`, `{{#playground}}`, `{{#title}}` and their escapes.
//!
//! mdBook's `links` preprocessor does the same, but forgets where the text came from and only logs what went wrong. Here every byte
//! keeps its origin, so that a message and a repair reach the included file; and what can't be included is a diagnostic at its
//! directive, which then stays in the page as it is, so that no page looks whole that is not.
//!
//! Invariant: for equal input the text is mdBook's, but for what is an error here: an anchor or a line range that selects nothing
//! (mdBook puts nothing there), a cycle and too deep a nesting (mdBook expands to its limit, and puts nothing there), and growth without
//! bounds (mdBook has none). A byte order mark at the start of an included file is dropped.

mod directive;
mod lines;

use std::ffi::OsStr;
use std::path::Path;

use ecow::EcoString;
use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::source::{ExpandedText, FileId, Segment, SourceMap, Span};

use self::directive::{Directive, Selection};
use super::files::{Files, ReadError};
use crate::spelling;

/// mdBook's limit.
const MAX_DEPTH: usize = 10;
/// Ten levels of files that include each other a few times would never end.
const MAX_INCLUDES: usize = 10_000;
/// The most that one page may grow to, in bytes, for the same reason.
const MAX_EXPANDED_BYTES: usize = 64 << 20;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// A page after its directives were carried out.
#[derive(Debug)]
pub struct Expansion {
    /// The text, and where each byte of it comes from.
    pub expanded: ExpandedText,
    /// What the page's last `{{#title}}` says.
    pub title: Option<String>,
    /// What could not be included.
    pub diagnostics: Vec<Diagnostic>,
}

/// Carries out a page's directives, and those of the files that it includes.
pub fn expand(files: &mut Files, page: FileId) -> Expansion {
    let input = verbatim(&files.sources, page);
    let directory = parent(files.disk_path(page)).to_path_buf();
    let mut expander = Expander {
        files,
        title: None,
        diagnostics: Vec::new(),
        including: vec![(page, Selection::All)],
        includes: 0,
    };
    let mut expanded = ExpandedText { text: EcoString::new(), segments: Vec::new(), file: page };
    expander.expand(&input, &directory, &mut expanded);
    if expanded.text == input.text {
        // Most pages include nothing, and their text is held once.
        expanded.text = input.text;
    }
    Expansion { expanded, title: expander.title, diagnostics: expander.diagnostics }
}

/// A page as it stands, for Markdown that is not mdBook's. Only a byte order mark is taken off.
#[must_use]
pub fn verbatim(sources: &SourceMap, page: FileId) -> ExpandedText {
    let whole = sources.file(page).shared_text();
    let mut expanded = ExpandedText { text: EcoString::new(), segments: Vec::new(), file: page };
    if whole.is_empty() || whole.starts_with(BYTE_ORDER_MARK) {
        push_file(&mut expanded, sources, page);
    } else {
        expanded.segments.push(Segment { start: 0, origin: Span::new(page, 0..whole.len()) });
        expanded.text = whole;
    }
    expanded
}

struct Expander<'f> {
    files: &'f mut Files,
    title: Option<String>,
    diagnostics: Vec<Diagnostic>,
    /// The page and the files that are being expanded, outermost first. The same file may stand in it twice with different selections.
    including: Vec<(FileId, Selection)>,
    includes: usize,
}

impl Expander<'_> {
    /// Appends `input` to `out`, its directives carried out; paths in them start at `directory`.
    fn expand(&mut self, input: &ExpandedText, directory: &Path, out: &mut ExpandedText) {
        let mut done = 0;
        for found in directive::find(&input.text) {
            let span = input.origin(found.range.clone());
            // Escapes and titles say which part of the directive stays; a failed include stays whole.
            let kept = match found.directive {
                Directive::Escaped => Some(found.range.start + 1..found.range.end),
                Directive::Title(title) => {
                    self.title = Some(title.to_owned());
                    None
                }
                Directive::Include(ref include) => {
                    push_range(out, input, done..found.range.start);
                    done = found.range.start;
                    match self.include(include, directory, span, out) {
                        Ok(()) => None,
                        Err(diagnostic) => {
                            if !self.diagnostics.contains(&diagnostic) {
                                self.diagnostics.push(*diagnostic);
                            }
                            Some(found.range.clone())
                        }
                    }
                }
            };
            push_range(out, input, done..found.range.start);
            if let Some(kept) = kept {
                push_range(out, input, kept);
            }
            done = found.range.end;
        }
        push_range(out, input, done..input.text.len());
    }

    /// Appends what an include directive stands for.
    fn include(
        &mut self,
        include: &directive::Include<'_>,
        directory: &Path,
        span: Span,
        out: &mut ExpandedText,
    ) -> Result<(), Box<Diagnostic>> {
        let target = directory.join(include.path);
        let loaded =
            self.files.read(&target).map_err(|error| missing_include(self.files, &target, span, error))?;
        self.diagnostics.extend(loaded.diagnostic);
        let step = (loaded.file, include.selection.clone());
        let shown = self.files.shown_path(&target);
        if self.including.contains(&step) {
            let message = format!("`{shown}` includes itself");
            let help = "take out one of the directives on the way round, or include an anchor of the file";
            return Err(Box::new(Diagnostic::error("include-cycle", span, message).help(help)));
        }
        if self.including.len() > MAX_DEPTH {
            let message = format!("includes are nested more than {MAX_DEPTH} deep");
            return Err(Box::new(
                Diagnostic::error("include-too-deep", span, message)
                    .help("include the file nearer to the page"),
            ));
        }
        let text = self.files.sources.file(loaded.file).text();
        self.includes += 1;
        if self.includes > MAX_INCLUDES || out.text.len() + text.len() > MAX_EXPANDED_BYTES {
            let message = format!(
                "this page includes more than {MAX_INCLUDES} files or {} MiB",
                MAX_EXPANDED_BYTES >> 20
            );
            return Err(Box::new(
                Diagnostic::error("include-too-large", span, message).help("split the page, or include less"),
            ));
        }
        let mut content = ExpandedText { text: EcoString::new(), segments: Vec::new(), file: loaded.file };
        if !include.render(&self.files.sources, loaded.file, span, &mut content) {
            return Err(Box::new(missing_anchor(&include.selection, text, &shown, span)));
        }
        self.including.push(step);
        self.expand(&content, parent(&target), out);
        self.including.pop();
        Ok(())
    }
}

impl directive::Include<'_> {
    /// Appends the part of the file that is asked for, with what the directive puts around it. False when there is no such part.
    fn render(&self, sources: &SourceMap, file: FileId, span: Span, out: &mut ExpandedText) -> bool {
        if let Some(words) = &self.playground {
            let comma = if words.is_empty() { "" } else { "," };
            push(out, &format!("```rust{comma}{}\n", words.join(",")), span);
            push_file(out, sources, file);
            if !out.text.ends_with('\n') {
                push(out, "\n", span);
            }
            push(out, "```\n", span);
            return true;
        }
        let text = sources.file(file).text();
        let Some(lines) = lines::select(text, &self.selection, self.rustdoc) else { return false };
        for (index, line) in lines.iter().enumerate() {
            if let Some(before) = index.checked_sub(1).and_then(|before| lines.get(before)) {
                // The line before is not the file's last one, so a line break follows it.
                let end =
                    text[before.range.end..].find('\n').map_or(text.len(), |at| before.range.end + at + 1);
                push(out, "\n", Span::new(file, end.saturating_sub(1)..end));
            }
            if line.hidden {
                push(out, "# ", span);
            }
            push(out, &text[line.range.clone()], Span::new(file, line.range.clone()));
        }
        true
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

fn missing_include(files: &Files, target: &Path, span: Span, error: ReadError) -> Box<Diagnostic> {
    let shown = files.shown_path(target);
    let diagnostic = Diagnostic::error(
        "missing-include",
        span,
        match error {
            ReadError::Missing { .. } => format!("there is no file `{shown}`"),
            other => other.to_string(),
        },
    );
    Box::new(match similar_file(target) {
        Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
        None => {
            let directory = files.shown_path(parent(files.disk_path(span.file)));
            let place = if directory.is_empty() {
                "the working directory".to_owned()
            } else {
                format!("`{directory}`")
            };
            diagnostic.help(format!("paths start at the directory of the file that includes, here {place}"))
        }
    })
}

/// A file beside the missing one whose name is nearly the same.
fn similar_file(target: &Path) -> Option<String> {
    let wanted = target.file_name().and_then(OsStr::to_str)?;
    let entries = fs_err::read_dir(parent(target)).ok()?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name != wanted)
        .collect();
    names.sort();
    spelling::nearest(wanted, names.iter().map(String::as_str), spelling::generous(wanted)).map(str::to_owned)
}

fn missing_anchor(selection: &Selection, text: &str, shown: &str, span: Span) -> Diagnostic {
    match selection {
        Selection::Anchor(anchor) => {
            let diagnostic =
                Diagnostic::error("missing-anchor", span, format!("`{shown}` has no anchor `{anchor}`"));
            let anchors = lines::anchors(text);
            match spelling::nearest(anchor, anchors.iter().copied(), spelling::generous(anchor)) {
                Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
                None => diagnostic
                    .help(format!("mark the lines with `ANCHOR: {anchor}` and `ANCHOR_END: {anchor}`")),
            }
        }
        Selection::All | Selection::Lines { .. } => {
            let count = text.lines().count();
            Diagnostic::error("missing-anchor", span, format!("no line of `{shown}` is in this range"))
                .help(format!("the file has {count} lines; a range is `first:last`"))
        }
    }
}

/// Appends text that comes from `origin`. Text made up here has the whole directive as its origin.
fn push(out: &mut ExpandedText, text: &str, origin: Span) {
    if text.is_empty() {
        return;
    }
    let exact = |length: usize, origin: Span| origin.range().len() == length;
    let joins = out.segments.last().is_some_and(|last| {
        let adjacent = last.origin.file == origin.file && last.origin.end == origin.start;
        adjacent && exact(out.text.len() - last.start, last.origin) && exact(text.len(), origin)
    });
    match out.segments.last_mut().filter(|_| joins) {
        Some(last) => last.origin.end = origin.end,
        None => out.segments.push(Segment { start: out.text.len(), origin }),
    }
    out.text.push_str(text);
}

/// Appends a part of another text, each byte with its origin.
fn push_range(out: &mut ExpandedText, input: &ExpandedText, range: std::ops::Range<usize>) {
    let first = input.segments.partition_point(|segment| segment.start <= range.start).saturating_sub(1);
    for (index, segment) in input.segments.iter().enumerate().skip(first) {
        let end = input.segments.get(index + 1).map_or(input.text.len(), |next| next.start);
        let (start, stop) = (range.start.max(segment.start), range.end.min(end));
        if start >= stop {
            break;
        }
        let exact = segment.origin.range().len() == end - segment.start;
        let origin = if exact { input.origin(start..stop) } else { segment.origin };
        push(out, &input.text[start..stop], origin);
    }
}

fn push_file(out: &mut ExpandedText, sources: &SourceMap, file: FileId) {
    let text = sources.file(file).text();
    let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    push(out, body, Span::new(file, text.len() - body.len()..text.len()));
}

#[cfg(test)]
mod tests;
