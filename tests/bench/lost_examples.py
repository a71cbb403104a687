#!/usr/bin/env python3
"""Whether every `>>> ` of a folder of Markdown is an example of the report: counted without Exemplar's parser, line by line.

    tests/bench/lost_examples.py target/release/exemplar FOLDER

A prompt counts where it stands in a fence, whatever its tag is, behind any indentation and marks of quotes and lists. Prompts without
code (`>>>` alone, or before a comment) are no examples for doctest either. Names each line that is lost, and exits with 1 if one is.
"""

import json
import pathlib
import re
import subprocess
import sys

PROMPT = re.compile(r"^[\s>*+-]*?>>> ?(?P<code>.*)$")
FENCE = re.compile(r"^[\s>*+-]*(?P<mark>`{3,}|~{3,})(?P<rest>.*)$")


def prompts(text):
    """The lines of a page that have a prompt with code, in a fence."""
    opened = None
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if fence and opened is None:
            opened = fence["mark"]
        elif fence and fence["mark"].startswith(opened) and not fence["rest"].strip():
            opened = None
        elif opened is not None:
            prompt = PROMPT.match(line)
            if prompt and prompt["code"].strip() and not prompt["code"].lstrip().startswith("#"):
                yield number, line.strip()


def main():
    exemplar, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    run = subprocess.run([exemplar, "check", ".", "--format", "json"], cwd=folder, capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    report = json.loads(run.stdout)
    known = {(example["file"], example["line"]) for example in report["examples"] if example["kind"] == "session"}
    pages = sorted({example["file"] for example in report["examples"]} | {str(path.relative_to(folder)) for path in folder.rglob("*.md")})
    counted, lost = 0, []
    for page in pages:
        text = (folder / page).read_text(encoding="utf-8", errors="replace")
        for number, line in prompts(text):
            counted += 1
            if (page, number) not in known:
                lost.append(f"{page}:{number}: {line}")
    print(f"{folder}: {counted} prompts with code in fences, {len(known)} examples with prompts, {len(lost)} lost")
    print("\n".join(lost))
    sys.exit(bool(lost))


main()
