"""The session driver: runs the steps of one session and streams what they do.

It has no dependencies outside the standard library, because it has two hosts: the embedded CPython of the worker, forked for each
session, and any external CPython, started for one session. Both call `run` with six descriptors (see `protocol.rs`).

The parts of this folder are one program text, joined in the order that `build.rs` gives and run in one namespace: so nothing of it
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

import atexit
import binascii
import builtins
import io
import json
import linecache
import os
import struct
import sys
import threading
import time
import traceback
import types

# Examples may delete `sys.stdout`.
SYS = vars(sys)
# The modes of steps that are code of the session's `__main__`.
CODE = frozenset(("single", "exec", "compile"))
FINISHING = 2**64 - 1
# How many frames deeper the host runs a step than it is called. Up to CPython 3.11, its own call counts as one.
FRAMES_BELOW = 2 if sys.version_info >= (3, 12) else 1
# The exit status of a session whose driver failed: a fault of ours (EX_SOFTWARE of sysexits.h).
DRIVER_FAILED = 70
getpid = os.getpid
monotonic_ns = time.monotonic_ns
crc32, pack = binascii.crc32, struct.pack
# What `json.dumps(…, ensure_ascii=False)` comes to, without its Python, and without spaces: so the host reads it soonest.
json_parts = json.encoder.c_make_encoder(None, str, json.encoder.encode_basestring, None, ":", ",", False, False, True)
display_hook = sys.displayhook
scan_json = json.decoder.JSONDecoder().scan_once
gettrace, settrace, getprofile, setprofile = sys.gettrace, sys.settrace, sys.getprofile, sys.setprofile
text_buffer, wait_for_threads, run_exit_handlers = io.StringIO, threading._shutdown, atexit._run_exitfuncs


def run(job_fd, state, results_fd, stdout_fd, stderr_fd, trace_fd, plain=None, hold=None, listen=None):
    """Runs a session to its end. Does not return to the caller's frames: the process exits here.

    `state` is a descriptor, or the memory of it. `plain`, where the host has it, runs the steps that need nothing of what stands here.
    `hold` makes checkpoints, where there are to be some: all steps are the driver's then. `listen` stands for `sys.addaudithook`,
    where the host has something better.
    """
    if READY:
        session = READY[0]
        dup2(stdout_fd, 1)
        dup2(stderr_fd, 2)
    else:
        session = prepared(stdout_fd, stderr_fd)
    job = read_job(job_fd)
    close(job_fd)
    session.begin(job, state, results_fd, stdout_fd, stderr_fd, trace_fd)
    if listen is not None:
        session.spawning.listen = listen
    if hold is None:
        session.plain = plain
        session.run()
    else:
        session.run_holding(Holding(session, hold))


def read_job(fd):
    """A job from its file. What `json.loads` comes to, without its Python."""
    return scan_json(os.pread(fd, os.fstat(fd).st_size, 0).decode(), 0)[0]


def make_ready(plain):
    """Does, in the process that sessions are forked from, what is the same in each of them."""
    reader, writer = os.pipe()
    kept = [private(1), private(2)]
    rehearse(writer, plain)
    READY.append(prepared(writer, writer))
    for fd, copy in enumerate(kept, start=1):
        dup2(copy, fd)
        close(copy)
    close(reader)
    close(writer)


# The session that was made ready.
READY = []


def prepared(stdout_fd, stderr_fd):
    """A session that has all but what its job says, its two streams leading to these descriptors."""
    dup2(stdout_fd, 1)
    dup2(stderr_fd, 2)
    return Session()


class Session(Place):
    """One process, one `__main__`, one directory."""

    def __init__(self):
        super().__init__()
        self.namespace = fresh_main()
        self.compiler = Compiler(self.mark, self.tell_value)
        self.spawning = Spawning(self.compiler)
        # The file names of code objects that are of this session, and the step that each stands for.
        self.files = {}
        self.warnings = Warnings(self.files.get)
        self.events = None
        self.shell = None
        # The tracing and profiling functions that the steps have set. The driver is not traced.
        self.tracing = self.profiling = None
        # Values that a step's guesses are about, by their numbers.
        self.values = {}
        # Whether a step is still being compiled.
        self.compiling = False
        # The value that the step's last expression has shown.
        self.shown = None
        self.plain = None
        # What the session was offered, by path.
        self.offered = {}

    def begin(self, job, state, results_fd, stdout_fd, stderr_fd, trace_fd):
        """Takes the job, and the descriptors that lead out."""
        self.take_job(job)
        self.take(state, results_fd, stdout_fd, stderr_fd, trace_fd)
        self.ballast = ballast(job.get("layout", 0))
        self.enter(job["directory"], job.get("pythonpath", []))
        self.observes = job.get("observe", False)
        if self.observes:
            OBSERVER.begin(self.directory)
        self.watch_faults()

    def take_job(self, job):
        self.steps = self.spawning.steps = job["steps"]
        self.nonce = binascii.unhexlify(job["nonce"])
        self.boundary = b"\0" + job["nonce"].encode() + b":"

    def run(self):
        """All steps, then the exit handlers. No frame of the host runs in this process again, whatever happens."""
        try:
            self.run_steps()
            self.finish()
        except BaseException:
            self.fail()
        self.exit(0)

    def run_steps(self):
        """All steps. Most of them are the host's affair, where it can (`host/steps.rs`): what stands in `run_step` about a step that has
        nothing to tell takes as long as compiling and running it."""
        index, count = 0, len(self.steps)
        while index < count:
            has_run = False
            if self.plain is not None:
                index, has_run, error, started = self.descend(index)
                if index == count:
                    return
            if has_run:
                self.end_plain(index, error, started)
            else:
                self.run_step(index, self.steps[index])
            index += 1

    def descend(self, index, frames=FRAMES_BELOW):
        """Calls what runs plain steps, from as many frames below as `run_codes` is: where a recursion ends must not depend on who runs it."""
        return self.descend(index, frames - 1) if frames else self.plain(self, index)

    def end_plain(self, index, error, started):
        """The result of a step that the host ran, and that has one."""
        if getpid() != self.pid:
            self.leave_child(error)
        step = self.steps[index]
        # What it says of the step before may be that this did not compile.
        self.compiling = False
        displays = []
        if "shows" in step and self.compiler.may_show:
            if error is None and step["mode"] == "single":
                value = getattr(builtins, "_", None)
                self.shown = value if is_rich(value) and self.compiler.shows_its_last(step) else None
            displays = self.displays(step)
        self.tell(index, step, started, None, error, displays, None)

    def run_holding(self, holding):
        """The same, with checkpoints in between, behind each of which the steps may be others than before."""
        try:
            index = 0
            while index < len(self.steps):
                holding.consider(index)
                self.run_step(index, self.steps[index])
                index += 1
            self.finish()
        except BaseException:
            self.fail()
        self.exit(0)

    def fail(self):
        traceback.print_exc(file=self.stderr)
        self.flush()
        self.exit(DRIVER_FAILED)

    def run_step(self, index, step):
        """A step, from its source to its result. Of most there is nothing to tell but that they ran, and how long."""
        self.show_source(step)
        if step["mode"] == "exec":
            # The body of a file knows the file's name.
            self.namespace["__file__"] = step["name"]
        # A place is a line of `__main__` there, whichever step it is of: each step warns anew.
        self.namespace.pop("__warningregistry__", None)
        self.compiling = False
        self.shown = error = status = None
        started = monotonic_ns()
        self.tell_state(index + 1, started)
        redirection = self.redirect(step)
        try:
            status = self.perform(index, step)
        except BaseException as failure:
            error = failure
            self.shown = None
        if getpid() != self.pid:
            self.leave_child(error)
        displays = self.displays(step) if "shows" in step and self.compiler.may_show else None
        if error is None and not displays and status is None and not self.values and not self.warnings.given:
            duration = monotonic_ns() - started
            self.end_output(redirection, b"e%d" % index)
            self.send_payload(b'{"frame":"step","step":%d,"ns":%d}' % (index, max(duration, 0)))
        else:
            self.tell(index, step, started, redirection, error, displays or [], status)

    def tell(self, index, step, started, redirection, error, displays, status):
        """The result of a step that has one."""
        raised = None if error is None else describe(error, self.files.get, self.compiling)
        if raised is not None and step["mode"] == "single":
            keep_last(error)
        duration = monotonic_ns() - started
        values, self.values = self.values, {}
        self.end_output(redirection, b"e%d" % index)
        self.send(
            {
                "frame": "step",
                "step": index,
                "ns": max(duration, 0),
                "raised": raised,
                "at": raised and raised.pop("at"),
                "warnings": self.warnings.take(),
                "displays": displays,
                "values": list(values.items()),
                "status": status,
            }
        )

    def perform(self, index, step):
        """Does what a step is about. Gives the exit status of a shell's command."""
        mode = step["mode"]
        if mode in CODE:
            self.compiling = True
            codes = self.compiler.compile(index, step)
            self.compiling = False
            if codes and self.compiler.may_show:
                self.spawning.prepare(index)
            self.shown = self.run_codes(codes if len(codes) < 3 else codes[:2])
            if len(codes) > 2:
                # `sys.displayhook` stays what it is, and a `__repr__` that raises does so on the statement's line.
                eval(codes[2], {SHOWN: self.shown})
            return None
        code, name = step["code"], step["name"]
        if mode == "write":
            write_file(path_below(self.directory, name), code)
            if name.endswith(".py"):
                self.compiling = True
                compile(code, name, "exec", dont_inherit=True)
        elif mode == "offer":
            offer_file(path_below(self.directory, name), code, self.offered)
        elif mode == "read":
            flush(SYS.get("stdout"))
            write_all(self.out, read_file(path_below(self.directory, name), name))
        elif mode == "shell":
            if self.shell is None:
                self.shell = Shell(self.directory)
            return self.shell.run(code, self.out)
        return None

    def run_codes(self, codes):
        """Runs code objects in the session's namespace, one after the other, and gives the value of the last one."""
        if self.tracing is not None:
            settrace(self.tracing)
        if self.profiling is not None:
            setprofile(self.profiling)
        try:
            value = None
            for code in codes:
                if needs_loop(code):
                    if self.events is None:
                        self.events = Events(self.trace)
                    return self.events.run(codes, self.namespace)
            for code in codes:
                if self.events is not None:
                    value = self.events.context.run(eval, code, self.namespace)
                else:
                    value = eval(code, self.namespace)
            return value
        finally:
            # No function of the driver's may be called before.
            self.profiling = getprofile()
            if self.profiling is not None:
                setprofile(None)
            self.tracing = gettrace()
            if self.tracing is not None:
                settrace(None)

    def displays(self, step):
        """What the step that ends a fence shows beside text."""
        value, self.shown = self.shown, None
        rich = rich_display(value) if is_rich(value) else None
        end = (step["name"], max(len(step["code"].splitlines()), 1))
        figures = figure_displays(lambda text: self.warnings.tell(RENDER_WARNING, RENDER_LINEAGE, text, end))
        return [rich, *figures] if rich else figures

    def redirect(self, step):
        """Descriptors of the step that are not the session's: its input, and stderr that goes where stdout goes."""
        if "stdin" not in step and "merge" not in step and "transcript" not in step:
            return None
        typed, merge = step.get("stdin"), step.get("merge")
        redirection = Redirection()
        if typed is not None:
            fd = memory_file(typed if typed.endswith("\n") else typed + "\n")
            redirection.lead(0, fd)
            close(fd)
            if step["mode"] != "shell":
                self.keyboard.show = self.echo
        if merge:
            redirection.lead(2, self.out)
        if "transcript" in step:
            text, patience, is_bare = step["transcript"]
            SYS["stdout"] = self.keyboard.reader = Reader(SYS.get("stdout"), text, patience, is_bare)
            self.keyboard.show = self.echo
        return redirection

    def echo(self, line):
        """Shows a line that is read, as a terminal does, whatever `sys.stdout` is by now."""
        flush(self.stdout)
        write_all(self.out, line)

    def end_output(self, redirection, word):
        """Puts the boundary behind all that a step has printed."""
        self.flush()
        if redirection is not None:
            self.end_redirection(redirection)
        self.write_boundary(word)

    def end_redirection(self, redirection):
        self.keyboard.show = None
        reader, self.keyboard.reader = self.keyboard.reader, None
        if reader is not None:
            reader.patience = None
            if SYS.get("stdout") is reader:
                SYS["stdout"] = reader.stream
        redirection.restore()
        try:
            # What was typed and not read is gone.
            self.stdin.read()
        except (OSError, ValueError):
            # User code closed it, or has put something else there.
            pass

    def leave_child(self, error):
        """The end of a child that user code forked and that ran off the end of its step: as a program's, and not the session's."""
        status = 0
        if isinstance(error, SystemExit):
            status = exit_status(error)
            if not isinstance(error.code, (int, type(None))):
                print(error.code, file=sys.stderr)
        elif error is not None:
            self.print_raised(error)
            status = 1
        self.flush()
        self.exit(status)

    def mark(self, word):
        """Called around each statement with a stated output: what is printed in between belongs to it."""
        if getpid() == self.pid:
            flush(SYS.get("stdout"))
            write_all(self.out, b"%s%s\0" % (self.boundary, word.encode()))

    def tell_value(self, index, value):
        """Notes how the value of a statement is written, with an output that is only guessed to be about it. One that can't be written
        is passed over: nobody has asked for it."""
        if getpid() == self.pid:
            try:
                self.values[index] = repr(value)[:MOST_TOLD]
            except Exception:
                self.values.pop(index, None)

    def show_source(self, step):
        """Makes the step's lines known to tracebacks, warnings and `inspect`. Without a time, the entry is never checked against a file."""
        code, name, mode = step["code"], step["name"], step["mode"]
        if mode == "read" or mode == "shell":
            return
        self.files[name] = name
        if mode in ("write", "offer"):
            # As the module's code is called when it is imported.
            self.files[os.path.join(self.directory, name)] = name
            return
        try:
            linecache.cache[name] = (len(code), None, lines_of(code), name)
        except (AttributeError, TypeError):
            # User code put something else there: its tracebacks have no source lines then.
            pass

    def finish(self):
        """What the interpreter does at its end: ends the tasks, waits for threads, runs the exit handlers, writes out what is buffered."""
        self.tell_state(FINISHING, monotonic_ns())
        failures = []
        report = sys.unraisablehook

        def note(unraisable):
            # What an exit handler raises ends here, not at its caller.
            failures.append(unraisable.exc_value)
            report(unraisable)

        sys.unraisablehook = note
        endings = [wait_for_threads, run_exit_handlers]
        if self.events is not None:
            endings.insert(0, self.events.close)
        for end in endings:
            try:
                end()
            except BaseException as error:
                failures.append(error)
                self.print_raised(error)
        self.flush()
        if self.observes:
            self.send(OBSERVER.end())
        failed = in_one_line(failures[0]) if failures else None
        self.send({"frame": "done", "failed": failed})

    def print_raised(self, error):
        text = describe(error, self.files.get, at_compile=False)["traceback"]
        try:
            SYS.get("stderr").write(text)
        except BaseException:
            # User code closed or replaced it.
            pass

    def flush(self):
        for name, own in (("stdout", self.stdout), ("stderr", self.stderr)):
            stream = SYS.get(name)
            if stream is not own:
                flush(stream)
            flush(own)

    def write_boundary(self, word):
        end = b"%s%s\0" % (self.boundary, word)
        write_all(self.out, end)
        write_all(self.err, end)

    def send(self, frame):
        self.send_payload("".join(json_parts(frame, 0)).encode("utf-8", "backslashreplace"))

    def send_payload(self, payload):
        write_all(self.results, self.nonce + pack("<II", len(payload), crc32(payload)) + payload)


