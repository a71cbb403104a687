//! What the driver must do, step by step. Expected is what `seen` writes: stdout, and then in brackets whatever else there is.

use std::time::Duration;

use super::{Table, Wishes as _, imports, offer, prompt, read, script, shell, write};

const RICH: &str = "class Rich:\n    def __init__(self, **kinds): self.kinds = kinds\n    def __repr__(self): return 'Rich!'\n    \
                    def _repr_html_(self): return self.kinds.get('html')\n    def _repr_png_(self): return self.kinds.get('png')\n    \
                    def _repr_svg_(self): return self.kinds['svg']";

/// A class whose metaclass has any attribute, or raises what no `hasattr` expects.
const METACLASS: &str = "class Meta(type):\n    registry = {}\n    def __getattr__(cls, name): return cls.registry[name]\n\
                         class Registered(metaclass=Meta):\n    def __repr__(self): return 'Registered!'";

/// A stand-in for pyplot, with two figures that are rendered and one that is not.
const PYPLOT: &str = "import contextlib\nfigures = {1: '<svg>one', 2: None, 3: '<?xml?><svg>three'}\n\
                      def get_fignums(): return list(figures)\n\
                      class Figure:\n    def __init__(self, number): self.number = number\n    \
                      def savefig(self, file, format, metadata): file.write(figures[self.number])\n\
                      def figure(number): return Figure(number)\n\
                      def close(number): del figures[number]\n\
                      @contextlib.contextmanager\n\
                      def rc_context(settings):\n    assert settings['svg.hashsalt'] == 'exemplar'\n    yield";

pub(super) fn table() -> Table {
    let mut table = beginnings();
    table.extend(files());
    table.extend(shells());
    table.extend(input_and_errors());
    table.extend(warnings());
    table.extend(awaits());
    table.extend(displays());
    table.extend(imports::table());
    table
}

fn beginnings() -> Table {
    let left = "import builtins, linecache, sys; [hasattr(builtins, '_'), hasattr(sys, 'last_value'), list(globals())[-1], \
                [name for name in linecache.cache if name[0] == '<'], \
                [kind for kind in object.__subclasses__() if kind.__module__ == '__main__'], sys.path[0], sys.argv]";
    let overhears = "import sys\nframe = sys._getframe()\n\
                     while not hasattr(frame.f_locals.get('self'), 'send_payload'): frame = frame.f_back\n\
                     session, told = frame.f_locals['self'], []\n\
                     session.send_payload = lambda payload: told.append(payload) or type(session).send_payload(session, payload)";
    vec![
        (
            "what runs before the first step leaves nothing behind",
            vec![
                prompt(0, left).gives("[False, False, 'sys', ['<python-input-0>'], [], '', ['']]\n"),
                prompt(1, "_").gives("[False, False, 'sys', ['<python-input-0>'], [], '', ['']]\n"),
            ],
        ),
        (
            // As `execute/frames.rs` has it.
            "what is told of a step begins as it is read soonest",
            vec![
                script(1, overhears).gives(""),
                shell("true").gives("[status 0]"),
                prompt(1, "told[-1][:24]").gives("b'{\"frame\":\"step\",\"step\":1'\n"),
            ],
        ),
    ]
}

