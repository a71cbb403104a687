//! What an example does to its process is its own session's affair.
//!
//! Every run here goes through the guard of [`crate::run::guarded`].

use std::path::Path;

use crate::run::{examples, report, workspace};

/// A page with an example before, the fault, and one after; and two good pages around it.
fn around(folder: &Path, fault: &str, limit: &str) -> serde_json::Value {
    let good = "```python\n>>> 40 + 2\n42\n```\n";
    fs_err::write(folder.join("a.md"), good).unwrap();
    fs_err::write(folder.join("c.md"), good).unwrap();
    let page = format!(
        "```python {{{limit}}}\n>>> before = 1\n{fault}>>> before\n1\n```\n\n{}",
        good.replacen("python", "python {isolated}", 1)
    );
    fs_err::write(folder.join("b.md"), page).unwrap();
    report(folder, &["."])
}

/// The beginning of `docs/faults.md`.
const TABLE_HEAD: &str = "# What happens when an example misbehaves\n\n\
    This table is written by `tests/suite/faults.rs`, which runs each of these between two good examples of a page, and\n\
    that page between two good ones. Each time exactly this example fails, with this code and message; the later examples\n\
    of its session are `not_run`, with it as their cause; every other session passes.\n\n\
    | the example | code | message |\n|---|---|---|\n";

#[test]
fn a_fault_costs_its_own_session_the_rest_of_its_examples() {
    let faults = [
        (">>> import os; os._exit(0)\n", "crash", 3),
        (">>> import os; os._exit(1)\n", "crash", 3),
        (">>> import ctypes\n>>> ctypes.string_at(0)\n", "crash", 4),
        (">>> while True:\n...     before = sum(range(99999))\n", "timeout", 4),
        (">>> import time\n>>> def wait():\n...     time.sleep(99)\n>>> wait()\n", "timeout", 5),
        (">>> import re; re.match('(a+)+$', 'a' * 40 + 'b')\n", "timeout", 3),
        (">>> import os, signal; os.kill(os.getpid(), signal.SIGKILL)\n", "crash", 3),
        (">>> while True: print('x' * 9999)\n...\n", "output-limit", 3),
        (">>> import os; os.closerange(3, 4096)\n", "crash", 3),
        (">>> import os\n>>> while True: os.fork()\n...\n", "process-limit", 4),
        (
            ">>> import subprocess as s, sys\n>>> c = [sys.executable, '-c', 'x = bytes([1]) * 4 * 10**7; input()']\n\
             >>> a, b, c = [s.Popen(c, stdin=s.PIPE) for _ in '123']; a.wait()\n",
            "memory-limit",
            5,
        ),
    ];
    let mut table = String::from(TABLE_HEAD);
    for (fault, code, line) in faults {
        let folder = tempfile::tempdir().unwrap();
        let limit = match code {
            "timeout" => "timeout=1s",
            "memory-limit" => "timeout=20s memory=100MiB",
            _ => "timeout=20s",
        };
        let report = around(folder.path(), fault, limit);
        let failed = examples(&report, "failed");
        assert_eq!(failed.len(), 1, "{fault}: {failed:#?}");
        assert_eq!(failed[0]["file"], "b.md");
        assert_eq!(failed[0]["code"], code, "{fault}: {:#?}", failed[0]);
        let blamed = failed[0]["failed_line"].as_u64().or(failed[0]["line"].as_u64());
        assert_eq!(blamed, Some(line), "{fault}: {:#?}", failed[0]);
        let not_run = examples(&report, "not_run");
        assert_eq!(not_run.len(), 1, "{fault}: {not_run:#?}");
        assert_eq!(not_run[0]["cause"], failed[0]["id"]);
        let files: Vec<_> =
            examples(&report, "passed").iter().map(|example| example["file"].clone()).collect();
        assert!(
            ["a.md", "b.md", "c.md"].iter().all(|&file| files.contains(&file.into())),
            "{fault}: {files:?}"
        );
        let message = failed[0]["message"].as_str().unwrap().replace("b.md", "the page");
        let shown = fault.replace("...\n", "").replace(">>> ", "").replace("... ", "");
        let shown = shown.trim_end().replace('\n', " ⏎ ").replace('|', "\\|");
        table.push_str(&format!("| `{shown}` | `{code}` | {message} |\n"));
    }
    // Written by the suite, so that it says what is so: `SNAPSHOTS=overwrite` renews it.
    let written = workspace().join("docs/faults.md");
    let assert = snapbox::Assert::new().action_env("SNAPSHOTS");
    assert.eq(table, snapbox::Data::read_from(&written, Some(snapbox::data::DataFormat::Text)).raw());
}

#[test]
fn a_zygote_that_is_killed_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    // Confined, a session can't do that.
    fs_err::write(folder.path().join("exemplar.toml"), "isolation = 'off'\n").unwrap();
    let fault = ">>> import os, signal; os.kill(os.getppid(), signal.SIGKILL); import time; time.sleep(9)\n";
    let report = around(folder.path(), fault, "timeout=20s");
    let failed = examples(&report, "failed");
    assert_eq!((failed.len(), &failed[0]["code"], &failed[0]["line"]), (1, &"crash".into(), &3.into()));
    assert_eq!(examples(&report, "passed").len(), 4, "{report:#}");
}

#[test]
fn nothing_leaks_from_session_to_session() {
    let folder = tempfile::tempdir().unwrap();
    let leak = "```python\n>>> import builtins, json, os\n>>> json.LEAK = 1\n>>> builtins.print = None\n>>> name = 1\n\
                >>> _ = open('file', 'w').write('x')\n>>> os.environ['LEAK'] = 'x'\n```\n";
    let look = "```python\n>>> import json, os\n>>> print(hasattr(json, 'LEAK'), 'LEAK' in os.environ, os.listdir())\n\
                False False []\n>>> 'name' in globals()\nFalse\n```\n";
    for (name, page) in [("a.md", leak), ("b.md", look), ("c.md", leak), ("d.md", look)] {
        fs_err::write(folder.path().join(name), page).unwrap();
    }
    let report = report(folder.path(), &[".", "--jobs", "1"]);
    assert_eq!(examples(&report, "failed"), Vec::<&serde_json::Value>::new());
}

#[test]
fn what_a_session_leaves_behind_is_gone_before_the_report() {
    let folder = tempfile::tempdir().unwrap();
    // A number that nothing else on the machine sleeps for.
    let page = "```python\nimport os, subprocess\nfor arguments in (['sleep', '7357'], ['setsid', 'sleep', '7357']):\n    \
                _ = subprocess.Popen(arguments)\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        \
                os.execvp('sleep', ['sleep', '7357'])\n    os._exit(0)\nprint('started')\n#> started\n```\n";
    fs_err::write(folder.path().join("a.md"), page).unwrap();
    let report = report(folder.path(), &["."]);
    assert_eq!(examples(&report, "passed").len(), 1, "{report:#}");
    let sleeping = fs_err::read_dir("/proc").unwrap().filter_map(|entry| {
        let line = fs_err::read(entry.ok()?.path().join("cmdline")).ok()?;
        line.windows(4).any(|part| part == b"7357").then_some(())
    });
    assert_eq!(sleeping.count(), 0, "a process was left behind");
}
