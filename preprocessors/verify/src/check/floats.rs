//! pytest-doctestplus's `FLOAT_CMP` and `FIX`: its `output_checker.py`, as of release 1.7.
//!
//! With `FLOAT_CMP` its checker takes over from doctest's. Both texts must be equal once each number with a fraction or an exponent, `nan`
//! and `inf` are replaced by `0.0`, the white space before such a number going with it; then the numbers are compared one by one, as
//! `numpy.isclose` does, with its tolerances. Of doctest's flags, those for blank lines, white space and ellipses hold. One thing is left
//! out, as for `NUMBER`: digits that are not ASCII are found, and equal nothing.

use std::sync::LazyLock;

use exemplar_model::flags::Flags;
use fancy_regex::Regex;

use super::ellipsis::{ELLIPSIS_MARKER, ellipsis_matches};
use super::layout::is_space;

const RELATIVE: f64 = 1e-5;
const ABSOLUTE: f64 = 1e-8;

/// What may stand behind a number.
const BEHIND: &str = r"(?=[\s\x1c-\x1f]|[*+-,<=(\[]|[>j)\]}]|$)";

/// Python's `\s`.
const SPACE: &str = r"[\s\x1c-\x1f]";

static PRINTED: LazyLock<Regex> = LazyLock::new(|| numbers(""));
/// A stated number may have an ellipsis behind it.
static STATED: LazyLock<Regex> = LazyLock::new(|| numbers(r"(?:\.{3})?"));

/// `num_got_rgx` and `num_want_rgx`. What looks like a range of `+` to `,` is one there too, so a `-` before a number is its sign.
fn numbers(end: &str) -> Regex {
    let number = format!(
        r"{SPACE}*(?:[+-]?\d+\.\d*(?:e[+-]?\d+)?|[+-]?\.\d+(?:e[+-]?\d+)?|[+-]?\d+(?:e[+-]?\d+)|nan|[+-]?inf){end}"
    );
    let pattern = format!(r"^{number}{BEHIND}|(?<={SPACE}|[*+-,<=(\[]){number}{BEHIND}");
    Regex::new(&pattern).expect("the pattern is a constant")
}

