"""A rehearsal: a page of the driver's own, run in the process that sessions are forked from.

A forked process pays for each page of memory that it is the first to write to, and what is done for the first time writes to many: functions
are specialised by the interpreter, names are looked up and remembered, symbols of libraries are bound. What has been done before the fork,
every session finds done. It writes to a pipe that nobody reads, and what it leaves is taken back.
"""

import builtins
import linecache
import os
import sys
import warnings

# So often that the interpreter takes what every step goes through for worth specialising.
TIMES = 2
REHEARSED = (
    "numbers = [3, 1, 2]\n",
    "def area(width, height=2):\n    total = 0\n    for row in range(height):\n        total += width * row\n    return total\n",
    "area(3)\n",
    "sorted(numbers)\n",
    "print(*numbers, sep=', ')\n",
    "f'{area(4):>8.2f}|{numbers!r}'\n",
    "class Point:\n    def __init__(self, x, y):\n        self.x, self.y = x, y\n    def __repr__(self):\n        return f'Point({self.x})'\n",
    "Point(1, y=2)\n",
    "[x * x for x in numbers if x > 1]\n",
    "{word: len(word) for word in 'a bc'.split()}\n",
    "def count():\n    yield 1\n",
    "list(count())\n",
    "for index, word in enumerate(('a', 'b'), start=1):\n    print(index, word.title())\n",
    "1 / 0\n",
    "numbers[9]\n",
    "int('x')\n",
    "numbers.x\n",
    "unknown\n",
    "try:\n    {}['key']\nexcept KeyError as error:\n    print(error)\n",
    "print('a')\nprint({1: 2.5}, None, True)\n",
)


class Rehearsal(Session):
    """A session without an end, whose results go nowhere."""

    def __init__(self, nowhere, codes):
        super().__init__()
        self.nonce = self.boundary = b"\0"
        self.pid = getpid()
        self.out = self.err = self.results = self.trace = self.state = nowhere
        self.words = memoryview(bytearray(16)).cast("Q")
        steps = [{"mode": "single", "code": code, "name": "<python-input-%d>" % number} for number, code in enumerate(codes)]
        job = memory_file(json.dumps(steps))
        self.steps = read_job(job)
        close(job)


def rehearse(stdout_fd, plain):
    """The rehearsal, with what the host runs and without. It prints little enough for a pipe to hold."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    before = dict(os.environ), list(sys.path), sys.argv, os._exit, vars(builtins).copy(), warnings._showwarnmsg_impl
    dup2(stdout_fd, 1)
    dup2(stdout_fd, 2)
    rehearsal = Rehearsal(nowhere, REHEARSED)
    for _ in range(TIMES):
        for rehearsal.plain in (None, plain):
            rehearsal.run_steps()
    environment, sys.path[:], sys.argv, os._exit, names, warnings._showwarnmsg_impl = before
    for variable in set(os.environ) - set(environment):
        del os.environ[variable]
    for name in set(vars(builtins)) - set(names):
        delattr(builtins, name)
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if name in SYS:
            delattr(sys, name)
    for step in rehearsal.steps:
        linecache.cache.pop(step["name"], None)
    linecache.cache.pop("<string>", None)  # the program of `-c`, which CPython 3.13 keeps there
    close(nowhere)
