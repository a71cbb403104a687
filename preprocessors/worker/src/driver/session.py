"""The session driver: runs the steps of one session and streams what they do.

It has no dependencies outside the standard library, because it has two hosts: the embedded CPython of the worker, forked for each
session, and any external CPython, started for one session. Both call `run` with six descriptors (see `protocol.rs`).

The parts of this folder are one program text, joined in the order that `host/mod.rs` gives and run in one namespace: so nothing of it
is in `sys.modules`, and the external host reads it from one descriptor. Each part imports what it needs of the standard library and
uses the functions of the others by their names.

Invariants:
- Nothing here waits for an answer. Results, output and state only flow out.
- The driver's own descriptors are private copies with high numbers, and it has no others: code which closes or replaces 1 and 2 loses
  its own output and nothing else, and the first file that it opens is number 3.
- Driver frames never show in a traceback.
- What the driver needs of the standard library it takes when it is loaded: examples may replace `os.getpid` or `time.monotonic_ns`.

Deliberately absent: any comparison with what a page says.
"""

import ast
import atexit
import binascii
import builtins
import faulthandler
import io
import json
import linecache
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
# The exit status of a session whose driver failed: a fault of ours (EX_SOFTWARE of sysexits.h).
DRIVER_FAILED = 70

getpid, pwrite = os.getpid, os.pwrite
monotonic_ns = time.monotonic_ns
dumps, crc32, pack = json.dumps, binascii.crc32, struct.pack


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
        self.pid = getpid()
        self.out = private(stdout_fd)
        self.err = private(stderr_fd)
        self.take_streams(stdout_fd, stderr_fd)
        self.results = moved(results_fd)
        self.trace = moved(trace_fd)
        self.state = moved(state_fd)
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
            if getpid() == pid:
                faulthandler.dump_traceback(file=trace, all_threads=False)
            real_exit(status)

        _exit.__doc__ = real_exit.__doc__
        _exit.__module__ = real_exit.__module__
        os._exit = _exit
        self.exit = real_exit
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def run(self):
        """All steps, then the exit handlers. No frame of the host runs in this process again, whatever happens."""
        try:
            for index, step in enumerate(self.steps):
                self.run_step(index, step)
            self.finish()
        except BaseException:
            traceback.print_exc(file=self.stderr)
            self.flush()
            self.exit(DRIVER_FAILED)
        self.exit(0)

    def run_step(self, index, step):
        self.show_source(step)
        error = None
        if step["mode"] == "exec":
            # The body of a file knows the file's name.
            self.namespace["__file__"] = step["name"]
        started = monotonic_ns()
        self.tell_state(index + 1, started)
        try:
            code = self.compile(index, step)
        except BaseException as failure:
            raised = describe(failure, self.own, at_compile=True)
        else:
            raised = None
            try:
                if code is not None:
                    exec(code, self.namespace)
            except BaseException as failure:
                error = failure
        if getpid() != self.pid:
            self.leave_child(error)
        if error is not None:
            raised = describe(error, self.own, at_compile=False)
        duration = monotonic_ns() - started
        self.flush()
        self.write_boundary("e%d" % index)
        at = raised and raised.pop("at")
        self.send({"frame": "step", "step": index, "ns": max(duration, 0), "raised": raised, "at": at})

    def leave_child(self, error):
        """The end of a child that user code forked and that ran off the end of its step: as a program's, and not the session's."""
        status = 0
        if isinstance(error, SystemExit):
            status = exit_status(error)
            if not isinstance(error.code, (int, type(None))):
                print(error.code, file=sys.stderr)
        elif error is not None:
            print(describe(error, self.own, at_compile=False)["traceback"], end="", file=sys.stderr)
            status = 1
        self.flush()
        self.exit(status)

    def compile(self, index, step):
        """The code object of a step; none when it is only compiled."""
        source, file, mode = step["code"], step["name"], step["mode"]

        def compiled(source, mode, flags=0):
            return compile(source, file, mode, self.flags | flags, dont_inherit=True)

        if mode == "single":
            try:
                code, several = compiled(source, "single"), False
            except SyntaxError as error:
                if "multiple statements" not in str(error):
                    raise
                several = True
            if several:
                # Several statements under one prompt: the REPL would show the value of each.
                tree = compiled(source, "exec", ast.PyCF_ONLY_AST)
                code = compiled(ast.Interactive(tree.body), "single")
        elif step["marks"]:
            tree = compiled(source, "exec", ast.PyCF_ONLY_AST)
            mark_statements(tree, index, step["marks"])
            code = compiled(tree, "exec")
        else:
            code = compiled(source, "exec")
        if mode == "compile":
            return None
        if step["marks"]:
            # For good: a function of this step can be called by a later one, or by a thread that outlives it.
            setattr(builtins, MARK, self.mark)
        self.flags |= code.co_flags & FUTURES
        return code

    def mark(self, word):
        """Called around each statement with a stated output: what is printed in between belongs to it."""
        if getpid() == self.pid:
            flush(sys.stdout)
            write_all(self.out, self.boundary + word.encode() + b"\0")

    def show_source(self, step):
        """Makes the step's lines known to tracebacks, warnings and `inspect`. Without a time, the entry is never checked against a file."""
        code, name = step["code"], step["name"]
        self.names.add(name)
        linecache.cache[name] = (len(code), None, io.StringIO(code).readlines(), name)

    def own(self, file):
        """The step that a file name of a code object stands for; none when it is not of this session."""
        return file if file in self.names else None

    def tell_state(self, word, started):
        try:
            pwrite(self.state, pack("<QQ", word, max(started, 0)), 0)
        except OSError:
            # Closed by user code: a hang is then noticed later, by the session's own limit.
            pass

    def finish(self):
        """What the interpreter does at its end: waits for threads, runs the exit handlers, writes out what is buffered."""
        self.tell_state(FINISHING, monotonic_ns())
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
        payload = dumps(frame).encode()
        write_all(self.results, self.nonce + pack("<II", len(payload), crc32(payload)) + payload)


def fresh_main():
    """The namespace of a new `__main__`, importable and picklable as the real one is."""
    module = types.ModuleType("__main__")
    module.__builtins__ = builtins
    module.__annotations__ = {}
    sys.modules["__main__"] = module
    return vars(module)
