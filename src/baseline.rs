//! The baseline: the failures that an adopter knows of, so that only new ones fail a run.
//!
//! A failure is recognised by its file, its code, what its source says, and which one of several equal ones it is; so it may move about
//! in its file. What follows from a known failure is known too and needs no entry. Errors that are no example's result are remembered
//! likewise, by the line that they are about.
//!
//! The file is JSON with one entry a line, sorted, so that two changes of it merge in git. Files are named from the folder that it lies
//! in. A run says something about the files that it read, and about those that are gone: entries of all others stay as they are.

use std::collections::{BTreeSet, HashMap};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use exemplar_model::diagnostic::Severity;
use exemplar_model::report::{Report, ReportedExample, Status};
use exemplar_verify::pipeline::Verified;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::atomic;
use crate::failure::Failure;

/// The version of the file's form.
const VERSION: u32 = 1;

/// The most characters of a source that an entry shows. They are for those who read the file, and tell nothing apart.
const MOST_SHOWN: usize = 60;

/// The failures that are known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Baseline {
    failures: BTreeSet<Entry>,
}

/// A failure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Entry {
    /// Its file, from the baseline's folder.
    file: String,
    /// What is wrong.
    code: String,
    /// Of its source.
    hash: String,
    /// Which one of those that are equal in all this, from 1.
    nth: usize,
    /// How its source begins.
    shown: String,
}

impl Entry {
    /// Whether these are the same failure.
    fn is(&self, other: &Self) -> bool {
        (&self.file, &self.code, &self.hash, self.nth) == (&other.file, &other.code, &other.hash, other.nth)
    }
}

#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    failures: Vec<Entry>,
}

/// What a run found out about a baseline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Compared {
    /// The known failures that are no failures any more, in words.
    pub(crate) fixed: Vec<String>,
    /// How many failures are known now.
    pub(crate) known: usize,
}

impl Baseline {
    /// Reads a baseline.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let wrong = |cause: String| Failure::Baseline { path: path.to_owned(), cause };
        let text = fs_err::read_to_string(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => wrong("there is no such file; `--update-baseline` makes it".to_owned()),
            _ => wrong(error.to_string()),
        })?;
        let value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => {
                return Err(wrong(format!(
                    "it has version {version}, and this exemplar knows version {VERSION}; use the exemplar that wrote it, or write it anew: remove it and run with `--update-baseline`"
                )));
            }
            None => return Err(wrong("it has no `version`: it is no baseline".to_owned())),
        }
        let written: Written = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { failures: written.failures.into_iter().collect() })
    }

    /// Writes it.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        atomic::write(path, self.text().as_bytes()).map_err(Failure::File)
    }

    fn text(&self) -> String {
        let entry = |entry| serde_json::to_string(entry).expect("an entry is texts and a number");
        let entries: Vec<String> = self.failures.iter().map(entry).collect();
        let lines = entries.iter().map(|entry| format!("\n    {entry}")).collect::<Vec<_>>().join(",");
        let end = if entries.is_empty() { "" } else { "\n  " };
        format!("{{\n  \"version\": {VERSION},\n  \"failures\": [{lines}{end}]\n}}\n")
    }

    fn knows(&self, entry: &Entry) -> bool {
        self.failures.iter().any(|known| known.is(entry))
    }

    /// Compares a run with the baseline that lies at `path`, as it is or, with `update`, as it is from now on; marks what is known.
    pub(crate) fn apply(
        mut self,
        verified: &mut Verified,
        path: &Path,
        working: &Path,
        update: bool,
    ) -> Result<Compared, Failure> {
        let folder = working.join(path).parent().map(Path::to_owned).unwrap_or_default();
        let found = failures(verified, |file| relative(&working.join(file), &folder));
        let read = files_of(verified, |file| relative(&working.join(file), &folder));
        let is_told_of = |file: &str| read.contains(file) || !folder.join(file).exists();
        let is_fixed =
            |known: &Entry| is_told_of(&known.file) && !found.iter().any(|(_, entry)| entry.is(known));
        let fixed: Vec<Entry> = self.failures.iter().filter(|known| is_fixed(known)).cloned().collect();
        if update {
            self.failures.retain(|known| !is_told_of(&known.file));
            self.failures.extend(found.iter().map(|(_, entry)| entry.clone()));
            self.write(path)?;
        }
        let known = found.iter().filter(|(_, entry)| self.knows(entry)).map(|&(place, _)| place).collect();
        mark(verified, &known);
        let shown = |entry: Entry| format!("{} in {}: {}", entry.code, entry.file, entry.shown);
        Ok(Compared { fixed: fixed.into_iter().map(shown).collect(), known: known.len() })
    }
}

/// Which failure of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Example(usize),
    Diagnostic(usize),
}

