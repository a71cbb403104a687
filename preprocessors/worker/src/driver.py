"""The session driver: runs the steps of one session and streams what they do.

It is one file without dependencies outside the standard library, because it has two hosts: the embedded CPython of the worker, forked
for each session, and any external CPython, started for one session. Both call `run` with six descriptors (see `protocol.rs`).

Invariants:
- Nothing here waits for an answer. Results, output and state only flow out.
- The driver's own descriptors are private copies above 900, so that code which closes or replaces 1 and 2 loses its own output
  and nothing else.
- Driver frames never show in a traceback.

Deliberately absent: any comparison with what a page says.
"""

import ast
import atexit
import binascii
import builtins
import faulthandler
import fcntl
import io
import json
import linecache
import mmap
import os
import signal
import struct
import sys
import threading
import time
import traceback
import types
import __future__

FUTURES = 0
for _name in __future__.all_feature_names:
    FUTURES |= getattr(__future__, _name).compiler_flag
del _name

FINISHING = 2**64 - 1
FIRST_PRIVATE_DESCRIPTOR = 900
MARK = "__exemplar_mark__"


def run(job_fd, state_fd, results_fd, stdout_fd, stderr_fd, trace_fd):
    """Runs a session to its end. Does not return to the caller's frames: the process exits here."""
    with os.fdopen(job_fd, "rb") as file:
        job = json.loads(file.read())
    Session(job, state_fd, results_fd, stdout_fd, stderr_fd, trace_fd).run()


