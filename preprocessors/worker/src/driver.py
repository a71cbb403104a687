"""The session driver: runs the steps of one session and streams what they do.

It is one file without dependencies outside the standard library, because it has two hosts: the embedded CPython of the worker, forked
for each session, and any external CPython, started for one session. Both call `run` with six descriptors (see `protocol.rs`).

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
import fcntl
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
MARK = "__exemplar_mark__"
# Where the driver keeps its descriptors, unless fewer are allowed.
FIRST_PRIVATE_DESCRIPTOR = min(900, max(64, os.sysconf("SC_OPEN_MAX") - 64))
# The most characters of a traceback that are told.
LONGEST_TEXT = 1 << 20
# The exit status of a session whose driver failed: a fault of ours (EX_SOFTWARE of sysexits.h).
DRIVER_FAILED = 70

getpid, write, pwrite = os.getpid, os.write, os.pwrite
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
            raised = self.describe(failure, at_compile=True)
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
            raised = self.describe(error, at_compile=False)
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
            print(self.describe(error, at_compile=False)["traceback"], end="", file=sys.stderr)
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

    def tell_state(self, word, started):
        try:
            pwrite(self.state, pack("<QQ", word, max(started, 0)), 0)
        except OSError:
            # Closed by user code: a hang is then noticed later, by the session's own limit.
            pass

    def describe(self, error, at_compile):
        """An exception in the form of the model's `Raised`, and where it was raised."""
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
            trace = trace.tb_next
        at = None
        place = trace
        while place is not None:
            if place.tb_frame.f_code.co_filename in self.names:
                at = (place.tb_frame.f_code.co_filename, place.tb_lineno)
            place = place.tb_next
        if isinstance(error, SyntaxError) and isinstance(error.filename, str) and error.filename in self.names:
            at = (error.filename, error.lineno)
        if at is not None and not (isinstance(at[1], int) and at[1] > 0):
            at = None
        kind = type(error)
        try:
            only = traceback.format_exception_only(kind, error)
            full = "".join(traceback.format_exception(kind, error, trace))
        except BaseException as problem:
            only = ["%s: <the exception could not be formatted: %s>\n" % (names(kind)[0], type(problem).__name__)]
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
            "exit_status": exit_status(error) if isinstance(error, SystemExit) else None,
            "at": at,
        }

    def finish(self):
        """What the interpreter does at its end: waits for threads, runs the exit handlers, writes out what is buffered."""
        self.tell_state(FINISHING, monotonic_ns())
        failures = []
        report = sys.unraisablehook

        def note(unraisable):
            # What an exit handler raises ends here, not at its caller.
            failures.append(unraisable.exc_value)
            report(unraisable)

        sys.unraisablehook = note
        for close in (threading._shutdown, atexit._run_exitfuncs):
            try:
                close()
            except BaseException as error:
                failures.append(error)
                traceback.print_exc()
        self.flush()
        failed = in_one_line(failures[0]) if failures else None
        self.send({"frame": "done", "failed": failed})

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


def mark_statements(tree, step, marks):
    """Surrounds the statement above each run of `#> ` lines with calls that put boundaries into stdout.

    The statement is the one that ends nearest above the run; of several that end there, the one that stands in the run's own column,
    else the innermost. What a statement prints is all that is printed while it executes, so prints inside functions that it calls count,
    unless they stand above a run of their own.
    """
    # No recursion: an expression may be nested deeper than the interpreter's stack allows.
    bodies = [
        body
        for node in ast.walk(tree)
        for body in (getattr(node, field, None) for field in ("body", "orelse", "finalbody"))
        if isinstance(body, list) and body and isinstance(body[0], ast.stmt)
    ]
    statements = [node for body in bodies for node in body]
    chosen = {}
    for index, (line, column) in enumerate(marks):
        above = [node for node in statements if node.end_lineno <= line]
        if not above:
            continue
        last = max(node.end_lineno for node in above)
        ending = [node for node in above if node.end_lineno == last]
        aligned = [node for node in ending if node.col_offset == column]
        chosen[max(aligned or ending, key=lambda node: (node.lineno, node.col_offset))] = index
    for body in bodies:
        body[:] = marked_body(body, step, chosen)


def marked_body(body, step, chosen):
    """A list of statements, those that are chosen between mark calls."""
    new = []
    leading = leading_statements(body)
    for node in body[:leading]:
        if node in chosen:
            # These mean something in the first place only, and print nothing: that they were reached is said behind them all.
            body.insert(leading, ast.copy_location(ast.Pass(), node))
            chosen[body[leading]] = chosen.pop(node)
    at = 0
    while at < len(body):
        node = body[at]
        # Statements that share a line (`x = 5; print(x)`) are one to the eye.
        end = at + 1
        while end < len(body) and at >= leading and body[end].lineno == node.lineno:
            end += 1
        marks = [chosen[member] for member in body[at:end] if member in chosen]
        new.extend(between_marks(body[at:end], step, marks[-1]) if marks else body[at:end])
        at = end
    return new


def leading_statements(body):
    """How many statements must stay in front: a docstring and future imports."""
    count = 0
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        count = 1
    while count < len(body) and isinstance(body[count], ast.ImportFrom) and body[count].module == "__future__":
        count += 1
    return count


def between_marks(group, step, mark):
    """Statements between two mark calls, the second one certain to run."""
    enter, leave = (
        ast.Expr(ast.Call(ast.Name(MARK, ast.Load()), [ast.Constant("%s%d.%d" % (sign, step, mark))], []))
        for sign in "><"
    )
    around = ast.Try(group, [], [], [leave])
    for new in (*ast.walk(enter), *ast.walk(leave), around):
        if isinstance(new, (ast.expr, ast.stmt)):
            ast.copy_location(new, group[0])
    return [enter, around]


def in_one_line(error):
    try:
        text = "".join(traceback.format_exception_only(type(error), error))
    except BaseException:
        text = type(error).__name__
    return encodable(text.strip().partition("\n")[0])


def fresh_main():
    """The namespace of a new `__main__`, importable and picklable as the real one is."""
    module = types.ModuleType("__main__")
    module.__builtins__ = builtins
    module.__annotations__ = {}
    sys.modules["__main__"] = module
    return vars(module)


def exit_status(error):
    """What a program that ends in this `SystemExit` leaves to its parent: any message means 1."""
    code = error.code
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1


def names(kind):
    """A type's name without and with its module, as tracebacks print it."""
    name, module = kind.__qualname__, kind.__module__
    if module in ("builtins", "__main__") or not isinstance(module, str):
        return [name]
    return [name, module + "." + name]


def private(fd):
    """A copy of a descriptor where user code won't stumble over it, closed in programs that it starts."""
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_PRIVATE_DESCRIPTOR)


def moved(fd):
    """The same, and the original closed."""
    copy = private(fd)
    os.close(fd)
    return copy


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
            view = view[write(fd, view) :]
        except OSError:
            # Descriptor closed by user code: the orchestrator sees the missing boundary.
            return


def encodable(text):
    """A text that any encoder takes, and not without end."""
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT // 2] + "\n... cut ...\n" + text[-LONGEST_TEXT // 2 :]
    return text.encode("utf-8", "backslashreplace").decode()
