//! What runs a session's Python.
//!
//! - [`embedded`]: the CPython inside this program, initialised once and forked for each session;
//! - [`external`]: any other CPython from 3.10 on, started anew for each session.
//!
//! Both run the same driver (`src/driver/`) in the same confinement. The embedded one is ten to thirty times faster to begin; the external one
//! needs no rebuild for another version.

mod audit;
pub(crate) mod embedded;
mod exceptions;
pub(crate) mod external;
pub(crate) mod memory;
pub(crate) mod source;
mod steps;

use std::io;
use std::os::fd::OwnedFd;

use exemplar_model::protocol::{Allotment, Interpreter};
use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal, setsid};

use crate::checkpoint::Checkpoints;
use crate::confine::{files, limits};

/// The exit status of a child that could not be put in its bounds.
const UNBOUND: i32 = 71;

/// Which side of a fork this is.
pub(crate) enum Forked {
    Child,
    Parent(Pid),
}

/// What a fork is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A process that takes this one's place.
    Successor,
    /// A process that will be forked itself, for one session after the other.
    Zygote,
    /// A process that runs a session and ends, with all that came of it, before the next one begins.
    Session,
    /// The same, but that parts of it stand still at checkpoints for longer.
    HeldSession,
}

/// What runs a session's Python.
pub(crate) trait Host {
    /// Which Python it is.
    fn interpreter(&self) -> &Interpreter;

    /// How many bytes every session begins with that are not of its own making: modules, and what makes forking cheap.
    fn loaded_bytes(&self) -> u64;

    /// Forks this process, for what the child is to be.
    fn fork(&self, purpose: Purpose) -> io::Result<Forked>;

    /// Runs the driver in this process, a forked child, with these descriptors: job, state, results, stdout, stderr, trace. Whatever
    /// happens, it does not come back. It may make checkpoints where it is given the means.
    fn run(&self, descriptors: [OwnedFd; 6], checkpoints: Option<Checkpoints>) -> !;
}

/// The forked child of a zygote becomes a session.
pub(crate) fn run_session(
    host: &dyn Host,
    zygote: Pid,
    descriptors: [OwnedFd; 6],
    notices: Option<OwnedFd>,
    allotment: &Allotment,
    confined: bool,
) -> ! {
    let _ = setsid();
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    if getppid() != Some(zygote) {
        // The zygote died before it could be a cause of death.
        exit(0);
    }
    let room = allotment.memory.saturating_add(host.loaded_bytes());
    if let Err(error) = bound(allotment, room, confined) {
        // It must not go on without its bounds.
        let message = format!("the session could not be confined: {error}\n");
        let _ = rustix::io::write(&descriptors[4], message.as_bytes());
        exit(UNBOUND);
    }
    // The driver does so too; until then, relative paths would lead elsewhere.
    let _ = rustix::process::chdir(&allotment.directory);
    // What is not confined may change files that nobody can put back.
    let notices = notices.filter(|_| confined);
    let checkpoints =
        notices.and_then(|notices| Checkpoints::new(&notices, allotment, host.loaded_bytes()).ok());
    host.run(descriptors, checkpoints)
}

fn bound(allotment: &Allotment, room: u64, confined: bool) -> Result<(), String> {
    limits::apply(room).map_err(|error| error.to_string())?;
    if confined {
        files::confine_session(&allotment.directory).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Ends a forked child at once.
pub(crate) fn exit(status: i32) -> ! {
    // SAFETY: `_exit` may be called at any time, and runs nothing of this program: no destructor of the zygote may run in its child.
    unsafe { libc::_exit(status) }
}
