//! JSON reports of several runs joined to one, as if one run had made them.
//!
//! Parts of a partition say which pages of all they are about, so their join has the order of a run over all pages, and a part that is
//! missing is noticed: what it would have told is not known to be true. Other reports follow each other as they are given.
//!
//! Which files the reports are about is known by their names alone. For excerpts the files are read where they still say what the reports
//! say; where they are not there, or changed, the reports' own sources stand in for them at the same lines and columns.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use exemplar_model::diagnostic::{Diagnostic, Severity};
use exemplar_model::report::{Isolation, Report, ReportedDiagnostic, ReportedExample, SCHEMA, Summary};
use exemplar_model::source::{FileId, SourceFile, SourceMap, Span};
use serde_json::Value;

use crate::codes;
use crate::failure::Failure;
use crate::report::event::page_of;

/// A report, and what its formats need beside it.
#[derive(Debug)]
pub(crate) struct Merged {
    pub(crate) sources: SourceMap,
    pub(crate) report: Report,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The examples' code.
    pub(crate) spans: Vec<Span>,
}

/// Reads reports.
///
/// # Errors
/// When one of them is none, or of another schema.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Report)>, Failure> {
    paths
        .iter()
        .map(|path| {
            let wrong = |cause: String| Failure::BadReport { path: path.clone(), cause };
            let text = fs_err::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
            let value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
            match value.get("schema").and_then(Value::as_u64) {
                Some(schema) if schema == u64::from(SCHEMA) => {}
                Some(schema) => {
                    return Err(wrong(format!(
                        "it has schema {schema}, and this exemplar knows schema {SCHEMA}"
                    )));
                }
                None => {
                    return Err(wrong("it has no `schema`: it is no report of `--format json`".to_owned()));
                }
            }
            let report = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
            Ok((path.clone(), report))
        })
        .collect()
}

/// Joins reports.
///
/// # Errors
/// When they don't belong together: an example is in two of them, or a part is missing.
pub(crate) fn merge(mut reports: Vec<(PathBuf, Report)>) -> Result<Report, Failure> {
    let wrong = |path: &Path, cause: String| Failure::BadReport { path: path.to_owned(), cause };
    let mut owners = HashMap::new();
    for (path, report) in &reports {
        for example in &report.examples {
            if let Some(other) = owners.insert(example.id.clone(), path.clone()) {
                return Err(wrong(
                    path,
                    format!("it has the example `{}`, and `{}` has it too", example.id, other.display()),
                ));
            }
        }
    }
    let places = places(&reports)?;
    let first = reports.first().map(|(_, report)| report.clone());
    let Some(Report { tool, .. }) = first else { return Err(Failure::NothingToMerge) };
    let python = reports.iter().find_map(|(_, report)| report.python.clone());
    let isolation = isolation(&reports);
    let mut summary = Summary::default();
    let mut diagnostics: Vec<(Option<usize>, ReportedDiagnostic)> = Vec::new();
    let mut examples: Vec<ReportedExample> = Vec::new();
    for (_, report) in &mut reports {
        let own = report.summary;
        summary.pages += own.pages;
        summary.sessions += own.sessions;
        summary.blocks += own.blocks;
        summary.root_causes += own.root_causes;
        summary.known += own.known;
        // They ran side by side.
        summary.duration_ms = summary.duration_ms.max(own.duration_ms);
        let version = report.python.as_ref().map(|python| python.version.clone());
        let other =
            version.filter(|version| python.as_ref().is_some_and(|python| python.version != *version));
        for mut example in report.examples.drain(..) {
            summary.add(example.status);
            example.python = example.python.or_else(|| other.as_deref().map(Into::into));
            examples.push(example);
        }
        // What is said of an included file belongs to the page before it; what is said of none, before all pages.
        let mut place = None;
        for found in report.diagnostics.drain(..) {
            place = places.get(&found.file).copied().or(place);
            diagnostics.push((place, found));
        }
    }
    // Both stable: within a page, everything is in its order already.
    examples.sort_by_key(|example| places.get(page_of(example)).copied());
    diagnostics.sort_by_key(|(place, _)| *place);
    let mut seen: Vec<ReportedDiagnostic> = Vec::new();
    for (_, found) in diagnostics {
        // A file that pages of several parts include is told of by each of them.
        if !seen.contains(&found) {
            seen.push(found);
        }
    }
    Ok(Report {
        schema: SCHEMA,
        tool,
        python,
        isolation,
        summary,
        diagnostics: seen,
        examples,
        partition: None,
    })
}

