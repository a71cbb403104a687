"""Descriptors and text streams.

The driver's own descriptors are private copies with high numbers: code which closes or replaces 1 and 2 loses its own output and
nothing else, and the first file that it opens is number 3.
"""

import builtins
import fcntl
import io
import os
import time

# Examples may replace builtins, or remove them all: what is defined below keeps those that are there now.
__builtins__ = dict(vars(builtins))

# Where the driver keeps its descriptors, unless fewer are allowed.
FIRST_PRIVATE_DESCRIPTOR = min(900, max(64, os.sysconf("SC_OPEN_MAX") - 64))

read, write, lseek = os.read, os.write, os.lseek
close, dup2 = os.close, os.dup2
pause = time.sleep


def private(fd):
    """A copy of a descriptor where user code won't stumble over it, closed in programs that it starts."""
    return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_PRIVATE_DESCRIPTOR)


def moved(fd):
    """The same, and the original closed."""
    copy = private(fd)
    close(fd)
    return copy


def memory_file(text):
    """A descriptor that gives this text."""
    fd = moved(os.memfd_create("exemplar"))
    write_all(fd, text.encode("utf-8", "surrogateescape"))
    lseek(fd, 0, os.SEEK_SET)
    return fd


class Redirection:
    """Descriptors of the session that lead elsewhere for a while."""

    def __init__(self):
        self.before = []

    def lead(self, place, fd):
        """Lets `place` be what `fd` is."""
        try:
            kept = private(place)
        except OSError:
            # Closed by user code.
            kept = None
        self.before.append((place, kept))
        dup2(fd, place)

    def restore(self):
        while self.before:
            place, kept = self.before.pop()
            if kept is None:
                close(place)
            else:
                dup2(kept, place)
                close(kept)


class Keyboard(io.FileIO):
    """Descriptor 0 as a terminal gives it: a line at a time, and shown when it is read.

    The text streams above ask for no more than they need, so that what is shown stands behind the prompt; and the descriptor is left
    right behind the line, so that child processes go on there.
    """

    # What shows a line; none while nobody types.
    show = None
    # Who types what no file holds, if anybody does.
    reader = None

    def readinto(self, buffer):
        if self.show is None:
            return super().readinto(buffer)
        line = self.shown_line(len(buffer))
        buffer[: len(line)] = line
        return len(line)

    def readall(self):
        if self.show is None:
            return super().readall()
        return b"".join(iter(lambda: self.shown_line(io.DEFAULT_BUFFER_SIZE), b""))

    def shown_line(self, most):
        """The next line, or so much of it."""
        if self.reader is not None:
            line = self.reader.answer()[:most]
            self.show(line)
            return line
        line = read(0, most)
        end = line.find(b"\n") + 1
        if 0 < end < len(line):
            try:
                lseek(0, end - len(line), os.SEEK_CUR)
                line = line[:end]
            except OSError:
                # Not what the session was given: user code put a pipe there.
                pass
        self.show(line)
        return line


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
    try:
        done = write(fd, data)
        if done == len(data):
            return
    except BlockingIOError:
        done = 0
    except OSError:
        # Descriptor closed by user code: the orchestrator sees the missing boundary.
        return
    view = memoryview(data)[done:]
    while view:
        try:
            view = view[write(fd, view) :]
        except BlockingIOError:
            # User code made the pipe one that does not wait, for all who write to it; it is read all the time.
            pause(0.001)
        except OSError:
            # Descriptor closed by user code: the orchestrator sees the missing boundary.
            return
