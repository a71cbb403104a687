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
const BEHIND: &str = r"(?=\s|[*+-,<=(\[]|[>j)\]}]|$)";

static PRINTED: LazyLock<Regex> = LazyLock::new(|| numbers(""));
/// A stated number may have an ellipsis behind it.
static STATED: LazyLock<Regex> = LazyLock::new(|| numbers(r"(?:\.{3})?"));

/// `num_got_rgx` and `num_want_rgx`. What looks like a range of `+` to `,` is one there too, so a `-` before a number is its sign.
fn numbers(end: &str) -> Regex {
    let number = format!(
        r"\s*(?:[+-]?\d+\.\d*(?:e[+-]?\d+)?|[+-]?\.\d+(?:e[+-]?\d+)?|[+-]?\d+(?:e[+-]?\d+)|nan|[+-]?inf){end}"
    );
    let pattern = format!(r"^{number}{BEHIND}|(?<=\s|[*+-,<=(\[]){number}{BEHIND}");
    Regex::new(&pattern).expect("this pattern is constant and valid")
}

static FIXES: LazyLock<[(regex::Regex, &str); 4]> = LazyLock::new(|| {
    [
        // The prefix of a string literal, numpy's byte order and width of a number, and Python 2's long integers.
        (r#"(\W|^)[uU]([rR]?['"])"#, "$1$2"),
        (r#"(['"])[|<>]([biufcSaUV][0-9]+)(['"])"#, "$1$2$3"),
        (r#"(['"])([iu])[48](['"])"#, "$1$2$3"),
        (r"([0-9]+)L", "$1"),
    ]
    .map(|(pattern, with)| (regex::Regex::new(pattern).expect("this pattern is constant and valid"), with))
});

/// `do_fixes` for one of the texts.
pub(super) fn fixed(text: &str) -> String {
    FIXES.iter().fold(text.to_owned(), |text, (regex, with)| regex.replace_all(&text, *with).into_owned())
}

/// `normalize_floats`.
pub(super) fn matches(want: &str, got: &str, flags: Flags) -> bool {
    let (mut want, mut got) = (want.to_owned(), got.to_owned());
    if !flags.has(Flags::DONT_ACCEPT_BLANKLINE) {
        want = emptied(&want, |line| {
            line.strip_prefix("<BLANKLINE>").is_some_and(|rest| rest.chars().all(is_space))
        });
        got = emptied(&got, |line| line.chars().all(is_space));
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
    let is_same = if has_ellipsis { ellipsis_matches(&plain_want, &plain_got) } else { plain_want == plain_got };
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

/// The text with each line emptied that `empties` says so of.
fn emptied(text: &str, empties: impl Fn(&str) -> bool) -> String {
    let lines: Vec<&str> = text.split('\n').map(|line| if empties(line) { "" } else { line }).collect();
    lines.join("\n")
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
            ("FLOAT_CMP", "1.5\n", "1.5\n", true),
        ] {
            let flags = flag.split_whitespace().filter_map(Flags::named).fold(Flags::none(), Flags::with);
            assert_eq!(matches(want, got, flags), expected, "{flag}: want {want:?}, got {got:?}");
        }
    }
}
