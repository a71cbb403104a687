//! The tokens of Python code, for every renderer: one reading of a listing, whatever it is shown on.
//!
//! tree-sitter's grammar reads code that is incomplete or wrong too, as the code of a book may be on purpose, and knows `match` the name
//! from `match` the statement. The classes are few: a page needs to be told apart at a glance, not parsed by its reader.

use std::ops::Range;
use std::sync::OnceLock;

use tree_sitter_highlight::{HighlightConfiguration, HighlightEvent, Highlighter};

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    /// A name, a bracket, white space.
    Plain,
    /// A word of the language.
    Keyword,
    /// A string, but for what an f-string evaluates.
    String,
    /// A comment.
    Comment,
    /// A number, or `True`, `False` and `None`.
    Constant,
    /// A function, where it is defined or called.
    Function,
    /// A class or type.
    Type,
    /// A function of Python's own.
    Builtin,
    /// An operator.
    Operator,
}

impl Token {
    /// The class of `highlight.js`, which styles of both renderers are named by.
    #[must_use]
    pub fn class(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Keyword => Some("hljs-keyword"),
            Self::String => Some("hljs-string"),
            Self::Comment => Some("hljs-comment"),
            Self::Constant => Some("hljs-number"),
            Self::Function => Some("hljs-title"),
            Self::Type => Some("hljs-type"),
            Self::Builtin => Some("hljs-built_in"),
            Self::Operator => Some("hljs-operator"),
        }
    }
}

/// The captures of the grammar's query, by the index that events name them with.
const CAPTURES: [(&str, Token); 12] = [
    ("keyword", Token::Keyword),
    ("string", Token::String),
    ("escape", Token::String),
    ("comment", Token::Comment),
    ("number", Token::Constant),
    ("constant.builtin", Token::Constant),
    ("function", Token::Function),
    ("function.builtin", Token::Builtin),
    ("type", Token::Type),
    ("constructor", Token::Type),
    ("operator", Token::Operator),
    ("embedded", Token::Plain),
];

fn configuration() -> Option<&'static HighlightConfiguration> {
    static CONFIGURATION: OnceLock<Option<HighlightConfiguration>> = OnceLock::new();
    let made = CONFIGURATION.get_or_init(|| {
        let language = tree_sitter_python::LANGUAGE.into();
        let mut configuration =
            HighlightConfiguration::new(language, "python", tree_sitter_python::HIGHLIGHTS_QUERY, "", "")
                .ok()?;
        configuration.configure(&CAPTURES.map(|(name, _)| name));
        Some(configuration)
    });
    made.as_ref()
}

/// Reads Python code. The ranges follow each other without gaps and cover it; neighbours of one kind are one.
#[must_use]
pub fn python(code: &str) -> Vec<(Range<usize>, Token)> {
    let mut tokens = Vec::new();
    let mut highlighter = Highlighter::new();
    let events = configuration().and_then(|configuration| {
        highlighter.highlight(configuration, code.as_bytes(), None, None, |_| None).ok()
    });
    let mut open: Vec<Token> = Vec::new();
    for event in events.into_iter().flatten() {
        match event {
            Ok(HighlightEvent::HighlightStart(highlight)) => {
                open.push(CAPTURES.get(highlight.0).map_or(Token::Plain, |(_, token)| *token));
            }
            Ok(HighlightEvent::HighlightEnd) => {
                open.pop();
            }
            Ok(HighlightEvent::Source { start, end }) => {
                push(&mut tokens, start..end, open.last().copied().unwrap_or(Token::Plain));
            }
            Err(_) => break,
        }
    }
    let read = tokens.last().map_or(0, |(range, _)| range.end);
    push(&mut tokens, read..code.len(), Token::Plain);
    tokens
}

fn push(tokens: &mut Vec<(Range<usize>, Token)>, range: Range<usize>, token: Token) {
    match tokens.last_mut() {
        _ if range.is_empty() => {}
        Some((last, kind)) if *kind == token => last.end = range.end,
        _ => tokens.push((range, token)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, python};

    fn of(code: &str) -> Vec<(&str, Token)> {
        python(code).into_iter().map(|(range, token)| (&code[range], token)).collect()
    }

    #[test]
    fn words_are_told_from_names() {
        let read = of("match = [print(x)]  # one\nfor x in match:\n    return None\n");
        assert!(read.contains(&("for", Token::Keyword)) && read.contains(&("# one", Token::Comment)));
        assert!(read.contains(&("print", Token::Builtin)) && read.contains(&("None", Token::Constant)));
        assert!(!read.contains(&("match", Token::Keyword)), "{read:?}");
    }

    #[test]
    fn what_an_f_string_evaluates_is_code() {
        let read = of("f\"a {len(b)!r} c\"");
        assert!(read.contains(&("len", Token::Builtin)), "{read:?}");
        assert!(read.first().is_some_and(|(text, token)| text.starts_with('f') && *token == Token::String));
    }

    #[test]
    fn any_text_is_covered_once() {
        for code in ["", "def (", "\"", "'''\n", "é = 'ß'  # 한\n\n", "x = \"\\N{BULLET}\"", "\u{0}\t;;"] {
            let joined: String = of(code).into_iter().map(|(text, _)| text).collect();
            assert_eq!(joined, code);
        }
    }
}
