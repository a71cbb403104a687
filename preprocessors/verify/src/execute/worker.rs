//! The worker program: where it is, how it starts, and what is said when it does not.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use exemplar_model::protocol::{self, Beginning, Event, Interpreter, Network};
use exemplar_model::report::Isolation;
use thiserror::Error;

use super::preload::Preloading;
use super::zygote::Zygote;
use super::{ExecuteOptions, Interrupt, NOT_ENFORCED};
use crate::load::settings::IsolationPolicy;

/// The environment variable that names the worker program.
pub const WORKER_VARIABLE: &str = "EXEMPLAR_WORKER";

/// How often the program is started at most until it lies well in memory: two of five don't.
const MOST_STARTS: usize = 5;

/// How long the worker may take to leave when it is asked to.
const LEAVE_LIMIT: Duration = Duration::from_secs(10);

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
    path: PathBuf,
    program: Program,
    interpreter: Interpreter,
    isolation: Isolation,
}

/// The running program. Dropping it ends it.
#[derive(Debug)]
struct Program {
    /// None once it is to leave: a closed control socket is the request to.
    zygote: Option<Zygote>,
    process: Child,
}

/// What a worker is started for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Purpose<'a> {
    /// The interpreter; none for the one that the worker was built with.
    pub(super) python: Option<&'a Path>,
    /// What it loads before the sessions begin.
    pub(super) preloading: &'a Preloading,
    /// Folders beside the book's that its sessions may read.
    pub(super) readable: &'a [PathBuf],
}

impl Worker {
    /// Starts the program and waits until it is confined and Python is initialised in it.
    pub(super) fn start(
        options: &ExecuteOptions,
        purpose: Purpose<'_>,
        scratch: &Path,
    ) -> Result<Self, WorkerError> {
        for _ in 1..MOST_STARTS {
            if let Some(worker) = Self::start_unless_misplaced(options, purpose, scratch, true)? {
                return Ok(worker);
            }
        }
        let worker = Self::start_unless_misplaced(options, purpose, scratch, false)?;
        worker.ok_or_else(|| confused(&options.worker, "it declined, and may not"))
    }

    /// Starts the program once. None if it does not lie well in memory, which it only says if it may.
    fn start_unless_misplaced(
        options: &ExecuteOptions,
        purpose: Purpose<'_>,
        scratch: &Path,
        may_decline: bool,
    ) -> Result<Option<Self>, WorkerError> {
        let path = &options.worker;
        let Purpose { python, preloading, readable } = purpose;
        let (zygote, theirs) = Zygote::pair().map_err(setup("its control socket"))?;
        let stderr = tempfile::tempfile().map_err(setup("a temporary file"))?;
        let mut command = Command::new(path);
        command
            .env_clear()
            .envs(environment(python, options.variation))
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(stderr.try_clone().map_err(setup("a temporary file"))?);
        let process = command.spawn().map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => WorkerError::Missing { path: path.to_owned() },
            _ => WorkerError::Start { path: path.to_owned(), source },
        })?;
        // The command still holds the other end of the socket; were it kept, a dead worker would never read as closed.
        drop(command);
        let mut program = Program { zygote: Some(zygote), process };
        let beginning = Beginning {
            python: python.map(Path::to_owned),
            confine: options.isolation != IsolationPolicy::Off,
            home: std::env::home_dir().filter(|home| home.is_absolute() && home.parent().is_some()),
            readable: [&options.readable, readable].concat(),
            scratch: scratch.to_owned(),
            preload: preloading.modules.clone(),
            shadowed: preloading.shadowed.clone(),
            hash_seed: options.variation,
            may_decline,
        };
        // A worker that is gone already can't be told, and says why when it is heard.
        let _ = program.send(&protocol::Command::Begin(beginning), &[]);
        let Some((interpreter, isolation)) = program.greet(path, &options.interrupt, stderr)? else {
            return Ok(None);
        };
        if options.isolation == IsolationPolicy::Require && isolation.filesystem == NOT_ENFORCED {
            return Err(WorkerError::Unconfined { part: "the file system" });
        }
        Ok(Some(Self { path: path.to_owned(), program, interpreter, isolation }))
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
        let (zygote, theirs) = Zygote::pair().map_err(setup("a control socket"))?;
        let sent = self.program.send(&command, &[&theirs]);
        drop::<OwnedFd>(theirs);
        sent.map_err(|error| confused(&self.path, &error.to_string()))?;
        match zygote.receive_unless(interrupt) {
            Ok(Some(Event::Ready { isolation, .. })) => Ok((zygote, isolation)),
            Ok(other) => Err(confused(&self.path, &format!("no further zygote: {other:?}"))),
            Err(error) => Err(confused(&self.path, &error.to_string())),
        }
    }
}

impl Program {
    fn send(&self, command: &protocol::Command, descriptors: &[&OwnedFd]) -> io::Result<()> {
        self.zygote.as_ref().ok_or(io::ErrorKind::NotConnected)?.send(command, descriptors)
    }

    /// Waits for its first word. If it ended instead, it is asked for its last words. None if it declined.
    fn greet(
        &mut self,
        path: &Path,
        interrupt: &Interrupt,
        mut stderr: File,
    ) -> Result<Option<(Interpreter, Isolation)>, WorkerError> {
        let heard = self.zygote.as_ref().map(|zygote| zygote.receive_unless(interrupt));
        match heard.unwrap_or(Ok(None)) {
            Ok(Some(Event::Ready { interpreter, isolation })) => Ok(Some((interpreter, isolation))),
            Ok(Some(Event::Misplaced)) => Ok(None),
            Ok(Some(Event::Refused { reason, remedy })) => Err(WorkerError::Python { reason, remedy }),
            Ok(Some(event)) => Err(confused(path, &format!("{event:?} came first"))),
            Ok(None) => {
                let status = self.process.wait();
                let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                let mut said = String::new();
                let _ = stderr.rewind().and_then(|()| stderr.read_to_string(&mut said));
                Err(WorkerError::Ended { path: path.to_owned(), status, said: said.trim().to_owned() })
            }
            Err(error) => Err(confused(path, &error.to_string())),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Its own zygotes go with it.
        self.zygote = None;
        let patience = Instant::now() + LEAVE_LIMIT;
        while matches!(self.process.try_wait(), Ok(None)) {
            if Instant::now() >= patience {
                let _ = self.process.kill();
                let _ = self.process.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn confused(path: &Path, cause: &str) -> WorkerError {
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
