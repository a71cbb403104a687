//! `...` in a stated output: doctest's `_ellipsis_match`, section "Option Flags", `ELLIPSIS`.

/// What stands for any text, several lines of it included.
pub(super) const ELLIPSIS_MARKER: &str = "...";

/// Whether `got` is `want` with some text, possibly none, in place of each `...`.
///
/// The pieces before the first and after the last ellipsis must begin and end the text without overlapping; each further piece is
/// looked for from left to right. If the leftmost places don't fit, none do, so there is no backtracking.
pub(super) fn ellipsis_matches(want: &str, got: &str) -> bool {
    // Markers are cut off from the left, so that of `....` the full stop is what remains behind the marker.
    let pieces: Vec<&str> = want.split(ELLIPSIS_MARKER).collect();
    let [first, middle @ .., last] = pieces.as_slice() else { return want == got };
    let Some(mut left) = got.strip_prefix(first).and_then(|left| left.strip_suffix(last)) else {
        return false;
    };
    for piece in middle {
        let Some((_, after)) = left.split_once(piece) else { return false };
        left = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::ellipsis_matches;

    #[test]
    fn pieces_are_found_from_the_left_and_do_not_overlap() {
        for (want, got, expected) in [
            ("a", "a", true),
            ("a", "b", false),
            ("", "", true),
            ("...", "", true),
            ("......", "anything", true),
            ("aa...aa", "aaa", false),
            ("aa...aa", "aaaa", true),
            ("a...b...c", "a b c", true),
            ("a...c...b", "a b c", false),
            ("a...b...b", "ab", false),
            ("....", "x.", true),
            ("....", "x", false),
            ("...a", "ab", false),
        ] {
            assert_eq!(ellipsis_matches(want, got), expected, "want {want:?}, got {got:?}");
        }
    }
}
