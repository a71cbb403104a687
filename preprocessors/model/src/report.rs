//! The results in the form that people and programs read: schema 1 of the JSON report (DESIGN.md, section 3).
//!
//! Fields are only added within a schema. Only durations and `cached` may differ between two runs of the same book.

use ecow::EcoString;
use serde::{Deserialize, Serialize};

/// The version of the report's form.
pub const SCHEMA: u32 = 1;

/// What became of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Run, and what it printed is what the page says.
    Passed,
    /// Run without an error; the page states no output.
    Ran,
    /// Not as the page says.
    Failed,
    /// Its requirements are not met here.
    Skipped,
    /// An earlier example ended its session.
    NotRun,
    /// Neither compiled nor run, by the author's wish.
    Ignored,
    /// Compiled only.
    Compiled,
    /// Recorded elsewhere.
    Recorded,
}

impl Status {
    /// All of them, in the order of the summary.
    pub const ALL: [Self; 8] = [
        Self::Passed,
        Self::Ran,
        Self::Failed,
        Self::Skipped,
        Self::NotRun,
        Self::Ignored,
        Self::Compiled,
        Self::Recorded,
    ];

    /// The words for people.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Ran => "ran",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::NotRun => "not run",
            Self::Ignored => "ignored",
            Self::Compiled => "compiled",
            Self::Recorded => "recorded",
        }
    }
}

/// A whole report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// The version of the report's form: [`SCHEMA`].
    #[cfg_attr(test, schemars(extend("const" = SCHEMA)))]
    pub schema: u32,
    /// What made it.
    pub tool: Tool,
    /// On which Python; none when nothing had to run.
    pub python: Option<Python>,
    /// The confinement achieved.
    pub isolation: Isolation,
    /// Counts.
    pub summary: Summary,
    /// Everything that is not an example's result.
    pub diagnostics: Vec<ReportedDiagnostic>,
    /// Every example, in source order.
    pub examples: Vec<ReportedExample>,
    /// Which part of the pages it is about, where it is not all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<Part>,
}

/// One of several parts that a run over all pages was split into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Part {
    /// Which one, from 1.
    pub index: usize,
    /// Of how many.
    pub count: usize,
    /// How many pages there are in all parts.
    pub of_pages: usize,
    /// The pages of this part.
    pub pages: Vec<PartPage>,
}

/// A page of a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PartPage {
    /// The page.
    pub file: String,
    /// Its place among all pages, from 0.
    pub place: usize,
}

/// The program that made a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tool {
    /// `exemplar`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The interpreter that ran the examples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Python {
    /// Such as `3.11.7`.
    pub version: String,
    /// Such as `CPython`.
    pub implementation: String,
    /// `sys.executable`.
    pub executable: String,
}

/// How far a session was kept from the machine; `none` where it was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Isolation {
    /// Of the file system.
    pub filesystem: String,
    /// Of the network.
    pub network: String,
    /// Of memory.
    pub memory: String,
}

/// Counts. The statuses add up to `examples`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Summary {
    /// Pages with or without examples.
    pub pages: usize,
    /// Sessions that ran or were to run.
    pub sessions: usize,
    /// Fences with examples.
    pub blocks: usize,
    /// Examples.
    pub examples: usize,
    /// Failures that are not the consequence of another one.
    pub root_causes: usize,
    /// From the start of the run to its end, in milliseconds.
    pub duration_ms: f64,
    /// See [`Status::Passed`].
    pub passed: usize,
    /// See [`Status::Ran`].
    pub ran: usize,
    /// See [`Status::Failed`].
    pub failed: usize,
    /// See [`Status::Skipped`].
    pub skipped: usize,
    /// See [`Status::NotRun`].
    pub not_run: usize,
    /// See [`Status::Ignored`].
    pub ignored: usize,
    /// See [`Status::Compiled`].
    pub compiled: usize,
    /// See [`Status::Recorded`].
    pub recorded: usize,
    /// How many of those that failed or did not run are known by the baseline.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub known: usize,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Summary {
    /// The count of a status.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        match status {
            Status::Passed => self.passed,
            Status::Ran => self.ran,
            Status::Failed => self.failed,
            Status::Skipped => self.skipped,
            Status::NotRun => self.not_run,
            Status::Ignored => self.ignored,
            Status::Compiled => self.compiled,
            Status::Recorded => self.recorded,
        }
    }

    /// Counts an example.
    pub fn add(&mut self, status: Status) {
        self.examples += 1;
        let count = match status {
            Status::Passed => &mut self.passed,
            Status::Ran => &mut self.ran,
            Status::Failed => &mut self.failed,
            Status::Skipped => &mut self.skipped,
            Status::NotRun => &mut self.not_run,
            Status::Ignored => &mut self.ignored,
            Status::Compiled => &mut self.compiled,
            Status::Recorded => &mut self.recorded,
        };
        *count += 1;
    }
}

