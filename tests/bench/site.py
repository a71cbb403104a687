#!/usr/bin/env python3
"""How long the site of a large book takes, beside the same book under a stock mdBook.

    tests/bench/site.py target/release/exemplar mdbook

The book has 60 chapters and 1500 fences, no PDF, and another title each round, so that every page is rendered and written anew. What running its examples costs is taken off: `exemplar check` of the same pages is
measured right after `exemplar build`, and both beside the stock program; told is the median of the rounds' ratios. Processor time is told too,
and is no limit: the index is made beside the pages.
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

CHAPTERS = 60
FENCES = 25
ROUNDS = 15
LIMIT = 2.0


def write_book(root):
    source = root / "src"
    source.mkdir(parents=True)
    summary = ["# Summary", ""]
    for chapter in range(CHAPTERS):
        lines = [f"# Chapter {chapter}", ""]
        for fence in range(FENCES):
            lines += [
                f"## Section {fence} of chapter {chapter}",
                "",
                "Some words about `yield`, functions and classes, as a chapter has them between two examples. "
                "They go on for a line or two, so that there is something to lay out and to search.",
                "",
                "```python",
                f">>> numbers = [{fence}, {chapter}, 3]",
                ">>> def total(values):",
                "...     result = 0",
                "...     for value in values:",
                "...         result += value",
                "...     return result",
                "...",
                ">>> total(numbers)",
                f"{fence + chapter + 3}",
                "```",
                "",
            ]
        lines += ["> [!NOTE]", "> A note.", "", "| a | b |", "|---|---|", "| 1 | 2 |", ""]
        (source / f"chapter-{chapter:02}.md").write_text("\n".join(lines))
        summary.append(f"- [Chapter {chapter}](chapter-{chapter:02}.md)")
    (source / "SUMMARY.md").write_text("\n".join(summary) + "\n")


def entitle(root, number):
    """Gives the book a title, which stands on all of its pages."""
    settings = f'[book]\ntitle = "Large {number}"\nlanguage = "en"\n[build]\nbuild-dir = "dist"\n'
    (root / "book.toml").write_text(settings)


def timed(command, folder):
    """Seconds on the clock, and of the processor with all children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    environment = {**os.environ, "MDBOOK_PREPROCESSOR__EXEMPLAR__PDF__ENABLED": "false"} if "mdbook" not in command[0] else None
    subprocess.run(command, cwd=folder, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    elapsed = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    exemplar, mdbook = (str(pathlib.Path(shutil.which(path)).resolve()) for path in sys.argv[1:])
    commands = {"build": [exemplar, "build"], "check": [exemplar, "check"], "stock": [mdbook, "build", "-d", "stock"]}
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        write_book(root)
        # The first round runs the examples, and is not counted.
        rounds = []
        for number in range(ROUNDS + 1):
            entitle(root, number)
            rounds.append({name: timed(command, root) for name, command in commands.items()})
        del rounds[0]
    ratios = {}
    for kind, index in (("clock", 0), ("processor", 1)):
        build, check, stock = (statistics.median(times[name][index] for times in rounds) for name in commands)
        ratios[kind] = statistics.median((times["build"][index] - times["check"][index]) / times["stock"][index] for times in rounds)
        print(f"site of {CHAPTERS} chapters and {CHAPTERS * FENCES} fences, {kind}: build {build:.2f} s, of it running {check:.2f} s; "
              f"stock mdbook {stock:.2f} s; ratio {ratios[kind]:.2f} (at most {LIMIT})")
    return 0 if ratios["clock"] <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
