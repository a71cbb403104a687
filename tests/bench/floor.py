#!/usr/bin/env python3
"""The floor: compiles and runs every example of a corpus and does nothing else. Nothing is compared, kept, limited or confined.

    tests/bench/floor.py sources.jsonl [--fork PROCESSES]

With `--fork`, each page has a process of its own, forked by one of so many.
"""

import io
import json
import os
import sys


def run(page):
    namespace = {"__name__": "__main__"}
    for block in page:
        for source in block:
            sys.stdout = io.StringIO()
            try:
                exec(compile(source + "\n", "<example>", "single"), namespace)
            except Exception:
                pass
            finally:
                sys.stdout = sys.__stdout__


def run_forked(pages):
    for page in pages:
        child = os.fork()
        if child == 0:
            run(page)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit("a page failed")


def main():
    with open(sys.argv[1]) as file:
        pages = [json.loads(line) for line in file]
    if sys.argv[2:3] != ["--fork"]:
        for page in pages:
            run(page)
        return
    processes = int(sys.argv[3])
    children = []
    for first in range(processes):
        child = os.fork()
        if child == 0:
            run_forked(pages[first::processes])
            os._exit(0)
        children.append(child)
    if any(os.waitpid(child, 0)[1] for child in children):
        sys.exit("a process failed")


if __name__ == "__main__":
    main()
