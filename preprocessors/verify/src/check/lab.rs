//! What the tests of a lab show: that the starter has something to do, that the solution does it, and that no wrong one is taken for it.
//!
//! `plan/lab.py` runs them and prints what became of each. A starter is to fail by what is still to do: an assertion, or
//! `NotImplementedError`. A test that fails because the module can't be imported says nothing about what a reader has to write.

use ecow::EcoString;
use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::fence::Raises;
use exemplar_model::lab::Proof;
use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Expectation, Session, Unmet};
use exemplar_model::report::Status;
use serde::Deserialize;

use super::verdict::{Failure, Verdict, code};

/// The types by which a starter may fail. `Failed` is what `pytest.fail` and `pytest.raises` raise.
const TO_DO: [&str; 3] = ["AssertionError", "NotImplementedError", "Failed"];

/// The exit status of pytest that has found no tests.
const NO_TESTS: i32 = 5;

/// What `lab.py` prints.
#[derive(Debug, Deserialize)]
struct Run {
    /// Whether Python has a module of the lab's name already.
    taken: bool,
    /// The exit status of pytest.
    status: Option<i32>,
    tests: Vec<Test>,
    /// What kept tests from being collected.
    broken: Vec<Broken>,
}

/// What became of a test.
#[derive(Debug, Deserialize)]
struct Test {
    name: String,
    /// `passed`, `failed` or `skipped`.
    outcome: String,
    /// The names of the types of what it raised, for each exception of a group.
    kinds: Vec<Vec<String>>,
    /// What it raised, in one line.
    text: String,
    /// What pytest shows of that.
    trace: String,
}

#[derive(Debug, Deserialize)]
struct Broken {
    /// `module` or `tests`.
    by: String,
    text: String,
    trace: String,
}

/// The lint at the first lab whose tests can't be run for want of something: readers of the summary should know what they are not told.
#[must_use]
pub fn unproved(sessions: &[Session]) -> Option<Diagnostic> {
    let solutions = sessions.iter().flat_map(|session| &session.examples).filter(|example| {
        matches!(example.expectation, Expectation::Lab(Proof::SolutionPasses)) && example.unmet.is_some()
    });
    let (first, number) = (solutions.clone().next()?, solutions.count());
    let (Unmet::Requirement(words) | Unmet::Python(words)) = first.unmet.as_ref()?;
    let labs = if number == 1 { "1 lab".to_owned() } else { format!("{number} labs") };
    let message = format!("nothing is proved of {labs}: this one {words}");
    Some(
        Diagnostic::warning("unproved-lab", first.span, message)
            .help("install it for the Python that runs the book; `--require-all` makes a failure of this"),
    )
}

/// The verdict on a fence of a lab. How its step ended, where that was not by itself, is said elsewhere.
pub(super) fn judge(proof: &Proof, outcome: &Outcome) -> Verdict {
    match outcome.ending {
        Ending::Completed => {}
        Ending::NotRun => return Verdict::not_run("its session had ended before it"),
        _ => return Verdict::of(Status::Ran).with_texts(None, Some(outcome.stdout.clone())),
    }
    // The lab's own exit handlers may print behind it.
    let Some(run) = outcome.stdout.lines().rev().find_map(|line| serde_json::from_str::<Run>(line).ok())
    else {
        let failure = Failure::new(code::LAB_TESTS_BREAK, "what the tests of this lab gave can't be read")
            .with_hint(Some("try it outside of the book: `exemplar lab NAME DIR`".to_owned()));
        return Verdict::of(Status::Ran).failed(failure).with_texts(None, Some(outcome.stdout.clone()));
    };
    let verdict = match tests_break(&run) {
        Some(failure) if *proof == Proof::Tests => Verdict::of(Status::Passed).failed(failure),
        Some(_) => Verdict::not_run("the tests of this lab can't be run"),
        None => match failure(proof, &run) {
            Some(failure) => Verdict::of(Status::Passed).failed(failure),
            None => Verdict::of(Status::Passed),
        },
    };
    verdict.with_texts(None, run.summary().map(EcoString::from))
}

