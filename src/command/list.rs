//! `exemplar list`.

use exemplar_model::environment::Surroundings;
use exemplar_verify::execute::WorkerError;
use exemplar_verify::pipeline::Keep;
use exemplar_verify::prepare::prepare;

use super::pages::{Selection, select};
use crate::arguments::{ListArguments, ListFormat};
use crate::failure::{Failure, Verdict};
use crate::report::listing::{self, Listing};
use crate::report::{coverage, human, told};

/// Lists what a check would run, and what it would not. What is wrong with the pages, `check` says.
pub(crate) fn run(arguments: &ListArguments) -> Result<Verdict, Failure> {
    let Selection { project, files, diagnostics, pages, .. } = select(&arguments.pages, |_| true)?;
    // No interpreter is asked: what runs on another one than the run's own, or not at all, is listed like the rest.
    let unasked = |_| Ok::<_, WorkerError>(Surroundings::default());
    let prepared = prepare(files, pages, diagnostics, &project, unasked, Keep::Report)?;
    if arguments.coverage {
        let coverage = listing::coverage(&prepared);
        told(match arguments.format {
            ListFormat::Human => coverage::people(&coverage),
            ListFormat::Json => coverage::json(&coverage),
        })?;
        let short = coverage.short_of(arguments.fail_under);
        if let Some(short) = &short {
            human::note(short);
        }
        return Ok(if short.is_some() { Verdict::Stale } else { Verdict::Verified });
    }
    let listing = Listing::of(&prepared);
    told(match arguments.format {
        ListFormat::Human => listing::people(&listing),
        ListFormat::Json => listing::json(&listing),
    })?;
    Ok(Verdict::Verified)
}
