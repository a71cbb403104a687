//! Kept results: a result is taken exactly when everything that can change it is as it was.
//!
//! The page of a [`Project`] prints all that it depends on, so that a result which is taken wrongly is a wrong text.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::run::{build_folder, copy, exemplar, files_below, guarded, without_durations};

/// The inputs of a session, each of which the tests can set to one of two values.
const INPUTS: [&str; 9] = [
    "code",
    "attribute",
    "data file",
    "file that is read",
    "local module",
    "package version",
    "environment",
    "interpreter",
    "tool",
];

/// A state of all inputs.
type State = [bool; INPUTS.len()];

/// A project with an environment of its own and its kept results, beside each other in a temporary folder.
struct Project {
    folder: tempfile::TempDir,
    pythons: [PathBuf; 2],
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Self { pythons: ["one", "two"].map(|name| folder.path().join(name)), folder };
        let own = python_of_the_worker();
        for python in &project.pythons {
            fs_err::create_dir_all(python.join("bin")).unwrap();
            fs_err::os::unix::fs::symlink(&own, python.join("bin/python")).unwrap();
            let home = own.parent().unwrap().display();
            let configured = format!("home = {home}\nversion = {}\n", version(&own));
            fs_err::write(python.join("pyvenv.cfg"), configured).unwrap();
        }
        for (name, text) in
            [("book/exemplar.toml", "pythonpath = ['lib']\nfiles = ['given.txt']\n"), ("book/read.txt", "")]
        {
            project.write(name, text);
        }
        project
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        // A file that stays as it is keeps its times.
        if fs_err::read_to_string(&path).ok().as_deref() != Some(text) {
            fs_err::write(&path, text).unwrap();
        }
    }

    /// Brings all inputs into a state. Gives what the page's example must print, and the command line.
    fn set(&self, state: State) -> (String, Command) {
        let [code, attribute, data, read, module, package, environment, interpreter, tool] =
            state.map(u8::from);
        let typed = format!("stdin=\"typed {attribute}\"");
        let reading = self.path().join("book/read.txt");
        let page = format!(
            "```python {typed}\nimport os, sys, local, package\nprint({code}, input()[-1], open('given.txt').read(), \
             open({:?}).read(), local.VALUE, package.VERSION, os.environ['PATH'][-1])\n```\n",
            reading.display()
        );
        self.write("book/page.md", &page);
        self.write("book/given.txt", &data.to_string());
        self.write("book/read.txt", &read.to_string());
        self.write("book/lib/local.py", &format!("VALUE = {module}\n"));
        for python in &self.pythons {
            self.install(python, package);
        }
        let worker = self.worker(tool);
        let mut command = guarded(&exemplar(), &self.path().join("book"));
        let path = format!("{}:/made-up/{environment}", std::env::var("PATH").unwrap());
        command
            .env_remove("EXEMPLAR_NO_CACHE")
            .env("EXEMPLAR_CACHE_DIR", self.path().join("cache"))
            .env("EXEMPLAR_WORKER", worker)
            .env("PATH", path)
            .args(["check", "page.md", "--format", "json", "--python"])
            .arg(self.pythons[usize::from(interpreter)].join("bin/python"));
        (format!("{code} {attribute} {data} {read} {module} {package} {environment}"), command)
    }

    /// A package as an installer leaves it.
    fn install(&self, python: &Path, package: u8) {
        let site = site_packages(python);
        let relative = |name: &str| site.strip_prefix(self.path()).unwrap().join(name);
        let text = format!("VERSION = {package}\n");
        for (name, text) in [
            ("package/__init__.py".to_owned(), text),
            ("package-1.dist-info/RECORD".to_owned(), format!("package/__init__.py,sha256={package},12\n")),
        ] {
            self.write(&relative(&name).to_string_lossy(), &text);
        }
    }

    /// The worker, or another program that does the same.
    fn worker(&self, tool: u8) -> PathBuf {
        let path = self.path().join(format!("worker-{tool}"));
        if !path.exists() {
            let mut program = fs_err::read(build_folder().join("exemplar-python")).unwrap();
            program.push(tool);
            fs_err::write(&path, program).unwrap();
            let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs_err::set_permissions(&path, executable).unwrap();
        }
        path
    }

    /// Checks the page. Gives whether its result was a kept one.
    fn check(&self, state: State) -> bool {
        let (must_be, mut command) = self.set(state);
        // What changes just before a run may have changed within it, as far as the times of files tell.
        std::thread::sleep(Duration::from_millis(60));
        let output = command.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        let example = &report["examples"][0];
        // What is typed is echoed first.
        let printed = example["actual"].as_str().unwrap().lines().last().unwrap();
        assert_eq!(printed, must_be, "at {state:?}");
        example["cached"].as_bool().unwrap()
    }
}