impl Run {
    fn failed(&self) -> impl Iterator<Item = &Test> {
        self.tests.iter().filter(|test| test.outcome == "failed")
    }

    fn broken_by(&self, file: &str) -> Option<&Broken> {
        self.broken.iter().find(|broken| broken.by == file)
    }

    /// A line for each test, and what pytest shows of those that failed.
    fn summary(&self) -> Option<String> {
        let mut lines: Vec<String> = self.broken.iter().map(|broken| broken.trace.clone()).collect();
        for test in &self.tests {
            lines.push(match &*test.text {
                "" => format!("{} {}", test.outcome, test.name),
                text => format!("{} {}: {text}", test.outcome, test.name),
            });
        }
        // The place of a `NotImplementedError` is of no interest to anybody.
        let is_telling =
            |test: &&Test| !test.kinds.iter().flatten().any(|kind| kind == "NotImplementedError");
        lines.extend(self.failed().filter(is_telling).map(|test| format!("\n{}", test.trace)));
        (!lines.is_empty()).then(|| lines.join("\n") + "\n")
    }
}

/// Why the tests say nothing at all.
fn tests_break(run: &Run) -> Option<Failure> {
    let broken = |message: String, hint: &str| {
        Some(Failure::new(code::LAB_TESTS_BREAK, message).with_hint(Some(hint.to_owned())))
    };
    if run.taken {
        let hint = "give the lab a name that no module of Python has";
        return broken(
            "Python has a module of this lab's name, which the tests would import".to_owned(),
            hint,
        );
    }
    if let Some(Broken { text, .. }) = run.broken_by("tests") {
        let hint = "mend the tests, or say what they need: `requires=\"…\"`";
        return broken(format!("pytest can't import these tests: {text}"), hint);
    }
    if run.tests.is_empty() && run.broken.is_empty() && run.status == Some(NO_TESTS) {
        return broken("pytest finds no test here".to_owned(), "call its functions `test_…`");
    }
    None
}

/// What is wrong with the fence that the tests ran for.
fn failure(proof: &Proof, run: &Run) -> Option<Failure> {
    // 0 and 1: run, and some failed; 2: interrupted, as by a module that can't be imported; above that, pytest itself failed.
    let stopped =
        run.status.filter(|status| *status > 2).map(|status| format!("pytest ended with status {status}"));
    let broken = run.broken_by("module").map(|broken| &*broken.text).or(stopped.as_deref());
    let first = run.failed().next();
    match (proof, broken, first) {
        (Proof::Tests, ..) => None,
        (Proof::SolutionPasses, Some(text), _) => {
            let message = format!("the tests can't import the solution: {text}");
            Some(Failure::new(code::LAB_SOLUTION_FAILS, message))
        }
        (Proof::SolutionPasses, None, Some(test)) => {
            let others = match run.failed().count() - 1 {
                0 => String::new(),
                1 => ", and 1 more test fails".to_owned(),
                number => format!(", and {number} more tests fail"),
            };
            let message = format!("the solution fails `{}`: {}{others}", test.name, test.text);
            Some(Failure::new(code::LAB_SOLUTION_FAILS, message))
        }
        (Proof::SolutionPasses, None, None) => {
            let is_proved = run.tests.iter().any(|test| test.outcome == "passed");
            let message = "every test is skipped for the solution, so nothing is proved";
            (!is_proved).then(|| Failure::new(code::LAB_SOLUTION_FAILS, message))
        }
        (Proof::StarterFails(_), Some(text), _) => {
            let message = format!("the tests can't import the starter: {text}");
            let hint = "let it define every name that the tests import, with `raise NotImplementedError` as the body";
            Some(Failure::new(code::LAB_STARTER_BREAKS, message).with_hint(Some(hint.to_owned())))
        }
        (Proof::StarterFails(_), None, None) => {
            let message = "the starter passes all tests, so there is nothing to do in this lab";
            let hint = "take the answer out of the starter, or test what it lacks";
            Some(Failure::new(code::LAB_STARTER_PASSES, message).with_hint(Some(hint.to_owned())))
        }
        (Proof::StarterFails(also), None, Some(_)) => {
            let test = run.failed().find(|test| !is_to_do(test, also.as_ref()))?;
            let message = format!(
                "the starter fails `{}` by something else than what is to be done: {}",
                test.name, test.text
            );
            let kind = test.kinds.first().and_then(|kinds| kinds.first()).map_or("", String::as_str);
            let hint = format!(
                "let its functions `raise NotImplementedError`; or, if this is what readers are to mend, say so: `raises=\"{kind}\"`"
            );
            Some(Failure::new(code::LAB_STARTER_BREAKS, message).with_hint(Some(hint)))
        }
        (Proof::MutantDies, Some(text), _) => {
            let message = format!("the tests can't import this mutant, so it proves nothing: {text}");
            Some(Failure::new(code::LAB_MUTANT_BREAKS, message))
        }
        (Proof::MutantDies, None, None) => {
            let message = "this mutant passes all tests: they don't find out what is wrong with it";
            let hint = "add a test that fails for it";
            Some(Failure::new(code::LAB_MUTANT_SURVIVES, message).with_hint(Some(hint.to_owned())))
        }
        (Proof::MutantDies, None, Some(_)) => None,
    }
}

