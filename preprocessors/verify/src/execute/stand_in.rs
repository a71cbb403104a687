//! What is different in every run, in what a session prints, made the same: memory addresses and the session's directory.
//!
//! `<function f at 0x7f3a5c0d1b20>` is different each time, and a report or a page that holds it would be too. Each address of a session
//! gets a stand-in in the order in which it was first printed: equal ones stay equal, different ones different. Turning off the
//! system's address randomisation would not do: containers often forbid it, and an address depends on all allocations before it. The
//! temporary directory has a random name, since sessions run side by side; it is always shown as [`DIRECTORY`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Deref;
use std::path::Path;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use regex::Regex;

/// As CPython's default `repr` writes a pointer: on 64-bit systems nine digits at the least. Shorter numbers are somebody's own.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r" at 0x([0-9a-f]{9,16})\b").ok());

/// What each such address has before it.
static NEAR_ADDRESS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(" at 0x"));

/// The stand-in of the first address, and how far the next ones lie from each other.
const FIRST: u64 = 0x7f00_0000_0000;
const STEP: u64 = 0x10;

/// How the session's directory is shown.
const DIRECTORY: &str = "/tmp/exemplar";

/// How the directory around it is shown, which all sessions of the run have theirs in.
const RUN: &str = "/tmp";

/// The stand-ins of one session.
pub(super) struct StandIns {
    /// The session's directory and the run's, each with how it is shown.
    paths: [(Finder<'static>, String, &'static str); 2],
    addresses: HashMap<String, u64>,
}

impl StandIns {
    /// For a session that runs in this directory.
    pub(super) fn new(directory: String) -> Self {
        let run = Path::new(&directory).parent().map(|run| run.to_string_lossy().into_owned());
        // They are looked for in every text, so that what there is to know of them is found out once.
        let path = |path: String, shown| (Finder::new(path.as_bytes()).into_owned(), path, shown);
        Self {
            paths: [path(directory, DIRECTORY), path(run.unwrap_or_default(), RUN)],
            addresses: HashMap::new(),
        }
    }

    /// Puts stand-ins into a text.
    pub(super) fn settle<Text: Deref<Target = str> + From<String>>(&mut self, text: &mut Text) {
        for (finder, path, shown) in &self.paths {
            if !path.is_empty() && finder.find(text.as_bytes()).is_some() {
                *text = Text::from(text.replace(path, shown));
            }
        }
        let has_address = |text: &str| NEAR_ADDRESS.find(text.as_bytes()).is_some();
        let Some(pattern) = ADDRESS.as_ref().filter(|_| has_address(text)) else { return };
        let settled = pattern.replace_all(text, |found: &regex::Captures<'_>| {
            let next = FIRST + STEP * self.addresses.len() as u64;
            format!(" at 0x{:x}", self.addresses.entry(found[1].to_owned()).or_insert(next))
        });
        if let Cow::Owned(settled) = settled {
            *text = Text::from(settled);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StandIns;

    #[test]
    fn what_differs_from_run_to_run_gets_a_stand_in() {
        let mut stand_ins = StandIns::new("/tmp/exemplar-a1B2c3/session-x".to_owned());
        let mut settle = |text: &str| {
            let mut text = text.to_owned();
            stand_ins.settle(&mut text);
            text
        };
        assert_eq!(
            settle("<A at 0x7f3a5c0d1b20> <B at 0x5581aa00ff10>"),
            "<A at 0x7f0000000000> <B at 0x7f0000000010>"
        );
        assert_eq!(settle("<A at 0x7f3a5c0d1b20>, <C at 0x10>"), "<A at 0x7f0000000000>, <C at 0x10>");
        assert_eq!(
            settle("'/tmp/exemplar-a1B2c3/session-x/file', '/tmp/exemplar-a1B2c3'"),
            "'/tmp/exemplar/file', '/tmp'"
        );
    }
}
