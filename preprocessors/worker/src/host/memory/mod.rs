//! Memory of the embedded Python that is cheap to fork.
//!
//! A forked process pays for each page that it is the first to write to, and CPython writes to every object that it only looks at: half a
//! thousand pages a session, each of them a fault, an allocation and a copy. So the interpreter's memory lies in huge pages here, of which a
//! fork copies one entry instead of 512, and what a session is going to write to is copied at once, before any Python runs in it: by its zygote
//! into memory that it lends to one session after the other ([`lent`]), which is made beside the start of Python ([`stock`]); where that can't be
//! had, or the session is to stand still at checkpoints, by the session itself.
//!
//! Three kinds of memory are laid out so: the arenas that Python's own allocator asks for; the beginning of the C library's heap, where
//! what is too large for that allocator lies; and libpython's code and variables ([`library`]). All are the ordinary memory of the process to all
//! who use them.
//!
//! Invariants: what is copied has the same addresses and contents afterwards; nobody else runs in the process meanwhile ([`threads`]). Where
//! the system has no huge pages, or none left, everything works as without this module.

mod lent;
mod library;
mod mappings;
mod stock;
mod threads;

use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};

pub(crate) use library::is_in_the_way;
pub(crate) use mappings::join as join_mappings;
use pyo3::ffi::{PyObject_GetArenaAllocator, PyObject_SetArenaAllocator, PyObjectArenaAllocator};
pub(crate) use stock::{
    give_up as give_pieces_up, hand_over as hand_piece_over, keep_own as keep_own_piece, settle,
};

/// The size of a huge page.
const HUGE: usize = 2 << 20;

/// How much of the C library's heap lies in huge pages.
const HEAP: usize = HUGE;

/// What the heap is made to grow by.
const BLOCK: usize = 100 << 10;

/// As many huge pages of arenas are kept in view; further arenas are the system's affair, as Python has it.
const MOST_PAGES: usize = 256;

/// The most huge pages of arenas that a fork copies: those that were taken first, where the interpreter itself lies. Of the others,
/// which preloaded modules fill, few are written to.
const MOST_COPIED: usize = 3;

/// More faults than this while a huge page is copied mean that it was none: the system has none left.
const MOST_FAULTS: i64 = 32;

/// How many sessions copy nothing after one that had no huge pages.
const PAUSE: u32 = 16;

/// How many sessions are still to copy nothing: a word that a zygote shares with its sessions, until they have looked at it.
static PAUSED: AtomicPtr<AtomicU32> = AtomicPtr::new(null_mut());

/// Where the part of the C library's heap begins that lies in huge pages; 0 for none.
static HEAP_START: AtomicUsize = AtomicUsize::new(0);

/// Where the huge page begins that libpython's variables lie in, and nothing else; 0 for none.
static LIBRARY_DATA: AtomicUsize = AtomicUsize::new(0);

/// How much more memory each process seems to hold than it would without this module: the library's code, which no file backs any more,
/// and room in the heap that is not used yet.
static EXTRA: AtomicUsize = AtomicUsize::new(0);

/// The huge pages that arenas were cut from.
static ARENAS: Mutex<Arenas> =
    Mutex::new(Arenas { pages: [Page { start: 0, taken: 0 }; MOST_PAGES], count: 0 });

/// A huge page, and which of its arenas are in use, by bits.
#[derive(Clone, Copy)]
struct Page {
    start: usize,
    taken: u32,
}

struct Arenas {
    pages: [Page; MOST_PAGES],
    count: usize,
}

