//! The checkpoints of sessions between two runs, so that an edit does not pay again for what stands above it.
//!
//! A session that may be held becomes a line of processes which stand still (`checkpoint` in the worker), one before each step that
//! follows enough work. When the session is to run again, the last of them serves whose steps are still those that stand above it, and to
//! which all is as it was that they had read: who knows that is the *witness*, which the kept results are, with a word for all of it.
//!
//! Invariants: a line belongs to the worker whose zygote attends to it, and to one run at a time. What came of a checkpoint and crashed is
//! not believed: the session runs from its beginning.
//!
//! Deliberately absent: lines outlive nobody. They are in memory, few, and gone with the program or when nobody edits for a while.

use std::time::{Duration, SystemTime};

use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Session, Step, StepMode};
use exemplar_model::protocol::{Frame, Network, Reads};
use tempfile::TempDir;

use super::ExecuteOptions;
use super::output::StepText;
use super::standby::Kind;
use super::zygote::Zygote;
use crate::load::settings::IsolationPolicy;

/// How many sessions have checkpoints at a time: those that ran last.
const MOST_LINES: usize = 4;

/// Says what all comes to that a session, by its place, was given and has read, its steps and limits apart: a word that is another when any
/// of it is. None where it changed since that time.
pub(crate) type Witness<'a> = dyn Fn(usize, &Reads, Option<SystemTime>) -> Option<String> + Sync + 'a;

/// Words of code to which its process matters: one that goes on from a checkpoint is another process, which has used no time yet.
const OF_PROCESSES: &[&str] = &[
    "clock_gettime",
    "get_native_id",
    "getpgid",
    "getpgrp",
    "getpid",
    "getppid",
    "getrusage",
    "getsid",
    "multiprocessing",
    "native_id",
    "process",
    "process_time",
    "process_time_ns",
    "psutil",
    "resource",
    "shared_memory",
    "thread_time",
    "thread_time_ns",
    "times",
];

/// What was seen of the first steps of a session, before anything was made of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) results: Vec<Frame>,
    pub(super) stdout: Vec<StepText>,
    pub(super) stderr: Vec<StepText>,
}

impl Seen {
    /// How many steps all was seen of.
    fn length(&self) -> usize {
        self.results.len().min(self.stdout.len()).min(self.stderr.len())
    }

    /// That of the steps before this one.
    fn until(&self, step: usize) -> Self {
        Self {
            results: self.results[..step].to_vec(),
            stdout: self.stdout[..step].to_vec(),
            stderr: self.stderr[..step].to_vec(),
        }
    }
}

/// A checkpoint before a step.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) step: usize,
    pub(super) control: Zygote,
    /// What the session had read by then.
    pub(super) reads: Reads,
}

impl Point {
    /// The checkpoints that a session has left, by the steps before which they are, each with what it says that it had read by then.
    pub(super) fn all(checkpoints: Vec<(usize, Zygote)>, read_by: &[(usize, Reads)]) -> Vec<Self> {
        // Without that word nobody can know whether it may go on; it is kept for the sake of those behind it.
        let unknown =
            || Reads { hidden: Some("it has not said what it reads".to_owned()), ..Reads::default() };
        let noted = |step: usize| read_by.iter().find(|(at, _)| *at == step).map(|(_, reads)| reads.clone());
        checkpoints
            .into_iter()
            .map(|(step, control)| Self { step, control, reads: noted(step).unwrap_or_else(unknown) })
            .collect()
    }
}

/// A session's line of checkpoints. The processes go before their zygote, and that before the directory.
#[derive(Debug)]
pub(super) struct Line {
    /// The session's name from run to run.
    name: String,
    pub(super) kind: Kind,
    /// How its zygote keeps the network away.
    pub(super) network: String,
    limits: Limits,
    /// The steps, as they ran.
    steps: Vec<Step>,
    /// The checkpoints in their order, each with the word of the witness.
    points: Vec<(Point, String)>,
    seen: Seen,
    /// It attends to them all.
    _zygote: Zygote,
    directory: TempDir,
}

impl Line {
    /// The line of a session that has run, if it has one checkpoint that will be of use. Else its zygote is another's again.
    pub(super) fn new(
        session: &Session,
        (kind, zygote, network): (Kind, Zygote, String),
        held: Held,
        witness: impl Fn(&Reads) -> Option<String>,
    ) -> Self {
        let Held { points, seen, directory } = held;
        let mut line = Self {
            name: session.lasting_name(),
            kind,
            network,
            limits: limits(session),
            steps: session.steps.clone(),
            points: Vec::new(),
            seen,
            _zygote: zygote,
            directory,
        };
        line.extend(points, witness);
        line
    }