class Session:
    """One process, one `__main__`, one directory."""

    def __init__(self, job, state_fd, results_fd, stdout_fd, stderr_fd, trace_fd):
        self.steps = job["steps"]
        self.nonce = binascii.unhexlify(job["nonce"])
        self.boundary = b"\0" + job["nonce"].encode() + b":"
        self.pid = os.getpid()
        self.results = private(results_fd)
        self.trace = private(trace_fd)
        self.out = private(stdout_fd)
        self.err = private(stderr_fd)
        self.state = mmap.mmap(state_fd, 16)
        self.take_streams(stdout_fd, stderr_fd)
        self.enter(job["directory"])
        self.namespace = fresh_main()
        self.flags = 0
        self.names = set()
        self.watch_faults()

    def take_streams(self, stdout_fd, stderr_fd):
        """Puts the pipes in place of descriptors 1 and 2 and nothing in place of 0, and lays text streams over them.

        The streams are line buffered, so that what C code and child processes write keeps its place between printed lines.
        """
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(stdout_fd, 1)
        os.dup2(stderr_fd, 2)
        for fd in {nothing, stdout_fd, stderr_fd} - {0, 1, 2}:
            os.close(fd)
        sys.stdin = sys.__stdin__ = io.TextIOWrapper(
            io.BufferedReader(io.FileIO(0, "r", closefd=False)), "utf-8", "surrogateescape"
        )
        sys.stdout = sys.__stdout__ = text_stream(1, "surrogateescape")
        sys.stderr = sys.__stderr__ = text_stream(2, "backslashreplace")
        for stream, name, mode in (
            (sys.stdin, "<stdin>", "r"),
            (sys.stdout, "<stdout>", "w"),
            (sys.stderr, "<stderr>", "w"),
        ):
            stream.buffer.raw.name = name
            stream.mode = mode
        self.stdout, self.stderr = sys.stdout, sys.stderr

    def enter(self, directory):
        """Makes the session's directory the working directory, the home and the place for temporary files."""
        os.chdir(directory)
        for variable in ("HOME", "TMPDIR", "PWD"):
            os.environ[variable] = directory
        os.environ["XDG_CACHE_HOME"] = os.path.join(directory, ".cache")
        if "tempfile" in sys.modules:
            sys.modules["tempfile"].tempdir = None
        # As for `python script.py` and the REPL: the working directory is importable.
        sys.path.insert(0, "")
        sys.argv = [""]

    def watch_faults(self):
        """Lets crashes, hangs and `os._exit` name their line on the trace pipe."""
        faulthandler.enable(file=self.trace, all_threads=False)
        faulthandler.register(signal.SIGUSR2, file=self.trace, all_threads=False)
        real_exit = os._exit
        pid, trace = self.pid, self.trace

        def _exit(status):
            if os.getpid() == pid:
                faulthandler.dump_traceback(file=trace, all_threads=False)
            real_exit(status)

        _exit.__doc__ = real_exit.__doc__
        _exit.__module__ = real_exit.__module__
        os._exit = _exit
        self.exit = real_exit
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def run(self):
        """All steps, then the exit handlers."""
        try:
            for index, step in enumerate(self.steps):
                self.run_step(index, step)
            self.finish()
        finally:
            # Whatever happened, no frame of the host runs in this process again.
            self.exit(0)

    def run_step(self, index, step):
        self.show_source(step)
        raised = None
        mark = None
        started = time.monotonic_ns()
        self.state[:16] = struct.pack("<QQ", index + 1, started)
        try:
            code, mark = self.compile(step)
        except BaseException as error:
            raised = self.describe(error, at_compile=True)
        else:
            if code is not None:
                try:
                    exec(code, self.namespace)
                except BaseException as error:
                    if os.getpid() == self.pid:
                        raised = self.describe(error, at_compile=False)
        if os.getpid() != self.pid:
            # A child that user code forked and that ran off the end of its step: it must not run the rest of the session.
            self.flush()
            self.exit(0)
        if mark is not None:
            vars(builtins).pop(MARK, None)
        duration = time.monotonic_ns() - started
        self.flush()
        self.write_boundary("e%d" % index)
        self.send({"frame": "step", "step": index, "ns": duration, "raised": raised})

    def compile(self, step):
        """The code object of a step (none when it is only compiled), and its mark function if it has one."""
        source, file, mode = step["code"], step["name"], step["mode"]
        if mode == "single":
            try:
                code = compile(source, file, "single", self.flags, dont_inherit=True)
            except SyntaxError as error:
                if "multiple statements" not in str(error):
                    raise
                # Several statements under one prompt: the REPL would show the value of each.
                tree = compile(source, file, "exec", self.flags | ast.PyCF_ONLY_AST, dont_inherit=True)
                code = compile(ast.Interactive(tree.body), file, "single", self.flags, dont_inherit=True)
        elif step["marks"]:
            tree = compile(source, file, "exec", self.flags | ast.PyCF_ONLY_AST, dont_inherit=True)
            mark_statements(tree, step["marks"])
            code = compile(tree, file, "exec", self.flags, dont_inherit=True)
            setattr(builtins, MARK, self.mark)
        else:
            code = compile(source, file, "exec", self.flags, dont_inherit=True)
        if mode == "compile":
            return None, None
        self.flags |= code.co_flags & FUTURES
        return code, self.mark if step["marks"] else None

    def mark(self, word):
        """Called around each statement with a stated output: what is printed in between belongs to it."""
        if os.getpid() == self.pid:
            flush(sys.stdout)
            write_all(self.out, self.boundary + word.encode() + b"\0")

    def show_source(self, step):
        """Makes the step's lines known to tracebacks, warnings and `inspect`. Without a time, the entry is never checked against a file."""
        code, name = step["code"], step["name"]
        self.names.add(name)
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)

    def describe(self, error, at_compile):
        """An exception in the form of the protocol's `RaisedFrame`."""
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        at = None
        place = trace
        while place is not None:
            if place.tb_frame.f_code.co_filename in self.names:
                at = (place.tb_frame.f_code.co_filename, place.tb_lineno)
            place = place.tb_next
        if isinstance(error, SyntaxError) and error.filename in self.names and error.lineno:
            at = (error.filename, error.lineno)
        kind = type(error)
        try:
            only = traceback.format_exception_only(kind, error)
            full = "".join(traceback.format_exception(kind, error, trace))
        except BaseException as problem:
            only = ["%s: <the exception could not be formatted: %s>\n" % (kind.__qualname__, type(problem).__name__)]
            full = "Traceback (most recent call last):\n" + only[0]
        if issubclass(kind, SyntaxError):
            # As doctest has it from 3.12 on: the place and the carets are no part of the message.
            heads = tuple(name + ":" for name in names(kind))
            start = next((index for index, line in enumerate(only) if line.startswith(heads)), len(only) - 1)
            only = only[start:]
        lineage = []
        for base in kind.__mro__:
            lineage.extend(name for name in names(base) if name not in lineage)
        return {
            "kind": names(kind)[-1],
            "lineage": lineage,
            "summary": encodable("".join(only)),
            "traceback": encodable(full),
            "at_compile": at_compile,
            "at": at,
        }

    def finish(self):
        """What the interpreter does at its end: waits for threads, runs the exit handlers, writes out what is buffered."""
        self.state[:16] = struct.pack("<QQ", FINISHING, time.monotonic_ns())
        for close in (threading._shutdown, atexit._run_exitfuncs):
            try:
                close()
            except BaseException:
                traceback.print_exc()
        self.flush()
        self.send({"frame": "done"})

    def flush(self):
        for stream in (sys.stdout, sys.stderr, self.stdout, self.stderr):
            flush(stream)

    def write_boundary(self, word):
        end = self.boundary + word.encode() + b"\0"
        write_all(self.out, end)
        write_all(self.err, end)

    def send(self, frame):
        payload = json.dumps(frame).encode()
        write_all(self.results, self.nonce + struct.pack("<II", len(payload), binascii.crc32(payload)) + payload)


