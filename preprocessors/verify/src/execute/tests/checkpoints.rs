//! Checkpoints: what goes on from one gives what the whole gives, and what is more than its memory has none.

use std::time::Duration;

use exemplar_model::outcome::Outcome;
use exemplar_model::plan::{Session, Step, StepMode};

use super::super::execute_some;
use super::{options, outcomes, session, step};
use crate::execute::{ExecuteOptions, Executed, Standby};

/// Steps that leave something behind, or find what others have left.
const STEPS: &[&str] = &[
    "total = sum(range(1000))\nprint(total)\n",
    "import random\nrandom.seed(3)\nprint(random.random())\n",
    "print(random.random() if 'random' in globals() else 'no random')\n",
    "items = globals().get('items', [])\nitems.append(len(items))\nprint(items)\n",
    "open('note.txt', 'a').write('x')\nprint(len(open('note.txt').read()))\n",
    "import os\nos.makedirs('below', exist_ok=True)\nopen('below/file', 'w').write('1')\nprint(sorted(os.listdir('.')))\n",
    "import os, shutil\nshutil.rmtree('below', ignore_errors=True)\nprint(sorted(os.listdir('.')))\n",
    "handle = open('held.txt', 'w')\nprint(handle.write('a'))\n",
    "handle.write('b')\nhandle.flush()\nprint(open('held.txt').read())\n",
    "import warnings\nwarnings.warn('old')\n",
    "1 / 0\n",
    "made = object()\nprint(made, [made])\n",
    "numbers = iter(range(9))\nprint(next(numbers))\n",
    "print(next(numbers, None))\n",
    "import threading, time\nthreading.Thread(target=time.sleep, args=(0.1,)).start()\nprint('started')\n",
    "import os\nos.environ['SET'] = os.environ.get('SET', '') + '1'\nprint(os.environ['SET'])\n",
    "import mmap\nshared = mmap.mmap(-1, 10)\nshared[0] = 65\n",
    "shared[0] += 1\nprint(shared[0])\n",
    "import os\nif os.path.isdir('below'):\n    os.chdir('below')\nprint(os.path.basename(os.getcwd()) == 'below')\n",
    "import asyncio\nawait asyncio.sleep(0.001)\nprint('awaited')\n",
    "import atexit\natexit.register(print, 'bye')\n",
    "import sys\nprint('out')\nprint('err', file=sys.stderr)\n",
    "import os\ncopy = os.dup(1)\nprint(os.write(copy, b'copied\\n'))\n",
];

/// What makes each step worth a checkpoint.
const WORK: &str = "import time as _time\n_time.sleep(0.04)\n";

fn page(steps: &[&str]) -> Vec<Session> {
    let steps: Vec<Step> = steps
        .iter()
        .enumerate()
        .map(|(index, code)| {
            step(StepMode::Exec, &format!("script_{}.py", index + 1), &format!("{WORK}{code}"))
        })
        .collect();
    vec![session(steps)]
}

/// A page as `serve` runs it, and how many of its steps were not run again.
fn run_held(sessions: &[Session], options: &ExecuteOptions) -> (Vec<Vec<Outcome>>, usize) {
    let witness = |_: usize, _: &_, _: Option<_>| Some("all is as it was".to_owned());
    let executed = execute_some(sessions, vec![0], options, Some(&witness), &|_, _| {}).unwrap();
    let Executed { mut outcomes, resumed, .. } = executed;
    outcomes.iter_mut().flatten().for_each(|outcome| outcome.duration = Duration::ZERO);
    (outcomes, resumed[0])
}

fn held() -> ExecuteOptions {
    // What is observed tells what a checkpoint depends on.
    let folder = std::env::temp_dir().join("exemplar-none");
    let root = "/".into();
    let cache =
        crate::cache::CacheOptions { folder, limit: 0, root, recall: false, resumed: true, remote: None };
    ExecuteOptions {
        standby: Some(Standby::default()),
        cache: Some(crate::cache::Cache::new(cache)),
        ..options()
    }
}

