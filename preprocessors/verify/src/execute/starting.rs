//! How the worker program starts.
//!
//! It has two things to do before it is ready, and only the second waits for the pages: it confines itself and initialises Python, then it
//! imports what they do. So it can be started while they are being parsed ([`super::ahead`]).

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use exemplar_model::protocol::{self, Beginning, Event, Preloading};

use super::worker::{Worker, WorkerError, confused, environment, setup};
use super::zygote::Zygote;
use super::{ExecuteOptions, Interrupt, NOT_ENFORCED};
use crate::load::settings::IsolationPolicy;

/// How long the worker may take to leave when it is asked to.
const LEAVE_LIMIT: Duration = Duration::from_secs(10);

/// The running program. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    /// None once it is to leave: a closed control socket is the request to.
    zygote: Option<Zygote>,
    process: Child,
    /// What it says when it fails.
    stderr: File,
}

/// A program that has confined itself and initialised Python, and does not know yet what its sessions import.
#[derive(Debug)]
pub(super) struct Starting {
    program: Program,
    /// When it began: what is installed later it may know nothing of.
    pub(super) begun: SystemTime,
}

impl Starting {
    /// Starts the program, and waits until Python is initialised in it: this one, or the one that the worker was built with. Its sessions, of
    /// which there will be about so many, may read these folders beside the book's.
    pub(super) fn new(
        options: &ExecuteOptions,
        python: Option<&Path>,
        readable: &[PathBuf],
        scratch: &Path,
        sessions: usize,
    ) -> Result<Self, WorkerError> {
        let begun = SystemTime::now();
        let mut program = Program::start(options, python)?;
        let beginning = Beginning {
            python: python.map(Path::to_owned),
            confine: options.isolation != IsolationPolicy::Off,
            home: std::env::home_dir().filter(|home| home.is_absolute() && home.parent().is_some()),
            readable: [&options.readable, readable].concat(),
            scratch: scratch.to_owned(),
            hash_seed: options.variation,
            zygotes: options.jobs.get().min(sessions),
        };
        // A program that is gone already can't be told, and says why when it is heard.
        let _ = program.send(&protocol::Command::Begin(beginning), &[]);
        match program.hear(&options.interrupt)? {
            Event::Begun => Ok(Self { program, begun }),
            event => Err(confused(&program.path, &format!("{event:?} came first"))),
        }
    }

    /// Tells it what its sessions import, and waits until it has done so too.
    pub(super) fn ready(
        self,
        options: &ExecuteOptions,
        preloading: &Preloading,
    ) -> Result<Worker, WorkerError> {
        let mut program = self.program;
        let _ = program.send(&protocol::Command::Preload(preloading.clone()), &[]);
        let (interpreter, isolation) = match program.hear(&options.interrupt)? {
            Event::Ready { interpreter, isolation } => (interpreter, isolation),
            event => return Err(confused(&program.path, &format!("{event:?} came before it was ready"))),
        };
        if options.isolation == IsolationPolicy::Require && isolation.filesystem == NOT_ENFORCED {
            return Err(WorkerError::Unconfined { part: "the file system" });
        }
        Ok(Worker::new(program, interpreter, isolation))
    }

    /// Ends it, which nobody needs. It has forked nobody yet.
    pub(super) fn dismiss(mut self) {
        let _ = self.program.process.kill();
    }
}

impl Program {
    fn start(options: &ExecuteOptions, python: Option<&Path>) -> Result<Self, WorkerError> {
        let path = options.worker.clone();
        let (zygote, theirs) = Zygote::pair().map_err(setup("its control socket"))?;
        let stderr = tempfile::tempfile().map_err(setup("a temporary file"))?;
        let mut command = Command::new(&path);
        command
            .env_clear()
            .envs(environment(python, options.variation))
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(stderr.try_clone().map_err(setup("a temporary file"))?);
        let started = command.spawn();
        // The command still holds the other end of the socket; were it kept, a dead worker would never read as closed.
        drop(command);
        match started {
            Ok(process) => Ok(Self { path, zygote: Some(zygote), process, stderr }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(WorkerError::Missing { path }),
            Err(source) => Err(WorkerError::Start { path, source }),
        }
    }

    /// Which program it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Sends a command and the descriptors that go with it.
    pub(super) fn send(&self, command: &protocol::Command, descriptors: &[&OwnedFd]) -> io::Result<()> {
        self.zygote.as_ref().ok_or(io::ErrorKind::NotConnected)?.send(command, descriptors)
    }

    /// Waits for its next word. If it ended instead, it is asked for its last words.
    fn hear(&mut self, interrupt: &Interrupt) -> Result<Event, WorkerError> {
        let heard = self.zygote.as_ref().map(|zygote| zygote.receive_unless(interrupt));
        match heard.unwrap_or(Ok(None)) {
            Ok(Some(Event::Refused { reason, remedy })) => Err(WorkerError::Python { reason, remedy }),
            Ok(Some(event)) => Ok(event),
            Ok(None) => {
                let status = self.process.wait();
                let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
                let mut said = String::new();
                let _ = self.stderr.rewind().and_then(|()| self.stderr.read_to_string(&mut said));
                Err(WorkerError::Ended { path: self.path.clone(), status, said: said.trim().to_owned() })
            }
            Err(error) => Err(confused(&self.path, &error.to_string())),
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
