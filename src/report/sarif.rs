//! SARIF 2.1.0, as code scanning services read it (OASIS, "Static Analysis Results Interchange Format Version 2.1.0").
//!
//! Root causes and diagnostics are results, suppressed where the baseline knows them; what only follows from a root cause is a related location of it. The rules are the entries of
//! `docs/codes.md` that occur. A result is recognised again by a fingerprint of what it is about, not of where it stands, so that lines
//! that are added above it make no new alert.
//!
//! The few objects that are needed stand here as they are in the specification: the crates that have all of it generate some forty
//! thousand lines.

use std::collections::HashMap;
use std::io::{self, Write};

use exemplar_model::diagnostic::Diagnostic;
use exemplar_model::report::{Report, ReportedDiagnostic, ReportedExample};
use exemplar_model::source::{SourceMap, Span};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::event::{Event, KNOWN, Reporter, code_of, is_root_cause, message_of, notes};
use super::text::escaped;
use crate::codes;

/// The most places that are named beside a result.
const MOST_RELATED: usize = 20;

/// The report as SARIF.
pub(crate) struct SarifReporter<'a, W: Write> {
    sources: &'a SourceMap,
    out: W,
    results: Vec<SarifResult>,
    rules: Vec<Rule>,
    /// For each result, whether the baseline knows it.
    known: Vec<bool>,
    /// How often each fingerprint came up: the same mistake twice in a file is two alerts.
    seen: HashMap<String, usize>,
}

impl<'a, W: Write> SarifReporter<'a, W> {
    pub(crate) fn new(sources: &'a SourceMap, out: W) -> Self {
        Self { sources, out, results: Vec::new(), rules: Vec::new(), known: Vec::new(), seen: HashMap::new() }
    }

    fn diagnostic(&mut self, found: &Diagnostic, placed: &ReportedDiagnostic) {
        let related = found.labels.iter().map(|label| self.location(label.span, Some(&label.text))).collect();
        let line = self.sources.file(found.span.file);
        let line = &line.text()[line.line_range(placed.line)];
        let fingerprint = self.fingerprint(&[&placed.code, &placed.file, line.trim()]);
        self.add(Finding {
            code: &placed.code,
            level: found.severity.name(),
            span: found.span,
            text: with_notes(&placed.message, placed.help.iter().cloned()),
            related,
            fingerprint,
        });
        self.known.push(placed.known);
    }

    fn example(&mut self, span: Span, result: &ReportedExample, followers: &[&ReportedExample]) {
        let mut related = Vec::new();
        if let Some(line) = result.failed_line.filter(|&line| line != result.line) {
            let range = self.sources.file(span.file).line_range(line);
            related.push(self.location(Span::new(span.file, range), Some("it fails here")));
        }
        for follower in followers {
            related.push(Location {
                physical_location: PhysicalLocation {
                    artifact_location: ArtifactLocation::of(&follower.file),
                    region: Region {
                        start_line: follower.line,
                        start_column: follower.column,
                        end_line: None,
                        end_column: None,
                    },
                },
                message: Some(Message { text: "this follows from it".to_owned() }),
            });
        }
        related.truncate(MOST_RELATED);
        let code = code_of(result);
        let fingerprint = self.fingerprint(&[code, &result.file, result.source.trim()]);
        self.add(Finding {
            code,
            level: "error",
            span,
            text: with_notes(message_of(result), notes(result, followers).into_iter()),
            related,
            fingerprint,
        });
        self.known.push(result.known);
    }

    fn add(&mut self, finding: Finding<'_>) {
        let Finding { code, level, span, text, related, fingerprint } = finding;
        let rule_index = self.rules.iter().position(|rule| rule.id == code).unwrap_or_else(|| {
            self.rules.push(Rule::of(code, level));
            self.rules.len() - 1
        });
        let location = self.location(span, None);
        self.results.push(SarifResult {
            rule_id: code.to_owned(),
            rule_index,
            level: level.to_owned(),
            message: Message { text },
            locations: vec![location],
            related_locations: related,
            partial_fingerprints: Fingerprints { finding: fingerprint },
            suppressions: None,
        });
    }

