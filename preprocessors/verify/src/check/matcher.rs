//! Whether a printed text is the one that the page states: `doctest.OutputChecker.check_output`, step by step.
//!
//! The rules are those of the standard library's doctest, section "Option Flags", and the order in which they apply is that of its
//! source: each step works on what the one before it left. Both texts are turned into ASCII first, as doctest does, which has two
//! consequences that look like slips and are not: `\xe9` written out in a page equals a printed `é`, and white space is ASCII white space
//! only, because a no-break space has become the four characters `\xa0` by the time that spaces are looked at.
//!
//! [`Flags::ADDRESS`] is Exemplar's own and is tried after doctest's rules have refused, so it never refuses what doctest accepts. The flags
//! of pytest are tried likewise, as pytest does; those of pytest-doctestplus go before doctest's rules, as they do there.

use std::borrow::Cow;
use std::fmt::Write as _;

use exemplar_model::flags::Flags;

use super::address::without_addresses;
use super::ellipsis::ellipsis_matches;
use super::{floats, literals};

/// What stands in a page for an empty line, which would end the output.
const BLANKLINE_MARKER: &str = "<BLANKLINE>";

/// Whether `got` is what `want` states.
#[must_use]
pub fn matches(want: &str, got: &str, flags: Flags) -> bool {
    if is_equal(want, got, flags) {
        return true;
    }
    if !flags.has(Flags::ADDRESS) {
        return false;
    }
    // Where nothing with an address was printed, there is nothing that an address in the page could equal.
    match without_addresses(got) {
        Cow::Borrowed(_) => false,
        Cow::Owned(got) => is_equal(&without_addresses(want), &got, flags),
    }
}

/// `check_output` of doctest, pytest or pytest-doctestplus: whose flags are set.
fn is_equal(want: &str, got: &str, flags: Flags) -> bool {
    if flags.has(Flags::IGNORE_OUTPUT) {
        return true;
    }
    if flags.has(Flags::FIX) {
        return is_equal(&floats::fixed(want), &floats::fixed(got), flags.without(Flags::FIX));
    }
    if flags.has(Flags::FLOAT_CMP) {
        return floats::matches(want, got, flags);
    }
    check_output(want, got, flags)
        || literals::relaxed(want, got, flags).is_some_and(|(want, got)| check_output(&want, &got, flags))
}

/// `OutputChecker.check_output` of CPython; the same in 3.10 to 3.13.
fn check_output(want: &str, got: &str, flags: Flags) -> bool {
    // What is equal is so in ASCII too.
    if want == got {
        return true;
    }
    let (mut want, mut got) = (to_ascii(want), to_ascii(got));
    if got == want {
        return true;
    }
    if !flags.has(Flags::DONT_ACCEPT_TRUE_FOR_1)
        && matches!((&*got, &*want), ("True\n", "1\n") | ("False\n", "0\n"))
    {
        return true;
    }
    if !flags.has(Flags::DONT_ACCEPT_BLANKLINE) {
        want = without_lines(want, is_blankline_marker);
        got = without_lines(got, is_blank);
        if got == want {
            return true;
        }
    }
    if flags.has(Flags::NORMALIZE_WHITESPACE) {
        got = normalized(&got).into();
        want = normalized(&want).into();
        if got == want {
            return true;
        }
    }
    flags.has(Flags::ELLIPSIS) && ellipsis_matches(&want, &got)
}

/// `text.encode('ASCII', 'backslashreplace')`.
fn to_ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut ascii = String::with_capacity(text.len() * 2);
    for scalar in text.chars() {
        // Writing to a string can't fail.
        let _ = match u32::from(scalar) {
            0..0x80 => write!(ascii, "{scalar}"),
            code @ 0x80..0x100 => write!(ascii, "\\x{code:02x}"),
            code @ 0x100..0x1_0000 => write!(ascii, "\\u{code:04x}"),
            code => write!(ascii, "\\U{code:08x}"),
        };
    }
    Cow::Owned(ascii)
}

/// The white space of `str.split()` and `\s`, as far as it is ASCII: the four separators `\x1c` to `\x1f` belong to it.
fn is_space(scalar: char) -> bool {
    matches!(scalar, '\t'..='\r' | '\x1c'..='\x1f' | ' ')
}

/// `(?m)^<BLANKLINE>\s*?$`: the lazy repetition stops at the first line end, so the marker's line is all that it takes.
fn is_blankline_marker(line: &str) -> bool {
    line.strip_prefix(BLANKLINE_MARKER).is_some_and(|rest| rest.chars().all(is_space))
}

/// `(?m)^[^\S\n]+$`.
fn is_blank(line: &str) -> bool {
    line.chars().all(is_space)
}

