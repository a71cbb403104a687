"""Warnings: what a step gives is told in the form of the model's `Warned`, and printed as Python prints it.

The hook is the function that Python calls for a warning which its filters let through and which nobody catches:
`warnings._showwarnmsg_impl`. `warnings.catch_warnings` and a `warnings.showwarning` of the user's take its place as they always do, and
what they take is theirs. Without a warning, nothing of this runs.
"""

import sys
import warnings

# What matplotlib says when figures are shown that nobody can see. Here they are seen, on the page.
NOT_SHOWN = ("FigureCanvasAgg is non-interactive", "Matplotlib is currently using agg")
# The most warnings of a step, and characters of a warning, that are told.
MOST_WARNINGS = 1000
LONGEST_WARNING = 4096


class Warnings:
    """The warnings of the step that runs."""

    def __init__(self, own):
        self.own = own
        self.given = []
        self.print = warnings._showwarnmsg_impl
        warnings._showwarnmsg_impl = self.show

    def show(self, message):
        try:
            text = str(message.message)
        except Exception as error:
            text = "<a warning whose text raises %s>" % type(error).__name__
        if text.startswith(NOT_SHOWN):
            return
        if len(self.given) < MOST_WARNINGS:
            kind = message.category
            self.tell(names(kind)[-1], lineage(kind), text, self.place(message, sys._getframe(1)))
        self.print(message)

    def tell(self, kind, lineage, text, at):
        self.given.append({"kind": kind, "lineage": lineage, "message": encodable(text[:LONGEST_WARNING]), "at": at})

    def place(self, message, frame):
        """Where the warning is given for, or else the innermost place in the session's own code on the way there."""
        file, line = message.filename, message.lineno
        while self.own(file) is None:
            if frame is None:
                return None
            file, line = frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back
        return (self.own(file), line) if isinstance(line, int) and line > 0 else None

    def take(self):
        """The warnings so far; it begins anew."""
        given, self.given = self.given, []
        return given
