//! What is said of an example, before it is given a place in a report.

use ecow::EcoString;
use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::report::Status;

/// The codes that checking gives: stable names of schema 1 (DESIGN.md, section 3).
pub mod code {
    /// It printed something else than the page says.
    pub const STALE_OUTPUT: &str = "stale-output";
    /// It raised, and the page says nothing of it.
    pub const UNEXPECTED_EXCEPTION: &str = "unexpected-exception";
    /// It raised another exception than the page says.
    pub const WRONG_EXCEPTION: &str = "wrong-exception";
    /// The page says that it raises, and it did not.
    pub const MISSING_EXCEPTION: &str = "missing-exception";
    /// It does not compile.
    pub const SYNTAX_ERROR: &str = "syntax-error";
    /// It imports what is not installed.
    pub const MISSING_MODULE: &str = "missing-module";
    /// It took too long.
    pub const TIMEOUT: &str = "timeout";
    /// Its process ended.
    pub const CRASH: &str = "crash";
    /// It printed too much.
    pub const OUTPUT_LIMIT: &str = "output-limit";
    /// Its session held too much memory.
    pub const MEMORY_LIMIT: &str = "memory-limit";
    /// It gave no such warning as the page says.
    pub const MISSING_WARNING: &str = "missing-warning";
    /// Its command ended with another exit status than the page says.
    pub const WRONG_EXIT_CODE: &str = "wrong-exit-code";
    /// Something that is not there is required.
    pub const UNMET_REQUIREMENT: &str = "unmet-requirement";
    /// It is for another Python.
    pub const WRONG_PYTHON: &str = "wrong-python";
    /// It printed something else than the page seems to say.
    pub const UNCONFIRMED_OUTPUT: &str = "unconfirmed-output";
    /// It prints something else in another run.
    pub const UNSTABLE_OUTPUT: &str = "unstable-output";
    /// Its session had too many processes.
    pub const PROCESS_LIMIT: &str = "process-limit";
    /// The tests of a lab pass with its starter: there is nothing to do.
    pub const LAB_STARTER_PASSES: &str = "lab-starter-passes";
    /// The starter of a lab fails otherwise than by what is still to do.
    pub const LAB_STARTER_BREAKS: &str = "lab-starter-breaks";
    /// The tests of a lab fail with its solution.
    pub const LAB_SOLUTION_FAILS: &str = "lab-solution-fails";
    /// The tests of a lab pass with a module that is wrong.
    pub const LAB_MUTANT_SURVIVES: &str = "lab-mutant-survives";
    /// The tests of a lab can't even import a module that is wrong.
    pub const LAB_MUTANT_BREAKS: &str = "lab-mutant-breaks";
    /// The tests of a lab are none, or can't be run.
    pub const LAB_TESTS_BREAK: &str = "lab-tests-break";
    /// Those of endings that take the session with them.
    pub const OF_ENDINGS: [&str; 5] = [TIMEOUT, CRASH, OUTPUT_LIMIT, MEMORY_LIMIT, PROCESS_LIMIT];
    /// Those of outputs and exceptions that may come of a wrong value.
    pub const OF_VALUES: [&str; 5] =
        [STALE_OUTPUT, UNEXPECTED_EXCEPTION, WRONG_EXCEPTION, MISSING_EXCEPTION, MISSING_WARNING];
    /// It could not work after what happened above it.
    pub const FOLLOWS_FAILURE: &str = "follows-failure";
}

/// What became of an example, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What became of it.
    pub status: Status,
    /// The stable name of what is wrong with it.
    pub code: Option<&'static str>,
    /// What the page says that it prints; none where it says nothing.
    pub expected: Option<EcoString>,
    /// What it printed, followed by the traceback where it ended in one; none where it did not run.
    pub actual: Option<EcoString>,
    /// What is wrong, lowercase and without a full stop.
    pub message: Option<EcoString>,
    /// What to do about it.
    pub hint: Option<EcoString>,
    /// What is worth mending about it, whatever its status.
    pub lints: Vec<Diagnostic>,
    /// The example that this one's failure follows from: its index in the slice that was checked. Never itself one that follows.
    pub cause: Option<usize>,
}

impl Verdict {
    /// A status, and nothing more to say.
    pub(super) fn of(status: Status) -> Self {
        Self {
            status,
            code: None,
            expected: None,
            actual: None,
            message: None,
            hint: None,
            lints: Vec::new(),
            cause: None,
        }
    }

    /// Not run, because of something above it.
    pub(super) fn not_run(message: &str) -> Self {
        Self { code: Some(code::FOLLOWS_FAILURE), message: Some(message.into()), ..Self::of(Status::NotRun) }
    }

    /// This verdict, turned into a failure.
    pub(super) fn failed(self, failure: Failure) -> Self {
        let Failure { code, message, hint } = failure;
        Self {
            status: Status::Failed,
            code: Some(code),
            message: Some(message.into()),
            hint: hint.map(EcoString::from),
            ..self
        }
    }

    /// This verdict beside what was expected and what came.
    pub(super) fn with_texts(self, expected: Option<EcoString>, actual: Option<EcoString>) -> Self {
        Self { expected, actual, ..self }
    }
}

/// Something wrong, not yet said of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// One of [`code`]'s.
    pub(super) code: &'static str,
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) hint: Option<String>,
}

impl Failure {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None }
    }

    pub(super) fn with_hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}
