"""What doctest.DocTestRunner says of each example that is sent, and what the example really raised.

A JSON object per line in: `want`, `flags`, `stdout` (printed before anything is raised) and `raises`: null, or {`kind`, `message`,
`notes`, `chained`}. A JSON object per line out: `passed` and `raised` (null, or the fields of exemplar_model::outcome::Raised).
"""

import doctest
import inspect
import json
import sys
import traceback


# Older doctests take the last line alone for the message, and a note would hide the exception. They are no oracle for notes.
KNOWS_NOTES = "formatted_ex" in inspect.getsource(doctest.DocTestRunner)


class Nested:
    class Error(ValueError):
        """An exception with a qualified name."""


def exception_type(name):
    module, _, bare = name.rpartition(".")
    if not module:
        return getattr(__builtins__, name, None) or type(name, (Exception,), {"__module__": "__main__"})
    if module == "Nested":
        return Nested.Error
    return type(bare, (LookupError,), {"__module__": module})


def make(raises):
    kind = exception_type(raises["kind"])
    message = raises["message"]
    if issubclass(kind, SyntaxError):
        exception = kind(message, ("page.md", 3, 5, "x = = 1\n", 3, 6))
    elif issubclass(kind, getattr(__builtins__, "ExceptionGroup", ())):
        exception = kind(message or "several", [ValueError(1), KeyError("k")])
    else:
        exception = kind(message) if message else kind()
    if KNOWS_NOTES and hasattr(exception, "add_note"):
        for note in raises["notes"]:
            exception.add_note(note)
    return exception


def names(kind):
    bases = [base for base in kind.__mro__ if base is not object]
    return [name for base in bases for name in (base.__qualname__, f"{base.__module__}.{base.__qualname__}")]


def described(exception):
    kind = type(exception)
    parts = traceback.format_exception_only(kind, exception)
    if issubclass(kind, SyntaxError):
        # As DocTestRunner does: from the line on that names the type.
        starts = (f"{kind.__qualname__}:", f"{kind.__module__}.{kind.__qualname__}:")
        parts = parts[next(at for at, part in enumerate(parts) if part.startswith(starts)):]
    module = "" if kind.__module__ in ("__main__", "builtins") else kind.__module__ + "."
    return {
        "kind": module + kind.__qualname__,
        "lineage": names(kind),
        "summary": "".join(parts),
        "traceback": "".join(traceback.format_exception(kind, exception, exception.__traceback__)),
        "at_compile": False,
    }


def run(case):
    raised = None

    def act():
        nonlocal raised
        sys.stdout.write(case["stdout"])
        if case["raises"] is None:
            return
        try:
            if case["raises"]["chained"]:
                try:
                    {}["first"]
                except KeyError:
                    raise make(case["raises"])
            raise make(case["raises"])
        except BaseException as exception:
            raised = described(exception)
            raise

    optionflags = 0
    for flag in case["flags"]:
        optionflags |= doctest.OPTIONFLAGS_BY_NAME[flag]
    want = case["want"]
    # As DocTestParser does.
    stated = doctest.DocTestParser._EXCEPTION_RE.match(want)
    example = doctest.Example("act()\n", want, stated and stated.group("msg"))
    test = doctest.DocTest([example], {"act": act}, "page", "page.md", 0, None)
    results = doctest.DocTestRunner(verbose=False, optionflags=optionflags).run(test, out=lambda text: None)
    return {"passed": results.failed == 0, "raised": raised}


for line in sys.stdin.buffer:
    print(json.dumps(run(json.loads(line))))
