//! Shares the sessions out: as many at a time as there are jobs, each job with zygotes of its own.
//!
//! A zygote serves one interpreter, and one kind of network, since it can't get one back that it gave up. So a job has one for each pair
//! that its sessions ask for, made when the first of them comes, and made anew when one dies. Each interpreter has a worker, which makes
//! the zygotes of all jobs.

use std::collections::BTreeSet;
use std::mem::take;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use exemplar_model::outcome::Outcome;
use exemplar_model::plan::Session;
use exemplar_model::protocol::{Interpreter, Network};
use exemplar_model::report::Isolation;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::ahead::{Coming, may_read};
use super::checkpoint::{Held, Line, Lines, Seen, Witness, is_believed, may_be_held};
use super::directory::SessionDirectory;
use super::pipes::READ_AT_ONCE;
use super::preload;
use super::session::{self, Run, Start};
use super::standby::{Directory, Kind, Leaving, Member, Serving, Standby, Team};
use super::starting::Starting;
use super::worker::{Worker, WorkerError};
use super::zygote::Zygote;
use super::{Ended, ExecuteOptions, Executed, NOT_ENFORCED, Ran};
use crate::load::settings::IsolationPolicy;

/// Runs those of the sessions that are named, by their places. The outcomes are in their order, whatever ran first.
pub(super) fn run(
    sessions: &[Session],
    mut busy: Vec<usize>,
    options: &ExecuteOptions,
    witness: Option<&Witness<'_>>,
    ended: &Ended<'_>,
) -> Result<Executed, WorkerError> {
    if let Some(seed) = options.shuffle {
        fastrand::Rng::with_seed(seed).shuffle(&mut busy);
    }
    let mut outcomes: Vec<Vec<Outcome>> = sessions.iter().map(|_| Vec::new()).collect();
    if busy.is_empty() {
        let interpreters = vec![None; sessions.len()];
        let resumed = vec![0; sessions.len()];
        return Ok(Executed {
            interpreter: None,
            isolation: not_enforced(),
            outcomes,
            interpreters,
            resumed,
            leaving: Leaving::default(),
        });
    }
    let pythons = interpreters_of(sessions, &busy);
    let (mut team, ahead) = match options.standby.as_ref().and_then(Standby::take) {
        Some(team) => (team, None),
        None => match options.ahead.take() {
            Some((coming, scratch)) => (Team::new(scratch), Some(coming)),
            None => (Team::new(Directory::new()?), None),
        },
    };
    let chosen = engage(&mut team, ahead, sessions, &busy, &pythons, options)?;
    // What is declared last goes first.
    let Team { scratch, members, zygotes, lines } = team;
    let workers: Vec<&Worker> = chosen.iter().map(|&member| &members[member].worker).collect();
    let known: Vec<Interpreter> = workers.iter().map(|worker| worker.interpreter().clone()).collect();
    let of_session =
        |index: usize| pythons.iter().position(|python| *python == sessions[index].python.as_deref());
    let own = pythons.iter().position(Option::is_none);
    // The first in the book, not the one that runs first: that differs from run to run.
    let interpreter = own.or_else(|| of_session(*busy.iter().min()?)).map(|worker| known[worker].clone());
    let mut isolation = not_enforced();
    let parts = |part: fn(&Isolation) -> &String| {
        least("", workers.iter().map(|worker| part(worker.isolation()).clone()).collect())
    };
    isolation.filesystem = parts(|isolation| &isolation.filesystem);
    isolation.memory = parts(|isolation| &isolation.memory);
    isolation.network = String::new();
    let enforced: Vec<Isolation> = workers.iter().map(|worker| worker.isolation().clone()).collect();
    let spare = Mutex::new(zygotes);
    let lines = Mutex::new(lines);
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
                    members: &members,
                    chosen: &chosen,
                    spare: &spare,
                    lines: &lines,
                    witness,
                    pythons: &pythons,
                    scratch: &scratch.path,
                    options,
                    ended,
                    known: &known,
                    enforced: &enforced,
                    zygotes: Vec::new(),
                    directory: None,
                }
                .run(sessions, &busy, &next)
            })
            .collect::<Result<_, _>>()
    })?;
    let mut interpreters = vec![None; sessions.len()];
    let mut resumed = vec![0; sessions.len()];
    let mut zygotes = spare.into_inner().unwrap_or_default();
    for job in done {
        zygotes.extend(job.zygotes);
        for (index, outcome, steps) in job.outcomes {
            outcomes[index] = outcome;
            resumed[index] = steps;
            interpreters[index] = of_session(index).map(|worker| known[worker].clone());
        }
        isolation.network = least(&isolation.network, job.networks);
    }
    let team = Team { lines: lines.into_inner().unwrap_or_default(), zygotes, members, scratch };
    let leaving = match &options.standby {
        Some(standby) => {
            standby.put(team);
            Leaving::default()
        }
        None => team.leave(),
    };
    Ok(Executed { interpreter, isolation, outcomes, interpreters, resumed, leaving })
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

