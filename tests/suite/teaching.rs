//! The generated chapters of a rendered book: every link in them leads somewhere.

use std::io::Read;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::run::{build_folder, copy, exemplar, guarded, run, workspace};

/// The links in the main part of each page below a folder that lead nowhere, as `page: link`.
pub(crate) fn broken_links(site: &Path) -> Vec<String> {
    let link = Regex::new(r#"<a [^>]*href="([^"]*)""#).unwrap();
    let mut broken = Vec::new();
    for page in pages(site) {
        let text = fs_err::read_to_string(&page).unwrap();
        let main = text.split("<main>").nth(1).unwrap_or_default().split("</main>").next().unwrap();
        for target in link.captures_iter(main).map(|found| found[1].to_owned()) {
            if target.contains(':') {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let is_there = (anchor.is_empty() && file.is_file())
                || fs_err::read_to_string(&file).is_ok_and(|text| text.contains(&format!("id=\"{anchor}\"")));
            if !is_there {
                broken.push(format!("{}: {target}", page.strip_prefix(site).unwrap().display()));
            }
        }
    }
    broken
}

/// The pages below a folder, but for those that repeat others, as index.html does the first chapter, whatever folder that is in.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let is_page = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "html")
            && !["print.html", "toc.html", "404.html", "index.html"].iter().any(|name| path.ends_with(name))
    };
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    files.into_iter().filter(is_page).chain(folders.iter().flat_map(|folder| pages(folder))).collect()
}

/// The names and texts of the files in a zip.
fn unpacked(path: &Path) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(fs_err::File::open(path).unwrap()).unwrap();
    let mut files = Vec::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.push((file.name().unwrap().into_owned(), text));
    }
    files
}

/// The files below a folder, with their texts.
fn laid_out(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        files.push((
            path.file_name().unwrap().to_string_lossy().into_owned(),
            fs_err::read_to_string(&path).unwrap(),
        ));
    }
    files.sort();
    files
}

/// A reader gets the same files from the site and from `exemplar lab`, and is done when the tests pass.
#[test]
fn a_lab_is_taken_home_and_solved() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    copy(&workspace().join("tests/cases/labs/in"), &book);
    let environment = workspace().join(".venv");
    let exemplar = |arguments: &[&str]| {
        let mut command = guarded(&exemplar(), &book);
        command.env("VIRTUAL_ENV", &environment).args(arguments).output().unwrap()
    };
    assert!(exemplar(&["build"]).status.success());
    assert_eq!(broken_links(&book.join("dist/html")), Vec::<String>::new());
    let mut packed = unpacked(&book.join("dist/html/labs/intervals.zip"));
    packed.sort();
    assert!(exemplar(&["lab", "intervals", "home"]).status.success());
    let home = book.join("home");
    let laid: Vec<(String, String)> =
        laid_out(&home).into_iter().map(|(name, text)| (format!("intervals/{name}"), text)).collect();
    assert_eq!(packed, laid);
    let names: Vec<&str> = laid.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["README.md", "data.csv", "intervals.py", "test_intervals.py"]
            .map(|name| format!("intervals/{name}"))
    );
    // What somebody has written is not written over.
    let again = exemplar(&["lab", "intervals", "home"]);
    assert_eq!(again.status.code(), Some(2), "{}", String::from_utf8_lossy(&again.stderr));

    let pytest = || {
        let mut command = guarded(&environment.join("bin/python"), &home);
        command.args(["-m", "pytest", "-p", "no:cacheprovider"]).output().unwrap().status.code()
    };
    assert_eq!(pytest(), Some(1), "the starter fails");
    let page = fs_err::read_to_string(book.join("src/intervals.md")).unwrap();
    let solution = page.split("role=solution}\n").nth(1).unwrap().split("> ```").next().unwrap();
    let solution: String = solution
        .lines()
        .flat_map(|line| [line.trim_start_matches('>').get(1..).unwrap_or(""), "\n"])
        .collect();
    fs_err::write(home.join("intervals.py"), solution).unwrap();
    assert_eq!(pytest(), Some(0), "the solution passes");
}

