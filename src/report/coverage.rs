//! What `list --coverage` prints.

use std::io::{self, Write};

use anstyle::Style;
use serde::Serialize;

use super::event::counted;
use super::human::standard_output;
use super::text::escaped;
use crate::coverage::{Counts, Coverage};

const TITLE: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The form of the JSON. Fields are only added within a schema.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Written<'c> {
    schema: u32,
    #[serde(flatten)]
    coverage: &'c Coverage,
}

/// The coverage for programs.
pub(crate) fn json(coverage: &Coverage) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, &Written { schema: SCHEMA, coverage })?;
    writeln!(out)?;
    out.flush()
}

/// A column of the table: its title, and what stands in it.
type Column = (&'static str, fn(&Counts) -> usize);

const COLUMNS: [Column; 6] = [
    ("verified", |counts| counts.verified),
    ("ran", |counts| counts.ran),
    ("compiled", |counts| counts.compiled),
    ("skipped", |counts| counts.skipped),
    ("ignored", |counts| counts.ignored),
    ("recorded", |counts| counts.recorded),
];

/// The coverage for people: a table of the pages, and below it each fence that is not verified.
pub(crate) fn people(coverage: &Coverage) -> io::Result<()> {
    let mut out = standard_output();
    let width = coverage.pages.iter().map(|page| escaped(&page.file).chars().count()).max();
    let width = width.unwrap_or_default().max("all".len());
    write!(out, "{TITLE}{:width$}  fences", "")?;
    for (name, _) in COLUMNS {
        write!(out, "  {name}")?;
    }
    writeln!(out, "  coverage{TITLE:#}")?;
    let rows = coverage.pages.iter().map(|page| (page.file.as_str(), &page.counts));
    for (name, counts) in rows.chain([("all", &coverage.total)]) {
        write!(out, "{:width$}  {:>6}", escaped(name), counts.fences)?;
        for (name, count) in COLUMNS {
            write!(out, "  {:>1$}", count(counts), name.len())?;
        }
        writeln!(out, "  {:>6.1} %", counts.percent)?;
    }
    let unverified: Vec<_> = coverage.pages.iter().flat_map(|page| &page.unverified).collect();
    if !unverified.is_empty() {
        writeln!(
            out,
            "\n{TITLE}{}{TITLE:#}",
            counted(unverified.len(), "fence is not verified", "fences are not verified")
        )?;
    }
    for fence in unverified {
        let place = escaped(&format!("{}:{}", fence.file, fence.line)).into_owned();
        let why = fence.reason.as_deref().unwrap_or("no reason is given");
        writeln!(out, "  {place}  {} {DIM}({}){DIM:#}", fence.status.words(), escaped(why))?;
    }
    Ok(())
}
