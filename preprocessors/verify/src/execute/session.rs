//! One session, from its job to its outcomes.
//!
//! A single loop waits for the zygote, the results, the two output pipes and the trace, and for the time of the running example. Nothing
//! in it trusts the session: every byte may be missing, forged or too many. What the bytes are is for [`super::pipes`] to say.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use exemplar_model::outcome::Outcome;
use exemplar_model::plan::Session;
use exemplar_model::protocol::{Allotment, Command, Event, Frame, Job, Reads, STATE_BYTES, STATE_FINISHING};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::ExecuteOptions;
use super::checkpoint::{Point, Seen};
use super::clock::{now, until};
use super::files;
use super::job::{job, memory_file, new_nonce};
use super::observed::{Exit, KillReason, Observed};
use super::pipes::{Pipes, Received};
use super::worker::{WorkerError, setup};
use super::zygote::Zygote;
use crate::heap::make_room;

/// How long a session may take to begin, once the zygote was asked.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long exit handlers and leftover threads may take. Over it they are killed, which is no failure of an example.
pub(super) const FINISH_LIMIT: Duration = Duration::from_secs(5);

/// How long a hanging example is given to begin to say where it hangs.
const DUMP_LIMIT: Duration = Duration::from_millis(500);

/// How long after the last byte of it a dump is taken for complete.
const DUMP_SILENCE: Duration = Duration::from_millis(30);

/// How long a zygote may take to report the end of a session that was killed.
const KILL_LIMIT: Duration = Duration::from_secs(10);

/// How long the pipes may stand before somebody looks into them.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What a session gave, and whether its zygote can run another.
pub(super) struct Run {
    pub(super) outcomes: Vec<Outcome>,
    /// What it read, where that was noted.
    pub(super) reads: Option<Reads>,
    pub(super) zygote_lives: bool,
    /// The checkpoints that it has left. Its zygote is busy with them, if there are any.
    pub(super) points: Vec<Point>,
    /// What was seen of all its steps, where it could have checkpoints.
    pub(super) seen: Seen,
}

/// How a session begins.
pub(super) struct Start<'a> {
    /// Its directory, a path without links.
    pub(super) directory: &'a Path,
    /// Whether it leaves checkpoints.
    pub(super) holds: bool,
    /// What was seen of the steps that are behind it already.
    pub(super) seen: Seen,
}

/// Runs a session in a fork of the zygote, or of a checkpoint. `buffer` has room for [`super::pipes::READ_AT_ONCE`] bytes.
pub(super) fn run(
    zygote: &Zygote,
    session: &Session,
    start: Start<'_>,
    options: &ExecuteOptions,
    buffer: &mut [u8],
) -> Result<Run, WorkerError> {
    make_room();
    let Start { directory, holds, seen } = start;
    if seen.results.is_empty() {
        files::copy_into(directory, &session.files, &options.readable, &options.interrupt)?;
    }
    let nonce = new_nonce().map_err(setup("a random number"))?;
    let job = job(session, directory, &nonce, options);
    let begins = !seen.results.is_empty();
    let (pipes, far) = Pipes::open(nonce, session, seen, buffer).map_err(setup("its pipes"))?;
    let state = memory_file("exemplar-state", &[0; STATE_BYTES]).map_err(setup("its state page"))?;
    let notices = request(zygote, session, &job, &state, &far, holds)?;
    // Held here too, a pipe would never end.
    drop(far);
    let mut drive = Drive {
        zygote,
        session,
        options,
        pipes,
        watches: false,
        state,
        begins,
        notices,
        checkpoints: Vec::new(),
        started: now(),
        kill_reason: None,
        killed: false,
        exit: None,
        zygote_lives: true,
    };
    drive.attend()?;
    let zygote_lives = drive.zygote_lives;
    let checkpoints = std::mem::take(&mut drive.checkpoints);
    let mut observed = drive.observed(job.directory);
    let (reads, read_by) = take_reads(&mut observed.results);
    let points = Point::all(checkpoints, &read_by);
    let seen = if holds { observed.seen() } else { Seen::default() };
    Ok(Run { outcomes: observed.outcomes(), reads, zygote_lives, points, seen })
}

/// Asks the zygote to run a session. Where it is to leave checkpoints, gives the socket by which it tells of them.
fn request(
    zygote: &Zygote,
    session: &Session,
    job: &Job,
    state: &OwnedFd,
    pipes: &[OwnedFd; 4],
    holds: bool,
) -> Result<Option<Zygote>, WorkerError> {
    let job_file = serde_json::to_vec(job)
        .map_err(Into::into)
        .and_then(|json| memory_file("exemplar-job", &json))
        .map_err(setup("its job"))?;
    let notices = holds.then(Zygote::pair).transpose().map_err(setup("its socket for checkpoints"))?;
    let allotment = Allotment {
        directory: job.directory.clone().into(),
        memory: session.memory,
        processes: session.processes,
    };
    let mut given = vec![&job_file, state];
    given.extend(pipes);
    given.extend(notices.as_ref().map(|(_, far)| far));
    zygote.send(&Command::Run(allotment), &given).map_err(setup("the request to its zygote"))?;
    Ok(notices.map(|(near, _)| near))
}

