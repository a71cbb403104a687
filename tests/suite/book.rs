//! The book of this repository, which is the tool's first user.

use crate::run::{copy, examples, report, run, workspace};
use crate::teaching::broken_links;

/// A copy of the book, so that a test may change it.
pub(crate) fn book() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for part in ["book", "theme"] {
        copy(&workspace().join(part), &folder.path().join(part));
    }
    fs_err::copy(workspace().join("book.toml"), folder.path().join("book.toml")).unwrap();
    // Some chapters need the packages that the book names.
    std::os::unix::fs::symlink(workspace().join(".venv"), folder.path().join(".venv")).unwrap();
    folder
}

#[test]
fn every_example_of_the_book_is_true() {
    let folder = book();
    let report = report(folder.path(), &[]);
    assert_eq!(examples(&report, "failed"), Vec::<&serde_json::Value>::new());
    assert_eq!(report["diagnostics"], serde_json::json!([]));
    let executed = examples(&report, "passed").len() + examples(&report, "ran").len();
    assert!(executed >= 120, "{executed} examples executed");
}

#[test]
fn one_changed_digit_fails_check_and_build_and_is_named() {
    let folder = book();
    let page = folder.path().join("book/m1/w01a-first-steps.md");
    let text = fs_err::read_to_string(&page).unwrap();
    let built = run(folder.path(), &["build"]);
    assert_eq!(built.status.code(), Some(0), "{}", String::from_utf8_lossy(&built.stdout));
    let index = folder.path().join("dist/html/index.html");
    let rendered = fs_err::read(&index).unwrap();
    assert_eq!(broken_links(&folder.path().join("dist/html")), Vec::<String>::new());

    let changed = text.replacen("\n11.15\n", "\n11.16\n", 1);
    let line = changed.lines().position(|line| line == "11.16").unwrap();
    fs_err::write(&page, &changed).unwrap();

    let place = format!("book/m1/w01a-first-steps.md:{line}:5");
    for command in ["check", "build"] {
        let output = run(folder.path(), &[command]);
        let stdout = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stdout}");
        assert!(stdout.contains(&place), "{place} is not named in\n{stdout}");
        assert_eq!(stdout.matches("error[").count(), 1, "{stdout}");
    }
    assert_eq!(fs_err::read(&index).unwrap(), rendered, "the last good book is untouched");

    let report = report(folder.path(), &[]);
    let failed = examples(&report, "failed");
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0]["line"], line);
    assert_eq!(failed[0]["code"], "stale-output");
    assert_eq!((&failed[0]["expected"], &failed[0]["actual"]), (&"11.16\n".into(), &"11.15\n".into()));
}
