//! Sessions run by the real worker.

mod ahead;
mod checkpoints;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use exemplar_model::outcome::{Ending, Outcome};
use exemplar_model::plan::{Session, StepMode};

use super::testing::{options, script, session, step};
use super::{ExecuteOptions, Executed, execute, survey};
use crate::load::settings::Preload;

/// What the sessions gave, without how long it took.
fn outcomes(sessions: &[Session], options: &ExecuteOptions) -> Vec<Vec<Outcome>> {
    let Executed { mut outcomes, .. } = execute(sessions, options, &|_, _| {}).unwrap();
    outcomes.iter_mut().flatten().for_each(|outcome| outcome.duration = Duration::ZERO);
    outcomes
}

fn stdout(outcomes: &[Vec<Outcome>]) -> Vec<&str> {
    outcomes.iter().flatten().map(|outcome| outcome.stdout.as_str()).collect()
}

/// A virtual environment of the worker's own interpreter, and its site-packages.
fn environment(folder: &Path) -> (PathBuf, PathBuf) {
    let own = survey(&options(), false).unwrap().own.unwrap();
    let made =
        Command::new(&own.executable).args(["-m", "venv", "--without-pip"]).arg(folder).status().unwrap();
    assert!(made.success());
    let packages = format!("lib/python{}/site-packages", own.markers["python_version"]);
    (folder.join("bin/python"), folder.join(packages))
}

#[test]
fn a_module_is_loaded_before_only_where_it_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let (python, packages) = environment(&root.join("venv"));
    let modules = [
        ("good", "import wave\nVALUE = 1\n", true),
        ("prints", "print('hello')\n", false),
        ("prints_from_c", "import os\nos.write(2, b'hello')\n", false),
        ("warns", "import warnings\nwarnings.warn('old', DeprecationWarning, stacklevel=2)\n", false),
        ("filters", "import warnings\nwarnings.simplefilter('ignore')\n", false),
        ("fails", "import wave\n1 / 0\n", false),
        ("exits", "import os\nos._exit(0)\n", false),
        ("crashes", "import ctypes\nctypes.string_at(0)\n", false),
        (
            "threads",
            "import threading, time\nthreading.Thread(target=time.sleep, args=(30,), daemon=True).start()\n",
            false,
        ),
        ("opens", "FILE = open('/dev/null')\n", false),
        ("starts", "import subprocess\nCHILD = subprocess.Popen(['sleep', '30'])\n", false),
        ("handles", "import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)\n", false),
        ("sets", "import os\nos.environ['SET'] = '1'\n", false),
        ("logs", "import logging\nlogging.basicConfig()\n", false),
        ("reaches_out", "import of_the_book\n", false),
        ("of_the_book", "", false),
        ("shadowed_within", "import of_the_session\n", false),
        ("linked", "", false),
    ];
    let book = root.join("book");
    fs_err::create_dir(&book).unwrap();
    fs_err::write(packages.join("book.pth"), format!("{}\n", book.display())).unwrap();
    fs_err::write(packages.join("of_the_session.py"), "").unwrap();
    for (name, code, _) in modules {
        let place = if name == "of_the_book" { &book } else { &packages };
        fs_err::write(place.join(format!("{name}.py")), code).unwrap();
    }
    fs_err::rename(packages.join("linked.py"), book.join("linked.py")).unwrap();
    std::os::unix::fs::symlink(book.join("linked.py"), packages.join("linked.py")).unwrap();

    let mut code = String::from("import sys\n");
    for (name, ..) in modules {
        code.push_str(&format!("print({name:?}, {name:?} in sys.modules)\nif not sys:\n    import {name}\n"));
    }
    let mut sessions = [script(&code), script(&code)];
    fs_err::write(root.join("of_the_session.py"), "").unwrap();
    sessions[0].files = vec![root.join("of_the_session.py")];
    let options = ExecuteOptions { python: Some(python), preload: Preload::Auto, ..options() };
    let told = outcomes(&sessions, &options);
    let title = |loaded: bool| if loaded { "True" } else { "False" };
    let wanted: String =
        modules.iter().map(|(name, _, loaded)| format!("{name} {}\n", title(*loaded))).collect();
    assert_eq!(stdout(&told), [wanted.as_str(), wanted.as_str()]);
    assert!(told.iter().flatten().all(|outcome| outcome.stderr.is_empty()), "{told:#?}");
    // What was tried is gone with its process.
    let sleeping = fs_err::read_dir("/proc").unwrap().filter_map(|process| {
        let line = fs_err::read(process.ok()?.path().join("cwd").parent()?.join("cmdline")).ok()?;
        line.starts_with(root.as_os_str().as_encoded_bytes()).then_some(())
    });
    assert_eq!(sleeping.count(), 0);
}

