//! What will run: sessions, and the steps of each.
//!
//! A session is one process, one `__main__` namespace and one temporary directory. Nothing is shared between sessions, so they run in
//! any order and in parallel. A step is what the driver executes at a time: one prompted statement, or one whole script.

use std::time::Duration;

use crate::fence::{Expected, Fence, Raises, Treatment};
use crate::flags::Flags;
use crate::protocol::Network;
use crate::source::{ExpandedText, FileId, Span};

/// A page with all that was found in it.
#[derive(Debug)]
pub struct Page {
    /// The file.
    pub file: FileId,
    /// Its text after includes.
    pub expanded: ExpandedText,
    /// Its fences, in order.
    pub fences: Vec<Fence>,
}

/// How a step is compiled and run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepMode {
    /// As the REPL runs a statement: the value of an expression is shown.
    Single,
    /// As the body of a file.
    Exec,
    /// Compiled only.
    Compile,
}

/// A run of `#> ` lines, for the driver to find the statement above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Which line of the step's code it stands on, from 0.
    pub line: usize,
    /// Its indentation in characters.
    pub column: usize,
}

/// One thing that the driver executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How it runs.
    pub mode: StepMode,
    /// The code, each line ended by a newline.
    pub code: String,
    /// The name that tracebacks give it: `<python-input-3>`, as in the REPL of CPython 3.13, or `script_1.py`. It does not depend on
    /// where the page lies or where in it the code stands, so that printed tracebacks stay true when a page is edited.
    pub name: String,
    /// The files that its lines come from: mostly one.
    pub files: Vec<String>,
    /// For each line of the code, which of `files` it comes from, and the line there.
    pub lines: Vec<(usize, usize)>,
    /// The `#> ` runs in it.
    pub marks: Vec<Mark>,
    /// How long it may take.
    pub timeout: Duration,
}

impl Step {
    /// Where a line of the code (from 1) stands.
    #[must_use]
    pub fn place(&self, line: usize) -> Option<(&str, usize)> {
        let &(file, line) = self.lines.get(line.checked_sub(1)?)?;
        Some((self.files.get(file)?, line))
    }
}

/// What an example's result is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// All that the step prints, or the traceback that it ends in.
    Output(Expected),
    /// What the statement above a run of `#> ` lines prints: the run's index in the step.
    Mark {
        /// Which run of `#> ` lines of the step, from 0.
        index: usize,
        /// What it states.
        expected: Expected,
    },
    /// Nothing is stated: the example runs, and that is all that can be said of it.
    Unstated,
}

/// One example: the unit of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Which fence of the page.
    pub fence: usize,
    /// `file#session:n`.
    pub id: String,
    /// Its code's first character after prompt and prefixes, to the end of its last line of code.
    pub span: Span,
    /// What is reported as its source.
    pub source: String,
    /// Which step of the session runs it; none when it never runs.
    pub step: Option<usize>,
    /// What it is compared with.
    pub expectation: Expectation,
    /// The exception that it must end in.
    pub raises: Option<Raises>,
    /// How it is compared.
    pub flags: Flags,
    /// Whether and how it runs.
    pub treatment: Treatment,
    /// Session, script or console.
    pub kind: ExampleKind,
}

/// What sort of fence an example stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExampleKind {
    /// A prompted statement.
    Session,
    /// A script, or a stated output of one.
    Script,
    /// A shell command.
    Console,
}

impl ExampleKind {
    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Script => "script",
            Self::Console => "console",
        }
    }
}

/// One process, one namespace, one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which page.
    pub page: usize,
    /// Its name within the page.
    pub name: String,
    /// What it may reach of the network.
    pub network: Network,
    /// How much memory it may use, in bytes: the most that one of its fences asks for.
    pub memory: u64,
    /// What runs, in order.
    pub steps: Vec<Step>,
    /// What is reported, in page order.
    pub examples: Vec<Example>,
}
