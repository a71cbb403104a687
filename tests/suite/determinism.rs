//! Two runs of the same pages differ in nothing but durations, whatever runs first.

use crate::run::{copy, exemplar, files_below, guarded, report, run, workspace};

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

#[test]
fn a_build_that_takes_what_is_kept_gives_the_bytes_of_one_that_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    copy(&workspace().join("tests/cases/build-book/in"), &book);
    let edit = |name: &str, from: &str, to: &str| {
        let path = book.join(name);
        let text = fs_err::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs_err::write(path, text.replacen(from, to, 1)).unwrap();
    };
    let image = |colour: &str| {
        let shape = format!("<rect width=\"9\" height=\"9\" fill=\"{colour}\"/>");
        let text =
            format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\">{shape}</svg>");
        fs_err::write(book.join("src/square.svg"), text).unwrap();
    };
    let build = |more: &[&str]| {
        let mut command = guarded(&exemplar(), &book);
        command.env_remove("EXEMPLAR_NO_CACHE").env("EXEMPLAR_CACHE_DIR", &cache).arg("build").args(more);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        files(&book.join("dist"))
    };
    image("red");
    let heading =
        fs_err::read_to_string(book.join("src/second.md")).unwrap().lines().next().unwrap().to_owned();
    let with_image = format!("{heading}\n\n![A square](square.svg)\n");
    let paper = "[preprocessor.exemplar.pdf]\npaper = \"a4\"\n\n[output.html]\n";
    let edits: [&dyn Fn(); 8] = [
        &|| edit("src/second.md", &heading, &with_image),
        &|| {},
        &|| image("blue"),
        &|| edit("book.toml", "[output.html]\n", paper),
        &|| edit("book.toml", "Small but true", "Another title"),
        &|| image("red"),
        &|| edit("book.toml", "Another title", "Small but true"),
        &|| edit("book.toml", paper, "[output.html]\n"),
    ];
    for (round, edit) in edits.into_iter().enumerate() {
        edit();
        let mut kept = build(&[]);
        fs_err::remove_dir_all(book.join("dist")).unwrap();
        let clean = build(&["--no-cache"]);
        // The PDF of another title is nobody's to remove.
        kept.retain(|(path, _)| {
            path.extension().is_none_or(|end| end != "pdf") || clean.iter().any(|it| it.0 == *path)
        });
        let differing = kept.iter().zip(&clean).find(|(kept, clean)| kept != clean).map(|(kept, _)| &kept.0);
        assert!(differing.is_none() && kept.len() == clean.len(), "in round {round}: {differing:?}");
    }
}

fn files(folder: &std::path::Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let read = |path: std::path::PathBuf| {
        let content = fs_err::read(&path).unwrap();
        (path, content)
    };
    // How long examples took is in this file, and nowhere else.
    let is_alike = |path: &std::path::PathBuf| !path.ends_with("timings.js");
    files_below(folder).into_iter().filter(is_alike).map(read).collect()
}