static FIXES: LazyLock<[(regex::Regex, &str); 4]> = LazyLock::new(|| {
    [
        // The prefix of a string literal, numpy's byte order and width of a number, and Python 2's long integers.
        (r#"(\W|^)[uU]([rR]?['"])"#, "$1$2"),
        (r#"(['"])[|<>]([biufcSaUV][0-9]+)(['"])"#, "$1$2$3"),
        (r#"(['"])([iu])[48](['"])"#, "$1$2$3"),
        (r"([0-9]+)L", "$1"),
    ]
    .map(|(pattern, with)| (regex::Regex::new(pattern).expect("the pattern is a constant"), with))
});

/// `do_fixes` for one of the texts.
pub(super) fn fixed(text: &str) -> String {
    FIXES.iter().fold(text.to_owned(), |text, (regex, with)| regex.replace_all(&text, *with).into_owned())
}

/// `normalize_floats`.
pub(super) fn matches(want: &str, got: &str, flags: Flags) -> bool {
    let (mut want, mut got) = (want.to_owned(), got.to_owned());
    if !flags.has(Flags::DONT_ACCEPT_BLANKLINE) {
        let is_marker =
            |line: &str| line.strip_prefix("<BLANKLINE>").is_some_and(|rest| rest.chars().all(is_space));
        let lines: Vec<&str> = want.split('\n').map(|line| if is_marker(line) { "" } else { line }).collect();
        want = lines.join("\n");
        got = without_blanks(&got);
    }
    if flags.has(Flags::NORMALIZE_WHITESPACE) {
        let joined = |text: &str| {
            let words: Vec<&str> = text.split(is_space).filter(|word| !word.is_empty()).collect();
            words.join(" ")
        };
        (want, got) = (joined(&want), joined(&got));
    }
    if want == got {
        return true;
    }
    let (plain_want, plain_got) = (PRINTED.replace_all(&want, "0.0"), PRINTED.replace_all(&got, "0.0"));
    let has_ellipsis = flags.has(Flags::ELLIPSIS);
    let is_same =
        if has_ellipsis { ellipsis_matches(&plain_want, &plain_got) } else { plain_want == plain_got };
    if !is_same {
        return false;
    }
    let printed = values(&got);
    let stated: Vec<Vec<Option<f64>>> = want.split(ELLIPSIS_MARKER).map(values).collect();
    if has_ellipsis && stated.len() >= 2 {
        return is_elided(&printed, &stated);
    }
    let stated: Vec<Option<f64>> = stated.into_iter().flatten().collect();
    printed.len() == stated.len() && starts_with(&printed, &stated)
}

/// `re.sub(r'(?m)^\s*?$', '', text)`. Of several blank lines in a row it leaves one: after the empty match at the first of them, Python
/// looks for one that is not empty at the same place, and that takes the line's end along.
fn without_blanks(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let starts_line = at == 0 || text[..at].ends_with('\n');
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start_matches(is_space).len();
        // Where a match that is not empty ends: at the next line end, or at the text's.
        let end = rest[..blank].match_indices('\n').map(|(end, _)| end).find(|&end| end > 0);
        let end = end.or((blank == rest.len()).then_some(blank)).filter(|_| starts_line);
        if let Some(end) = end {
            at += end;
        } else if let Some(scalar) = rest.chars().next() {
            plain.push(scalar);
            at += scalar.len_utf8();
        }
    }
    plain
}

/// `find_numbers`. What Rust does not read as a number equals nothing, and neither does a number with an ellipsis of its own, for which
/// the checker would fail.
fn values(text: &str) -> Vec<Option<f64>> {
    let found = STATED.find_iter(text).filter_map(Result::ok);
    found.map(|number| number.as_str().trim_matches(is_space).parse().ok()).collect()
}

/// `numpy.isclose(printed, stated, equal_nan=True)`.
fn is_close(printed: Option<f64>, stated: Option<f64>) -> bool {
    let (Some(printed), Some(stated)) = (printed, stated) else { return false };
    printed == stated
        || (printed.is_nan() && stated.is_nan())
        || (stated.is_finite() && (printed - stated).abs() <= ABSOLUTE + RELATIVE * stated.abs())
}

fn starts_with(printed: &[Option<f64>], stated: &[Option<f64>]) -> bool {
    printed.len() >= stated.len()
        && printed.iter().zip(stated).all(|(&printed, &stated)| is_close(printed, stated))
}

/// `partial_match`: the numbers before the first and after the last ellipsis begin and end the printed ones; all others are looked for
/// from left to right.
fn is_elided(printed: &[Option<f64>], stated: &[Vec<Option<f64>>]) -> bool {
    let [first, middle @ .., last] = stated else { return false };
    if !starts_with(printed, first) {
        return false;
    }
    let Some(end) = printed.len().checked_sub(last.len()) else { return false };
    if !starts_with(&printed[end..], last) || first.len() > end {
        return false;
    }
    let mut left = &printed[first.len()..end];
    for numbers in middle.iter().filter(|numbers| !numbers.is_empty()) {
        let Some(at) = (0..left.len()).find(|&at| starts_with(&left[at..], numbers)) else { return false };
        left = &left[at + numbers.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::matcher::matches;
    use exemplar_model::flags::Flags;

    /// The verdicts are those of pytest-doctestplus 1.7.1 with numpy 2.4.6, whose `OutputChecker().check_output` was asked.
    #[test]
    fn numbers_match_as_they_do_for_doctestplus() {
        for (flag, want, got, expected) in [
            ("FLOAT_CMP", "1.0\n", "1.000001\n", true),
            ("FLOAT_CMP", "1.0\n", "1.00001\n", true),
            ("FLOAT_CMP", "1.0\n", "1.0001\n", false),
            ("FLOAT_CMP", "0.0\n", "1e-09\n", true),
            ("FLOAT_CMP", "0.0\n", "1e-07\n", false),
            ("FLOAT_CMP", "1\n", "1.0\n", false),
            ("FLOAT_CMP", "1\n", "True\n", false),
            ("FLOAT_CMP", "1.\n", "1.0\n", true),
            ("FLOAT_CMP", "1e5\n", "100000.0\n", true),
            ("FLOAT_CMP", "1E5\n", "100000.0\n", false),
            ("FLOAT_CMP", "[1.0, 2.0]\n", "[1.0,  2.0]\n", true),
            ("FLOAT_CMP", "[ 1.0, 2.0]\n", "[1.0, 2.0]\n", true),
            ("FLOAT_CMP", "array([1.0, nan])\n", "array([1.0, nan])\n", true),
            ("FLOAT_CMP", "array([inf])\n", "array([inf])\n", true),
            ("FLOAT_CMP", "inf\n", "-inf\n", false),
            ("FLOAT_CMP", "(1.0+2.0j)\n", "(1.0000001+2.0j)\n", true),
            ("FLOAT_CMP", "(1.0+2.0j)\n", "(1.1+2.0j)\n", false),
            ("FLOAT_CMP", "x1.0\n", "x1.0000001\n", false),
            ("FLOAT_CMP", "1.0 m\n", "1.0000001 m\n", true),
            ("FLOAT_CMP", "1.0 m\n", "1.0000001 s\n", false),
            ("FLOAT_CMP", "1.0m\n", "1.0000001m\n", false),
            ("FLOAT_CMP", "<BLANKLINE>\n1.0\n", "\n1.0000001\n", true),
            ("FLOAT_CMP", "a\n<BLANKLINE>\n<BLANKLINE>\n1.0\n", "a\n\n\n1.0000001\n", true),
            ("FLOAT_CMP", "\n\n", "\n\n", false),
            ("FLOAT_CMP", "1.0...\n", "1.0\n", false),
            ("FLOAT_CMP", "-1.0\n", "-1.0000001\n", true),
            ("FLOAT_CMP", "2-1.0\n", "2-1.0000001\n", false),
            ("FLOAT_CMP ELLIPSIS", "1.0 ... 3.0\n", "1.0 2.0 3.0000001\n", true),
            ("FLOAT_CMP ELLIPSIS", "1.0 ... 3.0\n", "1.0 2.0 3.1\n", false),
            ("FLOAT_CMP ELLIPSIS", "... 2.0 ...\n", "1.0 2.0000001 3.0\n", true),
            ("FLOAT_CMP ELLIPSIS", "... 2.0 ...\n", "1.0 2.5 3.0\n", false),
            ("FLOAT_CMP ELLIPSIS", "[1.0, ..., 9.0]\n", "[1.0000001, 2.0, 9.0000001]\n", false),
            ("FLOAT_CMP ELLIPSIS", "1.0 ...\n", "1.0\n", false),
            ("FLOAT_CMP ELLIPSIS", "... a ...\n", "b a c\n", true),
            ("FLOAT_CMP NORMALIZE_WHITESPACE", "1.0   a\n b\n", "1.0000001 a b\n", true),
            ("FLOAT_CMP DONT_ACCEPT_BLANKLINE", "<BLANKLINE>\n1.0\n", "\n1.0\n", false),
            ("FIX", "u'a' 5L\n", "'a' 5\n", true),
            ("FIX", "'|S9' '<f8'\n", "'S9' '>f8'\n", true),
            ("FIX", "'i4'\n", "'i8'\n", true),
            ("FIX", "'f4'\n", "'f8'\n", false),
            ("IGNORE_OUTPUT", "a\n", "b\n", true),
            ("IGNORE_OUTPUT_3", "a\n", "b\n", true),
            ("NORMALIZE_WHITESPACE", "1.0\n", "1.0000001\n", false),
        ] {
            let flags = flag.split_whitespace().filter_map(Flags::named).fold(Flags::none(), Flags::with);
            assert_eq!(matches(want, got, flags), expected, "{flag}: want {want:?}, got {got:?}");
        }
    }
}