/// The place of each page, where the reports are of parts. Parts must be all there are.
fn places(reports: &[(PathBuf, Report)]) -> Result<HashMap<String, usize>, Failure> {
    let mut places = HashMap::new();
    let mut parts: BTreeMap<usize, &Path> = BTreeMap::new();
    let mut whole: Option<(usize, usize, &Path)> = None;
    for (path, report) in reports {
        let wrong = |cause: String| Failure::BadReport { path: path.clone(), cause };
        let Some(part) = &report.partition else { continue };
        if let Some((count, pages, other)) = whole
            && (count, pages) != (part.count, part.of_pages)
        {
            return Err(wrong(format!(
                "it is a part of another run than `{}`: {} pages in {} parts, and not {pages} in {count}",
                other.display(),
                part.of_pages,
                part.count
            )));
        }
        whole = Some((part.count, part.of_pages, path));
        if let Some(other) = parts.insert(part.index, path) {
            return Err(wrong(format!(
                "it is part {}/{}, and so is `{}`",
                part.index,
                part.count,
                other.display()
            )));
        }
        for page in &part.pages {
            if places.insert(page.file.clone(), page.place).is_some() {
                return Err(wrong(format!("the page `{}` is in another part too", page.file)));
            }
        }
    }
    let Some((count, pages, path)) = whole else {
        // No parts: everything is in its order already, report by report.
        return Ok(places);
    };
    let missing: Vec<String> = (1..=count)
        .filter(|index| !parts.contains_key(index))
        .map(|index| format!("{index}/{count}"))
        .collect();
    if !missing.is_empty() {
        return Err(Failure::MissingParts { parts: missing.join(", ") });
    }
    if places.len() != pages {
        let cause = format!(
            "the parts have {} pages, and there are {pages}: they were not split alike",
            places.len()
        );
        return Err(Failure::BadReport { path: path.to_owned(), cause });
    }
    Ok(places)
}

/// What held in all of them: the weakest.
fn isolation(reports: &[(PathBuf, Report)]) -> Isolation {
    // Where nothing ran, nothing had to be confined, and what is said of it does not count beside the others.
    let ran = reports.iter().any(|(_, report)| report.python.is_some());
    let counted = reports.iter().filter(|(_, report)| report.python.is_some() || !ran);
    let all: Vec<&Isolation> = counted.map(|(_, report)| &report.isolation).collect();
    let weakest = |of: fn(&Isolation) -> &String| -> String {
        let levels = || all.iter().map(|isolation| of(isolation).as_str());
        let weakest = levels().find(|how| *how == "none").or_else(|| levels().find(|how| !how.is_empty()));
        weakest.unwrap_or_default().to_owned()
    };
    Isolation {
        filesystem: weakest(|isolation| &isolation.filesystem),
        network: weakest(|isolation| &isolation.network),
        memory: weakest(|isolation| &isolation.memory),
    }
}

