//! What `exemplar` and its worker say to each other.
//!
//! Three ways lead out of a session, and none is ever awaited by it:
//!
//! - **results**: a pipe of frames, each `nonce (16 bytes) · length (u32) · CRC-32 of the payload (u32) · payload`, little endian, the
//!   payload a [`Frame`] in JSON. Nonce and checksum are there so that code which writes to every descriptor can't forge or break a
//!   result unnoticed;
//! - **stdout and stderr**: pipes of what the examples print, with *boundaries* between them: `NUL · nonce in hex · ':' · word · NUL`. The
//!   word is `e7` where step 7 ended, `>7.2` where a statement of step 7 with the stated output 2 begins, `<7.2` where it ends. Boundaries
//!   travel in the stream itself, so output of C code and of child processes keeps its place;
//! - **state**: a memory file, mapped or written to, of [`STATE_BYTES`] bytes, two u64: the running step's index plus one (0: none yet;
//!   [`STATE_FINISHING`]: the exit handlers) and the monotonic time of its start in nanoseconds. A crash and a hang are blamed by it.
//!
//! The control socket (Unix, sequenced packets, JSON) carries [`Command`]s to a zygote and [`Event`]s back. Descriptors travel beside
//! the command that names them.

use std::path::PathBuf;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use crate::outcome::{Display, Raised, Warned};
use crate::report::Isolation;

/// The size of the state page that is used.
pub const STATE_BYTES: usize = 16;

/// The step word of the state page while exit handlers run.
pub const STATE_FINISHING: u64 = u64::MAX;

/// The size of a frame's header.
pub const FRAME_HEADER_BYTES: usize = 24;

/// The largest payload of a frame, in bytes. A longer one can't be ours.
pub const MAX_FRAME_BYTES: usize = 16 << 20;

/// The largest message on the control socket, in bytes.
pub const MAX_CONTROL_BYTES: usize = 16 << 10;

/// The most descriptors beside a message on the control socket.
pub const MAX_CONTROL_DESCRIPTORS: usize = 8;

/// What a zygote is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case")]
pub enum Command {
    /// Confine yourself and initialise Python. The first command of the first zygote, and of no other.
    Begin(Beginning),
    /// Import what many sessions do, and be ready for them. The second command of the first zygote, and of no other: it comes when it is
    /// known what the pages say.
    Preload(Preloading),
    /// Fork a further zygote, with this network. One descriptor: its control socket.
    Replicate {
        /// What its sessions may reach.
        network: Network,
    },
    /// Fork a session. Six descriptors: job (a [`Job`] in JSON), state, results, stdout, stderr, trace. A seventh one is a socket that the
    /// session tells of its checkpoints by ([`Event::Held`]), and allows it to make some.
    ///
    /// To a checkpoint: go on from there once more, with these descriptors. What came of it before is killed.
    Run(Allotment),
    /// The session has become a checkpoint, which attends to what comes after it: no more is to be watched than whether it ends.
    Rest,
    /// Make the session write its Python stack to trace.
    Dump,
    /// End the session and every process that it started.
    Kill,
}

/// How the first zygote begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beginning {
    /// The interpreter to be; none for the one that the worker was built with.
    pub python: Option<PathBuf>,
    /// Whether files and network are confined at all.
    pub confine: bool,
    /// The user's home, which can't be read.
    pub home: Option<PathBuf>,
    /// What can be read even there, beside the interpreter and its environment.
    pub readable: Vec<PathBuf>,
    /// The directory that all sessions of the run have theirs in.
    pub scratch: PathBuf,
    /// The seed of Python's hashes of strings.
    #[serde(default)]
    pub hash_seed: u32,
    /// How many zygotes are likely to run sessions.
    #[serde(default)]
    pub zygotes: usize,
}

/// What the first zygote is to load, and of which names it must load nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preloading {
    /// Modules to import before the first session, by dotted name. One that can't be had without a trace is passed over.
    pub modules: Vec<String>,
    /// Names of modules that sessions have of their own: nothing of that name may be imported before them.
    pub shadowed: Vec<String>,
}

/// What a session may reach of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// Nothing.
    #[default]
    None,
    /// A loopback interface of its own.
    Loopback,
    /// Everything.
    Full,
}

/// What a session may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allotment {
    /// Its own directory, the only one that it may write in.
    pub directory: PathBuf,
    /// Bytes of memory: of one process, and of all its processes together.
    pub memory: u64,
    /// Processes at a time.
    pub processes: usize,
}

/// Which bound a session was killed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Excess {
    /// [`Allotment::memory`].
    Memory,
    /// [`Allotment::processes`].
    Processes,
}

