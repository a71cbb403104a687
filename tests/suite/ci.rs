//! What CI asks for: parts and their join, the baseline from one run to the next, what `new` and `init` make.

use std::path::Path;

use serde_json::Value;

use crate::run::{copy, guarded, run, without_durations, workspace};

/// Pages of all kinds, some of them failing.
fn pages() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for case in ["foreign-folder", "mixed-page", "control-characters", "crlf", "list"] {
        copy(&workspace().join("tests/cases").join(case).join("in"), &folder.path().join(case));
    }
    folder
}

fn json(path: &Path) -> Value {
    let mut value = serde_json::from_str(&fs_err::read_to_string(path).unwrap()).unwrap();
    without_durations(&mut value);
    value
}

/// Writes the JSON report of a check into a file of the folder.
fn checked(folder: &Path, name: &str, arguments: &[&str]) -> Option<i32> {
    let all = [&["check", "--format", "json", "--output", name], arguments].concat();
    run(folder, &all).status.code()
}

#[test]
fn the_join_of_all_parts_is_the_report_of_the_whole() {
    let folder = pages();
    let root = folder.path();
    let reports = tempfile::tempdir().unwrap();
    let named = |name: &str| reports.path().join(name).to_string_lossy().into_owned();
    let status = checked(root, &named("whole.json"), &["."]);
    let whole = json(Path::new(&named("whole.json")));
    for count in [1, 2, 3, 40] {
        let files: Vec<String> = (1..=count).map(|index| named(&format!("{index}.json"))).collect();
        for (index, file) in (1..).zip(&files) {
            checked(root, file, &[".", "--partition", &format!("{index}/{count}")]);
        }
        // In any order, and where the pages are not.
        let backwards: Vec<&str> = files.iter().rev().map(String::as_str).collect();
        let joined = named("joined.json");
        let output = run(
            reports.path(),
            &[&["merge", "--format", "json", "--output", &joined], &backwards[..]].concat(),
        );
        assert_eq!(output.status.code(), status, "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(json(Path::new(&joined)), whole, "{count} parts");
        // The durations of a run even out the next one; it is whole all the same.
        for (index, file) in (1..).zip(&files) {
            let part = format!("{index}/{count}");
            checked(root, file, &[".", "--partition", &part, "--timings", &joined]);
        }
        run(reports.path(), &[&["merge", "--format", "json", "--output", &joined], &backwards[..]].concat());
        assert_eq!(json(Path::new(&joined)), whole, "{count} parts by duration");
    }
}

#[test]
fn the_join_has_every_form_that_a_check_has() {
    let folder = pages();
    checked(folder.path(), "report.json", &["."]);
    let times = regex::Regex::new(r#"\d+\.\d\d s|time="[\d.]+""#).unwrap();
    for format in ["human", "junit", "sarif", "github"] {
        let said = |arguments: &[&str]| {
            let output = run(folder.path(), &[arguments, &["--format", format]].concat());
            assert_eq!(output.status.code(), Some(1));
            let text = String::from_utf8(output.stdout).unwrap();
            times.replace_all(&text, "").into_owned()
        };
        let (joined, checked) = (said(&["merge", "report.json"]), said(&["check", "."]));
        if format == "junit" || format == "github" {
            assert_eq!(joined, checked, "{format}");
        } else {
            // Labels of diagnostics are not of the report; everything else is.
            let places = |text: &str| text.matches("-->").count() + text.matches("\"ruleId\"").count();
            assert_eq!(places(&joined), places(&checked), "{format}: {joined}\n{checked}");
        }
    }
}

/// Labels that point to a second place, which may lie on another page, come with it.
#[test]
fn the_join_of_parts_says_what_the_whole_says_with_all_its_labels() {
    let times = regex::Regex::new(r"\d+\.\d\d s").unwrap();
    let strip = regex::Regex::new(r#" time="[\d.]+""#).unwrap();
    for (case, count) in [("teaching-wrong", 2), ("labs-malformed", 2), ("misread-fences", 1)] {
        let folder = tempfile::tempdir().unwrap();
        copy(&workspace().join("tests/cases").join(case).join("in"), folder.path());
        let pages: &[&str] = if folder.path().join("book.toml").exists() { &[] } else { &["."] };
        let parts: Vec<String> = (1..=count).rev().map(|index| format!("{index}.json")).collect();
        for (name, index) in parts.iter().zip((1..=count).rev()) {
            checked(folder.path(), name, &[pages, &["--partition", &format!("{index}/{count}")]].concat());
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        for format in ["human", "sarif", "junit", "github"] {
            let said = |arguments: &[&str]| {
                let output = run(folder.path(), &[arguments, &["--format", format]].concat());
                let text = String::from_utf8(output.stdout).unwrap();
                (output.status.code(), times.replace_all(&text, "").into_owned())
            };
            let whole = said(&[&["check"], pages].concat());
            if format == "sarif" {
                assert!(whole.1.contains("\"relatedLocations\""), "{case} has no label");
            }
            let joined = said(&[&["merge"], &parts[..]].concat());
            assert_eq!(joined.0, whole.0, "{case}: {format}");
            assert_eq!(strip.replace_all(&joined.1, ""), strip.replace_all(&whole.1, ""), "{case}: {format}");
        }
    }
}

fn count(report: &Value, what: &str) -> u64 {
    report["summary"][what].as_u64().unwrap_or_default()
}

#[test]
fn a_baseline_knows_failures_when_their_lines_moved_and_forgets_what_is_fixed() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let write = |page: &str| fs_err::write(root.join("docs/page.md"), page).unwrap();
    let check = |more: &[&str]| {
        let all = [&["check", "docs", "--baseline", "ci/known.json"], more].concat();
        let output = run(root, &all);
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    fs_err::create_dir(root.join("docs")).unwrap();
    fs_err::create_dir(root.join("ci")).unwrap();
    let page = "```python\n>>> 1\n2\n>>> 1\n2\n>>> later\n```\n\n```python\n>>> 4\n4\n";
    write(page);
    // An error that is no example's result is known as well: this fence is never closed.
    assert_eq!(check(&[]).0, Some(2));
    let (status, said, _) = check(&["--update-baseline"]);
    assert_eq!(status, Some(0), "{said}");
    let known = fs_err::read_to_string(root.join("ci/known.json")).unwrap();
    assert!(known.contains("\"../docs/page.md\""), "{known}");
    let (status, said, out) = check(&[]);
    assert_eq!((status, said.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("known failures of the baseline"), "{out}");
    // Moved lines are no new failures; one more of the same is.
    write(&format!("# Title\n\n{page}"));
    assert_eq!(check(&[]).0, Some(0));
    write(&format!("```python\n>>> 1\n2\n```\n\n{page}"));
    assert_eq!(check(&[]).0, Some(1));
    // What is fixed is named, and dropped when asked; a page that was not checked keeps what is known of it.
    fs_err::write(root.join("docs/other.md"), "```python\n>>> 5\n6\n```\n").unwrap();
    assert_eq!(check(&["--update-baseline"]).0, Some(0));
    write(&page.replacen(">>> 1\n2", ">>> 1\n1", 2));
    let only = ["check", "docs/page.md", "--baseline", "ci/known.json"];
    let said = String::from_utf8(run(root, &only).stderr).unwrap();
    assert_eq!(
        said.matches("fixed since the baseline was written: stale-output in ../docs/page.md: 1").count(),
        3,
        "{said}"
    );
    assert_eq!(run(root, &[&only[..], &["--update-baseline"]].concat()).status.code(), Some(0));
    let known = fs_err::read_to_string(root.join("ci/known.json")).unwrap();
    assert!(known.contains("other.md") && known.matches("stale-output").count() == 1, "{known}");
    // A page that is gone has nothing that fails.
    fs_err::remove_file(root.join("docs/other.md")).unwrap();
    assert!(check(&["--update-baseline"]).1.contains("fixed since"), "it is named");
    assert!(!fs_err::read_to_string(root.join("ci/known.json")).unwrap().contains("other.md"));
}

#[test]
fn what_follows_from_a_known_failure_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let page = "```python\n>>> import os; x = missing\n>>> x\n1\n```\n\n```python\nos._exit(3)\n```\n";
    fs_err::write(folder.path().join("page.md"), page).unwrap();
    let update = ["page.md", "--baseline", "known.json", "--update-baseline"];
    assert_eq!(checked(folder.path(), "report.json", &update), Some(0));
    // Added later, and kept from running by what is known.
    fs_err::write(folder.path().join("page.md"), format!("{page}\n```python\nprint(1)\n```\n")).unwrap();
    assert_eq!(checked(folder.path(), "report.json", &update[..3]), Some(0));
    let report = json(&folder.path().join("report.json"));
    assert_eq!(count(&report, "known"), count(&report, "failed") + count(&report, "not_run"));
    assert!(count(&report, "not_run") > 0 && count(&report, "known") > 2, "{report}");
    let known = report["examples"].as_array().unwrap().iter().filter(|example| example["known"] == true);
    assert_eq!(known.count() as u64, count(&report, "known"));
}

#[test]
fn a_new_book_builds_and_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["new", "a \"fine\" book"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let book = folder.path().join("a \"fine\" book");
    let output = run(&book, &["build"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("verified ") && !said.contains("ran") && !said.contains("ignored"), "{said}");
    assert!(fs_err::read_to_string(book.join("dist/html/index.html")).unwrap().contains("fine"));
    for file in [".gitignore", ".github/workflows/exemplar.yml"] {
        assert!(book.join(file).is_file(), "{file}");
    }
    assert_eq!(run(&book, &["list", "--coverage", "--fail-under", "100"]).status.code(), Some(0));
    assert_eq!(run(folder.path(), &["new", "a \"fine\" book"]).status.code(), Some(2));
}

#[test]
fn a_repository_is_green_after_init_and_its_own_files_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    copy(&workspace().join("tests/cases/init/in"), folder.path());
    let project = fs_err::read_to_string(folder.path().join("pyproject.toml")).unwrap();
    let written = |name: &str| fs_err::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(run(folder.path(), &["init"]).status.code(), Some(0));
    assert!(written("pyproject.toml").starts_with(&project));
    assert!(written("pyproject.toml").contains("\n[tool.exemplar]\n"));
    let workflow = written(".github/workflows/exemplar.yml");
    let line = workflow.lines().find_map(|line| line.trim().strip_prefix("- run: exemplar ")).unwrap();
    let arguments: Vec<&str> = line.split(' ').collect();
    assert!(arguments.contains(&"exemplar-baseline.json"), "{line}");
    assert_eq!(run(folder.path(), &arguments).status.code(), Some(0));
    assert_eq!(run(folder.path(), &["check"]).status.code(), Some(1));
    // A second time there is nothing to do.
    let all = ["pyproject.toml", "exemplar-baseline.json", ".github/workflows/exemplar.yml"];
    let before = all.map(written);
    assert_eq!(run(folder.path(), &["init"]).status.code(), Some(0));
    assert_eq!(all.map(written), before);
}

#[test]
fn shells_and_man_know_every_command() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["man", "pages"]).status.code(), Some(0));
    let commands = ["check", "list", "build", "merge", "init", "new", "explain"];
    for command in commands {
        assert!(folder.path().join(format!("pages/exemplar-{command}.1")).is_file(), "{command}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let text = String::from_utf8(run(folder.path(), &["completions", shell]).stdout).unwrap();
        for word in commands.into_iter().chain(["update-baseline", "fail-under"]) {
            assert!(text.contains(word), "{shell}: {word}");
        }
    }
    let bash = run(folder.path(), &["completions", "bash"]).stdout;
    fs_err::write(folder.path().join("completions"), bash).unwrap();
    let checked = guarded(Path::new("bash"), folder.path()).args(["-n", "completions"]).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
