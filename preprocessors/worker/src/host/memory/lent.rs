//! Memory that a zygote lends to its sessions, one after the other.
//!
//! A copy in fresh memory begins with the kernel clearing what is overwritten at once, and ends with all of it being given back: that is most
//! of what it costs. So a zygote keeps as much memory as a session writes to, in huge pages that are shared with its forks ([`super::stock`]).
//! Before it forks a session it writes its own memory there, all of it, and the child moves it to where that lies. Nobody else can have it by
//! then: the session before has ended with all that came of it.
//!
//! A session that forks itself would share it with its child, where `fork` gives each a memory of its own; and while a session has threads, no
//! copy of it would be whole. So before its first `fork` or thread, a session takes memory of its own in place of what it was lent, which is
//! kept in reserve for that: from then on it is a process as any other. What makes a process in other ways runs in its parent's memory
//! anyway (`vfork`, `posix_spawn`), but for a bare `clone` and `_Fork`, which no library for Python calls. Where a session has a thread that nobody
//! could see to (`threads.rs`), it keeps what it was lent, and a child that it forks ends at once.
//!
//! Invariants: all bytes that a session finds were written for it; one session at a time has the memory, and one process of it; the zygote
//! reads its own and never what was lent. Sessions that are to stand still at checkpoints outlive that, and are lent nothing.

use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::stock::{self, Piece};
use super::{HUGE, huge_memory};

/// In so few ranges lies what is lent.
const MOST_RANGES: usize = 4;

/// What is copied at once. The C library does that by one instruction (`rep movsb`), for which the processor need not read what it writes over;
/// not so with more than its second cache holds.
const AT_ONCE: usize = 256 << 10;

/// The exit status of a process that can't be given its memory (`EX_OSERR` of sysexits.h).
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
    /// As much private memory, nothing of which is there until a session wants it. It counts to the limit of memory as what was replaced did.
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

/// Whether this process lends, or was lent something. Otherwise nobody takes the lock, which a thread that forks would hand on to a child where
/// nobody gives it back.
static IS_CONCERNED: AtomicBool = AtomicBool::new(false);

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
        IS_CONCERNED.store(true, Ordering::Relaxed);
    }
    if lent.role == Role::Keeping {
        lent.role = Role::Lending;
    }
    lent.role == Role::Lending
}

/// Comes before a thread is made: a session must have its own memory then.
pub(super) fn own_before_thread() {
    if IS_CONCERNED.load(Ordering::Relaxed) {
        lock().own();
    }
}

fn lock() -> std::sync::MutexGuard<'static, Lent> {
    LENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this process has never had a second thread. If it has, the C library writes to its heap in each fork of it before the handlers run.
pub(super) fn is_single_threaded() -> bool {
    // SAFETY: the name ends in a zero. What it names is a byte of the C library's (glibc 2.32, `sys/single_threaded.h`), which is there as long
    // as the process is, or nothing.
    unsafe {
        let word = libc::dlsym(libc::RTLD_DEFAULT, c"__libc_single_threaded".as_ptr()).cast::<u8>();
        word.as_ref().is_some_and(|&word| word != 0)
    }
}

impl Lent {
    /// Takes as much memory as lies in these huge pages, in few ranges: all of it or nothing.
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
        let size: usize = self.ranges[..self.count].iter().map(|range| range.size).sum();
        let mut reserve = huge_memory(size).filter(|_| size > 0)?;
        let Some(Piece { start: mut lent, .. }) = stock::take(size) else {
            // SAFETY: it was just mapped, and nobody knows of it.
            unsafe { libc::munmap(reserve as *mut c_void, size) };
            return None;
        };
        for range in &mut self.ranges[..self.count] {
            (range.lent, range.reserve) = (lent, reserve);
            lent += range.size;
            reserve += range.size;
        }
        self.leave_out(true);
        Some(())
    }

    /// Whether forks begin without what is to be replaced in them: neither process then pays for writing to what it shares.
    fn leave_out(&self, is_left_out: bool) {
        let advice = if is_left_out { libc::MADV_DONTFORK } else { libc::MADV_DOFORK };
        for range in &self.ranges[..self.count] {
            // SAFETY: the range is mapped, and only what forks make of it is changed.
            unsafe { libc::madvise(range.place as *mut c_void, range.size, advice) };
        }
    }

    /// Puts memory of its own in the place of what a session was lent, if it has one thread.
    fn own(&mut self) {
        if self.role != Role::Borrowing || threads() > 1 {
            return;
        }
        let before = block_signals();
        for range in &self.ranges[..self.count] {
            // SAFETY: both ranges are mapped, as long as each other and apart from each other; nobody else knows of the second, and nobody writes
            // to the first meanwhile: there is one thread, which is here, and no handler of a signal runs in it.
            unsafe {
                write(range.place, range.reserve, range.size);
                put(range.reserve, range.place, range.size);
            }
        }
        self.be_ordinary();
        // SAFETY: the set is the one that was in force.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, null_mut()) };
    }

    fn be_ordinary(&mut self) {
        (self.role, self.count) = (Role::Ordinary, 0);
        IS_CONCERNED.store(false, Ordering::Relaxed);
    }
}