fn python_of_the_worker() -> PathBuf {
    let python = crate::run::workspace().join(".venv/bin/python");
    fs_err::canonicalize(python).unwrap()
}

fn version(python: &Path) -> String {
    let output =
        Command::new(python).args(["-c", "import platform; print(platform.python_version())"]).output();
    String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned()
}

fn site_packages(python: &Path) -> PathBuf {
    let version = version(&python.join("bin/python"));
    let minor = version.rsplit_once('.').unwrap().0;
    python.join(format!("lib/python{minor}/site-packages"))
}

#[test]
fn each_input_in_turn_makes_the_session_run_again() {
    let project = Project::new();
    let mut state = State::default();
    assert!(!project.check(state), "nothing is kept yet");
    assert!(project.check(state), "nothing changed");
    for (index, input) in INPUTS.iter().enumerate() {
        state[index] = true;
        assert!(!project.check(state), "a change of the {input} went unnoticed");
        assert!(project.check(state), "the result was not kept after a change of the {input}");
    }
}

#[test]
fn a_result_is_taken_only_where_that_very_state_ran_before() {
    let changes = proptest::collection::vec(0..INPUTS.len(), 5);
    let config = ProptestConfig { cases: 2, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new(config)
        .run(&changes, |changes| {
            let project = Project::new();
            let mut state = State::default();
            let mut seen = Vec::new();
            for change in changes {
                state[change] = !state[change];
                let was_taken = project.check(state);
                assert_eq!(was_taken, seen.contains(&state), "{seen:?} and then {state:?}");
                seen.push(state);
            }
            Ok(())
        })
        .unwrap();
}

/// Writes pages of one script each into a folder, with settings of its own.
pub(crate) fn write_pages(folder: &Path, pages: &[(String, String)]) {
    fs_err::create_dir_all(folder).unwrap();
    fs_err::write(folder.join("exemplar.toml"), "").unwrap();
    for (name, code) in pages {
        fs_err::write(folder.join(name), format!("```python\n{code}\n```\n")).unwrap();
    }
}

/// `exemplar check` of a folder with this place for kept results.
pub(crate) fn checking(folder: &Path, cache: &Path) -> Command {
    let mut command = guarded(&exemplar(), folder);
    command.env_remove("EXEMPLAR_NO_CACHE").env("EXEMPLAR_CACHE_DIR", cache);
    command.args(["check", ".", "--format", "json"]);
    command
}

/// Its report.
pub(crate) fn checked(folder: &Path, cache: &Path) -> Value {
    let output = checking(folder, cache).output().unwrap();
    let mut report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    without_durations(&mut report);
    report
}

/// How many examples have a kept result.
pub(crate) fn taken(report: &Value) -> usize {
    report["examples"].as_array().unwrap().iter().filter(|example| example["cached"] == true).count()
}

pub(crate) fn numbered(count: usize, code: impl Fn(usize) -> String) -> Vec<(String, String)> {
    (0..count).map(|number| (format!("page-{number:03}.md"), code(number))).collect()
}

#[test]
fn two_checkouts_share_results_and_a_kept_report_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, cache] = ["one", "two", "cache"].map(|name| folder.path().join(name));
    write_pages(&one, &numbered(3, |number| format!("print({number})\nprint(1 / ({number} - 1))")));
    let mut first = checked(&one, &cache);
    assert_eq!(taken(&first), 0);
    copy(&one, &two);
    let mut second = checked(&two, &cache);
    assert_eq!(taken(&second), 3);
    for report in [&mut first, &mut second] {
        for example in report["examples"].as_array_mut().unwrap() {
            example["cached"] = Value::Null;
        }
    }
    assert_eq!(first, second);
}

#[test]
fn what_took_longest_runs_first_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    let code = |page| match page {
        0 => "import time\n# It has the most code of all.\nprint(time.monotonic_ns())",
        1 => "import time\nprint(time.monotonic_ns())",
        _ => "import time\nprint(time.monotonic_ns()); time.sleep(1)",
    };
    write_pages(&book, &numbered(3, |page| code(page).to_owned()));
    // The pages, in the order in which they began.
    let order = || {
        let output = checking(&book, &cache).args(["--jobs", "1"]).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(taken(&report), 0, "{report:#}");
        let printed = report["examples"].as_array().unwrap().iter().map(|it| it["actual"].as_str().unwrap());
        let mut begun: Vec<(u64, usize)> =
            printed.enumerate().map(|(page, printed)| (printed.trim().parse().unwrap(), page)).collect();
        begun.sort_unstable();
        begun.into_iter().map(|(_, page)| page).collect::<Vec<usize>>()
    };
    assert_eq!(order(), [0, 2, 1], "nothing is known of them, and their code tells");
    fs_err::write(book.join("exemplar.toml"), "timeout = \"19s\"\n").unwrap();
    assert_eq!(order()[0], 2);
}

