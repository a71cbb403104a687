//! Options of `check` that concern which pages are checked, in which order, and how strictly.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::run::{copy, exemplar, guarded, report, run, workspace};

/// A folder with pages of several sessions.
fn pages() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for case in ["foreign-folder", "mixed-page", "included-code"] {
        copy(&workspace().join("tests/cases").join(case).join("in"), &folder.path().join(case));
    }
    folder
}

fn ids(report: &Value) -> Vec<String> {
    report["examples"].as_array().unwrap().iter().map(|example| example["id"].to_string()).collect()
}

#[test]
fn the_order_of_sessions_changes_nothing() {
    let folder = pages();
    let first = report(folder.path(), &["."]);
    for seed in ["0", "1", "18446744073709551615"] {
        assert_eq!(first, report(folder.path(), &[".", "--shuffle", seed]), "{seed}");
    }
}

#[test]
fn the_parts_of_a_run_are_all_of_it() {
    let folder = pages();
    let whole = report(folder.path(), &["."]);
    for count in 1..=5 {
        let mut parts = Vec::new();
        let mut diagnostics = 0;
        for index in 1..=count {
            let part = report(folder.path(), &[".", "--partition", &format!("{index}/{count}")]);
            parts.extend(ids(&part));
            diagnostics += part["diagnostics"].as_array().unwrap().len();
        }
        parts.sort();
        let mut all = ids(&whole);
        all.sort();
        assert_eq!(parts, all, "{count} parts");
        assert_eq!(diagnostics, whole["diagnostics"].as_array().unwrap().len(), "{count} parts");
    }
}

#[test]
fn what_is_wrong_with_the_list_of_chapters_is_said_in_one_part() {
    let folder = tempfile::tempdir().unwrap();
    copy(&workspace().join("tests/cases/missing-parts/in"), folder.path());
    let count = |part: &str| {
        let report = report(folder.path(), &["--partition", part]);
        let found = report["diagnostics"].as_array().unwrap().clone();
        found.iter().filter(|found| found["code"] == "missing-chapter").count()
    };
    assert!(count("1/1") > 0);
    assert_eq!((count("1/2"), count("2/2")), (count("1/1"), 0));
}

/// Runs `exemplar` with this on standard input.
fn with_input(folder: &std::path::Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = guarded(&exemplar(), folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn the_text_of_an_editor_takes_the_place_of_its_page() {
    let folder = tempfile::tempdir().unwrap();
    copy(&workspace().join("tests/cases/included-code/in"), folder.path());
    let page = fs_err::read_to_string(folder.path().join("src/SUMMARY.md")).unwrap();
    let page = "src/".to_owned() + page.split('(').nth(1).unwrap().split(')').next().unwrap();
    let saved = fs_err::read(folder.path().join(&page)).unwrap();
    let json = |arguments: &[&str], text: &[u8]| -> Value {
        let all = [&["check", "--format", "json"], arguments].concat();
        let output = with_input(folder.path(), &all, text);
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    };
    // The same text gives the same results, through includes and settings.
    let unsaved = json(&["-", "--stdin-path", &page], &saved);
    let on_disk = json(&[&page], b"");
    assert_eq!(ids(&unsaved), ids(&on_disk));
    assert_eq!(unsaved["diagnostics"], on_disk["diagnostics"]);
    assert!(!ids(&unsaved).is_empty());
    // Another text is checked instead of what is saved, and nothing is written.
    let other = json(&["-", "--stdin-path", &page], b"```python\n>>> 1\n2\n```\n");
    assert_eq!(other["examples"][0]["file"], page.as_str());
    assert_eq!(other["examples"][0]["line"], 2);
    assert_eq!(other["summary"]["failed"], 1);
    assert_eq!(fs_err::read(folder.path().join(&page)).unwrap(), saved);
    // A page that is not saved yet, one without examples, and one that is not UTF-8.
    let new = |text: &[u8]| with_input(folder.path(), &["check", "-", "--stdin-path", "src/new.md"], text);
    assert_eq!(new(b"```python\n>>> 1\n1\n```\n").status.code(), Some(0));
    assert_eq!(new(b"no example").status.code(), Some(0));
    assert_eq!(new(b"\xff").status.code(), Some(1));
    for wrong in [
        &["check", "-"][..],
        &["check", "a.md", "--stdin-path", "a.md"],
        &["check", "-", "a.md", "--stdin-path", "a.md"],
    ] {
        assert_eq!(with_input(folder.path(), wrong, b"").status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn a_list_has_the_examples_of_a_report_and_runs_nothing() {
    let folder = pages();
    let output = guarded(&exemplar(), folder.path())
        .args(["list", ".", "--format", "json"])
        .env("EXEMPLAR_WORKER", "/no/such/worker")
        .output()
        .unwrap();
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut listed: Vec<String> = Vec::new();
    for page in list["pages"].as_array().unwrap() {
        for session in page["sessions"].as_array().unwrap() {
            listed.extend(
                session["examples"].as_array().unwrap().iter().map(|example| example["id"].to_string()),
            );
        }
    }
    let mut reported = ids(&report(folder.path(), &["."]));
    listed.sort();
    reported.sort();
    assert_eq!(listed, reported);
}

#[test]
fn nothing_but_the_report_is_printed_where_there_is_no_terminal() {
    let folder = pages();
    for format in ["human", "json", "junit", "sarif"] {
        let output = run(folder.path(), &["check", ".", "--format", format]);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
        assert!(!output.stdout.contains(&0x1b), "{format}");
    }
}