#[test]
fn a_session_with_modules_loaded_before_is_as_one_without() {
    let imports = "import asyncio, collections.abc, concurrent.futures, contextlib, dataclasses, datetime, decimal, json, logging\n\
                   import multiprocessing, os, pathlib, pickle, random, re, sqlite3, string, subprocess, sys, tempfile, threading\n\
                   import unittest, warnings, this, pyparsing_is_not_there\n";
    let imports = imports.replace(", this, pyparsing_is_not_there", "");
    let state = "print(tempfile.gettempdir() == os.getcwd(), tempfile.tempdir == os.getcwd(), random.random() == random.random())\n\
                 print(logging.root.handlers, logging.root.level, warnings.filters)\n\
                 print(threading.main_thread() is threading.current_thread(), threading.active_count())\n\
                 print(sorted(os.environ), sys.argv, sys.path[0], os.listdir(), os.listdir('/proc/self/fd'))\n\
                 print(sys.stdout.name, sys.stdout.encoding, sys.stdout.line_buffering, sys.stderr.errors)\n\
                 warnings.warn('w')\nlogging.warning('logged')\n\
                 async def answer():\n    return 42\nprint(asyncio.run(answer()))\n\
                 print(decimal.getcontext(), 'wave' in sys.modules and 1)\n\
                 class Case(unittest.TestCase):\n    def test(self): pass\n\
                 print(unittest.TextTestRunner(stream=open(os.devnull, 'w')).run(Case('test')))\n";
    let spawn = [
        "import multiprocessing, multiprocessing.pool; open('mine.py', 'w').write('def double(x): return 2 * x'); import mine\n",
        "with multiprocessing.get_context('fork').Pool(2) as pool: print(pool.map(mine.double, range(3)))\n",
        "with multiprocessing.get_context('spawn').Pool(2) as pool: print(pool.map(mine.double, range(3)))\n",
    ];
    let spawn = spawn
        .iter()
        .zip(0..)
        .map(|(code, at)| step(StepMode::Single, &format!("<python-input-{at}>"), code))
        .collect();
    let sessions = [script(&(imports.clone() + state)), session(spawn), script(&imports)];
    let run = |preload: Preload| outcomes(&sessions, &ExecuteOptions { preload, ..options() });
    let fresh = run(Preload::Off);
    assert!(fresh.iter().flatten().all(|outcome| outcome.ending == Ending::Completed), "{fresh:#?}");
    assert_eq!(run(Preload::Auto), fresh);
}

#[test]
fn what_ran_a_book_is_what_its_first_session_wants_whichever_runs_first() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|name| environment(&folder.path().join(name)).0);
    let mut sessions =
        [script("1\n"), script("print('It has more code, so that it begins before the other.')\n")];
    sessions[0].python = Some(first);
    sessions[1].python = Some(second);
    let Executed { interpreter, interpreters, .. } = execute(&sessions, &options(), &|_, _| {}).unwrap();
    assert_ne!(interpreters[0], interpreters[1]);
    assert_eq!(interpreter, interpreters[0]);
}

#[test]
fn random_numbers_differ_from_session_to_session() {
    let code = "import random\nprint(random.getrandbits(64))\n";
    let told =
        outcomes(&[script(code), script(code)], &ExecuteOptions { preload: Preload::Auto, ..options() });
    assert_ne!(told[0], told[1]);
}

#[test]
fn what_is_loaded_before_counts_for_no_limit() {
    let folder = tempfile::tempdir().unwrap();
    let (python, packages) = environment(folder.path());
    fs_err::write(
        packages.join("large.py"),
        "DATA = bytes(1) * 200_000_000\nDATA = DATA.replace(b'x', b'y')\n",
    )
    .unwrap();
    let code = "import large, os, time\nif os.fork() == 0:\n    time.sleep(0.3)\n    os._exit(0)\nos.wait()\nprint(len(large.DATA))\n";
    let mut sessions = [script(code), script(code)];
    sessions.iter_mut().for_each(|session| session.memory = 100 << 20);
    let options = ExecuteOptions { python: Some(python), preload: Preload::Auto, ..options() };
    assert_eq!(stdout(&outcomes(&sessions, &options)), ["200000000\n"; 2]);
}

#[test]
fn each_session_runs_on_the_interpreter_that_it_asks_for() {
    let own = survey(&options(), true).unwrap();
    let code = "import platform\nprint(platform.python_version())\n";
    let mut sessions = vec![script(code)];
    let mut wanted = vec![own.own.unwrap().version];
    for other in own.others {
        let mut session = script(code);
        session.python = Some(other.executable);
        sessions.extend([session.clone(), session]);
        wanted.extend([other.version.clone(), other.version]);
    }
    let executed = execute(&sessions, &options(), &|_, _| {}).unwrap();
    let versions: Vec<String> =
        executed.interpreters.iter().flatten().map(|interpreter| interpreter.version.clone()).collect();
    assert_eq!(versions, wanted);
    let printed: Vec<&str> = stdout(&executed.outcomes).into_iter().map(str::trim_end).collect();
    assert_eq!(printed, wanted);
    assert_eq!(executed.interpreter.unwrap().version, wanted[0]);
}

