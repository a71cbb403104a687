//! Modules that are imported before the sessions begin.
//!
//! Nobody can know what an import does before it is done. So a fork of the first process imports them, one after the other, and says after
//! each how it went; when all is well, that fork goes on as the zygote and the first process only waits for its end. When an import
//! raises, hangs, crashes or leaves more behind than modules, the fork is killed and another one passes that module over. So the usual
//! case costs each import once, and a module that misbehaves leaves no trace.
//!
//! What counts as misbehaving is in `preload.py`. Deliberately absent: the external host, where each session is a new program.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use exemplar_model::protocol::Preloading;
use pyo3::prelude::*;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};

use crate::control::Control;
use crate::host::embedded::Embedded;
use crate::host::source::PRELOAD;
use crate::host::{Forked, Host, Purpose, memory};
use crate::zygote;

/// How long all imports may take together. What is not loaded by then is left to the sessions.
const LIMIT: Duration = Duration::from_secs(20);

/// What is said of a module: loaded, or passed over without having done anything.
const LOADED: u8 = b'l';
const PASSED_OVER: u8 = b'p';

/// Which process this is after all imports.
pub(crate) enum Role {
    /// The one that serves.
    Zygote,
    /// The one that began, whose work is done: another process has served, and has ended.
    Done,
}

/// How a fork fared.
enum Fate {
    Ready,
    /// It failed at this module.
    Failed(usize),
    /// `exemplar` is gone.
    Abandoned,
}

/// Imports what is asked for, as far as that leaves no trace. Returns in the process that is to serve, and in the first one when that has
/// ended.
pub(crate) fn preload(
    host: &mut Embedded<'_>,
    control: &Control,
    preloading: &Preloading,
    scratch: &Path,
) -> Result<Role, Box<dyn std::error::Error>> {
    let py = host.token();
    // Of what the driver has imported itself nothing is left to do.
    let imported = py.import("sys")?.getattr("modules")?;
    let mut modules = Vec::new();
    for name in &preloading.modules {
        if !imported.contains(name)? {
            modules.push(name.as_str());
        }
    }
    if modules.is_empty() {
        return Ok(Role::Zygote);
    }
    let module = PRELOAD.load(py)?;
    set_child_subreaper(Some(getpid()))?;
    let deadline = Instant::now() + LIMIT;
    while !modules.is_empty() {
        let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        match host.fork(Purpose::Successor)? {
            Forked::Child => {
                drop(reader);
                if let Err(error) = load(&module, &modules, &preloading.shadowed, scratch, &writer) {
                    // The traceback is for who looks for the reason with EXEMPLAR_LOG; nobody else hears of it.
                    drop(error);
                    crate::host::exit(1);
                }
                host.note_loaded(module.getattr("renew")?.unbind());
                return Ok(Role::Zygote);
            }
            Forked::Parent(pid) => {
                drop(writer);
                match attend(pid, &reader, control, modules.len(), deadline)? {
                    Fate::Ready => {
                        memory::give_pieces_up();
                        zygote::wait(pid);
                        return Ok(Role::Done);
                    }
                    Fate::Abandoned => return Ok(Role::Done),
                    Fate::Failed(_) if Instant::now() >= deadline => modules.clear(),
                    Fate::Failed(at) => drop(modules.remove(at)),
                }
            }
        }
    }
    Ok(Role::Zygote)
}

/// In the fork: imports one after the other.
fn load(
    module: &Bound<'_, PyAny>,
    names: &[&str],
    shadowed: &[String],
    scratch: &Path,
    writer: &OwnedFd,
) -> Result<(), Box<dyn std::error::Error>> {
    let kept = module.call_method0("begin")?;
    let (load, last) = (module.getattr("load")?, names.len() - 1);
    for (index, name) in names.iter().enumerate() {
        let word =
            if load.call1((*name, shadowed, scratch))?.extract::<bool>()? { LOADED } else { PASSED_OVER };
        if index == last {
            module.call_method1("end", (&kept,))?;
        }
        rustix::io::write(writer, &[word])?;
    }
    Ok(())
}

/// In the first process: waits for what the fork says of each module. A fork that fails is gone afterwards, with all that it started.
fn attend(
    pid: Pid,
    reader: &OwnedFd,
    control: &Control,
    modules: usize,
    deadline: Instant,
) -> io::Result<Fate> {
    let mut done = 0;
    let fate = loop {
        let left = Timespec::try_from(deadline.saturating_duration_since(Instant::now()))
            .map_err(io::Error::other)?;
        // Nothing is said on the socket before the zygote is ready: it is readable only when the other end is gone.
        let mut waited = [PollFd::new(reader, PollFlags::IN), PollFd::new(control, PollFlags::IN)];
        match poll(&mut waited, Some(&left)) {
            Err(Errno::INTR) => continue,
            Ok(0) => break Fate::Failed(done),
            other => other?,
        };
        if waited[0].revents().is_empty() {
            break Fate::Abandoned;
        }
        let mut words = [0; 64];
        match rustix::io::read(reader, &mut words) {
            Err(Errno::INTR) => {}
            Ok(0) | Err(_) => break Fate::Failed(done),
            Ok(length) => done += length,
        }
        if done == modules {
            return Ok(Fate::Ready);
        }
    };
    let _ = kill_process(pid, Signal::KILL);
    zygote::wait(pid);
    zygote::sweep();
    Ok(fate)
}