/// A worker for each interpreter, of those that stand by, or are on their way, or a new one: their places in the team.
fn engage(
    team: &mut Team,
    mut ahead: Option<Coming>,
    sessions: &[Session],
    busy: &[usize],
    pythons: &[Option<&Path>],
    options: &ExecuteOptions,
) -> Result<Vec<usize>, WorkerError> {
    let mut chosen = Vec::with_capacity(pythons.len());
    for &python in pythons {
        let its = |index: &&usize| sessions[**index].python.as_deref() == python;
        let its: Vec<&Session> = busy.iter().filter(its).map(|&index| &sessions[index]).collect();
        let interpreter = python.or(options.python.as_deref());
        let known = team.members.iter().position(|member| member.suits(interpreter, &its));
        if let Some(known) = known {
            chosen.push(known);
            continue;
        }
        let readable: BTreeSet<&PathBuf> = sessions.iter().flat_map(|session| &session.pythonpath).collect();
        let readable: Vec<PathBuf> = readable.into_iter().cloned().collect();
        // Who stands by will run others too.
        let all: Vec<&Session> = if options.standby.is_some() {
            sessions.iter().filter(|session| session.python.as_deref() == python).collect()
        } else {
            its
        };
        let preloading = preload::choose(&all, &options.preload);
        let starting = match ahead.take_if(|_| python.is_none() && may_read(options, &readable)) {
            Some(coming) => coming.join()?,
            None => Starting::new(options, interpreter, &readable, &team.scratch.path, all.len())?,
        };
        let begun = starting.begun;
        let worker = starting.ready(options, &preloading)?;
        let python = interpreter.map(Path::to_owned);
        chosen.push(team.members.len());
        team.members.push(Member { worker, python, preloading, readable, begun });
    }
    Ok(chosen)
}

/// Starts the workers of these sessions, with a zygote each, and lets them stand by.
pub(super) fn stand_by(sessions: &[Session], options: &ExecuteOptions) -> Result<(), WorkerError> {
    let Some(standby) = options.standby.as_ref().filter(|standby| !standby.is_there()) else { return Ok(()) };
    let busy: Vec<usize> = (0..sessions.len()).filter(|&index| !sessions[index].steps.is_empty()).collect();
    let pythons = interpreters_of(sessions, &busy);
    let mut team = Team::new(Directory::new()?);
    for member in engage(&mut team, None, sessions, &busy, &pythons, options)? {
        let (zygote, isolation) = team.members[member].worker.replicate(Network::None, &options.interrupt)?;
        team.zygotes.push(((member, Network::None), zygote, isolation.network));
    }
    standby.put(team);
    Ok(())
}

