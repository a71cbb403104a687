//! How Python lays a traceback out: headers, the margins of exception groups, and where a message begins.
//!
//! The header and the beginning of the message are those of doctest's `_EXCEPTION_RE`. Groups are drawn by `traceback.py` with a margin
//! of `  | ` per level, and a `+` in place of the bar where a level begins.

use std::sync::LazyLock;

use regex::Regex;

/// The header of a traceback, as `_EXCEPTION_RE` has it.
const HEADERS: [&str; 2] = ["Traceback (most recent call last):", "Traceback (innermost last):"];

/// What stands before the header of a traceback of an exception group.
const GROUP: &str = "Exception Group ";

/// `\w`. Rust's `char::is_alphanumeric` is wider: it has combining vowel signs and circled letters.
static STARTS_WITH_WORD: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^[\p{L}\p{N}_]").expect("the pattern is a constant"));

/// Whether the text begins with the header of a traceback that is not part of a group's.
pub(super) fn is_header(text: &str) -> bool {
    let header = text.strip_prefix("  + ").and_then(|text| text.strip_prefix(GROUP)).unwrap_or(text);
    is_bare_header(header)
}

/// Whether the text begins with the header of a traceback within a group.
fn is_inner_header(text: &str) -> bool {
    let Some(text) = text.trim_start_matches(' ').strip_prefix("| ") else { return false };
    is_bare_header(text.strip_prefix(GROUP).unwrap_or(text))
}

fn is_bare_header(text: &str) -> bool {
    let rest = HEADERS.iter().find_map(|header| text.strip_prefix(header));
    // As `\s*$` has it: nothing else on the line.
    rest.is_some_and(|rest| first_line(rest).chars().all(is_space))
}

/// Whether the text begins as the REPL begins to tell of code that does not compile: `  File "<stdin>", line 1`.
pub(super) fn is_place_of_syntax_error(text: &str) -> bool {
    first_line(text).strip_prefix("  File \"").is_some_and(|place| place.contains("\", line "))
}

/// Whether the text begins with a group that was never raised itself, as `except*` makes one of what its clauses raised: it has a margin
/// and no header, and its members stand right below it.
pub(super) fn is_headless_group(text: &str) -> bool {
    let below = text.split_once('\n').map(|(_, below)| below);
    text.strip_prefix("  | ").is_some_and(|line| STARTS_WITH_WORD.is_match(line))
        && below.is_some_and(|below| below.starts_with("  +-+---"))
}

/// What the lines below a header begin with: nothing, or `  | ` within a group.
pub(super) fn margin(header: &str) -> String {
    let indent = header.len() - header.trim_start_matches(' ').len();
    if header[indent..].starts_with(['+', '|']) { format!("{}| ", &header[..indent]) } else { String::new() }
}

/// Where below a header the message starts: at the first line that begins, behind the margin, with a word.
pub(super) fn message_start(below: &str, margin: &str) -> Option<usize> {
    line_starts(below)
        .find(|&at| below[at..].strip_prefix(margin).is_some_and(|line| STARTS_WITH_WORD.is_match(line)))
}

/// A traceback without its stacks: headers, messages, and what joins them in a chain or a group.
pub(super) fn without_stacks(traceback: &str) -> String {
    let mut kept = String::with_capacity(traceback.len());
    let mut rest = traceback;
    while !rest.is_empty() {
        let line_end = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let (line, below) = rest.split_at(line_end);
        rest = below;
        if is_header(line) || is_inner_header(line) {
            kept.push_str(line.trim_end_matches(is_space));
            kept.push('\n');
            // Without a message below it, it was no header; all that follows is kept and compared.
            rest = &below[message_start(below, &margin(line)).unwrap_or(0)..];
        } else {
            kept.push_str(line);
        }
    }
    ended(kept)
}

/// A traceback without the `__main__.` that stands before the names of types; none where there is no such thing in it.
pub(super) fn without_main(traceback: &str) -> Option<String> {
    const MAIN: &str = "__main__.";
    if !traceback.contains(MAIN) {
        return None;
    }
    let mut kept = String::with_capacity(traceback.len());
    for line in traceback.split_inclusive('\n') {
        let body = line.trim_start_matches([' ', '|', '+']);
        kept.push_str(&line[..line.len() - body.len()]);
        kept.push_str(body.strip_prefix(MAIN).unwrap_or(body));
    }
    Some(kept)
}

/// A traceback without the suggestion that its last line ends with; none where it has none.
pub(super) fn without_suggestion(traceback: &str) -> Option<&str> {
    let (said, suggestion) = traceback.trim_end().rsplit_once(". Did you mean: '")?;
    let word = suggestion.strip_suffix("'?")?;
    (!word.contains(['\'', '\n'])).then_some(said)
}

/// The text with a newline at its end, as doctest has every want and message.
pub(super) fn ended(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Where each line starts. Lines end at `\n` and nowhere else, as `^` and `$` see them.
pub(super) fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1))
}

/// The text up to its first line end.
pub(super) fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// `\s`: Unicode's white space and the four separators `\x1c` to `\x1f`.
pub(super) fn is_space(scalar: char) -> bool {
    scalar.is_whitespace() || matches!(scalar, '\x1c'..='\x1f')
}

#[cfg(test)]
mod tests {
    use super::{is_header, message_start, without_stacks};

    #[test]
    fn a_header_is_alone_on_its_line() {
        for (line, expected) in [
            ("Traceback (most recent call last):", true),
            ("Traceback (innermost last): \t\u{2028}\x1c\nx", true),
            ("  + Exception Group Traceback (most recent call last):", true),
            ("Traceback (most recent call last): x", false),
            (" Traceback (most recent call last):", false),
            ("Traceback (most recent call first):", false),
        ] {
            assert_eq!(is_header(line), expected, "{line:?}");
        }
    }

    #[test]
    fn a_message_starts_with_a_word_of_python() {
        for (below, expected) in [
            ("  File\n    x\nValueError", Some(13)),
            ("_E: x", Some(0)),
            ("日本: x", Some(0)),
            // A combining vowel sign and a circled letter are alphabetic to Rust, and no word to Python.
            ("\u{93e}x\nⒶ\nE", Some(9)),
            (" E\n", None),
        ] {
            assert_eq!(message_start(below, ""), expected, "{below:?}");
        }
    }

    #[test]
    fn stacks_are_dropped_and_all_else_is_kept() {
        let group = "  + Exception Group Traceback (most recent call last):
  |   File \"a.py\", line 3, in f
  |     g() | h()
  | ExceptionGroup: eg (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    |   File \"a.py\", line 7, in g
    | ValueError: 1
    +---------------- 2 ----------------
    | KeyError: 'k'
    +------------------------------------
";
        let expected = "  + Exception Group Traceback (most recent call last):
  | ExceptionGroup: eg (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Traceback (most recent call last):
    | ValueError: 1
    +---------------- 2 ----------------
    | KeyError: 'k'
    +------------------------------------
";
        assert_eq!(without_stacks(group), expected);
        let unfinished = "E: Traceback\nTraceback (most recent call last):\n  x";
        assert_eq!(without_stacks(unfinished), format!("{unfinished}\n"));
    }
}
