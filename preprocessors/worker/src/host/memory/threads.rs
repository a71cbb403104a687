//! The C library's `pthread_create`, seen to.
//!
//! A session gives up what it was lent before it has a second thread (`lent.rs`). The program's own symbols come before those of libraries, so
//! whoever makes a thread by this name calls this one: libpython, what is written in C, and Rust.
//!
//! Deliberately absent: threads that the C library makes by itself (C11's `thrd_create`, timers that notify by a thread). `lent.rs` leaves a
//! process as it is that has such a one.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::lent;

type Create = unsafe extern "C" fn(
    *mut libc::pthread_t,
    *const libc::pthread_attr_t,
    extern "C" fn(*mut c_void) -> *mut c_void,
    *mut c_void,
) -> c_int;

/// The C library's own, once it was looked for.
static NEXT: AtomicPtr<c_void> = AtomicPtr::new(null_mut());

/// Looks for it while there is one thread. Later the loader may be locked: by a thread that loads a library which waits for a thread to begin.
pub(super) fn see_to_threads() {
    // SAFETY: the name ends in a zero.
    NEXT.store(unsafe { libc::dlsym(libc::RTLD_NEXT, c"pthread_create".as_ptr()) }, Ordering::Relaxed);
}

/// As POSIX has it.
///
/// # Safety
/// As POSIX has it.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn pthread_create(
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    start: extern "C" fn(*mut c_void) -> *mut c_void,
    argument: *mut c_void,
) -> c_int {
    if NEXT.load(Ordering::Relaxed).is_null() {
        see_to_threads();
    }
    lent::own_before_thread();
    let next = NEXT.load(Ordering::Relaxed);
    if next.is_null() {
        return libc::EAGAIN;
    }
    // SAFETY: what comes after this program by that name is the C library's function, which has this type; it is called with what the caller
    // vouches for.
    unsafe { std::mem::transmute::<*mut c_void, Create>(next)(thread, attributes, start, argument) }
}
