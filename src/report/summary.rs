//! The line that sums up, and the times: words that several formats share.

use std::collections::HashMap;

use exemplar_model::diagnostic::Severity;
use exemplar_model::report::{Isolation, Report, Status};
use exemplar_verify::report::succeeded;

use super::event::{counted, examples};

/// One line that reads well in a log.
pub(crate) struct Summary {
    /// `verified`, or `failed:`, behind which stands how much of what follows has failed.
    pub(crate) word: &'static str,
    /// Whether all is well.
    pub(crate) good: bool,
    /// What stands after the word.
    pub(crate) rest: String,
}

impl Summary {
    pub(crate) fn of(report: &Report) -> Self {
        let summary = &report.summary;
        let errors = report.diagnostics.iter().filter(|found| found.severity == Severity::Error.name());
        let (known_errors, errors): (Vec<_>, Vec<_>) = errors.partition(|found| found.known);
        let (known_errors, errors) = (known_errors.len(), errors.len());
        let warnings = report.diagnostics.len() - errors - known_errors;
        let mut parts: Vec<String> = Vec::new();
        let news = |status: Status| {
            let known = report.examples.iter().filter(|example| example.known && example.status == status);
            summary.count(status).saturating_sub(known.count())
        };
        for status in Status::ALL {
            let count = news(status);
            if count > 0 {
                parts.push(format!("{count} {}", status.words()));
            }
        }
        let known = summary.known + known_errors;
        for (count, one, many) in [
            (errors, "error", "errors"),
            (warnings, "warning", "warnings"),
            (known, "known failure of the baseline", "known failures of the baseline"),
        ] {
            if count > 0 {
                parts.push(counted(count, one, many));
            }
        }
        let good = succeeded(report);
        let python = report
            .python
            .as_ref()
            .map_or_else(String::new, |python| format!(" on {} {}", python.implementation, python.version));
        let confined = report.python.as_ref().and_then(|_| confined(&report.isolation)).unwrap_or_default();
        let details = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
        let of = match (good, news(Status::Failed)) {
            (true, _) => String::new(),
            (false, 0) if errors > 0 => format!("{}, and none of ", counted(errors, "error", "errors")),
            (false, 0) => "none of ".to_owned(),
            (false, failed) => format!("{failed} of "),
        };
        let rest = format!(
            "{of}{} in {}{python}{confined} in {:.2} s{details}",
            examples(summary.examples),
            counted(summary.pages, "page", "pages"),
            summary.duration_ms / 1e3,
        );
        Self { word: if good { "verified" } else { "failed:" }, good, rest }
    }
}

/// By what the examples were kept from files and network, in a few words behind the Python that ran them.
fn confined(isolation: &Isolation) -> Option<String> {
    let by = [isolation.filesystem.as_str(), isolation.network.as_str()];
    let by: Vec<&str> = by.into_iter().filter(|how| !matches!(*how, "" | "none")).collect();
    (!by.is_empty()).then(|| format!(" (confined by {})", by.join(", ")))
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

#[cfg(test)]
mod tests {
    use super::confined;
    use exemplar_model::report::Isolation;

    #[test]
    fn what_confined_the_examples_is_said_in_a_few_words() {
        for (filesystem, network, expected) in [
            ("landlock", "seccomp", Some(" (confined by landlock, seccomp)")),
            ("landlock, in part", "", Some(" (confined by landlock, in part)")),
            ("none", "seccomp", Some(" (confined by seccomp)")),
            ("none", "none", None),
        ] {
            let [filesystem, network, memory] = [filesystem, network, "none"].map(str::to_owned);
            assert_eq!(confined(&Isolation { filesystem, network, memory }).as_deref(), expected);
        }
    }
}