/// The text with each line emptied that `empties` says so of. Lines end at `\n` and nowhere else, as `^` and `$` see them.
fn without_lines(text: Cow<'_, str>, empties: fn(&str) -> bool) -> Cow<'_, str> {
    if !text.split('\n').any(|line| !line.is_empty() && empties(line)) {
        return text;
    }
    let lines: Vec<&str> = text.split('\n').map(|line| if empties(line) { "" } else { line }).collect();
    Cow::Owned(lines.join("\n"))
}

/// `' '.join(text.split())`.
fn normalized(text: &str) -> String {
    let mut words = text.split(is_space).filter(|word| !word.is_empty());
    let mut joined = String::with_capacity(text.len());
    joined.push_str(words.next().unwrap_or_default());
    for word in words {
        joined.push(' ');
        joined.push_str(word);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::matches;
    use exemplar_model::flags::Flags;

    const NONE: Flags = Flags::none();
    const ELLIPSIS: Flags = Flags::ELLIPSIS;
    const SPACE: Flags = Flags::NORMALIZE_WHITESPACE;
    const BOTH: Flags = Flags::ELLIPSIS.with(Flags::NORMALIZE_WHITESPACE);

    #[track_caller]
    fn check(want: &str, got: &str, flags: Flags, expected: bool) {
        assert_eq!(matches(want, got, flags), expected, "want {want:?}, got {got:?}, {flags:?}");
    }

    #[test]
    fn texts_are_compared_as_doctest_compares_them() {
        for (want, got, flags, expected) in [
            ("a\n", "a\n", NONE, true),
            ("a\n", "a", NONE, false),
            ("", "", NONE, true),
            ("", "a\n", NONE, false),
            // Python 2.3's truth values: whole texts, and in one direction only.
            ("1\n", "True\n", NONE, true),
            ("0\n", "False\n", NONE, true),
            ("True\n", "1\n", NONE, false),
            ("1\n1\n", "True\nTrue\n", NONE, false),
            ("1\n", "True\n", Flags::DONT_ACCEPT_TRUE_FOR_1, false),
            // Blank lines.
            ("a\n<BLANKLINE>\nb\n", "a\n\nb\n", NONE, true),
            ("a\n<BLANKLINE> \t\x1c\nb\n", "a\n \t\n\x0b\nb\n", NONE, false),
            ("a\n<BLANKLINE> \t\x1c\nb\n", "a\n \t\x0b\nb\n", NONE, true),
            (" <BLANKLINE>\n", "\n", NONE, false),
            ("<BLANKLINE>\n", "<BLANKLINE>\n", NONE, true),
            ("a\n<BLANKLINE>\nb\n", "a\n\nb\n", Flags::DONT_ACCEPT_BLANKLINE, false),
            ("a\n\n", "a\n  \n", Flags::DONT_ACCEPT_BLANKLINE, false),
            // White space is that of ASCII, separators included.
            ("a b\n", "a \t\x0b\x0c\r\x1c\x1d\x1e\x1f b", SPACE, true),
            ("a b\n", "a\u{a0}b\n", SPACE, false),
            ("a b\n", "a\u{2028}b\n", SPACE, false),
            ("a b\n", "ab\n", SPACE, false),
            // A character and its escape are the same text to doctest.
            ("\\xe9 \\u65e5 \\U0001f600\n", "é 日 😀\n", NONE, true),
            ("\\xE9\n", "é\n", NONE, false),
            // Ellipses.
            ("a...z\n", "abc\nxyz\n", ELLIPSIS, true),
            ("a...z\n", "abc\nxyz\n", NONE, false),
            ("...\n", "a\n", ELLIPSIS, true),
            ("...\n", "a", ELLIPSIS, false),
            ("a\n...\nb\n", "a\nb\n", ELLIPSIS, false),
            ("a ... b\n", "a\n\nb\n", BOTH, false),
            ("a ... b\n", "a\n x\nb\n", BOTH, true),
        ] {
            check(want, got, flags, expected);
        }
    }

    #[test]
    fn an_address_equals_any_other_and_the_words_around_it_do_not() {
        let want = "<__main__.A object at 0x7f00>\n";
        for (got, flags, expected) in [
            ("<__main__.A object at 0xDEADBEEF>\n", Flags::ADDRESS, true),
            ("<__main__.B object at 0xDEADBEEF>\n", Flags::ADDRESS, false),
            ("<__main__.A object at 0xDEADBEEF>\n", NONE, false),
            ("<__main__.A object at 0x>\n", Flags::ADDRESS, false),
            ("<__main__.A object at 0xDEADBEEF>", Flags::ADDRESS, false),
            ("<__main__.A object at 0xDEADBEEF>", Flags::ADDRESS.with(SPACE), true),
        ] {
            check(want, got, flags, expected);
        }
        check(
            "<A at 0x7f...>, <B at 0x1>\n",
            "<A at 0x55aa>, <B at 0x2>\n",
            Flags::ADDRESS.with(ELLIPSIS),
            true,
        );
        check("<A at 0x...7f>\n", "<A at 0x557f>\n", Flags::ADDRESS.with(ELLIPSIS), true);
    }
}
