"""What a process that `multiprocessing` spawns runs as its main module.

A spawned interpreter runs the parent's main module again, so as to find its functions and classes. Here that is no file: it is the page so
far. So it is given one of the driver's, a memory file, that runs the code of the script which is under way, and of all steps before it
what defines something: their output has been seen already. From a prompt it is the definitions alone, which is more than the REPL has.
Code keeps its name and lines, so that tracebacks of both processes call it alike.

`multiprocessing` is made ready when it is loaded or named before a step runs. For a library that loads it within a step, the interpreter's
own audit of imports is listened to from the first step on that imports anything: unlike a hook on imports, nobody can see that.

Deliberately absent: a file in the session's directory, which examples would see.
"""

import os
import sys

add_audit_hook = sys.addaudithook
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

    def __init__(self, compiler):
        self.fd = None
        # Those of the session, when it has begun.
        self.steps = []
        self.compiler = compiler
        self.index = 0
        # What has a function called for what Python audits. A host may have one for this import alone (`host/audit.rs`).
        self.listen = add_audit_hook
        self.listens = False

    def prepare(self, index):
        """Called before each step of code that runs, from the first on that imports anything."""
        code = self.steps[index]["code"]
        self.index = index
        if self.fd is not None or "multiprocessing" in sys.modules or any(word in code for word in SPAWNING):
            self.write()
        elif not self.listens:
            self.listens = True
            self.listen(self.hear)

    def hear(self, event, arguments):
        """Told of what Python audits, forever: there is no way to take it back."""
        if event == "import" and arguments[:1] == ("multiprocessing.spawn",) and self.fd is None:
            self.write()

    def write(self):
        """The main module of now: the step that runs, if it is a script, and what the others define."""
        *before, now = [step for step in self.steps[: self.index + 1] if step["mode"] in ("single", "exec")]
        steps = [(step["name"], step["code"], False) for step in before if step["name"] not in self.compiler.broken]
        if now["mode"] == "exec":
            steps.append((now["name"], now["code"], True))
        if self.fd is None:
            self.fd = moved(os.memfd_create("exemplar-main"))
            self.install()
        os.ftruncate(self.fd, 0)
        lseek(self.fd, 0, os.SEEK_SET)
        write_all(self.fd, (MAIN_FILE % (self.compiler.flags, steps)).encode("utf-8", "surrogatepass"))

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
