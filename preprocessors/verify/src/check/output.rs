//! What an example's own output says: the comparison with what the page states, whatever else became of its step.
//!
//! How the step as a whole ended (a timeout, an exception that nobody asked for) is the business of [`super::ending`]; it is said of one
//! of the step's examples afterwards and goes before what is said here.

use std::borrow::Cow;

use ecow::EcoString;
use exemplar_model::fence::Treatment;
use exemplar_model::flags::Flags;
use exemplar_model::outcome::{Ending, Outcome, Raised};
use exemplar_model::plan::{Example, Expectation};
use exemplar_model::report::Status;

use super::comparison::{Comparison, with_traceback};
use super::exception::in_short;
use super::traceback::{Agreement, compare, stated, states_one};
use super::verdict::{Failure, Verdict, code};
use super::{excerpt, guess, hint, lab};

/// What the page says that an example prints. None where it says nothing; a prompted statement without output says that it is silent,
/// and its expected output is then empty.
pub(super) fn claim(example: &Example) -> Option<&EcoString> {
    match &example.expectation {
        Expectation::Output(expected) | Expectation::Mark { expected, .. } => Some(&expected.text),
        Expectation::Excerpt(expected) => Some(&expected.text),
        Expectation::Guessed(_) | Expectation::Lab(_) | Expectation::Unstated => None,
    }
}

/// Judges an example by what it printed.
pub(super) fn judge(rules: &Comparison<'_>, outcome: &Outcome) -> Verdict {
    let example = rules.example;
    if let Expectation::Lab(proof) = &example.expectation {
        return lab::judge(proof, outcome);
    }
    let claim = claim(example);
    let got = printed_by(rules, outcome, claim);
    // Held once where it is what the page says, as nearly always.
    let got = claim.filter(|claim| got.as_ref() == Some(claim)).cloned().or(got);
    let verdict = if outcome.ending == Ending::NotRun {
        Verdict::not_run("its session had ended before it")
    } else if let (Expectation::Guessed(guesses), Treatment::Check, Ending::Completed) =
        (&example.expectation, &example.treatment, &outcome.ending)
    {
        guess::judge(rules, guesses, outcome)
    } else if let Some(status) = uncompared(example, outcome, claim) {
        Verdict::of(status)
    } else {
        let passed = Verdict::of(Status::Passed);
        match claim.and_then(|want| difference(rules, outcome, want, got.as_deref())) {
            Some(failure) => passed.failed(failure),
            None => passed,
        }
    };
    verdict.with_texts(claim.cloned(), got)
}

/// What an example printed, followed by the traceback where its step ended in one; none where it did not run.
fn printed_by(rules: &Comparison<'_>, outcome: &Outcome, claim: Option<&EcoString>) -> Option<EcoString> {
    let example = rules.example;
    let Outcome { ending, stdout, .. } = outcome;
    match (&example.treatment, &example.expectation, ending, claim) {
        (Treatment::NoRun, _, Ending::Raised(raised), _) => Some(raised.traceback.as_str().into()),
        (Treatment::NoRun, ..) | (_, _, Ending::NotRun, _) => None,
        (_, Expectation::Mark { index, .. }, ..) => outcome.marks.get(*index).cloned().flatten(),
        (_, _, Ending::Raised(raised), _) => Some(with_traceback(stdout, &raised.traceback).into()),
        (_, _, Ending::Completed, Some(want)) => {
            Some(match rules.as_stated(want, outcome) {
                Some(Cow::Owned(mixed)) => mixed.into(),
                // stdout alone, as it is.
                Some(Cow::Borrowed(_)) | None => stdout.clone(),
            })
        }
        _ => Some(stdout.clone()),
    }
}

