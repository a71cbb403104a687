//! The first line of a teaching element: `[!GOTCHA] __init__ returns nothing {#init}`.
//!
//! What stands behind the name is read raw up to the end of the line, so that `__init__` stays what it is; `{#id}` at its end is no part
//! of it.

use std::ops::Range;

use exemplar_model::diagnostic::Severity;
use exemplar_model::teaching::Piece;

use super::quote::Body;
use super::{Mistake, code};
use crate::spelling;

/// The kinds that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Interview,
    Cheatsheet,
    Gotcha,
    Lab,
    Quiz,
    Term,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Interview, Self::Cheatsheet, Self::Gotcha, Self::Lab, Self::Quiz, Self::Term];

    /// The word between `[!` and `]`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Interview => "INTERVIEW",
            Self::Cheatsheet => "CHEATSHEET",
            Self::Gotcha => "GOTCHA",
            Self::Lab => "LAB",
            Self::Quiz => "QUIZ",
            Self::Term => "TERM",
        }
    }
}

/// GitHub's own alerts: none of ours, and no misspelling of one.
const OTHERS: [&str; 5] = ["CAUTION", "IMPORTANT", "NOTE", "TIP", "WARNING"];

/// What the first line says.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) kind: Kind,
    /// The line from `[!` on.
    pub(super) range: Range<usize>,
    /// What stands between the name and the id.
    pub(super) title: Piece,
    pub(super) id: Option<Piece>,
}

/// Reads the first line of a block quote; none where it is not one of ours.
pub(super) fn read(text: &str, body: &Body, mistakes: &mut Vec<Mistake>) -> Option<Header> {
    let line = body.first.text.trim();
    let start = body.first.range.start + (body.first.text.len() - body.first.text.trim_start().len());
    let name_end = line.find(']')?;
    let name = line.strip_prefix("[!")?.get(..name_end.checked_sub(2)?)?;
    let range = start..start + line.len();
    let upper = name.to_ascii_uppercase();
    let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == upper) else {
        let names = Kind::ALL.into_iter().map(Kind::name);
        let meant = spelling::nearest(&upper, names, spelling::tolerance(&upper));
        if let Some(meant) = meant.filter(|_| !OTHERS.contains(&&*upper)) {
            mistakes.push(Mistake {
                severity: Severity::Warning,
                code: code::UNKNOWN,
                range: start + 2..start + name_end,
                message: format!("`[!{name}]` is a plain quote"),
                help: format!("did you mean `[!{meant}]`?"),
            });
        }
        return None;
    };
    let mut title = name_end + 1..line.len();
    let mut id = None;
    if let Some(at) = line.rfind("{#").filter(|&at| at >= title.start && line.ends_with('}')) {
        let word = &line[at + 2..line.len() - 1];
        let place = start + at + 2..start + line.len() - 1;
        let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if word.is_empty() || !word.chars().all(is_id) {
            let message = format!("`{word}` can't be an id");
            let help = "letters, digits, `-` and `_` can: `{#wraps-why}`";
            mistakes.push(Mistake::malformed(start + at..start + line.len(), message, help));
        } else {
            id = Some(Piece { text: word.to_owned(), range: place });
        }
        title.end = at;
    }
    Some(Header { kind, range, title: piece(text, start + title.start..start + title.end), id })
}

/// What stands before the first colon of a title: the topic of a cheat sheet.
pub(super) fn before_colon(title: &Piece) -> Piece {
    let length = title.text.find(':').unwrap_or(title.text.len());
    let text = title.text[..length].trim_end();
    Piece { text: text.to_owned(), range: title.range.start..title.range.start + text.len() }
}

/// A range of a text without white space around it.
pub(super) fn piece(text: &str, range: Range<usize>) -> Piece {
    let written = &text[range.clone()];
    let start = range.start + (written.len() - written.trim_start().len());
    let range = start..(range.start + written.trim_end().len()).max(start);
    Piece { text: text[range.clone()].to_owned(), range }
}
