"""Executor of worker processes on this machine, each of which can be killed without harm to the others."""

import math
import pickle
import sys
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from threading import Lock, Thread

from assay.core.clock import Deadline
from assay.core.errors import UsageError
from assay.core.job import Job, WorkerOptions
from assay.core.result import Failure
from assay.core.scratch import sweep
from assay.execute import register
from assay.execute.forkserver import ForkServer
from assay.execute.job_exceptions import RunOutcome, failure_of
from assay.execute.memory_budget import MemoryBudget
from assay.execute.prestart import warm_server
from assay.execute.process import Starter, import_path, working_folder
from assay.execute.spawner import Spawner
from assay.execute.worker import WorkerSetup
from assay.execute.worker_pool import QueuedJob, WorkerPool

_ROUND_SECONDS = 0.5
"""Longest wait while jobs run, which is the interval of memory checks."""

_MOST_SERVERS_LOST = 3
"""Servers in a row that may end before their first fork; then the imports are to blame, and jobs fail."""


@register("local")
class LocalExecutor:
    """Worker processes forked from a server that has imported everything.

    run: the function of a job, importable by workers: "module:function", or a function found under its name. workers:
    number of concurrent jobs; further ones are queued while their deadlines run. preload: modules the server imports,
    for a lab those of search.worker_jobs; a warm server is used if it has them all. memory_bytes: limit of a worker
    whose job names none; 0: no limit. starter: creates workers; None: the warm server, or an own one. memory_budget: a
    job that needs more than is free waits, with all after it, while others run; if none runs, it is a Failure when it
    surely does not fit. None: no check.

    A job ends in its outcome, or in a Failure: "time" at its deadline, "crash" when its worker died, "memory" above its
    limit or budget, "error" when it raised. A killed worker takes its child processes with it and is replaced within
    some 20 ms; other workers are not affected. All workers end with this process, however it ends.
    """

    def __init__(
        self, run: str | Callable[[Job], object], *, workers: int, preload: Sequence[str] = (),
        memory_bytes: int = 0, starter: Starter | None = None, memory_budget: MemoryBudget | None = None,
    ) -> None:  # fmt: skip
        if workers < 1:
            raise UsageError(f"{workers} workers cannot run anything. Give at least 1.")
        setup = WorkerSetup(run=importable_name(run), import_path=tuple(import_path()), folder=working_folder())
        self._preload = tuple(preload)
        self._own: Starter | None = None
        self._servers_lost = 0
        self._pool = WorkerPool(
            starter=starter or warm_server(preload) or self._own_starter(), setup=setup, size=workers,
            memory_bytes=memory_bytes, on_finished=self._count, memory_budget=memory_budget,
        )  # fmt: skip
        self._held_back = 0
        self._turn = Lock()  # guards what both threads touch: the six below
        self._submitted = 0
        self._hurried: list[tuple[Deadline, int]] = []
        self._queue: deque[QueuedJob] = deque()
        self._is_closed = False
        self._is_stopped = False
        self._is_awake = False
        self._warned: Counter[str] = Counter()
        self._wake_receiver, self._wake_sender = Pipe(duplex=False)
        self._thread = Thread(target=self._manage, name="assay-executor", daemon=True)
        self._thread.start()

    @classmethod
    def start(cls, options: WorkerOptions) -> "LocalExecutor":
        return cls(
            options.run, workers=options.workers, preload=options.preload, memory_bytes=options.memory_bytes,
            memory_budget=MemoryBudget(needs=options.needs, free=options.free),
        )  # fmt: skip

    @property
    def workers(self) -> int:
        return self._pool.size

    @property
    def warned(self) -> dict[str, int]:
        """How many warnings of each class the jobs caused so far."""
        return dict(self._warned)

    def submit(self, job: Job, *, deadline: Deadline) -> "Future[object]":
        """Run the job as soon as a worker is free; at the deadline it is killed, or dropped from the queue."""
        future: Future[object] = Future()
        try:
            message = pickle.dumps(job)
            needs = 0 if self._pool.memory_budget is None else self._pool.memory_budget.needs(job)
        except Exception as error:  # both run code of the job and of its model: this is their boundary
            future.set_result(failure_of(error, job))
            return future
        with self._turn:
            if self._is_closed:
                future.set_result(Failure(kind="error", step="", message="The executor is closed.", fold=job.fold))
                return future
            self._submitted += 1
            self._queue.append(
                QueuedJob(
                    job=job, message=message, deadline=deadline, future=future, order=self._submitted,
                    needs_bytes=needs,
                )
            )  # fmt: skip
            self._wake()
        return future

    def hurry(self, deadline: Deadline) -> None:
        """All jobs submitted so far must end by then; later ones keep their own deadlines."""
        with self._turn:
            self._queue = deque(queued.due_by(deadline) for queued in self._queue)
            self._hurried.append((deadline, self._submitted))
            self._wake()

    def close(self, *, now: bool = False) -> None:
        """End the workers, after all submitted jobs, or `now`: then unfinished ones are Failures. Idempotent."""
        with self._turn:
            self._is_closed = True
            self._is_stopped = self._is_stopped or now
            self._wake()
        self._thread.join()

    def _count(self, finished: RunOutcome) -> None:
        self._warned.update(finished.warned)

    def _wake(self) -> None:
        """Wake the manager thread; one message is enough for several calls."""
        if not self._is_awake:
            self._is_awake = True
            self._wake_sender.send_bytes(b"w")

    def _manage(self) -> None:
        """The manager thread: everything but submitting happens here."""
        try:
            sweep()  # what workers of a run that was killed left in the temporary folder
            while self._goes_on():  # asked right before sleeping: a call that comes between rings the bell
                self._sleep()
                self._pool.collect()
                self._hurry_pool()
                self._pool.enforce_deadlines()
                self._pool.enforce_memory()
                self._drop_late()
                self._hand_out()
        finally:
            self._pool.end(why="Stopped: the executor was closed.")
            sweep()  # what these left, of whom some were killed
            with self._turn:
                self._is_closed = True
                left, self._queue = self._queue, deque()
            for queued in left:
                if queued.begins():
                    queued.fail("time", "Never started: the executor was closed.")
            if self._own is not None:
                self._own.stop()

    def _goes_on(self) -> bool:
        with self._turn:
            return not self._is_stopped and (not self._is_closed or bool(self._queue) or self._pool.is_busy)

    def _hurry_pool(self) -> None:
        with self._turn:
            hurried, self._hurried = self._hurried, []
        for deadline, until in hurried:
            self._pool.hurry(deadline, until=until)

    def _drop_late(self) -> None:
        with self._turn:
            late = [queued for queued in self._queue if queued.deadline.is_over]
            for queued in late:
                self._queue.remove(queued)
        for queued in late:
            if not queued.begins():
                continue
            if queued.order == self._held_back:
                queued.fail("memory", f"Out of time while it waited for memory: {_need_text(queued)}.")
            else:
                queued.fail("time", "Out of time before it started.")

    def _hand_out(self) -> None:
        """Assign queued jobs to free workers."""
        while self._pool.has_free_slot and self._pool.starter.is_ready():
            with self._turn:
                if not self._queue or self._is_stopped:
                    return
                first = self._queue[0]
            missing_bytes = 0 if first.future.cancelled() else self._missing_bytes(first)
            if missing_bytes and self._pool.is_busy:
                self._held_back = first.order
                return
            with self._turn:
                queued = self._queue.popleft()  # the same, with the deadline of a hurry that came meanwhile
            if not queued.begins():
                continue
            if missing_bytes:
                queued.fail(
                    "memory", f"Not started: {_need_text(queued)}, {missing_bytes / 1e6:,.0f} MB more than is free."
                )
            else:
                self._give(queued)

    def _give(self, queued: QueuedJob) -> None:
        try:
            self._pool.hand_out(queued)
            self._servers_lost = 0
        except OSError as error:
            if not self._has_lost_its_server() or self._servers_lost >= _MOST_SERVERS_LOST:
                queued.fail("crash", str(error))
                return
            self._servers_lost += 1
            self._pool.starter = self._own_starter()
            self._put_back(queued)  # nobody has seen it: it may wait for the new server

    def _missing_bytes(self, queued: QueuedJob) -> int:
        """Bytes the job needs beyond those free. Where nothing runs, idle workers first release what they hold; then
        only jobs that surely do not fit are refused."""
        missing_bytes = self._pool.missing_bytes(queued)
        if missing_bytes and not self._pool.is_busy:
            self._pool.end_idle()
            missing_bytes = self._pool.surely_missing_bytes(queued)
        return missing_bytes

    def _put_back(self, queued: QueuedJob) -> None:
        """Requeue the job first, with the deadlines of hurries that came meanwhile."""
        with self._turn:
            for deadline, until in self._hurried:
                queued = queued.due_by(deadline) if queued.order <= until else queued
            self._queue.appendleft(queued)

    def _has_lost_its_server(self) -> bool:
        return isinstance(self._pool.starter, ForkServer) and self._pool.starter.has_ended

    def _sleep(self) -> None:
        """Wait for a message, an exit, a call or the next deadline."""
        with self._turn:
            nearest = min((queued.deadline.left for queued in self._queue), default=math.inf)
        connections: list[Connection | int] = [self._wake_receiver, *self._pool.connections()]
        if not self._pool.starter.is_ready():
            connections.append(self._pool.starter.fileno())
        seconds = min(nearest, self._pool.nearest_deadline(), _ROUND_SECONDS if self._pool.is_busy else math.inf)
        if self._wake_receiver in wait(connections, None if math.isinf(seconds) else max(0.0, seconds)):
            with self._turn:
                self._wake_receiver.recv_bytes()
                self._is_awake = False

    def _own_starter(self) -> Starter:
        """A starter that ends with this executor."""
        if self._own is not None:
            self._own.stop()
        self._own = Spawner() if sys.platform == "win32" else ForkServer(self._preload)
        return self._own


def _need_text(queued: QueuedJob) -> str:
    return f"it is expected to need {queued.needs_bytes / 1e6:,.0f} MB"


def importable_name(run: str | Callable[[Job], object]) -> str:
    """A function as "module:name"; UsageError if a worker could not import it under that name."""
    if isinstance(run, str):
        if not all(part.isidentifier() for part in run.replace(":", ".").split(".")) or run.count(":") != 1:
            raise UsageError(f"{run!r} names no function. Write it as 'package.module:function'.")
        return run
    name = f"{run.__module__}:{run.__qualname__}"
    if run.__module__ == "__main__" or "<" in run.__qualname__:
        raise UsageError(
            f"Workers cannot import {name}: they never run your script. Define the function at the top of a module."
        )
    return name
