//! Every code that a diagnostic or an example's result can have, and what it means.
//!
//! The list is `docs/codes.md`, which is also the documentation: a section for each code, in alphabetical order, that says in its first
//! paragraph what is wrong, then shows a page with the mistake, and then says what to do. `tests/suite/codes.rs` compares it with the
//! sources.

use std::sync::LazyLock;

use exemplar_verify::spelling;

use crate::failure::Failure;

const PAGE: &str = include_str!("../docs/codes.md");

/// A code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// Its stable name.
    pub(crate) name: &'static str,
    /// All that is said of it, in Markdown.
    pub(crate) text: &'static str,
}

impl Code {
    /// What is wrong, in a sentence or two.
    pub(crate) fn meaning(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default()
    }
}

/// All codes, in alphabetical order.
pub(crate) fn all() -> &'static [Code] {
    static CODES: LazyLock<Vec<Code>> = LazyLock::new(|| {
        let sections = PAGE.split("\n## `").skip(1);
        sections
            .filter_map(|section| section.split_once("`\n"))
            .map(|(name, text)| Code { name, text: text.trim() })
            .collect()
    });
    &CODES
}

/// A code by its name.
pub(crate) fn find(name: &str) -> Option<&'static Code> {
    all().iter().find(|code| code.name == name)
}

/// A code that a user names.
pub(crate) fn named(name: &str) -> Result<&'static Code, Failure> {
    find(name).ok_or_else(|| {
        let names = all().iter().map(|code| code.name);
        let meant = spelling::nearest(name, names, spelling::generous(name));
        Failure::UnknownCode { name: name.to_owned(), meant }
    })
}

#[cfg(test)]
mod tests {
    use super::{all, named};

    #[test]
    fn each_code_says_what_it_means_shows_it_and_says_what_to_do() {
        let names: Vec<&str> = all().iter().map(|code| code.name).collect();
        assert!(names.is_sorted(), "in alphabetical order: {names:?}");
        for code in all() {
            let meaning = code.meaning();
            assert!(meaning.ends_with('.') && meaning.len() < 160, "{}: {meaning}", code.name);
            let mut parts = code.text.split("\n````");
            assert!(parts.nth(1).is_some_and(|page| page.lines().count() > 1), "{} shows no page", code.name);
            assert!(code.text.contains("\n**To do.** "), "{} does not say what to do", code.name);
        }
    }

    #[test]
    fn a_misspelt_code_has_its_nearest_right_one() {
        let said = |name: &str| named(name).map(|code| code.name).map_err(|failure| failure.to_string());
        assert_eq!(said("stale-output"), Ok("stale-output"));
        assert!(said("stale-outptu").unwrap_err().ends_with("did you mean `stale-output`?"));
        assert!(said("nonsense-of-mine").unwrap_err().ends_with("`exemplar explain` lists them"));
    }
}
