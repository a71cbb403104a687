"""Where a session runs: its streams, descriptors, directory and signal handlers.

What does not depend on the job comes first, in `__init__`: the embedded host has it done once, before it forks.
"""

import _signal
import faulthandler
import io
import os
import struct
import sys

# The module `signal` makes enumerations of all that it is given, which costs each session some pages of memory.
set_handler, default_int_handler = _signal.signal, _signal.default_int_handler
IGNORED, SIGINT, SIGUSR2, SIGXFSZ = int(_signal.SIG_IGN), int(_signal.SIGINT), int(_signal.SIGUSR2), int(_signal.SIGXFSZ)
pwrite, pack = os.pwrite, struct.pack
dump_traceback = faulthandler.dump_traceback


class Place:
    """The process of a session, as its examples find it."""

    def __init__(self):
        self.pid = self.trace = None
        self.lay_streams()
        # A file may be written twice within a second, and have another content than the bytecode of that second.
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        # As for `python script.py` and the REPL: the working directory is importable.
        sys.path.insert(0, "")
        sys.argv = [""]
        self.exit = os._exit
        os._exit = self.traced_exit()

    def lay_streams(self):
        """Puts nothing in place of descriptor 0, and lays text streams over 0, 1 and 2.

        They are line buffered, so that what C code and child processes write keeps its place between printed lines.
        """
        nothing = os.open(os.devnull, os.O_RDONLY)
        dup2(nothing, 0)
        if nothing:
            close(nothing)
        self.keyboard = Keyboard(0, "r", closefd=False)
        sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(self.keyboard), "utf-8", "surrogateescape")
        sys.stdout = sys.__stdout__ = text_stream(1, "surrogateescape")
        sys.stderr = sys.__stderr__ = text_stream(2, "backslashreplace")
        for stream, name, mode in (
            (sys.stdin, "<stdin>", "r"),
            (sys.stdout, "<stdout>", "w"),
            (sys.stderr, "<stderr>", "w"),
        ):
            stream.buffer.raw.name = name
            stream.mode = mode
        self.stdin, self.stdout, self.stderr = sys.stdin, sys.stdout, sys.stderr

    def traced_exit(self):
        """`os._exit`, that names its line on the trace pipe."""
        real_exit = self.exit

        def _exit(status):
            if getpid() == self.pid:
                dump_traceback(file=self.trace, all_threads=False)
            real_exit(status)

        _exit.__doc__ = real_exit.__doc__
        _exit.__module__ = real_exit.__module__
        return _exit

    def take(self, state, results_fd, stdout_fd, stderr_fd, trace_fd):
        """Keeps copies of the descriptors out of the way of examples, and no others."""
        self.pid = getpid()
        self.out = private(stdout_fd)
        self.err = private(stderr_fd)
        for fd in {stdout_fd, stderr_fd} - {0, 1, 2}:
            close(fd)
        self.results = moved(results_fd)
        self.trace = moved(trace_fd)
        self.state = moved(state) if isinstance(state, int) else None
        self.words = None if isinstance(state, int) else state.cast("Q")

    def tell_state(self, word, started):
        """Says which step runs, and since when."""
        try:
            if self.words is None:
                pwrite(self.state, pack("<QQ", word, started), 0)
            else:
                self.words[1] = started
                self.words[0] = word
        except (OSError, ValueError):
            # Closed by user code: a hang is then noticed later, by the session's own limit.
            pass

    def enter(self, directory, pythonpath):
        """Makes the session's directory the working directory, the home and the place for temporary files."""
        self.directory = directory
        os.chdir(directory)
        for variable in ("HOME", "TMPDIR", "PWD"):
            os.environ[variable] = directory
        os.environ["XDG_CACHE_HOME"] = os.path.join(directory, ".cache")
        if "tempfile" in sys.modules:
            sys.modules["tempfile"].tempdir = None
        if pythonpath:
            sys.path[1:1] = pythonpath
            before = os.environ.get("PYTHONPATH")
            os.environ["PYTHONPATH"] = os.pathsep.join(pythonpath + ([before] if before else []))

    def watch_faults(self):
        """Lets crashes and hangs name their line on the trace pipe."""
        self.name_faults()
        set_handler(SIGINT, default_int_handler)
        # As every Python begins: a file that grows over its limit is an `OSError`.
        set_handler(SIGXFSZ, IGNORED)

    def name_faults(self):
        faulthandler.enable(file=self.trace, all_threads=False)
        faulthandler.register(SIGUSR2, file=self.trace, all_threads=False)
