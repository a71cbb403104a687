//! A stock mdBook with `[preprocessor.exemplar]` gives the same pages as `exemplar build`.

use std::path::{Path, PathBuf};

use regex::Regex;

use crate::run::{build_folder, copy, exemplar, files_below, guarded, workspace};

/// The stock program, which `make test` installs and puts on the PATH.
fn mdbook() -> PathBuf {
    let found = std::process::Command::new("mdbook").arg("--version").output();
    let version = found.unwrap_or_else(|error| {
        panic!("the stock mdbook is needed: run `make test`, which installs it ({error})")
    });
    let version = String::from_utf8(version.stdout).unwrap();
    assert!(version.starts_with("mdbook v0.5"), "{version}");
    PathBuf::from("mdbook")
}

fn stock_build(book: &Path, environment: &[(&str, &str)]) -> std::process::Output {
    let path = std::env::var("PATH").unwrap();
    guarded(&mdbook(), book)
        .arg("build")
        .envs(environment.iter().copied())
        .env("PATH", format!("{}:{path}", build_folder().display()))
        .output()
        .unwrap()
}

#[test]
fn both_builds_give_the_same_pages() {
    for (case, at_least) in [("build-book", 4), ("build-forms", 4), ("teaching", 12), ("labs", 4)] {
        let pages = same_pages(case);
        assert!(pages >= at_least, "{case}: {pages} pages");
    }
}

/// Builds the book of a case in both ways, and compares page by page. Gives the number of pages.
fn same_pages(case: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let ours = folder.path().join("ours");
    copy(&workspace().join("tests/cases").join(case).join("in"), &ours);
    for file in [
        "exemplar.css",
        "reading.css",
        "exemplar.js",
        "sessions.js",
        "reading.js",
        "search.js",
        "head.hbs",
        "index.hbs",
        "teaching.css",
        "teaching.js",
        "ts-fsrs.js",
    ] {
        fs_err::create_dir_all(ours.join("theme")).unwrap();
        fs_err::copy(workspace().join("theme").join(file), ours.join("theme").join(file)).unwrap();
    }
    let stock = folder.path().join("stock");
    copy(&ours, &stock);

    // Labs need the packages of the book's own environment.
    let environment = workspace().join(".venv").to_string_lossy().into_owned();
    let output = guarded(&exemplar(), &ours).env("VIRTUAL_ENV", &environment).arg("build").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let output = stock_build(&stock, &[("VIRTUAL_ENV", &environment)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let mut pages = 0;
    for path in files_below(&stock.join("dist")) {
        if path.extension().is_some_and(|end| end == "html") {
            let same = ours.join("dist/html").join(path.strip_prefix(stock.join("dist")).unwrap());
            let theirs = without_script(&fs_err::read_to_string(&path).unwrap());
            let ours = without_additions(&fs_err::read_to_string(same).unwrap());
            let ours = without_script(&without_colours(&ours));
            snapbox::assert_data_eq!(ours, snapbox::Data::text(theirs).raw());
            pages += 1;
        }
    }
    pages
}

/// A page without what `exemplar build` alone adds, between two marks: links to files that a stock mdBook does not write.
fn without_additions(page: &str) -> String {
    let mut rest = page;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once("<!-- exemplar-site -->") {
        plain.push_str(before);
        rest = after.split_once("<!-- /exemplar-site -->").expect("an addition has an end").1;
    }
    plain + rest
}

/// A page without the colours of its code: elements that hold text alone, and a class of the code.
fn without_colours(page: &str) -> String {
    let token = Regex::new("<span class=\"hljs-[a-z_]+\">([^<]*)</span>").unwrap();
    let code = Regex::new("(<code class=\"language-[^\"]*) hljs\"").unwrap();
    code.replace_all(&token.replace_all(page, "$1"), "$1\"").into_owned()
}

/// A page without what colours code in the browser, which pages whose code is coloured don't load.
fn without_script(page: &str) -> String {
    let script = Regex::new("<script id=\"exemplar-highlight\"[^>]*></script>").unwrap();
    script.replace(page, "").into_owned()
}

#[test]
fn a_stale_example_ends_a_stock_build() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    copy(&workspace().join("tests/cases/stale-book/in"), &book);
    let output = stock_build(&book, &[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "{stderr}");
    assert!(stderr.contains("src/a.md:4:5: error[stale-output]"), "{stderr}");
}

#[test]
fn the_environment_changes_the_settings_of_a_stock_build_too() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    copy(&workspace().join("tests/cases/settings-in-environment/in"), &book);
    let flags = "MDBOOK_PREPROCESSOR__EXEMPLAR__FLAGS";
    let caps = ("MDBOOK_PREPROCESSOR__EXEMPLAR__CAPS", r#"{"timeout": "20s"}"#);
    for (environment, wanted) in [([(flags, "ELLIPSIS"), caps], true), ([(flags, "SKIP -SKIP"), caps], false)]
    {
        let output = stock_build(&book, &environment);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.success(), wanted, "{environment:?}: {stderr}");
    }
    let output = stock_build(&book, &[(flags, "ELIPSIS"), caps]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("the environment sets `preprocessor.exemplar.flags` of book.toml"), "{stderr}");
}
