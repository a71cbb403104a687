"""Descriptors and text streams.

The driver's own descriptors are private copies with high numbers: code which closes or replaces 1 and 2 loses its own output and
nothing else, and the first file that it opens is number 3.
"""

import fcntl
import io
import os

# Where the driver keeps its descriptors, unless fewer are allowed.
FIRST_PRIVATE_DESCRIPTOR = min(900, max(64, os.sysconf("SC_OPEN_MAX") - 64))

write = os.write


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
