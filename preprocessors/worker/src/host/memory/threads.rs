//! The C library's `pthread_create`, seen to.
//!
//! A session gives up what it was lent before it has a second thread (`lent.rs`). The program's own symbols come before those of libraries, so
//! whoever makes a thread in this process calls this one: libpython, what is written in C, and Rust.

use std::ffi::{c_int, c_void};

use super::lent;

type Create = unsafe extern "C" fn(
    *mut libc::pthread_t,
    *const libc::pthread_attr_t,
    extern "C" fn(*mut c_void) -> *mut c_void,
    *mut c_void,
) -> c_int;

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
    if !lent::own_before_thread() {
        return libc::EAGAIN;
    }
    // SAFETY: the name ends in a zero. What comes after this program by it is the C library's function, which has this type; it is called with
    // what the caller vouches for.
    unsafe {
        let next = libc::dlsym(libc::RTLD_NEXT, c"pthread_create".as_ptr());
        if next.is_null() {
            return libc::EAGAIN;
        }
        std::mem::transmute::<*mut c_void, Create>(next)(thread, attributes, start, argument)
    }
}
