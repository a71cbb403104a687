"""What a process that `multiprocessing` spawns runs as its main module.

A spawned interpreter runs the parent's main module again, so as to find its functions and classes. Here that is no file: it is the page so
far. So it is given one of the driver's, a memory file, that runs the code of the script which is under way, and of all steps before it
what defines something: their output has been seen already. From a prompt it is the definitions alone, which is more than the REPL has.
Code keeps its name and lines, so that tracebacks of both processes call it alike.

Deliberately absent: a file in the session's directory, which examples would see; and a hook on imports. `multiprocessing` is made ready when
it is loaded or named before a step runs, so a library that loads it secretly and spawns in the same step is not helped.
"""

import os
import sys

# What is looked for in a step.
SPAWNING = ("multiprocessing", "concurrent.futures")

# The file: what stands before the steps, a list of (name, code, whether all of it is run), and what runs them.
MAIN_FILE = """\
import ast, linecache
flags = %d
steps = %r
def is_definition(node):
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return not any(isinstance(part, (ast.Call, ast.Await)) for part in ast.walk(node))
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom))
for name, code, is_whole in steps:
    linecache.cache[name] = (len(code), None, code.splitlines(True), name)
    tree = compile(code, name, 'exec', flags | ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    if not is_whole:
        tree.body = [node for node in tree.body if is_definition(node)]
    exec(compile(tree, name, 'exec', flags, dont_inherit=True))
"""


class Spawning:
    """The main module of spawned processes."""

    def __init__(self):
        self.fd = None
        # The code of the steps that could be compiled: (name, code).
        self.steps = []

    def prepare(self, step, flags):
        """Called before each step that runs."""
        code, name = step["code"], step["name"]
        if "multiprocessing" in sys.modules or any(word in code for word in SPAWNING):
            self.write([(*before, False) for before in self.steps] + [(name, code, True)] * (step["mode"] == "exec"), flags)
        self.steps.append((name, code))

    def write(self, steps, flags):
        if self.fd is None:
            self.fd = moved(os.memfd_create("exemplar-main"))
            self.install()
        os.ftruncate(self.fd, 0)
        lseek(self.fd, 0, os.SEEK_SET)
        write_all(self.fd, (MAIN_FILE % (flags, steps)).encode("utf-8", "surrogatepass"))

    def install(self):
        from multiprocessing import spawn

        # As the import does, for the `__main__` of then.
        sys.modules["__mp_main__"] = sys.modules["__main__"]
        real = spawn.get_preparation_data
        path = "/proc/%d/fd/%d" % (getpid(), self.fd)

        def get_preparation_data(name):
            data = real(name)
            data.pop("init_main_from_name", None)
            data["init_main_from_path"] = path
            return data

        spawn.get_preparation_data = get_preparation_data
