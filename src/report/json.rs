//! The report as JSON, schema 1 (DESIGN.md, section 3), one field a line, so that two of them can be compared with `diff`.

use std::io::{self, Write};

use super::event::{Event, Reporter};

/// The report for programs.
pub(crate) struct Json<W: Write> {
    pub(crate) out: W,
}

impl<W: Write> Reporter for Json<W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let Event::Finished(report) = event else { return Ok(()) };
        serde_json::to_writer_pretty(&mut self.out, report)?;
        writeln!(self.out)?;
        self.out.flush()
    }
}