fn not_enforced() -> Isolation {
    let none = || NOT_ENFORCED.to_owned();
    Isolation { filesystem: none(), network: none(), memory: none() }
}

/// Of each part, the least that any of these had.
pub(crate) fn together(isolations: &[Isolation]) -> Isolation {
    let part = |part: fn(&Isolation) -> &String| {
        let words = isolations.iter().flat_map(|isolation| part(isolation).split(", ").map(str::to_owned));
        least("", words.collect())
    };
    Isolation {
        filesystem: part(|isolation| &isolation.filesystem),
        network: part(|isolation| &isolation.network),
        // One phrase with a comma of its own, and no list.
        memory: least("", isolations.iter().map(|isolation| isolation.memory.clone()).collect()),
    }
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
    /// Of each session, by its place, and how many of its steps were not run again.
    outcomes: Vec<(usize, Vec<Outcome>, usize)>,
    /// How its zygotes keep the network away.
    networks: Vec<String>,
    /// Those that live.
    zygotes: Vec<Serving>,
}

/// One job.
struct Job<'a> {
    members: &'a [Member],
    /// For each interpreter, the member that serves it.
    chosen: &'a [usize],
    /// Zygotes that no job has yet.
    spare: &'a Mutex<Vec<Serving>>,
    /// The checkpoints of sessions that no job has yet.
    lines: &'a Mutex<Lines>,
    /// Who knows what they depend on; none where there are to be none.
    witness: Option<&'a Witness<'a>>,
    /// The interpreter of each worker, as sessions name it.
    pythons: &'a [Option<&'a Path>],
    scratch: &'a Path,
    options: &'a ExecuteOptions,
    ended: &'a Ended<'a>,
    /// The interpreter of each worker, as it calls itself.
    known: &'a [Interpreter],
    /// What the system enforces for the sessions of each worker, their network apart.
    enforced: &'a [Isolation],
    /// By worker and network, with how each keeps the network away.
    zygotes: Vec<Serving>,
    /// That of the session before, where it is as good as new.
    directory: Option<SessionDirectory>,
}

