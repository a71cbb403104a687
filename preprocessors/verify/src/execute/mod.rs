//! Runs sessions through workers.
//!
//! # Steps
//! 1. [`survey`](mod@survey): asks which interpreters there are, when a page wants to know;
//! 2. [`worker`]: finds `exemplar-python`, and says clearly why when it can't be had; [`starting`] is how it starts, and [`ahead`] lets it
//!    do so while the pages are being parsed;
//! 3. [`preload`]: chooses what is imported once for all;
//! 4. [`order`]: what takes longest goes first; [`jobs`]: shares the sessions out, each job with zygotes of its own; [`standby`] keeps those for the next run, and [`checkpoint`] what
//!    sessions can go on from then;
//! 5. [`zygote`]: the control socket of one zygote;
//! 6. [`session`]: drives one session: attends to it, watches the [`clock`]; [`job`], [`directory`] and [`files`] are
//!    what it begins with;
//! 7. [`pipes`]: reads what comes out of it; [`frames`] and [`output`] make results and texts of the bytes;
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
mod ahead;
mod checkpoint;
mod clock;
mod directory;
mod files;
mod frames;
mod interrupt;
mod job;
mod jobs;
mod observed;
mod order;
mod output;
mod pipes;
mod preload;
mod progress;
mod session;
mod stand_in;
mod standby;
mod starting;
mod survey;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod trace;
mod worker;
mod zygote;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use exemplar_model::outcome::Outcome;
use exemplar_model::plan::Session;
use exemplar_model::protocol::{Interpreter, Reads};
use exemplar_model::report::Isolation;

use crate::cache::Cache;
use crate::load::settings::{IsolationPolicy, Preload};

pub use after_end::lints;
pub use ahead::Ahead;
pub(crate) use checkpoint::Witness;
pub use interrupt::Interrupt;
pub(crate) use jobs::together;
pub(crate) use order::longest_first;
pub use progress::{Observer, Progress};
pub use standby::{Leaving, Standby};
pub use survey::survey;
pub(crate) use worker::environment;
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
    /// The order in which sessions begin is shuffled by this seed; none for the longest first. It changes nothing in the outcomes.
    pub shuffle: Option<u64>,
    /// The seed of Python's hashes, and another history of allocations with each number: what must not show in an output. 0 but where
    /// sessions are run again to see what does ([`crate::unstable`]).
    pub variation: u32,
    /// Whether everything runs a second time, so that outputs which change from run to run are found.
    pub twice: bool,
    /// Who watches.
    pub observer: Option<Observer>,
    /// Results of earlier runs that need not be had again; none where all runs, and nothing is kept.
    pub cache: Option<Cache>,
    /// Workers that stand by between runs; none where each run has its own.
    pub standby: Option<Standby>,
    /// A worker that was started before it was known what for.
    pub ahead: Ahead,
}

/// What all sessions gave.
#[derive(Debug)]
pub struct Executed {
    /// The run's own interpreter, or, where no session ran on it, that of the first in the book that ran; none when there was nothing to run.
    pub interpreter: Option<Interpreter>,
    /// What the system enforced: of each part, the least that any session had.
    pub isolation: Isolation,
    /// For each session, an outcome for each step.
    pub outcomes: Vec<Vec<Outcome>>,
    /// For each session, the interpreter that ran it; none where nothing ran.
    pub interpreters: Vec<Option<Interpreter>>,
    /// For each session, how many of its steps were not run again: it went on from a checkpoint behind them.
    pub resumed: Vec<usize>,
    /// Those who ran them, on their way out.
    pub(crate) leaving: Leaving,
}

/// A session that ran.
#[derive(Debug)]
pub struct Ran<'a> {
    /// An outcome for each step. Who is told of it may take them: then nobody has them when all have run.
    pub outcomes: &'a mut Vec<Outcome>,
    /// What it read, where that was noted and it came to its end.
    pub reads: Option<&'a Reads>,
    /// What ran it.
    pub interpreter: &'a Interpreter,
    /// What the system enforced.
    pub isolation: &'a Isolation,
    /// How many of its steps were not run now: it went on from a checkpoint behind them.
    pub resumed: usize,
    /// Whether all of it was in an earlier run.
    pub kept: bool,
}

/// Is told of a session that ended, by its place.
pub type Ended<'a> = dyn Fn(usize, Ran<'_>) + Sync + 'a;

/// What a part of the isolation is called that the system does not enforce.
pub const NOT_ENFORCED: &str = "none";

/// Starts what these sessions need, and lets it stand by, so that the first of them that runs need not wait for it.
///
/// # Errors
/// As for running them.
pub fn stand_by(sessions: &[Session], options: &ExecuteOptions) -> Result<(), WorkerError> {
    jobs::stand_by(sessions, options)
}

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
    let mut wanted: Vec<usize> =
        (0..sessions.len()).filter(|&index| !sessions[index].steps.is_empty()).collect();
    longest_first(sessions, &mut wanted, |_| None);
    execute_some(sessions, wanted, options, None, ended)
}

/// Runs only those of the sessions that are named, by their places, in this order unless it is to be shuffled. The others have no outcomes. With somebody who knows what they depend
/// on, sessions leave checkpoints and go on from them, where workers stand by.
///
/// # Errors
/// As for all of them.
pub(crate) fn execute_some(
    sessions: &[Session],
    wanted: Vec<usize>,
    options: &ExecuteOptions,
    witness: Option<&Witness<'_>>,
    ended: &Ended<'_>,
) -> Result<Executed, WorkerError> {
    let executed = jobs::run(sessions, wanted, options, witness, ended);
    // Whatever else went wrong after a signal went wrong because of it.
    match options.interrupt.raised() {
        Some(signal) => Err(WorkerError::Interrupted { signal }),
        None => executed,
    }
}
