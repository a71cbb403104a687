//! A zygote: a process that has everything ready and forks on command.
//!
//! The first one only makes further zygotes; each of those runs one session at a time. Kill requests go through the zygote because the
//! session is its child: as long as it has not been waited for, its process id can't name anybody else.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use exemplar_model::protocol::{Allotment, Command, Event, Interpreter, Network};
use exemplar_model::report::Isolation;
use pyo3::prelude::*;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, getpid, getppid, kill_process, kill_process_group,
    pidfd_open, set_child_subreaper, set_parent_process_death_signal, setsid, waitpid,
};

use crate::confine;
use crate::control::Control;
use crate::interpreter;
use crate::session::Driver;
use crate::watch;

/// How often a session's use is looked at. One that is done sooner costs nothing.
const WATCH_EVERY: Duration = Duration::from_millis(50);

/// Serves commands until the control socket closes.
pub(crate) fn serve(py: Python<'_>, mut control: Control, mut isolation: Isolation) -> io::Result<()> {
    let driver = match Driver::load(py) {
        Ok(driver) => driver,
        Err(error) => {
            // The version is right, so the standard library is that of another build than the one inside this program.
            let refusal = interpreter::other_build(&error.to_string());
            return control.send(&Event::Refused { reason: refusal.reason, remedy: refusal.remedy });
        }
    };
    let interpreter = describe(py).map_err(|error| io::Error::other(error.to_string()))?;
    let confined = isolation.filesystem != "none";
    "rlimit, and a watch over all processes".clone_into(&mut isolation.memory);
    enter()?;
    control.send(&Event::Ready { interpreter: interpreter.clone(), isolation: isolation.clone() })?;
    loop {
        reap_zygotes();
        let Some((command, descriptors)) = control.receive()? else {
            // Further zygotes, and what those that were killed have left behind.
            sweep();
            return Ok(());
        };
        match (command, descriptors.len()) {
            (Command::Replicate { network }, 1) => {
                let socket = descriptors.into_iter().next().ok_or(io::ErrorKind::InvalidInput)?;
                match fork(py) {
                    Ok(Forked::Child) => {
                        control = Control::over(&socket)?;
                        drop(socket);
                        enter()?;
                        isolation.network = confine_network(network);
                        control.send(&Event::Ready {
                            interpreter: interpreter.clone(),
                            isolation: isolation.clone(),
                        })?;
                    }
                    Ok(Forked::Parent(_)) => {}
                    Err(error) => control.send(&Event::Failed { reason: error.to_string() })?,
                }
            }
            (Command::Run(allotment), 6) => {
                let Ok(descriptors) = <[OwnedFd; 6]>::try_from(descriptors) else { continue };
                let zygote = getpid();
                match fork(py) {
                    Ok(Forked::Child) => {
                        drop(control);
                        let _ = setsid();
                        let _ = set_parent_process_death_signal(Some(Signal::KILL));
                        if getppid() != Some(zygote) {
                            // The zygote died before it could be a cause of death.
                            std::process::exit(0);
                        }
                        driver.run(py, descriptors, &allotment, confined);
                    }
                    Ok(Forked::Parent(pid)) => {
                        drop(descriptors);
                        attend(pid, &allotment, &control)?;
                    }
                    Err(error) => control.send(&Event::Failed { reason: error.to_string() })?,
                }
            }
            // Requests about a session that has just ended by itself.
            (Command::Dump | Command::Kill, _) => {}
            (command, count) => {
                control
                    .send(&Event::Failed { reason: format!("{command:?} came with {count} descriptors") })?;
            }
        }
    }
}

/// Takes the network away, and says how; `none` when the system can't.
fn confine_network(network: Network) -> String {
    let how = match network {
        Network::None => "seccomp",
        Network::Loopback => "namespace with loopback",
        Network::Full => "none, as asked",
    };
    confine::network::confine(network).map_or_else(|_| "none".to_owned(), |()| how.to_owned())
}

/// What every zygote is: out of reach of the terminal's signals, and the heir of what its sessions leave behind. It does not die with its
/// parent: it hears that `exemplar` is gone by its socket, and then has sessions to end and strays to sweep.
fn enter() -> io::Result<()> {
    // A group leader may not make a session; it is then at the head of one already.
    let _ = setsid();
    set_child_subreaper(Some(getpid()))?;
    Ok(())
}

