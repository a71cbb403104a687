"""Pages for the benchmark, made on the spot: always the same, and every output in them is what running them printed.

Each profile is a kind of book: `light` is the language, and now and then a small module, `imports` begins each page with modules of the standard library,
`numpy` with numpy and pandas, `cpu` computes. Three forms are written of each page, as the tools want it:

- `md`: a fence for each block;
- `doctest`: the same with a blank line before each closing fence, which doctest would take for output;
- `single`: one fence for all, for tools that forget what came before a fence.

`sources.jsonl` holds the bare examples, a page a line, for the floor.
"""

import contextlib
import io
import json
import random

WORDS = "ash birch cedar dogwood elm fir gum hazel ivy juniper".split()
IMPORTS = {
    "light": [],
    "cpu": [],
    "imports": ["import asyncio", "import dataclasses", "import datetime", "import decimal", "import json", "import unittest"],
    "numpy": ["import numpy as np", "import pandas as pd"],
}


def write(folder, profile, pages, blocks):
    """Writes a corpus, and gives the number of its examples."""
    for form in ("md", "doctest", "single"):
        (folder / form).mkdir(parents=True)
    examples = 0
    with (folder / "sources.jsonl").open("w") as sources:
        for number in range(pages):
            page = [block(random.Random(f"{profile} {number} {index}"), profile, index) for index in range(blocks)]
            sources.write(json.dumps(page) + "\n")
            examples += sum(map(len, page))
            namespace = {"__name__": "__main__"}
            texts = ["\n".join(prompted(source) + output(source, namespace) for source in sources) for sources in page]
            name = f"page{number:05}.md"
            prose = [sentence(random.Random(f"{number} {index}")) for index in range(blocks)]
            fences = [f"## Step {index}\n\n{said}\n\n```python\n{text}\n" for index, (said, text) in enumerate(zip(prose, texts))]
            title = f"# Page {number}\n\n"
            (folder / "md" / name).write_text(title + "```\n\n".join(fences) + "```\n")
            (folder / "doctest" / name).write_text(title + "\n```\n\n".join(fences) + "\n```\n")
            (folder / "single" / name).write_text(title + "```python\n" + "\n".join(texts) + "\n```\n")
    return examples


def sentence(chance):
    """What stands above a block: as much as a reader wants to know before code."""
    return " ".join(chance.choices(WORDS, k=chance.randint(10, 40))).capitalize() + ", and what comes of it:"


def prompted(source):
    first, *rest = source.rstrip("\n").split("\n")
    return "\n".join([">>> " + first, *("... " + line for line in rest)])


def output(source, namespace):
    """What an example prints, below its code."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(source + "\n", "<example>", "single"), namespace)
        except Exception as error:
            print(f"Traceback (most recent call last):\n    ...\n{type(error).__name__}: {error}")
    text = printed.getvalue().rstrip("\n")
    return "\n" + text if text else ""


def block(chance, profile, index):
    """The examples of a block. The first of a page has what the others build on."""
    numbers = [chance.randint(1, 99) for _ in range(6)]
    words = chance.sample(WORDS, 4)
    if index == 0:
        return IMPORTS[profile] + ["seen = []", f"scale = {numbers[0]}", "def remember(x):\n    seen.append(x)\n    return len(seen)", "remember(scale)", "seen"]
    return chance.choice(BLOCKS[profile])(index, numbers, words)


def of_lists(index, numbers, words):
    return [f"values = {numbers}", "sorted(values)", "[x * scale for x in values if x % 2]", "max(values) - min(values)", "values[1:4]"]


def of_dicts(index, numbers, words):
    return [f"prices = {dict(zip(words, numbers))}", f"prices[{words[0]!r}]", "prices['oak']", "sorted(prices.items())[:2]", "sum(prices.values())"]


def of_classes(index, numbers, words):
    name = f"Plot{index}"
    body = f"class {name}:\n    def __init__(self, w, h):\n        self.w, self.h = w, h\n    def __repr__(self):\n        return f'{name}({{self.w}}, {{self.h}})'\n    @property\n    def area(self):\n        return self.w * self.h"
    return [body, f"plot = {name}({numbers[0]}, {numbers[1]})", "plot", "plot.area", "plot.depth"]


def of_loops(index, numbers, words):
    return [f"for place, tree in enumerate({words}, start=1):\n    print(place, tree.upper())", f"while scale > {numbers[0] + 99}:\n    scale -= 1", f"remember({numbers[2]}) > 0", f"[tree for tree in {words} if 'i' in tree]", "bool(seen)"]


def of_errors(index, numbers, words):
    return [f"int({words[0]!r})", f"{numbers[0]} / 0", f"(1, 2)[{numbers[1]}]", f"{words[1]} + 1", "seen[-1]"]


def of_texts(index, numbers, words):
    return [f"name, size = {words[0]!r}, {numbers[0]}.{numbers[1]:02d}", "f'{name:>12}|{size:8.2f}|'", "name.center(20, '*')", "print(name, size, sep=': ')", f"'-'.join({words})", "name.upper()[:size > 50 or None]"]


def of_generators(index, numbers, words):
    return ["def down(n):\n    while n:\n        yield n\n        n -= 1", f"list(down({numbers[0] % 9 + 1}))", f"steps = down({numbers[1] % 5 + 1})", "next(steps)", "sum(steps)", "sum(down(scale))"]


def of_iterators(index, numbers, words):
    return ["import itertools, operator", f"list(itertools.accumulate({numbers}, operator.mul))[-1]", f"list(itertools.chain({words}, 'ab'))", f"list(itertools.islice(itertools.count({numbers[0]}), 3))", f"sorted({words}, key=operator.itemgetter(1))"]


def of_sets(index, numbers, words):
    return [f"tall, old = set({numbers}), set(range(0, 100, 4))", "sorted(tall & old)", "len(tall | old)", "sorted(tall - old)", "tall >= old"]


def of_libraries(index, numbers, words):
    record = f"@dataclasses.dataclass\nclass Tree{index}:\n    name: str\n    height: int = {numbers[0]}"
    return [record, f"Tree{index}({words[0]!r})", f"decimal.Decimal('{numbers[1]}.10') * 3", f"json.dumps(dict.fromkeys({sorted(words)}))", f"datetime.date(2024, 2, 28) + datetime.timedelta(days={numbers[2]})"]


def of_arrays(index, numbers, words):
    return [f"a = np.array({numbers})", "a.reshape(2, 3) * 2", "int(a.sum())", f"frame = pd.DataFrame({{'tree': {words}, 'height': {numbers[:4]}}})", "frame.sort_values('height').head(2)"]


def of_work(index, numbers, words):
    return [f"limit = {numbers[0] % 9 + 90}", "sum(1 for n in range(2, limit * 40) if all(n % d for d in range(2, int(n ** 0.5) + 1)))", "remember(limit) > 0"]


BLOCKS = {
    "light": [of_lists, of_dicts, of_classes, of_loops, of_errors, of_texts, of_generators, of_iterators, of_sets],
    "imports": [of_libraries, of_lists, of_texts],
    "numpy": [of_arrays],
    "cpu": [of_work],
}
