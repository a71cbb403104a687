//! A session's key: everything that is known before it runs and can change what it gives.

use std::path::Path;

use exemplar_model::plan::{Session, Step, StepMode};
use exemplar_model::protocol::Network;

use super::dependency::tree;
use super::digest::{Digest, Parts};
use super::place::Root;
use super::store::Programs;
use crate::execute::{ExecuteOptions, environment};
use crate::load::settings::{IsolationPolicy, Preload};

/// What a key consists of, in the words of `--explain-cache`.
pub(super) const PARTS: [&str; 9] = [
    "its code",
    "an attribute of a fence",
    "a limit",
    "a file that it is given",
    "the modules beside the book",
    "the interpreter",
    "the isolation, the modules that are loaded before it, or the seed",
    "its environment, or the system",
    "exemplar itself",
];

/// A key, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) digest: Digest,
    pub(super) parts: [Digest; PARTS.len()],
}

impl Key {
    /// What it is made of beside the session's steps, what the fences say of them, and their limits.
    pub(super) fn surroundings(&self) -> impl Iterator<Item = Digest> {
        self.parts.into_iter().skip(3)
    }
}

/// What all sessions of a run have in common.
pub(super) struct Common<'a> {
    root: &'a Root,
    options: &'a ExecuteOptions,
    manner: Digest,
    surroundings: Digest,
    tool: Digest,
}

impl<'a> Common<'a> {
    pub(super) fn new(options: &'a ExecuteOptions, root: &'a Root, programs: &Programs) -> Self {
        let mut tool = Parts::default();
        for program in [std::env::current_exe().unwrap_or_default().as_path(), &options.worker] {
            tool.digest(programs.digest(program));
        }
        Self {
            root,
            options,
            manner: manner(options),
            surroundings: surroundings(options, root),
            tool: tool.done(),
        }
    }

    /// The key of a session.
    pub(super) fn key(&self, session: &Session) -> Key {
        let python = session.python.as_deref().or(self.options.python.as_deref());
        let parts = [
            code(session),
            attributes(session),
            limits(session),
            self.given(session),
            self.modules(session),
            Parts::default().text(&self.relative(python.unwrap_or(Path::new("as built")))).done(),
            self.manner,
            self.surroundings,
            self.tool,
        ];
        let mut whole = Parts::default();
        for &part in &parts {
            whole.digest(part);
        }
        Key { digest: whole.done(), parts }
    }

    fn relative(&self, path: &Path) -> String {
        self.root.relative(&path.to_string_lossy())
    }

    /// What is copied into its directory.
    fn given(&self, session: &Session) -> Digest {
        let mut parts = Parts::default();
        for path in &session.files {
            parts.text(&path.file_name().unwrap_or_default().to_string_lossy());
            tree(path, &mut parts, Some(&self.options.interrupt));
        }
        parts.done()
    }

    /// The names of the modules in its own folders. What it imports of them is observed; a new one may hide another.
    fn modules(&self, session: &Session) -> Digest {
        let mut parts = Parts::default();
        for folder in &session.pythonpath {
            parts.text(&self.relative(folder));
            let entries = fs_err::read_dir(folder).into_iter().flatten().flatten();
            let mut names: Vec<String> =
                entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
            names.sort();
            for name in names.iter().filter(|name| *name != "__pycache__") {
                parts.text(name);
            }
        }
        parts.done()
    }
}

fn code(session: &Session) -> Digest {
    let mut parts = Parts::default();
    for step in &session.steps {
        parts.text(&step.code);
    }
    parts.done()
}

fn attributes(session: &Session) -> Digest {
    let mut parts = Parts::default();
    for step in &session.steps {
        let Step {
            mode,
            code: _,
            name,
            files: _,
            lines: _,
            marks,
            guesses,
            timeout: _,
            stdin,
            transcript,
            merges_stderr,
            ends_fence,
        } = step;
        let mode = match mode {
            StepMode::Single => 0,
            StepMode::Exec => 1,
            StepMode::Compile => 2,
            StepMode::Write => 3,
            StepMode::Read => 4,
            StepMode::Shell => 5,
            StepMode::Offer => 6,
        };
        parts.number(mode).text(name).number(marks.len() as u64);
        for mark in marks {
            parts.number(mark.line as u64).number(mark.column as u64);
        }
        parts.number(stdin.is_some().into()).text(stdin.as_deref().unwrap_or_default());
        if let Some(shown) = transcript {
            parts
                .text(&shown.text)
                .number(shown.patience.map_or(u64::MAX, |patience| patience as u64))
                .number(shown.is_bare.into());
        }
        parts.number(
            u64::from(transcript.is_some()) << 3
                | u64::from(*guesses)
                | u64::from(*merges_stderr) << 1
                | u64::from(*ends_fence) << 2,
        );
    }
    parts.done()
}

fn limits(session: &Session) -> Digest {
    let mut parts = Parts::default();
    let network = match session.network {
        Network::None => 0,
        Network::Loopback => 1,
        Network::Full => 2,
    };
    parts.number(network).number(session.memory).number(session.processes as u64).number(session.output);
    for timeout in session.steps.iter().map(|step| step.timeout).chain([session.timeout]) {
        parts.number(u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX));
    }
    parts.done()
}

/// How sessions are run.
fn manner(options: &ExecuteOptions) -> Digest {
    let mut parts = Parts::default();
    parts.number(match options.isolation {
        IsolationPolicy::Auto => 0,
        IsolationPolicy::Require => 1,
        IsolationPolicy::Off => 2,
    });
    match &options.preload {
        Preload::Auto => parts.number(0),
        Preload::Off => parts.number(1),
        Preload::Named(names) => {
            for name in names {
                parts.text(name);
            }
            parts.number(2)
        }
    };
    parts.number(options.variation.into()).done()
}

/// What sessions find around them: the environment variables that they are given, and the kernel, which decides what is enforced.
fn surroundings(options: &ExecuteOptions, root: &Root) -> Digest {
    let mut parts = Parts::default();
    for (name, value) in environment(options.python.as_deref(), options.variation) {
        parts.text(&name.to_string_lossy()).text(&root.settle(&value.to_string_lossy()));
    }
    let system = rustix::system::uname();
    for word in [system.sysname(), system.release(), system.machine()] {
        parts.bytes(word.to_bytes());
    }
    parts.number(rustix::process::geteuid().as_raw().into()).done()
}
