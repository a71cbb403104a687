"""Files that the page writes into the session's directory, and shows again."""

import importlib
import os


def path_below(directory, name):
    """The path of a page's file; `ValueError` for one that would not lie below the directory."""
    parts = name.split("/")
    if not name or name.startswith("/") or name.endswith("/") or ".." in parts or "\0" in name:
        raise ValueError("the path of a file must be relative and lead nowhere above the session's directory: %r" % name)
    return os.path.join(directory, *parts)


def write_file(path, text):
    """Writes a file, making the folders around it. Modules of it that are imported already stay as they are, as in a script."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text.encode("utf-8", "surrogateescape"))
    importlib.invalidate_caches()


def offer_file(path, text, offered):
    """Writes a file where there is none yet, or what was offered before. Of what else stands there the page says nothing by its words."""
    try:
        with open(path, "rb") as file:
            is_free = file.read() == offered.get(path)
    except FileNotFoundError:
        is_free = True
    except OSError:
        is_free = False
    if is_free:
        write_file(path, text)
        offered[path] = text.encode("utf-8", "surrogateescape")


def read_file(path, name):
    """The content of a file. Errors call it by the name that the page has for it."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise type(error)(error.errno, error.strerror, name) from None
