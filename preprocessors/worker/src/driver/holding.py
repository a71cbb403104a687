"""Checkpoints of a session: before which steps, and how it goes on from one.

The host makes them (`checkpoint/mod.rs`), and refuses where the session is more than its memory. Here it is decided whether one is worth its
memory, and what only Python knows is asked: alarms that are set, and an event loop.

Deliberately absent: a checkpoint of a session that is not watched (`Observer`): nobody could tell what it depends on.
"""

import _signal

getitimer, TIMERS = _signal.getitimer, (_signal.ITIMER_REAL, _signal.ITIMER_VIRTUAL, _signal.ITIMER_PROF)

# How much work, in nanoseconds, is worth a checkpoint: the first one, and how much more each further one.
WORTH, GROWTH = 20_000_000, 1.35


class Holding:
    """The checkpoints of a session."""

    def __init__(self, session, hold):
        self.session, self.hold = session, hold
        self.worth = WORTH
        self.begin(0)

    def begin(self, index):
        """From here on, nothing is worth a checkpoint yet."""
        # The first call makes none.
        self.hold(index)
        self.since = monotonic_ns()

    def consider(self, index):
        """Called before each step. It returns in the process that goes on, and again in each one that goes on from here later."""
        if monotonic_ns() - self.since < self.worth or not self.is_possible():
            return
        means = self.hold(index)
        if means:
            self.go_on(index, *means)
        elif means is not None:
            self.session.pid = OBSERVER.pid = getpid()
            self.session.send({"frame": "checkpoint", "step": index, "reads": OBSERVER.seen()})
            self.worth *= GROWTH
            self.since = monotonic_ns()

    def is_possible(self):
        session = self.session
        return (
            session.observes
            and OBSERVER.hidden is None
            and session.events is None
            and session.shell is None
            and not any(getitimer(timer)[0] for timer in TIMERS)
        )

    def go_on(self, index, job_fd, state, results_fd, stdout_fd, stderr_fd, trace_fd):
        """Takes another job, whose steps before this one are those that have run."""
        session = self.session
        session.take_job(read_job(job_fd))
        for fd in (job_fd, session.out, session.err, session.results, session.trace):
            close(fd)
        dup2(stdout_fd, 1)
        dup2(stderr_fd, 2)
        session.take(state, results_fd, stdout_fd, stderr_fd, trace_fd)
        OBSERVER.pid = session.pid
        session.name_faults()
        self.begin(index)
