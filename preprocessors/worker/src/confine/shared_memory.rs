//! A `/dev/shm` of the run's own.
//!
//! Sessions must be able to write there: the locks of `multiprocessing` live in it. What they leave there would outlive them and fill the
//! machine's memory, and whose it is can't be told afterwards. So root, who may mount, gives the run a file system of its own, limited in
//! size, that is gone with its last process.
//!
//! Not for an ordinary user: that takes a user namespace, in which the files of all other users seem to be nobody's.

use std::ffi::CStr;
use std::io;
use std::ptr::null;

use rustix::thread::{UnshareFlags, unshare_unsafe};

const PLACE: &CStr = c"/dev/shm";
const TMPFS: &CStr = c"tmpfs";
/// As large as a file may be (`confine/limits.rs`), and open to every user, as the system's is.
const OPTIONS: &CStr = c"size=1g,mode=1777";

/// Mounts it. Must come before Landlock, which forbids to mount.
pub(crate) fn make_own() -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    // SAFETY: the flag does not concern file descriptors, which is what makes the call unsafe, and the process has a single thread.
    unsafe { unshare_unsafe(UnshareFlags::NEWNS) }?;
    // What is mounted here stays here; what the system mounts later is seen.
    // SAFETY: all pointers are constant strings that end in a zero, or null where the flags say that none is read.
    let slave = unsafe {
        libc::mount(c"none".as_ptr(), c"/".as_ptr(), null(), libc::MS_REC | libc::MS_SLAVE, null())
    };
    if slave != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: as above.
    let mounted = unsafe {
        let flags = libc::MS_NOSUID | libc::MS_NODEV;
        libc::mount(TMPFS.as_ptr(), PLACE.as_ptr(), TMPFS.as_ptr(), flags, OPTIONS.as_ptr().cast())
    };
    if mounted == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
