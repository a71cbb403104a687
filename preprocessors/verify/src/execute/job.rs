//! What a session is given: its job in the words of the protocol, and what else it is made of.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

use exemplar_model::plan::{Session, Step, StepMode};
use exemplar_model::protocol::{Job, JobStep};
use rustix::fs::MemfdFlags;

use super::ExecuteOptions;

/// The job of a session that runs in this directory.
pub(super) fn job(session: &Session, directory: &Path, nonce: &[u8], options: &ExecuteOptions) -> Job {
    Job {
        nonce: hex(nonce),
        directory: directory.to_string_lossy().into_owned(),
        pythonpath: session.pythonpath.clone(),
        layout: options.variation,
        observe: options.cache.is_some(),
        steps: session.steps.iter().map(job_step).collect(),
    }
}

fn job_step(step: &Step) -> JobStep {
    let mode = match step.mode {
        StepMode::Single => "single",
        StepMode::Exec => "exec",
        StepMode::Compile => "compile",
        StepMode::Write => "write",
        StepMode::Offer => "offer",
        StepMode::Read => "read",
        StepMode::Shell => "shell",
    };
    JobStep {
        mode: mode.to_owned(),
        code: step.code.clone(),
        name: step.name.clone(),
        marks: step.marks.iter().map(|mark| (mark.line, mark.column)).collect(),
        guesses: step.guesses,
        stdin: step.stdin.clone(),
        transcript: step.transcript.as_ref().map(|shown| (shown.text.clone(), shown.patience, shown.is_bare)),
        merge: step.merges_stderr,
        shows: step.ends_fence,
    }
}

/// The nonce as it stands in boundaries.
pub(super) fn hex(nonce: &[u8]) -> String {
    nonce.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What nobody can guess.
pub(super) fn new_nonce() -> io::Result<[u8; 16]> {
    let mut nonce = [0; 16];
    rustix::rand::getrandom(&mut nonce, rustix::rand::GetRandomFlags::empty())?;
    Ok(nonce)
}

/// A file in memory that gives this content.
pub(super) fn memory_file(name: &str, content: &[u8]) -> io::Result<OwnedFd> {
    let mut file = File::from(rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC)?);
    file.write_all(content)?;
    file.rewind()?;
    Ok(file.into())
}
