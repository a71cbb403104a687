//! What interpreters there are, and what is installed for each: what `python=`, `if=` and `requires=` are decided by.
//!
//! The worker asks them, since it alone knows the interpreter that it was built with. Nothing of a book runs meanwhile.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use exemplar_model::environment::{PythonEnvironment, Surroundings};

use super::ExecuteOptions;
use super::worker::{WorkerError, environment};
use crate::load::interpreter;

/// The run's own interpreter and, where asked, one of every other minor version of CPython from 3.10 on that pyenv or PATH has.
///
/// # Errors
/// When the worker can't be started or the run's own interpreter does not answer. Others that don't are left out.
pub fn survey(options: &ExecuteOptions, others: bool) -> Result<Surroundings, WorkerError> {
    // An empty path stands for the interpreter that the worker was built with.
    let mut interpreters = vec![options.python.clone().unwrap_or_default()];
    if others {
        interpreters.extend(interpreter::all());
    }
    let mut found = ask(options, &interpreters)?.into_iter();
    let own = found.next().flatten().ok_or_else(|| WorkerError::Python {
        reason: match &options.python {
            Some(python) => format!("Python at `{}` says nothing of itself", python.display()),
            None => "the Python that the worker was built with says nothing of itself".to_owned(),
        },
        remedy: "check that it starts by itself, or name another one with `--python PATH`".to_owned(),
    })?;
    let minor = |environment: &PythonEnvironment| environment.markers.get("python_version").cloned();
    let is_other = |other: &PythonEnvironment| {
        minor(other) != minor(&own)
            && other.markers.get("implementation_name").is_some_and(|name| name == "cpython")
    };
    let others = found.flatten().filter(is_other).collect();
    Ok(Surroundings { own: Some(own), others })
}

/// Runs `exemplar-python survey` over these interpreters.
fn ask(
    options: &ExecuteOptions,
    interpreters: &[PathBuf],
) -> Result<Vec<Option<PythonEnvironment>>, WorkerError> {
    let path = &options.worker;
    let output = Command::new(path)
        .arg("survey")
        .args(interpreters)
        .env_clear()
        .envs(environment(options.python.as_deref(), 0))
        .stdin(Stdio::null())
        .output()
        .map_err(|source| WorkerError::Start { path: path.clone(), source })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(WorkerError::Ended { path: path.clone(), status: output.status.to_string(), said });
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| WorkerError::Protocol { path: path.clone(), cause: error.to_string() })
}
