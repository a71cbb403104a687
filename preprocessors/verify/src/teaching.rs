//! What is wrong with the teaching elements of a book together: the same id, name or title twice, a topic that nobody declared, and cheat
//! sheets that don't fit their paper.
//!
//! Which elements there are, and whether each of them is whole, is [`parse::alert`](crate::parse::alert)'s.

use std::collections::BTreeMap;
use std::ops::Range;

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::plan::Page;
use exemplar_model::source::Span;
use exemplar_model::teaching::{Content, Entry, Interview, Piece, slug};

use crate::spelling;

/// How many characters of code fit into a column of a cheat sheet: A4 and Letter landscape in three columns, at the size that
/// `theme/teaching.css` sets.
pub const SHEET_COLUMNS: usize = 52;

/// How many lines a page of a cheat sheet has, in its three columns.
pub const SHEET_LINES: usize = 3 * 48;

/// How many pages a sheet may have: both sides of one.
const SHEET_PAGES: usize = 2;

/// How many characters of prose stand in a line of a sheet, about.
const PROSE_COLUMNS: usize = 62;

/// An element of a page.
#[derive(Clone, Copy)]
struct Placed<'p> {
    page: &'p Page,
    entry: &'p Entry,
}

impl Placed<'_> {
    fn origin(self, piece: &Piece) -> Span {
        self.page.expanded.origin(piece.range.clone())
    }

    fn header(self) -> Span {
        self.page.expanded.origin(self.entry.header.clone())
    }
}

/// Checks the elements of all pages, which are in the order of the book.
#[must_use]
pub fn check(pages: &[Page], topics: &[String]) -> Vec<Diagnostic> {
    let all = || pages.iter().flat_map(|page| page.entries.iter().map(move |entry| Placed { page, entry }));
    let mut diagnostics = Vec::new();
    duplicates(all(), &mut diagnostics);
    let mut sheets: BTreeMap<String, (Placed<'_>, usize)> = BTreeMap::new();
    for placed in all() {
        let needs_id = matches!(placed.entry.content, Content::Interview(_) | Content::Quiz(_));
        if needs_id && placed.entry.id.is_none() {
            diagnostics.push(missing_id(placed));
        }
        let (Content::Interview(Interview { topic, .. }) | Content::Cheatsheet { topic }) =
            &placed.entry.content
        else {
            continue;
        };
        diagnostics.extend(undeclared(placed, topic, topics));
        if matches!(placed.entry.content, Content::Cheatsheet { .. }) {
            diagnostics.extend(wide_code(placed));
            let sheet = sheets.entry(slug(&topic.text)).or_insert((placed, 0));
            *sheet = (placed, sheet.1 + lines(&placed.entry.body));
        }
    }
    diagnostics.extend(sheets.into_values().filter_map(|(last, lines)| too_long(last, lines)));
    diagnostics
}

/// Elements that could not be told apart: by their id, or by what they are called within their kind.
fn duplicates<'p>(all: impl Iterator<Item = Placed<'p>>, diagnostics: &mut Vec<Diagnostic>) {
    let mut names: BTreeMap<(&str, String), Span> = BTreeMap::new();
    for placed in all {
        let Entry { title, id, content, .. } = placed.entry;
        let may_repeat = match content {
            Content::Quiz(_) => true,
            // Several boxes make one sheet.
            Content::Cheatsheet { topic } => topic == title,
            _ => title.text.is_empty(),
        };
        let by_id = id.iter().map(|id| (("id", id.text.clone()), id, "id"));
        let (title, called) = match content {
            // Two modules of one name are one file in a reader's folder.
            Content::Lab { name } => (name, "name"),
            _ => (title, "title"),
        };
        let by_title = std::iter::once(((content.name(), slug(&title.text)), title, called));
        for (name, piece, what) in by_id.chain(by_title.filter(|_| !may_repeat)) {
            let span = placed.origin(piece);
            if let Some(&first) = names.get(&name) {
                let message = format!("there is a `[!{}]` with this {what} already", content.name());
                let message = if what == "id" { "this id is taken".to_owned() } else { message };
                diagnostics.push(
                    Diagnostic::error("duplicate-entry", span, message)
                        .label(first, "it stands here")
                        .help(format!("give one of them another {what}")),
                );
                continue;
            }
            names.insert(name, span);
        }
    }
}

fn missing_id(placed: Placed<'_>) -> Diagnostic {
    let word = slug(&placed.entry.title.text);
    let word: String = word.chars().filter(char::is_ascii).take(40).collect();
    let word = if word.is_empty() { "its-name" } else { word.trim_end_matches('-') };
    let message = format!("this `[!{}]` has no id", placed.entry.content.name());
    Diagnostic::warning("missing-entry-id", placed.header(), message).help(format!(
        "put `{{#{word}}}` at the end of this line, so that learners keep their history of the card when you reword it"
    ))
}

fn undeclared(placed: Placed<'_>, topic: &Piece, topics: &[String]) -> Option<Diagnostic> {
    let word = slug(&topic.text);
    if topics.iter().any(|known| slug(known) == word) {
        return None;
    }
    let nearest =
        spelling::nearest(&topic.text, topics.iter().map(String::as_str), spelling::generous(&word));
    let help = match nearest {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("add it to the settings: `topics = [\"{}\"]`, or use one that is there", topic.text),
    };
    let message = format!("the topic `{}` is not declared", topic.text);
    Some(Diagnostic::error("undeclared-topic", placed.origin(topic), message).help(help))
}

/// Lines of code that are cut or wrapped on the sheet: one finding for the widest of each fence.
fn wide_code(placed: Placed<'_>) -> Vec<Diagnostic> {
    let Entry { range, .. } = placed.entry;
    let is_inside = |inner: &Range<usize>| range.start <= inner.start && inner.end <= range.end;
    let fences =
        placed.page.fences.iter().filter(|fence| is_inside(&fence.range) && !fence.attributes.hidden);
    fences
        .filter_map(|fence| {
            let widths = fence.shown.iter().filter(|line| !line.hidden).map(|line| line.text.chars().count());
            let width = widths.max().filter(|&width| width > SHEET_COLUMNS)?;
            let message =
                format!("a line of {width} characters, and a column of a cheat sheet has {SHEET_COLUMNS}");
            let help = "break the line, or shorten its names";
            Some(Diagnostic::warning("wide-cheat-sheet", fence.opening, message).help(help))
        })
        .collect()
}

/// How many lines a box takes on a sheet, about: its frame with heading and link, its code line by line, and its prose as it is wrapped.
fn lines(body: &str) -> usize {
    const FRAME: usize = 3;
    let mut in_code = false;
    let line = |line: &str| {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code { 1 } else { line.chars().count().div_ceil(PROSE_COLUMNS) }
    };
    FRAME + body.lines().map(line).sum::<usize>()
}

fn too_long(last: Placed<'_>, lines: usize) -> Option<Diagnostic> {
    let Content::Cheatsheet { topic } = &last.entry.content else { return None };
    if lines <= SHEET_PAGES * SHEET_LINES {
        return None;
    }
    let pages = lines.div_ceil(SHEET_LINES);
    let message = format!("with this box the sheet of `{}` has about {pages} pages", topic.text);
    let help = format!(
        "shorten its boxes: about {lines} lines now, and two pages have {}",
        SHEET_PAGES * SHEET_LINES
    );
    Some(Diagnostic::warning("long-cheat-sheet", last.header(), message).help(help))
}
