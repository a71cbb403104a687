#!/usr/bin/env python3
"""What a page of the PDF costs: seconds and memory of a book of 300 pages, and whether a page of 500 costs more than one of 50.

    tests/bench/pdf.py target/release/exemplar

Each size is built with and without the PDF; what is told is the difference. Everything happens in a temporary folder.
Pages are counted by poppler's `pdfinfo`.
"""

import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

CHAPTER_PAGES = 6.3
# What a book of 300 pages may take, the rest of the build included.
SECONDS, MEGABYTES = 8, 800
PROSE = (
    "A reading of the gauge is a number of millimetres, and a day has one hundred and forty-four of them. The harbour office keeps "
    "each as `int`, compares it with its neighbours by `abs()`, and throws away what a passing ship has made. See [the next](%s).\n\n"
)
CODE = '''```python
>>> levels = [2310, 2480, 2770, 2930, 2880, 2610]
>>> for number, level in enumerate(levels, start=1):
...     print(f"{number:>3} {level / 1000:.2f} m")
...
  1 2.31 m
  2 2.48 m
  3 2.77 m
  4 2.93 m
  5 2.88 m
  6 2.61 m
>>> max(levels), sorted(levels)[:2]
(2930, [2310, 2480])
```

'''
TABLE = "| hour | level | word |\n|---|--:|---|\n" + "".join(f"| {n}:00 | {2300 + n} | rising `{n}` |\n" for n in range(12)) + "\n"


def book(folder, chapters):
    source = folder / "src"
    source.mkdir()
    (folder / "book.toml").write_text("[book]\ntitle = 'Bench'\n")
    names = [f"c{n:03}.md" for n in range(chapters)]
    (source / "SUMMARY.md").write_text("# Part\n\n" + "".join(f"- [Chapter {n}]({n})\n" for n in names))
    for number, name in enumerate(names):
        after = names[(number + 1) % chapters]
        sections = [f"## Section {n}\n\n" + PROSE % after + CODE + PROSE % after + (TABLE if n % 3 == 0 else "") for n in range(8)]
        (source / name).write_text(f"# Chapter {number}\n\n" + "".join(sections))


def built(program, folder, enabled):
    """Seconds, processor seconds and megabytes."""
    settings = "[book]\ntitle = 'Bench'\n[preprocessor.exemplar.pdf]\nenabled = %s\n" % ("true" if enabled else "false")
    (folder / "book.toml").write_text(settings)
    measure = "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]); print('peak', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); sys.exit(code)"
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    # Nothing is kept: a PDF whose parts are all as they were would be taken as it is.
    environment = {**os.environ, "EXEMPLAR_NO_CACHE": "1"}
    done = subprocess.run([sys.executable, "-c", measure, program, "build"], cwd=folder, capture_output=True, text=True, env=environment)
    seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, used, int(re.search(r"peak (\d+)", done.stdout).group(1))


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    costs = {}
    print(f"{'pages':>6} {'build':>8} {'of it PDF':>10} {'processor':>10} {'a page':>9} {'peak':>8}")
    for pages in (50, 300, 500):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            book(folder, round(pages / CHAPTER_PAGES))
            plain = min(built(program, folder, False)[:2] for _ in range(2))
            seconds, used, peak = min(built(program, folder, True) for _ in range(2))
            info = subprocess.run(["pdfinfo", folder / "book/bench.pdf"], capture_output=True, text=True, check=True).stdout
            real = int(re.search(r"Pages: +(\d+)", info).group(1))
            costs[pages] = (used - plain[1]) / real * 1000
            print(
                f"{real:>6} {seconds:>6.1f} s {seconds - plain[0]:>8.1f} s {used - plain[1]:>8.1f} s {costs[pages]:>6.1f} ms {peak:>5} MB", flush=True
            )
            if pages == 300:
                is_kept = seconds < SECONDS and peak < MEGABYTES
                verdict = f"{real} pages in {seconds:.1f} s and {peak} MB: {'within' if is_kept else 'over'} {SECONDS} s and {MEGABYTES} MB"
    print(f"{verdict}; a page of the largest book costs {costs[500] / costs[50]:.2f} times one of the smallest")


if __name__ == "__main__":
    main()
