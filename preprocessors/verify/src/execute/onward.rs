//! Goes on behind an example that never ends, or never stops printing.
//!
//! A reader who meets an endless loop stops it and reads on. So the session is run again without that example, and what stands below it
//! is verified too.
//!
//! Invariants: an example that was stopped, and all above it, keep the outcomes of the run in which it was stopped. What it would have
//! bound or changed is not there in the next run; `check::cause` lets nothing pass that uses that.
//!
//! Deliberately absent: going on behind a crash or too much memory, which may have to do with all that stands above; behind a command of
//! a shell, of which nobody knows what the rest needs of it; and interrupting the example in place, since a loop would be left at another
//! pass in each run.

use std::path::Path;

use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Session, Step, StepMode};

use super::ExecuteOptions;
use super::session::{self, Run};
use super::worker::WorkerError;
use super::zygote::Zygote;

/// How many examples of a session may be left out: each costs its limit of time.
const MOST_LEFT_OUT: usize = 3;

/// Runs a session as [`session::run`] does, and again without what had to be stopped.
pub(super) fn run(
    zygote: &mut Zygote,
    session: &Session,
    scratch: &Path,
    options: &ExecuteOptions,
    buffer: &mut [u8],
) -> Result<Run, WorkerError> {
    let mut run = session::run(zygote, session, scratch, options, buffer)?;
    let mut rest: Option<Session> = None;
    for _ in 0..MOST_LEFT_OUT {
        let Some(at) = stopped(&session.steps, &run.outcomes) else { break };
        if !run.zygote_lives || options.interrupt.raised().is_some() {
            break;
        }
        let rest = rest.get_or_insert_with(|| session.clone());
        leave_out(&mut rest.steps[at]);
        let mut further = session::run(zygote, rest, scratch, options, buffer)?;
        run.zygote_lives = further.zygote_lives;
        if further.outcomes[..at].iter().any(|outcome| outcome.ending.ends_session()) {
            break;
        }
        run.outcomes.truncate(at + 1);
        run.outcomes.extend(further.outcomes.drain(at + 1..));
    }
    Ok(run)
}

/// The example that was stopped, if something stands below it.
fn stopped(steps: &[Step], outcomes: &[Outcome]) -> Option<usize> {
    let at = outcomes.iter().rposition(|outcome| outcome.ending.ends_session())?;
    let is_limit = matches!(outcomes[at].ending, Ending::TimedOut { .. } | Ending::OutputLimit { .. });
    let is_python = matches!(steps[at].mode, StepMode::Single | StepMode::Exec);
    (is_limit && is_python && at + 1 < outcomes.len()).then_some(at)
}

/// Puts nothing in the place of a step, so that the others keep their numbers.
fn leave_out(step: &mut Step) {
    step.mode = StepMode::Exec;
    step.code.clear();
    step.lines.clear();
    step.marks.clear();
    step.guesses = false;
    step.stdin = None;
}
