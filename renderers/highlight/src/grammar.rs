//! tree-sitter's grammars, and what their captures are to us.

use std::ops::Range;
use std::sync::OnceLock;

use tree_sitter_highlight::{HighlightConfiguration, HighlightEvent, Highlighter};

use crate::{Token, push};

/// A grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    Python,
    Bash,
    Json,
    Toml,
    Yaml,
    Html,
}

/// The captures of a grammar's query, by the index that events name them with.
type Captures = &'static [(&'static str, Token)];

const PYTHON: Captures = &[
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

const BASH: Captures = &[
    ("keyword", Token::Keyword),
    ("string", Token::String),
    ("comment", Token::Comment),
    ("number", Token::Constant),
    ("function", Token::Function),
    ("property", Token::Attribute),
    ("operator", Token::Operator),
    ("embedded", Token::Plain),
];

const JSON: Captures = &[
    ("string.special.key", Token::Attribute),
    ("string", Token::String),
    ("escape", Token::String),
    ("number", Token::Constant),
    ("constant.builtin", Token::Constant),
    ("comment", Token::Comment),
];

const TOML: Captures = &[
    ("type", Token::Type),
    ("property", Token::Attribute),
    ("string", Token::String),
    ("number", Token::Constant),
    ("boolean", Token::Constant),
    ("comment", Token::Comment),
];

const YAML: Captures = &[
    ("property", Token::Attribute),
    ("string", Token::String),
    ("number", Token::Constant),
    ("boolean", Token::Constant),
    ("constant.builtin", Token::Constant),
    ("comment", Token::Comment),
    ("type", Token::Type),
    ("label", Token::Type),
    ("attribute", Token::Keyword),
];

const HTML: Captures = &[
    ("tag", Token::Tag),
    ("attribute", Token::Attribute),
    ("string", Token::String),
    ("comment", Token::Comment),
    ("constant", Token::Keyword),
];

/// TOML's own query takes a whole `key = value` for the key.
const TOML_QUERY: &str = "
[(table (bare_key) @type) (table (dotted_key (bare_key) @type))]
[(table_array_element (bare_key) @type) (table_array_element (dotted_key (bare_key) @type))]
[(pair (bare_key) @property) (pair (quoted_key) @property) (pair (dotted_key (bare_key) @property))]
(boolean) @boolean
(comment) @comment
(string) @string
[(integer) (float) (offset_date_time) (local_date_time) (local_date) (local_time)] @number
";

impl Grammar {
    /// Reads code without prompts.
    pub(crate) fn read(self, code: &str) -> Vec<(Range<usize>, Token)> {
        let captures = self.captures();
        let mut tokens = Vec::new();
        let mut highlighter = Highlighter::new();
        let events = self.configuration().and_then(|configuration| {
            highlighter.highlight(configuration, code.as_bytes(), None, None, |_| None).ok()
        });
        let mut open: Vec<Token> = Vec::new();
        for event in events.into_iter().flatten() {
            match event {
                Ok(HighlightEvent::HighlightStart(highlight)) => {
                    open.push(captures.get(highlight.0).map_or(Token::Plain, |(_, token)| *token));
                }
                Ok(HighlightEvent::HighlightEnd) => {
                    open.pop();
                }
                Ok(HighlightEvent::Source { start, end }) => {
                    let token = open.last().copied().unwrap_or(Token::Plain);
                    // `and` and `in` are words.
                    let is_word =
                        token == Token::Operator && code[start..end].starts_with(char::is_alphabetic);
                    push(&mut tokens, start..end, if is_word { Token::Keyword } else { token });
                }
                Err(_) => break,
            }
        }
        let read = tokens.last().map_or(0, |(range, _)| range.end);
        push(&mut tokens, read..code.len(), Token::Plain);
        tokens
    }

    fn captures(self) -> Captures {
        match self {
            Self::Python => PYTHON,
            Self::Bash => BASH,
            Self::Json => JSON,
            Self::Toml => TOML,
            Self::Yaml => YAML,
            Self::Html => HTML,
        }
    }

    /// Made once, when the first code of the language is read. None where the query does not fit the grammar: the tests would say so.
    fn configuration(self) -> Option<&'static HighlightConfiguration> {
        static MADE: [OnceLock<Option<HighlightConfiguration>>; 6] = [const { OnceLock::new() }; 6];
        MADE[self as usize].get_or_init(|| self.configured()).as_ref()
    }

    fn configured(self) -> Option<HighlightConfiguration> {
        let (language, query) = match self {
            Self::Python => (tree_sitter_python::LANGUAGE, tree_sitter_python::HIGHLIGHTS_QUERY),
            Self::Bash => (tree_sitter_bash::LANGUAGE, tree_sitter_bash::HIGHLIGHT_QUERY),
            Self::Json => (tree_sitter_json::LANGUAGE, tree_sitter_json::HIGHLIGHTS_QUERY),
            Self::Toml => (tree_sitter_toml_ng::LANGUAGE, TOML_QUERY),
            Self::Yaml => (tree_sitter_yaml::LANGUAGE, tree_sitter_yaml::HIGHLIGHTS_QUERY),
            Self::Html => (tree_sitter_html::LANGUAGE, tree_sitter_html::HIGHLIGHTS_QUERY),
        };
        let more = match self {
            // Of two patterns for one node the last one holds, and the query has keys before strings.
            Self::Json => "(pair key: (_) @string.special.key)",
            // The query takes the whole of a decorator for a function.
            Self::Python => {
                "(decorator (call arguments: (argument_list) @embedded)) (type_alias_statement \"type\" @keyword)"
            }
            _ => "",
        };
        let query = format!("{query}\n{more}");
        let mut configuration = HighlightConfiguration::new(language.into(), "", &query, "", "").ok()?;
        let names: Vec<&str> = self.captures().iter().map(|(name, _)| *name).collect();
        configuration.configure(&names);
        Some(configuration)
    }
}
