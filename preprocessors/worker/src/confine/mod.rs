//! What a session can't reach.
//!
//! Two layers. A zygote confines itself before Python starts: reads are refused in the user's home, writes everywhere but in the run's
//! own directory. Each session then narrows that to its own directory, and may signal no process outside itself. The network is taken
//! away from the zygote that serves a kind of session, since a network namespace can't be had for each session at its price.
//!
//! - [`files`], by Landlock;
//! - [`network`], by seccomp, or a network namespace with loopback only;
//! - [`shared_memory`], a `/dev/shm` of the run's own, where the system lets it have one;
//! - [`limits`], memory and file size of one process.
//!
//! Confinement is never silently less than asked: each part says what it achieved, and `exemplar` decides what to make of it.
//!
//! What this does not stop, because Landlock does not know it (kernel 6.18): changing mode, owner, times and extended attributes of
//! files that the user owns; connecting to a Unix socket by its path.

pub(crate) mod files;
pub(crate) mod limits;
pub(crate) mod network;
pub(crate) mod shared_memory;
