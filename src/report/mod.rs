//! Reports: the same results, in the forms that were asked for.
//!
//! # Steps
//! 1. [`event`]: the results as one stream of events, which every format is told;
//! 2. [`human`] with [`diff`], [`excerpt`] and [`text`]; [`json`], in a file that is written [`behind`] it; [`junit`]; [`sarif`]; [`github`]: the formats;
//! 3. [`progress`]: how far the run is, on a terminal, before there is anything to report;
//! 4. [`listing`], [`coverage`], [`explain`] and [`shell`]: what `list`, `explain` and `completions` print;
//! 5. [`fixes`], [`patch`] and [`ask`]: what `fix` says and asks;
//! 6. [`log`]: what is said beside all that.

pub(crate) mod ask;
mod behind;
pub(crate) mod coverage;
mod diff;
pub(crate) mod event;
mod excerpt;
pub(crate) mod explain;
pub(crate) mod fixes;
mod github;
pub(crate) mod human;
mod json;
mod junit;
pub(crate) mod labs;
pub(crate) mod listing;
pub(crate) mod log;
mod patch;
pub(crate) mod progress;
mod sarif;
pub(crate) mod shell;
mod summary;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use anstream::AutoStream;
use anstream::stream::{AsLockedWrite, RawStream};
use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::report::Report;
use exemplar_model::source::{SourceMap, Span};
use exemplar_verify::pipeline::Verified;

use crate::arguments::Format;
use crate::failure::Failure;

/// Which reports are written, and how.
#[derive(Debug)]
pub(crate) struct Options<'a> {
    /// Each with its file; none for standard output.
    pub(crate) reports: &'a [(Format, Option<PathBuf>)],
    /// How many of the slowest sessions people are told of.
    pub(crate) durations: usize,
}

/// What is reported: of a run, or of several that were merged.
#[derive(Debug)]
pub(crate) struct Results<'r> {
    /// The files.
    pub(crate) sources: &'r SourceMap,
    /// The report.
    pub(crate) report: &'r Report,
    /// The report's diagnostics, in its order.
    pub(crate) diagnostics: &'r [Diagnostic],
    /// The code of the report's examples, in its order.
    pub(crate) spans: Vec<Span>,
}

impl<'r> From<&'r Verified> for Results<'r> {
    fn from(verified: &'r Verified) -> Self {
        Self {
            sources: &verified.files.sources,
            report: &verified.report,
            diagnostics: &verified.diagnostics,
            spans: verified.places.iter().map(|place| place.span).collect(),
        }
    }
}

/// Writes each report to its file, or to standard output.
pub(crate) fn write(results: &Results<'_>, options: &Options<'_>) -> Result<(), Failure> {
    for (format, file) in options.reports {
        told(write_one(results, *format, file.as_ref(), options.durations))?;
    }
    Ok(())
}

/// What comes of writing for somebody who reads. Who has closed the pipe has read enough, as `head` has, and nothing is wrong.
pub(crate) fn told(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(Failure::Write),
    }
}

fn write_one(
    results: &Results<'_>,
    format: Format,
    file: Option<&PathBuf>,
    durations: usize,
) -> io::Result<()> {
    let sources = results.sources;
    if let (Format::Json, Some(path)) = (format, file) {
        return event::tell(results, &mut json::Json { out: behind::Behind::create(path)? });
    }
    let file = file.map(fs_err::File::create).transpose()?;
    if format == Format::Human {
        return match file {
            Some(file) => people(results, durations, &mut human::to_file(file)),
            None => people(results, durations, &mut human::standard_output()),
        };
    }
    let out: Box<dyn Write> = match file {
        Some(file) => Box::new(io::BufWriter::new(file)),
        None => Box::new(io::BufWriter::new(io::stdout().lock())),
    };
    match format {
        Format::Human => Ok(()),
        Format::Json => event::tell(results, &mut json::Json { out }),
        Format::Junit => event::tell(results, &mut junit::Junit::new(out)),
        Format::Sarif => event::tell(results, &mut sarif::SarifReporter::new(sources, out)),
        Format::Github => {
            let summary = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty());
            event::tell(results, &mut github::Github::new(sources, out, summary.map(PathBuf::from)))
        }
    }
}

/// Writes the report for people.
pub(crate) fn people<S: RawStream + AsLockedWrite>(
    results: &Results<'_>,
    durations: usize,
    out: &mut AutoStream<S>,
) -> io::Result<()> {
    event::tell(
        results,
        &mut human::Human { sources: results.sources, durations, warnings: BTreeMap::new(), out },
    )
}
