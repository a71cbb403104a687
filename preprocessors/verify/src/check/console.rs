//! What a console shows that no two runs share: how long something took.
//!
//! `3 passed in 0.03s` on the page equals `3 passed in 0.05s`, without a flag or a filter. Only what is written as a duration counts: a
//! number right before a unit of seconds or shorter, a number and a unit spelt out, or hours, minutes and seconds with colons. A line
//! that is filled up to a width, as pytest's last one is, has fewer `=` where its duration has more digits. The session's directory
//! needs nothing here: `execute` gives it a stand-in.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        \b \d+ : [0-5]\d : [0-5]\d (?: \.\d+ )? \b
        | \b \d+ (?: \.\d+ )? (?: e-?\d+ )?
          (?: \x20? (?: ns | µs | us | ms | nsec | usec | msec | secs? | seconds? ) | s ) \b",
    )
    .expect("the pattern is a constant")
});

static FILLING: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("={3,}|-{3,}|_{3,}|\\*{3,}").expect("the pattern is a constant"));

/// The text with each duration replaced by the same one.
pub(super) fn without_durations(text: &str) -> Cow<'_, str> {
    if !DURATION.is_match(text) {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive('\n').map(|line| match DURATION.replace_all(line, "0s") {
        Cow::Borrowed(line) => Cow::Borrowed(line),
        Cow::Owned(line) => Cow::Owned(FILLING.replace_all(&line, "===").into_owned()),
    });
    Cow::Owned(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::without_durations;

    #[test]
    fn durations_are_made_alike_and_other_numbers_are_not() {
        for (text, expected) in [
            ("=== 3 passed in 0.03s ===\n===== x\n", "=== 3 passed in 0s ===\n===== x\n"),
            ("== 3 passed in 12.03s (0:00:12) ==\n", "== 3 passed in 0s (0s) ==\n"),
            ("==== 1 failed in 1.20 seconds ====", "=== 1 failed in 0s ==="),
            (
                "best of 5: 12.3 msec per loop, 4.1 µs, 12ms, 1.5e-05 secs",
                "best of 5: 0s per loop, 0s, 0s, 0s",
            ),
            (
                "3 s, 10 minutes, 12 Hz, v1s2, 10:20, 3 sandwiches",
                "3 s, 10 minutes, 12 Hz, v1s2, 10:20, 3 sandwiches",
            ),
        ] {
            assert_eq!(without_durations(text), expected);
        }
    }
}
