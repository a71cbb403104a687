//! `exemplar fix` where files, git and the system come in, and outputs that change from run to run.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::run::{exemplar, guarded, report, run};

fn files_of(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs_err::read(entry.path()).unwrap()))
        .collect()
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        fs_err::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        fs_err::write(folder.join(name), text).unwrap();
    }
}

const PAGES: [(&str, &str); 5] = [
    ("lf.md", "# LF\n\n```python\n>>> 1 + 1\n3\n>>> 2\n2\n```\n"),
    ("crlf page.md", "```python\r\n>>> 1 + 1\r\n3\r\n```\r\n\r\n> ```python\r\n> >>> 2\r\n> ```\r\n"),
    ("no end é.md", "```python\n>>> print('a', 'b', sep='\\n')\nc\n```"),
    ("mark.md", "\u{feff}~~~python\nprint(1)\n#>\n~~~\n\ttext"),
    ("right.md", "```python\n>>> 1\n1\n```\n"),
];

#[test]
fn git_takes_the_patch_and_comes_to_what_fix_writes() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &PAGES);
    let before = files_of(folder.path());
    let patch = run(folder.path(), &["fix", "--diff", "."]);
    assert_eq!(patch.status.code(), Some(0));
    assert_eq!(files_of(folder.path()), before, "a patch is printed, and nothing is written");
    let patched = tempfile::tempdir().unwrap();
    write(patched.path(), &PAGES);
    fs_err::write(patched.path().join("fix.patch"), &patch.stdout).unwrap();
    let applied = Command::new("git")
        .args(["apply", "--whitespace=nowarn", "fix.patch"])
        .current_dir(patched.path())
        .output()
        .unwrap();
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    fs_err::remove_file(patched.path().join("fix.patch")).unwrap();
    assert_eq!(run(folder.path(), &["fix", "."]).status.code(), Some(0));
    let after = files_of(folder.path());
    assert_eq!(files_of(patched.path()), after);
    assert_eq!(after["no end é.md"], b"```python\n>>> print('a', 'b', sep='\\n')\na\nb\n```");
    assert_eq!(after["right.md"], before["right.md"]);
    // What is as it should be has no patch.
    assert_eq!(run(folder.path(), &["fix", "--diff", "."]).stdout, b"");
}

#[test]
fn check_says_whether_something_would_change() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &PAGES);
    let before = files_of(folder.path());
    assert_eq!(run(folder.path(), &["fix", "--check", "."]).status.code(), Some(1));
    assert_eq!(files_of(folder.path()), before);
    assert_eq!(run(folder.path(), &["fix", "--check", "right.md"]).status.code(), Some(0));
}

#[test]
fn nobody_is_asked_where_there_is_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &PAGES);
    let mut command = guarded(&exemplar(), folder.path());
    let output = command.args(["fix", "--interactive", "lf.md"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("standard input is none"), "{said}");
}

#[test]
fn a_line_chooses_an_example() {
    let folder = tempfile::tempdir().unwrap();
    let page = "```python\n>>> 1\n2\n>>> 3\n4\n>>> 5\n6\n```\n";
    write(folder.path(), &[("page.md", page)]);
    // The line of an output asks for its example.
    let output = run(folder.path(), &["fix", "page.md:5"]);
    assert_eq!(output.status.code(), Some(0), "nothing that was asked for is left");
    assert_eq!(fs_err::read_to_string(folder.path().join("page.md")).unwrap(), page.replace("4\n", "3\n"));
}

/// Chapters that include a file, by name, and the setting that each of them makes first.
fn book(folder: &Path, chapters: &[(&str, &str)]) {
    let summary: String = chapters.iter().map(|(name, _)| format!("- [{name}]({name}.md)\n")).collect();
    write(folder, &[("book.toml", "[book]\ntitle = \"B\"\n"), ("src/SUMMARY.md", &summary)]);
    write(folder, &[("src/part.py", "print(len(words))\n#> 0\n")]);
    for (name, before) in chapters {
        let text = format!("# {name}\n\n```python\n{before}\n{{{{#include part.py}}}}\n```\n");
        write(folder, &[(&format!("src/{name}.md"), &text)]);
    }
}

