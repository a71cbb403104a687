#!/usr/bin/env python3
"""How long a build of a book of 60 chapters takes when most of it was built before.

    tests/bench/build.py target/release/exemplar [ROUNDS]

The first build runs everything; then nothing has changed, or one page has. Each with the PDF and without. The aim is for the warm ones
without it.
"""

import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import book as corpus

CHAPTER = "src/part-3/chapter-31.md"
AIM = 1.0


def build(exemplar, book, environment):
    """Seconds on the clock, and of the processor."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run([exemplar, "build"], cwd=book, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    elapsed = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    exemplar = str(pathlib.Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    for what, settings in (("without PDF", "[pdf]\nenabled = false\n"), ("with PDF", "")):
        with tempfile.TemporaryDirectory() as folder:
            book = corpus.book(pathlib.Path(folder) / "book")
            (book / "exemplar.toml").write_text(settings)
            environment = {**os.environ, "EXEMPLAR_CACHE_DIR": f"{folder}/cache"}
            environment.pop("EXEMPLAR_NO_CACHE", None)
            measured = {"nothing kept": [], "nothing changed": [], "one page changed": []}
            for number in range(rounds):
                if number < 2:
                    shutil.rmtree(f"{folder}/cache", ignore_errors=True)
                    measured["nothing kept"].append(build(exemplar, book, environment))
                measured["nothing changed"].append(build(exemplar, book, environment))
                page = book / CHAPTER
                page.write_text(page.read_text() + f"\n```python\n>>> {number} + 10000\n{number + 10000}\n```\n")
                measured["one page changed"].append(build(exemplar, book, environment))
            for state, times in measured.items():
                clock, processor = (statistics.median(part) for part in zip(*times))
                aim = f"; aim: {AIM} s" if what.startswith("without") and state != "nothing kept" else ""
                print(f"build of 60 chapters {what}, {state}: {clock:.2f} s, {processor:.2f} s of the processor{aim}")


main()
