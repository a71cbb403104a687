//! What will run: sessions, and the steps of each.
//!
//! A session is one process, one `__main__` namespace and one temporary directory. Nothing is shared between sessions, so they run in
//! any order and in parallel. A step is what the driver executes at a time: one prompted statement, or one whole script.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use crate::fence::{Content, Expected, Fence, Guess, Raises, Treatment};
use crate::flags::Flags;
use crate::lab::{Lab, LabRole, Proof};
use crate::protocol::Network;
use crate::source::{ExpandedText, FileId, Span};
use crate::teaching::Entry;

/// A page with all that was found in it.
#[derive(Debug)]
pub struct Page {
    /// The file.
    pub file: FileId,
    /// Its text after includes.
    pub expanded: ExpandedText,
    /// Its fences, in order.
    pub fences: Vec<Fence>,
    /// How it is divided into sessions, where the page itself says so.
    pub division: Option<Division>,
    /// Its teaching elements, in order.
    pub entries: Vec<Entry>,
    /// Its labs that are whole, in order.
    pub labs: Vec<Lab>,
}

impl Page {
    /// Gives up the lines of its fences: what runs, and is compared, is in the plan.
    pub fn give_up_lines(&mut self) {
        for fence in &mut self.fences {
            fence.content = Content::Session(Vec::new());
            fence.shown = Vec::new();
        }
    }
}

/// Which fences share a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Division {
    /// All of a page.
    #[default]
    Page,
    /// Those between one heading and the next.
    Heading,
    /// None: each fence has its own.
    Fence,
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
    /// The code is written into the file that the step is named by.
    Write,
    /// The same, unless something else is there.
    Offer,
    /// The file that the step is named by is printed.
    Read,
    /// A command of a shell.
    Shell,
}

/// A run of `#> ` lines, for the driver to find the statement above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Which line of the step's code it stands on, from 0.
    pub line: usize,
    /// Its indentation in characters.
    pub column: usize,
}

/// What a page shows of a dialogue with a step: what is printed, and what its reader types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// All of it.
    pub text: String,
    /// How many characters more are printed before the reader presses Ctrl+C; none where they don't.
    pub patience: Option<usize>,
    /// Whether an answer may stand in it without a question before it.
    pub is_bare: bool,
}

/// One thing that the driver executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How it runs.
    pub mode: StepMode,
    /// The code, each line ended by a newline.
    pub code: EcoString,
    /// The name that tracebacks give it: `<python-input-3>`, as in the REPL of CPython 3.13, or `script_1.py`. It does not depend on
    /// where the page lies or where in it the code stands, so that printed tracebacks stay true when a page is edited.
    pub name: EcoString,
    /// The files that its lines come from: mostly one, and that of all steps of its session.
    pub files: Arc<[EcoString]>,
    /// For each line of the code, which of `files` it comes from, and the line there.
    pub lines: Vec<(usize, usize)>,
    /// The `#> ` runs in it.
    pub marks: Vec<Mark>,
    /// Whether they are only guessed to be there.
    pub guesses: bool,
    /// How long it may take.
    pub timeout: Duration,
    /// What `input()` gets.
    pub stdin: Option<EcoString>,
    /// By which `input()` gets what the page shows to be typed, where nobody says what it gets.
    pub transcript: Option<Transcript>,
    /// Whether stderr goes where stdout goes.
    pub merges_stderr: bool,
    /// Whether it is the last step of a fence, so that rich results are shown after it.
    pub ends_fence: bool,
}

impl Step {
    /// Where a line of the code (from 1) stands.
    #[must_use]
    pub fn place(&self, line: usize) -> Option<(&EcoString, usize)> {
        let &(file, line) = self.lines.get(line.checked_sub(1)?)?;
        Some((self.files.get(file)?, line))
    }
}

/// What an example's result is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expectation {
    /// All that the step prints, or the traceback that it ends in.
    Output(Arc<Expected>),
    /// What the statement above a run of `#> ` lines prints: the run's index in the step.
    Mark {
        /// Which run of `#> ` lines of the step, from 0.
        index: usize,
        /// What it states.
        expected: Arc<Expected>,
    },
    /// What seems to be stated. Those with a mark are the step's marks, in order.
    Guessed(Vec<Guess>),
    /// What is in a file: all of it but for lines `...`.
    Excerpt(Arc<Expected>),
    /// What the tests of a lab show, as its step prints it.
    Lab(Proof),
    /// Nothing is stated: the example runs, and that is all that can be said of it.
    Unstated,
}

/// One example: the unit of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Which fence of the page.
    pub fence: usize,
    /// `file#session:n`.
    pub id: EcoString,
    /// Its code's first character after prompt and prefixes, to the end of its last line of code.
    pub span: Span,
    /// What is reported as its source.
    pub source: EcoString,
    /// Which step of the session runs it; none when it never runs.
    pub step: Option<usize>,
    /// What it is compared with.
    pub expectation: Expectation,
    /// What tells another tool that it is not tried, or may fail: then no failure of it counts.
    pub exempt: Option<EcoString>,
    /// The exception that it must end in.
    pub raises: Option<Arc<Raises>>,
    /// The warning that it must give.
    pub warns: Option<Arc<Raises>>,
    /// The exit status that a shell's command must end with.
    pub exit_status: i32,
    /// Why it does not run here; none when it does.
    pub unmet: Option<Unmet>,
    /// Whether it is of the report. The code of another file that a session begins with is not, and neither is what is run again on
    /// another Python only for the sake of what stands below it.
    pub reported: bool,
    /// How it is compared.
    pub flags: Flags,
    /// Whether and how it runs.
    pub treatment: Treatment,
    /// Session, script, console or file.
    pub kind: ExampleKind,
    /// What it is to a lab.
    pub role: Option<LabRole>,
}

/// What an example needs and does not find here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// A package, or what a marker asks for: in words.
    Requirement(EcoString),
    /// Another Python: in words.
    Python(EcoString),
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
    /// A file that is written or shown.
    File,
}

impl ExampleKind {
    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Script => "script",
            Self::Console => "console",
            Self::File => "file",
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
    /// The interpreter that it runs on, where that is not the run's own.
    pub python: Option<PathBuf>,
    /// How much memory it may use, in bytes: the most that one of its fences asks for.
    pub memory: u64,
    /// How many processes it may have at a time.
    pub processes: usize,
    /// How many bytes each of its examples may print.
    pub output: u64,
    /// How long it may take as a whole.
    pub timeout: Duration,
    /// Files and folders that are copied into its directory before it begins.
    pub files: Vec<PathBuf>,
    /// Folders that modules are imported from.
    pub pythonpath: Vec<PathBuf>,
    /// What runs, in order.
    pub steps: Vec<Step>,
    /// What is reported, in page order.
    pub examples: Vec<Example>,
}

impl Session {
    /// What it is known by from run to run: its page's path and its name, where it has an example.
    #[must_use]
    pub fn lasting_name(&self) -> String {
        let id = self.examples.first().and_then(|example| example.id.rsplit_once(':'));
        id.map_or_else(|| self.name.clone(), |(name, _)| name.to_owned())
    }
}
