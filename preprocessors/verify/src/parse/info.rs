//! Reads info strings: the tag, and attributes with the place of every byte.
//!
//! The parser of Markdown hands over an info string with its escapes and entities resolved, after which no column is right any more.
//! So it is read from the page's own bytes: there are no escapes in it.

use std::ops::Range;

/// What a tag makes of a fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagKind {
    /// Python, or a Python session.
    Python,
    /// What a script prints.
    Output,
    /// A shell.
    Console,
    /// Another language.
    Other,
    /// There is no tag.
    None,
}

/// A fence's info string.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Info<'t> {
    /// The tag as written; empty when there is none.
    pub(super) tag: &'t str,
    /// What it means.
    pub(super) kind: TagKind,
    /// Whether it is a Sphinx or `MyST` directive such as `{code-block} python`, whose body may begin with options.
    pub(super) directive: bool,
    /// Where attributes stand.
    pub(super) attributes: Range<usize>,
}

/// A word or a `key=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item<'t> {
    /// The word or the key.
    pub(super) key: &'t str,
    /// Its value.
    pub(super) value: Option<Value<'t>>,
    /// Whether it was written with a dot, as a class.
    pub(super) class: bool,
    /// The bytes of all of it.
    pub(super) range: Range<usize>,
    /// A quote that has no partner.
    pub(super) lost_quote: Option<usize>,
}

/// What stands behind a `=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value<'t> {
    /// The text, without quotes.
    pub(super) text: &'t str,
    /// Its bytes, without quotes.
    pub(super) range: Range<usize>,
    /// Whether it stands in single quotes, which only other tools allow.
    pub(super) single_quoted: bool,
}

/// Reads the info string at `range`.
pub(super) fn read(text: &str, range: Range<usize>) -> Info<'_> {
    let info = &text[range.clone()];
    let tagged = |tag, kind, directive, length: usize| Info {
        tag,
        kind,
        directive,
        attributes: range.start + length..range.end,
    };
    if let Some((inside, after)) = info.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        let lead = inside.len() - inside.trim_start().len();
        let first = word(inside.trim_start());
        let name = first.trim_start_matches('.');
        let alone = inside.trim() == name;
        if alone && ["code-block", "code", "sourcecode", "code-cell"].contains(&name) {
            let language = word(after.trim_start());
            let length = info.len() - after.trim_start().len() + language.len();
            let length = if language.is_empty() { inside.len() + 2 } else { length };
            // A notebook's cell is its kernel's, and that of a book about Python is `python` or `ipython3`.
            let is_cell = name == "code-cell" && matches!(language, "" | "ipython" | "ipython3");
            let kind = if is_cell { TagKind::Python } else { kind(language) };
            return tagged(&info[..length], kind, true, length);
        }
        if alone && ["testcode", "testoutput"].contains(&name) {
            let kind = if name == "testcode" { TagKind::Python } else { TagKind::Output };
            return tagged(&info[..inside.len() + 2], kind, true, inside.len() + 2);
        }
        if first.starts_with('.')
            || matches!(kind(name), TagKind::Python | TagKind::Output | TagKind::Console)
        {
            let tag = if alone { &info[..inside.len() + 2] } else { name };
            return tagged(tag, kind(name), alone, 1 + lead + first.len());
        }
    }
    let tag = word(info);
    if tag.contains('=') {
        return tagged("", TagKind::None, false, 0);
    }
    tagged(tag, kind(tag), false, tag.len())
}

fn word(text: &str) -> &str {
    text.split(|it: char| it.is_whitespace() || matches!(it, ',' | '{' | '}')).next().unwrap_or_default()
}

fn kind(tag: &str) -> TagKind {
    match tag.to_ascii_lowercase().as_str() {
        "python" | "py" | "python3" | "pycon" | "doctest" => TagKind::Python,
        "output" => TagKind::Output,
        "console" | "shell-session" => TagKind::Console,
        "" => TagKind::None,
        _ => TagKind::Other,
    }
}

