//! `exemplar-python`: CPython embedded, as a zygote.
//!
//! `exemplar` starts this program with a control socket as its standard input. It confines itself, initialises Python once and forks on
//! command: into further zygotes (one per job) and, in those, into one process per session. It is a program of its own, so that a missing
//! libpython is an error that `exemplar` can explain, and not a loader's last words.
//!
//! # Steps
//! 1. [`control`]: takes the socket away from descriptor 0 and closes everything inherited;
//! 2. [`interpreter`]: checks the interpreter that is asked for, and after step 3 initialises it;
//! 3. [`confine`]: what no session can reach;
//! 4. [`zygote`]: serves commands;
//! 5. [`session`]: the forked child, in which `driver.py` runs the examples;
//! 6. [`watch`]: what the processes of a session use together.
//!
//! Invariants: a zygote is single-threaded, runs no code of a book, and ends when its control socket closes. `unsafe` lives in this
//! crate alone, each block with its argument.
//!
//! Deliberately absent: Markdown, comparison, and any decision about time or output. `exemplar` watches and asks; the worker obeys.

mod confine;
mod control;
mod interpreter;
mod session;
mod watch;
mod zygote;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use exemplar_model::protocol::{Beginning, Command, Event};
use exemplar_model::report::Isolation;
use pyo3::Python;

use confine::files::{Enforced, Reach, confine_zygote};
use control::Control;
use interpreter::Refusal;

fn main() -> ExitCode {
    let control = match Control::take_stdin() {
        Ok(control) => control,
        Err(error) => {
            eprintln!(
                "exemplar-python is started by exemplar, with its control socket as standard input: {error}"
            );
            return ExitCode::from(2);
        }
    };
    match begin_and_serve(control) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("exemplar-python: {error}");
            ExitCode::FAILURE
        }
    }
}

fn begin_and_serve(control: Control) -> io::Result<ExitCode> {
    let beginning = match control.receive()? {
        None => return Ok(ExitCode::SUCCESS),
        Some((Command::Begin(beginning), _)) => beginning,
        Some((command, _)) => return Err(io::Error::other(format!("{command:?} came before the beginning"))),
    };
    match begin(&beginning) {
        Ok(isolation) => {
            Python::attach(|py| zygote::serve(py, control, isolation)).map(|()| ExitCode::SUCCESS)
        }
        Err(refusal) => {
            control.send(&Event::Refused { reason: refusal.reason, remedy: refusal.remedy })?;
            Ok(ExitCode::from(3))
        }
    }
}

/// Confines this process and initialises Python in it.
fn begin(beginning: &Beginning) -> Result<Isolation, Refusal> {
    let executable = beginning.python.clone().unwrap_or_else(|| PathBuf::from(interpreter::BUILD_PYTHON));
    interpreter::check(&executable)?;
    let filesystem = if beginning.confine { confine_files(beginning, &executable)? } else { "none" };
    interpreter::start(&executable)?;
    Ok(Isolation { filesystem: filesystem.to_owned(), network: "none".to_owned(), memory: "none".to_owned() })
}

fn confine_files(beginning: &Beginning, executable: &std::path::Path) -> Result<&'static str, Refusal> {
    let mut readable = beginning.readable.clone();
    readable.extend(interpreter::prefixes(executable));
    let reach = Reach { home: beginning.home.as_deref(), readable: &readable, scratch: &beginning.scratch };
    match confine_zygote(&reach) {
        Ok(Enforced::Fully) => Ok("landlock"),
        Ok(Enforced::Partly) => Ok("landlock, in part"),
        Ok(Enforced::Not) => Ok("none"),
        Err(error) => Err(Refusal {
            reason: format!("the worker could not confine itself: {error}"),
            remedy:
                "report this; until then, `isolation = \"off\"` in the settings runs the examples unconfined"
                    .to_owned(),
        }),
    }
}
