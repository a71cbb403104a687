//! Two runs of the same pages differ in nothing but durations, whatever runs first.

use crate::run::{copy, files_below, report, run, workspace};

#[test]
fn the_report_is_the_same_every_time_and_for_any_number_of_jobs() {
    let folder = tempfile::tempdir().unwrap();
    for case in ["foreign-folder", "mixed-page", "included-code"] {
        copy(&workspace().join("tests/cases").join(case).join("in"), &folder.path().join(case));
    }
    let first = report(folder.path(), &[".", "--jobs", "1"]);
    assert!(first["examples"].as_array().unwrap().len() > 20, "{first}");
    for jobs in ["1", "2", "8"] {
        assert_eq!(first, report(folder.path(), &[".", "--jobs", jobs]), "with {jobs} jobs");
    }
}

#[test]
fn two_builds_give_the_same_bytes() {
    for case in ["build-book", "teaching"] {
        two_builds_of(case);
    }
}

fn two_builds_of(case: &str) {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    copy(&workspace().join("tests/cases").join(case).join("in"), &book);
    let build = || {
        let output = run(&book, &["build"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        files(&book.join("dist"))
    };
    let first = build();
    assert!(first.len() > 20);
    assert_eq!(first, build());
}

fn files(folder: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let read = |path: std::path::PathBuf| {
        let content = fs_err::read(&path).unwrap();
        (path, content)
    };
    files_below(folder).into_iter().map(read).collect()
}
