#!/usr/bin/env python3
"""Ends `exemplar fix` in the midst of 200 files with SIGKILL, 50 times, and looks at every file: old or new, and whole. A second fix then
mends the rest, and takes away the temporary files that the first one left.

    tests/bench/fix_killed.py target/release/exemplar [ROUNDS]

Each kill waits for the first temporary file, and then for a part of the time that an undisturbed run takes from there to its end.
Everything happens in temporary folders.
"""

import pathlib
import subprocess
import sys
import tempfile
import time

FILES = 200


def page(number, output):
    return f"# {number}\n\n```python\n>>> {number}\n{output}\n```\n"


def written(folder):
    for number in range(FILES):
        (folder / f"{number}.md").write_text(page(number, "stale"))


def start(exemplar, folder):
    return subprocess.Popen([exemplar, "fix", "."], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def begun(child, folder):
    """Waits until new texts are written, which is just before files are replaced."""
    while child.poll() is None and not any(folder.glob(".exemplar-fix-*")):
        time.sleep(0.001)
    return time.monotonic()


def main():
    exemplar = str(pathlib.Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 50
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        written(folder)
        child = start(exemplar, folder)
        started = begun(child, folder)
        child.wait()
        whole = time.monotonic() - started
    midst, torn, left_over, unswept = 0, 0, 0, 0
    for at in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            written(folder)
            child = start(exemplar, folder)
            begun(child, folder)
            time.sleep(whole * at / rounds)
            child.kill()
            child.wait()
            texts = [(folder / f"{number}.md").read_text() for number in range(FILES)]
            new = sum(text == page(number, number) for number, text in enumerate(texts))
            old = sum(text == page(number, "stale") for number, text in enumerate(texts))
            midst += 0 < new < FILES
            torn += FILES - new - old
            left_over += len(list(folder.glob(".exemplar-fix-*")))
            start(exemplar, folder).wait()
            unswept += len(list(folder.glob(".exemplar-fix-*")))
            torn += sum((folder / f"{number}.md").read_text() != page(number, number) for number in range(FILES))
    kills = f"{rounds} kills over {whole:.2f} s: {midst} in the midst of writing, {torn} torn files"
    print(f"{kills}, {left_over} temporary files left, {unswept} after the next fix")
    sys.exit(bool(torn or unswept))


main()
