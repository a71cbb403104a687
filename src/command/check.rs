//! `exemplar check`.

use std::time::Instant;

use exemplar_verify::execute::ExecuteOptions;
use exemplar_verify::pipeline::{Verified, verify};
use exemplar_verify::report::succeeded;

use super::pages::{Selection, select};
use super::strictness::Strictness;
use super::watch;
use crate::arguments::CheckArguments;
use crate::failure::{Failure, Verdict};
use crate::report::{self, progress};

/// Checks pages and reports.
pub(crate) fn run(arguments: &CheckArguments) -> Result<Verdict, Failure> {
    let strictness = Strictness::of(arguments)?;
    if arguments.watch {
        return watch::run(arguments, &strictness);
    }
    let started = Instant::now();
    let selection = select(&arguments.pages, |_| true)?;
    let is_named = selection.is_named;
    let verified = check(selection, arguments, &strictness, started)?;
    if is_named && verified.report.examples.is_empty() && verified.diagnostics.is_empty() {
        return Err(Failure::NoExamples { paths: arguments.pages.paths.clone() });
    }
    report(&verified, arguments)
}

/// Runs the examples of these pages.
pub(super) fn check(
    selection: Selection,
    arguments: &CheckArguments,
    strictness: &Strictness,
    started: Instant,
) -> Result<Verified, Failure> {
    let Selection { project, files, diagnostics, pages, .. } = selection;
    let run = &arguments.run;
    let mut options = ExecuteOptions::of(&project, run.python.as_deref(), run.jobs)?;
    options.shuffle = arguments.shuffle;
    options.twice = arguments.twice;
    options.observer = progress::bar();
    let mut verified = verify(files, pages, diagnostics, &project, &options, started)?;
    strictness.apply(&mut verified);
    Ok(verified)
}

/// Writes the reports that were asked for.
pub(super) fn report(verified: &Verified, arguments: &CheckArguments) -> Result<Verdict, Failure> {
    let options = report::Options { reports: &arguments.reports, durations: arguments.durations };
    report::write(verified, &options)?;
    Ok(if succeeded(&verified.report) { Verdict::Verified } else { Verdict::Stale })
}
