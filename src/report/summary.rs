//! The line that sums up, and the times: words that several formats share.

use std::collections::HashMap;

use exemplar_model::diagnostic::Severity;
use exemplar_model::report::{Report, Status};
use exemplar_verify::report::succeeded;

use super::event::{counted, examples};

/// One line that reads well in a log.
pub(crate) struct Summary {
    /// `verified` or `failed`.
    pub(crate) word: &'static str,
    /// Whether all is well.
    pub(crate) good: bool,
    /// What stands after the word.
    pub(crate) rest: String,
}

impl Summary {
    pub(crate) fn of(report: &Report) -> Self {
        let summary = &report.summary;
        let errors =
            report.diagnostics.iter().filter(|found| found.severity == Severity::Error.name()).count();
        let warnings = report.diagnostics.len() - errors;
        let mut parts: Vec<String> = Vec::new();
        for status in Status::ALL {
            let count = summary.count(status);
            if count > 0 {
                parts.push(format!("{count} {}", status.words()));
            }
        }
        for (count, one, many) in [(errors, "error", "errors"), (warnings, "warning", "warnings")] {
            if count > 0 {
                parts.push(counted(count, one, many));
            }
        }
        let good = succeeded(report);
        let python = report
            .python
            .as_ref()
            .map_or_else(String::new, |python| format!(" on {} {}", python.implementation, python.version));
        let details = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
        let rest = format!(
            "{} in {}{python} in {:.2} s{details}",
            examples(summary.examples),
            counted(summary.pages, "page", "pages"),
            summary.duration_ms / 1e3,
        );
        Self { word: if good { "verified" } else { "failed" }, good, rest }
    }
}

/// The sessions that took longest, with their seconds, the slowest first. Of those that took the same time, the first of the report.
pub(crate) fn slowest(report: &Report, count: usize) -> Vec<(&str, f64)> {
    let mut order: Vec<&str> = Vec::new();
    let mut taken: HashMap<&str, f64> = HashMap::new();
    for example in &report.examples {
        let session = example.id.rsplit_once(':').map_or(example.id.as_str(), |(session, _)| session);
        let sum = taken.entry(session).or_insert_with(|| {
            order.push(session);
            0.0
        });
        *sum += example.duration_ms / 1e3;
    }
    let mut sessions: Vec<(&str, f64)> = order.into_iter().map(|session| (session, taken[session])).collect();
    sessions.sort_by(|one, other| other.1.total_cmp(&one.1));
    sessions.truncate(count);
    sessions
}
