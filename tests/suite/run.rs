//! Runs `exemplar` in a folder, inside a guard.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How long a command line may take, in seconds, before the guard ends it and everything it started: a bug of ours must not take the
/// machine down with it.
const GUARD_SECONDS: &str = "120";

/// The program under test.
pub(crate) fn exemplar() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_exemplar"))
}

/// The folder that Cargo built into, where the worker and the preprocessor lie beside the program.
pub(crate) fn build_folder() -> PathBuf {
    exemplar().parent().unwrap().to_owned()
}

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A command line in a folder, with a plain environment, under limits of time, processes and memory.
pub(crate) fn guarded(program: &Path, folder: &Path) -> Command {
    assert!(
        build_folder().join("exemplar-python").is_file(),
        "the worker is not built: run `make test`, or `cargo build --release --workspace` first"
    );
    let mut command = Command::new("timeout");
    command
        .args([
            "--kill-after=5",
            GUARD_SECONDS,
            "bash",
            "-c",
            "ulimit -u 4000 -v 16000000; exec \"$0\" \"$@\"",
        ])
        .arg(program)
        .current_dir(folder)
        .env_remove("VIRTUAL_ENV")
        .env_remove("EXEMPLAR_WORKER")
        .env_remove("CLICOLOR_FORCE")
        // What is kept of one test is no business of another's.
        .env("EXEMPLAR_NO_CACHE", "1")
        .env("NO_COLOR", "1");
    if let Some(prefix) = std::env::var_os("EXEMPLAR_TEST_PREFIX") {
        // `make test-pythons` runs the tests of the second host by it.
        command.env("VIRTUAL_ENV", prefix);
    }
    if let Some(worker) = std::env::var_os("EXEMPLAR_TEST_WORKER") {
        command.env("EXEMPLAR_WORKER", worker);
    }
    command
}

/// Runs `exemplar` with these arguments.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Output {
    guarded(&exemplar(), folder).args(arguments).output().unwrap()
}

/// The report of `exemplar check --format json` over these paths, its durations set to nothing.
pub(crate) fn report(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let output = run(folder, &[&["check", "--format", "json"], arguments].concat());
    let stdout = String::from_utf8(output.stdout).unwrap();
    let mut report = serde_json::from_str(&stdout)
        .unwrap_or_else(|error| panic!("{error}\n{stdout}\n{}", String::from_utf8_lossy(&output.stderr)));
    without_durations(&mut report);
    report
}

/// Sets every duration of a report to nothing: the only fields that may differ between two runs.
pub(crate) fn without_durations(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                if name == "duration_ms" {
                    *field = 0.into();
                } else {
                    without_durations(field);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_durations),
        _ => {}
    }
}

/// All files below a folder, in order.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect();
    files.sort();
    files
}

/// Copies a folder with all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs_err::copy(entry.path(), target).unwrap();
        }
    }
}

/// The text of the only example of a report that has this status.
pub(crate) fn examples<'a>(report: &'a serde_json::Value, status: &str) -> Vec<&'a serde_json::Value> {
    report["examples"].as_array().unwrap().iter().filter(|example| example["status"] == status).collect()
}
