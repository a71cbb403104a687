//! A zygote: a process that has everything ready and forks on command.
//!
//! The first one only makes further zygotes; each of those runs one session at a time. Kill requests go through the zygote because the
//! session is its child: as long as it has not been waited for, its process id can't name anybody else.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use exemplar_model::protocol::{Allotment, Command, Event, Network};
use exemplar_model::report::Isolation;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, getpid, kill_process, kill_process_group, pidfd_open,
    set_child_subreaper, setsid, wait as wait_for_any, waitpid,
};

use crate::confine;
use crate::control::Control;
use crate::host::{Forked, Host, Purpose, run_session};
use crate::watch;

/// How often a session's use is looked at. One that is done sooner costs nothing.
const WATCH_EVERY: Duration = Duration::from_millis(20);

/// Serves commands until the control socket closes.
pub(crate) fn serve(host: &dyn Host, mut control: Control, mut isolation: Isolation) -> io::Result<()> {
    let confined = isolation.filesystem != "none";
    "rlimit, and a watch over all processes".clone_into(&mut isolation.memory);
    let ready = |isolation: &Isolation| Event::Ready {
        interpreter: host.interpreter().clone(),
        isolation: isolation.clone(),
    };
    enter()?;
    control.send(&ready(&isolation))?;
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
                match host.fork(Purpose::Zygote) {
                    Ok(Forked::Child) => {
                        control = Control::over(&socket)?;
                        drop(socket);
                        enter()?;
                        isolation.network = confine_network(network);
                        control.send(&ready(&isolation))?;
                    }
                    Ok(Forked::Parent(_)) => {}
                    Err(error) => control.send(&Event::Failed { reason: error.to_string() })?,
                }
            }
            (Command::Run(allotment), 6 | 7) => {
                let mut descriptors = descriptors;
                let notices = if descriptors.len() > 6 { descriptors.pop() } else { None };
                let Ok(descriptors) = <[OwnedFd; 6]>::try_from(descriptors) else { continue };
                let zygote = getpid();
                let purpose = if notices.is_some() { Purpose::HeldSession } else { Purpose::Session };
                match host.fork(purpose) {
                    Ok(Forked::Child) => {
                        drop(control);
                        run_session(host, zygote, descriptors, notices, &allotment, confined);
                    }
                    Ok(Forked::Parent(pid)) => {
                        drop((descriptors, notices));
                        attend(pid, &allotment, host.loaded_bytes(), &control)?;
                    }
                    Err(error) => control.send(&Event::Failed { reason: error.to_string() })?,
                }
            }
            // Requests about a session that has just ended by itself.
            (Command::Dump | Command::Kill | Command::Rest, _) => {}
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

/// Why a session is attended to no more.
pub(crate) enum Attended {
    /// It has ended, and nothing of it is left.
    Ended,
    /// Another one is wanted in its place, with these descriptors.
    Replaced(Vec<OwnedFd>),
}

/// Watches a session to its end, obeying requests meanwhile, and leaves nothing of it behind.
pub(crate) fn attend(
    pid: Pid,
    allotment: &Allotment,
    loaded_bytes: u64,
    control: &Control,
) -> io::Result<Attended> {
    let process = pidfd_open(pid, PidfdFlags::empty())?;
    let mut listening = true;
    let mut watching = true;
    let mut excess = None;
    let tick = Timespec::try_from(WATCH_EVERY).map_err(io::Error::other)?;
    loop {
        let mut waited = [PollFd::new(&process, PollFlags::IN), PollFd::new(control, PollFlags::IN)];
        let waited = if listening { &mut waited[..] } else { &mut waited[..1] };
        match poll(waited, watching.then_some(&tick)) {
            Err(Errno::INTR) => continue,
            Ok(0) => {
                if excess.is_none() {
                    excess = watch::excess(allotment, loaded_bytes);
                }
                if excess.is_some() {
                    // Again and again, until it is gone.
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
            Some((Command::Rest, _)) => watching = false,
            Some((Command::Run(_), descriptors)) => return Ok(Attended::Replaced(descriptors)),
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
    })?;
    Ok(Attended::Ended)
}

fn kill(pid: Pid) {
    let _ = kill_process_group(pid, Signal::KILL);
    let _ = kill_process(pid, Signal::KILL);
}

/// How many processes are looked for at a time to be killed, and how often, before the session gets a chance to end.
const AT_ONCE: usize = 500;
const ROUNDS: usize = 100;

/// Kills a session with all that descends from this zygote.
///
/// A fork bomb grows while it is being killed, and reading a list of it takes longer than it takes to double. So its group goes at one blow,
/// within which no fork succeeds once the signal is there; and who has left the group is looked for until nobody is left.
pub(crate) fn stop(pid: Pid) {
    kill(pid);
    for _ in 0..ROUNDS {
        let mut descendants = watch::descendants(AT_ONCE);
        descendants.retain(|&process| process != pid);
        if descendants.is_empty() {
            return;
        }
        // First all stand still, so that none of them makes another one meanwhile.
        for signal in [Signal::STOP, Signal::KILL] {
            for &process in &descendants {
                let _ = kill_process(process, signal);
            }
        }
        // The dead are this process's to bury, and would be on the list again.
        for process in descendants {
            let _ = waitpid(Some(process), WaitOptions::NOHANG);
        }
    }
}

/// Waits for a child to end.
pub(crate) fn wait(pid: Pid) -> Option<WaitStatus> {
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
pub(crate) fn sweep() {
    if matches!(wait_for_any(WaitOptions::NOHANG), Err(Errno::CHILD)) {
        // It has none, as nearly always: that is told sooner than by reading a list.
        return;
    }
    loop {
        let strays = watch::children(getpid(), AT_ONCE);
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
    while let Ok(Some(_)) = wait_for_any(WaitOptions::NOHANG) {}
}
