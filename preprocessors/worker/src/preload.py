"""Imports modules before the sessions begin, so that each of them need not.

It runs in the first zygote alone. A module is of use here only if a session that does not import it can't tell that it is there, and a
session that does can't tell that it was there before. So a module must lie in the standard library or in site-packages, and its import
must leave nothing behind but modules: no thread, descriptor, child process, output, warning, signal handler, path, environment variable
or general warning filter. `load` raises when it finds anything of that; the process is then spoilt, and its parent forks another one that
passes the module over.

`renew` gives a session what every process has of its own.

Deliberately absent: undoing. What a module did to the process can't be known well enough.
"""

import builtins
import gc
import io
import os
import signal
import site
import sys
import threading
import time
import warnings
import _locale

PLACES = tuple(
    os.path.join(os.path.realpath(place), "") for place in (os.path.dirname(os.__file__), *site.getsitepackages())
)
# How long a thread that was told to end may take to do so, in seconds.
PATIENCE = 0.5
NOTHING_SET = ([], 30)
# The state that the last import left, which is the one that the next finds: looking at it takes longer than many an import.
LEFT = []


def begin():
    """Catches what imports print. Gives what `end` needs.

    Functions take `sys.stdout` as a default when they are defined, so what stands there now is written to by sessions too, which have
    streams of their own by then. Without a buffer, what goes either way keeps its place.
    """
    sys.stdout = sys.__stdout__ = unbuffered(1, "surrogateescape")
    sys.stderr = sys.__stderr__ = unbuffered(2, "backslashreplace")
    kept = [os.dup(1), os.dup(2)]
    quiet = os.memfd_create("exemplar-preload")
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.close(quiet)
    return kept


def unbuffered(fd, errors):
    return io.TextIOWrapper(io.FileIO(fd, "w", closefd=False), "utf-8", errors, newline="\n", write_through=True)


def end(kept):
    """Puts the streams back, and takes what exists now out of the garbage collector's sight: its pages then stay shared."""
    for fd, copy in enumerate(kept, start=1):
        os.dup2(copy, fd)
        os.close(copy)
    LEFT.clear()
    gc.collect()
    gc.freeze()


def load(name, shadowed, scratch):
    """Imports a module by its dotted name. False when there is no such one where it may come from; nothing has happened then."""
    top = name.partition(".")[0]
    if top in shadowed or not is_of_the_environment(find(top)):
        return False
    if top == "matplotlib":
        # Its list of fonts takes seconds to make. Sessions find it here, and can't write to it.
        os.environ["MPLCONFIGDIR"] = os.path.join(scratch, "matplotlib")
        LEFT.clear()
        name += ", matplotlib.font_manager"
    known, before = set(sys.modules), LEFT.pop() if LEFT else state()
    # As if a session imported it: what a module warns its importer of, it says to `__main__`.
    exec("import " + name, {"__name__": "__main__", "__builtins__": builtins})
    for new in set(sys.modules) - known:
        spec = getattr(sys.modules[new], "__spec__", None)
        if new.partition(".")[0] in shadowed or not (spec is None or is_of_the_environment(spec)):
            raise ImportError(new)
    patience = time.monotonic() + PATIENCE
    while (after := state()) != before:
        if time.monotonic() > patience:
            raise ImportError([pair for pair in zip(before, after) if pair[0] != pair[1]])
        time.sleep(0.01)
    LEFT.append(after)
    return True


def find(top):
    """The spec of a top-level module, which is not imported for that."""
    if top in sys.modules:
        return sys.modules[top].__spec__
    specs = (finder.find_spec(top, None) for finder in sys.meta_path)
    return next((spec for spec in specs if spec is not None), None)


def is_of_the_environment(spec):
    if spec is None:
        return False
    if spec.origin in ("built-in", "frozen"):
        return True
    if spec.origin is None or not os.path.isabs(spec.origin):
        # A namespace, or made by a module: what lies in it is looked at when it is imported.
        places = list(spec.submodule_search_locations or ())
        return bool(places) and all(map(is_below, places)) or spec.parent in sys.modules
    return is_below(spec.origin)


def is_below(path):
    return os.path.realpath(path).startswith(PLACES)


def state():
    """What an import must leave as it was."""
    logging, events = sys.modules.get("logging"), sys.modules.get("asyncio.events")
    threads = os.listdir("/proc/self/task")
    children = []
    for thread in threads:
        with open("/proc/self/task/%s/children" % thread) as file:
            children.append(file.read())
    return (
        os.fstat(1).st_size,
        (sys.stdin, sys.stdout, sys.stderr),
        threads,
        children,
        os.listdir("/proc/self/fd"),
        os.getcwd(),
        dict(os.environ),
        list(sys.path),
        list(sys.path_hooks),
        list(sys.argv),
        dict(vars(builtins)),
        [signal.getsignal(number) for number in signal.valid_signals()],
        (sys.excepthook, sys.displayhook, sys.unraisablehook, threading.excepthook, warnings.showwarning),
        (sys.getrecursionlimit(), sys.getswitchinterval(), sys.gettrace(), sys.getprofile(), gc.isenabled()),
        _locale.setlocale(_locale.LC_ALL),
        # Filters for a message, a module or a category of its own concern nobody else.
        [rule for rule in warnings.filters if rule[1] is rule[3] is None and rule[2].__module__ == "builtins"],
        NOTHING_SET if logging is None else (list(logging.root.handlers), logging.root.level),
        getattr(events, "_event_loop_policy", None),
    )


def renew():
    """In a new session, whose working directory is set: what a module has made for this process alone. `random` sees to itself."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None:
        # What a spawned child takes for the main program's directory.
        process.ORIGINAL_DIR = os.getcwd()
    numbers = sys.modules.get("numpy.random")
    if numbers is not None:
        numbers.seed()
