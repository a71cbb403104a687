//! Which examples of a session may be mended: those that a failure which can't be mended has nothing to do with.

use exemplar_model::diagnostic::Edit;
use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Example, ExampleKind, Session};
use exemplar_model::report::Status;

use super::{Checked, FixOptions, Fixed, FixedPlace, extent, left, proposal};
use crate::check::taint::Doubt;
use crate::check::unstable::{Cause, related_code};
use crate::check::{self, Verdict, chance, code};
use crate::unstable;

/// What would mend the examples of each session.
pub(super) fn propose_all(
    checked: Checked<'_>,
    options: &FixOptions<'_>,
    fixed: &mut Fixed,
) -> Vec<FixedPlace> {
    let mut proposals = Vec::new();
    for session in 0..checked.sessions.len() {
        propose(checked, options, session, fixed, &mut proposals);
    }
    proposals
}

fn propose(
    checked: Checked<'_>,
    options: &FixOptions<'_>,
    session_index: usize,
    fixed: &mut Fixed,
    proposals: &mut Vec<FixedPlace>,
) {
    let session = &checked.sessions[session_index];
    let again = Again::of(checked, options, session_index);
    // What may be another value in another run.
    let mut doubt = Doubt::default();
    // What a command does to its shell and its files has no names, so behind one that failed nothing of the shell is mended.
    let mut has_failed_command = false;
    // A prelude that fails, or code that is not of the report, is in the way like any other failure.
    for (index, example) in session.examples.iter().enumerate() {
        let follows = doubt.reaches(session, example);
        let is_command = example.kind == ExampleKind::Console;
        let mended = match mend(checked, options, session_index, index, again.as_ref(), follows) {
            Mended::By(_) if is_command && has_failed_command => {
                Mended::Left("a failure above it in its session comes first".to_owned())
            }
            mended => mended,
        };
        has_failed_command |= is_command && matches!(mended, Mended::Left(_));
        let is_other = again.as_ref().is_some_and(|again| again.is_other(index));
        doubt.note(session, example, is_other || matches!(mended, Mended::Unstable | Mended::OfMachine));
        match mended {
            Mended::Nothing => {}
            Mended::Left(reason) => fixed.left.push(left(extent(example), &reason)),
            Mended::Unstable => fixed.unstable.push((session_index, index)),
            Mended::OfMachine => fixed.left.push(unstable::left(example, Cause::Machine)),
            Mended::By(edits) => proposals.push(FixedPlace {
                example: Some((session_index, index)),
                span: extent(example),
                edits,
            }),
        }
    }
}

/// What is to be done about an example.
enum Mended {
    /// Nothing, and nothing is to be said.
    Nothing,
    /// Nothing, for a reason.
    Left(String),
    /// Nothing, since it prints something else in each run.
    Unstable,
    /// Nothing, since it prints something else on another machine.
    OfMachine,
    /// These edits.
    By(Vec<Edit>),
}

fn mend(
    checked: Checked<'_>,
    options: &FixOptions<'_>,
    session_index: usize,
    index: usize,
    again: Option<&Again<'_>>,
    follows: bool,
) -> Mended {
    let session = &checked.sessions[session_index];
    let (example, verdict) = (&session.examples[index], &checked.verdicts[session_index][index]);
    let is_asked_for = example.reported && (options.selected)(extent(example));
    // What nobody asked for is stale and stays so, and what runs behind it ran all the same.
    if !is_asked_for || !matches!(verdict.status, Status::Failed | Status::NotRun) {
        return Mended::Nothing;
    }
    let edits = match proposed(checked, options, session_index, index) {
        Ok(edits) => edits,
        // What follows from a failure is mended with it.
        Err(_) if verdict.code == Some(code::FOLLOWS_FAILURE) => return Mended::Nothing,
        Err(reason) => return Mended::Left(reason),
    };
    let by_chance = || example.step.is_some_and(|step| chance::of(session, step).is_some());
    if again.is_some_and(|again| again.edits(index).as_ref() != Some(&edits) || by_chance()) {
        return Mended::Unstable;
    }
    if is_of_machine(options, session, example, &edits) {
        return Mended::OfMachine;
    }
    if follows {
        return Mended::Left("it may follow from an output above it that changes from run to run".to_owned());
    }
    Mended::By(edits)
}

/// Whether what would be written is what only this machine has.
fn is_of_machine(options: &FixOptions<'_>, session: &Session, example: &Example, edits: &[Edit]) -> bool {
    let written: String = edits.iter().flat_map(|edit| [edit.text.as_str(), "\n"]).collect();
    example.step.is_some_and(|step| options.machine.shows_in(&written, &related_code(session, step)))
}

/// What would mend one example of a session, as it ran first.
fn proposed(
    checked: Checked<'_>,
    options: &FixOptions<'_>,
    session: usize,
    index: usize,
) -> Result<Vec<Edit>, String> {
    let example = &checked.sessions[session].examples[index];
    let verdict = &checked.verdicts[session][index];
    if !example.reported {
        return Err("it is not of the page".to_owned());
    }
    if verdict.code == Some(code::FOLLOWS_FAILURE) {
        return Err("it follows from another failure".to_owned());
    }
    let outcome = example.step.and_then(|step| checked.outcomes[session].get(step));
    let outcome = outcome.ok_or_else(|| "it did not run".to_owned())?;
    let rules = &checked.rules[checked.sessions[session].page];
    proposal::propose(checked.sources, example, outcome, verdict, rules, options.force)
}

/// A session that ran again.
struct Again<'a> {
    checked: Checked<'a>,
    options: &'a FixOptions<'a>,
    session: usize,
    outcomes: &'a [Outcome],
    verdicts: Vec<Verdict>,
}

impl<'a> Again<'a> {
    fn of(checked: Checked<'a>, options: &'a FixOptions<'a>, session: usize) -> Option<Self> {
        let outcomes = options.again.get(&session)?;
        let Checked { sessions, rules, .. } = checked;
        let verdicts = check::check(&sessions[session].examples, outcomes, &rules[sessions[session].page]);
        Some(Self { checked, options, session, outcomes, verdicts })
    }

    /// Whether an example came out in another way: what passed before, or failed otherwise.
    fn is_other(&self, index: usize) -> bool {
        let before = &self.checked.verdicts[self.session][index];
        self.verdicts[index].status != before.status
    }

    /// What would mend an example as it ran this time; none when nothing would, or nothing has to.
    fn edits(&self, index: usize) -> Option<Vec<Edit>> {
        let session = &self.checked.sessions[self.session];
        let (example, verdict) = (&session.examples[index], &self.verdicts[index]);
        if verdict.status != Status::Failed {
            return None;
        }
        let outcome = self.outcomes.get(example.step?)?;
        let rules = &self.checked.rules[session.page];
        proposal::propose(self.checked.sources, example, outcome, verdict, rules, self.options.force).ok()
    }
}