/// What fails the run by itself, and not because of something else.
fn failures(verified: &Verified, named: impl Fn(&str) -> String) -> Vec<(Place, Entry)> {
    let mut found = Vec::new();
    let mut equal: HashMap<(String, String, String), usize> = HashMap::new();
    let mut add = |place, file: &str, code: &str, source: &str| {
        let (file, code, hash) = (named(file), code.to_owned(), hash(source.trim()));
        let nth = equal.entry((file.clone(), code.clone(), hash.clone())).or_default();
        *nth += 1;
        let shown = source.trim().lines().next().unwrap_or_default().chars().take(MOST_SHOWN).collect();
        found.push((place, Entry { file, code, hash, nth: *nth, shown }));
    };
    for (index, example) in verified.report.examples.iter().enumerate() {
        if is_bad(example.status) && example.cause.is_none() {
            let code = example.code.as_deref().unwrap_or(example.status.words());
            add(Place::Example(index), &example.file, code, &example.source);
        }
    }
    for (index, (placed, diagnostic)) in
        verified.report.diagnostics.iter().zip(&verified.diagnostics).enumerate()
    {
        if diagnostic.severity == Severity::Error {
            let file = verified.files.sources.file(diagnostic.span.file);
            let line = &file.text()[file.line_range(placed.line)];
            add(Place::Diagnostic(index), &placed.file, &placed.code, line);
        }
    }
    found
}

fn is_bad(status: Status) -> bool {
    matches!(status, Status::Failed | Status::NotRun)
}

/// The files that a run is about, by the names that the baseline gives them.
fn files_of(verified: &Verified, named: impl Fn(&str) -> String) -> BTreeSet<String> {
    let sources = &verified.files.sources;
    let pages = verified.pages.iter().map(|page| sources.file(page.file).path());
    let parts = verified.pages.iter().flat_map(|page| &page.expanded.segments);
    let parts = parts.map(|segment| sources.file(segment.origin.file).path());
    let diagnostics = verified.report.diagnostics.iter().map(|found| found.file.as_str());
    pages.chain(parts).chain(diagnostics).map(named).collect()
}

fn hash(source: &str) -> String {
    Sha256::digest(source).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A path from a folder; both absolute.
fn relative(path: &Path, folder: &Path) -> String {
    let plain =
        |path: &Path| path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>();
    let (path, folder) = (plain(path), plain(folder));
    let shared = path.components().zip(folder.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(path.components().skip(shared)).collect();
    path.to_string_lossy().into_owned()
}

/// Marks these failures, and what follows from them.
fn mark(verified: &mut Verified, known: &BTreeSet<Place>) {
    let Report { examples, diagnostics, summary, .. } = &mut verified.report;
    for (index, found) in diagnostics.iter_mut().enumerate() {
        found.known = known.contains(&Place::Diagnostic(index));
    }
    for (index, example) in examples.iter_mut().enumerate() {
        example.known = known.contains(&Place::Example(index));
    }
    let follows = follows_known(examples);
    for (example, follows) in examples.iter_mut().zip(follows) {
        example.known |= follows;
    }
    summary.known = examples.iter().filter(|example| example.known).count();
}

/// For each example, whether it failed or did not run because of one that is known.
fn follows_known(examples: &[ReportedExample]) -> Vec<bool> {
    let by_id: HashMap<&str, &ReportedExample> =
        examples.iter().map(|example| (example.id.as_str(), example)).collect();
    let is_known = |example: &ReportedExample| {
        let mut root = example;
        // A cause stands before what follows from it, so there is no circle; the count only makes that plain.
        for _ in 0..examples.len() {
            match root.cause.as_deref().and_then(|cause| by_id.get(cause)) {
                Some(cause) => root = cause,
                None => break,
            }
        }
        root.known
    };
    examples.iter().map(|example| is_bad(example.status) && is_known(example)).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Baseline, Entry, relative};

    fn entry(file: &str, nth: usize) -> Entry {
        let text = |text: &str| text.to_owned();
        Entry { file: text(file), code: text("stale-output"), hash: text("0a"), nth, shown: text("x \"y\"") }
    }

    #[test]
    fn it_is_read_as_it_was_written_one_entry_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.json");
        for entries in [vec![], vec![entry("b.md", 1), entry("a.md", 2), entry("a.md", 1)]] {
            let count = entries.len();
            let baseline = Baseline { failures: entries.into_iter().collect() };
            baseline.write(&path).unwrap();
            let text = fs_err::read_to_string(&path).unwrap();
            assert_eq!(text.lines().filter(|line| line.contains("stale-output")).count(), count);
            let names: Vec<&str> = text.lines().filter(|line| line.contains("file")).collect();
            assert!(names.is_sorted(), "{text}");
            assert_eq!(Baseline::read(&path).unwrap(), baseline);
        }
    }

    #[test]
    fn what_is_no_baseline_of_this_version_is_refused_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baseline.json");
        let said = |text: &str| {
            fs_err::write(&path, text).unwrap();
            Baseline::read(&path).unwrap_err().to_string()
        };
        for (text, words) in [
            ("{\"version\": 2}", "it has version 2, and this exemplar knows version 1"),
            ("{}", "it has no `version`"),
            ("[", "EOF"),
            ("{\"version\": 1, \"failures\": [{}]}", "missing field"),
        ] {
            let said = said(text);
            assert!(said.contains(words) && said.contains("baseline.json"), "{said}");
        }
        assert!(Baseline::read(Path::new("/no/such")).unwrap_err().to_string().contains("--update-baseline"));
    }

    #[test]
    fn files_are_named_from_the_baselines_folder() {
        for (path, folder, expected) in [
            ("/a/b.md", "/a", "b.md"),
            ("/a/b.md", "/a/ci/deep", "../../b.md"),
            ("/a/./b.md", "/c", "../a/b.md"),
        ] {
            assert_eq!(relative(Path::new(path), Path::new(folder)), expected);
        }
    }
}
