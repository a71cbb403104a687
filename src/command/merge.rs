//! `exemplar merge`.

use exemplar_verify::report::succeeded;

use crate::arguments::{MergeArguments, ReportArguments};
use crate::failure::{Failure, Verdict};
use crate::merge::{self, Merged};
use crate::report::{self, Results};

/// Joins reports and writes what came of it, with the exit code that one run over all of it would have had.
pub(crate) fn run(arguments: &MergeArguments) -> Result<Verdict, Failure> {
    let report = merge::merge(merge::read(&arguments.files)?)?;
    let Merged { sources, report, diagnostics, spans } = Merged::of(report, &super::working_directory()?)?;
    let results = Results { sources: &sources, report: &report, diagnostics: &diagnostics, spans };
    let ReportArguments { written, durations, .. } = &arguments.reports;
    report::write(&results, &report::Options { reports: written, durations: *durations })?;
    Ok(if succeeded(&report) { Verdict::Verified } else { Verdict::Stale })
}
