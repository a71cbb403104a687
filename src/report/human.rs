//! The report for people: what is wrong, where, and what to do; then one line that sums up.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};

use annotate_snippets::{Group, Level, Renderer};
use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use exemplar_model::diagnostic::{Diagnostic, Severity};
use exemplar_model::report::{Isolation, Report, ReportedExample};
use exemplar_model::source::{SourceMap, Span};

use super::diff;
use super::event::{Event, Reporter, code_of, consequences, is_news, message_of};
use super::excerpt::{Mark, excerpt};
use super::summary::{Summary, slowest};
use super::text::{escaped, replaced, visible};
use crate::failure::Failure;

const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const LOUD: Style = AnsiColor::Yellow.on_default().bold();

/// Standard output, coloured where it is a terminal that takes it.
pub(crate) fn standard_output() -> AutoStream<io::Stdout> {
    AutoStream::auto(io::stdout())
}

/// Standard error, likewise.
pub(crate) fn standard_error() -> AutoStream<io::Stderr> {
    AutoStream::auto(io::stderr())
}

/// Whether standard error is coloured.
pub(super) fn standard_error_is_coloured() -> bool {
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

/// Clears the screen, where standard output is one.
pub(crate) fn clear() {
    let mut out = io::stdout();
    if out.is_terminal() {
        let _ = write!(out, "\x1b[2J\x1b[3J\x1b[H");
        let _ = out.flush();
    }
}

/// Says something that is neither result nor failure.
pub(crate) fn note(text: &str) {
    let _ = writeln!(standard_error(), "{BOLD}note{BOLD:#}: {}", escaped(text));
}

/// The report for people, written as the events come.
pub(crate) struct Human<'a, S: RawStream + AsLockedWrite> {
    /// The files that are quoted.
    pub(crate) sources: &'a SourceMap,
    /// How many of the slowest sessions are named.
    pub(crate) durations: usize,
    /// How many warnings of each code there were so far.
    pub(crate) warnings: BTreeMap<&'static str, usize>,
    /// Where it goes.
    pub(crate) out: &'a mut AutoStream<S>,
}

impl<S: RawStream + AsLockedWrite> Reporter for Human<'_, S> {
    fn event(&mut self, event: &Event<'_>) -> io::Result<()> {
        match event {
            Event::Diagnostic { placed, .. } if placed.known => Ok(()),
            Event::Diagnostic { found, .. } if found.severity == Severity::Warning => {
                let count = self.warnings.entry(found.code).or_default();
                *count += 1;
                if *count <= MOST_WARNINGS { diagnostic(self.sources, found, self.out) } else { Ok(()) }
            }
            Event::Diagnostic { found, .. } => diagnostic(self.sources, found, self.out),
            Event::Example { span, result, followers } if is_news(result) => {
                example(self.sources, *span, result, followers, self.out)
            }
            Event::Example { .. } => Ok(()),
            Event::Finished(report) => {
                more_warnings(&self.warnings, self.out)?;
                finish(report, self.durations, self.out)
            }
        }
    }
}

/// The most warnings of one code that are shown: a habit of the author's is told in a few, and hundreds of them hide the errors.
const MOST_WARNINGS: usize = 3;

/// How many warnings were left out.
fn more_warnings<S: RawStream + AsLockedWrite>(
    warnings: &BTreeMap<&'static str, usize>,
    out: &mut AutoStream<S>,
) -> io::Result<()> {
    let more = warnings.iter().filter_map(|(code, count)| {
        let more = count.checked_sub(MOST_WARNINGS).filter(|&more| more > 0)?;
        Some(format!("{more} of `{code}`"))
    });
    let more: Vec<String> = more.collect();
    if more.is_empty() {
        return Ok(());
    }
    writeln!(out, "{LOUD}more warnings{LOUD:#}: {}", more.join(", "))?;
    writeln!(
        out,
        "   {BOLD}help{BOLD:#}: `--format json` lists them all, `exemplar explain CODE` says what one means\n"
    )
}

