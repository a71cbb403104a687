//! Sessions and steps for tests.

use std::time::Duration;

use exemplar_model::plan::{Session, Step, StepMode};
use exemplar_model::protocol::Network;

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
        code: code.to_owned(),
        name: name.to_owned(),
        files: vec!["page.md".to_owned()],
        lines: (1..=code.lines().count()).map(|line| (0, line)).collect(),
        marks: Vec::new(),
        timeout: Duration::from_secs(10),
        stdin: None,
        merges_stderr: false,
        ends_fence: true,
    }
}
