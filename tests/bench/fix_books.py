#!/usr/bin/env python3
"""Mends copies of real books with `exemplar fix`, and looks at what came of it.

    tests/bench/fix_books.py target/release/exemplar FOLDER…

Each folder is copied and becomes a git repository; then `fix`, `check`, `git diff` and a second `fix`. Printed for each book:

- what was stale before and is stale after, and of that how much is unstable, hangs on something unstable, or can't be stated: `fix` has
  said so of each, by its place. Anything else that is still `stale-output` is listed, and is a mistake of ours;
- whether a line changed that is no output. That is told without our parser: what is left of a page without the lines of fences
  that are no prompts is compared before and after;
- what the second `fix` would change.

With `--force`, exceptions may come and go. Everything happens in temporary folders.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^[\s>*+-]*(?:\d+[.)]\s+)?(?P<sign>`{3,}|~{3,})")
PREFIX = re.compile(r"(?:[ \t]|> ?|[*+-] |\d+[.)] )*(?=>>>|\.\.\.|#>|\$ )|[ \t]*")
REASONS = {
    "unstable": "changes from run to run",
    "of this machine": "only this machine",
    "follows": "may follow from an output above it that changes",
    "unstatable": "control characters|printed a tab|does not end its last line|printed a fence|printed a prompt|prints nothing any more|read back",
    "left out or cut short by the author": "leaves a part of it out|lines in the place of|behind a blank line",
    "shared": "several pages or sessions",
    "command": "a failure above it in its session comes first",
}


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    exemplar, *folders = (str(pathlib.Path(argument).resolve()) for argument in arguments)
    options = [argument for argument in sys.argv[1:] if argument.startswith("--")]
    is_well = True
    for folder in folders:
        with tempfile.TemporaryDirectory() as name:
            copy = pathlib.Path(name) / "book"
            shutil.copytree(folder, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
            is_well &= mended(exemplar, copy, pathlib.Path(folder).name, options)
    sys.exit(not is_well)


def mended(exemplar, copy, name, options):
    git(copy, "init", "--quiet")
    git(copy, "add", "--all", "--force")
    git(copy, "-c", "user.name=a", "-c", "user.email=b", "commit", "--quiet", "--message", "as it was")
    before = stale(exemplar, copy)
    run(copy, exemplar, "fix", ".", *options)
    changed = git(copy, "diff", "--name-only", "-z").split("\0")[:-1]
    touched = [page for page in changed if skeleton(git(copy, "show", f"HEAD:{page}")) != skeleton(text_of(copy / page))]
    lines = git(copy, "diff", "--numstat").split("\n")[:-1]
    added, removed = (sum(int(line.split("\t")[column]) for line in lines) for column in (0, 1))
    after = stale(exemplar, copy)
    second = run(copy, exemplar, "fix", "--diff", ".", *options)
    # Two dice may fall as the page says: what is random is told of in one run and not in the next.
    reasons = left(second.stderr) | left(run(copy, exemplar, "fix", "--diff", ".", *options).stderr)
    passed = set(after) - set(stale(exemplar, copy))
    reasons |= {place: "unstable" for place in passed}
    counts = dict.fromkeys(REASONS, 0)
    unexplained = []
    for place in after:
        reason = reasons.get(place)
        if reason:
            counts[reason] += 1
        else:
            unexplained.append(place)
    words = ", ".join(f"{count} {reason}" for reason, count in counts.items() if count)
    print(f"{name}: stale {len(before)} → {len(after)} ({words or 'none'}; {len(unexplained)} unexplained)")
    print(f"  {len(changed)} files, +{added} -{removed} lines; {len(touched)} files changed beyond outputs; second fix: {len(second.stdout)} bytes")
    for place in unexplained:
        print("  unexplained: {}:{}".format(*place))
    for page in touched:
        print(f"  beyond outputs: {page}")
    return not (unexplained or touched or second.stdout)


def stale(exemplar, copy):
    """The places of what is `stale-output`."""
    report = json.loads(run(copy, exemplar, "check", ".", "--format", "json").stdout)
    return [(example["file"], example["line"]) for example in report["examples"] if example["code"] == "stale-output"]


def left(said):
    """Why `fix` left an example, by its place."""
    reasons = {}
    pattern = re.compile(r"^warning\[(?:not-fixed|unstable-output)\]: (.*)\n +--> (.*):(\d+):\d+$", re.MULTILINE)
    for message, file, line in pattern.findall(said):
        for reason, words in REASONS.items():
            if re.search(words, message):
                reasons.setdefault((file, int(line)), reason)
                break
    return reasons


def skeleton(page):
    """A page without its outputs."""
    kept, sign, info, body = [], None, "", []
    for line in page.splitlines():
        fence = FENCE.match(line)
        closes = fence and sign and fence["sign"].startswith(sign) and not line.strip(" >\t").strip(sign[0])
        if sign is None or closes:
            kept += code_of(info, body) + [line]
            sign, info, body = (fence["sign"], line[fence.end():].strip(), []) if fence and not closes else (None, "", [])
        else:
            body.append(line)
    return kept + code_of(info, body)


def code_of(info, lines):
    """What is no output of the lines of a fence."""
    bodies = [line[PREFIX.match(line).end():] for line in lines]
    if any(body.startswith((">>>", "$ ")) for body in bodies):
        return [line for line, body in zip(lines, bodies) if body.startswith((">>>", "...", "$ "))]
    return [] if info.startswith("output") else [line for line, body in zip(lines, bodies) if not body.startswith("#>")]


def text_of(path):
    return path.read_bytes().decode("utf-8", "replace")


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True).stdout.decode("utf-8", "replace")


def run(folder, *command):
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", errors="replace", env={**os.environ, "NO_COLOR": "1"})


main()
