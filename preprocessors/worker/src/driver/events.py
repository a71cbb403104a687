"""Top-level await: the one event loop of a session, made when the first step awaits.

As in `python -m asyncio`, but that the loop stands still between the steps which await: tasks go on in the next one of these. What other
tasks print while a statement awaits counts as printed by that statement, since it stands there in the stream.

The loop runs for steps that need one and for no other, so that `asyncio.run` works as in a file: for what awaits, and for what makes a task
to be awaited later, which would fail without a loop.
"""

import faulthandler
import signal
import types


# `inspect.CO_COROUTINE`: the code is the body of a coroutine.
CO_COROUTINE = 0x80

# What has no meaning outside of a loop that runs, and what would run a loop of its own.
OF_LOOPS = frozenset(("create_task", "ensure_future", "gather", "get_running_loop"))
RUN_LOOPS = frozenset(("run", "run_until_complete", "run_forever", "Runner"))


def needs_loop(code):
    """Whether a step's code is to run within the event loop. Names of its functions are those of other code objects."""
    if code.co_flags & CO_COROUTINE:
        return True
    return not OF_LOOPS.isdisjoint(code.co_names) and RUN_LOOPS.isdisjoint(code.co_names)


class Events:
    """An event loop, and the context that the steps share from then on."""

    def __init__(self, trace):
        import asyncio
        import contextvars

        self.asyncio = asyncio
        self.copy_context = contextvars.copy_context
        self.context = contextvars.copy_context()
        self.loop = asyncio.new_event_loop()
        self.trace = trace
        self.coroutine = None
        # A loop that waits has no frame of the session on the stack: after the stack, it is said what the step awaits.
        faulthandler.unregister(signal.SIGUSR2)
        signal.signal(signal.SIGUSR2, self.name_place)
        faulthandler.register(signal.SIGUSR2, file=trace, all_threads=False, chain=True)

    def run(self, codes, namespace):
        """Runs code objects one after the other, whose bodies may be a coroutine's, and gives the value of the last one."""
        if self.loop.is_closed():
            self.loop = self.asyncio.new_event_loop()
        self.asyncio.set_event_loop(self.loop)
        ending = []
        task = self.context.run(self.loop.create_task, self.watched(codes, namespace, ending))
        try:
            self.loop.run_until_complete(task)
        finally:
            self.coroutine = None
            # When another task ends the program, this one has not ended.
            task.cancel()
        value, error = ending
        if error is not None:
            raise error
        return value

    async def watched(self, codes, namespace, ending):
        """Runs the code, and keeps an exception to itself, so that no frame of asyncio is in its traceback, and the changes to context variables."""
        value = error = None
        try:
            for code in codes:
                if code.co_flags & CO_COROUTINE:
                    self.coroutine = types.FunctionType(code, namespace)()
                    value = await self.coroutine
                else:
                    value = eval(code, namespace)
        except BaseException as failure:
            error = failure
        self.context = self.copy_context()
        ending += value, error

    def name_place(self, signum, frame):
        """Continues the dump of faulthandler with what the step awaits, innermost first."""
        lines = []
        awaited = self.coroutine
        while awaited is not None:
            for prefix, inner in (("cr", "cr_await"), ("ag", "ag_await"), ("gi", "gi_yieldfrom")):
                frame = getattr(awaited, prefix + "_frame", None)
                if frame is not None:
                    code = frame.f_code
                    lines.append('  File "%s", line %d in %s\n' % (code.co_filename, frame.f_lineno, code.co_name))
                    awaited = getattr(awaited, inner)
                    break
            else:
                break
        write_all(self.trace, "".join(reversed(lines)).encode("utf-8", "backslashreplace"))

    def close(self):
        """As `asyncio.run` ends."""
        asyncio, loop = self.asyncio, self.loop
        if loop.is_closed():
            return
        asyncio.set_event_loop(loop)
        try:
            tasks = asyncio.all_tasks(loop)
            for task in tasks:
                task.cancel()
            if tasks:
                loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            for task in tasks:
                if not task.cancelled() and task.exception() is not None:
                    message = "unhandled exception at the end of the session"
                    loop.call_exception_handler({"message": message, "exception": task.exception(), "task": task})
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            asyncio.set_event_loop(None)
            loop.close()
