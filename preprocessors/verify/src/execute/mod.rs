//! Runs sessions through workers.
//!
//! # Steps
//! 1. [`survey`](mod@survey): asks which interpreters there are, when a page wants to know;
//! 2. [`worker`]: finds `exemplar-python`, starts it, and says clearly why when that fails;
//! 3. [`preload`]: chooses what is imported once for all;
//! 4. [`jobs`]: shares the sessions out, each job with zygotes of its own;
//! 5. [`zygote`]: the control socket of one zygote;
//! 6. [`session`]: drives one session: drains the pipes, watches the [`clock`]; [`job`] and [`files`] are what it begins with;
//! 7. [`frames`] and [`output`]: turn the bytes of a session's pipes into results and texts;
//! 8. [`observed`]: makes outcomes of what was seen; [`after_end`] makes lints of what came behind the last of them;
//! 9. [`stand_in`]: puts what is the same in every run in the place of what is not;
//! 10. [`trace`]: reads the place of a hang or a crash from a faulthandler dump;
//! 11. [`progress`]: tells who watches.
//!
//! Invariants: a session's fault costs that session alone; the outcomes come back in the order of the sessions, whatever ran first; every
//! step has an outcome.
//!
//! Deliberately absent: any knowledge of what a page says that its examples print.

mod after_end;
mod clock;
mod files;
mod frames;
mod interrupt;
mod job;
mod jobs;
mod observed;
mod output;
mod preload;
mod progress;
mod session;
mod stand_in;
mod survey;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trace;
mod worker;
mod zygote;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use exemplar_model::outcome::Outcome;
use exemplar_model::plan::Session;
use exemplar_model::protocol::Interpreter;
use exemplar_model::report::Isolation;

use crate::load::settings::{IsolationPolicy, Preload};

pub use after_end::lints;
pub use interrupt::Interrupt;
pub use progress::{Observer, Progress};
pub use survey::survey;
pub use worker::{WORKER_VARIABLE, WorkerError, find_worker};

/// How sessions are run.
#[derive(Debug, Clone)]
pub struct ExecuteOptions {
    /// The worker program.
    pub worker: PathBuf,
    /// The interpreter whose environment is used; none for the one that the worker was built with.
    pub python: Option<PathBuf>,
    /// How many sessions run at a time.
    pub jobs: NonZeroUsize,
    /// What to do where sessions can't be confined.
    pub isolation: IsolationPolicy,
    /// What sessions may read even in the user's home: the book.
    pub readable: Vec<PathBuf>,
    /// Which modules are loaded before the sessions begin.
    pub preload: Preload,
    /// Ends the run early.
    pub interrupt: Interrupt,
    /// The order in which sessions begin is shuffled by this seed; none for that of the pages. It changes nothing in the outcomes.
    pub shuffle: Option<u64>,
    /// The seed of Python's hashes, and another history of allocations with each number: what must not show in an output. 0 but where
    /// sessions are run again to see what does ([`crate::unstable`]).
    pub variation: u32,
    /// Whether everything runs a second time, so that outputs which change from run to run are found.
    pub twice: bool,
    /// Who watches.
    pub observer: Option<Observer>,
}

/// What all sessions gave.
#[derive(Debug)]
pub struct Executed {
    /// The run's own interpreter, or, where no session ran on it, that of the first one that ran; none when there was nothing to run.
    pub interpreter: Option<Interpreter>,
    /// What the system enforced: of each part, the least that any session had.
    pub isolation: Isolation,
    /// For each session, an outcome for each step.
    pub outcomes: Vec<Vec<Outcome>>,
    /// For each session, the interpreter that ran it; none where nothing ran.
    pub interpreters: Vec<Option<Interpreter>>,
}

/// Is told of a session that ended, and what its steps gave.
pub type Ended<'a> = dyn Fn(usize, &[Outcome]) + Sync + 'a;

/// What a part of the isolation is called that the system does not enforce.
pub const NOT_ENFORCED: &str = "none";

/// Runs all sessions. `ended` is told of each one as it ends, by its place and with its outcomes, from several threads.
///
/// # Errors
/// When no worker can be had, the operating system refuses what a session needs, the isolation that is required can't be had, or the
/// user interrupts. Faults of the sessions themselves are outcomes.
pub fn execute(
    sessions: &[Session],
    options: &ExecuteOptions,
    ended: &Ended<'_>,
) -> Result<Executed, WorkerError> {
    let executed = jobs::run(sessions, options, ended);
    // Whatever else went wrong after a signal went wrong because of it.
    match options.interrupt.raised() {
        Some(signal) => Err(WorkerError::Interrupted { signal }),
        None => executed,
    }
}
