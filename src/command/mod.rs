//! The commands, each a straight line through the stages.

pub(crate) mod build;
pub(crate) mod check;

use std::num::NonZeroUsize;

use exemplar_verify::execute::{ExecuteOptions, Interrupt, WorkerError, find_worker};
use exemplar_verify::load::project::Project;

use crate::arguments::RunArguments;
use crate::failure::Failure;

/// How the examples of a project are run.
fn execute_options(project: &Project, run: &RunArguments) -> Result<ExecuteOptions, Failure> {
    let processors = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    Ok(ExecuteOptions {
        worker: find_worker()?,
        python: project.python(run.python.as_deref()),
        jobs: run.jobs.unwrap_or(processors),
        limits: project.settings.limits.clone(),
        isolation: project.settings.isolation,
        readable: vec![project.root.clone()],
        interrupt: Interrupt::install()
            .map_err(|source| WorkerError::Setup { what: "signal handlers", source })?,
    })
}