def lines_of(code):
    """The lines of a file with this content, as a file object gives them."""
    return [code] if code.find("\n") in (-1, len(code) - 1) else text_buffer(code).readlines()


def keep_last(error):
    """What the REPL leaves of an uncaught exception, for `pdb.pm()`."""
    if issubclass(type(error), SystemExit):
        return
    trace = without_driver(trace_of(error))
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, trace
    if sys.version_info >= (3, 12):
        sys.last_exc = error


def ballast(layout):
    """Objects of all small sizes, between gaps: what is made after them lies at other addresses, in another order.

    The system's randomisation moves whole pages, and may be off. The order of a set whose members are hashed by their addresses depends
    on the bits below that.
    """
    if not layout:
        return []
    kept = []
    for size in range(16, 513, 16):
        made = [bytes(max(size - 40, 2)) for _ in range(7 + layout % 5)]
        made += [object(), float(size)] * (size == 16)
        # Gaps are filled again from the last one that was left.
        for gap in (1, 4, 2):
            del made[gap]
        kept.append(made)
    return kept


def fresh_main():
    """The namespace of a new `__main__`, importable and picklable as the real one is."""
    module = types.ModuleType("__main__")
    module.__builtins__ = builtins
    module.__annotations__ = {}
    sys.modules["__main__"] = module
    return vars(module)
