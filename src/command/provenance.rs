//! How a book came about: what its colophon says.
//!
//! All of it is a fact about the book and not about the moment, so that two builds of one revision are the same: the date is
//! `SOURCE_DATE_EPOCH`'s, or that of the revision.

use std::process::Command;

use exemplar_model::report::Summary;
use exemplar_verify::load::project::BookLayout;
use exemplar_verify::pipeline::Verified;

/// What is known.
pub(crate) struct Provenance {
    /// A name and a value a line.
    pub(crate) lines: Vec<(String, String)>,
    /// When, in seconds since 1970.
    pub(crate) date: Option<i64>,
}

/// Gathers it.
pub(crate) fn of(layout: &BookLayout, verified: &Verified) -> Provenance {
    let revision = git(layout, &["rev-parse", "--short=12", "HEAD"]);
    let changed = git(layout, &["status", "--porcelain", "--", "."]).is_some_and(|found| !found.is_empty());
    let stated = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.trim().parse().ok());
    let date = stated.or_else(|| git(layout, &["show", "-s", "--format=%ct", "HEAD"])?.parse().ok());
    let mut lines = Vec::new();
    let mut push = |name: &str, value: String| lines.push((name.to_owned(), value));
    if let Some(seconds) = date {
        push("Edition of", exemplar_pdf::day(seconds));
    }
    if let Some(revision) = revision {
        push("Revision", if changed { format!("{revision}, with changes") } else { revision });
    }
    if let Some(python) = &verified.report.python {
        push("Run with", format!("{} {}", python.implementation, python.version));
    }
    let Summary { examples, passed: compared, ran, .. } = verified.report.summary;
    let run = compared + ran;
    let others = examples - run;
    let mut examples = format!("{run} run, {compared} of them with an output that was compared");
    if others > 0 {
        examples.push_str(&format!("; {others} not run, each marked"));
    }
    push("Examples", examples);
    push("Made with", format!("Exemplar {}", env!("CARGO_PKG_VERSION")));
    Provenance { lines, date }
}

/// What git says about the book's folder; nothing where there is no git, or no repository.
fn git(layout: &BookLayout, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(&layout.root).args(arguments).output().ok()?;
    let text = output.status.success().then(|| String::from_utf8(output.stdout).ok())??;
    Some(text.trim().to_owned())
}
