"""What a session reads beside what it was given: files, folders, packages, facts about files.

A result that is kept for later runs is only good as long as all of this is as it was, so it is told with the results, and `exemplar`
looks at it again before it takes a kept result. What can't be seen from here (other processes, C code that is called by hand) is named,
and the session's results are then not kept.

Seen are the audit events of CPython, and `os.stat`, `os.lstat`, `os.access` and `os.readlink`, which give none and are wrapped for that. What a session
reads of its own directory it has written or was given; the standard library belongs to the interpreter; of site-packages the name of the
package is told.

Deliberately absent: any judgement of what is kept, and the hashing of what was read.
"""

import os
import posix
import stat
import sys
import types

getcwd, fspath, fsdecode = os.getcwd, os.fspath, os.fsdecode
join, normpath, dirname, basename = os.path.join, os.path.normpath, os.path.dirname, os.path.basename

# Ways out of this process.
STARTS_PROCESSES = {
    "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn",
}  # fmt: skip
PROCESS_MODULES = (
    "multiprocessing.popen_fork", "multiprocessing.popen_spawn_posix", "multiprocessing.popen_forkserver", "multiprocessing.resource_tracker",
)  # fmt: skip
CALLS_C = {"ctypes.dlsym", "ctypes.dlsym/handle", "ctypes.call_function", "ctypes.string_at", "ctypes.wstring_at", "ctypes.PyObj_FromPtr"}
REACHES_THE_NETWORK = {
    "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname",
    "socket.gethostbyaddr", "socket.gethostname", "socket.getnameinfo", "socket.getservbyname", "socket.getservbyport",
}  # fmt: skip
LISTS = {"os.listdir", "os.scandir"}
READS_ATTRIBUTES = {"os.getxattr", "os.listxattr"}

# Files that give something else each time, or nothing at all.
MACHINE = ("/proc/", "/sys/", "/dev/")
NOTHING = {"/dev/null", "/dev/zero", "/dev/full", "/dev/tty"}
SITES = ("site-packages", "dist-packages")
STDLIB = join(dirname(os.__file__), "")
IMPORT_SYSTEM = "<frozen importlib._bootstrap_external>"
MOST_READ = 20_000


class Observer:
    """What was seen of this process. Nothing is, before it begins."""

    def __init__(self):
        self.pid = self.hidden = None
        self.files, self.folders, self.looked, self.imported, self.changing = (set() for _ in range(5))
        # Folders that the import system looks for modules in, and those whose entries are asked for facts, maybe.
        self.offering, self.scanned = set(), set()

    def begin(self, directory):
        self.directory = join(directory, "")
        sys.addaudithook(self.hook)
        self.pid = getpid()

    def hook(self, event, arguments):
        """Called for each audit event. What is raised here would be raised in the example."""
        if event == "open":
            self.note(self.files, arguments[0])
            if arguments[1] is None:
                self.watch_opened_folder(arguments[0])
        elif event in LISTS:
            path, caller = "." if arguments[0] is None else arguments[0], sys._getframe(1).f_code.co_filename
            if caller == IMPORT_SYSTEM:
                # Of a folder of modules the names matter, and not what else changes in it.
                self.note(self.offering, path or ".")
            else:
                self.note(self.folders, path)
                if event == "os.scandir" and not caller.startswith((STDLIB, "<frozen ")):
                    # Entries give facts about files, which nobody else hears of.
                    self.note(self.scanned, path)
        elif event == "import":
            self.imported.add(arguments[0])
        elif event in STARTS_PROCESSES:
            self.hidden = "it starts processes"
        elif event in CALLS_C or (event == "ctypes.dlopen" and arguments[0] is not None):
            self.hidden = "it calls C by hand"
        elif event in REACHES_THE_NETWORK:
            self.changing.add("the network")
        elif event in READS_ATTRIBUTES:
            self.hidden = "it reads extended attributes of files"
        elif event == "sqlite3.connect":
            self.note_database(arguments[0])

    def note_database(self, path):
        """A database, and what belongs to one that is being written."""
        path = path if isinstance(path, str) else fsdecode(path)
        if path.startswith("file:"):
            path = uri_path(path)
        for end in ("", "-wal", "-journal"):
            self.note(self.files, path + end)

    def watch_opened_folder(self, path):
        """Below a folder that is open, files are read by paths that say nothing."""
        try:
            path = absolute(path)
            if not path.startswith(self.directory) and join(path, "") != self.directory and is_folder(path):
                self.hidden = "it works below an open folder"
        except (OSError, TypeError, ValueError):
            pass

    def note(self, seen, path):
        if self.pid is None or isinstance(path, int):
            return
        try:
            seen.add(absolute(path))
        except (OSError, TypeError, ValueError):
            # No path: what it was meant for fails as well.
            pass
        if len(seen) > MOST_READ:
            self.hidden = "it reads very many files"

    def end(self):
        """All that was seen, in the form that the frame has. What comes now is not seen."""
        self.pid = None
        return {"frame": "reads", **self.seen()}

    def seen(self):
        """All that was seen so far."""
        files, packages, sites = set(), set(), set()
        modules = dict(SYS.get("modules") or {})
        if any(name in modules for name in PROCESS_MODULES):
            self.hidden = "it starts processes"
        for name, module in modules.items():
            if isinstance(module, types.ModuleType):
                origin = getattr(vars(module).get("__spec__"), "origin", None)
                if isinstance(origin, str) and origin.startswith("/"):
                    self.files.add(origin)
                    package = place_in_site(origin)[1]
                    if package is not None and name not in STARTED_WITH:
                        # It may read whatever it likes.
                        self.changing.add("the package `%s`" % package)
        for path in self.files:
            path = source_of(normpath(path))
            site, name = place_in_site(path)
            if site is not None:
                packages.add((site, name))
            elif path.startswith(MACHINE):
                if path not in NOTHING and not path.startswith("/dev/shm/"):
                    self.changing.add("the state of the machine")
            elif not path.startswith((self.directory, STDLIB)):
                files.add(path)
        for folder in self.scanned:
            try:
                self.looked.update(join(folder, name) for name in list_folder(folder))
            except OSError:
                # That it is gone changes what it lists.
                pass
        looked = {path for path in map(normpath, self.looked) if self.matters(path)}
        sites.update(path for path in map(normpath, self.offering) if self.matters(path))
        folders = {path for path in map(normpath, self.folders) if self.matters(path) or path in self.site_folders()}
        if packages or any(self.is_of_no_library(name) for name in self.imported):
            sites.update(self.site_folders())
        if any(map(is_unwritable, (*files, *folders, *looked))):
            self.hidden = "it reads files whose names are no text"
        return {
            "files": sorted(files),
            "folders": sorted(folders),
            "looked": sorted(looked),
            "packages": sorted(packages),
            "sites": sorted(sites),
            "interpreter": interpreter_files(),
            "changing": sorted(self.changing),
            "hidden": self.hidden,
        }

    def matters(self, path):
        """Whether looking at a path tells more than that this session runs."""
        below = join(path, "")
        inside = below.startswith((self.directory, STDLIB)) or self.directory.startswith(below)
        return not inside and place_in_site(path)[0] is None and not path.startswith(MACHINE)

    def site_folders(self):
        return [path for path in map(normpath, filter(is_text, SYS.get("path") or ())) if basename(path) in SITES]

    def is_of_no_library(self, name):
        return name.partition(".")[0] not in sys.stdlib_module_names