/// Whether a starter may fail a test so.
fn is_to_do(test: &Test, also: Option<&Raises>) -> bool {
    let is_meant = |raises: &Raises, kinds: &[String]| {
        let name = raises.kind.rsplit('.').next().unwrap_or_default();
        let says = raises.message.as_ref().is_none_or(|message| test.text.contains(message.as_str()));
        says && kinds.iter().any(|kind| kind == name)
    };
    test.kinds.iter().all(|kinds| {
        kinds.iter().any(|kind| TO_DO.contains(&kind.as_str()))
            || also.is_some_and(|raises| is_meant(raises, kinds))
    })
}

#[cfg(test)]
mod tests {
    use exemplar_model::fence::Raises;

    use super::{Test, is_to_do};

    fn test(kinds: &[&[&str]]) -> Test {
        let kinds = kinds.iter().map(|names| names.iter().map(|&name| name.to_owned()).collect()).collect();
        Test {
            name: "test_it".to_owned(),
            outcome: "failed".to_owned(),
            kinds,
            text: "KeyError: 'a'".to_owned(),
            trace: String::new(),
        }
    }

    #[test]
    fn what_is_to_do_is_an_assertion_or_not_implemented_or_what_its_author_says() {
        const ASSERTION: &[&str] = &["AssertionError", "Exception"];
        const NOT_IMPLEMENTED: &[&str] = &["NotImplementedError", "RuntimeError", "Exception"];
        const KEY: &[&str] = &["KeyError", "LookupError", "Exception"];
        let raises = |kind: &str, message: Option<&str>| {
            Some(Raises { kind: kind.to_owned(), message: message.map(str::to_owned) })
        };
        for (kinds, also, expected) in [
            (&[ASSERTION][..], None, true),
            (&[NOT_IMPLEMENTED], None, true),
            (&[KEY], None, false),
            (&[ASSERTION, KEY], None, false),
            (&[ASSERTION, KEY], raises("KeyError", None), true),
            (&[KEY], raises("builtins.LookupError", None), true),
            (&[KEY], raises("KeyError", Some("'a'")), true),
            (&[KEY], raises("KeyError", Some("'b'")), false),
            (&[KEY], raises("ValueError", None), false),
        ] {
            assert_eq!(is_to_do(&test(kinds), also.as_ref()), expected, "{kinds:?} {also:?}");
        }
    }
}
