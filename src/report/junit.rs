//! `JUnit`'s XML, as CI servers show it: a suite for each page, a test case for each example.
//!
//! What is no example's result and makes the run fail is a test case with an error, since a server that shows only green cases beside a
//! red run helps nobody. Lints are left out: the format has no word for them.

use std::io::{self, Write};
use std::time::Duration;

use exemplar_model::diagnostic::Severity;
use exemplar_model::report::{Report, ReportedExample, Status};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use super::event::{Event, KNOWN, Reporter, code_of, message_of, page_of};
use super::text::escaped;

/// The report as `JUnit`'s XML.
pub(crate) struct Junit<W: Write> {
    out: W,
    /// In the order in which their pages come up.
    suites: Vec<TestSuite>,
}

impl<W: Write> Junit<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out, suites: Vec::new() }
    }

    fn add(&mut self, page: &str, mut case: TestCase) {
        let page = escaped(page);
        case.set_classname(page.as_ref());
        let known = self.suites.iter().rposition(|suite| suite.name.as_str() == page);
        let index = known.unwrap_or_else(|| {
            self.suites.push(TestSuite::new(page.as_ref()));
            self.suites.len() - 1
        });
        self.suites[index].add_test_case(case);
    }

    fn finish(&mut self, report: &Report) -> io::Result<()> {
        let mut document = quick_junit::Report::new(&report.tool.name);
        document.set_time(Duration::from_secs_f64(report.summary.duration_ms.max(0.0) / 1e3));
        for mut suite in self.suites.drain(..) {
            suite.set_time(suite.test_cases.iter().filter_map(|case| case.time).sum());
            document.add_test_suite(suite);
        }
        let text = document.to_string().map_err(io::Error::other)?;
        writeln!(self.out, "{}", without_skipped_of_root(&text).trim_end())?;
        self.out.flush()
    }
}

impl<W: Write> Reporter for Junit<W> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Diagnostic { placed, .. } => {
                if placed.severity == Severity::Error.name() {
                    let place = format!("{}:{}:{}", placed.file, placed.line, placed.column);
                    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                    status.set_message(escaped(&placed.message)).set_type(&placed.code);
                    if placed.known {
                        status = known(&placed.message);
                    }
                    let help = placed.help.iter().map(|help| format!("\nhelp: {help}")).collect::<String>();
                    let description = format!("{place}: {}{help}", placed.message);
                    status.set_description(escaped(&description));
                    let name = format!("{} in line {}:{}", placed.code, placed.line, placed.column);
                    let mut case = TestCase::new(name, status);
                    case.set_time(Duration::ZERO);
                    self.add(&placed.file, case);
                }
            }
            Event::Example { result, .. } => {
                let mut case = TestCase::new(escaped(&result.id).as_ref(), status(result));
                case.set_time(Duration::from_secs_f64(result.duration_ms.max(0.0) / 1e3));
                self.add(page_of(result), case);
            }
            Event::Finished(report) => self.finish(report)?,
        }
        Ok(())
    }
}

/// Takes the count of skipped cases from the root: the schema of Jenkins (junit-10.xsd) has it for suites alone, and refuses the rest.
fn without_skipped_of_root(text: &str) -> String {
    let count = text.find(" skipped=\"").and_then(|from| {
        let value = from + " skipped=\"".len();
        Some(from..value + text[value..].find('"')? + 1)
    });
    let mut text = text.to_owned();
    if let Some(count) = count {
        text.replace_range(count, "");
    }
    text
}

/// What the baseline knows fails no run, and is no success either.
fn known(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(escaped(&format!("{KNOWN}: {message}")));
    status
}

fn status(result: &ReportedExample) -> TestCaseStatus {
    if result.known {
        return known(message_of(result));
    }
    match result.status {
        Status::Passed | Status::Ran | Status::Compiled => TestCaseStatus::success(),
        Status::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_message(escaped(message_of(result)))
                .set_type(code_of(result))
                .set_description(escaped(&description(result)));
            status
        }
        Status::NotRun | Status::Skipped | Status::Ignored | Status::Recorded => {
            let mut status = TestCaseStatus::skipped();
            let words = result.status.words();
            let why =
                result.message.as_ref().map_or_else(|| words.to_owned(), |why| format!("{words}: {why}"));
            status.set_message(escaped(&why));
            status
        }
    }
}

/// All that is known of a failure, as text.
fn description(result: &ReportedExample) -> String {
    let line = result.failed_line.unwrap_or(result.line);
    let mut text = format!("{}:{line}: {}\n\n{}", result.file, message_of(result), result.source);
    let parts = [
        ("the page says", &result.expected),
        ("it printed", &result.actual),
        ("stderr", &result.stderr),
        ("help", &result.hint),
        ("cause", &result.cause),
    ];
    for (title, part) in parts {
        if let Some(part) = part.as_ref().filter(|part| !part.trim().is_empty()) {
            text.push_str(&format!("\n{title}:\n{part}"));
        }
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}
