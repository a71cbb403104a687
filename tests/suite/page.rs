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

fn built() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().canonicalize().unwrap().join("book");
    copy(&workspace().join("tests/cases/build-book/in"), &book);
    let output = run(&book, &["build"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    (folder, book.join("dist/html/first.html"))
}

#[test]
fn a_session_is_coloured_and_its_detail_can_be_reached_by_keyboard() {
    let (_folder, page) = built();
    let document = document(&page);
    assert!(document.contains("hljs-meta"), "prompts are coloured as such\n{document}");
    let session = document.split("<code class=\"language-pycon").nth(1).unwrap();
    let opening = session.split('>').next().unwrap();
    assert!(opening.contains("tabindex=\"0\"") && opening.contains("aria-describedby=\""), "{opening}");
    let id = opening.split("aria-describedby=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(document.contains(&format!("id=\"{id}\"")), "{id} describes nothing");
}