#[test]
fn a_survey_tells_versions_markers_and_packages() {
    let folder = tempfile::tempdir().unwrap();
    let (python, packages) = environment(folder.path());
    let metadata = packages.join("Some_Package.extra-1.2.dist-info/METADATA");
    fs_err::create_dir(metadata.parent().unwrap()).unwrap();
    fs_err::write(metadata, "Metadata-Version: 2.1\nName: Some_Package.extra\nVersion: 1.2\n").unwrap();
    let found = survey(&ExecuteOptions { python: Some(python.clone()), ..options() }, true).unwrap();
    let own = found.own.unwrap();
    assert_eq!(own.executable, python);
    assert_eq!(own.packages["some-package-extra"], "1.2");
    assert_eq!(own.markers.len(), 11);
    assert_eq!(
        (own.markers["os_name"].as_str(), &own.markers["python_full_version"]),
        ("posix", &own.version)
    );
    // Newest first, one of each minor version, and the run's own is none of them.
    let minors: Vec<u32> = found
        .others
        .iter()
        .map(|other| other.markers["python_version"].strip_prefix("3.").unwrap().parse().unwrap())
        .collect();
    assert!(minors.is_sorted_by(|newer, older| newer > older), "{minors:?}");
    assert!(
        found.others.iter().all(|other| other.markers["python_version"] != own.markers["python_version"])
    );

    let none = survey(&ExecuteOptions { python: Some("/nowhere/python".into()), ..options() }, false);
    assert!(
        none.unwrap_err().to_string().starts_with("Python at `/nowhere/python` says nothing of itself; ")
    );
}

#[test]
fn files_are_there_and_belong_to_the_session() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::create_dir(folder.path().join("data")).unwrap();
    fs_err::write(folder.path().join("data/a.txt"), "a").unwrap();
    let code = "with open('data/a.txt', 'a+') as file:\n    file.seek(0)\n    print(file.read())\n    file.write('b')\n";
    let mut sessions = [script(code), script(code)];
    sessions.iter_mut().for_each(|session| session.files = vec![folder.path().join("data")]);
    assert_eq!(stdout(&outcomes(&sessions, &options())), ["a\n"; 2]);
    sessions[1].files.push(folder.path().join("gone"));
    let error = execute(&sessions, &options(), &|_, _| {}).unwrap_err().to_string();
    assert!(
        error.ends_with("gone` can't be copied into a session: there is no such file or folder"),
        "{error}"
    );
}

#[test]
fn what_fails_after_the_last_example_is_told_with_it() {
    let cases = [
        ("print(1)\n", None),
        ("import threading\nthreading.Timer(0.1, print, ['late']).start()\n", None),
        (
            "import atexit\natexit.register(lambda: 1 / 0)\n",
            Some("an exit handler raised ZeroDivisionError: division by zero"),
        ),
        (
            "import atexit, os, signal\natexit.register(os.kill, os.getpid(), signal.SIGSEGV)\n",
            Some("its process was killed by signal 11 (SIGSEGV)"),
        ),
        (
            "import atexit, os\natexit.register(os._exit, 3)\n",
            Some("its process exited with status 3, before its exit handlers were done"),
        ),
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n",
            Some("its threads and exit handlers had not ended after 5 s and were killed"),
        ),
        (
            "import atexit\natexit.register(lambda: [print('x' * 99999) for _ in range(99)])\n",
            Some("it printed more than 1048576 bytes and was killed"),
        ),
    ];
    let mut sessions: Vec<Session> = cases
        .iter()
        .map(|(code, _)| {
            session(vec![
                step(StepMode::Exec, "script_1.py", "pass\n"),
                step(StepMode::Exec, "script_2.py", code),
            ])
        })
        .collect();
    sessions[2].steps[1].mode = StepMode::Single;
    sessions[2].steps[1].code = "import atexit; atexit.register(lambda: 1 / 0)\n".into();
    for (outcomes, (code, wanted)) in outcomes(&sessions, &options()).iter().zip(cases) {
        let told: Vec<Option<&str>> = outcomes.iter().map(|outcome| outcome.after_end.as_deref()).collect();
        assert_eq!(told, [None, wanted], "{code}");
        assert!(outcomes.iter().all(|outcome| outcome.ending == Ending::Completed), "{code}: {outcomes:#?}");
    }
}

#[test]
fn of_too_much_output_the_beginning_is_kept_and_the_rest_counted() {
    let told = outcomes(&[script("for _ in range(40):\n    print('x' * 99_999)\n")], &options());
    let outcome = &told[0][0];
    assert_eq!(outcome.ending, Ending::OutputLimit { limit: 1 << 20 });
    assert_eq!(outcome.stdout.len(), 64 << 10);
    let all = outcome.stdout.len() as u64 + outcome.dropped;
    assert!((1 << 20) < all && all <= 4_000_000, "{all}");
}
