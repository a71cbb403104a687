//! `exemplar-python`: Python, as a zygote.
//!
//! `exemplar` starts this program with a control socket as its standard input. It confines itself, initialises Python once and forks on
//! command: into further zygotes (one per job) and, in those, into one process per session. It is a program of its own, so that a missing
//! libpython is an error that `exemplar` can explain, and not a loader's last words.
//!
//! # Steps
//! 1. [`control`]: takes the socket away from descriptor 0 and closes everything inherited;
//! 2. [`interpreter`]: looks at the interpreter that is asked for, and whether it is the one inside this program;
//! 3. [`confine`]: what no session can reach;
//! 4. [`host`]: what runs a session's Python: the embedded CPython, or the external one;
//! 5. [`preload`]: imports what many sessions import, once it is known what that is;
//! 6. [`zygote`]: serves commands;
//! 7. [`watch`]: what the processes of a session use together;
//! 8. [`checkpoint`]: a session that stands still between two steps, to go on from there more than once.
//!
//! Asked with the argument `survey`, it is no zygote: [`survey`] says what interpreters there are.
//!
//! Invariants: a zygote is single-threaded, runs no code of a book, and ends when its control socket closes. `unsafe` lives in this
//! crate alone, each block with its argument.
//!
//! Deliberately absent: Markdown, comparison, and any decision about time or output. `exemplar` watches and asks; the worker obeys.

mod checkpoint;
mod confine;
mod control;
mod host;
mod interpreter;
mod preload;
mod survey;
mod watch;
mod zygote;

use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use exemplar_model::protocol::{Beginning, Command, Event, Preloading};
use exemplar_model::report::Isolation;
use pyo3::Python;

use confine::files::{Enforced, Reach, confine_zygote};
use control::Control;
use host::embedded::Embedded;
use host::external::External;
use host::memory;
use interpreter::{Refusal, Suitable};
use preload::Role;

/// How often the program starts again at most until it lies well in memory: one of seven starts does not.
const MOST_STARTS: usize = 4;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next();
    if first.as_ref().is_some_and(|first| first == "survey") {
        return match survey::survey(arguments.map(PathBuf::from)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("exemplar-python: {error}");
                ExitCode::FAILURE
            }
        };
    }
    start_again_if_misplaced(first.and_then(|starts| starts.to_str()?.parse().ok()).unwrap_or_default());
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

/// Puts the same program in this one's place, where it may be luckier. It knows by its argument how often that was done. If it can't be
/// had, this one goes on.
fn start_again_if_misplaced(starts: usize) {
    if starts < MOST_STARTS
        && memory::is_in_the_way()
        && let Ok(program) = std::env::current_exe()
    {
        let _ = std::process::Command::new(program).arg((starts + 1).to_string()).exec();
    }
}

fn begin_and_serve(control: Control) -> io::Result<ExitCode> {
    let beginning = match control.receive()? {
        None => return Ok(ExitCode::SUCCESS),
        Some((Command::Begin(beginning), _)) => beginning,
        Some((command, _)) => return Err(io::Error::other(format!("{command:?} came before the beginning"))),
    };
    let executable = beginning.python.clone().unwrap_or_else(|| PathBuf::from(interpreter::BUILD_PYTHON));
    let (suitable, isolation) = match begin(&beginning, &executable) {
        Ok(begun) => begun,
        Err(refusal) => return refuse(&control, refusal),
    };
    // The socket moves on: a session is a fork of this process, and must find no second handle of it.
    match suitable {
        Suitable::External(interpreter) => {
            let host = External::new(&executable, interpreter)?;
            if what_to_preload(&control)?.is_some() {
                zygote::serve(&host, control, isolation)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Suitable::Embedded => Python::attach(|py| match Embedded::load(py) {
            Ok(host) => serve_embedded(host, control, &beginning.scratch, isolation),
            Err(error) => refuse(&control, interpreter::unusable(&executable, &error.to_string())),
        }),
    }
}

/// Says that Python is there, and waits for what is to be loaded. None where no session wants it after all.
fn what_to_preload(control: &Control) -> io::Result<Option<Preloading>> {
    control.send(&Event::Begun)?;
    match control.receive()? {
        None => Ok(None),
        Some((Command::Preload(preloading), _)) => Ok(Some(preloading)),
        Some((command, _)) => Err(io::Error::other(format!("{command:?} came before what to preload"))),
    }
}

fn serve_embedded(
    mut host: Embedded<'_>,
    control: Control,
    scratch: &Path,
    isolation: Isolation,
) -> io::Result<ExitCode> {
    let Some(preloading) = what_to_preload(&control)? else { return Ok(ExitCode::SUCCESS) };
    let role = preload::preload(&mut host, &control, &preloading, scratch)
        .map_err(|error| io::Error::other(error.to_string()))?;
    if let Role::Zygote = role {
        host.make_ready().map_err(|error| io::Error::other(error.to_string()))?;
        zygote::serve(&host, control, isolation)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn refuse(control: &Control, refusal: Refusal) -> io::Result<ExitCode> {
    control.send(&Event::Refused { reason: refusal.reason, remedy: refusal.remedy })?;
    Ok(ExitCode::from(3))
}

/// Looks at the interpreter, confines this process, and initialises Python where it is the embedded one.
fn begin(beginning: &Beginning, executable: &Path) -> Result<(Suitable, Isolation), Refusal> {
    let suitable = interpreter::choose(executable)?;
    let filesystem = if beginning.confine { confine_files(beginning, executable)? } else { "none" };
    if let Suitable::Embedded = suitable {
        interpreter::start(executable, beginning)?;
    }
    let isolation = Isolation {
        filesystem: filesystem.to_owned(),
        network: "none".to_owned(),
        memory: "none".to_owned(),
    };
    Ok((suitable, isolation))
}

fn confine_files(beginning: &Beginning, executable: &Path) -> Result<&'static str, Refusal> {
    // Without the right to it, the system's own is used: what is left there is bounded by nothing but its size.
    let _ = confine::shared_memory::make_own();
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
