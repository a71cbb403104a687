//! The anchors of headings, as mdBook's renderer makes them: `id_from_content` and `unique_id` of mdbook-html 0.5.

use std::collections::HashSet;
use std::hash::BuildHasher;

/// The anchor that a heading of these words gets.
#[must_use]
pub fn id_of(title: &str) -> String {
    let keep = |c: char| match c {
        '_' | '-' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    };
    title.trim().to_lowercase().chars().filter_map(keep).collect()
}

/// The anchor, with a number where it is taken.
pub fn unique<S: BuildHasher>(id: &str, used: &mut HashSet<String, S>) -> String {
    let numbered = (1..).map(|number| format!("{id}-{number}"));
    let mut candidates = std::iter::once(id.to_owned()).chain(numbered);
    candidates.find(|candidate| used.insert(candidate.clone())).unwrap_or_default()
}
