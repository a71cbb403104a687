#!/usr/bin/env python3
"""What confinement costs a session, how soon an interrupted run is over, and how long faults take over their limits.

    tests/bench/confinement.py target/release/exemplar

Both sides are measured in turns, in one run on one machine, and what is told is their ratio: a busy machine slows both.
Everything happens in a temporary folder.
"""

import pathlib
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time

PAGES = 400
# Faults with the seconds that each may take: what hangs takes all of it, what crashes none.
FAULTS = [
    ("while True: pass\n", 1),
    ("import time; time.sleep(99)\n", 1),
    ("import re; re.match('(a+)+$', 'a' * 40 + 'b')\n", 1),
    ("import signal, time\nfor n in (2, 15): signal.signal(n, signal.SIG_IGN)\ntime.sleep(99)\n", 1),
    ("import os\nos._exit(0)\n", 0),
    ("import ctypes\nctypes.string_at(0)\n", 0),
    ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", 0),
    ("while True: print('x' * 9999)\n", 0),
    ("import os\nwhile True: os.fork()\n", 0),
    ("x = bytearray(10**10)\n", 0),
    ("import os; os.closerange(3, 4096)\n", 0),
]
ROUNDS = 7


def check(exemplar, folder):
    """Wall and processor seconds of a run, the sessions among the latter."""
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([exemplar, "check", "--no-cache", "."], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - started, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cost_of_confinement(exemplar, root):
    """Wall and processor seconds for PAGES sessions of one trivial example each, with and without."""
    folders = {}
    for isolation in ("require", "off"):
        folder = root / isolation
        folder.mkdir()
        (folder / "exemplar.toml").write_text(f"isolation = '{isolation}'\n")
        for page in range(PAGES):
            (folder / f"page{page:04}.md").write_text("```python\n>>> 1 + 1\n2\n```\n")
        folders[isolation] = folder
    times = {isolation: [] for isolation in folders}
    for _ in range(ROUNDS):
        for isolation, folder in folders.items():
            times[isolation].append(check(exemplar, folder))
    return times


def time_to_stop(exemplar, root, number):
    """Seconds from the signal to the end of the process, with two sessions that sleep."""
    folder = root / f"stop{number}-{time.monotonic_ns()}"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.md").write_text("```python {timeout=50s}\nimport time\ntime.sleep(45)\n```\n")
    process = subprocess.Popen(
        [exemplar, "check", "--no-cache", ".", "--jobs", "2"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(1)
    started = time.monotonic()
    process.send_signal(number)
    process.wait()
    return time.monotonic() - started


def time_of_faults(exemplar, root):
    """Seconds for one session of each fault, one after the other, and the sum of their limits."""
    folder = root / "faults"
    folder.mkdir(exist_ok=True)
    for number, (fault, _) in enumerate(FAULTS):
        (folder / f"fault{number:02}.md").write_text("```python {timeout=1s}\n" + fault + "```\n")
    started = time.monotonic()
    run = subprocess.run([exemplar, "check", "--no-cache", ".", "--jobs", "1"], cwd=folder, stdout=subprocess.PIPE, text=True)
    took = time.monotonic() - started
    assert run.returncode == 1 and f"{len(FAULTS)} failed" in run.stdout, run.stdout
    return took, sum(limit for _, limit in FAULTS)


def main():
    exemplar = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        times = cost_of_confinement(exemplar, root)
        for isolation, measured in times.items():
            seconds = [wall for wall, _ in measured]
            print(
                f"isolation {isolation:8} {statistics.median(seconds) / PAGES * 1e3:6.2f} ms a session"
                f"  (median of {ROUNDS}, from {min(seconds) / PAGES * 1e3:.2f} to {max(seconds) / PAGES * 1e3:.2f})"
            )
        for kind, name in enumerate(("wall", "processor")):
            ratio = statistics.median(confined[kind] / free[kind] for confined, free in zip(times["require"], times["off"]))
            print(f"confined / unconfined, {name} time: {ratio:.3f}  (median of the pairs, {PAGES} sessions of one example each)")
        for number, name in ((signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM")):
            seconds = [time_to_stop(exemplar, root, number) for _ in range(5)]
            print(f"{name:7} to the end of the run: {statistics.median(seconds) * 1e3:5.0f} ms  (median of 5)")
        took, limits = zip(*(time_of_faults(exemplar, root) for _ in range(3)))
        over = statistics.median(took) - limits[0]
        print(
            f"{len(FAULTS)} faults: {statistics.median(took):.2f} s, of which their limits are {limits[0]} s:"
            f" {over / len(FAULTS) * 1e3:.0f} ms a fault over them  (median of 3)"
        )


if __name__ == "__main__":
    main()
