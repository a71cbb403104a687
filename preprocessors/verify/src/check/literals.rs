//! pytest's `NUMBER`, `ALLOW_UNICODE` and `ALLOW_BYTES`: `_pytest/doctest.py`, class `LiteralsOutputChecker`, as of pytest 9.
//!
//! pytest does not compare by them: it changes the texts, and then compares by doctest's rules. With `NUMBER`, each printed number that is
//! near enough to the stated one is replaced by it. Near enough is what the stated number's own digits say: `3.14` is precise to 0.01, and
//! `1e3` to 1000. Whole numbers without an exponent are no such numbers. One thing is left out: digits that are not ASCII are found, and
//! are near to nothing.

use std::borrow::Cow;
use std::sync::LazyLock;

use exemplar_model::flags::Flags;
use regex::{Captures, Regex};

static UNICODE_LITERAL: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(\W|^)[uU]([rR]?['"])"#));
static BYTES_LITERAL: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(\W|^)[bB]([rR]?['"])"#));
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?x)
        (?: [+-]?\d* \. (?P<fraction>\d+) | [+-]?\d+ \. ) (?: [Ee] (?P<exponent1>[+-]?\d+) )?
        | [+-]?\d+ [Ee] (?P<exponent2>[+-]?\d+)",
    )
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

/// What pytest compares in the place of these texts; none where no flag of pytest's is set.
pub(super) fn relaxed(want: &str, got: &str, flags: Flags) -> Option<(String, String)> {
    let literals = [(Flags::ALLOW_UNICODE, &UNICODE_LITERAL), (Flags::ALLOW_BYTES, &BYTES_LITERAL)];
    let literals = literals.into_iter().filter(|(flag, _)| flags.has(*flag));
    let literals: Vec<&Regex> = literals.map(|(_, regex)| &**regex).collect();
    if literals.is_empty() && !flags.has(Flags::NUMBER) {
        return None;
    }
    let (mut want, mut got) = (Cow::Borrowed(want), Cow::Borrowed(got));
    for literal in literals {
        want = Cow::Owned(literal.replace_all(&want, "$1$2").into_owned());
        got = Cow::Owned(literal.replace_all(&got, "$1$2").into_owned());
    }
    if flags.has(Flags::NUMBER) {
        got = Cow::Owned(with_stated_numbers(&want, &got));
    }
    Some((want.into_owned(), got.into_owned()))
}

/// `_remove_unwanted_precision`.
fn with_stated_numbers(want: &str, got: &str) -> String {
    let stated: Vec<Captures<'_>> = NUMBER.captures_iter(want).collect();
    if stated.len() != NUMBER.find_iter(got).count() {
        return got.to_owned();
    }
    let mut stated = stated.into_iter();
    let near = NUMBER.replace_all(got, |printed: &Captures<'_>| {
        let printed = &printed[0];
        let near = stated.next().filter(|stated| is_near(stated, printed));
        near.map_or_else(|| printed.to_owned(), |stated| stated[0].to_owned())
    });
    near.into_owned()
}

/// `float(want) == approx(float(got), abs=10**-precision)`.
fn is_near(stated: &Captures<'_>, printed: &str) -> bool {
    let (Ok(want), Ok(got)) = (stated[0].parse::<f64>(), printed.parse::<f64>()) else { return false };
    if want == got {
        return true;
    }
    let digits = stated.name("fraction").map_or(0, |fraction| fraction.as_str().chars().count());
    let exponent = stated.name("exponent1").or_else(|| stated.name("exponent2"));
    // An exponent that is too long to be one is far beyond what a number can have, either way.
    // An exponent that is too long to be one is far beyond what a number can have, either way.
    let exponent = exponent.map_or(0, |exponent| exponent.as_str().parse::<i32>().unwrap_or(i32::MAX));
    let power = exponent.saturating_sub(i32::try_from(digits).unwrap_or(i32::MAX));
    let difference = (got - want).abs();
    // An infinite number is near to itself alone.
    difference.is_finite() && is_at_most_power_of_ten(difference, power)
}

/// `number <= 10**power`, where Python has a whole number of any length if the power is not negative.
fn is_at_most_power_of_ten(number: f64, power: i32) -> bool {
    if power < 0 {
        return number <= 10_f64.powf(f64::from(power));
    }
    let nearest: f64 = format!("1e{power}").parse().unwrap_or(f64::INFINITY);
    // Beyond 22 digits, the nearest float may be more than the power itself: then, written out, it has digits behind the 1.
    let is_more = || {
        let exact = format!("{nearest:.0}");
        exact.starts_with('1') && exact.bytes().skip(1).any(|digit| digit != b'0')
    };
    number < nearest || (number == nearest && !is_more())
}

#[cfg(test)]
mod tests {
    use super::super::matcher::matches;
    use exemplar_model::flags::Flags;

    /// The verdicts are those of pytest 9.2.0, whose `_get_checker().check_output` was asked.
    #[test]
    fn literals_match_as_they_do_for_pytest() {
        for (flag, want, got, expected) in [
            ("NUMBER", "3.14\n", "3.14159\n", true),
            ("NUMBER", "3.1\n", "3.14159\n", true),
            ("NUMBER", "3.\n", "3.14159\n", true),
            ("NUMBER", "3\n", "3.14159\n", false),
            ("NUMBER", "3\n", "3\n", true),
            ("NUMBER", "3.14\n", "3.15\n", true),
            ("NUMBER", "3.14\n", "3.16\n", false),
            ("NUMBER", "1e3\n", "1500.0\n", true),
            ("NUMBER", "1e3\n", "2500.0\n", false),
            ("NUMBER", "1.5e-3\n", "0.00152\n", true),
            ("NUMBER", "1.5E+2\n", "155.0\n", true),
            ("NUMBER", "[1.0, 2.0]\n", "[1.04, 1.96]\n", true),
            ("NUMBER", "[1.0, 2.0]\n", "[1.04, 1.96, 3.0]\n", false),
            ("NUMBER", "x=.5\n", "x=0.54\n", true),
            ("NUMBER", "-1.5\n", "1.5\n", false),
            ("NUMBER", "1.50\n", "1.495\n", true),
            ("NUMBER", "inf\n", "1e400\n", false),
            ("NUMBER", "1e400\n", "1e401\n", true),
            ("NUMBER", "1e-400\n", "0.0\n", true),
            ("NUMBER", "nan\n", "nan\n", true),
            ("NUMBER", "1.0 a\n", "1.04 b\n", false),
            ("NUMBER", "a 1.23\n", "a 1,23\n", false),
            ("NUMBER", "1.0...\n", "1.04\n", false),
            ("NUMBER ELLIPSIS", "1.0...\n", "1.04 and more\n", true),
            ("NUMBER ELLIPSIS", "... 1.0 ...\n", "a 1.04 b\n", true),
            ("NUMBER NORMALIZE_WHITESPACE", "[1.0,\n 2.0]\n", "[1.04, 2.04]\n", true),
            ("NUMBER NORMALIZE_WHITESPACE", "1.0  2.0\n", "1.04 2.04\n", true),
            ("ALLOW_UNICODE", "u'a'\n", "'a'\n", true),
            ("ALLOW_UNICODE", "'a'\n", "u'a'\n", true),
            ("ALLOW_UNICODE", "[u'a', U\"b\"]\n", "['a', \"b\"]\n", true),
            ("ALLOW_UNICODE", "menu'a'\n", "men'a'\n", false),
            ("ALLOW_UNICODE", "ur'a'\n", "r'a'\n", true),
            ("ALLOW_UNICODE", "b'a'\n", "'a'\n", false),
            ("ALLOW_BYTES", "b'a'\n", "'a'\n", true),
            ("ALLOW_BYTES", "'a'\n", "b'a'\n", true),
            ("ALLOW_BYTES", "u'a'\n", "'a'\n", false),
            ("ALLOW_BYTES ALLOW_UNICODE", "{b'a': u'b'}\n", "{'a': 'b'}\n", true),
            ("", "b'a'\n", "'a'\n", false),
        ] {
            let flags = flag.split_whitespace().filter_map(Flags::named).fold(Flags::none(), Flags::with);
            assert_eq!(matches(want, got, flags), expected, "{flag}: want {want:?}, got {got:?}");
        }
    }
}
