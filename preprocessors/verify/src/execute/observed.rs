//! What was seen of a session, and the outcomes that it comes to.

use std::time::Duration;

use ecow::EcoString;
use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Session, Step, StepMode};
use exemplar_model::protocol::{Excess, Frame, StepEnd};

use super::checkpoint::Seen;
use super::output::StepText;
use super::session::FINISH_LIMIT;
use super::stand_in::StandIns;
use super::trace;

/// How much is kept of an output that went over its limit, in bytes, where the limit is not less: the same in every run.
const KEPT_OVER_LIMIT: usize = 64 << 10;

/// Why a session was killed from here, and at which step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KillReason {
    /// This step took too long.
    TimedOut(usize),
    /// The session took too long as a whole, while this step ran.
    SessionTimedOut(usize),
    /// Its running step printed too much.
    OutputLimit,
    /// Its results were not the driver's.
    Damaged,
}

/// How a session's process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exit {
    pub(super) status: Option<i32>,
    pub(super) signal: Option<i32>,
    pub(super) excess: Option<Excess>,
}

/// All that was seen of a session.
#[derive(Debug)]
pub(super) struct Observed<'a> {
    pub(super) session: &'a Session,
    /// Its directory, as it was called while it ran.
    pub(super) directory: String,
    pub(super) results: Vec<Frame>,
    pub(super) stdout: Vec<StepText>,
    pub(super) stderr: Vec<StepText>,
    /// What faulthandler wrote.
    pub(super) trace: String,
    /// Which step the state page named at the end.
    pub(super) running: Option<usize>,
    /// How many bytes came behind those that put an output over its limit.
    pub(super) dropped: u64,
    /// Whether it was killed from here.
    pub(super) killed: bool,
    pub(super) kill_reason: Option<KillReason>,
    /// None when the zygote was lost as well.
    pub(super) exit: Option<Exit>,
}

