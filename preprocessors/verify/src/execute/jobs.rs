//! Shares the sessions out: as many at a time as there are jobs, each job with zygotes of its own.
//!
//! A zygote serves one kind of network, since it can't get one back that it gave up. So a job has one for each kind that its sessions
//! ask for, made when the first of them comes, and made anew when one dies.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use exemplar_model::outcome::Outcome;
use exemplar_model::plan::Session;
use exemplar_model::protocol::Network;
use exemplar_model::report::Isolation;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::session;
use super::worker::{Worker, WorkerError, setup};
use super::zygote::Zygote;
use super::{Ended, ExecuteOptions, Executed, NOT_ENFORCED};
use crate::load::settings::IsolationPolicy;

/// Runs all sessions. The outcomes are in their order, whatever ran first.
pub(super) fn run(
    sessions: &[Session],
    options: &ExecuteOptions,
    ended: &Ended<'_>,
) -> Result<Executed, WorkerError> {
    let mut busy: Vec<usize> =
        (0..sessions.len()).filter(|&index| !sessions[index].steps.is_empty()).collect();
    if let Some(seed) = options.shuffle {
        fastrand::Rng::with_seed(seed).shuffle(&mut busy);
    }
    let mut outcomes: Vec<Vec<Outcome>> = sessions.iter().map(|_| Vec::new()).collect();
    if busy.is_empty() {
        return Ok(Executed { interpreter: None, isolation: not_enforced(), outcomes });
    }
    let scratch = tempfile::Builder::new()
        .prefix("exemplar-")
        .tempdir()
        .map_err(setup("the temporary directory of the run"))?;
    let scratch =
        Directory { path: scratch.path().canonicalize().map_err(setup("its path"))?, _owner: scratch };
    // From this thread, which lives until the end: the worker is killed by the system when the thread that started it goes.
    let worker = Worker::start(options, &scratch.path)?;
    let interpreter = worker.interpreter().clone();
    let filesystem = worker.isolation().clone();
    let worker = Mutex::new(worker);
    let next = AtomicUsize::new(0);
    let jobs = options.jobs.get().min(busy.len());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .thread_name(|index| format!("job-{index}"))
        .build()
        .map_err(|error| WorkerError::Threads { cause: error.to_string() })?;
    let done: Vec<Done> = pool.install(|| {
        (0..jobs)
            .into_par_iter()
            .map(|_| {
                Job { worker: &worker, scratch: &scratch.path, options, ended, zygotes: Vec::new() }
                    .run(sessions, &busy, &next)
            })
            .collect::<Result<_, _>>()
    })?;
    let mut isolation = Isolation { network: String::new(), ..filesystem };
    for job in done {
        for (index, outcome) in job.outcomes {
            outcomes[index] = outcome;
        }
        isolation.network = least(&isolation.network, job.networks);
    }
    Ok(Executed { interpreter: Some(interpreter), isolation, outcomes })
}

/// A directory with its path as the system knows it.
struct Directory {
    path: std::path::PathBuf,
    _owner: tempfile::TempDir,
}

fn not_enforced() -> Isolation {
    let none = || NOT_ENFORCED.to_owned();
    Isolation { filesystem: none(), network: none(), memory: none() }
}

/// What all of these have: the only word that there is, several in their order, or nothing when one of them has nothing.
fn least(so_far: &str, more: Vec<String>) -> String {
    let mut words: Vec<String> =
        so_far.split(", ").filter(|word| !word.is_empty()).map(str::to_owned).collect();
    words.extend(more);
    words.sort();
    words.dedup();
    if words.iter().any(|word| word == NOT_ENFORCED) { NOT_ENFORCED.to_owned() } else { words.join(", ") }
}

/// What one job did.
struct Done {
    outcomes: Vec<(usize, Vec<Outcome>)>,
    /// How its zygotes keep the network away.
    networks: Vec<String>,
}

/// One job.
struct Job<'a> {
    worker: &'a Mutex<Worker>,
    scratch: &'a Path,
    options: &'a ExecuteOptions,
    ended: &'a Ended<'a>,
    zygotes: Vec<(Network, Zygote)>,
}

impl Job<'_> {
    /// Takes sessions from the common list until none is left.
    fn run(mut self, sessions: &[Session], busy: &[usize], next: &AtomicUsize) -> Result<Done, WorkerError> {
        let mut done = Done { outcomes: Vec::new(), networks: Vec::new() };
        while self.options.interrupt.raised().is_none()
            && let Some(&index) = busy.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let session = &sessions[index];
            let mut zygote = match self.zygotes.iter().position(|(network, _)| *network == session.network) {
                Some(known) => self.zygotes.swap_remove(known).1,
                None => {
                    let (zygote, network) = self.replicate(session.network)?;
                    done.networks.push(network);
                    zygote
                }
            };
            let run = session::run(&mut zygote, session, self.scratch, self.options)?;
            (self.ended)(index, &run.outcomes);
            done.outcomes.push((index, run.outcomes));
            if run.zygote_lives {
                self.zygotes.push((session.network, zygote));
            }
        }
        Ok(done)
    }

    /// A new zygote, and how it keeps the network away.
    fn replicate(&self, network: Network) -> Result<(Zygote, String), WorkerError> {
        let mut worker = self.worker.lock().map_err(|_| WorkerError::Poisoned)?;
        // Who wants no isolation wants the network too.
        let network = if self.options.isolation == IsolationPolicy::Off { Network::Full } else { network };
        let (zygote, isolation) = worker.replicate(network, &self.options.interrupt)?;
        if self.options.isolation == IsolationPolicy::Require && isolation.network == NOT_ENFORCED {
            return Err(WorkerError::Unconfined { part: "the network" });
        }
        Ok((zygote, isolation.network))
    }
}