fn describe(py: Python<'_>) -> PyResult<Interpreter> {
    let sys = py.import("sys")?;
    let version = sys.getattr("version")?.extract::<String>()?;
    Ok(Interpreter {
        version: version.split_whitespace().next().unwrap_or_default().to_owned(),
        implementation: py.import("platform")?.call_method0("python_implementation")?.extract()?,
        executable: sys.getattr("executable")?.extract()?,
    })
}

enum Forked {
    Child,
    Parent(Pid),
}

/// Forks as `os.fork` does, without its audit event and thread warning.
fn fork(_attached: Python<'_>) -> io::Result<Forked> {
    // SAFETY: the token proves that this thread is attached to the interpreter, as the hooks demand. The process has no other thread:
    // a zygote starts none and runs no code of a book. The hooks put locks, thread ids and the import system in order on both sides.
    let (pid, error) = unsafe {
        pyo3::ffi::PyOS_BeforeFork();
        let pid = libc::fork();
        let error = io::Error::last_os_error();
        if pid == 0 {
            pyo3::ffi::PyOS_AfterFork_Child();
        } else {
            pyo3::ffi::PyOS_AfterFork_Parent();
        }
        (pid, error)
    };
    match pid {
        0 => Ok(Forked::Child),
        _ => Pid::from_raw(pid).filter(|_| pid > 0).map(Forked::Parent).ok_or(error),
    }
}

/// Watches a session to its end, obeying requests meanwhile, and leaves nothing of it behind.
fn attend(pid: Pid, allotment: &Allotment, control: &Control) -> io::Result<()> {
    let process = pidfd_open(pid, PidfdFlags::empty())?;
    let mut listening = true;
    let mut excess = None;
    let tick = Timespec::try_from(WATCH_EVERY).map_err(io::Error::other)?;
    loop {
        let mut waited = [PollFd::new(&process, PollFlags::IN), PollFd::new(control, PollFlags::IN)];
        let waited = if listening { &mut waited[..] } else { &mut waited[..1] };
        match poll(waited, Some(&tick)) {
            Err(Errno::INTR) => continue,
            Ok(0) => {
                if excess.is_none() {
                    excess = watch::excess(allotment);
                }
                if excess.is_some() {
                    // Again and again, until it is gone: a fork bomb grows while it is being killed.
                    stop(pid);
                }
                continue;
            }
            other => other?,
        };
        if !waited[0].revents().is_empty() {
            break;
        }
        match control.receive()? {
            Some((Command::Dump, _)) => drop(kill_process(pid, Signal::USR2)),
            Some((Command::Kill, _)) => kill(pid),
            Some(_) => {}
            None => {
                // Nobody is left who wants a result.
                kill(pid);
                listening = false;
            }
        }
    }
    // The group first, while the unwaited child still holds its id.
    let _ = kill_process_group(pid, Signal::KILL);
    let status = wait(pid);
    sweep();
    control.send(&Event::Exited {
        status: status.and_then(WaitStatus::exit_status),
        signal: status.and_then(WaitStatus::terminating_signal),
        excess,
    })
}

fn kill(pid: Pid) {
    let _ = kill_process_group(pid, Signal::KILL);
    let _ = kill_process(pid, Signal::KILL);
}

/// Kills a session with all that descends from this zygote.
fn stop(pid: Pid) {
    let descendants = watch::descendants();
    // First all stand still, so that none of them makes another one meanwhile.
    for signal in [Signal::STOP, Signal::KILL] {
        for &process in &descendants {
            let _ = kill_process(process, signal);
        }
    }
    kill(pid);
}

fn wait(pid: Pid) -> Option<WaitStatus> {
    loop {
        match waitpid(Some(pid), WaitOptions::empty()) {
            Err(Errno::INTR) => {}
            Ok(Some((_, status))) => return Some(status),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Kills what a session left: as their subreaper, the zygote has inherited its daemons and orphans. Those that are listed are killed and
/// waited for, one by one, and the list is read again until it is empty: waiting for just anybody could wait for ever.
fn sweep() {
    loop {
        let strays = watch::children(getpid());
        if strays.is_empty() {
            return;
        }
        for &stray in &strays {
            let _ = kill_process(stray, Signal::KILL);
        }
        for stray in strays {
            wait(stray);
        }
    }
}

/// Collects zygotes that have ended, so that no dead process stays in the table.
fn reap_zygotes() {
    while let Ok(Some(_)) = waitpid(None, WaitOptions::NOHANG) {}
}