impl Observed<'_> {
    /// What was seen of the steps that ended.
    pub(super) fn seen(&self) -> Seen {
        let is_step = |frame: &&Frame| matches!(frame, Frame::Step(_));
        Seen {
            results: self.results.iter().take_while(is_step).cloned().collect(),
            stdout: self.stdout.clone(),
            stderr: self.stderr.clone(),
        }
    }

    /// An outcome for every step: those with a result frame as that says, the one that was running by how the session ended, the others
    /// not run.
    pub(super) fn outcomes(mut self) -> Vec<Outcome> {
        let steps = &self.session.steps;
        let mut stdout = std::mem::take(&mut self.stdout).into_iter();
        let mut stderr = std::mem::take(&mut self.stderr).into_iter();
        let mut frames = std::mem::take(&mut self.results).into_iter();
        let mut stand_ins = StandIns::new(std::mem::take(&mut self.directory));
        let mut outcomes = Vec::with_capacity(steps.len());
        // Until it is dead, a session goes on: what a step did after it was found over its time does not count.
        let cut_at = match self.kill_reason {
            Some(KillReason::TimedOut(step) | KillReason::SessionTimedOut(step)) => step,
            _ => usize::MAX,
        };
        let mut ended = false;
        for (index, step) in steps.iter().enumerate() {
            if ended {
                outcomes.push(Outcome::not_run(step.marks.len()));
                continue;
            }
            let printed = stdout.next().unwrap_or_default();
            let mut marks: Vec<Option<EcoString>> =
                printed.marks.into_iter().map(|mark| mark.map(|printed| text(&printed))).collect();
            marks.resize(step.marks.len(), None);
            let mut outcome = Outcome {
                ending: Ending::Completed,
                stdout: text(&printed.text),
                stderr: text(&stderr.next().unwrap_or_default().text),
                marks,
                values: Vec::new(),
                dropped: 0,
                warnings: Vec::new(),
                displays: Vec::new(),
                exit_status: None,
                failed_at: None,
                duration: Duration::ZERO,
                after_end: None,
            };
            // A step may have ended before anybody saw that it had printed too much.
            let most = outcome.stdout.len().max(outcome.stderr.len());
            let is_over = u64::try_from(most).is_ok_and(|bytes| bytes > self.session.output);
            if is_over {
                self.kill_reason = Some(KillReason::OutputLimit);
            }
            match frames.next() {
                Some(Frame::Step(StepEnd { step, ns, raised, at, warnings, displays, values, status }))
                    if step == index && index < cut_at && !is_over =>
                {
                    outcome.warnings = warnings;
                    outcome.displays = displays;
                    outcome.values = values;
                    outcome.exit_status = status;
                    outcome.duration = Duration::from_nanos(ns);
                    outcome.failed_at = at.and_then(|(name, line)| place(&steps[..=index], &name, line));
                    outcome.ending =
                        raised.map_or(Ending::Completed, |raised| Ending::Raised(Box::new(raised)));
                }
                _ => {
                    ended = true;
                    outcome.ending = self.ending(step);
                    outcome.failed_at = self.place_of_end(index, step);
                    if let Ending::OutputLimit { limit } = outcome.ending {
                        let kept = limit.min(KEPT_OVER_LIMIT);
                        let cut_off = cut(&mut outcome.stdout, kept) + cut(&mut outcome.stderr, kept);
                        outcome.dropped = self.dropped + cut_off;
                    }
                }
            }
            settle(&mut stand_ins, &mut outcome);
            outcomes.push(outcome);
        }
        self.append_rest(stdout.next(), stderr.next(), &mut stand_ins, &mut outcomes);
        if let Some(last) = outcomes.last_mut().filter(|_| !ended) {
            last.after_end = self.fault_after_end(frames.next()).map(String::into_boxed_str);
            if let Some(fault) = &mut last.after_end {
                stand_ins.settle(fault);
            }
        }
        outcomes
    }

    /// What was printed after the last step ended, by threads and exit handlers: the end of a script's output, as if it had been run alone.
    fn append_rest(
        &self,
        stdout: Option<StepText>,
        stderr: Option<StepText>,
        stand_ins: &mut StandIns,
        outcomes: &mut [Outcome],
    ) {
        let is_script = self.session.steps.last().is_some_and(|step| step.mode == StepMode::Exec);
        let Some(outcome) = outcomes.last_mut().filter(|last| is_script && last.ending == Ending::Completed)
        else {
            return;
        };
        for (printed, rest) in [(&mut outcome.stdout, stdout), (&mut outcome.stderr, stderr)] {
            let mut rest = text(&rest.unwrap_or_default().text);
            stand_ins.settle(&mut rest);
            printed.push_str(&rest);
        }
    }

    /// What went wrong after all steps had ended, if anything did; the driver says last how its exit handlers fared.
    fn fault_after_end(&self, last_frame: Option<Frame>) -> Option<String> {
        if let Some(Frame::Done { failed }) = last_frame {
            return failed.map(|raised| format!("an exit handler raised {raised}"));
        }
        if self.killed && self.kill_reason.is_none() {
            let limit = FINISH_LIMIT.as_secs();
            return Some(format!(
                "its threads and exit handlers had not ended after {limit} s and were killed"
            ));
        }
        Some(match (self.kill_reason, self.exit) {
            (Some(KillReason::OutputLimit), _) => {
                format!("it printed more than {} bytes and was killed", self.session.output)
            }
            (Some(KillReason::Damaged), _) => {
                "it wrote to the descriptors that its results travel on".to_owned()
            }
            (_, Some(Exit { excess: Some(Excess::Memory), .. })) => {
                format!("it used more than {} MiB of memory and was killed", self.session.memory >> 20)
            }
            (_, Some(Exit { excess: Some(Excess::Processes), .. })) => {
                format!("it had more than {} processes and was killed", self.session.processes)
            }
            (_, Some(Exit { signal: Some(signal), .. })) => {
                format!("its process was killed by signal {signal}{}", signal_name(signal))
            }
            (_, Some(Exit { status, .. })) => {
                format!(
                    "its process exited with status {}, before its exit handlers were done",
                    status.unwrap_or_default()
                )
            }
            (_, None) => "it was lost together with the process that watches it".to_owned(),
        })
    }

    /// How the step ended that was running when its session did.
    fn ending(&self, step: &Step) -> Ending {
        let crashed = |how: String| Ending::Crashed { how };
        match (self.kill_reason, self.exit) {
            (Some(KillReason::TimedOut(_)), _) => Ending::TimedOut { limit: step.timeout },
            (Some(KillReason::SessionTimedOut(_)), _) => {
                Ending::SessionTimedOut { limit: self.session.timeout }
            }
            (Some(KillReason::OutputLimit), _) => {
                Ending::OutputLimit { limit: usize::try_from(self.session.output).unwrap_or(usize::MAX) }
            }
            (Some(KillReason::Damaged), _) => {
                crashed("wrote to the descriptors that its results travel on".to_owned())
            }
            (None, Some(Exit { excess: Some(Excess::Memory), .. })) => {
                Ending::MemoryLimit { limit: self.session.memory }
            }
            (None, Some(Exit { excess: Some(Excess::Processes), .. })) => {
                Ending::ProcessLimit { limit: self.session.processes }
            }
            (None, Some(Exit { signal: Some(signal), .. })) => {
                crashed(format!("was killed by signal {signal}{}", signal_name(signal)))
            }
            (None, Some(Exit { status, .. })) => {
                crashed(format!("exited with status {}", status.unwrap_or_default()))
            }
            (None, None) => crashed("was lost together with the process that watches it".to_owned()),
        }
    }

    /// Where it was then: by the dump, else by the state page.
    fn place_of_end(&self, index: usize, step: &Step) -> Option<(EcoString, usize)> {
        let steps = &self.session.steps[..=index];
        let first = || step.place(1).map(|(file, line)| (file.clone(), line));
        trace::place(&self.trace, |name, line| place(steps, name, line))
            .or_else(|| (self.running == Some(index)).then(first).flatten())
    }
}

/// Puts stand-ins into all texts of an outcome, in the order in which a reader meets them.
fn settle(stand_ins: &mut StandIns, outcome: &mut Outcome) {
    stand_ins.settle(&mut outcome.stdout);
    outcome.marks.iter_mut().flatten().for_each(|printed| stand_ins.settle(printed));
    outcome.values.iter_mut().for_each(|(_, value)| stand_ins.settle(value));
    stand_ins.settle(&mut outcome.stderr);
    if let Ending::Raised(raised) = &mut outcome.ending {
        stand_ins.settle(&mut raised.summary);
        stand_ins.settle(&mut raised.traceback);
    }
}

/// Where a line of the code with this name stands in the author's files, after these steps: a file may have been written again.
fn place(steps: &[Step], name: &str, line: usize) -> Option<(EcoString, usize)> {
    let has_code = |step: &&Step| !matches!(step.mode, StepMode::Read | StepMode::Shell);
    let step = steps.iter().filter(has_code).rfind(|step| step.name == name)?;
    step.place(line).map(|(file, line)| (file.clone(), line))
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

/// Keeps so many bytes of a text, but whole characters, and says how many went.
fn cut(text: &mut EcoString, kept: usize) -> u64 {
    let end = (0..=kept.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    let end = end.unwrap_or_default();
    let dropped = text.len() - end;
    text.truncate(end);
    dropped as u64
}

fn text(bytes: &[u8]) -> EcoString {
    String::from_utf8_lossy(bytes).into()
}
