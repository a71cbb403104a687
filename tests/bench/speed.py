#!/usr/bin/env python3
"""How long Exemplar takes beside tools that isolate nothing, and beside the floor.

    tests/bench/speed.py target/release/exemplar [--rounds 3] [--quick]

The corpora are made on the spot. The tools run in turns, so that a slow moment of the machine meets all of them; what is told is the median
of each. The peers are installed into a virtual environment in the user's cache, of the interpreter that Exemplar embeds; one that can't
be had is left out and named. The tables are Markdown, for docs/performance.md.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import corpus

HERE = pathlib.Path(__file__).resolve().parent
# Name, profile, pages and blocks of each page.
CORPORA = [
    ("light 1000", "light", 50, 20),
    ("light 10 000", "light", 500, 20),
    ("imports 1000", "imports", 50, 20),
    ("numpy 200", "numpy", 40, 5),
    ("cpu 200", "cpu", 20, 10),
]
# Pages of 20 blocks: how the cost of a block grows with their number.
FLATNESS = [5, 50, 500, 5000]
PACKAGES = ["pytest", "mdoctest", "numpy", "pandas"]


def commands(exemplar, python, folder):
    """The tools, by the name that the table gives them."""
    options = ["--no-cache"] if b"--no-cache" in subprocess.run([exemplar, "check", "--help"], stdout=subprocess.PIPE).stdout else []
    tools = {
        "floor: bare `exec`, one process": [python, str(HERE / "floor.py"), str(folder / "sources.jsonl")],
        "floor: a fork for each page, 2 processes": [python, str(HERE / "floor.py"), str(folder / "sources.jsonl"), "--fork", "2"],
        "**exemplar check**, isolated and confined": [
            *(exemplar, "check", str(folder / "md"), "--format", "json", "--output", str(folder / "report.json")),
            *options,
        ],
        "doctest, one process": [python, "-m", "doctest", *map(str, sorted((folder / "doctest").iterdir()))],
        "pytest --doctest-glob": [
            *(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--doctest-glob=*.md", str(folder / "doctest")),
        ],
        "mdoctest": [str(pathlib.Path(python).with_name("mdoctest")), "-q", str(folder / "single")],
    }
    return {name: command for name, command in tools.items() if is_there(command)}


def is_there(command):
    if command[1:2] == ["-m"]:
        return subprocess.run([command[0], "-c", f"import {command[2]}"], stderr=subprocess.DEVNULL).returncode == 0
    return os.path.exists(command[0])


def measured(command, environment, folder):
    """Wall seconds, processor seconds and the peak memory in MiB of a run; none when the tool is not content with the pages."""
    started = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    return None if process.returncode else (wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def environment_of(python):
    return {**os.environ, "VIRTUAL_ENV": str(pathlib.Path(python).parent.parent), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def embedded_python(exemplar, root):
    """The interpreter that Exemplar embeds."""
    (root / "page.md").write_text("```python\n>>> 1\n1\n```\n")
    clean = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    command = [exemplar, "check", "page.md", "--format", "json"]
    report = subprocess.run(command, cwd=root, env=clean, check=True, stdout=subprocess.PIPE)
    return json.loads(report.stdout)["python"]["executable"]


def peers(python):
    """The interpreter of an environment with the peers, as far as they can be had."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = cache / "exemplar-bench"
    own = folder / "bin" / "python"
    if not own.exists():
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
    for package in PACKAGES:
        if subprocess.run([own, "-c", f"import {package}"], stderr=subprocess.DEVNULL).returncode:
            subprocess.run([own, "-m", "pip", "install", "--quiet", package], check=False)
    return str(own)


