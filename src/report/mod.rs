//! Reports: the same results, in the forms that were asked for.

mod diff;
mod excerpt;
pub(crate) mod human;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;

use exemplar_model::report::Report;
use exemplar_verify::pipeline::Verified;

use crate::arguments::Format;
use crate::failure::Failure;

/// Writes each report to its file, or to standard output.
pub(crate) fn write(verified: &Verified, reports: &[(Format, Option<PathBuf>)]) -> Result<(), Failure> {
    for (format, file) in reports {
        let written = match (format, file) {
            (Format::Human, None) => human::report(verified, &mut human::standard_output()),
            (Format::Human, Some(path)) => {
                fs_err::File::create(path).and_then(|file| human::report(verified, &mut human::to_file(file)))
            }
            (Format::Json, None) => json(&verified.report, &mut io::stdout().lock()),
            (Format::Json, Some(path)) => {
                fs_err::File::create(path).and_then(|mut file| json(&verified.report, &mut file))
            }
        };
        written.map_err(Failure::Write)?;
    }
    Ok(())
}

/// The report as JSON, schema 1, one field a line, so that two of them can be compared with `diff`.
fn json(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, report)?;
    writeln!(out)?;
    out.flush()
}
