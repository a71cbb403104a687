//! Asks CPython. `EXEMPLAR_ORACLE_PYTHON` is another interpreter than the `.venv` of the workspace.

use std::env;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Sends each question to one run of a script beside this module, a line each, and gives its answers.
pub(crate) fn ask(script: &str, questions: impl Iterator<Item = Value>) -> Vec<Value> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = package.join("../../.venv/bin/python");
    let python = env::var_os("EXEMPLAR_ORACLE_PYTHON")
        .unwrap_or_else(|| if own.exists() { own.into() } else { "python3".into() });
    let mut oracle = Command::new(&python)
        .arg(package.join("tests/oracle").join(script))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{} did not start: {error}", python.display()));
    let lines: String = questions.map(|question| format!("{question}\n")).collect();
    let mut stdin = oracle.stdin.take().unwrap();
    // Answers come while questions are still being written.
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let mut answers = String::new();
    oracle.stdout.take().unwrap().read_to_string(&mut answers).unwrap();
    writer.join().unwrap().unwrap();
    assert!(oracle.wait().unwrap().success());
    answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
