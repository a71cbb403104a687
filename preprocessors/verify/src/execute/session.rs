//! One session, from its job to its outcomes.
//!
//! A single loop waits for the zygote, the results, the two output pipes and the trace, and for the time of the running example. Nothing
//! in it trusts the session: every byte may be missing, forged or too many.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Session, Step, StepMode};
use exemplar_model::protocol::{
    Command, Event, Frame, Job, JobStep, RaisedFrame, STATE_BYTES, STATE_FINISHING,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{MemfdFlags, OFlags};
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use rustix::time::{ClockId, clock_gettime};

use super::ExecuteOptions;
use super::frames::FrameDecoder;
use super::output::OutputDecoder;
use super::stand_in::StandIns;
use super::trace;
use super::worker::{WorkerError, setup};
use super::zygote::Zygote;

/// How long a session may take to begin, once the zygote was asked.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long exit handlers and leftover threads may take. Over it they are killed, which is no failure of an example.
const FINISH_LIMIT: Duration = Duration::from_secs(5);

/// How long a hanging example is given to say where it hangs.
const DUMP_LIMIT: Duration = Duration::from_millis(500);

/// How much is kept of an output that went over its limit, in bytes.
const KEPT_OVER_LIMIT: usize = 64 << 10;

/// The most bytes of a faulthandler dump that are kept.
const TRACE_LIMIT: usize = 256 << 10;

/// What a session gave, and whether its zygote can run another.
pub(super) struct Run {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) zygote_lives: bool,
}

/// Runs a session in a fork of the zygote, in a new directory that is removed afterwards.
pub(super) fn run(
    zygote: &mut Zygote,
    session: &Session,
    options: &ExecuteOptions,
) -> Result<Run, WorkerError> {
    let directory =
        tempfile::Builder::new().prefix("exemplar-").tempdir().map_err(setup("its temporary directory"))?;
    let path = directory.path().canonicalize().map_err(setup("its temporary directory"))?;
    let nonce = new_nonce().map_err(setup("a random number"))?;
    let nonce_text: String = nonce.iter().map(|byte| format!("{byte:02x}")).collect();
    let job = Job {
        nonce: nonce_text.clone(),
        directory: path.to_string_lossy().into_owned(),
        steps: session.steps.iter().map(job_step).collect(),
    };
    let marks = session.steps.iter().map(|step| step.marks.len()).collect::<Vec<_>>();
    let mut drive = Drive::start(zygote, session, &job, options)?;
    drive.frames = FrameDecoder::new(nonce);
    drive.stdout = OutputDecoder::new(&nonce_text, marks.clone());
    drive.stderr = OutputDecoder::new(&nonce_text, vec![0; marks.len()]);
    drive.attend()?;
    Ok(drive.outcomes())
}

fn job_step(step: &Step) -> JobStep {
    let mode = match step.mode {
        StepMode::Single => "single",
        StepMode::Exec => "exec",
        StepMode::Compile => "compile",
    };
    JobStep {
        mode: mode.to_owned(),
        code: step.code.clone(),
        name: step.name.clone(),
        marks: step.marks.iter().map(|mark| (mark.line, mark.column)).collect(),
    }
}

fn new_nonce() -> io::Result<[u8; 16]> {
    let mut nonce = [0; 16];
    rustix::rand::getrandom(&mut nonce, rustix::rand::GetRandomFlags::empty())?;
    Ok(nonce)
}

/// Why a session was killed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    TimedOut(usize),
    OutputLimit,
    Damaged,
}

/// A session under way.
struct Drive<'a> {
    zygote: &'a mut Zygote,
    session: &'a Session,
    directory: String,
    options: &'a ExecuteOptions,
    state: OwnedFd,
    pipes: [Option<OwnedFd>; 4],
    frames: FrameDecoder,
    stdout: OutputDecoder,
    stderr: OutputDecoder,
    trace: Vec<u8>,
    results: Vec<Frame>,
    started: Duration,
    verdict: Option<Verdict>,
    killed: bool,
    exited: Option<(Option<i32>, Option<i32>)>,
    zygote_lives: bool,
}

