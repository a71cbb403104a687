//! Annotations of a pull request, as the runner of GitHub Actions reads them from standard output, and the summary of the job.
//!
//! The form is that of the documentation "Workflow commands for GitHub Actions", the escapes those of `@actions/core`. GitHub shows few
//! annotations of a step, so there is one for each root cause, and no more than [`MOST`] for a file. The summary of the job, a file
//! that `GITHUB_STEP_SUMMARY` names, has them all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::PathBuf;

use exemplar_model::report::Report;
use exemplar_model::source::SourceMap;

use super::event::{Event, Reporter, code_of, is_news, message_of, notes};
use super::summary::Summary;
use super::text::escaped;

/// The most annotations of one file.
const MOST: usize = 10;

/// The most lines of the job's summary, which GitHub cuts at one mebibyte.
const MOST_ROWS: usize = 500;

/// The report as annotations.
pub(crate) struct Github<'a, W: Write> {
    sources: &'a SourceMap,
    out: W,
    /// The file that the job's summary is appended to.
    job_summary: Option<PathBuf>,
    /// How many annotations each file has, those that are left out too.
    per_file: BTreeMap<String, usize>,
    findings: Vec<Finding>,
}

struct Finding {
    /// `error` or `warning`.
    level: String,
    file: String,
    line: usize,
    end_line: usize,
    column: usize,
    code: String,
    message: String,
    /// What to do, and what follows from it.
    notes: Vec<String>,
}

impl<'a, W: Write> Github<'a, W> {
    pub(crate) fn new(sources: &'a SourceMap, out: W, job_summary: Option<PathBuf>) -> Self {
        Self { sources, out, job_summary, per_file: BTreeMap::new(), findings: Vec::new() }
    }

    fn annotate(&mut self, finding: Finding) -> io::Result<()> {
        let count = self.per_file.entry(finding.file.clone()).or_default();
        *count += 1;
        if *count <= MOST {
            writeln!(self.out, "{}", command(&finding))?;
        }
        self.findings.push(finding);
        Ok(())
    }

    fn finish(&mut self, report: &Report) -> io::Result<()> {
        for (file, count) in &self.per_file {
            if let Some(more) = count.checked_sub(MOST).filter(|&more| more > 0) {
                writeln!(self.out, "{}: {more} more without an annotation", escaped(file))?;
            }
        }
        let Summary { word, rest, .. } = Summary::of(report);
        writeln!(self.out, "{word} {rest}")?;
        self.out.flush()?;
        let Some(path) = &self.job_summary else { return Ok(()) };
        let mut file = fs_err::OpenOptions::new().create(true).append(true).open(path)?;
        file.write_all(job_summary(report, &self.findings).as_bytes())
    }
}

impl<W: Write> Reporter for Github<'_, W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Diagnostic { placed, .. } if placed.known => Ok(()),
            Event::Diagnostic { placed, .. } => self.annotate(Finding {
                level: placed.severity.clone(),
                file: placed.file.clone(),
                line: placed.line,
                end_line: placed.end_line,
                column: placed.column,
                code: placed.code.clone(),
                message: placed.message.clone(),
                notes: placed.help.iter().cloned().collect(),
            }),
            Event::Example { span, result, followers } if is_news(result) => {
                // The code is marked; where a line of it is known to be at fault, that line.
                let end = self.sources.end(*span).line;
                let (line, end_line) = result.failed_line.map_or((result.line, end), |line| (line, line));
                let column = if line == result.line { result.column } else { 1 };
                self.annotate(Finding {
                    level: "error".to_owned(),
                    file: result.file.to_string(),
                    line,
                    end_line,
                    column,
                    code: code_of(result).to_owned(),
                    message: message_of(result).to_owned(),
                    notes: notes(result, followers),
                })
            }
            Event::Example { .. } => Ok(()),
            Event::Finished(report) => self.finish(report),
        }
    }
}

/// `::error file=…,line=…::…`.
fn command(finding: &Finding) -> String {
    let Finding { level, file, line, end_line, column, code, message, notes } = finding;
    let text = std::iter::once(message).chain(notes).map(String::as_str).collect::<Vec<_>>().join("\n");
    format!(
        "::{level} file={},line={line},endLine={end_line},col={column},title={}::{}",
        property(file),
        property(code),
        data(&text)
    )
}

/// What stands behind the second `::`.
fn data(text: &str) -> String {
    // Line ends get through: an annotation can have several lines. A carriage return would end the command in the log.
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which also ends at colons and commas.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Markdown: the summary's line, and a table of all that is wrong.
fn job_summary(report: &Report, findings: &[Finding]) -> String {
    let Summary { word, good, rest } = Summary::of(report);
    let mut text = format!("### {} exemplar: {word}\n\n{}\n", if good { "✅" } else { "❌" }, cell(&rest));
    if findings.is_empty() {
        return text + "\n";
    }
    text.push_str("\n| place | what | |\n|---|---|---|\n");
    for Finding { file, line, column, code, message, notes, .. } in findings.iter().take(MOST_ROWS) {
        let place = cell(&format!("{file}:{line}:{column}"));
        let said = std::iter::once(message).chain(notes).map(|part| cell(part)).collect::<Vec<_>>();
        // Writing to a string can't fail.
        let _ = writeln!(text, "| {place} | `{code}` | {} |", said.join("<br>"));
    }
    if let Some(more) = findings.len().checked_sub(MOST_ROWS).filter(|&more| more > 0) {
        let _ = writeln!(text, "\n… and {more} more");
    }
    text + "\n"
}

/// Text of others in a table: nothing in it ends the cell, or is HTML, Markdown or a mention. Code in backticks stays code.
fn cell(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in escaped(text).chars() {
        match c {
            '\n' | '\t' => safe.push(' '),
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '@' => safe.push_str("&#64;"),
            '|' | '\\' | '*' | '_' | '[' | ']' | '`' | '#' | '!' | '~' => safe.extend(['\\', c]),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{Finding, cell, command};

    #[test]
    fn nothing_in_a_message_ends_its_command() {
        let finding = Finding {
            level: "error".to_owned(),
            file: "a,b:c%.md".to_owned(),
            line: 3,
            end_line: 4,
            column: 5,
            code: "stale-output".to_owned(),
            message: "100%\r\n::error::gotcha".to_owned(),
            notes: vec!["do, this: that".to_owned()],
        };
        assert_eq!(
            command(&finding),
            "::error file=a%2Cb%3Ac%25.md,line=3,endLine=4,col=5,title=stale-output::100%25%0D%0A::error::gotcha%0Ado, this: that"
        );
    }

    #[test]
    fn a_cell_is_text() {
        assert_eq!(cell("a|b\n<img> @you"), "a\\|b &lt;img&gt; &#64;you");
        assert_eq!(cell("`x` [y](z)"), "\\`x\\` \\[y\\](z)");
    }
}
