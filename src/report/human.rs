//! The report for people: what is wrong, where, and what to do; then one line that sums up.

use std::collections::HashMap;
use std::io::{self, Write};

use annotate_snippets::{Group, Level, Renderer};
use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use exemplar_model::diagnostic::{Diagnostic, Severity};
use exemplar_model::report::{Isolation, Report, ReportedExample, Status};
use exemplar_model::source::{SourceMap, Span};
use exemplar_verify::pipeline::Verified;

use super::diff;
use super::excerpt::{Mark, excerpt};
use super::text::{escaped, replaced, visible};
use crate::failure::Failure;

const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const LOUD: Style = AnsiColor::Yellow.on_default().bold();

/// Standard output, coloured where it is a terminal that takes it.
pub(crate) fn standard_output() -> AutoStream<io::Stdout> {
    AutoStream::auto(io::stdout())
}

/// Standard error, likewise.
pub(crate) fn standard_error() -> AutoStream<io::Stderr> {
    AutoStream::auto(io::stderr())
}

/// Whether standard error is coloured.
pub(crate) fn standard_error_is_coloured() -> bool {
    standard_error().current_choice() != ColorChoice::Never
}

/// A file, never coloured.
pub(crate) fn to_file(file: fs_err::File) -> AutoStream<std::fs::File> {
    AutoStream::new(file.into_parts().0, ColorChoice::Never)
}

/// Says why a command could not do its work.
pub(crate) fn failure(failure: &Failure) {
    let mut out = standard_error();
    // When nobody reads standard error there is nobody to tell.
    let _ = writeln!(out, "{BAD}error{BAD:#}: {}", escaped(&failure.to_string()));
}

/// Says something that is neither result nor failure.
pub(crate) fn note(text: &str) {
    let _ = writeln!(standard_error(), "{BOLD}note{BOLD:#}: {}", escaped(text));
}

/// The whole report.
pub(crate) fn report<S: RawStream + AsLockedWrite>(
    verified: &Verified,
    out: &mut AutoStream<S>,
) -> io::Result<()> {
    let sources = &verified.files.sources;
    diagnostics(sources, &verified.diagnostics, out);
    let followers = followers(&verified.report);
    for (placed, result) in verified.examples.iter().zip(&verified.report.examples) {
        if result.status == Status::Failed && result.cause.is_none() {
            let followers = followers.get(result.id.as_str()).copied().unwrap_or_default();
            example(sources, placed.span, result, followers, out)?;
        }
    }
    if let Some(open) = verified.report.python.as_ref().and_then(|_| unconfined(&verified.report.isolation)) {
        writeln!(out, "{LOUD}warning{LOUD:#}: {open}")?;
        writeln!(
            out,
            "   {BOLD}help{BOLD:#}: with `isolation = \"require\"` in the settings, nothing runs where that is so\n"
        )?;
    }
    summary(&verified.report, out)
}

/// Diagnostics with their source lines.
pub(crate) fn diagnostics<S: RawStream + AsLockedWrite>(
    sources: &SourceMap,
    found: &[Diagnostic],
    out: &mut AutoStream<S>,
) {
    for diagnostic in found {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut marks = vec![Mark { range: diagnostic.span.range(), label: None }];
        let labels = diagnostic.labels.iter().filter(|label| label.span.file == diagnostic.span.file);
        marks.extend(labels.map(|label| Mark { range: label.span.range(), label: Some(&label.text) }));
        let mut group =
            Group::with_title(level.primary_title(escaped(&diagnostic.message)).id(diagnostic.code))
                .element(excerpt(sources.file(diagnostic.span.file), &marks));
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(escaped(help)));
        }
        let _ = writeln!(out, "{}\n", rendered(group));
    }
}

/// A failing example: its code, what is wrong, the difference, what to do.
fn example<S: RawStream + AsLockedWrite>(
    sources: &SourceMap,
    span: Span,
    result: &ReportedExample,
    followers: Followers,
    out: &mut AutoStream<S>,
) -> io::Result<()> {
    let file = sources.file(span.file);
    let code = result.code.as_deref().unwrap_or("failed");
    let message = result.message.as_deref().unwrap_or("this example failed");
    let mut marks = vec![Mark { range: span.range(), label: None }];
    if let Some(line) = result.failed_line.filter(|&line| line != result.line) {
        let label = if code == "timeout" { "it hangs here" } else { "it fails here" };
        marks.push(Mark { range: file.line_range(line), label: Some(label) });
    }
    let title = Level::ERROR.primary_title(escaped(message)).id(code);
    writeln!(out, "{}", rendered(Group::with_title(title).element(excerpt(file, &marks))))?;
    let cut_short = matches!(code, "crash" | "timeout" | "output-limit");
    let actual = result.actual.as_deref().unwrap_or_default();
    match &result.expected {
        Some(expected) if !cut_short && !expected.is_empty() && expected != actual => {
            diff::write(out, expected, actual)?;
        }
        _ if !actual.is_empty() => {
            quote(out, if cut_short { "printed before that" } else { "printed" }, actual)?;
        }
        _ => {}
    }
    if let Some(stderr) = result.stderr.as_ref().filter(|stderr| !stderr.trim().is_empty()) {
        quote(out, "stderr", stderr)?;
    }
    if let Some(hint) = &result.hint {
        writeln!(out, "   {BOLD}help{BOLD:#}: {}", escaped(hint))?;
    }
    if let Some(said) = followers.words() {
        writeln!(out, "   {BOLD}note{BOLD:#}: {said}")?;
    }
    writeln!(out)
}

