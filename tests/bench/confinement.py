#!/usr/bin/env python3
"""What confinement costs a session, and how soon an interrupted run is over.

    tests/bench/confinement.py target/release/exemplar

Both sides are measured in turns, in one run on one machine, and what is told is their ratio: a busy machine slows both.
Everything happens in a temporary folder.
"""

import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

PAGES = 400
ROUNDS = 7


def check(exemplar, folder):
    started = time.monotonic()
    subprocess.run([exemplar, "check", "."], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - started


def cost_of_confinement(exemplar, root):
    """Seconds for PAGES sessions of one trivial example each, with and without."""
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
        [exemplar, "check", ".", "--jobs", "2"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(1)
    started = time.monotonic()
    process.send_signal(number)
    process.wait()
    return time.monotonic() - started


def main():
    exemplar = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        times = cost_of_confinement(exemplar, root)
        for isolation, seconds in times.items():
            print(
                f"isolation {isolation:8} {statistics.median(seconds) / PAGES * 1e3:6.2f} ms a session"
                f"  (median of {ROUNDS}, from {min(seconds) / PAGES * 1e3:.2f} to {max(seconds) / PAGES * 1e3:.2f})"
            )
        ratio = statistics.median(confined / free for confined, free in zip(times["require"], times["off"]))
        print(f"confined / unconfined {ratio:.3f}  (median of the pairs, {PAGES} sessions of one example each)")
        for number, name in ((signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM")):
            seconds = [time_to_stop(exemplar, root, number) for _ in range(5)]
            print(f"{name:7} to the end of the run: {statistics.median(seconds) * 1e3:5.0f} ms  (median of 5)")


if __name__ == "__main__":
    main()
