//! What a session has beside its own memory. A fork copies the memory; threads are lost, and all else would be shared by two processes that
//! know nothing of each other.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use exemplar_model::protocol::Allotment;
use rustix::process::getpid;

use crate::watch;

/// The largest memory of a session that checkpoints are made of, in bytes: there may be many, and what each has changed is there once more.
const MOST_MEMORY: u64 = 256 << 20;

/// A memory file that is the driver's own.
const STATE_PAGE: &str = "/memfd:exemplar-state";

/// The descriptors of a session, and where each leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Surroundings {
    descriptors: BTreeMap<String, PathBuf>,
}

impl Surroundings {
    pub(super) fn now() -> io::Result<Self> {
        let mut descriptors = BTreeMap::new();
        for entry in fs_err::read_dir("/proc/self/fd")? {
            let entry = entry?;
            // The list itself is open while it is read, and leads nowhere afterwards.
            if let Ok(target) = fs_err::read_link(entry.path())
                && !target.starts_with("/proc/")
            {
                descriptors.insert(entry.file_name().to_string_lossy().into_owned(), target);
            }
        }
        Ok(Self { descriptors })
    }

    /// Whether the session is nothing but its memory, and that not too large: one thread, no child, no descriptor that it did not begin
    /// with or that leads elsewhere, no working directory that may go, no memory that others see change or that lies in a file of its directory.
    pub(super) fn are_unchanged(&self, allotment: &Allotment) -> bool {
        let limit = MOST_MEMORY.min(allotment.memory / 4);
        let threads = fs_err::read_dir("/proc/self/task").map_or(0, Iterator::count);
        // A folder that somebody works in can't be made anew under them.
        let works_below = std::env::current_dir()
            .is_ok_and(|place| place.starts_with(&allotment.directory) && place != allotment.directory);
        threads == 1
            && !works_below
            && watch::children(getpid(), 1).is_empty()
            && watch::resident_bytes(getpid()) <= limit
            && Self::now().is_ok_and(|now| now == *self)
            && fs_err::read_to_string("/proc/self/maps")
                .is_ok_and(|maps| maps.lines().all(|line| is_own(line, &allotment.directory)))
    }
}

/// Whether a mapping (proc(5), `maps`) is this process's own.
fn is_own(line: &str, directory: &Path) -> bool {
    let mut words = line.split_ascii_whitespace();
    let rights = words.nth(1).unwrap_or_default();
    let is_shared = rights.ends_with('s') && rights.contains('w');
    let path = words.nth(3).unwrap_or_default();
    path.starts_with(STATE_PAGE) || !(is_shared || Path::new(path).starts_with(directory))
}

#[cfg(test)]
mod tests {
    use super::is_own;
    use std::path::Path;

    #[test]
    fn shared_memory_and_files_of_the_directory_are_not_its_own() {
        let own = |line| is_own(line, Path::new("/tmp/session-1"));
        assert!(own("7f00-7f01 rw-p 00000000 00:00 0 "));
        assert!(own("7f00-7f01 rw-p 00000000 00:00 0          [heap]"));
        assert!(own("7f00-7f01 rw-s 00000000 00:01 2049       /memfd:exemplar-state (deleted)"));
        assert!(own("7f00-7f01 r--s 00000000 fe:00 3257       /usr/lib/gconv/gconv-modules.cache"));
        assert!(own("7f00-7f01 r-xp 00000000 fe:00 23         /usr/lib/libc.so.6"));
        assert!(!own("7f00-7f01 rw-s 00000000 00:01 1024      /dev/zero (deleted)"));
        assert!(!own("7f00-7f01 r--p 00000000 fe:00 23        /tmp/session-1/data.bin"));
    }
}
