//! What an example does to its process is its own session's affair.
//!
//! `tests/faults` is a book of faults, each in a fence of its own session, between good examples of that session, of the page and of other
//! pages. A comment above the fence says what must come of it: `<!-- fault: crash, line 3 -->` for the example that fails, by its code and
//! the fence's line that is blamed, after which nothing of the session runs; with `, goes on` when its later examples pass; and `goes on`
//! alone when nothing fails. Where systems differ, ` | ` stands between what may come.
//!
//! Every run here goes through the guard of [`crate::run::guarded`].

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::interrupt::belonging_to;
use crate::run::{copy, examples, exemplar, guarded, report, workspace};
use crate::second_host::other_python;

/// A fault of the book.
struct Fault {
    title: String,
    /// What may come of it, as its comment says.
    outcomes: Vec<String>,
    /// The line of the page that its fence opens on.
    opening: u64,
    /// The fence's content.
    code: Vec<String>,
}

/// A page of the book.
struct Page {
    /// Its path within the book.
    file: String,
    title: String,
    faults: Vec<Fault>,
}

fn pages() -> Vec<Page> {
    let folder = workspace().join("tests/faults/src");
    let summary = fs_err::read_to_string(folder.join("SUMMARY.md")).unwrap();
    let names = summary.lines().filter_map(|line| line.split_once("](")?.1.strip_suffix(')'));
    names.map(|name| page(&folder, name)).collect()
}

fn page(folder: &Path, name: &str) -> Page {
    let text = fs_err::read_to_string(folder.join(name)).unwrap();
    let mut page = Page { file: format!("src/{name}"), title: String::new(), faults: Vec::new() };
    let mut title = String::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((_, line)) = lines.next() {
        if let Some(heading) = line.strip_prefix("# ") {
            page.title = heading.to_owned();
        } else if let Some(heading) = line.strip_prefix("## ") {
            title = heading.to_owned();
        } else if let Some(said) = line.strip_prefix("<!-- fault: ") {
            let said = said.strip_suffix(" -->").unwrap();
            let (opening, fence) = lines.next().unwrap();
            assert!(
                fence.starts_with("```python {isolated"),
                "{name}:{opening}: no fence of its own session"
            );
            let code = lines.by_ref().map(|(_, line)| line.to_owned());
            page.faults.push(Fault {
                title: title.clone(),
                outcomes: said.split(" | ").map(str::to_owned).collect(),
                opening,
                code: code.take_while(|line| line != "```").collect(),
            });
        }
    }
    page
}

/// What came of a fault, in the words of its comment.
fn outcome(fault: &Fault, examples: &[&Value]) -> String {
    let number = |value: &Value| value.as_u64();
    let Some(at) = examples.iter().position(|example| example["status"] != "passed") else {
        return "goes on".to_owned();
    };
    let failed = examples[at];
    let line = number(&failed["failed_line"]).or(number(&failed["line"])).unwrap() - fault.opening;
    let rest = &examples[at + 1..];
    let what = format!("{}, line {line}", failed["code"].as_str().unwrap_or("no failure"));
    let follows = |example: &&Value| example["status"] == "not_run" && example["cause"] == failed["id"];
    if rest.iter().all(follows) {
        what
    } else if rest.iter().all(|example| example["status"] == "passed") {
        what + ", goes on"
    } else {
        format!("{what}, and then {}", serde_json::to_string(rest).unwrap())
    }
}

/// Runs the book of faults, and gives the report. Whatever came of the faults, nothing may be left of them.
fn check_book(arguments: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let book = folder.path().join("book");
    let temporary = folder.path().join("tmp");
    copy(&workspace().join("tests/faults"), &book);
    fs_err::create_dir(&temporary).unwrap();
    let mut command = guarded(&exemplar(), &book);
    // More jobs than cores: most of the time, a fault that hangs waits for its limit.
    command.args(["check", "--format", "json", "--jobs", "6"]).args(arguments).env("TMPDIR", &temporary);
    let Output { status, stdout, stderr } = command.output().unwrap();
    let report = serde_json::from_slice(&stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&stderr)));
    assert_eq!(status.code(), Some(1));
    let left: Vec<PathBuf> =
        fs_err::read_dir(&temporary).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, Vec::<PathBuf>::new(), "a directory was left behind");
    assert_eq!(belonging_to(&temporary), Vec::<String>::new(), "a process was left behind");
    report
}

/// The examples of a report that stand in these lines of a file, in their order.
fn within<'a>(report: &'a Value, file: &str, lines: std::ops::Range<u64>) -> Vec<&'a Value> {
    let all = report["examples"].as_array().unwrap().iter();
    all.filter(|example| {
        example["file"] == file && example["line"].as_u64().is_some_and(|line| lines.contains(&line))
    })
    .collect()
}

