//! Ctrl-C and `SIGTERM`: the run ends at once, and nothing of it stays.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::run::exemplar;

/// Starts a check of endless examples, sends a signal once they run, and gives back the exit code.
fn interrupted_by(signal: rustix::process::Signal) -> Option<i32> {
    let folder = tempfile::tempdir().unwrap();
    let temporary = folder.path().join("tmp");
    fs_err::create_dir(&temporary).unwrap();
    let page = "```python {timeout=100s}\nimport os, time\nif os.fork() == 0:\n    os.setsid()\nopen('started', 'w')\ntime.sleep(90)\n```\n";
    for name in ["a.md", "b.md", "c.md"] {
        fs_err::write(folder.path().join(name), page).unwrap();
    }
    let mut child = std::process::Command::new(exemplar())
        .args(["check", ".", "--jobs", "2"])
        .env("EXEMPLAR_NO_CACHE", "1")
        .current_dir(folder.path())
        .env("TMPDIR", &temporary)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let below = |folder: &std::path::Path| -> Vec<std::path::PathBuf> {
        let entries = fs_err::read_dir(folder).into_iter().flatten();
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect()
    };
    // The run has a folder, and each session one in that.
    let started = || {
        let sessions = below(&temporary).into_iter().flat_map(|run| below(&run));
        sessions.filter(|session| session.join("started").exists()).count() == 2
    };
    wait_until(started);
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
    let status = child.wait().unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(stderr.contains("interrupted"), "{stderr}");
    assert_eq!(fs_err::read_dir(&temporary).unwrap().count(), 0, "a directory was left behind");
    assert_eq!(belonging_to(&temporary), Vec::<String>::new(), "a process was left behind");
    status.code()
}

/// The command lines of processes that work in a folder, or did before it was removed, or have its path in their environment.
pub(crate) fn belonging_to(folder: &Path) -> Vec<String> {
    let path = folder.as_os_str().as_encoded_bytes();
    let processes = fs_err::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let belongs = |process: &PathBuf| {
        let environment = fs_err::read(process.join("environ")).unwrap_or_default();
        fs_err::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
            || environment.windows(path.len()).any(|part| part == path)
    };
    let command = |process: PathBuf| fs_err::read_to_string(process.join("cmdline")).unwrap_or_default();
    processes.filter(belongs).map(command).collect()
}

#[test]
fn a_killed_exemplar_leaves_no_process_behind() {
    let folder = tempfile::tempdir().unwrap();
    let page = "```python {timeout=100s}\nimport subprocess, time\nsubprocess.Popen([\"sleep\", \"8642\"])\n\
                subprocess.Popen([\"setsid\", \"sleep\", \"8642\"])\ntime.sleep(90)\n```\n";
    fs_err::write(folder.path().join("a.md"), page).unwrap();
    let mut child = std::process::Command::new(exemplar())
        .args(["check", "a.md"])
        .env("EXEMPLAR_NO_CACHE", "1")
        .current_dir(folder.path())
        // Nobody is left to remove its temporary directory, so that goes with the test's own.
        .env("TMPDIR", folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let sleeping = || {
        let processes = fs_err::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let lines = processes.filter_map(|process| fs_err::read(process.join("cmdline")).ok());
        lines.filter(|line| line.starts_with(b"sleep\x008642")).count()
    };
    wait_until(|| sleeping() == 2);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until(|| sleeping() == 0);
}

/// Waits for something that must happen, and gives up after a minute.
fn wait_until(happened: impl Fn() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it never happened");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    assert_eq!(interrupted_by(rustix::process::Signal::INT), Some(130));
}

#[test]
fn sigterm_leaves_nothing_behind() {
    assert_eq!(interrupted_by(rustix::process::Signal::TERM), Some(143));
}