impl Arenas {
    /// Room for an arena of this size.
    fn take(&mut self, size: usize) -> Option<usize> {
        let of_page = HUGE.checked_div(size).filter(|&count| count * size == HUGE && count <= 32)?;
        let free = |page: &Page| (0..of_page).find(|slot| page.taken & (1 << slot) == 0);
        let found =
            self.pages[..self.count].iter().enumerate().find_map(|(at, page)| Some((at, free(page)?)));
        let (at, slot) = match found {
            Some(found) => found,
            None if self.count < MOST_PAGES => {
                // The first ones lie beside each other.
                let start = match self.count {
                    0 => huge_memory(MOST_COPIED * HUGE)?,
                    at if at < MOST_COPIED => self.pages[0].start + at * HUGE,
                    _ => huge_memory(HUGE)?,
                };
                self.pages[self.count] = Page { start, taken: 0 };
                self.count += 1;
                (self.count - 1, 0)
            }
            None => return None,
        };
        self.pages[at].taken |= 1 << slot;
        Some(self.pages[at].start + slot * size)
    }

    /// Takes an arena back. False when it is none of these.
    fn give_back(&mut self, address: usize, size: usize) -> bool {
        let within = |page: &Page| (page.start..page.start + HUGE).contains(&address);
        let Some(at) = self.pages[..self.count].iter().position(within) else { return false };
        let page = &mut self.pages[at];
        page.taken &= !(1 << ((address - page.start) / size));
        if page.taken == 0 && at >= MOST_COPIED {
            let start = page.start;
            self.pages.copy_within(at + 1..self.count, at);
            self.count -= 1;
            // SAFETY: the page was mapped by `huge_memory`, and Python has given back all arenas in it.
            unsafe { libc::munmap(start as *mut c_void, HUGE) };
        }
        true
    }
}

/// Lays out the memory of the interpreter, and begins to make what so many zygotes will lend. Comes before its initialisation.
pub(crate) fn lay_out(zygotes: usize) {
    if !has_huge_pages() || is_older_than_3_11() {
        return;
    }
    stock::begin(zygotes);
    library::lay_out();
    lay_out_heap();
    lent::see_to_forks();
    threads::see_to_threads();
    let mut allocator =
        PyObjectArenaAllocator { ctx: null_mut(), alloc: Some(allocate_arena), free: Some(free_arena) };
    // SAFETY: no Python runs yet, so there is no arena that another allocator has made; and these two functions live as long as the program.
    unsafe {
        let mut before = PyObjectArenaAllocator { ctx: null_mut(), alloc: None, free: None };
        PyObject_GetArenaAllocator(&raw mut before);
        PyObject_SetArenaAllocator(&raw mut allocator);
    }
}

/// Whether this is CPython 3.10, which ends by a signal when it starts in memory that is laid out so.
fn is_older_than_3_11() -> bool {
    // SAFETY: the function may be called before the interpreter is initialised, and gives a constant text that ends in a zero.
    unsafe { std::ffi::CStr::from_ptr(pyo3::ffi::Py_GetVersion()) }.to_bytes().starts_with(b"3.10.")
}

/// What no limit of memory is to count.
pub(crate) fn extra_bytes() -> u64 {
    EXTRA.load(Ordering::Relaxed) as u64
}

/// Comes when all is loaded that sessions begin with: gathers what of the heap does not lie in huge pages yet.
pub(crate) fn gather() {
    let start = HEAP_START.load(Ordering::Relaxed) + HEAP;
    // SAFETY: the break is only asked for.
    let end = unsafe { libc::sbrk(0) } as usize / HUGE * HUGE;
    if start > HEAP && end > start {
        // SAFETY: the range is within the heap, and its contents stay. Where the system knows no such advice, nothing happens.
        unsafe { libc::madvise(start as *mut c_void, end - start, libc::MADV_COLLAPSE) };
    }
}