fn files() -> Table {
    vec![
        (
            "files that are only called so",
            vec![
                offer("a.txt", "1").gives(""),
                offer("a.txt", "2").gives(""),
                prompt(2, "open('a.txt').read()").gives("'2\\n'\n"),
                prompt(3, "print('mine', file=open('a.txt', 'w'))").gives(""),
                offer("a.txt", "3").gives(""),
                prompt(5, "open('a.txt').read()").gives("'mine\\n'\n"),
                offer("bad.py", "x = = 2").gives(""),
            ],
        ),
        (
            "what does not compile is not remembered",
            vec![
                script(1, "x = = 2").gives("[uncompiled SyntaxError: invalid syntax][at page.md:101]"),
                script(2, "unknown").gives("[raised NameError: name 'unknown' is not defined][at page.md:101]"),
            ],
        ),
        (
            "files",
            vec![
                write("pkg/mod.py", "def fail():\n    raise KeyError('k')").gives(""),
                prompt(1, "import pkg.mod; pkg.mod.fail()").gives("[raised KeyError: 'k'][at page.md:102]"),
                read("pkg/mod.py").gives("def fail():\n    raise KeyError('k')\n"),
                write("pkg/mod.py", "new = 1").gives(""),
                prompt(4, "import pkg.mod; hasattr(pkg.mod, 'new')").gives("False\n"),
                write("pkg/other.py", "new = 1").gives(""),
                prompt(6, "import pkg.other; pkg.other.new").gives("1\n"),
                write("bad.py", "x = 1\nx = = 2").gives("[uncompiled SyntaxError: invalid syntax][at page.md:102]"),
                write("bad.py", "\n\n\nx = = 2").gives("[uncompiled SyntaxError: invalid syntax][at page.md:104]"),
                write("data.txt", "x = = 2").gives(""),
                write("../out.py", "")
                    .gives("[raised ValueError: the path of a file must be relative and lead nowhere above the session's directory: '../out.py']"),
                write("/tmp/out.py", "")
                    .gives("[raised ValueError: the path of a file must be relative and lead nowhere above the session's directory: '/tmp/out.py']"),
                prompt(12, "unknown").gives("[raised NameError: name 'unknown' is not defined][at page.md:101]"),
                read("missing.txt").gives("[raised FileNotFoundError: [Errno 2] No such file or directory: 'missing.txt']"),
            ],
        ),
        (
            "the body of a script, and what the REPL leaves of an exception",
            vec![
                script(1, "print(__name__, __file__)\nif __name__ == '__main__':\n    print('runs')")
                    .gives("__main__ script_1.py\nruns\n"),
                prompt(1, "1 / 0").gives("[raised ZeroDivisionError: division by zero][at page.md:101]"),
                prompt(2, "import sys; sys.last_value, sys.last_type is ZeroDivisionError, sys.last_traceback.tb_lineno")
                    .gives("(ZeroDivisionError('division by zero'), True, 1)\n"),
                prompt(3, "sys.version_info < (3, 12) or sys.last_exc is sys.last_value").gives("True\n"),
            ],
        ),
    ]
}

fn shells() -> Table {
    vec![(
        "a shell",
        vec![
            shell("echo out; echo err >&2; echo out; (exit 3)").gives("out\nerr\nout\n[status 3]"),
            shell("mkdir sub; cd sub; export A='b c'; unset COLUMNS; exit 4").gives("[status 4]"),
            shell("pwd; echo \"$A\" \"[$COLUMNS]\" $#\ncd - >/dev/null; pwd").gives("/tmp/exemplar/sub\nb c [] 0\n/tmp/exemplar\n[status 0]"),
            prompt(3, "import os; os.getcwd(), 'A' in os.environ, os.environ['COLUMNS']")
                .gives("('/tmp/exemplar', False, '80')\n"),
            shell("N=1; words=(a 'b c'); greet() { echo \"$1 $N\"; }").gives("[status 0]"),
            shell("N=$((N + 1)); greet hello; echo \"${words[1]}\"; python -c 'import os; print(\"N\" in os.environ)'")
                .gives("hello 2\nb c\nFalse\n[status 0]"),
            shell("python -c 'import sys; print(sys.version)' > a; python3 -c 'import sys; print(sys.version)' > b; cmp a b")
                .gives("[status 0]"),
            prompt(5, "import sys; open('a').read().strip() == sys.version").gives("True\n"),
            shell("kill -9 $$").gives("[status 137]"),
            shell("cat; cat").typed("one\ntwo").gives("one\ntwo\n[status 0]"),
            shell("cat; cat <&900; nothing-of-this-name").gives(
                "bash: line 1: 900: Bad file descriptor\nbash: line 1: nothing-of-this-name: command not found\n[status 127]",
            ),
            shell("ls -A").gives("a\nb\nsub\n[status 0]"),
        ],
    )]
}