/// What a zygote says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The process is confined and Python initialised; the first zygote waits for [`Command::Preload`].
    Begun,
    /// All that sessions begin with is there; said once by each zygote.
    Ready {
        /// Which Python it is.
        interpreter: Interpreter,
        /// What the system enforces.
        isolation: Isolation,
    },
    /// Python can't be used.
    Refused {
        /// Why not.
        reason: String,
        /// What to do.
        remedy: String,
    },
    /// A session's process has ended and everything that it started is gone.
    Exited {
        /// Its exit status, unless a signal ended it.
        status: Option<i32>,
        /// The signal that ended it.
        signal: Option<i32>,
        /// The bound that its zygote killed it for.
        excess: Option<Excess>,
    },
    /// A session stands still before this step, as a process that forks on command. One descriptor: its control socket, by which it also
    /// tells how the process ended that went on. Said by the session itself.
    Held {
        /// The step's index.
        step: usize,
    },
    /// A session goes on from this checkpoint, and whatever was told before is of another one.
    Resumed,
    /// The command could not be carried out.
    Failed {
        /// Why not.
        reason: String,
    },
}

/// The interpreter of a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interpreter {
    /// Such as `3.11.7`.
    pub version: String,
    /// Such as `CPython`.
    pub implementation: String,
    /// `sys.executable`.
    pub executable: String,
}

/// What a session is given to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// 32 hexadecimal digits, new for each session.
    pub nonce: String,
    /// The session's own directory: working directory, `HOME` and `TMPDIR`.
    pub directory: String,
    /// Folders that modules are imported from, before all others but the session's own.
    #[serde(default)]
    pub pythonpath: Vec<PathBuf>,
    /// Which history of allocations the session has: with another number, objects lie at other addresses.
    #[serde(default)]
    pub layout: u32,
    /// Whether it is noted what the session reads.
    #[serde(default)]
    pub observe: bool,
    /// The steps, in order.
    pub steps: Vec<JobStep>,
}

/// One step of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobStep {
    /// `single`, `exec`, `compile`, `write` (the code into the file `name`), `read` (the file `name` to stdout) or `shell`.
    pub mode: String,
    /// The code.
    pub code: EcoString,
    /// The file name that tracebacks give, different for each step.
    pub name: EcoString,
    /// The runs of `#> ` lines: line within the code from 0, and indentation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<(usize, usize)>,
    /// Whether those runs are only guessed to be there, so that the value of an expression above one is told, which nothing prints.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guesses: bool,
    /// What `input()` gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stdin: Option<EcoString>,
    /// What the page shows of a dialogue with it, after how many characters more its reader presses Ctrl+C, and whether they answer without
    /// a question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<(String, Option<usize>, bool)>,
    /// Whether stderr goes where stdout goes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub merge: bool,
    /// Whether it is the last step of its fence: figures that are open then, and what its last expression shows of itself, are shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shows: bool,
}

/// A frame of the results pipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "kebab-case")]
pub enum Frame {
    /// A step has ended.
    Step(StepEnd),
    /// What the session has read, where that was to be noted. Comes right before the end.
    Reads(Reads),
    /// There is a checkpoint before this step, and this is what the session had read by then.
    Checkpoint {
        /// The step's index.
        step: usize,
        /// What it had read.
        reads: Reads,
    },
    /// All steps have ended, and the exit handlers too.
    Done {
        /// The exception that the first failing exit handler ended in, in one line.
        #[serde(default)]
        failed: Option<String>,
    },
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StepEnd {
    /// Its index.
    pub step: usize,
    /// How long it took, in nanoseconds.
    pub ns: u64,
    /// What it raised, if it did.
    pub raised: Option<Raised>,
    /// Where: the innermost place in the session's own code, as a step's name and a line of it.
    pub at: Option<(String, usize)>,
    /// The warnings that it gave. A figure that could not be rendered is one of the kind `exemplar.RenderWarning`.
    #[serde(default)]
    pub warnings: Vec<Warned>,
    /// What it showed beside text.
    #[serde(default)]
    pub displays: Vec<Display>,
    /// Of a step with guesses: the number of a run, and how the value of the expression above it is written.
    #[serde(default)]
    pub values: Vec<(usize, String)>,
    /// The exit status of a shell's command.
    #[serde(default)]
    pub status: Option<i32>,
}

/// What a session has read beside what it was given, and what else its results may depend on. Paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reads {
    /// Files whose content it may have read, whether they were there or not.
    pub files: Vec<String>,
    /// Folders that it listed.
    pub folders: Vec<String>,
    /// Paths that it asked for facts about.
    pub looked: Vec<String>,
    /// Packages that were loaded, imported by it or before it: the folder of all packages, and the name in it.
    pub packages: Vec<(String, String)>,
    /// Folders of packages whose names decide what an import finds.
    pub sites: Vec<String>,
    /// What its interpreter consists of.
    pub interpreter: Vec<String>,
    /// What it read that may be another thing tomorrow, in words.
    pub changing: Vec<String>,
    /// Why its results depend on more than can be seen, as a clause: `it starts processes`.
    pub hidden: Option<String>,
}