#[test]
fn whatever_is_edited_a_checkpoint_gives_what_the_whole_page_gives() {
    let mut random = fastrand::Rng::with_seed(9);
    let (with, without) = (held(), options());
    let mut again = 0;
    let mut steps: Vec<&str> = (0..6).map(|_| STEPS[random.usize(..STEPS.len())]).collect();
    for round in 0..24 {
        let (place, step) = (random.usize(..steps.len()), STEPS[random.usize(..STEPS.len())]);
        match round % 4 {
            0 if steps.len() > 4 => drop(steps.remove(place)),
            1 => steps.insert(place, step),
            // Mostly the end of a page is being written.
            2 => steps.push(step),
            _ => *steps.last_mut().unwrap() = step,
        }
        let sessions = page(&steps);
        let (outcomes_of_serve, resumed) = run_held(&sessions, &with);
        assert_eq!(
            outcomes_of_serve,
            outcomes(&sessions, &without),
            "round {round}, {resumed} resumed: {steps:#?}"
        );
        again += resumed;
    }
    assert!(again > 5, "only {again} steps did not run again");
}

#[test]
fn what_is_more_than_its_memory_has_no_checkpoint() {
    let options = held();
    for (code, are_resumed) in [
        ("kept = [1]\n", true),
        ("open('note.txt', 'w').write('x')\n", true),
        ("handle = open('note.txt', 'w')\n", false),
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
            false,
        ),
        ("import mmap\nshared = mmap.mmap(-1, 10)\n", false),
        ("import signal\nsignal.setitimer(signal.ITIMER_REAL, 1000)\n", false),
        ("import socket\npair = socket.socketpair()\n", false),
        ("import os, subprocess\nprocess = subprocess.Popen(['sleep', '60'])\n", false),
        ("import os\npid = os.getpid()\n", false),
        ("import os\nos.mkfifo('pipe')\n", false),
        ("kept = bytearray(300 << 20)\nkept[::4096] = bytes(len(kept[::4096]))\n", false),
    ] {
        run_held(&page(&[code, "print(1)\n"]), &options);
        let (outcomes, resumed) = run_held(&page(&[code, "print(2)\n"]), &options);
        assert_eq!((outcomes[0][1].stdout.as_str(), resumed), ("2\n", usize::from(are_resumed)), "{code}");
    }
}

#[test]
fn nothing_is_shared_with_a_session_that_could_have_had_a_checkpoint() {
    let options = held();
    let quick = ["1\n", "2\n"].map(|code| step(StepMode::Exec, "script.py", code));
    run_held(&[session(quick.to_vec())], &options);
    // The zygote that has run it runs this one too. Beside what it was lent, which it gives up for a thread, it shares the word that tells which
    // step runs.
    let code = "import threading\nthread = threading.Thread(target=print)\nthread.start()\nthread.join()\n\
                print(sum(line.split()[1] == 'rw-s' for line in open('/proc/self/maps')))\n";
    let (outcomes, _) = run_held(&[session(vec![step(StepMode::Exec, "script.py", code)])], &options);
    assert_eq!(outcomes[0][0].stdout, "\n1\n");
}

#[test]
fn a_checkpoint_serves_as_long_as_what_was_read_is_as_it_was() {
    let options = held();
    let run = |steps: &[&str], word: Option<&str>| {
        let witness = |_: usize, _: &_, _: Option<_>| word.map(str::to_owned);
        let sessions = page(steps);
        let executed = execute_some(&sessions, vec![0], &options, Some(&witness), &|_, _| {}).unwrap();
        (executed.outcomes[0].last().unwrap().stdout.clone(), executed.resumed[0])
    };
    let above = "import time\nborn = time.monotonic_ns()\n";
    let (born, _) = run(&[above, "print(born)\n"], Some("one"));
    assert_eq!(run(&[above, "print(born)\n1\n"], Some("one")), (born.clone(), 1));
    assert_eq!(run(&[above, "print(born)\n2\n", "print(born)\n"], Some("one")), (born.clone(), 1));
    assert_eq!(run(&[above, "print(born)\n2\n", "print(born)\n3\n"], Some("one")), (born.clone(), 2));
    let (born_again, resumed) = run(&[above, "print(born)\n4\n"], Some("two"));
    assert_eq!(resumed, 0);
    assert_ne!(born_again, born);
    // Something changed while it ran.
    let (_, resumed) = run(&[above, "print(born)\n5\n"], None);
    assert_eq!(resumed, 0);
    let (_, resumed) = run(&[above, "print(born)\n6\n"], Some("two"));
    assert_eq!(resumed, 0);
    // A crash behind a checkpoint is had again from the beginning, and what hangs is still killed.
    let (_, resumed) = run(&[above, "import os\nos.kill(0, 9)\n"], Some("two"));
    assert_eq!(resumed, 0);
}
