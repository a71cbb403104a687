//! The worker program: where it is, what it does when it is ready, and what is said when it can't be had.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use exemplar_model::protocol::{self, Event, Interpreter, Network};
use exemplar_model::report::Isolation;
use thiserror::Error;

use super::Interrupt;
use super::starting::Program;
use super::zygote::Zygote;

/// The environment variable that names the worker program.
pub const WORKER_VARIABLE: &str = "EXEMPLAR_WORKER";

/// The file name of the worker program.
const WORKER_NAME: &str = "exemplar-python";

/// Why examples can't be run at all. Each message says what to do.
#[derive(Debug, Error)]
pub enum WorkerError {
    /// The program is not there.
    #[error("the worker program `{}` is missing; build it with `cargo build --release`, or name it in {WORKER_VARIABLE}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The program is there and can't be started.
    #[error("the worker program `{}` can't be started: {source}", path.display())]
    Start {
        /// The program.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The program ended before it was ready.
    #[error("the worker program `{}` ended before it was ready ({status}): {said}{}", path.display(), remedy(said))]
    Ended {
        /// The program.
        path: PathBuf,
        /// Its exit status.
        status: String,
        /// What it wrote to stderr.
        said: String,
    },
    /// It found no Python that it could use.
    #[error("{reason}; {remedy}")]
    Python {
        /// Why not.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// It answers, but not as a worker of this version does.
    #[error("the worker program `{}` does not speak this version's protocol: {cause}; build both with `cargo build --release`", path.display())]
    Protocol {
        /// The program.
        path: PathBuf,
        /// What went wrong.
        cause: String,
    },
    /// The operating system refused something that a session needs.
    #[error("a session could not be set up: {what}: {source}")]
    Setup {
        /// What was refused.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A file that sessions are to begin with can't be copied.
    #[error("`{}` can't be copied into a session: {reason}", path.display())]
    Files {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The threads that drive the jobs could not be made.
    #[error("the threads for the jobs could not be started: {cause}")]
    Threads {
        /// Why.
        cause: String,
    },
    /// A zygote could not make a session.
    #[error("a session could not be started: {reason}")]
    Session {
        /// Why not.
        reason: String,
    },
    /// Isolation is required and can't be had.
    #[error(
        "{part} can't be kept from the examples on this system, and the settings require it; `isolation = \"auto\"` would go on without"
    )]
    Unconfined {
        /// What can't be kept from them.
        part: &'static str,
    },
    /// The user ended the run.
    #[error("interrupted")]
    Interrupted {
        /// By which signal.
        signal: i32,
    },
    /// Another job of this run has panicked: a bug of exemplar.
    #[error("another job of this run has failed")]
    Poisoned,
}

fn remedy(said: &str) -> &'static str {
    if said.contains("libpython") {
        "; the Python that exemplar was built for is gone: install it again, or build exemplar for another one with \
         `PYO3_PYTHON=/path/to/python cargo build --release`"
    } else {
        ""
    }
}

/// Turns an error of the system into one that says what was being set up.
pub(super) fn setup(what: &'static str) -> impl FnOnce(io::Error) -> WorkerError {
    move |source| WorkerError::Setup { what, source }
}

/// The worker program: as `EXEMPLAR_WORKER` names it, else beside the running program.
///
/// # Errors
/// When there is no such file.
pub fn find_worker() -> Result<PathBuf, WorkerError> {
    let path = match std::env::var_os(WORKER_VARIABLE) {
        Some(path) => PathBuf::from(path),
        None => std::env::current_exe().unwrap_or_default().with_file_name(WORKER_NAME),
    };
    if path.is_file() { Ok(path) } else { Err(WorkerError::Missing { path }) }
}

/// The first zygote, which makes those that run sessions.
#[derive(Debug)]
pub(super) struct Worker {
    program: Program,
    interpreter: Interpreter,
    isolation: Isolation,
}

impl Worker {
    /// A program that is ready.
    pub(super) fn new(program: Program, interpreter: Interpreter, isolation: Isolation) -> Self {
        Self { program, interpreter, isolation }
    }

    /// Which Python it is.
    pub(super) fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    /// What the system enforces for every session; the network is the affair of each zygote.
    pub(super) fn isolation(&self) -> &Isolation {
        &self.isolation
    }

    /// Makes a zygote for sessions with this network. Also gives what the system enforces for them.
    pub(super) fn replicate(
        &self,
        network: Network,
        interrupt: &Interrupt,
    ) -> Result<(Zygote, Isolation), WorkerError> {
        let command = protocol::Command::Replicate { network };
        let confused = |cause: &str| confused(self.program.path(), cause);
        let (zygote, theirs) = Zygote::pair().map_err(setup("a control socket"))?;
        let sent = self.program.send(&command, &[&theirs]);
        drop::<OwnedFd>(theirs);
        sent.map_err(|error| confused(&error.to_string()))?;
        match zygote.receive_unless(interrupt) {
            Ok(Some(Event::Ready { isolation, .. })) => Ok((zygote, isolation)),
            Ok(other) => Err(confused(&format!("no further zygote: {other:?}"))),
            Err(error) => Err(confused(&error.to_string())),
        }
    }
}

/// What is said of a program that answers otherwise than it should.
pub(super) fn confused(path: &Path, cause: &str) -> WorkerError {
    WorkerError::Protocol { path: path.to_owned(), cause: cause.to_owned() }
}

/// What a session's code finds in its environment: a declared set, the same on every machine but for PATH. The hash seed is there for the
/// Pythons that a session starts.
pub(crate) fn environment(python: Option<&Path>, hash_seed: u32) -> Vec<(OsString, OsString)> {
    let mut path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let mut variables: Vec<(OsString, OsString)> = [
        ("TZ", "UTC"),
        ("LANG", "C.UTF-8"),
        ("LC_ALL", "C.UTF-8"),
        ("COLUMNS", "80"),
        ("LINES", "24"),
        ("TERM", "dumb"),
        // Numerical libraries start threads when they are imported, and a zygote must have none.
        ("OMP_NUM_THREADS", "1"),
        ("OPENBLAS_NUM_THREADS", "1"),
        ("MKL_NUM_THREADS", "1"),
        ("MPLBACKEND", "Agg"),
    ]
    .map(|(name, value)| (name.into(), value.into()))
    .into();
    if let Some(folder) = python.and_then(Path::parent) {
        let mut joined = folder.as_os_str().to_owned();
        joined.push(":");
        joined.push(path);
        path = joined;
        if let Some(environment) = folder.parent().filter(|root| root.join("pyvenv.cfg").is_file()) {
            variables.push(("VIRTUAL_ENV".into(), environment.into()));
        }
    }
    variables.push(("PYTHONHASHSEED".into(), hash_seed.to_string().into()));
    variables.push(("PATH".into(), path));
    variables
}
