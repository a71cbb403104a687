"""Books and folders of pages for the benchmarks, made on the spot."""

import pathlib


def fence(number):
    """A fence of examples, all of which pass."""
    return f"""```python
>>> values_{number} = list(range({number % 7}, {number % 7 + 5}))
>>> sum(values_{number})
{sum(range(number % 7, number % 7 + 5))}
>>> [value * {number % 3 + 1} for value in values_{number}]
{[value * (number % 3 + 1) for value in range(number % 7, number % 7 + 5)]}
>>> "{number}".zfill(6)
'{number:06}'
>>> for value in values_{number}[:2]:
...     print(value)
{number % 7}
{number % 7 + 1}
```
"""


def page(title, first, fences):
    words = "Each value stays what it was until a statement gives it another, and the next line shows which."
    sections = (f"## Step {step}\n\n{words}\n\n{fence(first + step)}" for step in range(fences))
    return f"# {title}\n\n" + "\n".join(sections)


def pages(folder, count, fences):
    """A folder of pages."""
    folder.mkdir(parents=True)
    (folder / "exemplar.toml").write_text("")
    for number in range(count):
        (folder / f"page-{number:04}.md").write_text(page(f"Page {number}", number * fences, fences))
    return folder


def book(folder, chapters=60, fences=25):
    """A book of chapters in parts, with tables and notes between its fences."""
    source = folder / "src"
    source.mkdir(parents=True)
    (folder / "book.toml").write_text('[book]\ntitle = "Sixty chapters"\nsrc = "src"\n[build]\nbuild-dir = "dist"\n')
    lines = ["# Summary", ""]
    for chapter in range(chapters):
        if chapter % 12 == 0:
            lines += ["", f"# Part {chapter // 12 + 1}", ""]
        name = f"part-{chapter // 12 + 1}/chapter-{chapter:02}.md"
        path = source / name
        path.parent.mkdir(exist_ok=True)
        extra = "\n> [!NOTE]\n> Read it twice.\n\n| name | value |\n|---|---|\n" + "".join(f"| v{row} | {row} |\n" for row in range(8))
        path.write_text(page(f"Chapter {chapter}", chapter * fences, fences) + extra)
        lines.append(f"- [Chapter {chapter}]({name})")
    (source / "SUMMARY.md").write_text("\n".join(lines) + "\n")
    return pathlib.Path(folder)