/// The places of the pipes in [`Drive::pipes`].
const RESULTS: usize = 0;
const STDOUT: usize = 1;
const STDERR: usize = 2;
const TRACE: usize = 3;

impl<'a> Drive<'a> {
    fn start(
        zygote: &'a mut Zygote,
        session: &'a Session,
        job: &Job,
        options: &'a ExecuteOptions,
    ) -> Result<Self, WorkerError> {
        let job_file = memory_file(
            "exemplar-job",
            &serde_json::to_vec(job)
                .map_err(|error| WorkerError::Setup { what: "its job", source: error.into() })?,
        )
        .map_err(setup("its job"))?;
        let state = memory_file("exemplar-state", &[0; STATE_BYTES]).map_err(setup("its state page"))?;
        let mut near = Vec::new();
        let mut far = Vec::new();
        for _ in 0..4 {
            let (reader, writer) = pipe().map_err(setup("its pipes"))?;
            near.push(Some(reader));
            far.push(writer);
        }
        let [results, stdout, stderr, trace] = &far[..] else { return Err(WorkerError::Poisoned) };
        zygote
            .send(&Command::Run, &[&job_file, &state, results, stdout, stderr, trace])
            .map_err(setup("the request to its zygote"))?;
        let pipes = <[Option<OwnedFd>; 4]>::try_from(near).map_err(|_| WorkerError::Poisoned)?;
        Ok(Self {
            zygote,
            session,
            directory: job.directory.clone(),
            options,
            state,
            pipes,
            frames: FrameDecoder::new([0; 16]),
            stdout: OutputDecoder::new("", Vec::new()),
            stderr: OutputDecoder::new("", Vec::new()),
            trace: Vec::new(),
            results: Vec::new(),
            started: now(),
            verdict: None,
            killed: false,
            exited: None,
            zygote_lives: true,
        })
    }

    /// Until the process is gone and the pipes are empty.
    fn attend(&mut self) -> Result<(), WorkerError> {
        // The state page is looked at now and then, not at every event: often enough that no limit is overrun.
        let patience = self.session.steps.iter().map(|step| step.timeout).min().unwrap_or(START_LIMIT);
        let mut look_at = now() + patience;
        let mut dump_until: Option<Duration> = None;
        while self.exited.is_none() && self.zygote_lives {
            let deadline = if self.killed { None } else { dump_until.or(Some(look_at)) };
            let quiet = !self.wait(deadline)?;
            if self.killed {
                continue;
            }
            if self.options.interrupt.raised().is_some() {
                self.kill();
                continue;
            }
            if self.verdict.is_none() && self.over_limit() {
                self.verdict = Some(Verdict::OutputLimit);
            }
            if let Some(Verdict::OutputLimit | Verdict::Damaged) = self.verdict {
                self.kill();
                continue;
            }
            if let Some(until) = dump_until {
                // The dump ends with the outermost frame, which is the host's; nothing tells when it is complete but silence.
                if quiet || now() >= until {
                    self.kill();
                }
                continue;
            }
            if now() < look_at {
                continue;
            }
            let state = self.read_state();
            let deadline = self.deadline(state);
            look_at = deadline.min(now() + patience);
            if now() >= deadline {
                match self.running(state) {
                    Some(step) => {
                        self.verdict = Some(Verdict::TimedOut(step));
                        self.request(&Command::Dump);
                        dump_until = Some(now() + DUMP_LIMIT);
                    }
                    None => self.kill(),
                }
            }
        }
        self.drain();
        Ok(())
    }

