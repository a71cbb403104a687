//! Checking: what became of each example, and why, told from what running it gave.
//!
//! # Steps
//!
//! 1. `dialect` reads statements that are right only in a dialect of doctest's as they would stand without it.
//! 2. `output` compares what each example printed with what the page states, by the rules of the standard library's doctest:
//!    [`matcher`] for text, [`traceback`] for exceptions; `excerpt` for what is shown of a file, `guess` for what may not be meant so.
//!    `unstated` tells of what a script prints beside the outputs that it states.
//! 3. `ending` says what is wrong with how a step ended as a whole, and one of the step's examples is blamed for it.
//! 4. `warning` misses those that a fence must give, and tells of those that nobody asked for.
//! 5. `cause` finds the failures that only follow from others, and `unreported` moves what no report would show.
//!
//! [`lab`] judges what the tests of a lab say of its starter, its solution and its mutants.
//!
//! [`figure`] is about what examples show beside text, by page, [`quiz`] about the answers of quizzes, and [`unstable`]
//! about what is another output in another run.
//!
//! # Invariants
//!
//! Nothing here runs Python, opens a file or knows where in a file an example stands: the same examples and outcomes give the same
//! verdicts. Every example gets one verdict. A cause is a root: it has no cause itself. Whatever `doctest.OutputChecker` and
//! `doctest.DocTestRunner` accept is accepted; what is accepted besides is listed in [`traceback`], `comparison`, `dialect` and `address`.

mod address;
mod bindings;
mod cause;
pub(crate) mod chance;
pub(crate) mod comparison;
mod console;
mod dialect;
pub(crate) mod elision;
mod ellipsis;
mod ending;
mod exception;
mod excerpt;
pub mod figure;
mod filter;
mod floats;
mod flow;
mod guess;
mod hint;
pub mod lab;
mod layout;
mod literals;
pub mod machine;
pub mod matcher;
mod module;
mod newer_syntax;
mod output;
pub mod quiz;
mod refusal;
mod set_order;
pub(crate) mod taint;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;
pub mod traceback;
mod unreported;
pub mod unstable;
mod unstated;
mod verdict;
mod warning;

use ecow::EcoString;
use exemplar_model::fence::Treatment;
use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Example, ExampleKind, Expectation, Unmet};
use exemplar_model::report::Status;
use std::borrow::Cow;

pub(crate) use unreported::withdraw_repeated;
pub use verdict::{Verdict, code};

use crate::load::settings::PageRules;
use comparison::Comparison;
use ending::is_ordinary_exit as exits_ordinarily;
use filter::Filters;

/// Whether a line that is printed is one that an example of a page states.
pub(crate) fn is_printed(example: &Example, rules: &PageRules, stated: &str, printed: &str) -> bool {
    let filters = Filters::of(&rules.filters);
    Comparison::of(example, &filters).is_printed(&format!("{stated}\n"), &format!("{printed}\n"))
}

/// Whether what a script ended in is no failure: `sys.exit()`.
pub(crate) fn is_ordinary_exit(example: &Example, outcome: &Outcome) -> bool {
    exits_ordinarily(example, outcome)
}

/// Whether two source texts are the same code: comments and the form of literals aside.
pub(crate) fn is_same_code(one: &str, other: &str) -> bool {
    tokens::lines(one) == tokens::lines(other)
}

/// Checks the examples of one session, in page order, against what its steps gave. The verdicts are in the order of the examples.
#[must_use]
pub fn check(examples: &[Example], outcomes: &[Outcome], rules: &PageRules) -> Vec<Verdict> {
    let filters = Filters::of(&rules.filters);
    let mut verdicts: Vec<Verdict> = examples.iter().map(untried).collect();
    let tried = examples.iter().enumerate().filter(|(_, example)| is_tried(example));
    let mut tried: Vec<(usize, usize)> =
        tried.filter_map(|(at, example)| Some((example.step?, at))).collect();
    tried.sort_unstable();
    let mut read = Cow::Borrowed(examples);
    let mut members: Vec<usize> = Vec::new();
    // A script with several stated outputs is one step and several examples.
    for of_step in tried.chunk_by(|(one, _), (other, _)| one == other) {
        let step = of_step[0].0;
        members.clear();
        members.extend(of_step.iter().map(|&(_, at)| at));
        let known = outcomes.get(step).map(Cow::Borrowed);
        let mut outcome: Cow<'_, Outcome> = known.unwrap_or_else(|| Cow::Owned(Outcome::not_run(0)));
        if members.iter().any(|&member| ending::is_ordinary_exit(&examples[member], &outcome)) {
            outcome.to_mut().ending = Ending::Completed;
        }
        let as_shown = members.iter().find_map(|&member| {
            let rules = Comparison::of(&examples[member], &filters);
            guess::stopped(&rules, &outcome).or_else(|| guess::raised_as_shown(&rules, &outcome))
        });
        if let Some(shown) = as_shown.map(EcoString::from) {
            let outcome = outcome.to_mut();
            (outcome.ending, outcome.stdout) = (Ending::Completed, shown);
        }
        if members.iter().any(|&member| examples[member].flags.has(Flags::SHOW_WARNINGS)) {
            outcome = Cow::Owned(warning::shown(outcome.into_owned()));
        }
        for &member in &members {
            let rules = Comparison::of(&examples[member], &filters);
            let mut verdict = output::judge(&rules, &outcome);
            if let Some(reading) = dialect::read(&rules, &outcome, &verdict) {
                read.to_mut()[member] = reading.example;
                verdict = output::judge(&Comparison::of(&read[member], &filters), &outcome);
                verdict.expected = output::claim(&examples[member]).cloned();
                verdict.lints.extend(reading.lint);
            }
            verdicts[member] = verdict;
        }
        let of_step = members.iter().map(|&member| &read[member]);
        verdicts[members[0]].lints.extend(unstated::lint(of_step, &outcome));
        blame(&members, &read, &outcome, &filters, &mut verdicts);
    }
    for (example, verdict) in examples.iter().zip(&mut verdicts) {
        ending::pass_over_dialogue(example, outcomes, verdict);
        ending::pass_over_exempt(example, verdict);
    }
    warning::demand(examples, outcomes, &filters, &mut verdicts);
    warning::unexpected(examples, outcomes, rules.warnings, &mut verdicts);
    cause::trace(examples, outcomes, &mut verdicts);
    prompted_outputs(examples, outcomes, &mut verdicts);
    unreported::surface(examples, outcomes, &mut verdicts);
    verdicts
}

