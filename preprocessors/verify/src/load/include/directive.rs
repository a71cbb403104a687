//! Finds mdBook's directives in a text, by mdBook's rules, odd ones included: a directive may run over several lines, one that is not
//! closed swallows the next, and an escape reaches to the last `}}` of its line.

use std::ops::Range;

/// Which lines of a file are included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Selection {
    /// All of them.
    All,
    /// Those from `start` on, counted from 0, and before `end`.
    Lines {
        /// The first one.
        start: usize,
        /// The one behind the last; none for the rest of the file.
        end: Option<usize>,
    },
    /// Those between two marks.
    Anchor(String),
}

/// A file to put in the place of the directive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Include<'t> {
    /// Its path, as written.
    pub(super) path: &'t str,
    /// Which lines of it.
    pub(super) selection: Selection,
    /// Whether the other lines come too, hidden in rustdoc's way.
    pub(super) rustdoc: bool,
    /// The words for the Rust fence around it, where there is to be one.
    pub(super) playground: Option<Vec<&'t str>>,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Directive<'t> {
    /// Only the backslash goes.
    Escaped,
    /// The page's title is this.
    Title(&'t str),
    /// A file comes here.
    Include(Include<'t>),
}

/// A directive and its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found<'t> {
    pub(super) range: Range<usize>,
    pub(super) directive: Directive<'t>,
}

/// All directives of a text, in order.
pub(super) fn find(text: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find("{{") {
        let open = at + next;
        if let Some(end) = escape_end(text, at, open) {
            found.push(Found { range: open - 1..end, directive: Directive::Escaped });
            at = end;
        } else if let Some((end, directive)) = braces(text, open) {
            found.extend(directive.map(|directive| Found { range: open..end, directive }));
            at = end;
        } else {
            at = open + 1;
        }
    }
    found
}

/// The end of an escaped directive whose braces open at `open`; its backslash must not belong to what ended at `from`.
fn escape_end(text: &str, from: usize, open: usize) -> Option<usize> {
    let rest = text[open..].strip_prefix("{{#")?;
    if open == from || !text[..open].ends_with('\\') {
        return None;
    }
    let line = rest.split('\n').next()?;
    Some(text.len() - rest.len() + line.rfind("}}")? + 2)
}

/// Whatever has a directive's form at `open`, and its end. It may be of no known kind: then it is passed over whole.
fn braces(text: &str, open: usize) -> Option<(usize, Option<Directive<'_>>)> {
    let rest = text[open..].strip_prefix("{{")?.trim_start().strip_prefix('#')?;
    let kind_end = rest.find(|it: char| !it.is_ascii_alphanumeric() && it != '_')?;
    let (kind, rest) = rest.split_at(kind_end);
    let (argument, after) = rest.split_at(rest.find('}')?);
    if kind.is_empty() || !argument.starts_with(char::is_whitespace) || !after.starts_with("}}") {
        return None;
    }
    // Of nothing but white space, the last character is the argument.
    let words = match argument.trim_start() {
        "" => argument.char_indices().nth_back(0).filter(|&(at, _)| at > 0).map(|(at, _)| &argument[at..])?,
        words => words,
    };
    Some((text.len() - after.len() + 2, directive(kind, words)))
}

fn directive<'t>(kind: &str, argument: &'t str) -> Option<Directive<'t>> {
    if kind == "title" {
        return Some(Directive::Title(argument));
    }
    let mut words = argument.split_whitespace();
    let path = words.next()?;
    let include = |rustdoc| {
        let (path, selection) =
            path.split_once(':').map_or((path, Selection::All), |(path, it)| (path, selection(it)));
        Include { path, selection, rustdoc, playground: None }
    };
    match kind {
        "include" => Some(Directive::Include(include(false))),
        "rustdoc_include" => Some(Directive::Include(include(true))),
        "playground" | "playpen" => Some(Directive::Include(Include {
            path,
            selection: Selection::All,
            rustdoc: false,
            playground: Some(words.collect()),
        })),
        _ => None,
    }
}

/// `n` is one line, `a:b` both included, `a:` and `:b` are open, and anything else is an anchor.
fn selection(text: &str) -> Selection {
    let mut parts = text.splitn(3, ':');
    let first = parts.next().unwrap_or_default();
    let end = parts.next();
    match (first.parse::<usize>(), end.map(|end| end.parse::<usize>().ok())) {
        (Ok(line), None) => {
            let start = line.saturating_sub(1);
            Selection::Lines { start, end: Some(start.saturating_add(1)) }
        }
        (Ok(line), Some(end)) => Selection::Lines { start: line.saturating_sub(1), end },
        (Err(_), _) if !first.is_empty() => Selection::Anchor(first.to_owned()),
        (Err(_), Some(Some(end))) => Selection::Lines { start: 0, end: Some(end) },
        (Err(_), _) => Selection::All,
    }
}