    /// Waits for any of the descriptors and takes what they hold. Whether anything came before the deadline.
    fn wait(&mut self, deadline: Option<Duration>) -> Result<bool, WorkerError> {
        let timeout = deadline.map(|deadline| {
            let left = deadline.saturating_sub(now()) + Duration::from_millis(1);
            Timespec {
                tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: left.subsec_nanos().into(),
            }
        });
        let (ready, control) = {
            let mut waited = vec![PollFd::new(&*self.zygote, PollFlags::IN)];
            let mut which = Vec::new();
            if !self.killed {
                // Once the session is killed there is nothing left to hurry, and the descriptor stays readable.
                waited.push(PollFd::new(&self.options.interrupt, PollFlags::IN));
            }
            let pipes = waited.len();
            for (index, pipe) in self.pipes.iter().enumerate() {
                if let Some(pipe) = pipe {
                    waited.push(PollFd::new(pipe, PollFlags::IN));
                    which.push(index);
                }
            }
            match poll(&mut waited, timeout.as_ref()) {
                Err(Errno::INTR) => return Ok(true),
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
        for &index in &ready {
            self.read(index);
        }
        if control {
            self.hear();
        }
        Ok(control || !ready.is_empty())
    }

    fn hear(&mut self) {
        match self.zygote.receive() {
            Ok(Some(Event::Exited { status, signal })) => self.exited = Some((status, signal)),
            Ok(Some(Event::Failed { reason })) => {
                tracing::warn!("the zygote could not run a session: {reason}");
                self.zygote_lives = false;
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => self.zygote_lives = false,
        }
    }

    /// Takes what one pipe holds now. An ended pipe is closed.
    fn read(&mut self, index: usize) -> usize {
        let mut bytes = [0; 64 << 10];
        let length = match self.pipes[index].as_ref().map(|pipe| rustix::io::read(pipe, &mut bytes)) {
            Some(Ok(length)) => length,
            Some(Err(Errno::AGAIN | Errno::INTR)) | None => return 0,
            Some(Err(_)) => 0,
        };
        if length == 0 {
            self.pipes[index] = None;
            return 0;
        }
        let bytes = &bytes[..length];
        match index {
            RESULTS if self.verdict == Some(Verdict::Damaged) => {}
            RESULTS => {
                let taken = self.frames.push(bytes, &mut self.results);
                self.verdict = self.verdict.or(taken.err().map(|_| Verdict::Damaged));
            }
            STDOUT if self.stdout.current_bytes() <= self.options.output_limit => self.stdout.push(bytes),
            STDERR if self.stderr.current_bytes() <= self.options.output_limit => self.stderr.push(bytes),
            TRACE => {
                let room = TRACE_LIMIT.saturating_sub(self.trace.len());
                self.trace.extend_from_slice(&bytes[..length.min(room)]);
            }
            _ => {}
        }
        length
    }

    /// After the end: what is still in the pipes. All writers are dead, so each read gives bytes, the end, or nothing for good.
    fn drain(&mut self) {
        for index in [RESULTS, STDOUT, STDERR, TRACE] {
            while self.read(index) > 0 {}
        }
    }

    fn over_limit(&self) -> bool {
        self.stdout.current_bytes() > self.options.output_limit
            || self.stderr.current_bytes() > self.options.output_limit
    }

    fn request(&mut self, command: &Command) {
        if self.zygote.send(command, &[]).is_err() {
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

    /// An outcome for every step: those with a result frame as that says, the one that was running by how the session ended, the others
    /// not run.
    fn outcomes(mut self) -> Run {
        let steps = &self.session.steps;
        let dump = String::from_utf8_lossy(&self.trace).into_owned();
        let running = self.running(self.read_state());
        let mut stdout = self.stdout.finish().into_iter();
        let mut stderr = self.stderr.finish().into_iter();
        let mut frames = std::mem::take(&mut self.results).into_iter();
        let mut outcomes = Vec::with_capacity(steps.len());
        let mut stand_ins = StandIns::new(self.directory.clone());
        let mut ended = false;
        for (index, step) in steps.iter().enumerate() {
            if ended {
                outcomes.push(Outcome::not_run(step.marks.len()));
                continue;
            }
            let printed = stdout.next().unwrap_or_default();
            let mut marks: Vec<Option<String>> =
                printed.marks.iter().map(|mark| mark.as_deref().map(text)).collect();
            marks.resize(step.marks.len(), None);
            let mut outcome = Outcome {
                ending: Ending::Completed,
                stdout: text(&printed.text),
                stderr: text(&stderr.next().unwrap_or_default().text),
                marks,
                failed_at: None,
                duration: Duration::ZERO,
            };
            match frames.next() {
                Some(Frame::Step { step, ns, raised }) if step == index => {
                    outcome.duration = Duration::from_nanos(ns);
                    if let Some(raised) = raised {
                        outcome.failed_at =
                            raised.at.as_ref().and_then(|(name, line)| place(steps, name, *line));
                        outcome.ending = Ending::Raised(as_raised(raised));
                    }
                }
                _ => {
                    ended = true;
                    outcome.ending =
                        ending(self.verdict, self.exited, step.timeout, self.options.output_limit);
                    outcome.failed_at = trace::place(&dump, |name, line| place(steps, name, line))
                        .or_else(|| (running == Some(index)).then(|| place(steps, &step.name, 1)).flatten());
                }
            }
            if let Ending::OutputLimit { .. } = outcome.ending {
                cut(&mut outcome.stdout);
                cut(&mut outcome.stderr);
            }
            settle(&mut stand_ins, &mut outcome);
            outcomes.push(outcome);
        }
        Run { outcomes, zygote_lives: self.zygote_lives }
    }
}

/// Puts stand-ins into all texts of an outcome, in the order in which a reader meets them.
fn settle(stand_ins: &mut StandIns, outcome: &mut Outcome) {
    stand_ins.settle(&mut outcome.stdout);
    outcome.marks.iter_mut().flatten().for_each(|printed| stand_ins.settle(printed));
    stand_ins.settle(&mut outcome.stderr);
    if let Ending::Raised(raised) = &mut outcome.ending {
        stand_ins.settle(&mut raised.summary);
        stand_ins.settle(&mut raised.traceback);
    }
}

/// Where a line of the code with this name stands in the author's files.
fn place(steps: &[Step], name: &str, line: usize) -> Option<(String, usize)> {
    let step = steps.iter().find(|step| step.name == name)?;
    step.place(line).map(|(file, line)| (file.to_owned(), line))
}

fn ending(
    verdict: Option<Verdict>,
    exited: Option<(Option<i32>, Option<i32>)>,
    timeout: Duration,
    output_limit: usize,
) -> Ending {
    match (verdict, exited) {
        (Some(Verdict::TimedOut(_)), _) => Ending::TimedOut { limit: timeout },
        (Some(Verdict::OutputLimit), _) => Ending::OutputLimit { limit: output_limit },
        (Some(Verdict::Damaged), _) => {
            Ending::Crashed { how: "wrote to the descriptors that its results travel on".to_owned() }
        }
        (None, Some((_, Some(signal)))) => {
            Ending::Crashed { how: format!("was killed by signal {signal}{}", signal_name(signal)) }
        }
        (None, Some((status, None))) => {
            Ending::Crashed { how: format!("exited with status {}", status.unwrap_or_default()) }
        }
        (None, None) => {
            Ending::Crashed { how: "was lost together with the process that watches it".to_owned() }
        }
    }
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        1 => " (SIGHUP)",
        2 => " (SIGINT)",
        3 => " (SIGQUIT)",
        4 => " (SIGILL)",
        6 => " (SIGABRT)",
        7 => " (SIGBUS)",
        8 => " (SIGFPE)",
        9 => " (SIGKILL)",
        10 => " (SIGUSR1)",
        11 => " (SIGSEGV)",
        12 => " (SIGUSR2)",
        13 => " (SIGPIPE)",
        14 => " (SIGALRM)",
        15 => " (SIGTERM)",
        _ => "",
    }
}

fn as_raised(frame: RaisedFrame) -> Raised {
    Raised {
        kind: frame.kind,
        lineage: frame.lineage,
        summary: frame.summary,
        traceback: frame.traceback,
        at_compile: frame.at_compile,
    }
}

/// Keeps the beginning of a text that grew over the limit.
fn cut(text: &mut String) {
    let end = (0..=KEPT_OVER_LIMIT.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    text.truncate(end.unwrap_or_default());
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn now() -> Duration {
    let time = clock_gettime(ClockId::Monotonic);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

fn memory_file(name: &str, content: &[u8]) -> io::Result<OwnedFd> {
    let mut file = File::from(rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC)?);
    file.write_all(content)?;
    file.rewind()?;
    Ok(file.into())
}

/// A pipe whose near end never blocks.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    rustix::fs::fcntl_setfl(reader.as_fd(), OFlags::NONBLOCK)?;
    Ok((reader, writer))
}