def table(results):
    """A row for each tool, a column for each corpus."""
    names = list(results)
    tools = list(dict.fromkeys(tool for of_corpus in results.values() for tool in of_corpus))
    lines = ["| seconds, median | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for tool in tools:
        cells = [f"{results[name][tool][0]:.2f}" if results[name].get(tool) else "–" for name in names]
        lines.append(f"| {tool} | " + " | ".join(cells) + " |")
    ours = next(tool for tool in tools if "exemplar" in tool)
    bare, forked = (next(tool for tool in tools if word in tool) for word in ("bare", "fork"))
    rivals = [tool for tool in tools if "floor" not in tool and tool != ours]
    ratios = {"ratio to the best peer": rivals, "ratio to the bare floor": [bare], "ratio to the forked floor": [forked]}
    for title, others in ratios.items():
        cells = []
        for name in names:
            times = [results[name][other][0] for other in others if results[name].get(other)]
            cells.append(f"{results[name][ours][0] / min(times):.2f}" if times and results[name].get(ours) else "–")
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    for title, index, form in (("our processor seconds", 1, "{:.2f}"), ("our peak memory, MiB", 2, "{:.0f}")):
        cells = [form.format(results[name][ours][index]) if results[name].get(ours) else "–" for name in names]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def medians(runs):
    if not runs or None in runs:
        return None
    return tuple(statistics.median(column) for column in zip(*runs))


def compared(exemplar, python, root, rounds):
    results = {}
    for name, profile, pages, blocks in CORPORA:
        folder = root / name.replace(" ", "-")
        if profile == "numpy" and subprocess.run([python, "-c", "import numpy, pandas"], stderr=subprocess.DEVNULL).returncode:
            print(f"no numpy, so no corpus `{name}`", file=sys.stderr)
            continue
        make(python, folder, profile, pages, blocks)
        tools = commands(exemplar, python, folder)
        runs = {tool: [] for tool in tools}
        for _ in range(rounds):
            for tool, command in tools.items():
                runs[tool].append(measured(command, environment_of(python), folder))
        results[name] = {tool: medians(of_tool) for tool, of_tool in runs.items()}
        print(f"measured `{name}`", file=sys.stderr)
    return results


def make(python, folder, profile, pages, blocks):
    """By the interpreter that will run the pages: what an exception says differs from version to version."""
    code = f"import pathlib, corpus; corpus.write(pathlib.Path({str(folder)!r}), {profile!r}, {pages}, {blocks})"
    subprocess.run([python, "-B", "-c", code], cwd=HERE, check=True)


def flatness(exemplar, python, root, rounds):
    lines = ["| blocks | seconds | ms for each block | peak memory, MiB |", "|---|---|---|---|"]
    for pages in FLATNESS:
        folder = root / f"flat-{pages}"
        make(python, folder, "light", pages, 20)
        command = commands(exemplar, python, folder)["**exemplar check**, isolated and confined"]
        runs = [measured(command, environment_of(python), folder) for _ in range(rounds if pages < 5000 else 1)]
        found = medians(runs)
        blocks = pages * 20
        lines.append(f"| {blocks} | {found[0]:.2f} | {found[0] / blocks * 1e3:.3f} | {found[2]:.0f} |" if found else f"| {blocks} | failed | – | – |")
    return "\n".join(lines)


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} processors ({model}), Linux {platform.release()}, load {os.getloadavg()[0]:.1f} at the start"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("exemplar")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="the first corpus alone")
    arguments = parser.parse_args()
    exemplar = str(pathlib.Path(arguments.exemplar).resolve())
    if arguments.quick:
        del CORPORA[1:], FLATNESS[2:]
    started_on = machine()
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        python = peers(embedded_python(exemplar, root))
        versions = subprocess.run([python, "-m", "pip", "list", "--format=json"], stdout=subprocess.PIPE, check=True)
        installed = {package["name"]: package["version"] for package in json.loads(versions.stdout)}
        print(f"On {started_on}; CPython {platform_of(python)}, "
              + ", ".join(f"{name} {installed[name]}" for name in PACKAGES if name in installed) + ".\n")
        print(table(compared(exemplar, python, root, arguments.rounds)) + "\n")
        print(flatness(exemplar, python, root, arguments.rounds))


def platform_of(python):
    return subprocess.run([python, "-c", "import platform; print(platform.python_version())"], stdout=subprocess.PIPE, text=True).stdout.strip()


if __name__ == "__main__":
    main()