/// A diagnostic with its place resolved. Lines and columns count from 1, columns in Unicode scalars.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReportedDiagnostic {
    /// `error` or `warning`.
    pub severity: String,
    /// Its stable name.
    pub code: String,
    /// The file, relative to the working directory where it lies below it.
    pub file: String,
    /// Where it starts.
    pub line: usize,
    /// Where it starts.
    pub column: usize,
    /// Where it ends.
    pub end_line: usize,
    /// Where it ends.
    pub end_column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Other places that explain this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<ReportedLabel>,
    /// Whether the baseline knows it, so that it fails no run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
}

/// A place that explains another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReportedLabel {
    /// The file, relative to the working directory where it lies below it.
    pub file: String,
    /// Where it starts.
    pub line: usize,
    /// Where it starts.
    pub column: usize,
    /// Where it ends.
    pub end_line: usize,
    /// Where it ends.
    pub end_column: usize,
    /// A few words about it.
    pub message: String,
}

/// An example's result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ReportedExample {
    /// `file#session:n`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub id: EcoString,
    /// The file that its code stands in.
    #[cfg_attr(test, schemars(with = "String"))]
    pub file: EcoString,
    /// The page that includes that file, where it is another one.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub included_from: Option<EcoString>,
    /// Its first code character, after prompt and prefixes.
    pub line: usize,
    /// Its first code character, after prompt and prefixes.
    pub column: usize,
    /// The last line of its code and stated output.
    pub end_line: usize,
    /// The session's name.
    #[cfg_attr(test, schemars(with = "String"))]
    pub session: EcoString,
    /// The version of the Python that it ran on, where that is not the report's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub python: Option<EcoString>,
    /// `session`, `script`, `console` or `file`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub kind: EcoString,
    /// Lab and quiz roles.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub role: Option<EcoString>,
    /// What became of it.
    pub status: Status,
    /// Whether it failed, or did not run, and the baseline knows of that, so that it fails no run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub known: bool,
    /// Why it failed, was skipped or not run: a stable name.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub code: Option<EcoString>,
    /// Its code, without prompts.
    #[cfg_attr(test, schemars(with = "String"))]
    pub source: EcoString,
    /// What the page says that it prints; none where it says nothing.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub expected: Option<EcoString>,
    /// What it printed, or the traceback that it ended in; none where it did not run.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub actual: Option<EcoString>,
    /// What reached stderr; none where it did not run.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub stderr: Option<EcoString>,
    /// The line of `file` where it failed or hung.
    pub failed_line: Option<usize>,
    /// What went wrong, in a sentence.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub message: Option<EcoString>,
    /// What to do about it.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub hint: Option<EcoString>,
    /// The example that this failure follows from.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub cause: Option<EcoString>,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// Whether the result was kept from an earlier run.
    pub cached: bool,
    /// How many bytes of its output came behind those that are kept, until it was stopped for them. It differs from run to run, so that
    /// people are told and programs are not.
    #[serde(skip)]
    pub dropped: u64,
}

#[cfg(test)]
mod tests {
    use super::Report;
    use schemars::generate::SchemaSettings;
    use std::path::Path;

    #[test]
    fn the_schema_is_the_committed_one() {
        // What a reader of a report gets: every field is there.
        let settings = SchemaSettings::default().for_serialize();
        let schema = settings.into_generator().into_root_schema_for::<Report>();
        let schema = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/report.json");
        let committed = snapbox::Data::read_from(&path, Some(snapbox::data::DataFormat::Text));
        snapbox::Assert::new().action_env("SNAPSHOTS").eq(schema, committed.raw());
    }
}