#[test]
fn included_code_is_mended_once_and_only_where_all_pages_agree() {
    for (second, named, expected) in [
        ("words = 'cd'", vec![], "print(len(words))\n#> 2\n"),
        ("words = 'abc'", vec![], "print(len(words))\n#> 0\n"),
        // Who names one page has the others in mind all the same.
        ("words = 'cd'", vec!["src/one.md"], "print(len(words))\n#> 2\n"),
        ("words = 'abc'", vec!["src/one.md"], "print(len(words))\n#> 0\n"),
        ("words = ''", vec!["src/one.md"], "print(len(words))\n#> 0\n"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        book(folder.path(), &[("one", "words = 'ab'"), ("two", second)]);
        let output = run(folder.path(), &[&["fix"], &named[..]].concat());
        let part = fs_err::read_to_string(folder.path().join("src/part.py")).unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(part, expected, "{second} {named:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Each a cause, what is printed, and the code above it.
const CAUSES: [(&str, &str, &str); 25] = [
    ("the order of a set", "{'a', 'b', 'c', 'd', 'e', 'f'}", ""),
    ("the order of a set", "list({'alpha', 'beta', 'gamma', 'delta'})", ""),
    ("the order of a set", "''.join({'a', 'b', 'c', 'd', 'e', 'f'})", ""),
    ("the order of a set", "dict.fromkeys({'one', 'two', 'three', 'four', 'five'})", ""),
    ("the order of a set", "{'k%d' % n for n in range(40)}.pop()", ""),
    ("the hash of a string", "hash('text')", ""),
    ("the hash of a string", "hash(b'bytes') % 1000003", ""),
    ("the hash of a string", "key('x')", "def key(name):\n    return hash(name)\n"),
    ("`id()`", "id([])", ""),
    ("`id()`", "hex(id(object()))", ""),
    ("`id()`", "where", "x = object()\nwhere = id(x)\n"),
    ("an address in memory", "'%#x' % ctypes.addressof(n)", "import ctypes\nn = ctypes.c_int(1)\n"),
    ("an address in memory", "ctypes.byref(n)", "import ctypes\nn = ctypes.c_int(3)\n"),
    ("the time", "time.time()", "import time\n"),
    ("the time", "datetime.datetime.now().isoformat()", "import datetime\n"),
    (
        "the time",
        "elapsed",
        "import time\nt0 = time.perf_counter()\nelapsed = [time.perf_counter() - t0 for _ in range(9)]\n",
    ),
    ("the time", "stamp()", "import random, time\ndef stamp():\n    return time.time_ns()\n"),
    ("random numbers", "random.random()", "import random\n"),
    ("random numbers", "cards", "import random\ncards = list(range(30))\nrandom.shuffle(cards)\n"),
    ("random numbers", "uuid.uuid4()", "import uuid\n"),
    ("random numbers", "secrets.token_hex(8)", "import secrets\n"),
    ("random numbers", "os.path.basename(tempfile.mkdtemp())", "import os, tempfile\n"),
    ("random numbers", "roll()", "import random, time\ndef roll():\n    return random.randint(1, 10**9)\n"),
    ("the number of a process", "os.getpid()", "import os\n"),
    ("the number of a process", "threading.get_ident()", "import threading\n"),
];

#[test]
fn what_changes_from_run_to_run_is_left_and_its_cause_named() {
    let folder = tempfile::tempdir().unwrap();
    for (number, (_, code, before)) in CAUSES.iter().enumerate() {
        let prompt = |line: &str| format!("{} {line}\n", if line.starts_with(' ') { "..." } else { ">>>" });
        let before: String = before.lines().map(prompt).collect();
        let page = format!("```python\n{before}>>> {code}\n0\n>>> 'stable'\n0\n```\n");
        write(folder.path(), &[(&format!("p{number:02}.md"), &page)]);
    }
    let checked = report(folder.path(), &["--twice", "."]);
    let stale: Vec<&serde_json::Value> = checked["examples"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|example| example["status"] == "failed")
        .collect();
    assert_eq!(stale.len(), 2 * CAUSES.len());
    for (pair, (cause, code, _)) in stale.chunks(2).zip(CAUSES) {
        let hint = pair[0]["hint"].as_str().unwrap_or_default();
        assert!(hint.contains("changes from run to run") && hint.contains(cause), "{code}: {hint}");
        assert_eq!(pair[0]["code"], "stale-output", "what is stale in any case says so");
        let hint = pair[1]["hint"].as_str().unwrap_or_default();
        assert!(!hint.contains("from run to run"), "{code}: {hint}");
    }
    let output = run(folder.path(), &["fix", "."]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    let messages: Vec<&str> =
        said.lines().filter(|line| line.starts_with("warning[unstable-output]")).collect();
    assert_eq!(messages.len(), CAUSES.len(), "{said}");
    for (message, (cause, code, _)) in messages.iter().zip(CAUSES) {
        assert!(message.contains(cause), "{code}: {message}");
    }
    for number in 0..CAUSES.len() {
        let page = fs_err::read_to_string(folder.path().join(format!("p{number:02}.md"))).unwrap();
        assert!(page.ends_with("\n0\n>>> 'stable'\n'stable'\n```\n"), "{page}");
    }
}

#[test]
fn what_only_this_machine_has_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let of_machine = [
        "os.getcwd()",
        "os.path.abspath('notes.txt')",
        "os.path.expanduser('~')",
        "json.__file__",
        "sys.path[-1]",
        "sys.executable",
        "sys.version",
        "platform.node()",
        "os.listdir('/usr/bin')",
    ];
    let statement = |code: &&str| format!(">>> {code}\n'stale'\n");
    let statements: String = of_machine.iter().map(statement).collect();
    let page = |last: &str| {
        format!(
            "```python\n>>> import json, os, platform, sys\n{statements}>>> os.path.join('/root', 'a')\n{last}\n```\n"
        )
    };
    write(folder.path(), &[("page.md", &page("'stale'"))]);
    let output = run(folder.path(), &["fix", "page.md"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(fs_err::read_to_string(folder.path().join("page.md")).unwrap(), page("'/root/a'"), "{said}");
    assert_eq!(said.matches("what only this machine has").count(), of_machine.len(), "{said}");
    assert_eq!(said.matches("such as `path.name`").count(), of_machine.len(), "{said}");
}

#[test]
fn what_passes_by_luck_fails_when_it_runs_twice() {
    let folder = tempfile::tempdir().unwrap();
    let page = |output: &str| {
        format!(
            "```python\n>>> list({{'a', 'b', 'c', 'd', 'e', 'f', 'g'}})\n{output}\n>>> sorted('ba')\n['a', 'b']\n>>> object()  # doctest: +ELLIPSIS\n<object object at ...>\n```\n"
        )
    };
    write(folder.path(), &[("page.md", &page("?"))]);
    let lucky =
        report(folder.path(), &["page.md"])["examples"][0]["actual"].as_str().unwrap().trim().to_owned();
    write(folder.path(), &[("page.md", &page(&lucky))]);
    assert_eq!(report(folder.path(), &["page.md"])["summary"]["passed"], 3);
    let twice = report(folder.path(), &["--twice", "page.md"]);
    let statuses: Vec<&str> = twice["examples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|example| example["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["failed", "passed", "passed"]);
    assert_eq!(twice["examples"][0]["code"], "unstable-output");
    assert!(twice["examples"][0]["message"].as_str().unwrap().contains("the order of a set"));
    assert_eq!(run(folder.path(), &["check", "--twice", "page.md"]).status.code(), Some(1));
}

#[test]
fn who_is_killed_while_writing_leaves_whole_files() {
    let page =
        |number: usize, output: usize| format!("# {number}\n\n```python\n>>> {number}\n{output}\n```\n");
    for round in 0..6 {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..60 {
            write(folder.path(), &[(&format!("{number}.md"), &page(number, 1000))]);
        }
        let mut child = Command::new(exemplar())
            .args(["fix", "."])
            .env("EXEMPLAR_NO_CACHE", "1")
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Wherever that is: the law holds at every moment.
        std::thread::sleep(Duration::from_millis(150 * round));
        let _ = child.kill();
        child.wait().unwrap();
        for number in 0..60 {
            let text = fs_err::read_to_string(folder.path().join(format!("{number}.md"))).unwrap();
            assert!([page(number, 1000), page(number, number)].contains(&text), "{text}");
        }
        // The next one mends the rest, and takes away what the first one could not.
        assert_eq!(run(folder.path(), &["fix", "."]).status.code(), Some(0));
        let names: Vec<String> = files_of(folder.path()).into_keys().collect();
        assert!(names.iter().all(|name| name.ends_with(".md")), "{names:?}");
        for number in 0..60 {
            let text = fs_err::read_to_string(folder.path().join(format!("{number}.md"))).unwrap();
            assert_eq!(text, page(number, number));
        }
    }
}
