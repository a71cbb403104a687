//! What a failure follows from, so that a page with one missing import reports one failure and not forty.
//!
//! Four things make an example a follower: its session's process had ended; a name is not defined that an example above would have
//! bound, had it worked; what it misses (a name, a module) was missed above already; or it uses what an example above would have bound
//! or changed ([`taint`](super::taint)). A cause is always a root: an example that follows from nothing itself.

use ecow::EcoString;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Example, ExampleKind, Expectation};
use exemplar_model::report::Status;

use super::bindings::Bindings;
use super::exception::message;
use super::flow::Flow;
use super::module;
use super::taint::Taint;
use super::verdict::{Verdict, code};

/// Finds the cause of each failure that has one. The examples are those of one session, in page order.
pub(super) fn trace(examples: &[Example], outcomes: &[Outcome], verdicts: &mut [Verdict]) {
    // What works has no cause, and is remembered only for the sake of what fails below it.
    let follows = |verdict: &Verdict| {
        verdict.cause.is_some() || matches!(verdict.status, Status::Failed | Status::NotRun)
    };
    let Some(last) = verdicts.iter().rposition(follows) else { return };
    let mut past = Past::default();
    for (at, example) in examples[..=last].iter().enumerate() {
        let Some(outcome) = example.step.and_then(|step| outcomes.get(step)) else { continue };
        // An example that is not run for a failure of its own step has its cause already, which may have turned out to follow itself.
        let (cause, message) = match verdicts[at].cause {
            Some(cause) => (Some(cause), None),
            None => past.cause_of(example, outcome, &verdicts[at]),
        };
        if let Some(cause) = cause {
            let root = verdicts[cause].cause.unwrap_or(cause);
            let passed_over = Some(verdicts[root].status)
                .filter(|status| matches!(status, Status::Skipped | Status::Ignored));
            let verdict = &mut verdicts[at];
            verdict.cause = Some(root);
            verdict.code = Some(code::FOLLOWS_FAILURE);
            if let Some(status) = passed_over {
                // The page is no more to blame for what follows than for the cause.
                verdict.status = status;
            }
            if message.is_some() {
                verdict.message = message.map(EcoString::from);
                verdict.hint = None;
            }
        } else if let Some(name) = misses(example, outcome, &verdicts[at]).and_then(Missing::name) {
            let hint = bound_elsewhere(name, at, examples, verdicts).map(EcoString::from);
            verdicts[at].hint = hint.or(verdicts[at].hint.take());
        }
        past.remember(at, example, outcome, &verdicts[at]);
    }
}

/// What has gone wrong above an example.
#[derive(Default)]
struct Past {
    /// The example that ended the process.
    ended_by: Option<usize>,
    /// What the examples that did not work would have bound.
    unbound: Vec<Unbound>,
    /// What was missed for no reason to be found above it, and first by which example.
    missed: Vec<(Missing<String>, usize)>,
    /// What is not what it would be, had the examples above worked.
    taint: Taint,
}

/// What an example that did not work would have bound.
struct Unbound {
    example: usize,
    step: Option<usize>,
    bindings: Bindings,
}

/// What an exception says is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Missing<Text> {
    Name(Text),
    Module(Text),
}

impl<Text> Missing<Text> {
    fn name(self) -> Option<Text> {
        match self {
            Self::Name(name) => Some(name),
            Self::Module(_) => None,
        }
    }
}

impl Missing<&str> {
    fn to_owned(self) -> Missing<String> {
        match self {
            Self::Name(name) => Missing::Name(name.to_owned()),
            Self::Module(module) => Missing::Module(module.to_owned()),
        }
    }
}

impl Past {
    /// The example that this one follows from, and what to say instead of its own message.
    fn cause_of(
        &self,
        example: &Example,
        outcome: &Outcome,
        verdict: &Verdict,
    ) -> (Option<usize>, Option<String>) {
        match verdict.status {
            Status::NotRun => return (self.ended_by, None),
            Status::Failed => {}
            _ => return (None, None),
        }
        let Some(missing) = misses(example, outcome, verdict) else {
            return self.tainted_by(example, outcome, verdict);
        };
        if let Missing::Name(name) = missing
            && let Some(cause) = self.would_have_bound(name, example)
        {
            return (
                Some(cause),
                Some(format!("`{name}` is not defined, as the example that binds it failed")),
            );
        }
        let first = self.missed.iter().find(|(known, _)| *known == missing.to_owned());
        let message = match missing {
            Missing::Name(name) => format!("`{name}` is not defined, as in an example above"),
            Missing::Module(module) => format!("there is no module `{module}`, as in an example above"),
        };
        first.map_or((None, None), |&(_, cause)| (Some(cause), Some(message)))
    }

