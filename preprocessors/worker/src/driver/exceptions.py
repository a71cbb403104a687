"""Exceptions, as texts and in the form of the model's `Raised`."""

import itertools
import keyword
import linecache
import re
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
        quick = quick_stack(trace) if QUICK else None
        told = TracebackException(kind, error, None if quick else trace, compact=True)
        only = list(told.format_exception_only())
        if told.__cause__ is None and told.__context__ is None and not getattr(told, "exceptions", None):
            # There is one way to put them together, and `told.format()` takes several times as long to find it.
            stack = [TRACEBACK, quick] if quick else [TRACEBACK, *told.stack.format()] if told.stack else []
            return "".join(stack + only), only
        if quick:
            told = TracebackException(kind, error, trace, compact=True)
        return "".join(told.format()), only
    except BaseException:
        only = describe_only(error)
        return TRACEBACK + only[0], only


# Lines that are one call, name or attribute, one subscript, one operation: those that most examples raise on.
PLAIN_LINE = re.compile(r"[A-Za-z_][\w.]*(?:\([^()]*\))?", re.ASCII).fullmatch
SUBSCRIPT_LINE = re.compile(r"([A-Za-z_][\w.]*)\[(?:[\w.]+|'[^'\\\[\]]*'|\"[^\"\\\[\]]*\")\]", re.ASCII).fullmatch
OPERATION_LINE = re.compile(r"(\w+) (//|\*\*|<<|>>|[-+*/%&|^@]) (\w+)", re.ASCII).fullmatch
# Whether `quick_stack` says what this interpreter's `traceback` says: looked at where sessions are forked, and nowhere else.
QUICK = []
QUICK_SAMPLES = ("[][9]\n", "numbers[9]\n", "words['x']\n", "1 / 0\n", "2 // nought\n", "int('x')\n", "int.x\n", "words.x.y\n", "-words\n")


def quick_stack(trace):
    """The stack of an exception that was raised on a line of its own, as `traceback` has it: that parses the line, to put carets below it,
    which takes longer than all the rest. None where this can't tell."""
    if trace is None or trace.tb_next is not None:
        return None
    frame = trace.tb_frame
    code = frame.f_code
    line = linecache.getline(code.co_filename, trace.tb_lineno, frame.f_globals)
    text = line[:-1]
    place = next(itertools.islice(code.co_positions(), trace.tb_lasti // 2, None), None)
    if not text.isascii() or line[-1:] != "\n" or place != (trace.tb_lineno, trace.tb_lineno, 0, len(text)):
        return None
    carets = ""
    if not PLAIN_LINE(text):
        found = SUBSCRIPT_LINE(text) or OPERATION_LINE(text)
        if not found or keyword.iskeyword(found[1]):
            return None
        name, *operation = found.groups()
        left = len(name) + 1 if operation else len(name)
        marked = len(operation[0]) if operation else len(text) - left
        carets = "    %s%s%s\n" % ("~" * left, "^" * marked, "~" * (len(text) - left - marked))
    return '  File "%s", line %d, in %s\n    %s\n%s' % (code.co_filename, trace.tb_lineno, code.co_name, text, carets)


def look_at_quick_stack():
    """Lets `quick_stack` be used, if it is right about examples of what it is for."""
    told = []
    try:
        for sample in QUICK_SAMPLES:
            name = "<exemplar sample>"
            linecache.cache[name] = (len(sample), None, [sample], name)
            try:
                exec(compile(sample, name, "single"), {"numbers": [], "words": {}, "nought": 0})
            except Exception as error:
                trace = trace_of(error).tb_next
                told.append((quick_stack(trace), "".join(TracebackException(type(error), error, trace).stack.format())))
            del linecache.cache[name]
    except Exception:
        # Another interpreter, in which things are called otherwise.
        return
    if any(quick for quick, _ in told) and all(quick in (None, text) for quick, text in told):
        QUICK.append(True)


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
