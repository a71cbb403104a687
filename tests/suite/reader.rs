//! What readers get: pages in a real browser, notebooks, sessions to paste.

use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

use crate::run::{build_folder, copy, files_below, run, workspace};

/// Builds a copy of a book, and gives the folder of its site.
fn site(book: &Path) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let copied = folder.path().join("book");
    copy(book, &copied);
    let output = run(&copied, &["build"]);
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let site = copied.join("dist/html");
    (folder, site)
}

/// All files below a folder with this ending, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = files_below(folder);
    found.retain(|path| path.extension().is_some_and(|found| found == ending));
    found
}

/// The interpreter that the book's examples run with.
fn python() -> PathBuf {
    let own = workspace().join(".venv/bin/python");
    if own.exists() { own } else { "python3".into() }
}

#[test]
fn a_browser_does_what_a_reader_wants() {
    let browser = workspace().join("tests/browser");
    assert!(browser.join("node_modules").is_dir(), "run `setup/prepare test`, which installs Playwright");
    let (_folder, site) = site(&browser.join("book"));
    let words = Command::new(python())
        .args(["-c", "import json, keyword; print(json.dumps(keyword.kwlist))"])
        .output()
        .unwrap();
    let output = Command::new("timeout")
        .args(["--kill-after=5", "420", "node"])
        .arg(browser.join("test.mjs"))
        .arg(site)
        .arg(String::from_utf8(words.stdout).unwrap().trim())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn notebooks_are_valid_and_hold_outputs() {
    let (_folder, site) = site(&workspace().join("tests/browser/book"));
    let notebooks = files(&site, "ipynb");
    assert_eq!(notebooks.len(), 4, "{notebooks:?}");
    let judged = Command::new(build_folder().parent().unwrap().join("tools/python/bin/python"))
        .args(["-c", "import nbformat, sys\nfor path in sys.argv[1:]: nbformat.validate(nbformat.read(path, as_version=nbformat.NO_CONVERT))"])
        .args(&notebooks)
        .output()
        .unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    let text = fs_err::read_to_string(site.join("part/sessions.ipynb")).unwrap();
    let notebook: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cells = notebook["cells"].as_array().unwrap();
    let outputs: Vec<&serde_json::Value> =
        cells.iter().flat_map(|cell| cell["outputs"].as_array().into_iter().flatten()).collect();
    assert!(outputs.iter().any(|output| output["text"][0] == "42\n"), "{text}");
    assert!(outputs.iter().any(|output| output["ename"] == "ValueError"), "{text}");
}

/// Pastes each session of a site into a fresh Python, and gives what failed.
fn pasted(site: &Path) -> (usize, Vec<String>) {
    let mark = Regex::new("(?m)^# --- session .* ---\n").unwrap();
    let mut tried = 0;
    let mut failed = Vec::new();
    // Those beside a page: the book's own modules are copied too.
    for file in files(site, "py").into_iter().filter(|file| file.with_extension("html").exists()) {
        let text = fs_err::read_to_string(&file).unwrap();
        for session in mark.split(&text).filter(|session| session.lines().any(|line| !line.starts_with('#')))
        {
            let folder = tempfile::tempdir().unwrap();
            fs_err::write(folder.path().join("pasted.py"), session).unwrap();
            let mut command = Command::new("timeout");
            command.arg("100").arg(python()).current_dir(folder.path());
            // A session may look at the bytecode that an import leaves behind.
            command.env_remove("PYTHONDONTWRITEBYTECODE");
            // And it may run commands.
            let path = std::env::var("PATH").unwrap();
            command.env("PATH", format!("{}:{path}", python().parent().unwrap().display()));
            command.stdin(fs_err::File::open(folder.path().join("pasted.py")).unwrap().into_parts().0);
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            tried += 1;
            // A command of the session may fail as the page says, with a traceback of its own: the status is that of the session.
            if !output.status.success() {
                failed.push(format!("{}: {said}", file.display()));
            }
        }
    }
    (tried, failed)
}

#[test]
fn what_is_copied_from_a_page_runs_in_a_fresh_python() {
    let (_folder, site) = site(&workspace().join("tests/browser/book"));
    let (tried, failed) = pasted(&site);
    assert_eq!(failed, Vec::<String>::new());
    assert_eq!(tried, 4);
    // The button of the page copies what the file holds.
    let page = fs_err::read_to_string(site.join("part/sessions.html")).unwrap();
    let button = Regex::new("(?s)data-session=\"1\" data-code=\"([^\"]*)\"").unwrap();
    let copied = button.captures(&page).unwrap()[1]
        .replace("&quot;", "\"")
        .replace("&#92;", "\\")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let file = fs_err::read_to_string(site.join("part/sessions.py")).unwrap();
    assert!(file.ends_with(&copied), "{file}\n{copied}");
}

#[test]
fn every_session_of_the_book_runs_in_a_fresh_python() {
    let folder = crate::book::book();
    let output = run(folder.path(), &["build"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let (tried, failed) = pasted(&folder.path().join("dist/html"));
    assert_eq!(failed, Vec::<String>::new());
    assert!(tried > 10, "{tried}");
}

#[test]
fn programs_find_what_they_read() {
    let (_folder, site) = site(&workspace().join("tests/browser/book"));
    let read = |name: &str| fs_err::read_to_string(site.join(name)).unwrap();
    let index = read("llms.txt");
    assert!(index.starts_with("# A reader's book\n\n> What a browser is tried with\n"), "{index}");
    assert!(index.contains("- [Sessions](https://example.org/sub/part/sessions.md)\n"), "{index}");
    let full = read("llms-full.txt");
    assert!(full.contains(">>> answer(1)\n42\n") && !full.contains("{hidden}"), "{full}");
    assert!(read("part/sessions.md").contains("```python\nprint(answer(2))"));
    assert!(read("sitemap.xml").contains("<loc>https://example.org/sub/part/sessions.html</loc>"));
    let page = read("part/sessions.html");
    for wanted in [
        "<link rel=\"canonical\" href=\"https://example.org/sub/part/sessions.html\">",
        "<meta property=\"og:title\" content=\"Sessions\">",
        "<meta property=\"og:image\" content=\"https://example.org/sub/previews/part/sessions.png\">",
        "<meta property=\"og:image:alt\" content=\"1. Sessions\">",
        "\"@type\":\"TechArticle\"",
        "<link rel=\"alternate\" type=\"text/markdown\" href=\"../part/sessions.md\">",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
    let first = read("index.html");
    assert!(first.contains("\"@type\":\"Course\"") && first.contains("/previews/index.png\""), "{first}");
    for picture in ["previews/index.png", "previews/part/sessions.png"] {
        assert!(fs_err::read(site.join(picture)).unwrap().starts_with(b"\x89PNG"), "{picture}");
    }
    let record: serde_json::Value = serde_json::from_str(&read("verified.json")).unwrap();
    let sessions = &record["chapters"][0];
    assert_eq!(sessions["path"], "part/sessions.md");
    let reasons: Vec<&str> = sessions["unverified"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fence| fence["reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, ["not run: it would take an hour", "commands are not run"]);
}