    fn extend(&mut self, points: Vec<Point>, witness: impl Fn(&Reads) -> Option<String>) {
        for point in points {
            // One that is not believed is not resumed, but stays: those behind it are its children.
            let word = if point.reads.hidden.is_some() { None } else { witness(&point.reads) };
            self.points.push((point, word.unwrap_or_default()));
        }
    }

    /// The last checkpoint that a session can go on from, with what was seen before it. Those behind it are gone then.
    pub(super) fn resume(
        mut self,
        session: &Session,
        witness: impl Fn(&Reads) -> Option<String>,
    ) -> Option<Resumed> {
        if self.limits != limits(session) {
            return None;
        }
        let known =
            self.steps.iter().zip(&session.steps).take_while(|(then, now)| is_same(then, now)).count();
        while let Some((point, word)) = self.points.pop() {
            // With the last step alone there is still something to run.
            if point.step <= known.min(self.seen.length())
                && point.step < session.steps.len()
                && !word.is_empty()
                && witness(&point.reads).as_ref() == Some(&word)
            {
                let seen = self.seen.until(point.step);
                return Some(Resumed { line: self, point, word, seen });
            }
        }
        None
    }
}

/// A line whose last checkpoint is about to go on.
pub(super) struct Resumed {
    line: Line,
    pub(super) point: Point,
    word: String,
    pub(super) seen: Seen,
}

impl Resumed {
    /// How its zygote keeps the network away.
    pub(super) fn network(&self) -> &str {
        &self.line.network
    }

    /// Where the session runs.
    pub(super) fn directory(&self) -> &TempDir {
        &self.line.directory
    }

    /// The line again, as it is after the run.
    pub(super) fn done(
        self,
        session: &Session,
        points: Vec<Point>,
        seen: Seen,
        witness: impl Fn(&Reads) -> Option<String>,
    ) -> Line {
        let Self { mut line, point, word, .. } = self;
        line.points.push((point, word));
        line.steps = session.steps.clone();
        line.seen = seen;
        line.extend(points, witness);
        line
    }
}

/// Memory, processes and output, and the time for all of it.
type Limits = (u64, usize, u64, Duration);

fn limits(session: &Session) -> Limits {
    (session.memory, session.processes, session.output, session.timeout)
}

/// What is left of a session that ran with checkpoints.
pub(super) struct Held {
    pub(super) points: Vec<Point>,
    pub(super) seen: Seen,
    pub(super) directory: TempDir,
}

/// The lines between two runs, the one that ran last at the end.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<Line>);

impl Lines {
    /// The line of a session on this worker, which is then the caller's.
    pub(super) fn take(&mut self, session: &Session, kind: Kind) -> Option<Line> {
        let name = session.lasting_name();
        let place = self.0.iter().position(|line| line.name == name)?;
        let line = self.0.remove(place);
        (line.kind == kind).then_some(line)
    }

    /// Keeps a line; another one goes where there are too many.
    pub(super) fn put(&mut self, line: Line) {
        self.0.push(line);
        if self.0.len() > MOST_LINES {
            self.0.remove(0);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// Whether a session may have checkpoints: nothing of it leaves its process and its directory.
pub(super) fn may_be_held(session: &Session, options: &ExecuteOptions) -> bool {
    options.standby.is_some()
        && options.isolation != IsolationPolicy::Off
        && session.network == Network::None
        && session.steps.len() > 1
        && session.steps.iter().all(|step| step.mode != StepMode::Shell && !names_process(&step.code))
}

fn names_process(code: &str) -> bool {
    let words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.into_iter().any(|word| OF_PROCESSES.binary_search(&word).is_ok())
}

/// Whether what came of a checkpoint is believed.
pub(super) fn is_believed(outcomes: &[Outcome]) -> bool {
    !outcomes
        .iter()
        .any(|outcome| matches!(outcome.ending, Ending::Crashed { .. }) || outcome.after_end.is_some())
}

/// Whether a step is, to the process that runs it, what another one is.
fn is_same(then: &Step, now: &Step) -> bool {
    let Step {
        mode,
        code,
        name,
        files: _,
        lines: _,
        marks,
        guesses,
        timeout,
        stdin,
        transcript,
        merges_stderr,
        ends_fence,
    } = then;
    (mode, code, name, marks) == (&now.mode, &now.code, &now.name, &now.marks)
        && (guesses, timeout, stdin) == (&now.guesses, &now.timeout, &now.stdin)
        && (transcript, merges_stderr, ends_fence) == (&now.transcript, &now.merges_stderr, &now.ends_fence)
}

#[cfg(test)]
mod tests {
    use super::{OF_PROCESSES, names_process};

    #[test]
    fn code_that_asks_for_its_process_is_known() {
        assert!(OF_PROCESSES.is_sorted());
        assert!(names_process("import os\nprint(os.getpid())\n"));
        assert!(!names_process("import time\ntime.sleep(1)\nprocessed = 1\n"));
    }
}
