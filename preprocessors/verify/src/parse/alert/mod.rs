//! Teaching elements: block quotes whose first line names what they are, as GitHub's alerts do.
//!
//! ```text
//! > [!INTERVIEW] senior, decorators {#wraps-why}
//! > **Why does a decorator need `functools.wraps`?**
//! >
//! > *In short:* …
//! ```
//!
//! The grammar knows nothing of files: it takes a text and gives entries and mistakes with ranges of that text. So the same grammar reads
//! what an author wrote, where mistakes become diagnostics, and the woven chapter, from which the appendix collects; in what was checked
//! it finds no mistakes.
//!
//! - [`quote`]: the lines of a block quote without their marks, and where each stands;
//! - [`header`]: the first line;
//! - [`interview`], [`quiz`]: bodies with a form of their own.
//!
//! Deliberately absent: everything that more than one entry is needed for (the same id twice, an undeclared topic, a sheet that is too
//! long), which is [`crate::teaching`]'s; and the fences of labs, which are [`super::lab`]'s.

mod header;
mod interview;
mod quiz;
mod quote;
#[cfg(test)]
mod tests;

use std::ops::Range;

use exemplar_model::diagnostic::{Diagnostic, Severity};
use exemplar_model::lab;
use exemplar_model::source::ExpandedText;
use exemplar_model::teaching::{Content, Entry};
use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

use self::header::{Header, Kind};
use self::quote::Body;

/// The stable names of what can be wrong.
mod code {
    pub(super) const LONG_SHORT_ANSWER: &str = "long-short-answer";
    pub(super) const MALFORMED: &str = "malformed-alert";
    pub(super) const MISPLACED: &str = "misplaced-alert";
    pub(super) const UNKNOWN: &str = "unknown-alert";
}

/// Something that is wrong with an element, in the text that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name.
    pub code: &'static str,
    /// The place.
    pub range: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl Mistake {
    fn malformed(range: Range<usize>, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code: code::MALFORMED,
            range,
            message: message.into(),
            help: help.into(),
        }
    }
}

/// The teaching elements of a text, in order, and what is wrong with those that are none.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// Those that are whole.
    pub entries: Vec<Entry>,
    /// What is wrong with the others, or lints.
    pub mistakes: Vec<Mistake>,
}

/// Finds the teaching elements of a text.
#[must_use]
pub fn entries(text: &str) -> Entries {
    let mut found = Entries::default();
    for (range, is_nested) in quotes(text) {
        let body = Body::of(text, &range);
        let Some(header) = header::read(text, &body, &mut found.mistakes) else { continue };
        if is_nested {
            let message = format!("`[!{}]` stands inside a list or another block quote", header.kind.name());
            let help = "begin it at the left margin, with a blank line before it";
            let misplaced = Mistake::malformed(header.range.clone(), message, help);
            found.mistakes.push(Mistake { code: code::MISPLACED, ..misplaced });
            continue;
        }
        match entry(range, header, &body, &mut found.mistakes) {
            Ok(entry) => found.entries.push(entry),
            Err(mistake) => found.mistakes.push(mistake),
        }
    }
    found
}

/// The mistakes of a page as diagnostics.
pub(super) fn diagnostics(expanded: &ExpandedText, mistakes: Vec<Mistake>) -> Vec<Diagnostic> {
    mistakes
        .into_iter()
        .map(|mistake| {
            let span = expanded.origin(mistake.range);
            let error = Diagnostic::error(mistake.code, span, mistake.message).help(mistake.help);
            Diagnostic { severity: mistake.severity, ..error }
        })
        .collect()
}

/// The block quotes of a text, each with whether it stands inside something else.
fn quotes(text: &str) -> Vec<(Range<usize>, bool)> {
    let mut quotes = Vec::new();
    let mut depth = 0_usize;
    for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
        match event {
            Event::Start(Tag::BlockQuote(_)) => {
                quotes.push((range, depth > 0));
                depth += 1;
            }
            Event::Start(Tag::Item | Tag::FootnoteDefinition(_) | Tag::DefinitionListDefinition) => {
                depth += 1;
            }
            Event::End(
                TagEnd::BlockQuote(_)
                | TagEnd::Item
                | TagEnd::FootnoteDefinition
                | TagEnd::DefinitionListDefinition,
            ) => depth -= 1,
            _ => {}
        }
    }
    quotes
}

fn entry(
    range: Range<usize>,
    header: Header,
    body: &Body,
    mistakes: &mut Vec<Mistake>,
) -> Result<Entry, Mistake> {
    let Header { kind, range: line, title, id } = header;
    let text = body.text.trim().to_owned();
    let missing = |what: &str, help: &str| {
        Err(Mistake::malformed(line.clone(), format!("this `[!{}]` {what}", kind.name()), help))
    };
    if text.is_empty() {
        return missing("is empty", "write its text below, with `> ` before each line");
    }
    if title.text.is_empty() && matches!(kind, Kind::Cheatsheet | Kind::Gotcha | Kind::Lab | Kind::Term) {
        let (what, help) = match kind {
            Kind::Cheatsheet => ("has no topic", "write it behind: `[!CHEATSHEET] Decorators`"),
            Kind::Lab => ("has no name", "write it behind: `[!LAB] intervals`; it is that of the module"),
            Kind::Term => ("names no term", "write it behind: `[!TERM] closure`"),
            _ => ("has no title", "write it behind: `[!GOTCHA] Mutable defaults`"),
        };
        return missing(what, help);
    }
    let (title, content) = match kind {
        Kind::Interview => {
            let (question, interview) = interview::read(&line, &title, body, mistakes)?;
            (question, Content::Interview(interview))
        }
        Kind::Cheatsheet => {
            let topic = header::before_colon(&title);
            (title, Content::Cheatsheet { topic })
        }
        Kind::Gotcha => (title, Content::Gotcha),
        Kind::Lab => {
            let name = header::before_colon(&title);
            if !lab::is_name(&name.text) {
                let message = format!("`{}` can't be the name of a lab", name.text);
                let help =
                    "write a word that can be a module's: `[!LAB] binary-search: Find it in a sorted list`";
                return Err(Mistake::malformed(line, message, help));
            }
            (title, Content::Lab { name })
        }
        Kind::Quiz => {
            let quiz = quiz::read(&line, body)?;
            (title, Content::Quiz(quiz))
        }
        Kind::Term => (title, Content::Term),
    };
    Ok(Entry { range, header: line, title, id, body: text, content })
}
