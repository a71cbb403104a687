//! The report as JSON, schema 1 (DESIGN.md, section 3), one field a line, so that two of them can be compared with `diff`.
//!
//! The examples are most of it. They are written by all processors, some hundreds at a time, and put between the rest in their order.

use std::io::{self, Write};

use exemplar_model::report::{Report, ReportedExample};
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;
use serde::Serialize;

use super::event::{Event, Reporter};

/// How many examples are written at a time by one processor, and by all.
const PART: usize = 256;
const WAVE: usize = 2048;

/// The examples of a report without any, as they are written: a line that no text can hold, since a line break in a text is escaped.
const NONE: &str = "\n  \"examples\": []";

/// The report for programs.
pub(crate) struct Json<W: Write> {
    pub(crate) out: W,
}

/// Some of a report's examples, at the depth where they stand in it.
#[derive(Serialize)]
struct Part<'a> {
    examples: &'a [ReportedExample],
}

impl Part<'_> {
    /// The examples as they stand in a report, with commas between them.
    fn text(&self) -> serde_json::Result<String> {
        let text = serde_json::to_string_pretty(self)?;
        let inner = text.strip_prefix("{\n  \"examples\": [").and_then(|rest| rest.strip_suffix("\n  ]\n}"));
        Ok(inner.expect("serde_json lays an object with one list out so").to_owned())
    }
}

impl<W: Write> Reporter for Json<W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        let Event::Finished(report) = event else { return Ok(()) };
        let Report { schema, tool, python, isolation, summary, diagnostics, examples, partition } = report;
        let around = Report {
            schema: *schema,
            tool: tool.clone(),
            python: python.clone(),
            isolation: isolation.clone(),
            summary: *summary,
            diagnostics: diagnostics.clone(),
            examples: Vec::new(),
            partition: partition.clone(),
        };
        let around = serde_json::to_string_pretty(&around)?;
        let (before, behind) = around.split_once(NONE).expect("the list of its examples is empty");
        self.out.write_all(before.as_bytes())?;
        self.out.write_all(NONE.trim_end_matches(']').as_bytes())?;
        for (number, wave) in examples.chunks(WAVE).enumerate() {
            let parts = wave.par_chunks(PART).map(|examples| Part { examples }.text());
            let parts = parts.collect::<serde_json::Result<Vec<String>>>()?;
            for (index, part) in parts.iter().enumerate() {
                let comma = if number + index > 0 { "," } else { "" };
                write!(self.out, "{comma}{part}")?;
            }
        }
        let end = if examples.is_empty() { "]" } else { "\n  ]" };
        writeln!(self.out, "{end}{behind}")?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::Json;
    use crate::report::event::{Event, Reporter};
    use exemplar_model::report::Report;

    #[test]
    fn in_parts_it_is_what_it_is_in_one() {
        let example = |number: usize| {
            serde_json::json!({
                "id": format!("a.md#main:{number}"), "file": "a.md", "included_from": null, "line": number, "column": 1,
                "end_line": 1, "session": "main", "kind": "session", "role": null, "status": "passed", "code": null,
                "source": "\n  \"examples\": []\n", "expected": null, "actual": "é\n", "stderr": null, "failed_line": null,
                "message": null, "hint": null, "cause": null, "duration_ms": 0.5, "cached": false,
            })
        };
        for count in [0, 1, 256, 257, 2049, 9000] {
            let report: Report = serde_json::from_value(serde_json::json!({
                "schema": 1, "tool": {"name": "exemplar", "version": "0"}, "python": null,
                "isolation": {"filesystem": "none", "network": "none", "memory": "none"},
                "summary": exemplar_model::report::Summary::default(), "diagnostics": [],
                "examples": (0..count).map(example).collect::<Vec<_>>(),
                "partition": {"index": 1, "count": 2, "of_pages": 3, "pages": []},
            }))
            .unwrap();
            let mut json = Json { out: Vec::new() };
            json.event(&Event::Finished(&report)).unwrap();
            let whole = serde_json::to_string_pretty(&report).unwrap() + "\n";
            assert!(String::from_utf8(json.out).unwrap() == whole, "{count} examples");
        }
    }
}