/// Everything that is not as the book says.
fn misjudged(pages: &[Page], report: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut of_faults = 0;
    for page in pages {
        for fault in &page.faults {
            let examples = within(report, &page.file, lines(fault));
            of_faults += examples.iter().filter(|example| example["status"] != "passed").count();
            let came = outcome(fault, &examples);
            if !fault.outcomes.contains(&came) {
                let said =
                    examples.iter().map(|example| format!("{} {}", example["message"], example["stderr"]));
                let said = said.collect::<Vec<_>>().join("\n    ");
                wrong.push(format!(
                    "{}: {}: {came}, not {:?}\n    {said}",
                    page.file, fault.title, fault.outcomes
                ));
            }
        }
    }
    let all = report["examples"].as_array().unwrap();
    let of_all = all.iter().filter(|example| example["status"] != "passed").count();
    if of_all != of_faults {
        wrong.push(format!("{} good examples suffered", of_all - of_faults));
    }
    wrong
}

fn lines(fault: &Fault) -> std::ops::Range<u64> {
    fault.opening..fault.opening + fault.code.len() as u64 + 1
}

#[test]
fn a_fault_is_contained_in_the_embedded_python() {
    let pages = pages();
    assert!(pages.iter().map(|page| page.faults.len()).sum::<usize>() >= 45);
    let report = check_book(&[]);
    assert_eq!(misjudged(&pages, &report).join("\n"), "");
    if std::env::var_os("EXEMPLAR_TEST_PREFIX").is_none() {
        // Written by the suite, so that it says what is so: `SNAPSHOTS=overwrite` renews it.
        let written = workspace().join("docs/faults.md");
        let written = snapbox::Data::read_from(&written, Some(snapbox::data::DataFormat::Text)).raw();
        snapbox::Assert::new().action_env("SNAPSHOTS").eq(table(&pages, &report), written);
    }
}

#[test]
fn a_fault_is_contained_in_another_python() {
    let Some(python) = other_python() else { return };
    let report = check_book(&["--python", &python.to_string_lossy()]);
    assert_eq!(misjudged(&pages(), &report).join("\n"), "");
}

/// The beginning of `docs/faults.md`.
const TABLE_HEAD: &str = "# What happens when an example misbehaves\n\n\
    This page is written by `tests/suite/faults.rs`, which runs the book `tests/faults`: each fault between good examples of its session,\n\
    in a page with other sessions, among other pages. Each time exactly this example fails, with this code and message, on both hosts. Then\n\
    the later examples of its session are `not_run`, with it as their cause, unless it is said that the session goes on; every other\n\
    session passes; no process and no temporary directory is left.\n";

/// `docs/faults.md`.
fn table(pages: &[Page], report: &Value) -> String {
    let mut table = TABLE_HEAD.to_owned();
    for page in pages.iter().filter(|page| !page.faults.is_empty()) {
        table.push_str(&format!(
            "\n## {}\n\n| fault | the example | what comes of it |\n|---|---|---|\n",
            page.title
        ));
        for fault in &page.faults {
            let examples = within(report, &page.file, lines(fault));
            let failed = examples.iter().find(|example| example["status"] == "failed");
            // A loop may be stopped in any of its lines.
            let mut kinds: Vec<&str> =
                fault.outcomes.iter().filter_map(|outcome| outcome.split(", line ").next()).collect();
            kinds.dedup();
            let came = match (failed, &kinds[..]) {
                (Some(failed), [_]) => {
                    let message = failed["message"].as_str().unwrap();
                    // Where it was is this book's affair.
                    let message = message.split(", in line ").next().unwrap();
                    let goes_on =
                        if fault.outcomes[0].ends_with(", goes on") { "; the session goes on" } else { "" };
                    format!("`{}`: {}{goes_on}", failed["code"].as_str().unwrap(), clipped(message, 120))
                }
                (None, [_]) => "its session goes on".to_owned(),
                (_, _) => fault.outcomes.join(", or ").replace("goes on", "its session goes on"),
            };
            let faulty = fault.code.iter().filter(|line| {
                !line.ends_with(">>> before = 1") && *line != ">>> assert before == 1" && *line != "..."
            });
            let code: Vec<&str> =
                faulty.map(|line| line.trim_start_matches(">>> ").trim_start_matches("... ")).collect();
            let cells = [fault.title.clone(), format!("`` {} ``", code.join(" ⏎ ")), came];
            table.push_str(&format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | ")));
        }
    }
    table
}

/// A text that is cut after so many characters.
fn clipped(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most).chain(['…']).collect()
}

