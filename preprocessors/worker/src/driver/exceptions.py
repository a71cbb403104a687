"""Exceptions, as texts and in the form of the model's `Raised`.

The embedded host tells most of them by itself (`host/exceptions.rs`).
"""

import sys
import traceback

# The most characters of a traceback that are told.
LONGEST_TEXT = 1 << 20
# The most frames of a traceback that are told. More of them than any limit of recursion allows would take longer to format than to raise.
MOST_FRAMES = 5000

format_exception, format_exception_only = traceback.format_exception, traceback.format_exception_only
TracebackException = traceback.TracebackException
TRACEBACK = "Traceback (most recent call last):\n"
# Exceptions that may be told otherwise with a traceback than without: from CPython 3.12 on, the names in it are compared with theirs.
SUGGESTS = (NameError, AttributeError, ImportError, SyntaxError) if sys.version_info >= (3, 12) else ()
# An exception's own attributes and a class's, whatever it has put in their place.
trace_of = BaseException.__traceback__.__get__
name_of, bases_of = type.__dict__["__qualname__"].__get__, type.__dict__["__mro__"].__get__
module_of = type.__dict__["__module__"].__get__


def describe(error, own, at_compile):
    """An exception in the form of the model's `Raised`, and where it was raised.

    `own` gives the step that a file name stands for, or none.
    """
    trace = shortened(without_driver(trace_of(error)))
    at = None
    place = trace
    while place is not None:
        name = own(place.tb_frame.f_code.co_filename)
        if name is not None:
            at = (name, place.tb_lineno)
        place = place.tb_next
    if issubclass(type(error), SyntaxError) and isinstance(error.filename, str):
        name = own(error.filename)
        if name is not None:
            at = (name, error.lineno)
    if at is not None and not (isinstance(at[1], int) and at[1] > 0):
        at = None
    kind = type(error)
    full, only = formatted(kind, error, trace)
    if issubclass(kind, SyntaxError):
        # As doctest has it from 3.12 on: the place and the carets are no part of the message.
        heads = tuple(name + ":" for name in names(kind))
        start = next((index for index, line in enumerate(only) if line.startswith(heads)), len(only) - 1)
        only = only[start:]
    return {
        "kind": names(kind)[-1],
        "lineage": lineage(kind),
        "summary": encodable("".join(only)),
        "traceback": encodable(full),
        "at_compile": at_compile,
        "exit_status": exit_status(error) if issubclass(type(error), SystemExit) else None,
        "at": at,
    }


def formatted(kind, error, trace):
    """An exception as `traceback.format_exception` and `traceback.format_exception_only` have it: the text, and the lines."""
    if issubclass(kind, SUGGESTS):
        only = describe_only(error)
        try:
            return "".join(format_exception(kind, error, trace)), only
        except BaseException:
            return TRACEBACK + only[0], only
    try:
        told = TracebackException(kind, error, trace, compact=True)
        only = list(told.format_exception_only())
        if told.__cause__ is None and told.__context__ is None and not getattr(told, "exceptions", None):
            # There is one way to put them together, and `told.format()` takes several times as long to find it.
            stack = [TRACEBACK, *told.stack.format()] if told.stack else []
            return "".join(stack + only), only
        return "".join(told.format()), only
    except BaseException:
        only = describe_only(error)
        return TRACEBACK + only[0], only


def describe_only(error):
    """The lines of `traceback.format_exception_only`, whatever the exception does about it."""
    try:
        return format_exception_only(type(error), error)
    except BaseException as problem:
        name = names(type(error))[0]
        return ["%s: <the exception could not be formatted: %s>\n" % (name, type(problem).__name__)]


def in_one_line(error):
    """An exception in a few words, for a message."""
    return encodable("".join(describe_only(error)).strip().partition("\n")[0])


def without_driver(trace):
    """A traceback without the frames of the driver: those that it begins with, and those in the midst (`sys.displayhook`, `input`)."""
    while trace is not None and is_driver(trace):
        trace = trace.tb_next
    place = trace
    while place is not None:
        while place.tb_next is not None and is_driver(place.tb_next):
            place.tb_next = place.tb_next.tb_next
        place = place.tb_next
    return trace


def shortened(trace):
    """A traceback without what is in the midst of very many frames."""
    count, place = 0, trace
    while place is not None:
        count, place = count + 1, place.tb_next
    if count > MOST_FRAMES:
        last_kept = place = trace
        for index in range(count - MOST_FRAMES // 2):
            place = place.tb_next
            if index < MOST_FRAMES // 2:
                last_kept = place
        last_kept.tb_next = place
    return trace


def is_driver(trace):
    return trace.tb_frame.f_code.co_filename == __file__


def exit_status(error):
    """What a program that ends in this `SystemExit` leaves to its parent: any message means 1."""
    code = error.code
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1


def names(kind):
    """A type's name without and with its module, as tracebacks print it."""
    name, module = name_of(kind), module_of(kind)
    if module in ("builtins", "__main__") or not isinstance(module, str):
        return [name]
    return [name, module + "." + name]


def lineage(kind):
    """The names of a type and its bases, nearest first."""
    found = []
    for base in bases_of(kind):
        found.extend(name for name in names(base) if name not in found)
    return found


def encodable(text):
    """A text that any encoder takes, and not without end."""
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT // 2] + "\n... cut ...\n" + text[-LONGEST_TEXT // 2 :]
    return text.encode("utf-8", "backslashreplace").decode()
