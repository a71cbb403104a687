//! What running a step really gave. `execute` makes these, `check` reads them, and neither knows the other.

use std::time::Duration;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

/// An exception as the driver describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    /// The type's name with its module, as a traceback prints it.
    pub kind: String,
    /// The names of the type and its bases, unqualified and qualified, nearest first.
    pub lineage: Vec<String>,
    /// `traceback.format_exception_only`, its parts joined; from the line that names the type on, for a syntax error.
    pub summary: String,
    /// The whole traceback, without the driver's own frames.
    pub traceback: String,
    /// Whether the step did not compile.
    pub at_compile: bool,
    /// For `SystemExit`: the status that the process would have ended with.
    pub exit_status: Option<i32>,
}

/// A warning that a step gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warned {
    /// The category's name with its module, as a traceback would print it.
    pub kind: String,
    /// The names of the category and its bases, unqualified and qualified, nearest first.
    pub lineage: Vec<String>,
    /// Its text.
    pub message: String,
    /// The step's name and line that it was given for, where that lies in the session's own code.
    pub at: Option<(String, usize)>,
}

/// A rich result: a figure, or what the last expression of a fence shows of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Display {
    /// `image/svg+xml`, `image/png` or `text/html`.
    pub mime: String,
    /// The data as text; PNG in base64.
    pub data: String,
    /// Whether it is a figure of matplotlib, which needs words that say what it shows.
    pub figure: bool,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// It ran to its end (or compiled, where only that was asked).
    Completed,
    /// It raised.
    Raised(Box<Raised>),
    /// It took too long and was killed.
    TimedOut {
        /// How long it was given.
        limit: Duration,
    },
    /// It was running when its whole session had taken too long, and was killed.
    SessionTimedOut {
        /// How long the session was given.
        limit: Duration,
    },
    /// Its process ended.
    Crashed {
        /// How, in words: `exited with status 0` or `was killed by signal 11 (SIGSEGV)`.
        how: String,
    },
    /// It printed more than is kept, and was killed.
    OutputLimit {
        /// How many bytes it was allowed.
        limit: usize,
    },
    /// It used more memory, with all its processes, than its session may, and was killed.
    MemoryLimit {
        /// How many bytes it was allowed.
        limit: u64,
    },
    /// It had more processes than its session may, and was killed.
    ProcessLimit {
        /// How many it was allowed.
        limit: usize,
    },
    /// Something before it in its session ended the process.
    NotRun,
}

impl Ending {
    /// Whether nothing could run after it in its session.
    #[must_use]
    pub fn ends_session(&self) -> bool {
        !matches!(self, Self::Completed | Self::Raised(_) | Self::NotRun)
    }
}

/// What one step gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What reached stdout: `sys.stdout` and descriptor 1.
    pub stdout: EcoString,
    /// What reached stderr.
    pub stderr: EcoString,
    /// What each statement with `#> ` lines printed, over every pass; none when it was never reached.
    pub marks: Vec<Option<EcoString>>,
    /// Of a step with guesses: for a run below an expression, its number and how the last value of that expression is written.
    pub values: Vec<(usize, String)>,
    /// How many bytes it printed beyond those that are kept.
    pub dropped: u64,
    /// The warnings that it gave.
    pub warnings: Vec<Warned>,
    /// What it showed beside text.
    pub displays: Vec<Display>,
    /// The exit status of a shell's command.
    pub exit_status: Option<i32>,
    /// The file and line where it failed or hung, where that is known.
    pub failed_at: Option<(EcoString, usize)>,
    /// How long it took.
    pub duration: Duration,
    /// What went wrong after the last step of a session, as a clause: `an exit handler raised ValueError: x`. In the outcome of that
    /// step alone.
    pub after_end: Option<Box<str>>,
}

impl Outcome {
    /// The outcome of a step that never ran.
    #[must_use]
    pub fn not_run(marks: usize) -> Self {
        Self {
            ending: Ending::NotRun,
            stdout: EcoString::new(),
            stderr: EcoString::new(),
            marks: vec![None; marks],
            values: Vec::new(),
            dropped: 0,
            warnings: Vec::new(),
            displays: Vec::new(),
            exit_status: None,
            failed_at: None,
            duration: Duration::ZERO,
            after_end: None,
        }
    }
}