impl Merged {
    /// The report with its files.
    ///
    /// # Errors
    /// When it names a finding that this program does not know, so another version made it.
    pub(crate) fn of(report: Report, working: &Path) -> Result<Self, Failure> {
        let mut files: BTreeMap<&str, Vec<&ReportedExample>> = BTreeMap::new();
        for example in &report.examples {
            files.entry(&example.file).or_default().push(example);
        }
        for found in &report.diagnostics {
            files.entry(&found.file).or_default();
            for label in &found.labels {
                files.entry(&label.file).or_default();
            }
        }
        let mut sources = SourceMap::default();
        let mut ids: HashMap<String, FileId> = HashMap::new();
        for (file, examples) in files {
            let saved = fs_err::read_to_string(working.join(file)).ok();
            let text = saved.filter(|text| still_says(text, &examples));
            let diagnostics = report.diagnostics.iter();
            let ends = diagnostics.flat_map(|found| {
                let labels = found.labels.iter().map(|label| (&label.file, label.end_line));
                labels.chain([(&found.file, found.end_line)])
            });
            let last = ends.filter(|(of, _)| *of == file).map(|(_, line)| line).max().unwrap_or_default();
            ids.insert(file.to_owned(), sources.add(file, text.unwrap_or_else(|| stand_in(&examples, last))));
        }
        let diagnostics = report
            .diagnostics
            .iter()
            .map(|found| {
                let span = |file: &String, from: (usize, usize), to: (usize, usize)| {
                    let file = ids[file];
                    let source = sources.file(file);
                    let from = byte(source, from.0, from.1);
                    Span::new(file, from..byte(source, to.0, to.1).max(from))
                };
                let code = codes::named(&found.code)?.name;
                let place = span(&found.file, (found.line, found.column), (found.end_line, found.end_column));
                let new = if found.severity == Severity::Error.name() {
                    Diagnostic::error
                } else {
                    Diagnostic::warning
                };
                let new = new(code, place, found.message.clone());
                let labelled = found.labels.iter().fold(new, |new, label| {
                    let from = (label.line, label.column);
                    new.label(
                        span(&label.file, from, (label.end_line, label.end_column)),
                        label.message.clone(),
                    )
                });
                Ok(Diagnostic { help: found.help.clone(), ..labelled })
            })
            .collect::<Result<_, Failure>>()?;
        let span = |example: &ReportedExample| {
            let file = ids[example.file.as_str()];
            let source = sources.file(file);
            let from = byte(source, example.line, example.column);
            let more = example.source.trim_end().lines().count().saturating_sub(1);
            let to = if more == 0 {
                from + example.source.trim_end().len()
            } else {
                source.line_range(example.line + more).end
            };
            Span::new(file, from..to.min(source.text().len()).max(from))
        };
        let spans = report.examples.iter().map(span).collect();
        Ok(Self { spans, diagnostics, sources, report })
    }
}

/// Whether the first line of each of these examples stands where its report has it.
fn still_says(text: &str, examples: &[&ReportedExample]) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    examples.iter().all(|example| {
        let line = example.line.checked_sub(1).and_then(|line| lines.get(line));
        let line = line
            .map(|line| line.trim_start_matches('\u{feff}').chars().skip(example.column.saturating_sub(1)));
        let first = example.source.lines().next().unwrap_or_default();
        line.is_some_and(|line| line.collect::<String>().starts_with(first))
    })
}

/// The most lines and columns of a text that stands in for a file: a report that names others is no report of ours.
const MOST_LINES: usize = 1 << 20;

/// A text that has these examples at their lines and columns, and at least so many lines.
fn stand_in(examples: &[&ReportedExample], last: usize) -> String {
    let mut lines: Vec<String> = vec![String::new(); last.min(MOST_LINES)];
    for example in examples {
        for (more, line) in example.source.lines().enumerate() {
            let at = (example.line + more).clamp(1, MOST_LINES);
            if lines.len() < at {
                lines.resize(at, String::new());
            }
            lines[at - 1] = " ".repeat(example.column.saturating_sub(1).min(200)) + line;
        }
    }
    lines.join("\n") + "\n"
}

/// The byte of a line and column; the nearest one that there is.
fn byte(file: &SourceFile, line: usize, column: usize) -> usize {
    let range = file.line_range(line);
    let text = &file.text()[range.clone()];
    let marks = usize::from(line == 1 && text.starts_with('\u{feff}'));
    let within = text.char_indices().nth((column + marks).saturating_sub(1));
    range.start + within.map_or(text.len(), |(at, _)| at)
}
