//! Runs sessions through workers.
//!
//! # Steps
//! 1. [`worker`]: finds `exemplar-python`, starts it, and says clearly why when that fails;
//! 2. [`zygote`]: the control socket of one zygote;
//! 3. [`session`]: drives one session: feeds the job, drains the pipes, watches the clock;
//! 4. [`frames`] and [`output`]: turn the bytes of a session's pipes into results and texts;
//! 5. [`stand_in`]: puts what is the same in every run in the place of what is not;
//! 6. [`trace`]: reads the place of a hang or a crash from a faulthandler dump.
//!
//! Invariants: a session's fault costs that session alone; the outcomes come back in the order of the sessions, whatever ran first; every
//! step has an outcome.
//!
//! Deliberately absent: any knowledge of what a page says that its examples print.

mod frames;
mod interrupt;
mod output;
mod session;
mod stand_in;
mod trace;
mod worker;
mod zygote;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use exemplar_model::outcome::Outcome;
use exemplar_model::plan::Session;
use exemplar_model::protocol::Interpreter;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

pub use interrupt::Interrupt;
pub use worker::{WORKER_VARIABLE, WorkerError, find_worker};

use worker::Worker;

/// How sessions are run.
#[derive(Debug, Clone)]
pub struct ExecuteOptions {
    /// The worker program.
    pub worker: PathBuf,
    /// The interpreter whose environment is used; none for the one that the worker was built with.
    pub python: Option<PathBuf>,
    /// How many sessions run at a time.
    pub jobs: NonZeroUsize,
    /// How many bytes an example may print before it is killed.
    pub output_limit: usize,
    /// Ends the run early.
    pub interrupt: Interrupt,
}

/// What all sessions gave.
#[derive(Debug)]
pub struct Executed {
    /// The interpreter; none when there was nothing to run.
    pub interpreter: Option<Interpreter>,
    /// For each session, an outcome for each step.
    pub outcomes: Vec<Vec<Outcome>>,
}

/// Runs all sessions.
///
/// # Errors
/// When no worker can be had, the operating system refuses what a session needs, or the user interrupts. Faults of the sessions
/// themselves are outcomes.
pub fn execute(sessions: &[Session], options: &ExecuteOptions) -> Result<Executed, WorkerError> {
    let executed = execute_all(sessions, options);
    // Whatever else went wrong after a signal went wrong because of it.
    match options.interrupt.raised() {
        Some(signal) => Err(WorkerError::Interrupted { signal }),
        None => executed,
    }
}

fn execute_all(sessions: &[Session], options: &ExecuteOptions) -> Result<Executed, WorkerError> {
    let busy: Vec<usize> = (0..sessions.len()).filter(|&index| !sessions[index].steps.is_empty()).collect();
    let mut outcomes: Vec<Vec<Outcome>> = sessions.iter().map(|_| Vec::new()).collect();
    if busy.is_empty() {
        return Ok(Executed { interpreter: None, outcomes });
    }
    // From this thread, which lives until the end: the worker is killed by the system when the thread that started it goes.
    let worker = Worker::start(&options.worker, options.python.as_deref())?;
    let interpreter = worker.interpreter().clone();
    let worker = Mutex::new(worker);
    let next = AtomicUsize::new(0);
    let jobs = options.jobs.get().min(busy.len());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .thread_name(|index| format!("job-{index}"))
        .build()
        .map_err(|error| WorkerError::Threads { cause: error.to_string() })?;
    let done: Vec<Vec<(usize, Vec<Outcome>)>> = pool.install(|| {
        (0..jobs)
            .into_par_iter()
            .map(|_| run_job(&worker, sessions, &busy, &next, options))
            .collect::<Result<_, _>>()
    })?;
    for (index, outcome) in done.into_iter().flatten() {
        outcomes[index] = outcome;
    }
    Ok(Executed { interpreter: Some(interpreter), outcomes })
}

/// One job: a zygote of its own, and sessions from the common list until none is left.
fn run_job(
    worker: &Mutex<Worker>,
    sessions: &[Session],
    busy: &[usize],
    next: &AtomicUsize,
    options: &ExecuteOptions,
) -> Result<Vec<(usize, Vec<Outcome>)>, WorkerError> {
    let replicate = || worker.lock().map_err(|_| WorkerError::Poisoned)?.replicate();
    let mut done = Vec::new();
    let mut zygote = None;
    while options.interrupt.raised().is_none()
        && let Some(&index) = busy.get(next.fetch_add(1, Ordering::Relaxed))
    {
        let mut current = match zygote.take() {
            Some(zygote) => zygote,
            None => replicate()?,
        };
        let run = session::run(&mut current, &sessions[index], options)?;
        done.push((index, run.outcomes));
        zygote = run.zygote_lives.then_some(current);
    }
    Ok(done)
}
