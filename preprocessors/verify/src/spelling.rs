//! The nearest right word, for "did you mean".

/// The first of the candidates nearest to `word`, if one is within `distance` edits (a swap of neighbours is one edit).
#[must_use]
pub fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
    distance: usize,
) -> Option<&'c str> {
    let length = word.chars().count();
    candidates
        .into_iter()
        // Words come from anybody's file and can be of any length; the matrix of edits must not be.
        .filter(|candidate| candidate.chars().count().abs_diff(length) <= distance)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|&(edits, _)| edits <= distance)
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, candidate)| candidate)
}

/// How many edits away the right word may be where the written one is surely wrong.
#[must_use]
pub fn generous(word: &str) -> usize {
    tolerance(word).max(word.chars().count() / 3)
}

/// How many edits away a word may be meant as another one: in a word of two letters every other word is two edits away.
#[must_use]
pub fn tolerance(word: &str) -> usize {
    match word.chars().count() {
        0..=2 => 0,
        3 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::{nearest, tolerance};

    #[test]
    fn the_nearest_word_is_found_unless_it_is_another_word() {
        let words = ["session", "isolated", "no_run", "if"];
        for (written, meant) in [
            ("sesion", Some("session")),
            ("no-run", Some("no_run")),
            ("isolaetd", Some("isolated")),
            ("linenums", None),
            ("rb", None),
        ] {
            assert_eq!(nearest(written, words, tolerance(written)), meant, "{written}");
        }
    }
}
