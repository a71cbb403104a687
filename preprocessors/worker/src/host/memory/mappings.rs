//! Fewer mappings for the same libraries.
//!
//! A fork copies the list of mappings, and the loader makes five of each library: its headers and its constants beside its code, its variables
//! and what of them is read-only once it is relocated. Neighbours of the same file that differ in nothing but what they allow become one
//! when they allow the same: two are left. No session can do with its own memory what it could not before, since it runs code of its own
//! choice anyway.
//!
//! Deliberately absent: libpython, which lies otherwise by then (`library.rs`).

use std::ffi::c_void;
use std::sync::atomic::Ordering;

use super::EXTRA;

/// A line of the list of mappings (proc(5), `maps`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What may be done with it: `r-xp` and the like.
    pub(super) rights: String,
    /// The file, or what else it is called; empty for none.
    pub(super) path: String,
}

/// What is to allow more than it does.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    start: usize,
    end: usize,
    is_data: bool,
}

/// Has neighbouring mappings of each library become one. What was loaded before a fork can't be joined behind it any more.
pub(crate) fn join() {
    let maps = fs_err::read_to_string("/proc/self/maps").unwrap_or_default();
    let mappings: Vec<Mapping> = maps.lines().filter_map(mapping).collect();
    let is_of_one = |one: &Mapping, next: &Mapping| one.end == next.start && one.path == next.path;
    for Change { start, end, is_data } in mappings.chunk_by(is_of_one).flat_map(changes) {
        let protection = libc::PROT_READ | if is_data { libc::PROT_WRITE } else { libc::PROT_EXEC };
        // SAFETY: all that could be done with this memory can still be done. Where the system refuses, it stays as it is.
        let done = unsafe { libc::mprotect(start as *mut c_void, end - start, protection) } == 0;
        if done && is_data {
            EXTRA.fetch_add(end - start, Ordering::Relaxed);
        }
    }
}

/// None for what is no such line.
pub(super) fn mapping(line: &str) -> Option<Mapping> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let (start, end) = (usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?);
    let rights = words.next()?.to_owned();
    let path = words.nth(3).unwrap_or_default().to_owned();
    Some(Mapping { start, end, rights, path })
}

/// What is to be changed of the mappings of one library, as loaders lay them out.
fn changes(library: &[Mapping]) -> Vec<Change> {
    let rights: Vec<&str> = library.iter().map(|mapping| mapping.rights.as_str()).collect();
    if !library[0].path.starts_with('/') || rights != ["r--p", "r-xp", "r--p", "r--p", "rw-p"] {
        return Vec::new();
    }
    let [first, _, constants, relocated, _] = library else { return Vec::new() };
    vec![
        Change { start: first.start, end: constants.end, is_data: false },
        Change { start: relocated.start, end: relocated.end, is_data: true },
    ]
}

#[cfg(test)]
mod tests {
    use super::{Change, Mapping, changes, mapping};

    fn mappings(text: &str) -> Vec<Mapping> {
        text.lines().map(|line| mapping(line).unwrap()).collect()
    }

    #[test]
    fn constants_become_as_code_and_what_is_relocated_as_variables() {
        let library = mappings(
            "1000-2000 r--p 00000000 fe:00 1 /lib/a.so\n2000-5000 r-xp 00001000 fe:00 1 /lib/a.so\n\
             5000-6000 r--p 00004000 fe:00 1 /lib/a.so\n6000-7000 r--p 00004000 fe:00 1 /lib/a.so\n\
             7000-8000 rw-p 00005000 fe:00 1 /lib/a.so",
        );
        let code = Change { start: 0x1000, end: 0x6000, is_data: false };
        let data = Change { start: 0x6000, end: 0x7000, is_data: true };
        assert_eq!(changes(&library), [code, data]);
    }

    #[test]
    fn what_lies_otherwise_stays_as_it_is() {
        for text in [
            "1000-2000 rw-p 00000000 00:00 0 [heap]",
            "1000-2000 r-xp 00000000 fe:00 1 /lib/a.so\n2000-3000 r--p 00001000 fe:00 1 /lib/a.so",
            "1000-2000 r--s 00000000 fe:00 1 /lib/gconv-modules.cache",
        ] {
            assert_eq!(changes(&mappings(text)), []);
        }
    }
}