extern "C" fn before() {
    if !IS_CONCERNED.load(Ordering::Relaxed) {
        return;
    }
    let mut lent = lock();
    match lent.role {
        Role::Ordinary | Role::Unable => {}
        Role::Keeping => lent.leave_out(false),
        Role::Lending => {
            for range in &lent.ranges[..lent.count] {
                // SAFETY: both ranges are mapped, as long as each other and apart from each other; a zygote has one thread, and nobody else
                // knows of the second.
                unsafe { write(range.place, range.lent, range.size) };
            }
        }
        Role::Borrowing => lent.own(),
    }
}

extern "C" fn after_in_parent() {
    if !IS_CONCERNED.load(Ordering::Relaxed) {
        return;
    }
    let mut lent = lock();
    match lent.role {
        Role::Ordinary | Role::Unable | Role::Borrowing => {}
        Role::Keeping => lent.leave_out(true),
        Role::Lending => lent.role = Role::Keeping,
    }
}

extern "C" fn after_in_child() {
    if !IS_CONCERNED.load(Ordering::Relaxed) {
        return;
    }
    let mut lent = lock();
    match lent.role {
        Role::Ordinary | Role::Unable => lent.be_ordinary(),
        Role::Keeping => {
            for range in &lent.ranges[..lent.count] {
                // SAFETY: nobody knows of the two, and this process has no use for them.
                unsafe {
                    libc::munmap(range.lent as *mut c_void, range.size);
                    libc::munmap(range.reserve as *mut c_void, range.size);
                }
            }
            lent.be_ordinary();
        }
        Role::Lending => {
            for range in &lent.ranges[..lent.count] {
                // SAFETY: no other thread runs in a process that has just been forked, and what was lent has what was in the range.
                unsafe { put(range.lent, range.place, range.size) };
            }
            lent.role = Role::Borrowing;
        }
        // It is its parent's, which goes on.
        // SAFETY: `_exit` may be called at any time.
        Role::Borrowing => unsafe { libc::_exit(NO_MEMORY) },
    }
}

/// Copies memory.
///
/// # Safety
/// As for `copy_nonoverlapping`.
unsafe fn write(from: usize, to: usize, size: usize) {
    for at in (0..size).step_by(AT_ONCE) {
        // SAFETY: as the caller has it; the size is that of whole huge pages, and so a multiple of it.
        unsafe { std::ptr::copy_nonoverlapping((from + at) as *const u8, (to + at) as *mut u8, AT_ONCE) };
    }
}

/// Moves memory to another place, where it unmaps what is there. Where the system refuses, that may be gone already: the process ends, before
/// anything is looked for in it.
///
/// # Safety
/// What is moved is mapped, and nobody knows of where it was; and it has what is to be found at the other place.
unsafe fn put(from: usize, to: usize, size: usize) {
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    // SAFETY: as the caller has it; and `_exit` may be called at any time.
    unsafe {
        if libc::mremap(from as *mut c_void, size, size, flags, to as *mut c_void) == libc::MAP_FAILED {
            libc::_exit(NO_MEMORY);
        }
    }
}

/// How many threads this process has: their directory has a link more for each than an empty one (proc(5)).
fn threads() -> u64 {
    rustix::fs::stat("/proc/self/task").map_or(1, |directory| directory.st_nlink.saturating_sub(2))
}

/// Lets no handler of a signal run in this thread. Gives the set of those that were held back before.
fn block_signals() -> libc::sigset_t {
    let (mut all, mut before) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: each function fills the set that it is given, and none of these can fail: the set is a valid one.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr());
        before.assume_init()
    }
}
