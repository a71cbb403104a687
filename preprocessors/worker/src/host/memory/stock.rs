//! Shared huge pages for the zygotes to come, made while Python starts.
//!
//! The kernel has to find and clear them, which takes a third of a millisecond a page, and ten times as long where a virtual machine has
//! given free memory back to its host. A process of its own does that, on a processor that has nothing else to do then. What it has not done
//! when the first zygote is forked, the zygotes do themselves, each for its own piece.
//!
//! Invariants: a piece is one zygote's; no session has any that was not lent to it; nothing of that process is left when a fork comes.
//!
//! Deliberately absent: a thread. The C library does more in each fork of a process that has ever had two, and writes to its heap there
//! before anybody can put it in place.

use std::ffi::{c_int, c_void};
use std::io;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal};

use super::{HEAP, HUGE, MOST_COPIED, huge_memory};
use crate::zygote;

/// As many bytes as a zygote lends at most: its arenas, the page of libpython's variables, and its heap.
const PIECE: usize = (MOST_COPIED + 1) * HUGE + HEAP;

/// Memory that forks share, in huge pages as far as they are made.
pub(super) struct Piece {
    pub(super) start: usize,
    /// How many of its pages are huge ones, from the first on.
    made: usize,
}

/// What the process that makes them and the one that waits for them have in common.
struct Progress {
    is_to_stop: AtomicBool,
    /// How many pages are made: the first of each piece, then the second of each.
    made: AtomicUsize,
}

struct Stock {
    pieces: Vec<Piece>,
    /// The process that makes them.
    maker: Option<(Pid, &'static Progress)>,
}

static STOCK: Mutex<Stock> = Mutex::new(Stock { pieces: Vec::new(), maker: None });

fn stock() -> std::sync::MutexGuard<'static, Stock> {
    STOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins to make a piece for each of so many zygotes. Where the system does not let it, they do it all themselves. Comes before anything is
/// laid out, since a fork shares that.
pub(super) fn begin(zygotes: usize) {
    let mut stock = stock();
    stock.pieces = (0..zygotes).map_while(|_| Piece::new()).collect();
    if stock.pieces.is_empty() {
        return;
    }
    let Some(progress) = Progress::new() else { return };
    let parent = getpid();
    // SAFETY: the process has a single thread, so the child may do all that the parent may. It does no more than to make pages, and ends.
    match unsafe { libc::fork() } {
        0 => {
            let _ = set_parent_process_death_signal(Some(Signal::KILL));
            if getppid() == Some(parent) {
                make(&stock.pieces, progress);
            }
            crate::host::exit(0);
        }
        pid => match Pid::from_raw(pid).filter(|_| pid > 0) {
            Some(pid) => stock.maker = Some((pid, progress)),
            None => progress.give_back(),
        },
    }
}

fn make(pieces: &[Piece], progress: &Progress) {
    for page in 0..PIECE / HUGE {
        for piece in pieces {
            if progress.is_to_stop.load(Ordering::Relaxed) || !piece.make(page) {
                return;
            }
            progress.made.fetch_add(1, Ordering::Release);
        }
    }
}

/// Comes before any other fork: waits until the page is made that is being made, and the process that does so is gone.
pub(crate) fn settle() {
    let mut stock = stock();
    let Some((pid, progress)) = stock.maker.take() else { return };
    progress.is_to_stop.store(true, Ordering::Relaxed);
    zygote::wait(pid);
    let (made, pieces) = (progress.made.load(Ordering::Acquire), stock.pieces.len());
    for (at, piece) in stock.pieces.iter_mut().enumerate() {
        piece.made = made / pieces + usize::from(at < made % pieces);
    }
    progress.give_back();
}

/// In a new zygote: keeps the piece that is its own.
pub(crate) fn keep_own() {
    let mut stock = stock();
    let own = stock.pieces.pop();
    stock.give_back();
    stock.pieces.extend(own);
}

/// In the process that has made a zygote: has no more to do with its piece.
pub(crate) fn hand_over() {
    if let Some(piece) = stock().pieces.pop() {
        piece.give_back(0);
    }
}

/// Has no more to do with any of them.
pub(crate) fn give_up() {
    stock().give_back();
}

/// The piece that is this zygote's, or a new one, as far as it is wanted: so many bytes, in whole huge pages. None where the system gives none
/// for that.
pub(super) fn take(size: usize) -> Option<Piece> {
    let piece = stock().pieces.pop().or_else(Piece::new)?;
    if size <= PIECE && (piece.made..size / HUGE).all(|page| piece.make(page)) {
        piece.give_back(size);
        Some(piece)
    } else {
        piece.give_back(0);
        None
    }
}

impl Stock {
    fn give_back(&mut self) {
        for piece in self.pieces.drain(..) {
            piece.give_back(0);
        }
    }
}

impl Progress {
    /// A new one that forks share.
    fn new() -> Option<&'static Self> {
        // SAFETY: a new mapping, wherever there is room, which is valid until it is given back. Its zeroes are a false and a 0.
        unsafe {
            let place = shared_memory(null_mut(), size_of::<Self>(), 0).ok()?;
            Some(&*place.cast::<Self>())
        }
    }

    /// Is the last that is done with it.
    fn give_back(&'static self) {
        // SAFETY: `new` has mapped it, and whoever calls this uses no other reference to it any more.
        unsafe { libc::munmap(std::ptr::from_ref(self).cast_mut().cast(), size_of::<Self>()) };
    }
}

/// New memory that forks share.
///
/// # Safety
/// As for `mmap` with these flags.
unsafe fn shared_memory(place: *mut c_void, size: usize, flags: c_int) -> io::Result<*mut c_void> {
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS | flags;
    // SAFETY: as the caller has it.
    let mapped = unsafe { libc::mmap(place, size, libc::PROT_READ | libc::PROT_WRITE, flags, -1, 0) };
    if mapped == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(mapped) }
}

impl Piece {
    /// New memory that forks share, none of which is there yet.
    fn new() -> Option<Self> {
        let start = huge_memory(PIECE)?;
        let piece = Self { start, made: 0 };
        // SAFETY: the new mapping takes the place of one that was just made, of which nobody else knows.
        if unsafe { shared_memory(start as *mut c_void, PIECE, libc::MAP_FIXED) }.is_err() {
            piece.give_back(0);
            return None;
        }
        Some(piece)
    }

    /// Makes one of its pages a huge one. False where the system does not.
    fn make(&self, page: usize) -> bool {
        let place = self.start + page * HUGE;
        // SAFETY: the page is mapped, and nobody reads or writes what is in it yet. It is written to, since one of which nothing is there
        // can't be made a huge one.
        unsafe {
            (place as *mut u8).write_volatile(1);
            libc::madvise(place as *mut c_void, HUGE, libc::MADV_COLLAPSE) == 0
        }
    }

    /// Gives back what is behind so many of its bytes.
    fn give_back(&self, kept: usize) {
        if kept < PIECE {
            // SAFETY: nobody knows of this memory but who has the piece, and calls this.
            unsafe { libc::munmap((self.start + kept) as *mut c_void, PIECE - kept) };
        }
    }
}
