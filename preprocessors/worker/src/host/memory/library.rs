//! Where libpython lies.

use std::ffi::c_void;
use std::os::fd::AsRawFd;
use std::ptr::null_mut;
use std::sync::atomic::Ordering;

use super::mappings::{Mapping, mapping};
use super::{
    EXTRA, HUGE, LIBRARY_DATA, MOST_FAULTS, faults, has_huge_pages, huge_memory, is_older_than_3_11, replace,
};

/// Moves libpython into huge pages: its code with the constants beside it, which every forked process would map piece by piece as it comes
/// to it; and the page of its variables, which each session copies.
///
/// What the loader had made read-only there when it was done can be written to again.
pub(super) fn lay_out() {
    let Some(Library { path, start, code, ends_in_page, .. }) = library() else { return };
    // Its name stays in the list of mappings.
    let Ok(file) = fs_err::File::open(path) else { return };
    let before = faults();
    let Some(fresh) = huge_memory(code) else { return };
    // SAFETY: the range is mapped and readable, never written to, and of whole huge pages. No code of the library runs, as Python is not
    // initialised, and the process has a single thread. Moving the copy to its place leaves the same bytes at the same addresses, as
    // readable and executable as before. Should the system refuse any of it, or have no huge pages left, the old mapping stays. The page of
    // the file is mapped wherever there is room, and nobody reads it.
    unsafe {
        std::ptr::copy_nonoverlapping(start as *const u8, fresh as *mut u8, code);
        let is_huge = faults() - before < 4 * MOST_FAULTS;
        let protection = libc::PROT_READ | libc::PROT_EXEC;
        let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
        let moved = is_huge
            && libc::mprotect(fresh as *mut c_void, code, protection) == 0
            && libc::mremap(fresh as *mut c_void, code, code, flags, start as *mut c_void)
                != libc::MAP_FAILED;
        if !moved {
            libc::munmap(fresh as *mut c_void, code);
            return;
        }
        libc::mmap(null_mut(), 1, libc::PROT_READ, libc::MAP_PRIVATE, file.as_raw_fd(), 0);
    }
    EXTRA.fetch_add(code, Ordering::Relaxed);
    let data = start + code;
    // SAFETY: the same, and what of this page is no mapping of the library's is none at all: it is mapped here, and then read as zeroes.
    unsafe {
        let hole = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
        let rest = data + HUGE - ends_in_page;
        if rest > 0 {
            let filled = libc::mmap(ends_in_page as *mut c_void, rest, libc::PROT_READ, hole, -1, 0);
            if filled as usize != ends_in_page {
                return;
            }
        }
        if replace(data, HUGE) {
            LIBRARY_DATA.store(data, Ordering::Relaxed);
        }
    }
}

/// Whether something lies beside libpython's variables, in the huge page that they are to have for themselves. Where the loader puts what it
/// loads is chance: it is otherwise when the program starts once more.
pub(crate) fn is_in_the_way() -> bool {
    has_huge_pages() && !is_older_than_3_11() && library().is_some_and(|library| !library.is_alone)
}

/// How libpython is mapped.
struct Library {
    path: String,
    /// Where it begins: with a huge page.
    start: usize,
    /// How many bytes of whole huge pages there are before the one with its variables.
    code: usize,
    /// Where its variables end: in that page.
    ends_in_page: usize,
    /// Whether nothing else lies in that page.
    is_alone: bool,
}

/// Looks at the mappings of this process. None where those of libpython lie otherwise, or other things between them.
fn library() -> Option<Library> {
    let maps = fs_err::read_to_string("/proc/self/maps").ok()?;
    let mut found: Option<Library> = None;
    let (mut end, mut first_writable, mut behind) = (0, 0, usize::MAX);
    for line in maps.lines() {
        let Mapping { start: first, end: last, rights, path } = mapping(line)?;
        match &found {
            None if path.rsplit('/').next()?.starts_with("libpython") => {
                found = Some(Library { path, start: first, code: 0, ends_in_page: 0, is_alone: true });
            }
            // Some linkers leave holes that nobody may read. What has no name behind its variables are those that begin as zeroes.
            Some(library)
                if first == end
                    && rights.starts_with('r')
                    && (path == library.path || (path.is_empty() && first_writable > 0)) =>
            {
                if rights.contains('w') && first_writable == 0 {
                    first_writable = first;
                }
            }
            None => continue,
            Some(_) => {
                behind = first;
                break;
            }
        }
        end = last;
    }
    let library = found.filter(|library| library.start.is_multiple_of(HUGE) && first_writable > 0)?;
    let page = first_writable / HUGE * HUGE;
    let fits = page > library.start && end <= page + HUGE;
    let is_alone = behind >= page + HUGE;
    fits.then_some(Library { code: page - library.start, ends_in_page: end, is_alone, ..library })
}