/// The most lines of a text that are quoted.
const QUOTED_LINES: usize = 20;

/// A text that belongs to a failure.
fn quote<S: RawStream + AsLockedWrite>(out: &mut AutoStream<S>, title: &str, text: &str) -> io::Result<()> {
    writeln!(out, "   {BOLD}{title}{BOLD:#}:")?;
    for line in text.lines().take(QUOTED_LINES) {
        writeln!(out, "     {}", visible(line))?;
    }
    match text.lines().count().saturating_sub(QUOTED_LINES) {
        0 => Ok(()),
        more => writeln!(out, "     … and {more} more lines"),
    }
}

/// How many examples suffer from another one.
#[derive(Clone, Copy, Default)]
struct Followers {
    failed: usize,
    not_run: usize,
}

impl Followers {
    fn words(self) -> Option<String> {
        let failed =
            (self.failed > 0).then(|| format!("{} later failed because of it", examples(self.failed)));
        let not_run = (self.not_run > 0).then(|| format!("{} after it did not run", examples(self.not_run)));
        match (failed, not_run) {
            (Some(failed), Some(not_run)) => Some(format!("{failed}, and {not_run}")),
            (one, other) => one.or(other),
        }
    }
}

/// By the id of the example that they suffer from.
fn followers(report: &Report) -> HashMap<&str, Followers> {
    let mut followers: HashMap<&str, Followers> = HashMap::new();
    for example in &report.examples {
        let Some(cause) = &example.cause else { continue };
        let followers = followers.entry(cause).or_default();
        match example.status {
            Status::NotRun => followers.not_run += 1,
            _ => followers.failed += 1,
        }
    }
    followers
}

/// What the examples were not kept from, as the system can't or the settings say so.
fn unconfined(isolation: &Isolation) -> Option<String> {
    let open = [(&isolation.filesystem, "files (Landlock)"), (&isolation.network, "the network (seccomp)")];
    let open: Vec<&str> = open.iter().filter(|(how, _)| *how == "none").map(|(_, what)| *what).collect();
    (!open.is_empty()).then(|| format!("the examples ran without confinement of {}", open.join(" and ")))
}

/// By what the examples were kept from files and network, in a few words behind the Python that ran them.
fn confined(isolation: &Isolation) -> Option<String> {
    let by = [isolation.filesystem.as_str(), isolation.network.as_str()];
    let by: Vec<&str> = by.into_iter().filter(|how| !matches!(*how, "" | "none")).collect();
    (!by.is_empty()).then(|| format!(" (confined by {})", by.join(", ")))
}

/// One line that reads well in a log.
fn summary<S: RawStream + AsLockedWrite>(report: &Report, out: &mut AutoStream<S>) -> io::Result<()> {
    let summary = &report.summary;
    let errors = report.diagnostics.iter().filter(|found| found.severity == Severity::Error.name()).count();
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
            parts.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    }
    let good = exemplar_verify::report::succeeded(report);
    let (style, word) = if good { (GOOD, "verified") } else { (BAD, "failed") };
    let python = report
        .python
        .as_ref()
        .map_or_else(String::new, |python| format!(" on {} {}", python.implementation, python.version));
    let confined = report.python.as_ref().and_then(|_| confined(&report.isolation)).unwrap_or_default();
    let pages = if summary.pages == 1 { "1 page".to_owned() } else { format!("{} pages", summary.pages) };
    let details = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    writeln!(
        out,
        "{style}{word}{style:#} {} in {pages}{python}{confined} in {:.2} s{details}",
        examples(summary.examples),
        summary.duration_ms / 1e3,
    )
}

fn examples(count: usize) -> String {
    if count == 1 { "1 example".to_owned() } else { format!("{count} examples") }
}

fn rendered(group: Group<'_>) -> String {
    replaced(&Renderer::styled().render(&[group])).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{confined, unconfined};
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

    #[test]
    fn what_was_not_confined_is_said() {
        for (filesystem, network, expected) in [
            ("landlock 7", "seccomp", None),
            ("landlock 7", "", None),
            ("none", "seccomp", Some("files (Landlock)")),
            ("landlock 7", "none", Some("the network (seccomp)")),
            ("none", "none", Some("files (Landlock) and the network (seccomp)")),
        ] {
            let [filesystem, network, memory] = [filesystem, network, "none"].map(str::to_owned);
            let said = unconfined(&Isolation { filesystem, network, memory });
            let expected = expected.map(|open| format!("the examples ran without confinement of {open}"));
            assert_eq!(said, expected);
        }
    }
}
