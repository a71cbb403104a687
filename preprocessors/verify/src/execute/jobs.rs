//! Shares the sessions out: as many at a time as there are jobs, each job with zygotes of its own.
//!
//! A zygote serves one interpreter, and one kind of network, since it can't get one back that it gave up. So a job has one for each pair
//! that its sessions ask for, made when the first of them comes, and made anew when one dies. Each interpreter has a worker, which makes
//! the zygotes of all jobs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use exemplar_model::outcome::Outcome;
use exemplar_model::plan::Session;
use exemplar_model::protocol::{Interpreter, Network};
use exemplar_model::report::Isolation;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::preload;
use super::session;
use super::worker::{Purpose, Worker, WorkerError, setup};
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
        let interpreters = vec![None; sessions.len()];
        return Ok(Executed { interpreter: None, isolation: not_enforced(), outcomes, interpreters });
    }
    let scratch = tempfile::Builder::new()
        .prefix("exemplar-")
        .tempdir()
        .map_err(setup("the temporary directory of the run"))?;
    let scratch =
        Directory { path: scratch.path().canonicalize().map_err(setup("its path"))?, _owner: scratch };
    let pythons = interpreters_of(sessions, &busy);
    let workers = start_workers(sessions, &busy, &pythons, options, &scratch.path)?;
    let known: Vec<Interpreter> = workers.iter().map(|worker| worker.interpreter().clone()).collect();
    let of_session =
        |index: usize| pythons.iter().position(|python| *python == sessions[index].python.as_deref());
    let own = pythons.iter().position(Option::is_none);
    let interpreter = own.or_else(|| of_session(*busy.first()?)).map(|worker| known[worker].clone());
    let mut isolation = not_enforced();
    let parts = |part: fn(&Isolation) -> &String| {
        least("", workers.iter().map(|worker| part(worker.isolation()).clone()).collect())
    };
    isolation.filesystem = parts(|isolation| &isolation.filesystem);
    isolation.memory = parts(|isolation| &isolation.memory);
    isolation.network = String::new();
    let workers: Vec<Mutex<Worker>> = workers.into_iter().map(Mutex::new).collect();
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
                Job {
                    workers: &workers,
                    pythons: &pythons,
                    scratch: &scratch.path,
                    options,
                    ended,
                    zygotes: Vec::new(),
                }
                .run(sessions, &busy, &next)
            })
            .collect::<Result<_, _>>()
    })?;
    let mut interpreters = vec![None; sessions.len()];
    for job in done {
        for (index, outcome) in job.outcomes {
            outcomes[index] = outcome;
            interpreters[index] = of_session(index).map(|worker| known[worker].clone());
        }
        isolation.network = least(&isolation.network, job.networks);
    }
    Ok(Executed { interpreter, isolation, outcomes, interpreters })
}

/// The interpreters that these sessions want, in the order in which they first do; none stands for the run's own.
fn interpreters_of<'a>(sessions: &'a [Session], busy: &[usize]) -> Vec<Option<&'a Path>> {
    let mut pythons: Vec<Option<&Path>> = Vec::new();
    for python in busy.iter().map(|&index| sessions[index].python.as_deref()) {
        if !pythons.contains(&python) {
            pythons.push(python);
        }
    }
    pythons
}

/// A worker for each interpreter.
fn start_workers(
    sessions: &[Session],
    busy: &[usize],
    pythons: &[Option<&Path>],
    options: &ExecuteOptions,
    scratch: &Path,
) -> Result<Vec<Worker>, WorkerError> {
    let start = |&python: &Option<&Path>| {
        let its: Vec<&Session> = busy
            .iter()
            .map(|&index| &sessions[index])
            .filter(|session| session.python.as_deref() == python)
            .collect();
        let readable: BTreeSet<&PathBuf> = its.iter().flat_map(|session| &session.pythonpath).collect();
        let readable: Vec<PathBuf> = readable.into_iter().cloned().collect();
        let preloading = preload::choose(&its, &options.preload);
        let python = python.or(options.python.as_deref());
        Worker::start(options, Purpose { python, preloading: &preloading, readable: &readable }, scratch)
    };
    pythons.iter().map(start).collect()
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
    workers: &'a [Mutex<Worker>],
    /// The interpreter of each worker, as sessions name it.
    pythons: &'a [Option<&'a Path>],
    scratch: &'a Path,
    options: &'a ExecuteOptions,
    ended: &'a Ended<'a>,
    /// By worker and network.
    zygotes: Vec<((usize, Network), Zygote)>,
}

impl Job<'_> {
    /// Takes sessions from the common list until none is left.
    fn run(mut self, sessions: &[Session], busy: &[usize], next: &AtomicUsize) -> Result<Done, WorkerError> {
        let mut done = Done { outcomes: Vec::new(), networks: Vec::new() };
        let mut buffer = vec![0; session::READ_AT_ONCE];
        while self.options.interrupt.raised().is_none()
            && let Some(&index) = busy.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let session = &sessions[index];
            let python = session.python.as_deref();
            let worker = self.pythons.iter().position(|known| *known == python).unwrap_or_default();
            let kind = (worker, session.network);
            let mut zygote = match self.zygotes.iter().position(|(known, _)| *known == kind) {
                Some(known) => self.zygotes.swap_remove(known).1,
                None => {
                    let (zygote, network) = self.replicate(worker, session.network)?;
                    done.networks.push(network);
                    zygote
                }
            };
            let run = session::run(&mut zygote, session, self.scratch, self.options, &mut buffer)?;
            (self.ended)(index, &run.outcomes);
            done.outcomes.push((index, run.outcomes));
            if run.zygote_lives {
                self.zygotes.push((kind, zygote));
            }
        }
        Ok(done)
    }

    /// A new zygote, and how it keeps the network away.
    fn replicate(&self, worker: usize, network: Network) -> Result<(Zygote, String), WorkerError> {
        let mut worker = self.workers[worker].lock().map_err(|_| WorkerError::Poisoned)?;
        // Who wants no isolation wants the network too.
        let network = if self.options.isolation == IsolationPolicy::Off { Network::Full } else { network };
        let (zygote, isolation) = worker.replicate(network, &self.options.interrupt)?;
        if self.options.isolation == IsolationPolicy::Require && isolation.network == NOT_ENFORCED {
            return Err(WorkerError::Unconfined { part: "the network" });
        }
        Ok((zygote, isolation.network))
    }
}
