//! Tells a comment that says what is printed from one that explains.
//!
//! Nothing but its form is known when a page is parsed. A comment is a claim when it is one literal or representation from its first
//! character to its last (a number, a string in quotes, a bracketed value, `True`, a date, `<…>`, `Point(x=1)`, an exception), or words
//! that the statement itself spells out, as `print("Hello!")  # Hello!` does. Behind a marker such as `# Output:` or `# =>` its author
//! says that it is one, so there a few plain words will do.
//!
//! In the four public books that this was measured on, almost no explanation has one of these forms, and the claims that are missed
//! (`# User Alice, age 25`) look like sentences. A missed claim costs nothing; an explanation taken for a claim costs a lint.

use std::sync::LazyLock;

use regex::Regex;

use super::scanner::{State, comment_at};

/// Literals and representations, whole.
static VALUE: LazyLock<Regex> = LazyLock::new(|| {
    let number =
        r"[-+]?(?:\d[\d_]*(?:,\d{3})*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?j?|[-+]?0[xob][0-9a-fA-F_]+|-?inf|nan";
    let string = r#"[rbuf]{0,2}(?:'[^']*'|"[^"]*")"#;
    let word = "True|False|None|Ellipsis|NotImplemented";
    let date =
        r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d\S*)?|\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?|\d+ days?, \d+:\d\d:\d\d";
    let call = r"[A-Za-z_][\w.]*\(.*\)";
    let enclosed = r#"\[.*\]|\{.*\}|<.+>|\(\)|\([^()]*[,'"\d+].*\)"#;
    let one = format!("(?:{number}|{string}|{word})");
    Regex::new(&format!(r"^(?:{one}(?:,? {one})*|{date}|{call}|{enclosed})$"))
        .expect("the pattern is a constant")
});

static EXCEPTION: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Warning|Interrupt|Iteration|Exit|Group)";
    Regex::new(&format!("^{name}(?:: .*|:)?$")).expect("the pattern is a constant")
});

/// Markers by which an author says what is printed.
static MARKER: LazyLock<Regex> = LazyLock::new(|| {
    let words = "output|outputs|prints?|printed|result|returns?|out|displays?";
    Regex::new(&format!(r"^#+\s*(?i:(?<arrow>[=-]+>)\s*|(?:{words})(?<colon>:)\s*|(?:{words})(?:\s+|$))"))
        .expect("the pattern is a constant")
});

/// Words that begin no output.
const EXPLANATIONS: [&str; 11] =
    ["e.g.", "something", "will", "the", "this", "varies", "depends", "nothing", "no", "returns", "raises"];

/// What a comment claims, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Claim<'t> {
    /// The text that may be printed.
    pub(super) value: &'t str,
    /// How sure its marker makes us.
    pub(super) marker: Marker,
}

/// The word or sign before a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    /// None: `# 5`.
    None,
    /// A verb, `# prints 5`, which a sentence could begin with as well.
    Verb,
    /// An arrow, `# => 5`.
    Arrow,
    /// A heading, `# Output: 5`.
    Heading,
}

impl<'t> Claim<'t> {
    /// Takes a comment, from its `#` on, apart.
    pub(super) fn of(comment: &'t str) -> Self {
        let comment = comment.trim();
        if let Some(found) = MARKER.captures(comment) {
            let marker = match (found.name("arrow"), found.name("colon")) {
                (Some(_), _) => Marker::Arrow,
                (_, Some(_)) => Marker::Heading,
                _ => Marker::Verb,
            };
            return Self { value: &comment[found[0].len()..], marker };
        }
        let value = comment.trim_start_matches('#');
        Self { value: value.strip_prefix(' ').unwrap_or(value), marker: Marker::None }
    }

    /// What it claims that `statement` prints; none where it only explains.
    pub(super) fn about(self, statement: &str) -> Option<&'t str> {
        let value = self.value.trim();
        // What is elided can't be compared.
        if value.is_empty() || value.contains("...") || value.contains('…') {
            return None;
        }
        if is_value(value, statement) {
            return Some(value);
        }
        let first = value.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        if matches!(self.marker, Marker::None | Marker::Verb) || EXPLANATIONS.contains(&first.as_str()) {
            return None;
        }
        // `5 (since 2 + 3 is 5)`
        let short = value.split_once(" (").map_or(value, |(short, _)| short.trim_end());
        if short.len() < value.len() && is_value(short, statement) {
            return Some(short);
        }
        let is_short = self.marker == Marker::Heading || value.split_whitespace().count() <= 2;
        is_short.then_some(value)
    }
}

/// Whether a comment says that nothing is printed.
pub(super) fn is_nothing(text: &str) -> bool {
    let text = text.to_lowercase();
    ["nothing", "no output", "no error"].iter().any(|start| text.starts_with(start))
}

/// Whether a text is a literal, a representation, or words of the statement that would print it.
pub(super) fn is_value(text: &str, statement: &str) -> bool {
    let is_spelt_out = || {
        let quoted = |quote: char| statement.contains(&format!("{quote}{text}{quote}"));
        quoted('"') || quoted('\'')
    };
    VALUE.is_match(text) || is_exception(text) || !text.is_empty() && is_spelt_out()
}

/// What the comment behind a single statement claims that it shows: `type(10)  # <class 'int'>`.
pub(crate) fn behind_code(source: &str) -> Option<&str> {
    let source = source.trim_end();
    let comment = comment_at(source).filter(|_| !source.contains('\n'))?;
    let statement = source[..comment].trim_end();
    is_expression(statement).then(|| Claim::of(&source[comment..]).about(statement))?
}

/// Whether a text is the last line of a traceback.
pub(super) fn is_exception(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_') && EXCEPTION.is_match(text)
}

/// Whether a statement is an expression, so that the REPL shows its value. What assigns, and what begins with a keyword, is none.
pub(super) fn is_expression(source: &str) -> bool {
    const STATEMENTS: [&str; 27] = [
        "assert", "async", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally",
        "for", "from", "global", "if", "import", "nonlocal", "pass", "raise", "return", "try", "while",
        "with", "yield", "match", "case", "type",
    ];
    let source = source.trim_start();
    let word = source.split(|it: char| !it.is_alphanumeric() && it != '_').next().unwrap_or_default();
    let is_name = source[word.len()..].starts_with(['(', '.', '[']);
    if source.is_empty() || source.starts_with(['@', '#']) || STATEMENTS.contains(&word) && !is_name {
        return false;
    }
    let mut depth = 0_usize;
    let mut assigned = false;
    let bytes = source.as_bytes();
    let mut state = State::Code;
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        state = state.scan(line.trim_end_matches('\n'), |at, byte| match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && !source.contains("lambda") => assigned = true,
            b'=' if depth == 0 => {
                let before = (start + at).checked_sub(1).and_then(|at| bytes.get(at));
                let after = bytes.get(start + at + 1);
                let compares = matches!(before, Some(b'=' | b'!' | b'<' | b'>')) || after == Some(&b'=');
                assigned |= !compares;
            }
            _ => {}
        });
        start += line.len();
    }
    !assigned
}
