//! `exemplar check`.

use std::path::Path;
use std::time::Instant;

use exemplar_verify::execute::ExecuteOptions;
use exemplar_verify::pipeline::{Keep, Verified, verify};
use exemplar_verify::report::succeeded;

use super::cache;
use super::pages::{Selection, select};
use super::strictness::Strictness;
use super::watch;
use crate::arguments::{CheckArguments, ReportArguments};
use crate::baseline::{Baseline, Compared};
use crate::coverage::Coverage;
use crate::failure::{Failure, Verdict};
use crate::report::event::counted;
use crate::report::{self, human, progress};

/// Checks pages and reports.
pub(crate) fn run(arguments: &CheckArguments) -> Result<Verdict, Failure> {
    let strictness = Strictness::of(arguments)?;
    if arguments.watch {
        return watch::run(arguments, &strictness);
    }
    let started = Instant::now();
    let selection = select(&arguments.pages, |_| true)?;
    let is_named = selection.is_named;
    let mut verified = check(selection, arguments, &strictness, started)?;
    if is_named && verified.report.examples.is_empty() && verified.diagnostics.is_empty() {
        return Err(Failure::NoExamples { paths: arguments.pages.paths.clone() });
    }
    let verdict = report(&verified, arguments);
    // The program ends now: the system takes the memory back at once, and piece by piece it takes longer than writing a report.
    let leaving = std::mem::take(&mut verified.leaving);
    std::mem::forget(verified);
    drop(leaving);
    verdict
}

/// Runs the examples of these pages.
pub(super) fn check(
    selection: Selection,
    arguments: &CheckArguments,
    strictness: &Strictness,
    started: Instant,
) -> Result<Verified, Failure> {
    let Selection { project, files, diagnostics, pages, part, .. } = selection;
    // What is wrong with it is said before the run and not after it.
    let known = match &arguments.baseline {
        Some(path) if arguments.update_baseline && !path.exists() => Some((path, Baseline::default())),
        Some(path) => Some((path, Baseline::read(path)?)),
        None => None,
    };
    let run = &arguments.run;
    let mut options = ExecuteOptions::of(&project, run.python.as_deref(), run.jobs)?;
    options.shuffle = arguments.shuffle;
    options.twice = arguments.twice;
    options.observer = progress::bar();
    options.cache = cache::of(&project, run);
    if arguments.twice || arguments.shuffle.is_some() {
        // What that is to show is about running.
        options.cache = options.cache.map(|cache| cache.without_recall());
    }
    let mut verified = verify(files, pages, diagnostics, &project, &options, started, Keep::Report)?;
    if run.explain_cache {
        cache::explain(&verified);
    }
    strictness.apply(&mut verified);
    verified.report.partition = part;
    if let Some((path, known)) = known {
        compare(known, path, arguments.update_baseline, &mut verified)?;
    }
    Ok(verified)
}

/// Marks what the baseline knows, and says what it need not know any more.
fn compare(known: Baseline, path: &Path, update: bool, verified: &mut Verified) -> Result<(), Failure> {
    let Compared { fixed, known } = known.apply(verified, path, &super::working_directory()?, update)?;
    let shown = path.display();
    for fixed in &fixed {
        human::note(&format!("fixed since the baseline was written: {fixed}"));
    }
    if update {
        human::note(&format!("{shown} knows {}", counted(known, "failure", "failures")));
    } else if !fixed.is_empty() {
        human::note(&format!("`exemplar check --baseline {shown} --update-baseline` drops what is fixed"));
    }
    Ok(())
}

/// Writes the reports that were asked for.
pub(super) fn report(verified: &Verified, arguments: &CheckArguments) -> Result<Verdict, Failure> {
    let ReportArguments { written, durations, .. } = &arguments.reports;
    report::write(&verified.into(), &report::Options { reports: written, durations: *durations })?;
    let least = arguments.fail_under;
    let short = least.and_then(|_| Coverage::of_run(verified).short_of(least));
    if let Some(short) = &short {
        human::note(&format!("{short}; `exemplar list --coverage` names the fences"));
    }
    Ok(if succeeded(&verified.report) && short.is_none() { Verdict::Verified } else { Verdict::Stale })
}