/// What is said of the run as a whole.
fn finish<S: RawStream + AsLockedWrite>(
    report: &Report,
    durations: usize,
    out: &mut AutoStream<S>,
) -> io::Result<()> {
    if let Some(open) = report.python.as_ref().and_then(|_| unconfined(&report.isolation)) {
        writeln!(out, "{LOUD}warning{LOUD:#}: {open}")?;
        writeln!(
            out,
            "   {BOLD}help{BOLD:#}: with `isolation = \"require\"` in the settings, nothing runs where that is so\n"
        )?;
    }
    let slowest = slowest(report, durations);
    if !slowest.is_empty() {
        writeln!(out, "{BOLD}slowest{BOLD:#}:")?;
        for (session, seconds) in slowest {
            writeln!(out, "   {seconds:>7.2} s  {}", escaped(session))?;
        }
        writeln!(out)?;
    }
    let Summary { word, good, rest } = Summary::of(report);
    let style = if good { GOOD } else { BAD };
    writeln!(out, "{style}{word}{style:#} {rest}")
}

/// Diagnostics with their source lines, for when there will be no report. When nobody reads them there is nobody to tell.
pub(crate) fn diagnostics<S: RawStream + AsLockedWrite>(
    sources: &SourceMap,
    found: &[Diagnostic],
    out: &mut AutoStream<S>,
) {
    for found in found {
        let _ = diagnostic(sources, found, out);
    }
}

fn diagnostic<S: RawStream + AsLockedWrite>(
    sources: &SourceMap,
    diagnostic: &Diagnostic,
    out: &mut AutoStream<S>,
) -> io::Result<()> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut marks = vec![Mark { range: diagnostic.span.range(), label: None }];
    let labels = diagnostic.labels.iter().filter(|label| label.span.file == diagnostic.span.file);
    marks.extend(labels.map(|label| Mark { range: label.span.range(), label: Some(&label.text) }));
    let mut group = Group::with_title(level.primary_title(escaped(&diagnostic.message)).id(diagnostic.code))
        .element(excerpt(sources.file(diagnostic.span.file), &marks));
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(escaped(help)));
    }
    writeln!(out, "{}\n", rendered(group))
}

/// A failing example: its code, what is wrong, the difference, what to do.
fn example<S: RawStream + AsLockedWrite>(
    sources: &SourceMap,
    span: Span,
    result: &ReportedExample,
    followers: &[&ReportedExample],
    out: &mut AutoStream<S>,
) -> io::Result<()> {
    let file = sources.file(span.file);
    let (code, message) = (code_of(result), message_of(result));
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
    if result.dropped > 0 {
        writeln!(
            out,
            "   {BOLD}dropped{BOLD:#}: {} bytes behind that, until it was stopped",
            result.dropped
        )?;
    }
    if let Some(stderr) = result.stderr.as_ref().filter(|stderr| !stderr.trim().is_empty()) {
        quote(out, "stderr", stderr)?;
    }
    if let Some(hint) = &result.hint {
        writeln!(out, "   {BOLD}help{BOLD:#}: {}", escaped(hint))?;
    }
    if let Some(said) = consequences(followers) {
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

/// What the examples were not kept from, as the system can't or the settings say so.
fn unconfined(isolation: &Isolation) -> Option<String> {
    let open = [(&isolation.filesystem, "files (Landlock)"), (&isolation.network, "the network (seccomp)")];
    let open: Vec<&str> = open.iter().filter(|(how, _)| *how == "none").map(|(_, what)| *what).collect();
    (!open.is_empty()).then(|| format!("the examples ran without confinement of {}", open.join(" and ")))
}

fn rendered(group: Group<'_>) -> String {
    replaced(&Renderer::styled().render(&[group])).into_owned()
}

#[cfg(test)]
mod tests {
    use super::unconfined;
    use exemplar_model::report::Isolation;

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
