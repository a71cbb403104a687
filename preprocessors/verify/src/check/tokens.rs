//! Python in words and signs, as far as its bindings need it: logical lines with their indentation, without comments, and with each
//! string and number as one token. It never fails; what can't be Python becomes signs that mean nothing.

/// A word or sign of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or keyword.
    Word(&'a str),
    /// An operator, bracket or delimiter.
    Sign(&'a str),
    /// A string or number.
    Literal,
}

/// A simple statement, or the header of a compound one with what stands behind its colon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Its indentation in characters.
    pub(super) indent: usize,
    /// Never empty.
    pub(super) tokens: Vec<Token<'a>>,
}

/// Signs of several characters that must not be read as their parts, longest first.
const SIGNS: [&str; 25] = [
    "**=", "//=", ">>=", "<<=", "...", "==", "!=", "<=", ">=", ":=", "->", "+=", "-=", "*=", "/=", "%=",
    "&=", "|=", "^=", "@=", "**", "//", "<<", ">>", "<>",
];

/// The statements of a source text.
pub(super) fn lines(source: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut line = Line { indent: 0, tokens: Vec::new() };
    let mut depth = 0_usize;
    let mut at_start = true;
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        if at_start {
            at_start = false;
            let content = rest.trim_start_matches([' ', '\t', '\x0c']);
            line.indent = rest.len() - content.len();
            rest = content;
            continue;
        }
        let length = match first {
            '\n' | ';' => {
                if depth == 0 && !line.tokens.is_empty() {
                    let next = Line { indent: line.indent, tokens: Vec::new() };
                    lines.push(std::mem::replace(&mut line, next));
                }
                at_start = first == '\n' && depth == 0;
                1
            }
            // Joined with the next line.
            '\\' => {
                rest.len()
                    - rest[1..]
                        .strip_prefix("\r\n")
                        .or(rest[1..].strip_prefix('\n'))
                        .unwrap_or(&rest[1..])
                        .len()
            }
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => {
                line.tokens.push(Token::Literal);
                string_length(rest)
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ if is_word(first) => {
                let word = rest.split(|scalar| !is_word(scalar)).next().unwrap_or(rest);
                if !is_string_prefix(word, &rest[word.len()..]) {
                    line.tokens.push(if first.is_numeric() { Token::Literal } else { Token::Word(word) });
                }
                word.len()
            }
            _ => {
                let known = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let length = known.map_or(first.len_utf8(), |sign| sign.len());
                match first {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                line.tokens.push(Token::Sign(&rest[..length]));
                length
            }
        };
        rest = &rest[length..];
    }
    if !line.tokens.is_empty() {
        lines.push(line);
    }
    lines
}

fn is_word(scalar: char) -> bool {
    scalar == '_' || scalar.is_alphanumeric()
}

/// `rb` of `rb"…"`.
fn is_string_prefix(word: &str, behind: &str) -> bool {
    word.len() <= 3
        && behind.starts_with(['"', '\''])
        && word.chars().all(|letter| matches!(letter.to_ascii_lowercase(), 'r' | 'b' | 'u' | 'f' | 't'))
}

/// How long the string is that the text begins with. One in single quotes ends with its line at the latest.
fn string_length(text: &str) -> usize {
    let quote = &text[..1];
    let triple = text.starts_with(quote.repeat(3).as_str());
    let delimiter = if triple { &text[..3] } else { quote };
    let mut escaped = false;
    for (at, scalar) in text.char_indices().skip(delimiter.len()) {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match scalar {
            '\\' => escaped = true,
            '\n' if !triple => return at,
            _ if text[at..].starts_with(delimiter) => return at + delimiter.len(),
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Token, lines};

    #[test]
    fn a_line_ends_outside_of_brackets_and_strings() {
        let text = |source| -> Vec<(usize, String)> {
            let joined = |tokens: &[Token<'_>]| {
                let words = tokens.iter().map(|token| match token {
                    Token::Word(word) => *word,
                    Token::Sign(sign) => *sign,
                    Token::Literal => "_",
                });
                words.collect::<Vec<_>>().join(" ")
            };
            lines(source).iter().map(|line| (line.indent, joined(&line.tokens))).collect()
        };
        for (source, expected) in [
            ("a = f(1,\n  2)\n  b", vec![(0, "a = f ( _ , _ )"), (2, "b")]),
            ("a; b # c\nd", vec![(0, "a"), (0, "b"), (0, "d")]),
            ("x = '''\n#'''\r\ny", vec![(0, "x = _"), (0, "y")]),
            ("a \\\r\n b", vec![(0, "a b")]),
            ("a //= 1.5 ** -b", vec![(0, "a //= _ . _ ** - b")]),
            ("rb'x' u\"y\" bar'z'", vec![(0, "_ _ bar _")]),
            ("日本 = 1", vec![(0, "日本 = _")]),
        ] {
            let expected: Vec<(usize, String)> =
                expected.into_iter().map(|(at, text)| (at, text.into())).collect();
            assert_eq!(text(source), expected, "{source:?}");
        }
    }
}
