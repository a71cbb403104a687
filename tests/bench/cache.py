#!/usr/bin/env python3
"""How long a check takes when nothing has changed, and when one page has; and a build of a book of 60 chapters.

    tests/bench/cache.py target/release/exemplar [PAGES]

Seconds, the median of several runs, wall and processor. Everything happens in a temporary folder, kept results too.
"""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import book as corpus

ROUNDS = 9


def timed(command, folder, environment):
    """Wall and processor seconds of a command that succeeds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def tell(what, times, aim=None):
    wall, processor = (statistics.median(part) for part in zip(*times))
    least = min(wall for wall, _ in times)
    print(f"{what:<58} {wall:6.3f} s (least {least:.3f}), processor {processor:6.3f} s" + (f", aim {aim} s" if aim else ""), flush=True)


def main():
    exemplar = str(pathlib.Path(sys.argv[1]).resolve())
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        environment = {**os.environ, "EXEMPLAR_CACHE_DIR": str(root / "cache")}
        environment.pop("EXEMPLAR_NO_CACHE", None)
        pages = corpus.pages(root / "pages", count, 20)
        check = [exemplar, "check", "."]
        fences = f"{count * 20} fences"
        tell(f"check, {fences}, without kept results", [timed([*check, "--no-cache"], pages, environment) for _ in range(3)])
        tell(f"check, {fences}, keeping results", [timed(check, pages, environment)])
        tell(f"check, {fences}, nothing changed", [timed(check, pages, environment) for _ in range(ROUNDS)], 0.25)
        changed = []
        for number in range(ROUNDS):
            page = pages / f"page-{number:04}.md"
            page.write_text(page.read_text().replace("# Page", f"```python\n>>> {number}\n{number}\n```\n\n# Page", 1))
            changed.append(timed(check, pages, environment))
        tell(f"check, {fences}, one page changed", changed)
        book = corpus.book(root / "book")
        build = [exemplar, "build"]
        tell("build, 60 chapters with 1500 fences, the first", [timed(build, book, environment)])
        tell("build, 60 chapters with 1500 fences, nothing to run", [timed(build, book, environment) for _ in range(ROUNDS)], 1.0)


main()