#[test]
fn a_zygote_that_is_killed_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    // Confined, a session can't do that.
    fs_err::write(folder.path().join("exemplar.toml"), "isolation = 'off'\n").unwrap();
    let good = "```python {isolated}\n>>> 40 + 2\n42\n```\n";
    let fault = "```python {timeout=20s}\n>>> before = 1\n>>> import os, signal; os.kill(os.getppid(), signal.SIGKILL); import time; \
                 time.sleep(9)\n>>> before\n1\n```\n";
    for (name, page) in
        [("a.md", good.to_owned()), ("b.md", format!("{fault}\n{good}")), ("c.md", good.to_owned())]
    {
        fs_err::write(folder.path().join(name), page).unwrap();
    }
    let report = report(folder.path(), &["."]);
    let failed = examples(&report, "failed");
    assert_eq!((failed.len(), &failed[0]["code"], &failed[0]["line"]), (1, &"crash".into(), &3.into()));
    assert_eq!(examples(&report, "passed").len(), 4, "{report:#}");
}

/// A fence that tells when its page began, with so much code: the page with the most of it begins first.
fn beginning(code: usize) -> String {
    format!("```python\nimport time; print(time.monotonic_ns())  # {}\n```\n\n", "-".repeat(code))
}

/// The pages in the order in which they began.
fn as_begun(report: &Value) -> Vec<&str> {
    let mut begun: Vec<(u64, &str)> = examples(report, "ran")
        .into_iter()
        .filter_map(|it| Some((it["actual"].as_str()?.trim().parse().ok()?, it["file"].as_str()?)))
        .collect();
    begun.sort_unstable();
    begun.into_iter().map(|(_, page)| page).collect()
}

#[test]
fn nothing_leaks_from_session_to_session() {
    let folder = tempfile::tempdir().unwrap();
    let leak = "```python\n>>> import builtins, json, os\n>>> json.LEAK = 1\n>>> builtins.print = None\n>>> name = 1\n\
                >>> _ = open('file', 'w').write('x')\n>>> os.environ['LEAK'] = 'x'\n```\n";
    let look = "```python\n>>> import json, os\n>>> print(hasattr(json, 'LEAK'), 'LEAK' in os.environ, os.listdir())\n\
                False False []\n>>> 'name' in globals()\nFalse\n```\n";
    for (name, code, page) in
        [("a.md", 3000, leak), ("b.md", 2000, look), ("c.md", 1000, leak), ("d.md", 0, look)]
    {
        fs_err::write(folder.path().join(name), format!("{}{page}", beginning(code))).unwrap();
    }
    let report = report(folder.path(), &[".", "--jobs", "1"]);
    assert_eq!(as_begun(&report), ["a.md", "b.md", "c.md", "d.md"]);
    assert_eq!(examples(&report, "failed"), Vec::<&Value>::new());
}

#[test]
fn nothing_is_left_in_memory_from_session_to_session() {
    let folder = tempfile::tempdir().unwrap();
    let leave = "```python\n>>> left = [b'left-behind-%06d ' % n * 20 for n in range(20_000)]\n>>> del left\n>>> 1\n1\n```\n";
    // Whoever looks for a text has it in memory: so each byte is shifted by one in both.
    let look = "```python\nshifted = bytes((byte + 1) % 256 for byte in range(256))\nwanted = b'mfgu.cfijoe.'\n\
                def found():\n    count = 0\n    with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:\n        \
                for line in maps:\n            place, rights, *_ = line.split()\n            \
                if rights.startswith('rw'):\n                first, last = (int(end, 16) for end in place.split('-'))\n                \
                memory.seek(first)\n                count += memory.read(last - first).translate(shifted).count(wanted)\n    \
                return count\n```\n";
    let nothing = "```python\n>>> found()\n0\n```\n";
    let something = "```python\n>>> left = b'left-behind-%06d' % 1\n>>> found() > 0\nTrue\n```\n";
    for (name, code, page) in [
        ("a.md", 5000, leave.to_owned()),
        ("b.md", 4000, format!("{look}{nothing}")),
        ("c.md", 3000, leave.to_owned()),
        ("d.md", 2000, format!("{look}{nothing}")),
        ("e.md", 1000, format!("{look}{something}")),
    ] {
        fs_err::write(folder.path().join(name), format!("{}{page}", beginning(code))).unwrap();
    }
    let report = report(folder.path(), &[".", "--jobs", "1"]);
    assert_eq!(as_begun(&report), ["a.md", "b.md", "c.md", "d.md", "e.md"]);
    assert_eq!(examples(&report, "failed"), Vec::<&Value>::new());
    assert_eq!(examples(&report, "passed").len(), 10);
}
