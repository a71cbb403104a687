//! `filters`: what is replaced in both texts before they are compared (DESIGN.md, section 2.3).
//!
//! The report and the page keep the texts as they are: a filter says what does not matter, and hides nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::Regex;

use crate::load::settings::Filter;

/// Every session of every page has the same few patterns, and compiling one costs as much as comparing a page with it.
static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);

/// The filters of a page, compiled.
pub(super) struct Filters(Vec<(Regex, String)>);

impl Filters {
    /// Those of the settings, in their order. Settings refuse what is no regular expression, so none is left out here.
    pub(super) fn of(filters: &[Filter]) -> Self {
        let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
        let regex = |filter: &Filter| {
            let known = compiled.entry(filter.pattern.clone());
            let regex = known.or_insert_with(|| Regex::new(&filter.pattern).ok()).clone()?;
            Some((regex, filter.replacement.clone()))
        };
        Self(filters.iter().filter_map(regex).collect())
    }

    /// The text with all replacements made.
    pub(super) fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut filtered = Cow::Borrowed(text);
        for (regex, replacement) in &self.0 {
            if let Cow::Owned(replaced) = regex.replace_all(&filtered, replacement.as_str()) {
                filtered = Cow::Owned(replaced);
            }
        }
        filtered
    }
}

#[cfg(test)]
mod tests {
    use super::Filters;
    use crate::load::settings::Filter;

    #[test]
    fn each_filter_works_on_what_the_one_before_it_left() {
        let filter = |pattern: &str, replacement: &str| Filter {
            pattern: pattern.into(),
            replacement: replacement.into(),
        };
        let filters = Filters::of(&[filter(r"id=(\w)\d+", "id=$1"), filter("id=a", "it")]);
        for (text, expected) in [("id=a12 id=b3", "it id=b"), ("x", "x"), ("", "")] {
            assert_eq!(filters.apply(text), expected);
        }
    }
}