fn input_and_errors() -> Table {
    let reads = "import subprocess, sys\nprint([input('a> ')])\nprint([sys.stdin.readline()])\n\
                 subprocess.run(['head', '-n1'])\nprint(list(sys.stdin))";
    vec![
        (
            "what is typed",
            vec![
                prompt(0, "input('name? ')").typed("Ann").gives("name? Ann\n'Ann'\n"),
                prompt(1, "input('name? ')").gives("name? [raised EOFError: EOF when reading a line][at page.md:101]"),
                script(1, reads).typed("1\n2\n3\n4\n5\n").gives("a> 1\n['1']\n2\n['2\\n']\n3\n4\n5\n['4\\n', '5\\n']\n"),
                prompt(2, "import sys; sys.stdin.read(1)").typed("left\nover").gives("left\n'l'\n"),
                prompt(3, "sys.stdin.read()").gives("''\n"),
                prompt(4, "sys.stdin.read()").typed("").gives("\n'\\n'\n"),
            ],
        ),
        (
            "what a page shows to be typed",
            vec![
                script(1, "def ask(what): return input(what + '? ')\nprint(ask('Age') + ask('Name'))")
                    .shown_as("Age? 3\nName? Ann\n3Ann\n", None)
                    .gives("Age? 3\nName? Ann\n3Ann\n"),
                script(2, "print('other'); print(ask('Name'))").shown_as("Name? Ann\nAnn\n", None).gives("other\nName? Ann\nAnn\n"),
                script(3, "print(input())").shown_as("Ann\nAnn\n", None).gives("Ann\nAnn\n"),
                prompt(3, "ask('Age')").shown_as("Name? 3\n", None).gives("Age? [raised EOFError: EOF when reading a line][at page.md:101]"),
                prompt(4, "import sys; sys.stdout is sys.__stdout__").gives("True\n"),
            ],
        ),
        (
            "a loop that a page shows to be stopped",
            vec![
                script(1, "while True: print('y')").shown_as("y\ny\n", Some(0)).gives("y\ny\n[raised KeyboardInterrupt][at page.md:101]"),
                script(2, "for i in range(3): print(i)").shown_as("0\n", Some(100)).gives("0\n1\n2\n"),
            ],
        ),
        (
            "stderr in its place",
            vec![
                script(1, "import os, sys\nprint('a')\nprint('b', file=sys.stderr)\nos.system('echo c >&2; echo d')")
                    .merged()
                    .gives("a\nb\nc\nd\n"),
                prompt(1, "print('e', file=sys.stderr)").gives("[stderr e]"),
            ],
        ),
        (
            "an exception behind what does not compile",
            vec![
                prompt(0, "1 +").gives("[uncompiled SyntaxError: invalid syntax][at page.md:101]"),
                prompt(1, "raise KeyError('x') from ValueError(1)").gives("[raised KeyError: 'x'][at page.md:101]"),
            ],
        ),
    ]
}

fn warnings() -> Table {
    let own = "with warnings.catch_warnings(record=True) as caught:\n    warnings.simplefilter('always')\n    warn()\n\
               print(len(caught))\nwith warnings.catch_warnings():\n    warnings.simplefilter('error')\n    try: warn()\n    \
               except DeprecationWarning as error: print('raised', error)\nold = warnings.showwarning\n\
               warnings.showwarning = lambda *args, **more: print('own', args[0])\nwarnings.warn('w')\nwarnings.showwarning = old";
    vec![(
        "warnings",
        vec![
            script(1, "import warnings\ndef warn():\n    warnings.warn('old', DeprecationWarning, stacklevel=2)\nfor _ in 1, 2:\n    warn()")
                .gives("[stderr script_1.py:5: DeprecationWarning: old\n  warn()][warned DeprecationWarning: old at script_1.py:5]"),
            prompt(1, "warn()").gives(
                "[stderr <python-input-1>:1: DeprecationWarning: old\n  warn()][warned DeprecationWarning: old at <python-input-1>:1]",
            ),
            prompt(2, "warn()").gives(
                "[stderr <python-input-2>:1: DeprecationWarning: old\n  warn()][warned DeprecationWarning: old at <python-input-2>:1]",
            ),
            script(2, own).gives("1\nraised old\nown w\n"),
            script(3, "x = 1\nassert (x, 'always true')").gives(
                "[stderr script_3.py:2: SyntaxWarning: assertion is always true, perhaps remove parentheses?\n  \
                 assert (x, 'always true')][warned SyntaxWarning: assertion is always true, perhaps remove parentheses? at script_3.py:2]",
            ),
            write("lib.py", "import warnings\ndef f():\n    warnings.warn('deep')").gives(""),
            prompt(3, "import lib; lib.f()").gives(
                "[stderr /tmp/exemplar/lib.py:3: UserWarning: deep\n  warnings.warn('deep')][warned UserWarning: deep at lib.py:3]",
            ),
            prompt(4, "warnings.warn('FigureCanvasAgg is non-interactive, and thus cannot be shown')").gives(""),
        ],
    )]
}

