//! Limits that the kernel keeps for each process.
//!
//! They bound one process; what the processes of a session use together is watched by its zygote.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The largest file that a session may write, in bytes: a runaway loop must not fill the disk.
const FILE_BYTES: u64 = 1 << 30;

/// Limits memory to so many bytes, files to [`FILE_BYTES`], and leaves no core dumps. Memory is what is written to (`RLIMIT_DATA`):
/// reserved addresses count for nothing, and numerical libraries reserve many.
pub(crate) fn apply(memory: u64) -> io::Result<()> {
    for (resource, bytes) in [(Resource::Data, memory), (Resource::Fsize, FILE_BYTES), (Resource::Core, 0)] {
        let highest = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = Some(bytes.min(highest));
        setrlimit(resource, Rlimit { current: limit, maximum: limit })?;
    }
    Ok(())
}
