//! Checkpoints: a session that stands still between two steps, to go on from there more than once.
//!
//! Before a step the session's process forks. The child goes on; the parent stands still, and from then on is to its child what a zygote is
//! to a session: it attends to it, tells how it ended, and forks another one on command, which begins at that step with a job of its own.
//! So the checkpoints of a page are a line of processes, each the parent of the next, and whoever closes the control socket of one ends it
//! with all that came of it.
//!
//! It is the parent that stands still, so that no example ever finds a child that it did not make. What examples can tell is that their
//! process is another one than before: `exemplar` makes no checkpoints of code that asks.
//!
//! The fork is a bare one, without CPython's hooks: they exist to put in order what other threads left, of which there are none, and would
//! seed `random` anew and run what the page has registered.
//!
//! # Soundness
//! [`surroundings`] says when a session is more than its memory, so that no checkpoint may be made; [`files`] remembers what is in its
//! directory, and puts it back.
//!
//! Deliberately absent: which checkpoint is good for which job. `exemplar` knows what each of them has run and read.

mod files;
mod surroundings;

use std::io;
use std::os::fd::OwnedFd;

use exemplar_model::protocol::{Allotment, Command, Event};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::{
    Pid, Signal, getpid, getppid, set_child_subreaper, set_parent_process_death_signal, setsid,
};

use crate::control::Control;
use crate::host::exit;
use crate::zygote::{Attended, attend, stop, sweep, wait};

use files::Files;
use surroundings::Surroundings;

/// What a session makes its checkpoints with.
pub(crate) struct Checkpoints {
    /// Where it tells of them.
    notices: Control,
    allotment: Allotment,
    loaded_bytes: u64,
    /// What surrounds it while it is nothing but its memory, as it began. None before it does.
    surroundings: Option<Surroundings>,
}

/// What came of the wish for a checkpoint.
pub(crate) enum Taken {
    /// None could be made.
    Not,
    /// There is one, and this process goes on.
    GoesOn,
    /// This process begins there, with these descriptors: job, state, results, stdout, stderr, trace.
    Again([OwnedFd; 6]),
}

impl Checkpoints {
    pub(crate) fn new(notices: &OwnedFd, allotment: &Allotment, loaded_bytes: u64) -> io::Result<Self> {
        let notices = Control::over(notices)?;
        Ok(Self { notices, allotment: allotment.clone(), loaded_bytes, surroundings: None })
    }

    /// Makes a checkpoint before this step. The first call makes none, when a session begins or begins again: it sees what surrounds one
    /// that nothing happened to.
    pub(crate) fn take(&mut self, step: usize) -> Taken {
        let Some(begun) = &self.surroundings else {
            self.surroundings = Surroundings::now().ok();
            return Taken::Not;
        };
        if !begun.are_unchanged(&self.allotment) {
            return Taken::Not;
        }
        let Some(files) = Files::of(&self.allotment.directory) else { return Taken::Not };
        let sockets = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None);
        let Ok((near, far)) = sockets else { return Taken::Not };
        let Ok(control) = Control::over(&near) else { return Taken::Not };
        drop(near);
        match fork() {
            Err(_) => Taken::Not,
            Ok(None) => Taken::GoesOn,
            Ok(Some(child)) => {
                if self.notices.send_with(&Event::Held { step }, &far).is_err() {
                    // Nobody is left who wants a result.
                    stop(child);
                    exit(0);
                }
                drop(far);
                self.stand_still(child, &control, &files)
            }
        }
    }

    /// The life of a checkpoint. What comes back is a process that goes on from it.
    fn stand_still(&mut self, child: Pid, control: &Control, files: &Files) -> Taken {
        let mut child = Some(child);
        loop {
            let mut descriptors = match self.wait_for_command(child, control) {
                Ok(Some(descriptors)) => descriptors,
                // A session has ended, and the next command is to come.
                Ok(None) => {
                    child = None;
                    continue;
                }
                Err(_) => {
                    if let Some(child) = child {
                        stop(child);
                    }
                    exit(0);
                }
            };
            if let Some(child) = child.take() {
                stop(child);
                wait(child);
                sweep();
            }
            let Some(notices) = descriptors.pop() else { continue };
            let Ok(descriptors) = <[OwnedFd; 6]>::try_from(descriptors) else { continue };
            match fork() {
                Ok(None) => {
                    let Ok(notices) = Control::over(&notices) else { exit(0) };
                    (self.notices, self.surroundings) = (notices, None);
                    if files.put_back(&self.allotment.directory).is_err() {
                        exit(0);
                    }
                    return Taken::Again(descriptors);
                }
                Ok(Some(pid)) => {
                    child = Some(pid);
                    // If nobody hears that, the next thing to be heard is that nobody is there.
                    let _ = control.send(&Event::Resumed);
                }
                Err(error) => drop(control.send(&Event::Failed { reason: error.to_string() })),
            }
        }
    }

    /// The descriptors of the next command; none when a session has ended.
    fn wait_for_command(&self, child: Option<Pid>, control: &Control) -> io::Result<Option<Vec<OwnedFd>>> {
        if let Some(child) = child {
            return Ok(match attend(child, &self.allotment, self.loaded_bytes, control)? {
                Attended::Ended => None,
                Attended::Replaced(descriptors) => Some(descriptors),
            });
        }
        loop {
            match control.receive()? {
                Some((Command::Run(_), descriptors)) => return Ok(Some(descriptors)),
                // Requests about a session that has just ended by itself.
                Some(_) => {}
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }
}

/// Forks this session; none in the child, which is a session as its parent was: at the head of a group, and dead when its parent is.
fn fork() -> io::Result<Option<Pid>> {
    let parent = getpid();
    // The heir of what its child leaves behind. Children don't inherit that.
    set_child_subreaper(Some(parent))?;
    // SAFETY: the process has a single thread, as `Surroundings` saw, or is a checkpoint, which starts none. So no lock is held by anybody
    // else, and the child may do all that the parent may.
    match unsafe { libc::fork() } {
        0 => {
            let _ = setsid();
            let _ = set_parent_process_death_signal(Some(Signal::KILL));
            if getppid() != Some(parent) {
                exit(0);
            }
            Ok(None)
        }
        pid => Pid::from_raw(pid).filter(|_| pid > 0).map(Some).ok_or_else(io::Error::last_os_error),
    }
}