fn awaits() -> Table {
    let tasks = "import asyncio, contextvars\nv = contextvars.ContextVar('v', default=0)\nasync def count():\n    for i in range(3):\n        \
                 print('task', i)\n        await asyncio.sleep(0)\ntask = asyncio.create_task(count())\nawait asyncio.sleep(0)\nv.set(5)";
    vec![
        (
            "top-level await",
            vec![
                script(1, tasks).gives("task 0\ntask 1\n"),
                prompt(1, "v.get()").gives("5\n"),
                script(2, "v.set(6)\nawait task\nprint(v.get())").gives("task 2\n6\n"),
                prompt(2, "await asyncio.sleep(0, 'value')").gives("'value'\n"),
                script(3, "async def fail():\n    raise KeyError('k')\nprint(1)\nawait fail()")
                    .gives("1\n[raised KeyError: 'k'][at page.md:102]"),
                script(4, "async def three():\n    return 3\nprint(asyncio.run(three()))").gives("3\n"),
                script(5, "async def numbers():\n    yield 1\n    yield 2\nasync for n in numbers():\n    print(n)\nprint([n async for n in numbers()])")
                    .gives("1\n2\n[1, 2]\n"),
                script(6, "class Room:\n    async def __aenter__(self): return 'in'\n    async def __aexit__(self, *_): print('out')\nasync with Room() as where:\n    print(where)")
                    .gives("in\nout\n"),
                script(7, "async def leave():\n    raise SystemExit(3)\nleaving = asyncio.create_task(leave())\nawait asyncio.sleep(9)")
                    .gives("[raised SystemExit: 3][at page.md:102]"),
                script(8, "print(await three())\n#> 3").marked(1).gives("3\n[marked 3]"),
                script(9, "async def last():\n    try:\n        await asyncio.sleep(99)\n    finally:\n        print('cancelled')\nending = asyncio.create_task(last())\nawait asyncio.sleep(0)")
                    .gives("cancelled\n"),
            ],
        ),
        (
            // The last expression is code of its own where it may show something.
            "one loop for all parts of a step",
            vec![
                script(1, "import asyncio\nasync def two():\n    return 2\ntask = asyncio.create_task(two())\nawait task").shown().gives(""),
                prompt(1, "task.result()").shown().gives("2\n"),
                script(2, "async def fail():\n    raise KeyError('k')\ntask = asyncio.create_task(fail())\nawait task")
                    .shown()
                    .gives("[raised KeyError: 'k'][at page.md:102]"),
                script(3, "1 / 0\nawait two()").shown().gives("[raised ZeroDivisionError: division by zero][at page.md:101]"),
            ],
        ),
        (
            "tasks that are made without an await",
            vec![
                prompt(1, "import asyncio").gives(""),
                script(1, "async def two():\n    print('two')\n    return 2").gives(""),
                // It begins as soon as the statement is over, as in `python -m asyncio`.
                prompt(2, "task = asyncio.create_task(two())").gives("two\n"),
                prompt(3, "await task").gives("2\n"),
                prompt(4, "asyncio.run(two())").gives("two\n2\n"),
                script(2, "from asyncio import *\nloop = new_event_loop()\ntask = loop.create_task(two())\nloop.run_until_complete(task)\nloop.close()")
                    .gives("two\n"),
                prompt(5, "asyncio.create_task(1)").gives("[raised TypeError: a coroutine was expected, got 1][at page.md:101]"),
            ],
        ),
        (
            "an await that never ends",
            vec![
                script(1, "import asyncio\nasync def hang():\n    x = 1\n    await asyncio.sleep(99)\nawait hang()")
                    .within(Duration::from_secs(2))
                    .gives("[timed out][at page.md:104]"),
            ],
        ),
    ]
}

