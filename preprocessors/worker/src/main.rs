//! `exemplar-python`: CPython embedded, as a zygote.
//!
//! `exemplar` starts this program with a control socket as its standard input. It initialises Python once and forks on command: into
//! further zygotes (one per job) and, in those, into one process per session. It is a program of its own, so that a missing libpython
//! is an error that `exemplar` can explain, and not a loader's last words.
//!
//! # Steps
//! 1. [`control`]: takes the socket away from descriptor 0 and closes everything inherited;
//! 2. [`interpreter`]: checks and initialises CPython;
//! 3. [`zygote`]: serves commands;
//! 4. [`session`]: the forked child, in which `driver.py` runs the examples.
//!
//! Invariants: a zygote is single-threaded, runs no code of a book, and ends when its control socket closes. `unsafe` lives in this
//! crate alone, each block with its argument.
//!
//! Deliberately absent: Markdown, comparison, and any decision about time or size. `exemplar` watches and asks; the worker obeys.

mod control;
mod interpreter;
mod session;
mod zygote;

use std::process::ExitCode;

use exemplar_model::protocol::Event;
use pyo3::Python;

fn main() -> ExitCode {
    let executable = match std::env::args_os().collect::<Vec<_>>().as_slice() {
        [_] => None,
        [_, option, path] if option == "--executable" => Some(std::path::PathBuf::from(path)),
        _ => {
            eprintln!("exemplar-python is started by exemplar, with its control socket as standard input");
            return ExitCode::from(2);
        }
    };
    let control = match control::Control::take_stdin() {
        Ok(control) => control,
        Err(error) => {
            eprintln!(
                "exemplar-python is started by exemplar, with its control socket as standard input: {error}"
            );
            return ExitCode::from(2);
        }
    };
    if let Err(refusal) = interpreter::initialise(executable) {
        // The other end may be gone already; then nobody is left to tell.
        let _ = control.send(&Event::Refused { reason: refusal.reason, remedy: refusal.remedy });
        return ExitCode::from(3);
    }
    Python::attach(|py| match zygote::serve(py, control) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("exemplar-python: {error}");
            ExitCode::FAILURE
        }
    })
}