    fn location(&self, span: Span, text: Option<&str>) -> Location {
        let (start, end) = (self.sources.start(span), self.sources.end(span));
        Location {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation::of(self.sources.file(span.file).path()),
                region: Region {
                    start_line: start.line,
                    start_column: start.column,
                    end_line: Some(end.line),
                    end_column: Some(end.column),
                },
            },
            message: text.map(|text| Message { text: escaped(text).into_owned() }),
        }
    }

    fn fingerprint(&mut self, parts: &[&str]) -> String {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        let mut name: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let count = self.seen.entry(name.clone()).or_default();
        *count += 1;
        name.push_str(&format!(":{count}"));
        name
    }

    fn finish(&mut self, report: &Report) -> io::Result<()> {
        // Present on all results or on none (SARIF, 3.27.23); an empty one says that the result is not suppressed.
        if self.known.contains(&true) {
            for (result, &known) in self.results.iter_mut().zip(&self.known) {
                result.suppressions = Some(if known { vec![Suppression::OF_BASELINE] } else { Vec::new() });
            }
        }
        let log = Log {
            schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: &report.tool.name,
                        semantic_version: &report.tool.version,
                        rules: &self.rules,
                    },
                },
                column_kind: "unicodeCodePoints",
                results: &self.results,
            }],
        };
        serde_json::to_writer_pretty(&mut self.out, &log)?;
        writeln!(self.out)?;
        self.out.flush()
    }
}

impl<W: Write> Reporter for SarifReporter<'_, W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Diagnostic { found, placed } => self.diagnostic(found, placed),
            Event::Example { span, result, followers } if is_root_cause(result) => {
                self.example(*span, result, followers);
            }
            Event::Example { .. } => {}
            Event::Finished(report) => self.finish(report)?,
        }
        Ok(())
    }
}

struct Finding<'f> {
    code: &'f str,
    level: &'f str,
    span: Span,
    text: String,
    related: Vec<Location>,
    fingerprint: String,
}

fn with_notes(message: &str, notes: impl Iterator<Item = String>) -> String {
    let text = std::iter::once(message.to_owned()).chain(notes).collect::<Vec<_>>().join("\n");
    escaped(&text).into_owned()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Log<'l> {
    #[serde(rename = "$schema")]
    schema: &'l str,
    version: &'l str,
    runs: [Run<'l>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'l> {
    tool: Tool<'l>,
    column_kind: &'l str,
    results: &'l [SarifResult],
}

#[derive(Serialize)]
struct Tool<'l> {
    driver: Driver<'l>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'l> {
    name: &'l str,
    semantic_version: &'l str,
    rules: &'l [Rule],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_description: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<Help>,
    default_configuration: Configuration,
}

impl Rule {
    fn of(code: &str, level: &str) -> Self {
        let entry = codes::find(code);
        Self {
            id: code.to_owned(),
            short_description: entry.map(|entry| Message { text: entry.meaning().to_owned() }),
            help: entry.map(|entry| Help { text: entry.text.to_owned(), markdown: entry.text.to_owned() }),
            default_configuration: Configuration { level: level.to_owned() },
        }
    }
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    rule_index: usize,
    level: String,
    message: Message,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<Vec<Suppression>>,
}

/// Why nobody has to do something about a result now.
#[derive(Serialize)]
struct Suppression {
    /// Where that is written: `external` is another place than the source.
    kind: &'static str,
    justification: &'static str,
}

impl Suppression {
    const OF_BASELINE: Self = Self { kind: "external", justification: KNOWN };
}

#[derive(Serialize)]
struct Fingerprints {
    #[serde(rename = "finding/v1")]
    finding: String,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

impl ArtifactLocation {
    /// A URI reference (RFC 3986): of a path below the working directory relative to that, which services take for the repository.
    fn of(path: &str) -> Self {
        let mut uri = String::with_capacity(path.len());
        for byte in path.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                    uri.push(char::from(byte));
                }
                byte => uri.push_str(&format!("%{byte:02X}")),
            }
        }
        if path.starts_with('/') {
            return Self { uri: format!("file://{uri}"), uri_base_id: None };
        }
        Self { uri, uri_base_id: Some("%SRCROOT%") }
    }
}

/// Lines and columns from 1; the end is the column behind the last character (SARIF, 3.30).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
    start_column: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::ArtifactLocation;

    #[test]
    fn a_path_becomes_a_uri_reference() {
        for (path, uri, base) in [
            ("docs/a b%é.md", "docs/a%20b%25%C3%A9.md", Some("%SRCROOT%")),
            ("a:b#c?.md", "a%3Ab%23c%3F.md", Some("%SRCROOT%")),
            ("/tmp/x.md", "file:///tmp/x.md", None),
        ] {
            let location = ArtifactLocation::of(path);
            assert_eq!((location.uri.as_str(), location.uri_base_id), (uri, base));
        }
    }
}