def mark_statements(tree, marks):
    """Surrounds the statement above each run of `#> ` lines with calls that put boundaries into stdout.

    The statement is the one that ends nearest above the run; of several that end there, the one that stands in the run's own column,
    else the innermost. What a statement prints is all that is printed while it executes, so prints inside functions that it calls count,
    unless they stand above a run of their own.
    """
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    chosen = {}
    for index, (line, column) in enumerate(marks):
        above = [node for node in statements if node.end_lineno <= line]
        if not above:
            continue
        last = max(node.end_lineno for node in above)
        ending = [node for node in above if node.end_lineno == last]
        aligned = [node for node in ending if node.col_offset == column]
        chosen[max(aligned or ending, key=lambda node: (node.lineno, node.col_offset))] = index
    Marker(chosen).visit(tree)
    ast.fix_missing_locations(tree)


class Marker(ast.NodeTransformer):
    """Puts each chosen statement between two mark calls, the second one certain to run."""

    def __init__(self, chosen):
        self.chosen = chosen

    def visit(self, node):
        index = self.chosen.get(node)
        self.generic_visit(node)
        if index is None:
            return node
        enter, leave = (
            ast.copy_location(
                ast.Expr(ast.Call(ast.Name(MARK, ast.Load()), [ast.Constant("%s%d" % (sign, index))], [])), node
            )
            for sign in "><"
        )
        return [enter, ast.copy_location(ast.Try([node], [], [], [leave]), node)]


def fresh_main():
    """The namespace of a new `__main__`, importable and picklable as the real one is."""
    module = types.ModuleType("__main__")
    module.__builtins__ = builtins
    sys.modules["__main__"] = module
    return vars(module)


def names(kind):
    """A type's name without and with its module, as tracebacks print it."""
    if kind.__module__ in ("builtins", "__main__"):
        return [kind.__qualname__]
    return [kind.__qualname__, kind.__module__ + "." + kind.__qualname__]


def private(fd):
    """A copy of a descriptor where user code won't stumble over it, closed in programs that it starts."""
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_PRIVATE_DESCRIPTOR)


def text_stream(fd, errors):
    raw = io.FileIO(fd, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), "utf-8", errors, newline="\n", line_buffering=True)


def flush(stream):
    try:
        stream.flush()
    except BaseException:
        # User code closed or replaced it; what it holds is its own affair.
        pass


def write_all(fd, data):
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except OSError:
            # Descriptor closed by user code: the orchestrator sees the missing boundary.
            return


def encodable(text):
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