#[test]
fn a_failure_is_shown_where_its_code_stands_now() {
    let folder = tempfile::tempdir().unwrap();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    write_pages(&book, &numbered(1, |_| "1 + 1\n1 / 0".to_owned()));
    assert_eq!(checked(&book, &cache)["examples"][0]["failed_line"], 3);
    let page = book.join("page-000.md");
    let text = fs_err::read_to_string(&page).unwrap();
    fs_err::write(&page, format!("Another\nbeginning.\n\n{text}")).unwrap();
    let report = checked(&book, &cache);
    assert_eq!((taken(&report), &report["examples"][0]["failed_line"]), (1, &Value::from(6)));
}

#[test]
fn what_can_not_be_seen_or_may_not_come_again_is_never_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    let codes = [
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os\nif not os.fork(): os._exit(0)",
        "import ctypes; ctypes.CDLL('libc.so.6').getpid()",
        "import os; os.kill(os.getpid(), 9)",
        "x = 'x' * 10**10",
    ];
    write_pages(&book, &numbered(codes.len(), |number| codes[number].to_owned()));
    checked(&book, &cache);
    let report = checked(&book, &cache);
    assert_eq!(taken(&report), 0, "{report:#}");
    let output = checking(&book, &cache).arg("--explain-cache").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("page-000.md, session `page`, ran: its result is never kept: it starts processes"),
        "{said}"
    );
}

#[test]
fn a_damaged_record_is_as_good_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    write_pages(&book, &numbered(4, |number| format!("print({number})")));
    let first = checked(&book, &cache);
    for (place, path) in files_below(&cache).into_iter().enumerate() {
        let mut bytes = fs_err::read(&path).unwrap();
        match place % 3 {
            0 => bytes.truncate(bytes.len() / 2),
            1 => bytes.clear(),
            _ => bytes.iter_mut().for_each(|byte| *byte ^= 0x55),
        }
        fs_err::write(&path, bytes).unwrap();
    }
    assert_eq!(checked(&book, &cache), first);
    assert_eq!(taken(&checked(&book, &cache)), 4);
}

#[test]
fn what_was_not_used_for_longest_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    write_pages(&book, &numbered(12, |number| format!("print('{number}' * 4000)")));
    fs_err::write(book.join("exemplar.toml"), "cache-size = '40KiB'\n").unwrap();
    for _ in 0..2 {
        checked(&book, &cache);
        let size: u64 = files_below(&cache).iter().map(|path| path.metadata().unwrap().len()).sum();
        assert!(size < 50 << 10, "{size}");
    }
    let kept = taken(&checked(&book, &cache));
    assert!((1..12).contains(&kept), "{kept} of 12 are kept");
}

#[test]
fn runs_side_by_side_and_killed_ones_leave_whole_records() {
    let folder = tempfile::tempdir().unwrap();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    write_pages(&book, &numbered(40, |number| format!("import time; time.sleep(0.02); print({number})")));
    for round in 0..4_u64 {
        let mut killed = Command::new(exemplar())
            .current_dir(&book)
            .env_remove("EXEMPLAR_NO_CACHE")
            .env("EXEMPLAR_CACHE_DIR", &cache)
            .args(["check", "."])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(150 * (round + 1)));
        killed.kill().unwrap();
        killed.wait().unwrap();
    }
    let runs: Vec<_> = (0..3)
        .map(|_| checking(&book, &cache).stdout(std::process::Stdio::null()).spawn().unwrap())
        .collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    let report = checked(&book, &cache);
    assert_eq!((taken(&report), &report["summary"]["ran"]), (40, &Value::from(40)));
}

#[test]
fn clean_removes_what_is_kept_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (book, cache) = (folder.path().join("book"), folder.path().join("cache"));
    write_pages(&book, &numbered(1, |_| "print(1)".to_owned()));
    checked(&book, &cache);
    let clean = |folder: &Path| {
        let mut command = guarded(&exemplar(), &book);
        command.args(["clean", "--cache-dir"]).arg(folder).output().unwrap()
    };
    assert_eq!(clean(&book).status.code(), Some(2), "a folder that is not ours");
    assert!(book.join("page-000.md").exists());
    assert_eq!(clean(&cache).status.code(), Some(0));
    assert!(!cache.exists());
    assert_eq!(taken(&checked(&book, &cache)), 0);
}