/// Finds failures whose code is no code: the output of the example above, with a prompt before it.
fn prompted_outputs(examples: &[Example], outcomes: &[Outcome], verdicts: &mut [Verdict]) {
    let printed = |at: usize| {
        examples[at].step.and_then(|step| outcomes.get(step)).map(|outcome| outcome.stdout.trim_end())
    };
    for at in 1..examples.len() {
        let is_output = examples[at].kind == ExampleKind::Session
            && verdicts[at].status == Status::Failed
            && verdicts[at].cause.is_none()
            && printed(at - 1)
                .is_some_and(|above| !above.is_empty() && above == examples[at].source.trim_end());
        if is_output {
            verdicts[at].hint = Some(hint::for_prompted_output().into());
        }
    }
}

/// Whether an example is to be judged by what its step gave.
fn is_tried(example: &Example) -> bool {
    let is_left_out = matches!(example.treatment, Treatment::Ignore { .. } | Treatment::Recorded { .. });
    !is_left_out && !is_skipped(example) && example.unmet.is_none()
}

/// Skipping by flags is about single statements.
fn is_skipped(example: &Example) -> bool {
    example.flags.skips() && (example.kind == ExampleKind::Session || example.step.is_none())
}

/// The verdict on an example that is not tried.
fn untried(example: &Example) -> Verdict {
    let verdict = match &example.treatment {
        Treatment::Recorded { provenance } => {
            let message = Some(format!("recorded elsewhere: {provenance}").into());
            Verdict { message, ..Verdict::of(Status::Recorded) }
        }
        Treatment::Ignore { reason } => Verdict { message: reason.clone(), ..Verdict::of(Status::Ignored) },
        _ if example.unmet.is_some() => unmet(example),
        _ if is_skipped(example) => {
            let needs_internet = "it needs the internet, which no session has";
            let why = if example.flags.has(Flags::SKIP) {
                "skipped by its doctest directive"
            } else {
                needs_internet
            };
            Verdict { message: Some(why.into()), ..Verdict::of(Status::Skipped) }
        }
        _ => Verdict::of(Status::Ignored),
    };
    verdict.with_texts(output::claim(example).cloned(), None)
}

/// The verdict on an example that needs what is not here.
fn unmet(example: &Example) -> Verdict {
    let (code, words) = match &example.unmet {
        Some(Unmet::Requirement(words)) => (Some(code::UNMET_REQUIREMENT), Some(words)),
        Some(Unmet::Python(words)) => (Some(code::WRONG_PYTHON), Some(words)),
        None => (None, None),
    };
    Verdict { code, message: words.cloned(), ..Verdict::of(Status::Skipped) }
}

/// Says what is wrong with a step as a whole of one of its examples: of the first whose output was never reached, else of the last. The
/// further outputs that were never reached were prevented by it.
fn blame(
    members: &[usize],
    examples: &[Example],
    outcome: &Outcome,
    filters: &Filters,
    verdicts: &mut [Verdict],
) {
    let complaint = members
        .first()
        .and_then(|&first| ending::complaint(&Comparison::of(&examples[first], filters), outcome));
    let (Some(failure), Some(&last)) = (complaint, members.last()) else { return };
    // What a script does not reach although it runs to its end, it never does.
    let ran_through = outcome.ending == Ending::Completed;
    let unreached = |member: &usize| !ran_through && is_unreached(&examples[*member], outcome);
    let first = members.iter().position(unreached);
    // A statement that fails has begun, so its output counts as reached. That it did not get to print what is stated gives it away.
    let begun = first.and_then(|first| first.checked_sub(1)).and_then(|before| members.get(before));
    let begun = begun.filter(|&&member| verdicts[member].status == Status::Failed);
    let blamed = begun.or(first.map(|first| &members[first])).copied().unwrap_or(last);
    for &member in members.iter().filter(|member| **member != blamed && unreached(member)) {
        let verdict = Verdict::not_run("the script had ended before the statement above this output");
        let expected = verdicts[member].expected.take();
        verdicts[member] = Verdict { cause: Some(blamed), ..verdict }.with_texts(expected, None);
    }
    let mut verdict = verdicts[blamed].clone().failed(failure);
    if let (Expectation::Mark { .. }, Ending::Raised(raised)) =
        (&examples[blamed].expectation, &outcome.ending)
    {
        let printed = verdict.actual.unwrap_or_default();
        verdict.actual = Some(comparison::with_traceback(&printed, &raised.traceback).into());
    }
    verdicts[blamed] = verdict;
}

/// Whether the statement that an example is about was never run to its end.
fn is_unreached(example: &Example, outcome: &Outcome) -> bool {
    match example.expectation {
        Expectation::Mark { index, .. } => outcome.marks.get(index).is_none_or(Option::is_none),
        _ => false,
    }
}
