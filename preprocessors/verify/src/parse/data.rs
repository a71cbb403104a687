//! Checks the syntax of JSON, TOML and YAML in a book. Only books: what another project shows of its data is its own affair.
//!
//! Nothing is run and nothing is compared, so such a fence is no example and has no result, but a diagnostic where its first mistake is.
//! Deliberately absent: dialects, such as JSON with comments (`json5`, `jsonc`) or several values (`jsonl`), which have tags of their own.

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::source::ExpandedText;
use saphyr_parser::Parser;

use super::line::Line;

/// A language of data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Json,
    Toml,
    Yaml,
}

/// A mistake: its line and column, each from 0, the column in bytes, and what it is.
struct Mistake {
    line: usize,
    column: usize,
    message: String,
}

impl Language {
    /// The language of a tag.
    pub(super) fn of(tag: &str) -> Option<Self> {
        match tag {
            "json" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Toml => "TOML",
            Self::Yaml => "YAML",
        }
    }

    /// The first mistake in a fence, where there is one.
    pub(super) fn check(self, lines: &[Line<'_>], expanded: &ExpandedText) -> Option<Diagnostic> {
        let text: String = lines.iter().flat_map(|line| [&*line.text, "\n"]).collect();
        let found = match self {
            Self::Json => json(&text),
            Self::Toml => toml(&text),
            Self::Yaml => yaml(&text),
        }?;
        // What ends too early is wrong at the end of the last line that says something.
        let last = lines.iter().rposition(|line| !line.is_blank())?;
        let (line, column) =
            if found.line > last { (&lines[last], usize::MAX) } else { (&lines[found.line], found.column) };
        let end = line.text.trim_end().len();
        let mut from = column.min(end);
        while !line.text.is_char_boundary(from) {
            from -= 1;
        }
        let length = line.text[from..end].chars().next().map_or(0, char::len_utf8);
        let span = expanded.origin(line.range(from..from + length));
        let message = format!("this {} is malformed: {}", self.name(), found.message);
        let help = "mend it; or if it is a part or a sketch, say so: `ignore=\"a part\"`";
        Some(Diagnostic::error("malformed-data", span, message).help(help))
    }
}

fn json(text: &str) -> Option<Mistake> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default().to_owned();
    // A column of 0 is the end of the line before.
    let (line, column) = match (error.line(), error.column()) {
        (line, 0) => (line.saturating_sub(2), usize::MAX),
        (line, column) => (line.saturating_sub(1), column - 1),
    };
    Some(Mistake { line, column, message })
}

fn toml(text: &str) -> Option<Mistake> {
    let error = toml::from_str::<toml::Table>(text).err()?;
    let at = error.span().map_or(0, |span| span.start).min(text.len());
    let before = text.get(..at).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |found| found + 1);
    let message = error.message().lines().next().unwrap_or_default().to_owned();
    Some(Mistake { line: before.matches('\n').count(), column: at - start, message })
}

fn yaml(text: &str) -> Option<Mistake> {
    // Events alone: what aliases stand for is never written out, however large that would be.
    let error = Parser::new_from_str(text).find_map(Result::err)?;
    let line = error.marker().line().saturating_sub(1);
    let shown = text.lines().nth(line).unwrap_or_default();
    let column = shown.char_indices().nth(error.marker().col()).map_or(shown.len(), |(at, _)| at);
    Some(Mistake { line, column, message: error.info().to_owned() })
}
