//! The cases of `tests/cases`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde::Deserialize;
use snapbox::data::DataFormat;
use snapbox::{Assert, Data};

use crate::run::{copy, exemplar, guarded, without_durations, workspace};

/// `case.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows, in a sentence.
    about: String,
    /// The command line. `[FOLDER]` stands for the temporary folder.
    arguments: Vec<String>,
    /// The exit code.
    status: i32,
    /// Variables of the environment. `[WORKSPACE]` stands for the workspace.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// Whether the JSON report is compared with `report.json`, beside what is printed.
    #[serde(default)]
    report: bool,
    /// Files that are compared, byte by byte, with those of the same names in `out/` when the command line has ended.
    #[serde(default)]
    files: Vec<String>,
    /// A rendered page whose `<main>` is compared with `page.html`.
    page: Option<String>,
}

#[test]
fn every_case_comes_out_as_written() {
    let mut failed = Vec::new();
    for folder in cases() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let outcome = std::panic::catch_unwind(|| check(&folder));
        if outcome.is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "these cases failed: {failed:?}");
}

fn cases() -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs_err::read_dir(workspace().join("tests/cases"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

fn check(folder: &Path) {
    let text = fs_err::read_to_string(folder.join("case.toml")).unwrap();
    let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    assert!(!case.about.is_empty());
    let temporary = tempfile::tempdir().unwrap();
    let work = temporary.path().canonicalize().unwrap().join("work");
    copy(&folder.join("in"), &work);
    let report = temporary.path().join("report.json");
    let mut command = guarded(&exemplar(), &work);
    command.args(case.arguments.iter().map(|argument| argument.replace("[FOLDER]", &work.to_string_lossy())));
    if case.report {
        command.args(["--format", "human", "--format", "json", "--output"]).arg(&report);
    }
    let environment = case.environment.iter();
    let environment =
        environment.map(|(name, value)| (name, value.replace("[WORKSPACE]", &workspace().to_string_lossy())));
    let output = command.envs(environment).output().unwrap();
    let plain = |bytes: &[u8]| redact(&String::from_utf8_lossy(bytes), &work);
    let (stdout, stderr) = (plain(&output.stdout), plain(&output.stderr));
    println!("{}: {}\n{stdout}\n{stderr}", folder.display(), case.about);
    assert_eq!(output.status.code(), Some(case.status), "the exit code of {}", folder.display());
    compare(&stdout, &folder.join("stdout.txt"));
    compare(&stderr, &folder.join("stderr.txt"));
    for file in &case.files {
        compare_bytes(&fs_err::read(work.join(file)).unwrap(), &folder.join("out").join(file));
    }
    if let Some(page) = &case.page {
        let html = fs_err::read_to_string(work.join(page)).unwrap();
        compare(&redact(&main_of(&html), &work), &folder.join("page.html"));
    }
    if case.report {
        let mut value = serde_json::from_str(&fs_err::read_to_string(report).unwrap()).unwrap();
        without_durations(&mut value);
        let text = serde_json::to_string_pretty(&value).unwrap() + "\n";
        compare(&redact(&text, &work), &folder.join("report.json"));
    }
}

/// What stands in the page's `<main>`.
fn main_of(page: &str) -> String {
    let from = page.find("<main>").unwrap();
    let to = page.find("</main>").unwrap();
    page[from..to].to_owned() + "</main>\n"
}

/// What differs from machine to machine: times, the Python, the folder.
fn redact(text: &str, work: &Path) -> String {
    let text = text
        .replace(&*work.to_string_lossy(), "[FOLDER]")
        .replace(&*workspace().to_string_lossy(), "[WORKSPACE]");
    let replacements = [
        (r"CPython 3\.\d+\.\d+( \(confined by [^)]*\))?", "CPython [VERSION]"),
        (r"(exemplar embeds Python) 3\.\d+", "$1 [VERSION]"),
        (r"(use an environment of Python) 3\.\d+", "$1 [VERSION]"),
        (r"\b\d+\.\d\d s:", "[TIME] s:"),
        (r"\b\d+\.\d\d s\n", "[TIME] s\n"),
        (r"  +\d+\.\d\d s  ", "   [TIME] s  "),
        (r#" time="[\d.]+""#, " time=\"[TIME]\""),
        (r#"("version": )"3\.\d+\.\d+""#, "$1\"[VERSION]\""),
        (r#"("executable": )".*""#, "$1\"[PYTHON]\""),
        (r#"("(filesystem|network|memory)": )".*""#, "$1\"[ISOLATION]\""),
    ];
    replacements.iter().fold(text, |text, (pattern, with)| {
        Regex::new(pattern).unwrap().replace_all(&text, *with).into_owned()
    })
}

/// Line endings and all.
fn compare_bytes(actual: &[u8], expected: &Path) {
    if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
        fs_err::create_dir_all(expected.parent().unwrap()).unwrap();
        fs_err::write(expected, actual).unwrap();
    }
    let expected_bytes = fs_err::read(expected).unwrap();
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(shown(actual), shown(&expected_bytes), "{}", expected.display());
    assert_eq!(actual, expected_bytes, "{}", expected.display());
}

fn compare(actual: &str, expected: &Path) {
    let assert = Assert::new().action_env("SNAPSHOTS");
    if actual.is_empty() && !expected.exists() {
        return;
    }
    assert.eq(actual.to_owned(), Data::read_from(expected, Some(DataFormat::Text)).raw());
}