/// Takes out what a session said that it had read: in all, and by the steps before which it left a checkpoint.
fn take_reads(results: &mut Vec<Frame>) -> (Option<Reads>, Vec<(usize, Reads)>) {
    let mut reads = None;
    let mut read_by = Vec::new();
    results.retain_mut(|frame| {
        match frame {
            Frame::Reads(noted) => reads = Some(std::mem::take(noted)),
            Frame::Checkpoint { step, reads } => read_by.push((*step, std::mem::take(reads))),
            Frame::Step(_) | Frame::Done { .. } => return true,
        }
        false
    });
    (reads, read_by)
}

/// A session under way.
struct Drive<'a> {
    zygote: &'a Zygote,
    session: &'a Session,
    options: &'a ExecuteOptions,
    pipes: Pipes<'a>,
    /// Whether the pipes are watched: much has come lately.
    watches: bool,
    state: OwnedFd,
    /// Whether a checkpoint has not answered yet that it goes on.
    begins: bool,
    /// By which the session tells of checkpoints, where it may make some.
    notices: Option<Zygote>,
    /// Those that it has made: before which step, and the control socket. The last one attends to what runs.
    checkpoints: Vec<(usize, Zygote)>,
    started: Duration,
    kill_reason: Option<KillReason>,
    killed: bool,
    exit: Option<Exit>,
    zygote_lives: bool,
}

impl<'a> Drive<'a> {
    /// Until the process is gone and the pipes are empty.
    fn attend(&mut self) -> Result<(), WorkerError> {
        // The state page is looked at now and then, not at every event: often enough that no limit is overrun.
        let patience = self.session.steps.iter().map(|step| step.timeout).min().unwrap_or(START_LIMIT);
        let patience = patience.min(self.session.timeout);
        let session_deadline = self.started.saturating_add(self.session.timeout);
        let mut look_at = now() + patience;
        let mut dump_until: Option<Duration> = None;
        let mut gone_by: Option<Duration> = None;
        while self.exit.is_none() && self.zygote_lives {
            let traced = self.pipes.traced();
            self.hear_of_checkpoints();
            if self.watches || self.killed || dump_until.is_some() {
                self.wait(gone_by.or(dump_until).unwrap_or(look_at))?;
            } else {
                self.pass(look_at)?;
            }
            if self.killed {
                let by = *gone_by.get_or_insert_with(|| now() + KILL_LIMIT);
                if now() >= by {
                    // Its zygote doesn't answer; it is given up, and its successor begins afresh.
                    self.zygote_lives = false;
                }
                continue;
            }
            if self.options.interrupt.raised().is_some() {
                self.kill();
                continue;
            }
            self.kill_reason = self.kill_reason.or(self.pipes.fault());
            if let Some(KillReason::OutputLimit | KillReason::Damaged) = self.kill_reason {
                self.kill();
                continue;
            }
            if let Some(until) = &mut dump_until {
                // Nothing tells when the dump is complete but that no more of it comes.
                if self.pipes.traced() > traced {
                    *until = now() + DUMP_SILENCE;
                }
                if now() >= *until {
                    self.kill();
                }
                continue;
            }
            if now() < look_at {
                continue;
            }
            let state = self.read_state();
            let deadline = self.deadline(state).min(session_deadline);
            look_at = deadline.min(now() + patience);
            if now() >= deadline {
                match self.running(state) {
                    Some(step) => {
                        let whole = deadline == session_deadline;
                        let reason = if whole { KillReason::SessionTimedOut } else { KillReason::TimedOut };
                        self.kill_reason = Some(reason(step));
                        self.request(&Command::Dump);
                        dump_until = Some(now() + DUMP_LIMIT);
                    }
                    None => self.kill(),
                }
            }
        }
        self.pipes.drain();
        if self.pipes.is_damaged() {
            self.kill_reason = self.kill_reason.or(Some(KillReason::Damaged));
        }
        Ok(())
    }

