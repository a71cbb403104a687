//! The report as JSON, schema 1 (DESIGN.md, section 3), one field a line, so that two of them can be compared with `diff`.
//!
//! The examples are most of it. They are written by all processors, some hundreds at a time, and put between the rest in their order.

use std::io::{self, Write};

use exemplar_model::report::{Report, ReportedExample};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
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

/// Writes examples as they stand in a report, with commas between them, in the place of what the text was.
fn write_all(examples: &[ReportedExample], text: &mut Vec<u8>) -> serde_json::Result<()> {
    text.clear();
    for (index, example) in examples.iter().enumerate() {
        let comma: &[u8] = if index > 0 { b"," } else { b"" };
        text.extend(comma);
        text.extend(b"\n    {");
        write(example, text)?;
        text.extend(b"\n    }");
    }
    Ok(())
}

/// Writes the fields of an example as serde does, but for their names: to look through each for what must be escaped takes as long as to
/// write the values.
fn write(example: &ReportedExample, text: &mut Vec<u8>) -> serde_json::Result<()> {
    let ReportedExample {
        id,
        file,
        included_from,
        line,
        column,
        end_line,
        session,
        python,
        kind,
        role,
        status,
        known,
        code,
        source,
        expected,
        actual,
        stderr,
        failed_line,
        message,
        hint,
        cause,
        duration_ms,
        cached,
        dropped: _,
    } = example;
    field(text, "id", id)?;
    field(text, "file", file)?;
    field(text, "included_from", included_from)?;
    field(text, "line", line)?;
    field(text, "column", column)?;
    field(text, "end_line", end_line)?;
    field(text, "session", session)?;
    if python.is_some() {
        field(text, "python", python)?;
    }
    field(text, "kind", kind)?;
    field(text, "role", role)?;
    field(text, "status", status)?;
    if *known {
        field(text, "known", known)?;
    }
    field(text, "code", code)?;
    field(text, "source", source)?;
    field(text, "expected", expected)?;
    field(text, "actual", actual)?;
    field(text, "stderr", stderr)?;
    field(text, "failed_line", failed_line)?;
    field(text, "message", message)?;
    field(text, "hint", hint)?;
    field(text, "cause", cause)?;
    field(text, "duration_ms", duration_ms)?;
    field(text, "cached", cached)
}

fn field(text: &mut Vec<u8>, name: &'static str, value: &impl Serialize) -> serde_json::Result<()> {
    if text.last() != Some(&b'{') {
        text.push(b',');
    }
    text.extend(b"\n      \"");
    text.extend(name.as_bytes());
    text.extend(b"\": ");
    serde_json::to_writer(text, value)
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
        // The same memory for each wave: fresh one costs as much as writing to it.
        let mut texts: Vec<Vec<u8>> = vec![Vec::new(); WAVE / PART];
        for (number, wave) in examples.chunks(WAVE).enumerate() {
            let parts = wave.par_chunks(PART).zip(&mut texts);
            parts.map(|(examples, text)| write_all(examples, text)).collect::<Result<(), _>>()?;
            for (index, text) in texts.iter().take(wave.len().div_ceil(PART)).enumerate() {
                let comma: &[u8] = if number + index > 0 { b"," } else { b"" };
                self.out.write_all(comma)?;
                self.out.write_all(text)?;
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
            let mut report: Report = serde_json::from_value(serde_json::json!({
                "schema": 1, "tool": {"name": "exemplar", "version": "0"}, "python": null,
                "isolation": {"filesystem": "none", "network": "none", "memory": "none"},
                "summary": exemplar_model::report::Summary::default(), "diagnostics": [],
                "examples": (0..count).map(example).collect::<Vec<_>>(),
                "partition": {"index": 1, "count": 2, "of_pages": 3, "pages": []},
            }))
            .unwrap();
            // What is left out where there is nothing to say, and a text that must be escaped.
            if let Some(last) = report.examples.last_mut() {
                (last.python, last.known, last.dropped) = (Some("3.12.1".into()), true, 7);
                (last.role, last.message, last.failed_line) =
                    (Some("quiz".into()), Some("\u{1}\"{".into()), Some(3));
            }
            let mut json = Json { out: Vec::new() };
            json.event(&Event::Finished(&report)).unwrap();
            let whole = serde_json::to_string_pretty(&report).unwrap() + "\n";
            assert!(String::from_utf8(json.out).unwrap() == whole, "{count} examples");
        }
    }
}
