//! A worker that starts while it is not known yet what for.
//!
//! Confining itself and initialising Python takes the worker as long as parsing a few dozen pages takes us, and needs nothing of them. It is
//! started where a run will most likely want it, and who does want it waits for what is left of that. Where no session comes for it, it is
//! killed, which costs the run nothing but that processor's time.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};

use super::ExecuteOptions;
use super::standby::Directory;
use super::starting::Starting;
use super::worker::WorkerError;

/// A worker for the run's own interpreter, where one was started ahead of the plan. What is named first goes first.
#[derive(Debug, Clone, Default)]
pub struct Ahead(Arc<Mutex<Option<(Coming, Directory)>>>);

/// A worker that is on its way. Dropping this ends it.
#[derive(Debug)]
pub(super) struct Coming(Option<JoinHandle<Result<Starting, WorkerError>>>);

impl Ahead {
    /// Starts it for about so many sessions, unless that was done, or workers stand by. Whatever goes wrong is heard of by who takes it.
    pub(crate) fn begin(&self, options: &ExecuteOptions, sessions: usize) {
        let Ok(mut place) = self.0.lock() else { return };
        if place.is_some() || options.standby.is_some() || options.interrupt.raised().is_some() {
            return;
        }
        let Ok(scratch) = Directory::new() else { return };
        let path = scratch.path.clone();
        // The thread must not own what waits for its end.
        let options = ExecuteOptions { ahead: Self::default(), ..options.clone() };
        let (starts, started) = mpsc::channel::<Infallible>();
        let start = move || {
            let _starts = starts;
            Starting::new(&options, options.python.as_deref(), &[], &path, sessions)
        };
        let thread = thread::Builder::new().name("ahead".to_owned()).spawn(start);
        *place = thread.ok().map(|thread| (Coming(Some(thread)), scratch));
        // The run waits for nothing else as long. So it has a processor to itself: of those who parse meanwhile, one stands still.
        if rayon::current_num_threads() > 1 {
            rayon::spawn(move || {
                let _ = started.recv();
            });
        }
    }

    /// The worker, which is then another's, and the directory for its sessions.
    pub(super) fn take(&self) -> Option<(Coming, Directory)> {
        self.0.lock().ok()?.take()
    }
}

impl Coming {
    /// Waits until Python is initialised in it.
    pub(super) fn join(mut self) -> Result<Starting, WorkerError> {
        let gone = || WorkerError::Threads { cause: "the one that starts the worker is gone".to_owned() };
        self.0.take().and_then(|thread| thread.join().ok()).unwrap_or_else(|| Err(gone()))
    }
}

impl Drop for Coming {
    fn drop(&mut self) {
        if let Some(Ok(Ok(starting))) = self.0.take().map(JoinHandle::join) {
            starting.dismiss();
        }
    }
}

/// Whether its sessions may read these folders although it was not told of them, since they lie in what sessions may read anyhow.
pub(super) fn may_read(options: &ExecuteOptions, folders: &[PathBuf]) -> bool {
    let roots: Vec<PathBuf> = options.readable.iter().filter_map(|root| root.canonicalize().ok()).collect();
    let is_within = |folder: PathBuf| roots.iter().any(|root| folder.starts_with(root));
    folders.iter().all(|folder| folder.canonicalize().is_ok_and(is_within))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::{Ahead, Arc, Coming, Directory, Mutex, WorkerError, thread};

    #[test]
    fn the_directory_of_one_that_nobody_wants_goes_after_it() {
        let scratch = Directory::new().unwrap();
        let path = scratch.path.clone();
        let (tell, told) = mpsc::channel();
        // It is given time to go first.
        let starting = thread::spawn(move || {
            for _ in 0..20 {
                thread::sleep(Duration::from_millis(5));
                if !path.exists() {
                    break;
                }
            }
            tell.send(path.exists()).unwrap();
            Err(WorkerError::Threads { cause: "it is none".to_owned() })
        });
        drop(Ahead(Arc::new(Mutex::new(Some((Coming(Some(starting)), scratch))))));
        assert_eq!(told.recv(), Ok(true));
    }
}