impl Job<'_> {
    /// Takes sessions from the common list until none is left.
    fn run(mut self, sessions: &[Session], busy: &[usize], next: &AtomicUsize) -> Result<Done, WorkerError> {
        let mut done = Done { outcomes: Vec::new(), networks: Vec::new(), zygotes: Vec::new() };
        let mut buffer = vec![0; READ_AT_ONCE];
        while self.options.interrupt.raised().is_none()
            && let Some(&index) = busy.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let session = &sessions[index];
            let python = session.python.as_deref();
            let worker = self.pythons.iter().position(|known| *known == python).unwrap_or_default();
            let kind = (self.chosen[worker], self.network_of(session));
            let (mut run, network, resumed) = match self.run_held(index, session, kind, &mut buffer)? {
                Some(run) => run,
                None => self.run_whole(index, session, kind, &mut buffer)?,
            };
            if !done.networks.contains(&network) {
                done.networks.push(network.clone());
            }
            let enforced = &self.enforced[worker];
            let isolation = Isolation {
                filesystem: enforced.filesystem.clone(),
                network: network.clone(),
                memory: enforced.memory.clone(),
            };
            let ran = Ran {
                outcomes: &mut run.outcomes,
                reads: run.reads.as_ref(),
                interpreter: &self.known[worker],
                isolation: &isolation,
                resumed,
                kept: false,
            };
            (self.ended)(index, ran);
            done.outcomes.push((index, run.outcomes, resumed));
        }
        done.zygotes = self.zygotes;
        Ok(done)
    }

    /// Runs a session from its beginning: what it gave, and how the network was kept away.
    fn run_whole(
        &mut self,
        index: usize,
        session: &Session,
        kind: Kind,
        buffer: &mut [u8],
    ) -> Result<(Run, String, usize), WorkerError> {
        let since = SystemTime::now();
        let witness = self.witness.filter(|_| may_be_held(session, self.options));
        let known = self.zygotes.iter().position(|(known, ..)| *known == kind);
        let (zygote, network) = match known.map(|known| self.zygotes.swap_remove(known)) {
            Some((_, zygote, network)) => (zygote, network),
            None => self.engage(kind)?,
        };
        let directory = match self.directory.take() {
            Some(directory) => directory,
            None => SessionDirectory::new(self.scratch)?,
        };
        let start = Start { directory: directory.path(), holds: witness.is_some(), seen: Seen::default() };
        let mut run = session::run(&zygote, session, start, self.options, buffer)?;
        if let Some(witness) = witness.filter(|_| run.zygote_lives && !run.points.is_empty()) {
            let held = Held {
                points: take(&mut run.points),
                seen: take(&mut run.seen),
                directory: directory.keep(),
            };
            let serving = (kind, zygote, network.clone());
            let line = Line::new(session, serving, held, |reads| witness(index, reads, Some(since)));
            self.put(line)?;
        } else {
            // A zygote that attends to checkpoints serves nobody else.
            if run.zygote_lives && run.points.is_empty() {
                self.zygotes.push((kind, zygote, network.clone()));
            }
            if run.zygote_lives {
                self.directory = directory.again();
            }
        }
        Ok((run, network, 0))
    }

    /// Runs a session from its last checkpoint that serves; none where there is no such, or what came of it is not believed.
    fn run_held(
        &self,
        index: usize,
        session: &Session,
        kind: Kind,
        buffer: &mut [u8],
    ) -> Result<Option<(Run, String, usize)>, WorkerError> {
        let Some(witness) = self.witness.filter(|_| may_be_held(session, self.options)) else {
            return Ok(None);
        };
        let since = SystemTime::now();
        let line = self.lines.lock().map_err(|_| WorkerError::Poisoned)?.take(session, kind);
        let resumed = line.and_then(|line| line.resume(session, |reads| witness(index, reads, None)));
        let Some(mut resumed) = resumed else { return Ok(None) };
        let directory = resumed.directory().path().to_owned();
        let start = Start { directory: &directory, holds: true, seen: take(&mut resumed.seen) };
        let mut run = session::run(&resumed.point.control, session, start, self.options, buffer)?;
        if !run.zygote_lives || !is_believed(&run.outcomes) {
            return Ok(None);
        }
        let (network, steps) = (resumed.network().to_owned(), resumed.point.step);
        let (points, seen) = (take(&mut run.points), take(&mut run.seen));
        let line = resumed.done(session, points, seen, |reads| witness(index, reads, Some(since)));
        self.put(line)?;
        Ok(Some((run, network, steps)))
    }

    fn put(&self, line: Line) -> Result<(), WorkerError> {
        self.lines.lock().map_err(|_| WorkerError::Poisoned)?.put(line);
        Ok(())
    }

    /// What a session may reach of the network: who wants no isolation wants the network too.
    fn network_of(&self, session: &Session) -> Network {
        if self.options.isolation == IsolationPolicy::Off { Network::Full } else { session.network }
    }

    /// A zygote that stands by, or a new one, and how it keeps the network away.
    fn engage(&self, kind: Kind) -> Result<(Zygote, String), WorkerError> {
        let (member, network) = kind;
        {
            let mut spare = self.spare.lock().map_err(|_| WorkerError::Poisoned)?;
            if let Some(place) = spare.iter().position(|(known, ..)| *known == kind) {
                let (_, zygote, network) = spare.swap_remove(place);
                return Ok((zygote, network));
            }
        }
        let (zygote, isolation) = self.members[member].worker.replicate(network, &self.options.interrupt)?;
        if self.options.isolation == IsolationPolicy::Require && isolation.network == NOT_ENFORCED {
            return Err(WorkerError::Unconfined { part: "the network" });
        }
        Ok((zygote, isolation.network))
    }
}
