//! The heap of a thread, which the C library enlarges only as far as the next allocation needs it: a system call for every page or two.

/// How much is asked for: what a page of a book comes to, and less than the 128 KiB from which on the C library gives memory back.
const ROOM: usize = 100 << 10;

/// Makes room on the heap of this thread for what is allocated next. What is given back at once stays there, and is no memory yet: the system
/// finds some when it is written to.
pub(crate) fn make_room() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(ROOM)));
}