    /// The example that failed to make what this one uses. That code does not compile, or ends its session, is its own fault.
    fn tainted_by(
        &self,
        example: &Example,
        outcome: &Outcome,
        verdict: &Verdict,
    ) -> (Option<usize>, Option<String>) {
        let is_of_values = verdict.code.is_some_and(|code| code::OF_VALUES.contains(&code));
        let ran = match &outcome.ending {
            Ending::Completed => true,
            Ending::Raised(raised) => !raised.at_compile,
            _ => false,
        };
        if !is_of_values || !ran || example.kind == ExampleKind::Console {
            return (None, None);
        }
        match self.taint.of(&Flow::of(&example.source), example.step) {
            Some((name, cause)) => {
                (Some(cause), Some(format!("`{name}` is not what it should be, as an example above failed")))
            }
            None => (None, None),
        }
    }

    /// The last example that would have bound a name; for want of one, the last with `from … import *`.
    fn would_have_bound(&self, name: &str, example: &Example) -> Option<usize> {
        // A script does not follow from itself.
        let others = || self.unbound.iter().rev().filter(|unbound| unbound.step != example.step);
        let by_name = others().find(|unbound| unbound.bindings.has(name));
        by_name
            .or_else(|| others().find(|unbound| unbound.bindings.has_star()))
            .map(|unbound| unbound.example)
    }

    fn remember(&mut self, at: usize, example: &Example, outcome: &Outcome, verdict: &Verdict) {
        // Of a script's examples, the blamed one has the code of the ending.
        if outcome.ending.ends_session() && verdict.code.is_some_and(|code| code::OF_ENDINGS.contains(&code))
        {
            self.ended_by = self.ended_by.or(Some(at));
        }
        self.remember_values(at, example, outcome, verdict);
        if outcome.ending == Ending::Completed {
            // Whatever was missed before, this example has it; when it is missed again, that has another reason.
            if !self.missed.is_empty() {
                let bindings = Bindings::of(&example.source);
                self.missed
                    .retain(|(missing, _)| !matches!(missing, Missing::Name(name) if bindings.has(name)));
            }
            return;
        }
        // What is skipped or ignored and has raised was passed over for that.
        let is_passed_over = matches!(verdict.status, Status::Skipped | Status::Ignored)
            && matches!(outcome.ending, Ending::Raised(_));
        if is_passed_over || matches!(verdict.status, Status::Failed | Status::NotRun) {
            let bindings = Bindings::of(&example.source);
            self.unbound.push(Unbound { example: at, step: example.step, bindings });
            if verdict.cause.is_none()
                && let Some(missing) = misses(example, outcome, verdict)
            {
                self.missed.push((missing.to_owned(), at));
            }
        }
    }
}

impl Past {
    /// What an example bound and changed, or failed to. An exception that the page states, in whatever words, is no failure of its code.
    fn remember_values(&mut self, at: usize, example: &Example, outcome: &Outcome, verdict: &Verdict) {
        if matches!(example.kind, ExampleKind::Console | ExampleKind::File)
            || outcome.ending == Ending::NotRun
        {
            return;
        }
        let has_failed = match verdict.status {
            Status::Failed => verdict.code != Some(code::STALE_OUTPUT),
            Status::Skipped | Status::Ignored => true,
            _ => false,
        };
        if outcome.ending != Ending::Completed && has_failed {
            let root = verdict.cause.unwrap_or(at);
            self.taint.failed(&example.source, &Flow::of(&example.source), root, example.step);
        } else {
            self.taint.ran(&example.source, example.step);
        }
    }
}

/// What an example failed for want of.
fn misses<'a>(example: &Example, outcome: &'a Outcome, verdict: &Verdict) -> Option<Missing<&'a str>> {
    let Ending::Raised(raised) = &outcome.ending else { return None };
    // Of a script with several outputs, one is blamed for the exception; the others are stale by themselves.
    let is_stale_mark =
        matches!(example.expectation, Expectation::Mark { .. }) && verdict.code == Some(code::STALE_OUTPUT);
    if verdict.status != Status::Failed || is_stale_mark {
        return None;
    }
    undefined_name(raised).map(Missing::Name).or_else(|| module::missing(raised).map(Missing::Module))
}

/// The name of `NameError: name 'x' is not defined`.
fn undefined_name(raised: &Raised) -> Option<&str> {
    if raised.kind != "NameError" {
        return None;
    }
    let (name, behind) = message(raised).strip_prefix("name '")?.split_once('\'')?;
    behind.starts_with(" is not defined").then_some(name)
}

/// Where a name is bound that is not defined at an example, if that is not where it should be.
fn bound_elsewhere(name: &str, at: usize, examples: &[Example], verdicts: &[Verdict]) -> Option<String> {
    let binds =
        |example: &Example| example.kind != ExampleKind::Console && Bindings::of(&example.source).has(name);
    let unrun = (0..at).rev().find(|&above| {
        let status = verdicts[above].status;
        matches!(status, Status::Skipped | Status::Ignored | Status::Compiled | Status::Recorded)
            && binds(&examples[above])
    });
    if let Some(above) = unrun {
        let status = verdicts[above].status.words();
        return Some(format!("the example above that binds `{name}` does not run: it is {status}"));
    }
    let below = examples[at + 1..].iter().any(|example| example.step != examples[at].step && binds(example));
    below.then(|| format!("`{name}` is bound only further down"))
}
