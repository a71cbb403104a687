"""Runs the tests of a lab with pytest, and prints what became of each as one line of JSON, which `check/lab.rs` reads.

It is the last step of a session that has written the lab's files. Nothing of the machine takes part: no plugin but pytest's own, no
cache, no settings but those that are files of the lab.
"""

import contextlib
import io
import json
import os
import sys
import traceback

import pytest

# The most characters that are kept of what pytest says about one failure.
MOST_KEPT = 4000


class Recorder:
    """What pytest tells while it runs."""

    def __init__(self, module):
        self.module = module
        self.tests = {}
        self.broken = []

    def pytest_exception_interact(self, node, call, report):
        error = call.excinfo.value
        if isinstance(report, pytest.CollectReport):
            # What pytest makes of a failed import has the real one as its cause.
            error = error.__cause__ or error
            self.broken.append({"by": self.culprit(error), "text": in_one_line(error), "trace": own_traceback(error)})
        else:
            self.tests[node.nodeid] = {
                "name": name_of(node),
                "outcome": "failed",
                "kinds": kinds(error),
                "text": in_one_line(error),
                "trace": shortened(report),
            }

    def pytest_runtest_logreport(self, report):
        # An exception is told of behind its report, and takes its place.
        if report.nodeid not in self.tests or report.outcome != "passed":
            failed = report.outcome == "failed"
            self.tests[report.nodeid] = {
                "name": name_of(report),
                "outcome": report.outcome,
                "kinds": [["Failed"]] if failed else [],
                "text": shortened(report) if failed else "",
                "trace": "",
            }

    def culprit(self, error):
        """Which file kept the tests from being collected."""
        place = self.module + ".py"
        if isinstance(error, SyntaxError):
            places = [error.filename or ""]
        else:
            places = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        is_import_of_it = isinstance(error, ImportError) and error.name == self.module
        return "module" if is_import_of_it or any(os.path.basename(it) == place for it in places) else "tests"


def name_of(node):
    return node.nodeid.split("::", 1)[-1]


def kinds(error):
    """The names of the types of an exception, nearest first; of a group, those of each that it holds."""
    held = getattr(error, "exceptions", None)
    if isinstance(held, tuple) and held:
        return [names for inner in held for names in kinds(inner)]
    return [[it.__name__ for it in type(error).__mro__]]


def in_one_line(error):
    lines = "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()
    return lines[-1 if isinstance(error, SyntaxError) else 0] if lines else type(error).__name__


def own_traceback(error):
    """The traceback of an exception, without the files that are not of the lab."""
    here = os.getcwd() + os.sep
    frames = [it for it in traceback.extract_tb(error.__traceback__) if os.path.abspath(it.filename).startswith(here)]
    return "".join(traceback.format_list(frames) + traceback.format_exception_only(type(error), error)).rstrip()


def shortened(report):
    return getattr(report, "longreprtext", "")[:MOST_KEPT]


def run(module):
    # Where there is one already, the tests would import that.
    if module in sys.modules or module in getattr(sys, "stdlib_module_names", ()):
        return {"taken": True, "status": None, "tests": [], "broken": []}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # Some libraries draw examples by chance; as on a server for tests, they draw the same ones each time.
    os.environ["CI"] = "1"
    settings = [it for it in ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg") if os.path.exists(it)]
    arguments = ["-c", (settings or [os.devnull])[0], "--rootdir=.", "--tb=short", "--color=no"]
    for plugin in ("cacheprovider", "faulthandler"):
        arguments += ["-p", "no:" + plugin]
    recorder = Recorder(module)
    with contextlib.redirect_stdout(io.StringIO()):
        status = pytest.main([*arguments, "test_%s.py" % module], plugins=[recorder])
    return {"taken": False, "status": int(status), "tests": list(recorder.tests.values()), "broken": recorder.broken}
