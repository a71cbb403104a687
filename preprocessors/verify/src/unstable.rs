//! Finds outputs that change from run to run, so that none is taken for true.
//!
//! A session runs again with another hash seed and another history of allocations ([`ExecuteOptions::variation`]): what passes only in
//! one of the two runs would fail on another machine. To say why, it runs a third time, as the first time; [`check::unstable`] compares.
//!
//! Deliberately absent: another date. What is the same within a few seconds, such as the day, is taken for stable.

use std::collections::HashMap;

use ecow::eco_format;
use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Example, Session};
use exemplar_model::report::Status;

use crate::check::unstable::{Cause, cause, printed};
use crate::check::{self, Verdict, code};
use crate::execute::{Ahead, ExecuteOptions, WorkerError, execute};
use crate::load::settings::PageRules;

/// What the steps of some sessions gave when they ran again, by the sessions' places.
pub type Again = HashMap<usize, Vec<Outcome>>;

/// The hash seed and the history of allocations of a second run.
pub const OTHER: u32 = 1;

/// Runs these sessions again.
///
/// # Errors
/// As for the first run.
pub fn again(
    sessions: &[Session],
    wanted: &[usize],
    variation: u32,
    options: &ExecuteOptions,
) -> Result<Again, WorkerError> {
    let chosen: Vec<Session> = wanted.iter().map(|&index| sessions[index].clone()).collect();
    let (standby, ahead) = (None, Ahead::default());
    let options =
        ExecuteOptions { variation, observer: None, cache: None, standby, ahead, ..options.clone() };
    let executed = execute(&chosen, &options, &|_, _| {})?;
    Ok(wanted.iter().copied().zip(executed.outcomes).collect())
}

/// What is said of an example whose output changes.
#[must_use]
pub fn message(cause: Cause) -> String {
    let how = if cause == Cause::Machine { "is another thing elsewhere" } else { "changes from run to run" };
    format!("what this example prints {how}: {}", cause.words())
}

/// The lint at an example that `exemplar fix` leaves as it is, because its output changes.
#[must_use]
pub fn left(example: &Example, cause: Cause) -> Diagnostic {
    Diagnostic::warning("unstable-output", example.span, format!("left as it is: {}", message(cause)))
        .help(cause.proposal())
}

/// Why these examples, by session and place in it, print something else in the second run.
///
/// # Errors
/// As for the first run.
pub fn causes(
    sessions: &[Session],
    outcomes: &[Vec<Outcome>],
    second: &Again,
    examples: &[(usize, usize)],
    options: &ExecuteOptions,
) -> Result<Vec<Cause>, WorkerError> {
    let mut wanted: Vec<usize> = examples.iter().map(|&(session, _)| session).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let third = again(sessions, &wanted, options.variation, options)?;
    let of = |&(session, example): &(usize, usize)| match (second.get(&session), third.get(&session)) {
        (Some(second), Some(third)) => {
            let example = &sessions[session].examples[example];
            cause(&sessions[session], example, [&outcomes[session], second, third])
        }
        _ => Cause::Unknown,
    };
    Ok(examples.iter().map(of).collect())
}

/// Runs everything that is compared again, and makes failures of the examples that pass only in one of the two runs. What is stale in any
/// case keeps its code, and is told why it changes.
///
/// # Errors
/// As for the first run.
pub fn find(
    sessions: &[Session],
    rules: &[PageRules],
    outcomes: &[Vec<Outcome>],
    verdicts: &mut [Vec<Verdict>],
    options: &ExecuteOptions,
) -> Result<(), WorkerError> {
    let is_compared = |verdict: &Verdict| matches!(verdict.status, Status::Passed | Status::Failed);
    let wanted: Vec<usize> =
        (0..sessions.len()).filter(|&session| verdicts[session].iter().any(is_compared)).collect();
    let second = again(sessions, &wanted, OTHER, options)?;
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut others: HashMap<usize, Vec<Verdict>> = HashMap::new();
    for &session in &wanted {
        let examples = &sessions[session].examples;
        let other = check::check(examples, &second[&session], &rules[sessions[session].page]);
        for (index, example) in examples.iter().enumerate() {
            let (one, two) = (&verdicts[session][index], &other[index]);
            let changes = match (one.status, one.code) {
                (Status::Passed, _) => two.status == Status::Failed,
                (Status::Failed, Some(code::STALE_OUTPUT)) => example.step.is_some_and(|step| {
                    printed(example, &outcomes[session][step]) != printed(example, &second[&session][step])
                }),
                _ => false,
            };
            if changes && example.reported {
                found.push((session, index));
            }
        }
        others.insert(session, other);
    }
    let causes = causes(sessions, outcomes, &second, &found, options)?;
    for (&(session, index), cause) in found.iter().zip(causes) {
        let other = &others[&session][index];
        let verdict = &mut verdicts[session][index];
        if verdict.status == Status::Failed {
            let also = verdict.hint.take().map_or_else(String::new, |hint| format!("{hint}; "));
            verdict.hint = Some(eco_format!("{also}{}; {}", message(cause), cause.proposal()));
            continue;
        }
        verdict.status = Status::Failed;
        verdict.code = Some(code::UNSTABLE_OUTPUT);
        verdict.message = Some(message(cause).into());
        verdict.hint = Some(cause.proposal().into());
        verdict.actual.clone_from(&other.actual);
        verdict.cause = other.cause.filter(|cause| found.contains(&(session, *cause)));
    }
    Ok(())
}