fn displays() -> Table {
    vec![
        (
            "rich results",
            vec![
                script(1, RICH).shown().gives(""),
                prompt(1, "Rich(html='<b>h</b>')").shown().gives("Rich!\n[display text/html <b>h</b>]"),
                prompt(2, "Rich(html='<b>h</b>')").gives("Rich!\n"),
                prompt(3, "x = Rich(html='<b>h</b>')").shown().gives(""),
                script(2, "Rich(\n    svg='<svg/>', html='h',\n    )").shown().gives("[display image/svg+xml <svg/>]"),
                script(3, "1\nRich(png=b'png', html=5)").shown().gives("[display image/png cG5n]"),
                script(4, "for _ in 1, 2:\n    Rich(html='h')").shown().gives(""),
                script(5, "Rich").shown().gives(""),
                script(6, "print('a')\nRich(html=1/0)").shown().gives("a\n[raised ZeroDivisionError: division by zero][at page.md:102]"),
                script(7, "from __future__ import annotations\nprint(1)\n#> 1\nRich(html='h')")
                    .marked(2)
                    .shown()
                    .gives("1\n[marked 1][display text/html h]"),
                script(8, "import asyncio\nawait asyncio.sleep(0, Rich(html='h'))").shown().gives("[display text/html h]"),
                script(9, "class Broken:\n    def __repr__(self): raise ValueError('v')").gives(""),
                prompt(4, "Broken()").shown().gives("[raised ValueError: v][at page.md:102]"),
                prompt(5, "import sys; sys.displayhook is sys.__displayhook__").shown().gives("True\n"),
            ],
        ),
        (
            "rich results of prompts, after other steps and before them",
            vec![
                script(1, RICH).gives(""),
                prompt(1, "import itertools").shown().gives(""),
                prompt(2, "x = Rich(html='h'); x").shown().gives("Rich!\n[display text/html h]"),
                prompt(3, "None").shown().gives(""),
                prompt(4, "_").shown().gives("Rich!\n[display text/html h]"),
                prompt(5, "1").gives("1\n"),
                prompt(6, "for _ in [0]:\n    x").shown().gives("Rich!\n"),
                prompt(7, "2").shown().gives("2\n"),
                prompt(8, "x; 1 / 0").shown().gives("Rich!\n[raised ZeroDivisionError: division by zero][at page.md:101]"),
                prompt(9, "3").gives("3\n"),
                prompt(10, "import warnings; warnings.warn('w'); x")
                    .shown()
                    .gives("Rich!\n[stderr <python-input-10>:1: UserWarning: w\n  import warnings; warnings.warn('w'); x][warned UserWarning: w at <python-input-10>:1][display text/html h]"),
                prompt(11, "del __import__('builtins')._").gives(""),
                prompt(12, "x").shown().gives("Rich!\n[display text/html h]"),
                prompt(13, "import sys; sys.displayhook = lambda value: print('own', value)").shown().gives(""),
                prompt(14, "x").shown().gives("own Rich!\n[display text/html h]"),
                prompt(15, "sys.displayhook = sys.__displayhook__").gives(""),
                prompt(16, "del sys.displayhook").shown().gives(""),
                prompt(17, "sys.displayhook = sys.__displayhook__").gives(""),
                prompt(18, "4").shown().gives("4\n"),
            ],
        ),
        (
            "several values under one prompt, of which the last one counts",
            vec![
                script(1, RICH).gives(""),
                prompt(1, "import sys; x = Rich(html='h')").gives(""),
                prompt(2, "x; print('y')").shown().gives("Rich!\ny\n"),
                prompt(3, "1").gives("1\n"),
                prompt(4, "sys.displayhook(x)").shown().gives("Rich!\n"),
                prompt(5, "2").gives("2\n"),
                prompt(6, "x; x").shown().gives("Rich!\nRich!\n[display text/html h]"),
            ],
        ),
        (
            "types that answer with any error when they are asked for a method",
            vec![
                script(1, METACLASS).gives(""),
                prompt(1, "Registered()").gives("Registered!\n"),
                prompt(2, "import enum").shown().gives(""),
                prompt(3, "Registered()").shown().gives("Registered!\n"),
                script(2, "class Rich(Registered):\n    def _repr_html_(self): return 'h'").gives(""),
                prompt(4, "Rich()").shown().gives("Registered!\n[display text/html h]"),
            ],
        ),
        (
            "figures",
            vec![
                write("matplotlib/pyplot.py", PYPLOT).gives(""),
                script(1, "from matplotlib import pyplot").gives(""),
                script(2, "x = 1").shown().gives(
                    "[warned exemplar.RenderWarning: figure 2 can't be rendered: TypeError: string argument expected, got 'NoneType' at \
                     script_2.py:1][figure image/svg+xml <svg>one][figure image/svg+xml <svg>three]",
                ),
                prompt(1, "pyplot.figures").shown().gives("{}\n"),
            ],
        ),
    ]
}