/// The status of an example whose output is not compared.
fn uncompared(example: &Example, outcome: &Outcome, claim: Option<&EcoString>) -> Option<Status> {
    let states_traceback = || claim.is_some_and(|want| states_one(want));
    match (&example.treatment, &outcome.ending) {
        // That a statement does not compile can be shown below it like any other exception.
        (Treatment::NoRun, Ending::Raised(_)) => (!states_traceback()).then_some(Status::Passed),
        (Treatment::NoRun, _) => Some(Status::Compiled),
        (Treatment::NoCheck, _) => Some(Status::Ran),
        (_, Ending::Completed) if example.flags.has(Flags::IGNORE_OUTPUT) => Some(Status::Ran),
        // That a script raises is a claim too; whether it did is for the ending to say.
        _ if claim.is_none() && example.raises.is_none() => Some(Status::Ran),
        _ => None,
    }
}

/// What is wrong with an example's output.
fn difference(rules: &Comparison<'_>, outcome: &Outcome, want: &str, got: Option<&str>) -> Option<Failure> {
    let example = rules.example;
    match (&example.expectation, &outcome.ending, got) {
        (Expectation::Mark { .. }, _, None) => {
            Some(Failure::new(code::STALE_OUTPUT, "the statement above this output was never reached"))
        }
        (Expectation::Excerpt(_), Ending::Completed, Some(got)) => excerpt::difference(want, got),
        (Expectation::Excerpt(_), ..) => None,
        (Expectation::Mark { .. }, _, Some(got)) | (_, Ending::Completed, Some(got)) => {
            (!rules.is_printed(want, got)).then(|| stale(rules, want, got))
        }
        (_, Ending::Raised(raised), _) => other_ending(rules, outcome, raised, want),
        // Cut short: the ending says so.
        _ => None,
    }
}

/// Says how a printed text differs from the stated one.
fn stale(rules: &Comparison<'_>, want: &str, got: &str) -> Failure {
    // A program may also print a traceback, its own or that of another one; then it is text like any other.
    if let Some(traceback) = stated(want).filter(|_| !states_one(got)) {
        let message = format!("the page says that this raises {}, and it did not", traceback.kind());
        return Failure::new(code::MISSING_EXCEPTION, message);
    }
    let message = match (want.is_empty(), got.is_empty()) {
        (true, _) => "this example printed something, and the page states no output",
        (_, true) => "this example printed nothing, and the page states output",
        _ => "this example printed something else than the page says",
    };
    Failure::new(code::STALE_OUTPUT, message).with_hint(hint::for_stale(rules, want, got))
}

/// Says how the exception that a step ended in differs from what the page states.
fn other_ending(rules: &Comparison<'_>, outcome: &Outcome, raised: &Raised, want: &str) -> Option<Failure> {
    let example = rules.example;
    let kind = &raised.kind;
    let (code, message) = match compare(want, rules, outcome, raised) {
        Some(Agreement::Same) => return None,
        Some(Agreement::OtherOutput) => {
            (code::STALE_OUTPUT, format!("what came before the {kind} is not what the page says"))
        }
        Some(Agreement::OtherMessage) => (
            code::STALE_OUTPUT,
            format!("this example raised {kind} with another message than the page says"),
        ),
        Some(Agreement::OtherType) => {
            let stated = stated(want).map(|traceback| traceback.kind()).unwrap_or_default();
            let message = format!("this example raised {} instead of {stated}", in_short(raised));
            return Some(Failure::new(code::WRONG_EXCEPTION, message).with_hint(hint::for_raised(
                example,
                raised,
                &outcome.stderr,
            )));
        }
        // Without `raises`, nobody asked for an exception, and the ending says so.
        None if example.raises.is_none() => return None,
        // After `raises`, a fence states the traceback. What was printed before it, or the message alone, will do.
        None if !want.is_empty() && rules.as_stated(want, outcome).is_some() => return None,
        None if rules.is_printed(want, &raised.summary) => return None,
        None => (code::STALE_OUTPUT, format!("the page does not show the traceback of {kind}")),
    };
    Some(Failure::new(code, message))
}