#[test]
fn without_pytest_a_lab_is_unproved_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    copy(&workspace().join("tests/cases/labs/in"), &book);
    let bare = folder.path().join("bare");
    let made = std::process::Command::new(workspace().join(".venv/bin/python"))
        .args(["-m", "venv", "--without-pip"])
        .arg(&bare)
        .status()
        .unwrap();
    assert!(made.success());
    let check = |arguments: &[&str]| {
        let mut command = guarded(&exemplar(), &book);
        let output = command.env("VIRTUAL_ENV", &bare).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (status, said) = check(&["check"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("warning[unproved-lab]: nothing is proved of 2 labs"), "{said}");
    assert!(said.contains("pip install \"pytest\"") && said.contains("9 skipped"), "{said}");
    let (status, said) = check(&["check", "--require-all"]);
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("error[unmet-requirement]"), "{said}");
}

/// What came of importing the decks in these pages, one after the other, into one collection of Anki's.
fn imported(pages: &[&Path]) -> Vec<serde_json::Value> {
    let python = build_folder().parent().unwrap().join("tools/python/bin/python");
    assert!(python.is_file(), "Anki's library is not installed: run `make test`, which does it");
    let mut command = guarded(&python, &workspace());
    let output = command.arg(workspace().join("tests/import_deck.py")).args(pages).output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&output.stderr)))
}

/// Anki takes every card once, knows all of them again, and takes a new wording without forgetting what was learnt.
#[test]
fn anki_imports_the_deck_and_its_later_editions() {
    let folder = tempfile::tempdir().unwrap();
    let edition = |name: &str, reworded: bool| {
        let book = folder.path().join(name);
        copy(&workspace().join("tests/cases/teaching/in"), &book);
        if reworded {
            let path = book.join("src/part/closures.md");
            let text = fs_err::read_to_string(&path).unwrap();
            let question = "Why do functions made in a loop";
            assert!(text.contains(question));
            fs_err::write(path, text.replace(question, "Why do all functions of a loop")).unwrap();
        }
        assert!(run(&book, &["build"]).status.success());
        book.join("dist/html/appendix/flashcards.html")
    };
    let (first, second) = (edition("first", false), edition("second", true));
    let results = imported(&[&first, &first, &second]);
    let number = |edition: usize, what: &str| results[edition][what].as_u64().unwrap();
    let cards = number(0, "new");
    assert!(cards > 2, "{results:?}");
    assert_eq!((number(1, "new"), number(1, "updated"), number(1, "duplicate")), (0, 0, cards));
    assert_eq!((number(1, "cards"), number(1, "reviewed")), (cards, cards));
    assert_eq!((number(2, "new"), number(2, "updated"), number(2, "duplicate")), (0, 1, cards - 1));
    assert_eq!((number(2, "cards"), number(2, "reviewed")), (cards, cards));
    assert!(results[2]["fronts"].to_string().contains("Why do all functions of a loop"), "{results:?}");
}

#[test]
fn no_link_of_a_book_with_everything_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    copy(&workspace().join("tests/cases/teaching/in"), &book);
    let output = run(&book, &["build"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let site = book.join("dist/html");
    assert_eq!(broken_links(&site), Vec::<String>::new());
    let appendix = pages(&site.join("appendix"));
    let names: Vec<String> = appendix
        .iter()
        .map(|page| page.strip_prefix(site.join("appendix")).unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        names,
        [
            "cheat-sheets.html",
            "flashcards.html",
            "glossary.html",
            "gotchas.html",
            "interview.html",
            "mock-interview.html",
            "references.html",
            "cheat-sheets/closures.html",
            "cheat-sheets/iterators-and-generators.html",
        ]
    );
    // The chapter around the sheets says what they are; each page by itself has to.
    let read = |page: &str| fs_err::read_to_string(site.join(page)).unwrap();
    let (contents, sheet) = (read("toc.html"), read("appendix/cheat-sheets/closures.html"));
    assert!(contents.contains(" Closures</a>") && !contents.contains("Cheat sheet:"), "{contents}");
    assert!(sheet.contains("<title>Cheat sheet: Closures - "), "{sheet}");
    assert!(sheet.contains("Cheat sheet: Closures</a></h1>"), "{sheet}");
    // A check of the check.
    let page = site.join("appendix/gotchas.html");
    let text = fs_err::read_to_string(&page).unwrap().replace("#loop", "#nowhere");
    fs_err::write(page, text).unwrap();
    assert_eq!(broken_links(&site), ["appendix/gotchas.html: ../part/closures.html#nowhere"]);
}