/// Cuts attributes into items. Braces and commas only separate; nothing is refused here.
pub(super) fn lex(text: &str, range: Range<usize>) -> Vec<Item<'_>> {
    let mut lexer = Lexer { text: &text[..range.end], at: range.start };
    std::iter::from_fn(|| lexer.item()).collect()
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn item(&mut self) -> Option<Item<'t>> {
        self.take(|it| it.is_whitespace() || matches!(it, ',' | '{' | '}'));
        let start = self.at;
        let first = self.rest().chars().next()?;
        if first == '"' {
            let (value, lost_quote) = self.value();
            return Some(Item {
                key: value.text,
                value: None,
                class: false,
                range: start..self.at,
                lost_quote,
            });
        }
        if matches!(first, '.' | '#') {
            self.at += 1;
        }
        // A `=` that nothing stands before is a word of its own.
        let key = match self.take(|it| !it.is_whitespace() && !matches!(it, ',' | '{' | '}' | '=' | '"')) {
            "" => self.take(|it| it == '='),
            key => key,
        };
        let (value, lost_quote) = match self.rest().strip_prefix('=') {
            Some(_) => {
                self.at += 1;
                let (value, lost_quote) = self.value();
                (Some(value), lost_quote)
            }
            None => (None, None),
        };
        let range = start..self.at;
        if first == '#' {
            let value = Value { text: key, range: start + 1..start + 1 + key.len(), single_quoted: false };
            return Some(Item { key: "id", value: Some(value), class: false, range, lost_quote });
        }
        Some(Item { key, value, class: first == '.', range, lost_quote })
    }

    /// A value, and its opening quote if the closing one is lost.
    fn value(&mut self) -> (Value<'t>, Option<usize>) {
        let quote = self.at;
        for mark in ['"', '\''] {
            let Some(rest) = self.rest().strip_prefix(mark) else { continue };
            if let Some(length) = rest.find(mark) {
                let range = quote + 1..quote + 1 + length;
                self.at = range.end + 1;
                let text = &self.text[range.clone()];
                return (Value { text, range, single_quoted: mark == '\'' }, None);
            }
            if mark == '"' {
                let text = rest.trim_end_matches(|it: char| it == '}' || it.is_whitespace());
                self.at = self.text.len();
                let range = quote + 1..quote + 1 + text.len();
                return (Value { text, range, single_quoted: false }, Some(quote));
            }
        }
        // Hugo's lists have commas in them.
        let text = match self.rest().find(']').filter(|_| self.rest().starts_with('[')) {
            Some(end) => {
                self.at += end + 1;
                &self.text[quote..self.at]
            }
            None => self.take(|it| !it.is_whitespace() && !matches!(it, ',' | '}')),
        };
        let lost = text.find('"').filter(|_| !text.starts_with('[')).map(|at| quote + at);
        (Value { text, range: quote..self.at, single_quoted: false }, lost)
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|it| !wanted(it)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::{TagKind, lex, read};

    #[test]
    fn tags_are_found_in_every_spelling() {
        for (info, tag, kind, attributes) in [
            ("python", "python", TagKind::Python, ""),
            ("Python {hidden}", "Python", TagKind::Python, " {hidden}"),
            ("py,ignore", "py", TagKind::Python, ",ignore"),
            ("python{no_run}", "python", TagKind::Python, "{no_run}"),
            ("{doctest}", "{doctest}", TagKind::Python, "}"),
            ("{code-block} python title=x", "{code-block} python", TagKind::Python, " title=x"),
            ("{code-block}", "{code-block}", TagKind::None, ""),
            ("{code-cell}", "{code-cell}", TagKind::Python, ""),
            ("{code-cell} ipython3", "{code-cell} ipython3", TagKind::Python, ""),
            ("{code-cell} r", "{code-cell} r", TagKind::Other, ""),
            ("{testcode} group", "{testcode}", TagKind::Python, " group"),
            ("{testoutput}", "{testoutput}", TagKind::Output, ""),
            ("{.python .numberLines}", "python", TagKind::Python, " .numberLines}"),
            ("{python echo=FALSE}", "python", TagKind::Python, " echo=FALSE}"),
            ("{hidden}", "", TagKind::None, "{hidden}"),
            ("title=x", "", TagKind::None, "title=x"),
            ("output", "output", TagKind::Output, ""),
            ("shell-session", "shell-session", TagKind::Console, ""),
            ("c++", "c++", TagKind::Other, ""),
            ("", "", TagKind::None, ""),
            ("{", "", TagKind::None, "{"),
        ] {
            let read = read(info, 0..info.len());
            assert_eq!((read.tag, read.kind, &info[read.attributes]), (tag, kind, attributes), "{info}");
        }
    }

    #[test]
    fn attributes_are_cut_at_their_bytes() {
        for (text, items) in [
            (r#"{raises="TypeError: é, x" timeout=30s}"#, vec!["raises|TypeError: é, x|", "timeout|30s|"]),
            ("hidden,no_run .wide #top", vec!["hidden", "no_run", ".wide", "id|top|"]),
            (r"title='a b' hl_lines=[8,'9'],x", vec!["title|a b|'", "hl_lines|[8,'9']|", "x"]),
            (r#"raises="TypeError}"#, vec!["raises|TypeError| lost 7"]),
            (r#"session=a"b"#, vec![r#"session|a"b| lost 9"#]),
            (r#"x" y"#, vec!["x", " y lost 1"]),
            ("a== = ,,{}", vec!["a|=|", "="]),
        ] {
            let found: Vec<String> = lex(text, 0..text.len())
                .iter()
                .map(|item| {
                    let dot = if item.class { "." } else { "" };
                    let quote = |single| if single { "'" } else { "" };
                    let value = item
                        .value
                        .as_ref()
                        .map(|it| format!("|{}|{}", it.text, quote(it.single_quoted)))
                        .unwrap_or_default();
                    let lost = item.lost_quote.map(|at| format!(" lost {at}")).unwrap_or_default();
                    if let Some(value) = &item.value {
                        assert_eq!(&text[value.range.clone()], value.text);
                    }
                    format!("{dot}{}{value}{lost}", item.key)
                })
                .collect();
            assert_eq!(found, items, "{text}");
        }
    }
}
