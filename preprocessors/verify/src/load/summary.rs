//! The chapters of a book, from its SUMMARY.md.
//!
//! mdBook's own parser reads it, and its mistakes are told with a place: mdBook would create a missing chapter or stop at the first one.

use std::path::{Path, PathBuf};

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::source::{FileId, Span};
use mdbook_summary::{Summary, SummaryItem, parse_summary};
use pulldown_cmark::{Event, Parser, Tag};

use super::files::Files;
use super::project::BookLayout;

/// The chapters of a book in reading order, and what is wrong with their list.
#[derive(Debug)]
pub struct Chapters {
    /// Those that exist, each once.
    pub pages: Vec<PathBuf>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether SUMMARY.md itself could be read: without it there is no book.
    pub readable: bool,
}

/// Reads SUMMARY.md.
pub fn chapters(files: &mut Files, book: &BookLayout) -> Chapters {
    let path = book.source.join("SUMMARY.md");
    let mut chapters = Chapters { pages: Vec::new(), diagnostics: Vec::new(), readable: false };
    let file = match files.read(&path) {
        Ok(loaded) => {
            if let Some(diagnostic) = loaded.diagnostic {
                chapters.diagnostics.push(diagnostic);
                return chapters;
            }
            loaded.file
        }
        Err(error) => {
            let file = files.add_text(files.shown_path(&path), &path, String::new());
            chapters.diagnostics.push(
                Diagnostic::error("missing-summary", Span::new(file, 0..0), error.to_string())
                    .help("a book lists its chapters in SUMMARY.md, in the folder that `[book] src` names"),
            );
            return chapters;
        }
    };
    let text = files.sources.file(file).text().to_owned();
    match parse_summary(&text) {
        Ok(summary) => {
            chapters.readable = true;
            collect(files, book, file, &text, &summary, &mut chapters);
        }
        Err(error) => {
            let message = format!("{error:#}");
            if let Some(found) = duplicate(file, &text, &message) {
                chapters.diagnostics.push(found);
                return chapters;
            }
            chapters.diagnostics.push(
                Diagnostic::error("invalid-summary", place(file, &text, &message), message)
                    .help("SUMMARY.md holds headings and lists of links: `- [Title](path.md)`"),
            );
        }
    }
    chapters
}

fn collect(
    files: &Files,
    book: &BookLayout,
    file: FileId,
    text: &str,
    summary: &Summary,
    chapters: &mut Chapters,
) {
    let mut items: Vec<&SummaryItem> = Vec::new();
    let parts = [&summary.prefix_chapters, &summary.numbered_chapters, &summary.suffix_chapters];
    let mut waiting: Vec<&SummaryItem> = parts.into_iter().flatten().rev().collect();
    while let Some(item) = waiting.pop() {
        items.push(item);
        if let SummaryItem::Link(link) = item {
            waiting.extend(link.nested_items.iter().rev());
        }
    }
    let mut places = link_places(text);
    let mut spans: Vec<Span> = Vec::new();
    for item in items {
        let SummaryItem::Link(link) = item else { continue };
        let Some(location) = &link.location else { continue };
        let span = places
            .iter()
            .position(|(target, _)| target == location)
            .map_or(Span::new(file, 0..0), |index| Span::new(file, places.remove(index).1));
        let path = book.source.join(location);
        if !path.is_file() {
            chapters.diagnostics.push(
                Diagnostic::error(
                    "missing-chapter",
                    span,
                    format!("the chapter `{}` does not exist", location.display()),
                )
                .help(format!("create `{}`, or mend the link", files.shown_path(&path))),
            );
        } else if let Some(first) = chapters.pages.iter().position(|known| known == &path) {
            // mdBook sees two files where one is written `a.md` and the other one `./a.md`.
            chapters.diagnostics.push(listed_twice(location, spans[first], span));
        } else {
            chapters.pages.push(path);
            spans.push(span);
        }
    }
}

/// mdBook's refusal of a file that is listed twice, with the places that it does not tell.
fn duplicate(file: FileId, text: &str, message: &str) -> Option<Diagnostic> {
    let places = link_places(text);
    let named = |target: &Path| message.contains(&format!("Duplicate file in SUMMARY.md: {target:?}"));
    let mut of_it = places.iter().filter(|(target, _)| named(target));
    let (target, first) = of_it.next()?;
    let (_, second) = of_it.next()?;
    Some(listed_twice(target, Span::new(file, first.clone()), Span::new(file, second.clone())))
}

fn listed_twice(location: &Path, first: Span, second: Span) -> Diagnostic {
    Diagnostic::error(
        "duplicate-chapter",
        second,
        format!("the chapter `{}` is listed a second time", location.display()),
    )
    .label(first, "it is listed here already")
    .help("a chapter has one place in the book: remove one of the two links")
}

/// The targets of all links and where they stand.
fn link_places(text: &str) -> Vec<(PathBuf, std::ops::Range<usize>)> {
    Parser::new(text)
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Link { dest_url, .. }) => {
                Some((PathBuf::from(dest_url.replace("%20", " ")), range))
            }
            _ => None,
        })
        .collect()
}

/// The place that mdBook's message names in words: `line 3, column 5`.
fn place(file: FileId, text: &str, message: &str) -> Span {
    let number = |word: &str| -> Option<usize> {
        let rest = &message[message.find(word)? + word.len()..];
        let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let line = number("line").unwrap_or(1);
    let start: usize = text.split_inclusive('\n').take(line - line.min(1)).map(str::len).sum();
    let end = text[start..].find('\n').map_or(text.len(), |length| start + length);
    Span::new(file, start..end)
}
