//! Text that others wrote, made fit for a terminal: nothing in it may move the cursor, colour what follows or turn text around.

use std::borrow::Cow;

/// The most characters of a line that are printed.
const MAX_COLUMNS: usize = 240;

/// A line as it is shown: cut where it gets long, without control characters, and with white space at its end as dots and arrows.
pub(crate) fn visible(line: &str) -> String {
    let (line, more) = match line.char_indices().nth(MAX_COLUMNS) {
        Some((end, _)) => (&line[..end], "…"),
        None => (line, ""),
    };
    let body = line.trim_end_matches([' ', '\t']);
    let tail: String = line[body.len()..].chars().map(|c| if c == ' ' { '·' } else { '→' }).collect();
    escaped(body).into_owned() + &tail + more
}

/// Control characters, and those that turn text around, as Python would write them; tabs and line ends are kept.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unfit) {
        return Cow::Borrowed(text);
    }
    let mut fit = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\r' => fit.push_str("\\r"),
            c if !is_unfit(c) => fit.push(c),
            c if u32::from(c) < 0x100 => fit.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => fit.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    Cow::Owned(fit)
}

/// Replaces what [`escaped`] would write, character by character, in text whose columns count. Sequences that colour are kept: this is
/// for text that had the others replaced already, by `annotate-snippets`, which leaves the controls of Latin-1 alone.
pub(crate) fn replaced(text: &str) -> Cow<'_, str> {
    let is_left = |c: char| matches!(c, '\u{80}'..='\u{9f}');
    if text.contains(is_left) { Cow::Owned(text.replace(is_left, "\u{fffd}")) } else { Cow::Borrowed(text) }
}

fn is_unfit(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // XML has no way to write these two.
    let is_none = matches!(c, '\u{fffe}' | '\u{ffff}');
    turns || is_none || (c.is_control() && !matches!(c, '\t' | '\n'))
}

#[cfg(test)]
mod tests {
    use super::{escaped, replaced, visible};

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_obey() {
        for (text, expected) in [
            ("plain é 日 👩\u{200d}💻", "plain é 日 👩\u{200d}💻"),
            ("a\tb\nc", "a\tb\nc"),
            ("\x1b[2J\x07\r\x7f", "\\x1b[2J\\x07\\r\\x7f"),
            ("\u{9b}2J", "\\x9b2J"),
            ("a\u{202e}b\u{2069}", "a\\u202eb\\u2069"),
            ("\u{fffe}\u{ffff}\u{fffd}\u{10ffff}", "\\ufffe\\uffff\u{fffd}\u{10ffff}"),
        ] {
            assert_eq!(escaped(text), expected, "{text:?}");
        }
        assert_eq!(replaced("\x1b[1ma\u{9b}2Jé"), "\x1b[1ma\u{fffd}2Jé");
    }

    #[test]
    fn a_line_is_cut_and_its_end_made_visible() {
        assert_eq!(visible("a b \t"), "a b·→");
        assert_eq!(visible(&"é".repeat(241)), "é".repeat(240) + "…");
        assert_eq!(visible(&"é".repeat(240)), "é".repeat(240));
    }
}
