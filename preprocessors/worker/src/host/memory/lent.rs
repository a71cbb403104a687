//! Memory that a zygote lends to its sessions, one after the other.
//!
//! A copy in fresh memory begins with the kernel clearing what is overwritten at once, and ends with all of it being given back: that is most
//! of what it costs. So a zygote keeps as much memory as a session writes to, in huge pages that are shared with its forks. Before it forks
//! a session it writes its own memory there, all of it, and the child moves it to where that lies. Nobody else can have it by then: the
//! session before has ended with all that came of it.
//!
//! A session that forks itself would share it with its child, where `fork` gives each a memory of its own. So `fork` is seen to: the child
//! gets a copy, in memory that is kept in reserve for that. What makes a process in other ways runs in its parent's memory anyway (`vfork`,
//! `posix_spawn`), but for a bare `clone`, which no library for Python makes.
//!
//! Invariants: all bytes that a session finds were written for it; one session at a time has the memory; the zygote reads its own
//! and never what was lent. Sessions that are to stand still at checkpoints outlive that, and are lent nothing.

use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::{HUGE, huge_memory};

/// In so few ranges lies what is lent.
const MOST_RANGES: usize = 4;

/// What is copied at once. The C library does that by one instruction (`rep movsb`), for which the processor need not read what it writes over;
/// not so with more than its second cache holds.
const PIECE: usize = 256 << 10;

/// The exit status of a child that could not be given its memory (`EX_OSERR` of sysexits.h).
const NO_MEMORY: c_int = 71;

/// What a fork of this process is to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Nothing is lent by this process or to it.
    Ordinary,
    /// A zygote whose next fork is no session that it lends to.
    Keeping,
    /// A zygote whose next fork is a session that it lends to.
    Lending,
    /// A session whose memory is lent.
    Borrowing,
    /// A zygote of a system that can't do all this.
    Unable,
}

/// Some memory of this process, in whole huge pages.
#[derive(Clone, Copy)]
struct Range {
    /// Where it lies.
    place: usize,
    size: usize,
    /// As much shared memory, in a zygote.
    lent: usize,
    /// As much private memory, nothing of which is there until a session forks. It counts to the limit of memory as what was replaced did.
    reserve: usize,
}

struct Lent {
    role: Role,
    ranges: [Range; MOST_RANGES],
    count: usize,
}

static LENT: Mutex<Lent> = Mutex::new(Lent {
    role: Role::Ordinary,
    ranges: [Range { place: 0, size: 0, lent: 0, reserve: 0 }; MOST_RANGES],
    count: 0,
});

/// Taken while a session forks: its reserve is one fork's.
static FORKING: AtomicBool = AtomicBool::new(false);

/// Sees to all forks from now on.
pub(super) fn see_to_forks() {
    // SAFETY: the handlers live as long as the program, and do no more than to move memory of this process.
    unsafe { libc::pthread_atfork(Some(before), Some(after_in_parent), Some(after_in_child)) };
}

/// In a zygote: has the next fork begin with lent memory in place of these huge pages, which are always the same. False where the system
/// can't. Nothing of the process may need them before the handlers of the fork have run.
pub(super) fn lend(pages: impl FnOnce() -> Vec<usize>) -> bool {
    let mut lent = lock();
    if lent.role == Role::Ordinary {
        lent.role = if lent.make(&pages()).is_some() { Role::Keeping } else { Role::Unable };
    }
    if lent.role == Role::Keeping {
        lent.role = Role::Lending;
    }
    lent.role == Role::Lending
}

fn lock() -> std::sync::MutexGuard<'static, Lent> {
    LENT.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lent {
    /// Takes as much memory as lies in these huge pages, in few ranges.
    fn make(&mut self, pages: &[usize]) -> Option<()> {
        for &place in pages {
            match self.ranges[..self.count].last_mut() {
                Some(last) if last.place + last.size == place => last.size += HUGE,
                _ => {
                    *self.ranges.get_mut(self.count)? = Range { place, size: HUGE, lent: 0, reserve: 0 };
                    self.count += 1;
                }
            }
        }
        for range in &mut self.ranges[..self.count] {
            range.lent = shared_huge_memory(range.size)?;
            range.reserve = huge_memory(range.size)?;
        }
        self.leave_out(true);
        (self.count > 0).then_some(())
    }

    /// Whether forks begin without what is to be replaced in them: neither process then pays for writing to what it shares.
    fn leave_out(&self, is_left_out: bool) {
        let advice = if is_left_out { libc::MADV_DONTFORK } else { libc::MADV_DOFORK };
        for range in &self.ranges[..self.count] {
            // SAFETY: the range is mapped, and only what forks make of it is changed.
            unsafe { libc::madvise(range.place as *mut c_void, range.size, advice) };
        }
    }
}

