//! What interpreters say of themselves.
//!
//! `exemplar-python survey PYTHON…` prints an array of JSON, one [`PythonEnvironment`] or null for each interpreter that is named, in
//! their order. An empty name stands for the one that this program was built with, which only this program knows.
//! They are asked side by side; one that fails, or does not answer in time, is null.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use exemplar_model::environment::PythonEnvironment;
use rustix::fs::MemfdFlags;

use crate::interpreter::BUILD_PYTHON;

/// What an interpreter is asked.
const QUESTION: &str = include_str!("survey.py");

/// How long the interpreters may take.
const LIMIT: Duration = Duration::from_secs(20);

/// How often a running one is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Asks all of them and prints what they say.
pub(crate) fn survey(interpreters: impl Iterator<Item = PathBuf>) -> io::Result<()> {
    let named = |python: PathBuf| {
        if python.as_os_str().is_empty() { PathBuf::from(BUILD_PYTHON) } else { python }
    };
    let asked: Vec<Option<(Child, File)>> = interpreters.map(|python| ask(&named(python)).ok()).collect();
    let deadline = Instant::now() + LIMIT;
    let environments: Vec<Option<PythonEnvironment>> = asked
        .into_iter()
        .map(|asked| asked.and_then(|(child, answer)| hear(child, answer, deadline)))
        .collect();
    let mut text = serde_json::to_vec(&environments)?;
    text.push(b'\n');
    io::stdout().write_all(&text)
}

/// Its answer goes into a file: it can be of any length and nobody need read it meanwhile.
fn ask(python: &Path) -> io::Result<(Child, File)> {
    let answer = File::from(rustix::fs::memfd_create("exemplar-survey", MemfdFlags::CLOEXEC)?);
    let child = Command::new(python)
        .args(["-I", "-B", "-c", QUESTION])
        .stdin(Stdio::null())
        .stdout(answer.try_clone()?)
        .stderr(Stdio::null())
        .spawn()?;
    Ok((child, answer))
}

fn hear(mut child: Child, mut answer: File, deadline: Instant) -> Option<PythonEnvironment> {
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return None;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    let mut text = String::new();
    answer.rewind().and_then(|()| answer.read_to_string(&mut text)).ok()?;
    serde_json::from_str(&text).ok()
}
