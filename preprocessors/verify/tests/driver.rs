//! The driver, on the level of jobs: sessions made in memory, run by the worker on every Python that there is, and what came of each step.
//!
//! The first Python is the one that the worker was built with; the others run in the second host: those of pyenv from 3.10 on, and what
//! `EXEMPLAR_TEST_SCIENCE` names, an interpreter with matplotlib and pandas.

#![expect(clippy::unwrap_used, reason = "all of this is a test; clippy looks for the attribute")]

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Mark, Session, Step, StepMode, Transcript};
use exemplar_model::protocol::Network;
use exemplar_verify::execute::{Ahead, ExecuteOptions, Interrupt, execute};
use exemplar_verify::load::settings::{IsolationPolicy, Preload};

#[path = "driver/cases.rs"]
mod cases;
#[path = "driver/imports.rs"]
mod imports;
#[path = "driver/tracebacks.rs"]
mod tracebacks;

/// A step, and what it must come to.
struct Tried {
    step: Step,
    seen: String,
}

/// Sessions by what they are about.
type Table = Vec<(&'static str, Vec<Tried>)>;

fn step(mode: StepMode, name: &str, code: &str) -> Step {
    let code = format!("{code}\n");
    Step {
        mode,
        name: name.into(),
        files: ["page.md".into()].into(),
        lines: (1..=code.lines().count()).map(|line| (0, 100 + line)).collect(),
        code: code.into(),
        marks: Vec::new(),
        guesses: false,
        timeout: Duration::from_secs(60),
        stdin: None,
        transcript: None,
        merges_stderr: false,
        ends_fence: false,
    }
}

/// A statement under a prompt, as the session's step with this number.
fn prompt(number: usize, code: &str) -> Step {
    step(StepMode::Single, &format!("<python-input-{number}>"), code)
}

/// The body of a file.
fn script(number: usize, code: &str) -> Step {
    step(StepMode::Exec, &format!("script_{number}.py"), code)
}

fn write(name: &str, code: &str) -> Step {
    step(StepMode::Write, name, code)
}

fn offer(name: &str, code: &str) -> Step {
    step(StepMode::Offer, name, code)
}

fn read(name: &str) -> Step {
    step(StepMode::Read, name, "")
}

fn shell(code: &str) -> Step {
    step(StepMode::Shell, "$", code)
}

/// Further wishes of a step.
trait Wishes: Sized {
    fn typed(self, stdin: &str) -> Self;
    fn shown_as(self, text: &str, patience: Option<usize>) -> Self;
    fn merged(self) -> Self;
    fn shown(self) -> Self;
    fn marked(self, line: usize) -> Self;
    fn within(self, timeout: Duration) -> Self;
    /// What must be seen of it.
    fn gives(self, seen: &str) -> Tried;
}

impl Wishes for Step {
    fn typed(self, stdin: &str) -> Self {
        Self { stdin: Some(stdin.into()), ..self }
    }

    fn shown_as(self, text: &str, patience: Option<usize>) -> Self {
        Self { transcript: Some(Transcript { text: text.to_owned(), patience, is_bare: true }), ..self }
    }

    fn merged(self) -> Self {
        Self { merges_stderr: true, ..self }
    }

    fn shown(self) -> Self {
        Self { ends_fence: true, ..self }
    }

    fn marked(mut self, line: usize) -> Self {
        self.marks.push(Mark { line, column: 0 });
        self
    }

    fn within(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    fn gives(self, seen: &str) -> Tried {
        Tried { step: self, seen: seen.to_owned() }
    }
}

/// All that an outcome says, in short: stdout, and then in brackets whatever else there is.
fn seen(outcome: &Outcome) -> String {
    let mut seen = outcome.stdout.to_string();
    let mut add = |what: &str, text: &str| write!(seen, "[{what} {}]", text.trim_end()).unwrap();
    if !outcome.stderr.is_empty() {
        add("stderr", &outcome.stderr);
    }
    for mark in outcome.marks.iter().flatten() {
        add("marked", mark);
    }
    for warning in &outcome.warnings {
        let place =
            warning.at.as_ref().map_or_else(|| "nowhere".to_owned(), |(name, line)| format!("{name}:{line}"));
        add("warned", &format!("{}: {} at {place}", warning.kind, warning.message));
    }
    for display in &outcome.displays {
        add(if display.figure { "figure" } else { "display" }, &format!("{} {}", display.mime, display.data));
    }
    if let Some(status) = outcome.exit_status {
        add("status", &status.to_string());
    }
    match &outcome.ending {
        Ending::Completed => {}
        Ending::Raised(raised) => {
            add(if raised.at_compile { "uncompiled" } else { "raised" }, &raised.summary);
            assert!(!raised.traceback.contains("exemplar driver"), "{}", raised.traceback);
        }
        Ending::TimedOut { .. } => add("timed", "out"),
        other => add("ended", &format!("{other:?}")),
    }
    if let Some((file, line)) = &outcome.failed_at {
        add("at", &format!("{file}:{line}"));
    }
    seen
}

fn session(steps: Vec<Step>, pythonpath: Vec<PathBuf>) -> Session {
    Session {
        page: 0,
        name: "page".to_owned(),
        network: Network::None,
        python: None,
        memory: 1 << 30,
        processes: 64,
        output: 1 << 20,
        timeout: Duration::from_secs(120),
        files: Vec::new(),
        pythonpath,
        steps,
        examples: Vec::new(),
    }
}

/// The worker that Cargo built.
fn worker() -> PathBuf {
    let named = std::env::var_os("EXEMPLAR_TEST_WORKER").map(PathBuf::from);
    let beside = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("exemplar-python");
    let worker = named.unwrap_or(beside);
    assert!(worker.is_file(), "the worker is not built: `cargo build --release --workspace` first");
    worker
}

fn run(sessions: &[Session], python: Option<&Path>, readable: Vec<PathBuf>) -> Vec<Vec<Outcome>> {
    let options = ExecuteOptions {
        worker: worker(),
        python: python.map(Path::to_owned),
        jobs: NonZeroUsize::new(2).unwrap(),
        isolation: IsolationPolicy::Auto,
        readable,
        interrupt: Interrupt::install().unwrap(),
        preload: Preload::Off,
        shuffle: None,
        variation: 0,
        twice: false,
        observer: None,
        cache: None,
        standby: None,
        ahead: Ahead::default(),
    };
    execute(sessions, &options, &|_, _| {}).unwrap().outcomes
}

/// The interpreters to try: none is the worker's own.
fn pythons() -> Vec<Option<PathBuf>> {
    let mut found = vec![None];
    let versions = std::env::home_dir().unwrap_or_default().join(".pyenv/versions");
    for minor in 10..=13 {
        let mut of_minor: Vec<PathBuf> = fs_err::read_dir(&versions)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(&format!("3.{minor}.")))
            .map(|path| path.join("bin/python"))
            .filter(|python| python.is_file())
            .collect();
        of_minor.sort();
        found.extend(of_minor.pop().map(Some));
    }
    found
}

#[test]
fn steps_do_what_they_are_about_on_every_python() {
    let table = cases::table();
    let sessions: Vec<Session> = table
        .iter()
        .map(|(_, tried)| session(tried.iter().map(|tried| tried.step.clone()).collect(), Vec::new()))
        .collect();
    let mut differences = String::new();
    for python in pythons() {
        let outcomes = run(&sessions, python.as_deref(), Vec::new());
        for ((about, tried), outcomes) in table.iter().zip(&outcomes) {
            for (number, (tried, outcome)) in tried.iter().zip(outcomes).enumerate() {
                let (wanted, seen) = (&tried.seen, seen(outcome));
                if seen != *wanted {
                    write!(differences, "{about}, step {number}, on {python:?}:\n{wanted:?}\n{seen:?}\n")
                        .unwrap();
                }
            }
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn folders_of_modules_come_behind_the_sessions_own() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("json.py"), "where = 'pythonpath'\n").unwrap();
    fs_err::write(folder.path().join("csv.py"), "where = 'pythonpath'\n").unwrap();
    let steps = vec![
        write("csv.py", "where = 'session'"),
        prompt(1, "import csv; csv.where"),
        shell("cd /; python -c 'import json, csv; print(json.where, csv.where)'"),
        prompt(3, "import sys; sys.path[0], len(sys.path[1]) > 0, sys.path[1] in sys.path[2:]"),
    ];
    let path = folder.path().canonicalize().unwrap();
    for python in pythons() {
        let sessions = [session(steps.clone(), vec![path.clone()])];
        let outcomes = run(&sessions, python.as_deref(), vec![path.clone()]);
        let seen: Vec<String> = outcomes[0].iter().map(seen).collect();
        let expected = ["", "'session'\n", "pythonpath pythonpath\n[status 0]", "('', True, False)\n"];
        assert_eq!(seen, expected, "on {python:?}");
    }
}

#[test]
fn figures_and_frames_are_the_same_in_every_run() {
    let Some(python) = std::env::var_os("EXEMPLAR_TEST_SCIENCE").map(PathBuf::from) else { return };
    let draws = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([1, 2, 3], label='a')\nax.legend()\nplt.show()";
    let steps = vec![
        script(1, draws).shown(),
        prompt(1, "import pandas as pd"),
        prompt(2, "pd.DataFrame({'a': [1, 2]})").shown(),
        script(2, "plt.figure()\nplt.title(r'$\\bad{$')").shown(),
        prompt(3, "plt.get_fignums()"),
    ];
    let sessions: Vec<Session> = (0..2).map(|_| session(steps.clone(), Vec::new())).collect();
    let outcomes = run(&sessions, Some(&python), Vec::new());
    let [first, second] = &outcomes[..] else { panic!("two sessions") };
    let [figure] = &first[0].displays[..] else { panic!("one figure: {first:?}") };
    assert!(figure.figure && figure.mime == "image/svg+xml" && figure.data.starts_with("<svg"), "{figure:?}");
    assert_eq!(first[0].displays, second[0].displays);
    assert_eq!((first[0].stdout.as_str(), first[0].warnings.len()), ("", 0), "{:?}", first[0]);
    assert_eq!(first[2].stdout, "   a\n0  1\n1  2\n");
    assert_eq!(first[2].displays[0].mime, "text/html");
    assert_eq!(first[3].warnings[0].kind, "exemplar.RenderWarning");
    assert_eq!(first[4].stdout, "[]\n");
}