    /// Waits for the end of the session for a while, and takes what the pipes hold by then.
    fn pass(&mut self, deadline: Duration) -> Result<(), WorkerError> {
        let deadline = deadline.min(now() + LOOK_EVERY);
        let mut waited = [
            PollFd::new(self.attendant(), PollFlags::IN),
            PollFd::new(&self.options.interrupt, PollFlags::IN),
        ];
        match poll(&mut waited, Some(&until(deadline))) {
            Err(Errno::INTR) => return Ok(()),
            other => {
                other.map_err(|error| WorkerError::Setup { what: "waiting for it", source: error.into() })?;
            }
        }
        let control = !waited[0].revents().is_empty();
        self.watches |= self.pipes.read_all();
        if control { self.hear() } else { Ok(()) }
    }

    /// Waits for any of the descriptors until the deadline, and takes what they hold.
    fn wait(&mut self, deadline: Duration) -> Result<(), WorkerError> {
        let timeout = until(deadline.min(now() + LOOK_EVERY));
        let (ready, control) = {
            let mut waited = vec![PollFd::new(self.attendant(), PollFlags::IN)];
            let mut which = Vec::new();
            if !self.killed {
                // Once the session is killed there is nothing left to hurry, and the descriptor stays readable.
                waited.push(PollFd::new(&self.options.interrupt, PollFlags::IN));
            }
            let pipes = waited.len();
            for (index, pipe) in self.pipes.near() {
                waited.push(PollFd::new(pipe, PollFlags::IN));
                which.push(index);
            }
            match poll(&mut waited, Some(&timeout)) {
                Err(Errno::INTR) => return Ok(()),
                other => other
                    .map_err(|error| WorkerError::Setup { what: "waiting for it", source: error.into() })?,
            };
            let ready: Vec<usize> = which
                .iter()
                .zip(&waited[pipes..])
                .filter(|(_, waited)| !waited.revents().is_empty())
                .map(|(&index, _)| index)
                .collect();
            (ready, !waited[0].revents().is_empty())
        };
        self.watches = !ready.is_empty();
        for &index in &ready {
            self.pipes.read(index);
        }
        if control { self.hear() } else { Ok(()) }
    }

    /// Who attends to the process that runs: the last checkpoint, if there is one.
    fn attendant(&self) -> &Zygote {
        self.checkpoints.last().map_or(self.zygote, |(_, control)| control)
    }

    /// Takes the control sockets of new checkpoints. Who attended to what has become one need not watch it any more.
    fn hear_of_checkpoints(&mut self) {
        while let Some((step, control)) = self.notices.as_ref().and_then(Zygote::receive_held) {
            self.request(&Command::Rest);
            self.checkpoints.push((step, control));
        }
    }

    fn hear(&mut self) -> Result<(), WorkerError> {
        match self.attendant().receive() {
            Ok(Some(Event::Resumed)) => self.begins = false,
            // What a checkpoint had told before it was asked is about another process.
            Ok(Some(Event::Exited { .. })) if self.begins => {}
            Ok(Some(Event::Exited { status, signal, excess })) => {
                self.exit = Some(Exit { status, signal, excess });
            }
            Ok(Some(Event::Failed { reason })) => return Err(WorkerError::Session { reason }),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => self.zygote_lives = false,
        }
        Ok(())
    }

    fn request(&mut self, command: &Command) {
        if self.attendant().send(command, &[]).is_err() {
            self.zygote_lives = false;
        }
    }

    fn kill(&mut self) {
        self.killed = true;
        self.request(&Command::Kill);
    }

    /// The state page: step word and start of the step.
    fn read_state(&self) -> (u64, Duration) {
        let mut bytes = [0; STATE_BYTES];
        if rustix::io::pread(&self.state, &mut bytes, 0) != Ok(STATE_BYTES) {
            return (0, self.started);
        }
        let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap_or_default());
        match word(0) {
            0 => (0, self.started),
            // A start that lies in the future was not written by the driver.
            step => (step, Duration::from_nanos(word(8)).min(now())),
        }
    }

    fn running(&self, (step, _): (u64, Duration)) -> Option<usize> {
        let index = usize::try_from(step.checked_sub(1)?).ok()?;
        (index < self.session.steps.len()).then_some(index)
    }

    fn deadline(&self, state: (u64, Duration)) -> Duration {
        let limit = match state.0 {
            0 => START_LIMIT,
            STATE_FINISHING => FINISH_LIMIT,
            _ => self.running(state).map_or(START_LIMIT, |index| self.session.steps[index].timeout),
        };
        state.1.saturating_add(limit)
    }

    /// What was seen, for the outcomes to be made of.
    fn observed(self, directory: String) -> Observed<'a> {
        let running = self.running(self.read_state());
        let Received { results, stdout, stderr, trace, dropped } = self.pipes.received();
        Observed {
            running,
            session: self.session,
            directory,
            results,
            stdout,
            stderr,
            trace,
            dropped,
            killed: self.killed,
            kill_reason: self.kill_reason,
            exit: self.exit,
        }
    }
}
