//! What the processes of a session use together.
//!
//! The kernel bounds each process alone, and a session can start many. So the zygote, from which they all descend, counts them and adds
//! up their memory now and then, and kills the session that goes over.

use std::io::Read as _;

use exemplar_model::protocol::{Allotment, Excess};
use rustix::process::Pid;

/// Which bound the session of this zygote is over, if one. What the zygote has loaded for all sessions, so many bytes, is held by every
/// fork of it and counts for none.
pub(crate) fn excess(allotment: &Allotment, loaded_bytes: u64) -> Option<Excess> {
    let processes = descendants(allotment.processes);
    if processes.len() > allotment.processes {
        return Some(Excess::Processes);
    }
    let memory: u64 = processes.into_iter().map(|pid| own_bytes(pid, loaded_bytes)).sum();
    (memory > allotment.memory).then_some(Excess::Memory)
}

/// The processes that descend from this one: the session, what it started, and its strays. Where there are more than `most`, they are not
/// all looked for: those of a fork bomb increase as fast.
pub(crate) fn descendants(most: usize) -> Vec<Pid> {
    let mut found = children(rustix::process::getpid(), most);
    let mut next = 0;
    while let Some(&pid) = found.get(next).filter(|_| found.len() <= most) {
        found.extend(children(pid, most));
        next += 1;
    }
    found
}

/// The children of a process, by all of its threads: of each so many, and hardly more than one. To list more while they come and go, the
/// kernel counts them anew for each of them.
pub(crate) fn children(pid: Pid, most: usize) -> Vec<Pid> {
    let Ok(threads) = fs_err::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero())) else {
        return Vec::new();
    };
    threads
        .filter_map(|thread| {
            let list = fs_err::File::open(thread.ok()?.path().join("children")).ok()?;
            let mut text = String::new();
            let room = most.saturating_add(1).saturating_mul(LONGEST_PID);
            list.take(room as u64).read_to_string(&mut text).ok()?;
            Some(text)
        })
        .flat_map(|list| pids(&list))
        .collect()
}

/// How many bytes a process takes in a list: seven digits at the most, and the space behind them.
const LONGEST_PID: usize = 8;

/// The processes in the beginning of a list. Behind each stands a space: what has none is cut off.
fn pids(list: &str) -> Vec<Pid> {
    let whole = list.rfind(' ').map_or("", |end| &list[..end]);
    whole.split_ascii_whitespace().filter_map(|word| Pid::from_raw(word.parse().ok()?)).collect()
}

/// How much memory a process holds beside what it has from the zygote, which it has lost when it became another program.
fn own_bytes(pid: Pid, loaded_bytes: u64) -> u64 {
    let program = |process: &str| fs_err::read_link(format!("/proc/{process}/exe")).ok();
    let is_fork = || program(&pid.as_raw_nonzero().to_string()) == program("self");
    let shared = if loaded_bytes > 0 && is_fork() { loaded_bytes } else { 0 };
    resident_bytes(pid).saturating_sub(shared)
}

/// How much memory this process may write to (proc(5), `VmData` of `status`), in bytes: what `RLIMIT_DATA` bounds.
pub(crate) fn data_bytes() -> u64 {
    sum_of_status("self", &["VmData"])
}

/// How much memory a process holds that no file on disk backs (proc(5), `RssAnon` and `RssShmem` of `status`, in KiB).
pub(crate) fn resident_bytes(pid: Pid) -> u64 {
    sum_of_status(&pid.as_raw_nonzero().to_string(), &["RssAnon", "RssShmem"])
}

fn sum_of_status(process: &str, names: &[&str]) -> u64 {
    let text = fs_err::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let kibibytes = |line: &str| -> Option<u64> {
        let (name, value) = line.split_once(':')?;
        names.contains(&name).then(|| value.trim().strip_suffix(" kB")?.parse().ok())?
    };
    text.lines().filter_map(kibibytes).sum::<u64>() * 1024
}
