//! The index: terms that the book explains, and names of Python's that its text speaks of.
//!
//! A name is noted once a section; a section about it, and a term's own box, are printed bold. Names that a book makes up for its examples
//! are not Python's and are left out, as the words of code in listings are.

mod names;

use std::collections::BTreeMap;

use crate::emit::{array, literal};

pub(crate) use self::names::entry;

/// Something that the index has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Occurrence {
    /// The term, or the name.
    pub(crate) name: String,
    /// Whether it is code.
    pub(crate) is_code: bool,
    /// The key of its place.
    pub(crate) key: String,
    /// Whether it is explained there.
    pub(crate) main: bool,
}

#[derive(Default)]
struct Entry<'o> {
    keys: Vec<&'o str>,
    main: Vec<&'o str>,
}

/// The index as Typst; none for a book that has nothing for it.
pub(crate) fn typst(occurrences: &[Occurrence]) -> Option<String> {
    let mut entries: BTreeMap<(String, &str, bool), Entry<'_>> = BTreeMap::new();
    for it in occurrences {
        let entry = entries.entry((sort_key(&it.name), &it.name, it.is_code)).or_default();
        entry.keys.push(&it.key);
        if it.main {
            entry.main.push(&it.key);
        }
    }
    if entries.is_empty() {
        return None;
    }
    let mut out = String::from("#two-columns[\n");
    let mut letter = String::new();
    for ((sort, name, is_code), entry) in &entries {
        let first = heading(sort);
        if first != letter {
            out.push_str(&format!("#index-letter({})\n", literal(&first)));
            letter = first;
        }
        let keys = thinned(&entry.keys);
        let shown = if *is_code { format!("c({})", literal(name)) } else { format!("[#{}]", literal(name)) };
        out.push_str(&format!("#index-entry({shown}, {}, {})\n", array(&keys), array(&entry.main)));
    }
    out.push_str("]\n");
    Some(out)
}

/// Of what is spoken of everywhere, the first place of each chapter: a list of fifty pages helps nobody.
fn thinned<'k>(keys: &[&'k str]) -> Vec<&'k str> {
    const MANY: usize = 12;
    if keys.len() <= MANY {
        return keys.to_vec();
    }
    let chapter = |key: &str| key.split('-').next().map(str::to_owned);
    let mut thin: Vec<&str> = keys.to_vec();
    thin.dedup_by_key(|key| chapter(key));
    thin
}

/// What an entry is sorted by: its letters, in whatever case.
fn sort_key(name: &str) -> String {
    let letters = name.trim_start_matches(|c: char| !c.is_alphanumeric());
    if letters.is_empty() { name.to_lowercase() } else { letters.to_lowercase() }
}

fn heading(sort: &str) -> String {
    match sort.chars().next() {
        Some(c) if c.is_alphabetic() => c.to_uppercase().collect(),
        _ => "Symbols".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Occurrence, typst};

    #[test]
    fn entries_stand_below_their_letters() {
        let one = |name: &str, is_code, key: &str, main| Occurrence {
            name: name.into(),
            is_code,
            key: key.into(),
            main,
        };
        let found = [
            one("zip()", true, "k1", false),
            one("Closure", false, "k2", true),
            one("zip()", true, "k3", true),
            one("__call__", true, "k4", false),
        ];
        assert_eq!(
            typst(&found).unwrap(),
            "#two-columns[\n\
             #index-letter(\"C\")\n\
             #index-entry(c(\"__call__\"), (\"k4\",), ())\n\
             #index-entry([#\"Closure\"], (\"k2\",), (\"k2\",))\n\
             #index-letter(\"Z\")\n\
             #index-entry(c(\"zip()\"), (\"k1\",\"k3\",), (\"k3\",))\n\
             ]\n"
        );
        assert_eq!(typst(&[]), None);
    }
}
