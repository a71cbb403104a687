"""Commands of a shell.

Each command is a process of its own, and what lasts from one to the next as in a terminal (the working directory, variables, functions) is
kept by the shell itself: when it ends, it writes them in its own language into a memory file of the driver, and the next one reads them.
So nothing of it lies in the session's directory, and no descriptor of the driver is open in a command.
"""

import os
import shlex
import signal
import sys

spawn, wait, fstat = os.posix_spawn, os.waitpid, os.fstat

# What writes the state of a shell down: all of it in bash but for what bash sets itself; of another shell, what is exported.
KEEP = "export -p"
OF_BASH = "BASH*|COMP_*|DIRSTACK|EPOCH*|EUID|FUNCNAME|GROUPS|HIST*|LINENO|OPTIND|PIPESTATUS|PPID|RANDOM|SECONDS|SHELLOPTS|SRANDOM|UID|_|exemplar_*"
KEEP_IN_BASH = (
    "{ compgen -v | while IFS= read -r exemplar_name; do case $exemplar_name in %s) ;; *) declare -p \"$exemplar_name\" ;; esac; done; "
    "declare -f; } 2>/dev/null" % OF_BASH
)

# The exit status for a command that a signal killed, as shells have it.
KILLED = 128


class Shell:
    """The shell of a session. It begins with the working directory and the environment that its Python has then."""

    def __init__(self, directory):
        self.kept = moved(os.memfd_create("exemplar-shell"))
        self.environment = dict(os.environ)
        path = self.environment.get("PATH", os.defpath)
        self.program = found("bash", path) or found("sh", path) or "/bin/sh"
        self.environment["PATH"] = ":".join(python_folders(directory) + [path])

    def run(self, command, out):
        """Runs a command, its output going to `out`, and gives its exit status."""
        kept = "/proc/%d/fd/%d" % (os.getpid(), self.kept)
        lines = []
        environment = self.environment
        if fstat(self.kept).st_size:
            # Twice: entering the directory changes OLDPWD.
            environment = {}
            again = ". %s 2>/dev/null" % kept
            lines = [again, 'cd -- "$PWD" 2>/dev/null', again]
        # By the trap as well, for a command that exits. All on one line, so that the lines in a shell's complaints are the command's.
        keep = (KEEP_IN_BASH if os.path.basename(self.program) == "bash" else KEEP) + " >%s" % kept
        lines += ["trap '%s' EXIT" % keep, "exemplar_command=$1", "shift", 'eval "$exemplar_command"', "set -- $?", keep, 'exit "$1"']
        name = os.path.basename(self.program)
        pid = spawn(
            self.program,
            [name, "-c", "; ".join(lines), name, command.rstrip("\n")],
            environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)],
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],
        )
        status = os.waitstatus_to_exitcode(wait(pid, 0)[1])
        return status if status >= 0 else KILLED - status


def found(program, path):
    """Where a program is."""
    for folder in path.split(":"):
        file = os.path.join(folder or ".", program)
        if os.path.isfile(file) and os.access(file, os.X_OK):
            return os.path.abspath(file)
    return None


def python_folders(directory):
    """Folders for the front of PATH, so that `python` and `python3` are the session's interpreter."""
    folder = os.path.dirname(sys.executable)
    own = os.path.realpath(sys.executable)
    missing = [name for name in ("python", "python3") if os.path.realpath(os.path.join(folder, name)) != own]
    if not missing:
        return [folder]
    # No links: through a link from elsewhere, an interpreter would not find its virtual environment.
    private = os.path.join(directory, ".cache", "exemplar", "bin")
    os.makedirs(private, exist_ok=True)
    for name in missing:
        program = os.path.join(private, name)
        with open(program, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write('#!/bin/sh\nexec %s "$@"\n' % shlex.quote(sys.executable))
        os.chmod(program, 0o755)
    return [private, folder]
