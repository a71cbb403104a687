//! What `list` prints: pages, their sessions and the examples of these, with ids and places.

use std::io::{self, Write};

use anstyle::Style;
use exemplar_model::fence::Treatment;
use exemplar_model::flags::Flags;
use exemplar_model::plan::{Example, ExampleKind, Expectation, Unmet};
use exemplar_model::report::Status;
use exemplar_verify::prepare::Prepared;
use serde::Serialize;

use super::event::{counted, examples};
use super::human::standard_output;
use super::text::escaped;
use crate::coverage::{Coverage, Treated};

const TITLE: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The form of the JSON. Fields are only added within a schema.
const SCHEMA: u32 = 1;

/// Everything that a check would be about.
#[derive(Debug, Serialize)]
pub(crate) struct Listing {
    schema: u32,
    pages: Vec<ListedPage>,
}

#[derive(Debug, Serialize)]
struct ListedPage {
    file: String,
    sessions: Vec<ListedSession>,
}

#[derive(Debug, Serialize)]
struct ListedSession {
    name: String,
    examples: Vec<ListedExample>,
}

#[derive(Debug, Serialize)]
struct ListedExample {
    id: String,
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    kind: &'static str,
    /// `compared`, `run`, `compiled`, `skipped`, `ignored` or `recorded`.
    treatment: &'static str,
    /// Why it is not compared, where that is known.
    reason: Option<String>,
    /// The first line of its code.
    source: String,
}

impl Listing {
    /// Lists pages that are ready to run.
    pub(crate) fn of(prepared: &Prepared) -> Self {
        let sources = &prepared.files.sources;
        let pages = prepared.pages.iter().enumerate().map(|(index, page)| {
            let sessions = prepared.sessions.iter().filter(|session| session.page == index);
            let sessions = sessions.map(|session| {
                let reported = session.examples.iter().filter(|example| example.reported);
                let examples = reported.map(|example| {
                    let (start, end) = (sources.start(example.span), sources.end(example.span));
                    let (treatment, reason) = treatment(example);
                    ListedExample {
                        id: example.id.to_string(),
                        file: sources.file(example.span.file).path().to_owned(),
                        line: start.line,
                        column: start.column,
                        end_line: end.line,
                        kind: example.kind.name(),
                        treatment,
                        reason,
                        source: example.source.lines().next().unwrap_or_default().to_owned(),
                    }
                });
                ListedSession { name: session.name.clone(), examples: examples.collect() }
            });
            ListedPage { file: sources.file(page.file).path().to_owned(), sessions: sessions.collect() }
        });
        Self { schema: SCHEMA, pages: pages.collect() }
    }
}

/// What becomes of an example, and why it is not compared.
fn treatment(example: &Example) -> (&'static str, Option<String>) {
    match &example.unmet {
        Some(Unmet::Requirement(words) | Unmet::Python(words)) => {
            return ("skipped", Some(words.to_string()));
        }
        None => {}
    }
    match &example.treatment {
        Treatment::Ignore { reason } => ("ignored", reason.as_deref().map(str::to_owned)),
        Treatment::Recorded { provenance } => ("recorded", Some(provenance.to_string())),
        Treatment::NoRun => ("compiled", Some("no_run".to_owned())),
        _ if example.flags.has(Flags::SKIP) => ("skipped", Some("the flag SKIP".to_owned())),
        _ if example.step.is_none() && example.kind == ExampleKind::Console => {
            ("ignored", Some("commands run with `run`, or with `console = true` in the settings".to_owned()))
        }
        _ if example.step.is_none() => ("ignored", None),
        Treatment::NoCheck => ("run", Some("no_check".to_owned())),
        Treatment::Check if matches!(example.expectation, Expectation::Unstated) => ("run", None),
        Treatment::Check => ("compared", None),
    }
}

/// What the fences' coverage would be, were every example as its page says.
pub(crate) fn coverage(prepared: &Prepared) -> Coverage {
    let sources = &prepared.files.sources;
    let pages = prepared.pages.iter().map(|page| sources.file(page.file).path().to_owned());
    let examples = prepared.sessions.iter().flat_map(|session| {
        session.examples.iter().filter(|example| example.reported).map(|example| {
            let (treatment, reason) = treatment(example);
            let status = match treatment {
                "compared" => Status::Passed,
                "run" => Status::Ran,
                "compiled" => Status::Compiled,
                "skipped" => Status::Skipped,
                "recorded" => Status::Recorded,
                _ => Status::Ignored,
            };
            Treated { fence: (session.page, example.fence), span: example.span, status, reason }
        })
    });
    Coverage::of(sources, pages.collect(), examples.collect())
}

/// The list for programs.
pub(crate) fn json(listing: &Listing) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, listing)?;
    writeln!(out)?;
    out.flush()
}

/// The list for people. Places stand first, in the form that terminals and editors open.
pub(crate) fn people(listing: &Listing) -> io::Result<()> {
    let mut out = standard_output();
    let (mut sessions, mut all) = (0, 0);
    for page in &listing.pages {
        writeln!(out, "{TITLE}{}{TITLE:#}", escaped(&page.file))?;
        for session in &page.sessions {
            sessions += 1;
            all += session.examples.len();
            writeln!(out, "  session {}, {}", escaped(&session.name), examples(session.examples.len()))?;
            let place = |example: &ListedExample| {
                escaped(&format!("{}:{}:{}", example.file, example.line, example.column)).into_owned()
            };
            let width = session.examples.iter().map(|example| place(example).chars().count()).max();
            let width = width.unwrap_or_default();
            for example in &session.examples {
                let how = match &example.reason {
                    Some(reason) => format!("{} ({reason})", example.treatment),
                    None => example.treatment.to_owned(),
                };
                let number = example.id.rsplit_once(':').map_or(example.id.as_str(), |(_, number)| number);
                writeln!(
                    out,
                    "    {:width$}  {TITLE}:{number:<3}{TITLE:#} {:7} {:8}  {DIM}{}{DIM:#}",
                    place(example),
                    example.kind,
                    escaped(&how).into_owned(),
                    escaped(&example.source)
                )?;
            }
        }
    }
    let pages = counted(listing.pages.len(), "page", "pages");
    writeln!(out, "{} in {} in {pages}", examples(all), counted(sessions, "session", "sessions"))
}
