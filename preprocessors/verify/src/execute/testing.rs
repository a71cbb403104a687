//! Sessions, steps and options for tests.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use exemplar_model::plan::{Session, Step, StepMode};
use exemplar_model::protocol::Network;

use super::{Ahead, ExecuteOptions, Interrupt};
use crate::load::settings::{IsolationPolicy, Preload};

/// A session with these steps.
pub(super) fn session(steps: Vec<Step>) -> Session {
    Session {
        page: 0,
        name: "page".to_owned(),
        network: Network::None,
        python: None,
        memory: 1 << 30,
        processes: 64,
        output: 1 << 20,
        timeout: Duration::from_secs(60),
        files: Vec::new(),
        pythonpath: Vec::new(),
        steps,
        examples: Vec::new(),
    }
}

/// A step of one file whose lines are those of its code.
pub(super) fn step(mode: StepMode, name: &str, code: &str) -> Step {
    Step {
        mode,
        code: code.into(),
        name: name.into(),
        files: ["page.md".into()].into(),
        lines: (1..=code.lines().count()).map(|line| (0, line)).collect(),
        marks: Vec::new(),
        guesses: false,
        timeout: Duration::from_secs(10),
        stdin: None,
        transcript: None,
        merges_stderr: false,
        ends_fence: true,
    }
}

/// A script in a session of its own.
pub(crate) fn script(code: &str) -> Session {
    session(vec![step(StepMode::Exec, "script_1.py", code)])
}

/// Options for the worker that lies beside the running test.
pub(crate) fn options() -> ExecuteOptions {
    let test = std::env::current_exe().unwrap();
    let worker = std::env::var_os("EXEMPLAR_TEST_WORKER")
        .map_or_else(|| test.parent().unwrap().with_file_name("exemplar-python"), PathBuf::from);
    assert!(
        worker.is_file(),
        "the worker is not built: run `make test`, or `cargo build --release --workspace` first"
    );
    ExecuteOptions {
        worker,
        python: None,
        jobs: NonZeroUsize::new(2).unwrap(),
        isolation: IsolationPolicy::Auto,
        readable: Vec::new(),
        preload: Preload::Off,
        shuffle: None,
        variation: 0,
        twice: false,
        observer: None,
        cache: None,
        standby: None,
        ahead: Ahead::default(),
        interrupt: Interrupt::install().unwrap(),
    }
}
