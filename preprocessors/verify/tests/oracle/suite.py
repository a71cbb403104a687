"""Every comparison that CPython's own tests of doctest make: a JSON array [want, got, flags, verdict] per line out.

Where the standard library came without its tests, nothing.
"""

import contextlib
import doctest
import io
import json
import unittest

KNOWN = [
    "DONT_ACCEPT_TRUE_FOR_1",
    "DONT_ACCEPT_BLANKLINE",
    "NORMALIZE_WHITESPACE",
    "ELLIPSIS",
    "SKIP",
    "IGNORE_EXCEPTION_DETAIL",
]
check_output = doctest.OutputChecker.check_output
made = []


def recorded(self, want, got, optionflags):
    verdict = check_output(self, want, got, optionflags)
    flags = [name for name in KNOWN if optionflags & doctest.OPTIONFLAGS_BY_NAME[name]]
    made.append([want, got, flags, int(bool(verdict))])
    return verdict


doctest.OutputChecker.check_output = recorded
for name in ("test.test_doctest.test_doctest", "test.test_doctest", "test.test_doctest2"):
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        unittest.defaultTestLoader.loadTestsFromName(name).run(unittest.TestResult())
for comparison in made:
    # Texts with halves of surrogates are none to JSON.
    if all(text.isprintable() or text.encode(errors="ignore").decode() == text for text in comparison[:2]):
        print(json.dumps(comparison))