/// In a zygote: has the session that is forked next begin with lent memory. False where the system can't: the session then takes a copy
/// itself.
pub(crate) fn lend() -> bool {
    let is_lent = lent::lend(|| {
        let Ok(arenas) = ARENAS.lock() else { return Vec::new() };
        let arenas = arenas.pages[..arenas.count.min(MOST_COPIED)].iter().map(|page| page.start);
        let data = Some(LIBRARY_DATA.load(Ordering::Relaxed)).filter(|&start| start > 0);
        let start = HEAP_START.load(Ordering::Relaxed);
        let heap = (start..start + HEAP).step_by(HUGE).filter(|_| start > 0 && lent::is_single_threaded());
        arenas.chain(data).chain(heap).collect()
    });
    if !is_lent {
        own_what_is_copied();
    }
    is_lent
}

/// In a zygote that lends nothing to its next session: makes those huge pages its own, before the first fork, of which sessions will take copies.
pub(crate) fn own_what_is_copied() {
    stock::give_up();
    if PAUSED.load(Ordering::Relaxed).is_null() {
        copy(HEAP, MOST_COPIED);
        PAUSED.store(shared_word(), Ordering::Relaxed);
    }
}

/// In a forked session that is lent nothing: takes a copy of what it will write to.
pub(crate) fn own_what_is_written() {
    let word = PAUSED.swap(null_mut(), Ordering::Relaxed);
    // SAFETY: it is null, or what `shared_word` has mapped in the zygote, which is shared with all of its forks and unmapped only below.
    let Some(paused) = (unsafe { word.as_ref() }) else { return };
    let left = paused.load(Ordering::Relaxed);
    if left > 0 {
        paused.store(left - 1, Ordering::Relaxed);
    } else if !copy(0, MOST_COPIED) {
        paused.store(PAUSE, Ordering::Relaxed);
    }
    give_pause_up(word);
}

/// In a forked session that is lent its memory: has nothing to do with how others take copies.
pub(crate) fn own_nothing() {
    give_pause_up(PAUSED.swap(null_mut(), Ordering::Relaxed));
}

/// No way from one session to another is left.
fn give_pause_up(word: *mut AtomicU32) {
    if !word.is_null() {
        // SAFETY: the mapping is this one word's, and whoever calls this has used the only reference to it for the last time.
        unsafe { libc::munmap(word.cast(), size_of::<AtomicU32>()) };
    }
}

/// A word in memory that forks share; null where the system has none.
fn shared_word() -> *mut AtomicU32 {
    // SAFETY: a new mapping, wherever there is room. Its zeroes are a word.
    let word = unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        libc::mmap(null_mut(), size_of::<AtomicU32>(), protection, flags, -1, 0)
    };
    if word == libc::MAP_FAILED { null_mut() } else { word.cast() }
}

/// Replaces the beginning of the heap, and so many huge pages of arenas at most, by copies. False when the system had no huge pages: what
/// was not copied by then stays shared.
fn copy(heap: usize, most: usize) -> bool {
    let start = HEAP_START.load(Ordering::Relaxed);
    let heap = (start..start + heap).step_by(HUGE).filter(|_| start > 0);
    let Ok(arenas) = ARENAS.lock() else { return false };
    let arenas = arenas.pages[..arenas.count.min(most)].iter().map(|page| page.start);
    let data = Some(LIBRARY_DATA.load(Ordering::Relaxed)).filter(|&start| start > 0);
    let mut before = faults();
    for start in arenas.chain(data).chain(heap) {
        // SAFETY: the range is a mapped huge page. No other thread runs in a process that has just been forked.
        if !unsafe { replace(start, HUGE) } {
            return false;
        }
        let after = faults();
        if after - before > MOST_FAULTS {
            return false;
        }
        before = after;
    }
    true
}

/// Replaces some readable memory of this process by a copy in huge pages that can be written to. False where the system refuses, and
/// the old memory stays.
///
/// # Safety
/// All of it is readable, and nobody else runs in this process meanwhile.
unsafe fn replace(start: usize, size: usize) -> bool {
    let Some(fresh) = huge_memory(size) else { return false };
    // SAFETY: the two ranges are as long as each other and apart from each other, and nobody writes to the old one meanwhile. Moving the
    // new one to its place, which unmaps the old one, leaves the same bytes at the same addresses.
    unsafe {
        std::ptr::copy_nonoverlapping(start as *const u8, fresh as *mut u8, size);
        let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
        let moved = libc::mremap(fresh as *mut c_void, size, size, flags, start as *mut c_void);
        if moved == libc::MAP_FAILED {
            libc::munmap(fresh as *mut c_void, size);
        }
        moved != libc::MAP_FAILED
    }
}

