#!/usr/bin/env python3
"""How long it takes from a save to the verified page in the browser, in a book of 60 chapters.

    tests/bench/serve.py target/release/exemplar [SAVES]

A save changes a number and the output that states it; then the same again below a block that takes ten seconds. The clock runs from before the write until the server has told of the page's new
version; then the page is fetched, and must show the new number. The whole book is rendered behind each save, as for an author who types on.
"""

import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import book as corpus

CHAPTER = 31
PAUSE = 1.5
SET_UP = "## Set-up\n\n```python {timeout=30s}\nimport time\n\ntime.sleep(10)\n```\n\n"


class Events:
    """The server's news, as a browser hears them."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(b"GET /__exemplar/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
        self.file = self.socket.makefile("rb")

    def next(self):
        for line in self.file:
            if line.startswith(b"data:"):
                return json.loads(line[5:])
        raise SystemExit("the server has gone")


def version(told, page):
    return told["pages"].get(page, {}).get("version", 0)


def main():
    exemplar = str(pathlib.Path(sys.argv[1]).resolve())
    saves = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        book = corpus.book(root / "book")
        environment = {**os.environ, "EXEMPLAR_CACHE_DIR": str(root / "cache")}
        environment.pop("EXEMPLAR_NO_CACHE", None)
        server = subprocess.Popen([exemplar, "serve", "--port", "0"], cwd=book, env=environment, stderr=subprocess.PIPE, text=True)
        try:
            port = int(re.search(r"127\.0\.0\.1:(\d+)", server.stderr.readline()).group(1))
            measure(book, port, saves, "save to verified page")
            measure(book, port, saves, "the same below a block of 10 s", SET_UP)
        finally:
            server.terminate()
            server.wait()


def measure(book, port, saves, what, above=""):
    name = f"part-{CHAPTER // 12 + 1}/chapter-{CHAPTER:02}"
    source, page = book / "src" / f"{name}.md", f"{name}.html"
    events = Events(port)
    told = events.next()
    while not told["pages"]:
        told = events.next()
    time.sleep(2 * PAUSE)
    before = source.read_text()
    text = before.replace("## Step 1\n", f"{above}## Step 1\n")
    times = []
    for save in range(saves + 1):
        seen = version(told, page)
        new = text.replace("## Step 12\n", f"## Step 12\n\n```python\n>>> {save} + 10000\n{save + 10000}\n```\n")
        started = time.monotonic()
        source.write_text(new)
        shown = ""
        # The whole book of the save before may come meanwhile, and is news too.
        while str(save + 10000) not in shown:
            while version(told, page) <= seen:
                told = events.next()
            took = time.monotonic() - started
            seen = version(told, page)
            shown = urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}").read().decode()
        if told["pages"][page]["issues"]:
            raise SystemExit(f"save {save} is not verified: {told['pages'][page]}")
        if save:
            # The first one starts what is kept warm afterwards.
            times.append(took * 1000)
        time.sleep(PAUSE)
    times.sort()
    source.write_text(before)
    time.sleep(PAUSE)
    print(f"{what}, 60 chapters: p50 {statistics.median(times):.0f} ms, p90 {times[int(len(times) * 0.9)]:.0f} ms, "
          f"least {times[0]:.0f} ms, most {times[-1]:.0f} ms; aim: p50 150 ms")


main()
