//! `check --watch`: what changes is checked again. Each wait is for something that must happen, and ends the test when it does not.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::run::exemplar;

/// How long a change may take until its report is there.
const PATIENCE: Duration = Duration::from_secs(60);

struct Watched {
    child: Child,
    lines: Receiver<String>,
}

impl Watched {
    fn of(folder: &Path, arguments: &[&str]) -> Self {
        // Both streams are one pipe, so that their lines come in the order in which they were written.
        let mut child = std::process::Command::new("bash")
            .args(["-c", "exec \"$0\" \"$@\" 2>&1"])
            .arg(exemplar())
            .args(["check", "--watch"])
            .args(arguments)
            .current_dir(folder)
            .env("NO_COLOR", "1")
            .env("EXEMPLAR_NO_CACHE", "1")
            .env_remove("VIRTUAL_ENV")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, lines }
    }

    /// Reads until a line holds this.
    fn until(&self, words: &str) {
        let mut read = Vec::new();
        while !read.last().is_some_and(|line: &String| line.contains(words)) {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => read.push(line),
                Err(_) => panic!("`{words}` never came:\n{}", read.join("\n")),
            }
        }
    }

    /// Reads until a report has come to its end, and the next change is waited for.
    fn reports(&self, words: &str) {
        self.until(words);
        self.until("waiting for changes");
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn page(says: u32) -> String {
    format!("```python\n>>> 1\n{says}\n```\n")
}

#[test]
fn what_changes_is_checked_again() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let write = |name: &str, text: &str| fs_err::write(root.join(name), text).unwrap();
    write("a.md", &page(1));
    write("b.md", &page(2));
    let mut watched = Watched::of(&root, &["."]);
    watched.reports("failed: 1 of 2 examples in 2 pages");
    // A page alone; the other one is remembered.
    write("a.md", &page(3));
    watched.until("a.md:2:5");
    watched.until("failed: 1 of 1 example in 1 page");
    watched.reports("still failing: b.md");
    // Replaced by renaming, as editors do.
    write(".b.md.swp", &page(1));
    fs_err::rename(root.join(".b.md.swp"), root.join("b.md")).unwrap();
    watched.until("verified 1 example in 1 page");
    watched.reports("still failing: a.md");
    // A page in a folder that is new.
    fs_err::create_dir_all(root.join("deep/deeper")).unwrap();
    write("deep/deeper/c.md", &page(4));
    watched.reports("failed: 1 of 1 example in 1 page");
    write("deep/deeper/c.md", &page(1));
    watched.reports("verified 1 example in 1 page");
    // A page that is gone.
    fs_err::remove_file(root.join("a.md")).unwrap();
    // Settings that are wrong, and then right: everything is checked.
    write("exemplar.toml", "timeuot = '1s'\n");
    watched.until("unknown key `timeuot`");
    write("exemplar.toml", "timeout = '5s'\n");
    watched.reports("verified 2 examples in 2 pages");
    let pid = rustix::process::Pid::from_raw(i32::try_from(watched.child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(watched.child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_page_is_checked_again_when_its_included_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (name, text) in [
        ("book.toml", "[book]\ntitle = 'x'\n"),
        ("src/SUMMARY.md", "- [A](a.md)\n- [B](b.md)\n"),
        ("src/a.md", "```python\n{{#include ../code/shop.py}}\n```\n"),
        ("src/b.md", "```python\nprint('b')\n```\n"),
        ("code/shop.py", "print('shop')\n"),
    ] {
        fs_err::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        fs_err::write(root.join(name), text).unwrap();
    }
    let watched = Watched::of(&root, &[]);
    watched.reports("verified 2 examples in 2 pages");
    fs_err::write(root.join("code/shop.py"), "print('open')\n#> closed\n").unwrap();
    watched.until("--> code/shop.py:1:1");
    watched.reports("failed: 1 of 1 example in 1 page");
    fs_err::remove_file(root.join("code/shop.py")).unwrap();
    watched.reports("1 error");
    fs_err::write(root.join("code/shop.py"), "print('open')\n#> open\n").unwrap();
    watched.reports("verified 1 example in 1 page");
    fs_err::write(root.join("src/SUMMARY.md"), "- [B](b.md)\n").unwrap();
    watched.reports("verified 1 example in 1 page");
}