extern "C" fn before() {
    let role = lock().role;
    if role == Role::Borrowing {
        while FORKING.swap(true, Ordering::Acquire) {
            std::thread::yield_now();
        }
    }
    let lent = lock();
    match role {
        Role::Ordinary | Role::Unable => {}
        Role::Keeping => lent.leave_out(false),
        Role::Lending | Role::Borrowing => {
            for range in &lent.ranges[..lent.count] {
                let copy = if role == Role::Lending { range.lent } else { range.reserve };
                for at in (0..range.size).step_by(PIECE) {
                    // SAFETY: both ranges are mapped, as long as each other and apart from each other, and nobody else knows of the second.
                    // Other threads of a session may write to the first meanwhile, as they may while the kernel copies it for a fork: what
                    // they are in the middle of is seen in part.
                    unsafe {
                        let (from, to) = ((range.place + at) as *const u8, (copy + at) as *mut u8);
                        std::ptr::copy_nonoverlapping(from, to, PIECE);
                    }
                }
            }
        }
    }
}

extern "C" fn after_in_parent() {
    let mut lent = lock();
    match lent.role {
        Role::Ordinary | Role::Unable => {}
        Role::Keeping => lent.leave_out(true),
        Role::Lending => lent.role = Role::Keeping,
        Role::Borrowing => {
            for range in &lent.ranges[..lent.count] {
                // SAFETY: nobody knows of the reserve, and what is in it is needed no more.
                unsafe { libc::madvise(range.reserve as *mut c_void, range.size, libc::MADV_DONTNEED) };
            }
            FORKING.store(false, Ordering::Release);
        }
    }
}

extern "C" fn after_in_child() {
    let mut lent = lock();
    let role = lent.role;
    for range in &lent.ranges[..lent.count] {
        let copy = match role {
            Role::Ordinary | Role::Unable => continue,
            Role::Keeping => {
                // SAFETY: nobody knows of the two, and this process has no use for them.
                unsafe {
                    libc::munmap(range.lent as *mut c_void, range.size);
                    libc::munmap(range.reserve as *mut c_void, range.size);
                }
                continue;
            }
            Role::Lending => range.lent,
            Role::Borrowing => range.reserve,
        };
        // SAFETY: no other thread runs in a process that has just been forked, and the copy has what was in the other range when it was.
        // If it can't be put there, this process has no such memory at all, and ends before anything is looked for in it.
        unsafe {
            let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
            let place = range.place as *mut c_void;
            if libc::mremap(copy as *mut c_void, range.size, range.size, flags, place) == libc::MAP_FAILED {
                libc::_exit(NO_MEMORY);
            }
        }
    }
    match role {
        Role::Lending => lent.role = Role::Borrowing,
        Role::Borrowing | Role::Keeping => (lent.role, lent.count) = (Role::Ordinary, 0),
        Role::Ordinary | Role::Unable => lent.role = Role::Ordinary,
    }
    FORKING.store(false, Ordering::Release);
}

/// New memory of this size that forks share, in huge pages; None where the system does not give them for that.
fn shared_huge_memory(size: usize) -> Option<usize> {
    let start = huge_memory(size)?;
    // SAFETY: the new mapping takes the place of one that was just made, of which nobody else knows. Each of its pages is written to, since
    // one of which nothing is there can't be made a huge one.
    unsafe {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
        let place = start as *mut c_void;
        let mapped = libc::mmap(place, size, protection, flags, -1, 0) != libc::MAP_FAILED;
        for page in (start..start + size).step_by(HUGE).filter(|_| mapped) {
            (page as *mut u8).write_volatile(1);
        }
        if mapped && libc::madvise(place, size, libc::MADV_COLLAPSE) == 0 {
            return Some(start);
        }
        libc::munmap(place, size);
    }
    None
}
