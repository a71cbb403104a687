//! A rendered page in a browser: what our script makes of it.

use std::path::{Path, PathBuf};

use crate::run::{copy, run, workspace};

/// The page's document after its scripts ran. They do all of their work before the page counts as loaded, so nothing has to be waited for.
fn document(page: &Path) -> String {
    let profile = tempfile::tempdir().unwrap();
    let output = guarded_browser(profile.path())
        .arg("--dump-dom")
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Headless Chromium, kept from looking for the network. Its own guard of memory is left out: it reserves terabytes of addresses.
fn guarded_browser(profile: &Path) -> std::process::Command {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let path = std::env::var_os("PATH").unwrap();
    let program = std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| panic!("a Chromium is needed: run `make test`, which installs it"));
    let mut command = std::process::Command::new("timeout");
    command.arg("--kill-after=5").arg("120").arg(program).args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--virtual-time-budget=5000",
    ]);
    command.arg(format!("--user-data-dir={}", profile.display()));
    command
}

/// The book of a case, built, and a page of it.
fn built(case: &str, page: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().canonicalize().unwrap().join("book");
    copy(&workspace().join("tests/cases").join(case).join("in"), &book);
    let output = run(&book, &["build"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    (folder, book.join("dist/html").join(page))
}

#[test]
fn a_session_is_coloured_and_its_detail_can_be_reached_by_keyboard() {
    let (_folder, page) = built("build-book", "first.html");
    let document = document(&page);
    assert!(document.contains("hljs-meta"), "prompts are coloured as such\n{document}");
    let session = document.split("<code class=\"language-pycon").nth(1).unwrap();
    let opening = session.split('>').next().unwrap();
    assert!(opening.contains("tabindex=\"0\"") && opening.contains("aria-describedby=\""), "{opening}");
    let id = opening.split("aria-describedby=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(document.contains(&format!("id=\"{id}\"")), "{id} describes nothing");
}

/// The opening tags that hold this text.
fn tags<'a>(document: &'a str, holding: &str) -> Vec<&'a str> {
    let all = document.split('<').skip(1).filter_map(|tag| tag.split('>').next());
    all.filter(|tag| tag.contains(holding)).collect()
}

#[test]
fn variants_are_tabs_and_long_listings_fold() {
    let (_folder, page) = built("build-forms", "forms.html");
    let document = document(&page);
    let tabs = tags(&document, "role=\"tab\"");
    let selected: Vec<bool> = tabs.iter().map(|tab| tab.contains("aria-selected=\"true\"")).collect();
    assert_eq!(selected, [true, false], "{tabs:?}");
    let panels = tags(&document, "role=\"tabpanel\"");
    let hidden: Vec<bool> = panels.iter().map(|panel| panel.contains("hidden=\"\"")).collect();
    assert_eq!(hidden, [false, true], "{panels:?}");

    let [button] = tags(&document, "exemplar-unfold")[..] else { panic!("{document}") };
    assert!(button.contains("aria-expanded=\"false\"") && button.contains("aria-controls=\""), "{button}");
    assert!(document.contains(">show all 10 lines</button>"), "{document}");
    let highlighted = "<span class=\"exemplar-highlighted\"><span class=\"hljs-meta\"><span class=\"exemplar-prompt\">&gt;&gt;&gt; </span></span>";
    assert!(document.contains(highlighted), "a highlighted line is coloured, too\n{document}");
}

#[test]
fn flashcards_ask_and_a_mock_interview_waits_to_be_drawn() {
    let (_folder, page) = built("teaching", "appendix/flashcards.html");
    let cards = document(&page);
    assert!(
        cards.contains("0 to repeat, 5 new, 5 in all") && cards.contains(">Show the answer</button>"),
        "{cards}"
    );
    let mock = document(&page.with_file_name("mock-interview.html"));
    let questions = tags(&mock, "data-mock");
    assert_eq!(questions.len(), 3, "{mock}");
    assert!(questions.iter().all(|question| question.contains(" hidden")), "{questions:?}");
}
