//! Workers that outlive a run, so that the next one need not wait for an interpreter to start.
//!
//! A worker stands by with what it was begun with: its interpreter, what it has preloaded, what its sessions may read, and the directory
//! that all of them have theirs in. A later run takes it if all of that does for its own sessions too. Zygotes stand by with their worker.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use exemplar_model::plan::Session;
use exemplar_model::protocol::{Network, Preloading};

use super::checkpoint::Lines;
use super::preload::{own_modules, top};
use super::worker::{Worker, WorkerError, setup};
use super::zygote::Zygote;

/// What stands by between two runs.
#[derive(Debug, Clone, Default)]
pub struct Standby(Arc<Mutex<Option<Team>>>);

impl Standby {
    /// What stands by, which is then another's no more: none at the first time, while another run has it, and after one that failed.
    pub(super) fn take(&self) -> Option<Team> {
        self.0.lock().ok()?.take()
    }

    /// Whether anybody stands by.
    pub(super) fn is_there(&self) -> bool {
        self.0.lock().is_ok_and(|team| team.is_some())
    }

    /// Lets it stand by. Of two runs side by side the team stays that more pages have checkpoints with.
    pub(super) fn put(&self, team: Team) {
        if let Ok(mut place) = self.0.lock() {
            let is_more = |there: &Team| there.lines.len() > team.lines.len();
            if !place.as_ref().is_some_and(is_more) {
                *place = Some(team);
            }
        }
    }

    /// Ends all checkpoints: nobody has edited anything for long.
    pub fn forget_checkpoints(&self) {
        if let Ok(mut place) = self.0.lock()
            && let Some(team) = place.as_mut()
        {
            team.lines = Lines::default();
        }
    }
}

/// A directory with its path as the system knows it.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    _owner: tempfile::TempDir,
}

impl Directory {
    /// A new one, for the sessions of a run.
    pub(super) fn new() -> Result<Self, WorkerError> {
        let owner = tempfile::Builder::new()
            .prefix("exemplar-")
            .tempdir()
            .map_err(setup("the temporary directory of the run"))?;
        Ok(Self { path: owner.path().canonicalize().map_err(setup("its path"))?, _owner: owner })
    }
}

/// Which sessions a zygote serves: the place of its worker among all, and the network.
pub(super) type Kind = (usize, Network);

/// A zygote, and how it keeps the network away.
pub(super) type Serving = (Kind, Zygote, String);

/// The workers of a run with their zygotes. The checkpoints go first, then the zygotes.
#[derive(Debug)]
pub(super) struct Team {
    pub(super) lines: Lines,
    pub(super) zygotes: Vec<Serving>,
    pub(super) members: Vec<Member>,
    pub(super) scratch: Directory,
}

/// Workers that have done their work, and leave while others go on. Dropping this waits until nothing of them is left, which must be done before
/// the program ends.
#[derive(Debug, Default)]
pub struct Leaving(Option<JoinHandle<()>>);

impl Drop for Leaving {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            let _ = thread.join();
        }
    }
}

impl Team {
    /// Lets it leave. Where there is no thread for that, it has left when this returns.
    pub(super) fn leave(self) -> Leaving {
        Leaving(thread::Builder::new().name("leaving".to_owned()).spawn(move || drop(self)).ok())
    }

    /// Nobody yet, with a directory.
    pub(super) fn new(scratch: Directory) -> Self {
        Self { lines: Lines::default(), zygotes: Vec::new(), members: Vec::new(), scratch }
    }
}

/// A worker with what it was begun with.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) worker: Worker,
    pub(super) python: Option<PathBuf>,
    pub(super) preloading: Preloading,
    pub(super) readable: Vec<PathBuf>,
    pub(super) begun: SystemTime,
}

impl Member {
    /// Whether it does for these sessions of an interpreter.
    pub(super) fn suits(&self, python: Option<&Path>, sessions: &[&Session]) -> bool {
        let is_loaded = |name: &String| self.preloading.modules.iter().any(|module| top(module) == name);
        self.python.as_deref() == python
            && !self.is_outdated()
            && sessions
                .iter()
                .flat_map(|session| &session.pythonpath)
                .all(|path| self.readable.contains(path))
            && !sessions.iter().flat_map(|session| own_modules(session)).any(|name| is_loaded(&name))
    }

    /// Whether packages were installed or removed since it began, some of which it may have loaded.
    fn is_outdated(&self) -> bool {
        let executable = Path::new(&self.worker.interpreter().executable);
        let Some(prefix) = executable.parent().and_then(Path::parent) else { return false };
        let libraries = fs_err::read_dir(prefix.join("lib")).into_iter().flatten().flatten();
        libraries.map(|library| library.path().join("site-packages")).any(|site| {
            site.metadata().and_then(|site| site.modified()).is_ok_and(|changed| changed > self.begun)
        })
    }
}