/// New memory of this size, in huge pages.
fn huge_memory(size: usize) -> Option<usize> {
    // SAFETY: a new mapping wherever there is room, of which all but the aligned part is given back before anybody knows of it.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let whole = libc::mmap(null_mut(), size + HUGE, protection, flags, -1, 0);
        if whole == libc::MAP_FAILED {
            return None;
        }
        let begin = whole as usize;
        let start = begin.next_multiple_of(HUGE);
        if start > begin {
            libc::munmap(whole, start - begin);
        }
        if start < begin + HUGE {
            libc::munmap((start + size) as *mut c_void, begin + HUGE - start);
        }
        libc::madvise(start as *mut c_void, size, libc::MADV_HUGEPAGE);
        Some(start)
    }
}

/// Lets the C library's heap go on at the next huge page.
fn lay_out_heap() {
    // SAFETY: the process has a single thread. The C library copes with a break that others have moved: its heap goes on behind it. The
    // advice is about memory that it has just taken for its heap, none of it in use yet but for two headers.
    unsafe {
        let top = libc::sbrk(0) as usize;
        let start = top.next_multiple_of(HUGE);
        if top == usize::MAX || libc::sbrk((start - top).cast_signed()) as usize != top {
            return;
        }
        // In blocks that are too small for a mapping of their own. The last one stays: the heap never shrinks below it.
        let mut blocks = [null_mut(); HEAP / BLOCK + 2];
        let is_grown = || libc::sbrk(0) as usize >= start + HEAP;
        for block in &mut blocks {
            *block = libc::malloc(BLOCK);
            if block.is_null() || is_grown() {
                break;
            }
        }
        if is_grown() {
            libc::madvise(start as *mut c_void, HEAP, libc::MADV_HUGEPAGE);
            HEAP_START.store(start, Ordering::Relaxed);
            EXTRA.fetch_add(HEAP, Ordering::Relaxed);
        }
        let last = blocks.iter().rposition(|block| !block.is_null()).unwrap_or_default();
        for &block in &blocks[..last] {
            libc::free(block);
        }
    }
}

/// Whether programs can have huge pages by asking for them.
fn has_huge_pages() -> bool {
    let mode = fs_err::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").unwrap_or_default();
    mode.contains("[madvise]") || mode.contains("[always]")
}

/// How many page faults this process has had.
fn faults() -> i64 {
    // SAFETY: the structure is plain numbers, valid when zeroed, and filled by the call.
    unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &raw mut usage);
        usage.ru_minflt
    }
}

extern "C" fn allocate_arena(_context: *mut c_void, size: usize) -> *mut c_void {
    let own = ARENAS.lock().ok().and_then(|mut arenas| arenas.take(size));
    match own {
        Some(address) => address as *mut c_void,
        None => {
            // SAFETY: a new mapping, wherever there is room.
            let made = unsafe {
                let protection = libc::PROT_READ | libc::PROT_WRITE;
                libc::mmap(null_mut(), size, protection, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
            };
            if made == libc::MAP_FAILED { null_mut() } else { made }
        }
    }
}

extern "C" fn free_arena(_context: *mut c_void, address: *mut c_void, size: usize) {
    let is_own = ARENAS.lock().is_ok_and(|mut arenas| arenas.give_back(address as usize, size));
    if !is_own {
        // SAFETY: Python gives back what `allocate_arena` has mapped for it, and of its own.
        unsafe { libc::munmap(address, size) };
    }
}
