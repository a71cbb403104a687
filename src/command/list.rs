//! `exemplar list`.

use exemplar_model::environment::Surroundings;
use exemplar_verify::execute::WorkerError;
use exemplar_verify::prepare::prepare;

use super::pages::{Selection, select};
use crate::arguments::{ListArguments, ListFormat};
use crate::failure::{Failure, Verdict};
use crate::report::listing::{self, Listing};

/// Lists what a check would run, and what it would not. What is wrong with the pages, `check` says.
pub(crate) fn run(arguments: &ListArguments) -> Result<Verdict, Failure> {
    let Selection { project, files, diagnostics, pages, .. } = select(&arguments.pages, |_| true)?;
    // No interpreter is asked: what runs on another one than the run's own, or not at all, is listed like the rest.
    let unasked = |_| Ok::<_, WorkerError>(Surroundings::default());
    let listing = Listing::of(&prepare(files, pages, diagnostics, &project, unasked)?);
    match arguments.format {
        ListFormat::Human => listing::people(&listing),
        ListFormat::Json => listing::json(&listing),
    }
    .map_err(Failure::Write)?;
    Ok(Verdict::Verified)
}