OBSERVER = Observer()


def absolute(path):
    path = fsdecode(path)
    return path if path.startswith("/") else join(getcwd(), path)


def is_folder(path):
    return stat.S_ISDIR(look(path).st_mode)


def uri_path(uri):
    """The path of a URI of SQLite's."""
    from urllib.parse import unquote

    path = unquote(uri[len("file:") :].partition("?")[0].partition("#")[0])
    if path.startswith("//"):
        path = "/" + path[2:].partition("/")[2]
    return path


def is_text(value):
    return isinstance(value, str)


def is_unwritable(path):
    return any("\ud800" <= letter <= "\udfff" for letter in path)


def source_of(path):
    """The source of compiled code."""
    folder, name = os.path.split(path)
    if basename(folder) == "__pycache__":
        return join(dirname(folder), name.partition(".")[0] + ".py")
    return path


def place_in_site(path):
    """Of a path in site-packages: that folder, and the name in it."""
    parts = path.split("/")
    for name in SITES:
        if name in parts:
            place = len(parts) - parts[::-1].index(name)
            if place < len(parts):
                return "/".join(parts[:place]), parts[place]
    return None, None


def interpreter_files():
    """What this interpreter consists of, its standard library apart, which is installed together with it."""
    configured = [join(sys.prefix, "pyvenv.cfg")] if sys.prefix != sys.base_prefix else []
    return [*filter(None, (EXECUTABLE, LIBRARY)), *configured]


def library():
    """The shared library that this interpreter runs from, if it is one."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            paths = (line.split(maxsplit=5)[-1].strip() for line in file)
            return next((path for path in paths if basename(path).startswith("libpython")), None)
    except OSError:
        return None


def observed(function, name):
    """A function that looks at a path, and notes that."""

    def wrapper(path, *arguments, **options):
        OBSERVER.note(OBSERVER.looked, path)
        return function(path, *arguments, **options)

    for attribute in ("__name__", "__qualname__", "__module__", "__doc__", "__text_signature__"):
        try:
            setattr(wrapper, attribute, getattr(function, attribute))
        except (AttributeError, TypeError):
            pass
    for functions in (os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks):
        if function in functions:
            functions.add(wrapper)
    for module in (os, posix):
        setattr(module, name, wrapper)


EXECUTABLE, LIBRARY = sys.executable, library()
# What an interpreter has loaded by itself, `.pth` files of site-packages included, before it ran any code of ours.
STARTED_WITH = frozenset(sys.modules)
look, list_folder = os.stat, os.listdir
for looking in ("stat", "lstat", "access", "readlink"):
    observed(getattr(os, looking), looking)
