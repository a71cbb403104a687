//! The generated chapters of a rendered book: every link in them leads somewhere.

use std::path::{Path, PathBuf};

use regex::Regex;

use crate::run::{copy, run, workspace};

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
            let is_there = fs_err::read_to_string(&file)
                .is_ok_and(|text| anchor.is_empty() || text.contains(&format!("id=\"{anchor}\"")));
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
    // A check of the check.
    let page = site.join("appendix/gotchas.html");
    let text = fs_err::read_to_string(&page).unwrap().replace("#loop", "#nowhere");
    fs_err::write(page, text).unwrap();
    assert_eq!(broken_links(&site), ["appendix/gotchas.html: ../part/closures.html#nowhere"]);
}
