//! Memory addresses in what a session prints, made the same in every run.
//!
//! `<function f at 0x7f3a5c0d1b20>` is different each time, and a report or a page that holds it would be too. Each address of a session
//! gets a stand-in in the order in which it was first printed: equal ones stay equal, different ones different. Turning off the
//! system's address randomisation would not do: containers often forbid it, and an address depends on all allocations before it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

/// As CPython's default `repr` writes a pointer: on 64-bit systems nine digits at the least. Shorter numbers are somebody's own.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r" at 0x([0-9a-f]{9,16})\b").ok());

/// The stand-in of the first address, and how far the next ones lie from each other.
const FIRST: u64 = 0x7f00_0000_0000;
const STEP: u64 = 0x10;

/// The addresses that a session has printed so far.
#[derive(Default)]
pub(super) struct Addresses {
    seen: HashMap<String, u64>,
}

impl Addresses {
    /// Puts stand-ins in the place of addresses.
    pub(super) fn settle(&mut self, text: &mut String) {
        let Some(pattern) = ADDRESS.as_ref().filter(|_| text.contains(" at 0x")) else { return };
        let settled = pattern.replace_all(text, |found: &regex::Captures<'_>| {
            let next = FIRST + STEP * self.seen.len() as u64;
            format!(" at 0x{:x}", self.seen.entry(found[1].to_owned()).or_insert(next))
        });
        if let Cow::Owned(settled) = settled {
            *text = settled;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Addresses;

    #[test]
    fn equal_addresses_stay_equal_and_short_numbers_stay() {
        let mut addresses = Addresses::default();
        let mut settle = |text: &str| {
            let mut text = text.to_owned();
            addresses.settle(&mut text);
            text
        };
        assert_eq!(
            settle("<A at 0x7f3a5c0d1b20> <B at 0x5581aa00ff10>"),
            "<A at 0x7f0000000000> <B at 0x7f0000000010>"
        );
        assert_eq!(settle("<A at 0x7f3a5c0d1b20>, <C at 0x10>"), "<A at 0x7f0000000000>, <C at 0x10>");
    }
}
