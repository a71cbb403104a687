//! `exemplar list`.

use exemplar_verify::pipeline::prepare;

use super::pages::{Selection, select};
use crate::arguments::{ListArguments, ListFormat};
use crate::failure::{Failure, Verdict};
use crate::report::listing::{self, Listing};

/// Lists what a check would run, and what it would not. What is wrong with the pages, `check` says.
pub(crate) fn run(arguments: &ListArguments) -> Result<Verdict, Failure> {
    let Selection { project, files, diagnostics, pages, .. } = select(&arguments.pages, |_| true)?;
    let listing = Listing::of(&prepare(files, pages, diagnostics, &project));
    match arguments.format {
        ListFormat::Human => listing::people(&listing),
        ListFormat::Json => listing::json(&listing),
    }
    .map_err(Failure::Write)?;
    Ok(Verdict::Verified)
}
