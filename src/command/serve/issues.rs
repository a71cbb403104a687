//! What browsers are told of a page that is not as it says.

use exemplar_model::diagnostic::Severity;
use exemplar_model::report::{ReportedDiagnostic, ReportedExample, Status};
use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use crate::report::event::message_of;

/// The most lines of a difference that are shown.
const MAX_LINES: usize = 60;

/// Something that is not as the page says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Issue {
    file: String,
    line: usize,
    code: String,
    message: String,
    hint: Option<String>,
    /// The lines of what is stated and what was printed: `-`, `+` or a space, and the line.
    diff: Vec<(char, String)>,
    /// What mends it, to be typed.
    fix: Option<String>,
}

impl Issue {
    /// Of an example; none where nothing is wrong with it, or only because of another one.
    pub(super) fn of_example(example: &ReportedExample) -> Option<Self> {
        if example.status != Status::Failed || example.cause.is_some() {
            return None;
        }
        let code = example.code.as_deref().unwrap_or_default().to_owned();
        let fix = (code == "stale-output").then(|| format!("exemplar fix {}:{}", example.file, example.line));
        Some(Self {
            file: example.file.to_string(),
            line: example.failed_line.unwrap_or(example.line),
            message: message_of(example).to_owned(),
            hint: example.hint.as_deref().map(str::to_owned),
            diff: match (&example.expected, &example.actual) {
                (Some(expected), Some(actual)) => difference(expected, actual),
                (None, Some(actual)) => difference("", actual),
                _ => Vec::new(),
            },
            code,
            fix,
        })
    }

    /// Of an error that is no example's.
    pub(super) fn of_diagnostic(found: &ReportedDiagnostic) -> Option<Self> {
        (found.severity == Severity::Error.name()).then(|| Self {
            file: found.file.clone(),
            line: found.line,
            code: found.code.clone(),
            message: found.message.clone(),
            hint: found.help.clone(),
            diff: Vec::new(),
            fix: None,
        })
    }
}

fn difference(expected: &str, actual: &str) -> Vec<(char, String)> {
    let diff = TextDiff::from_lines(expected, actual);
    let lines = diff.iter_all_changes().map(|change| {
        let sign = match change.tag() {
            ChangeTag::Equal => ' ',
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        };
        (sign, change.value().trim_end_matches('\n').to_owned())
    });
    lines.take(MAX_LINES).collect()
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn a_difference_is_told_line_by_line() {
        let lines = difference("one\ntwo\n", "one\n2\n");
        let lines: Vec<_> = lines.iter().map(|(sign, line)| format!("{sign}{line}")).collect();
        assert_eq!(lines, [" one", "-two", "+2"]);
    }
}
