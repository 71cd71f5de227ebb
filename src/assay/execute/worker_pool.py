"""The pool of worker processes of one executor: one that dies fails its job alone, and is replaced.

Not thread-safe: used by the manager thread only.
"""

import pickle
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection

from assay.core.clock import Deadline
from assay.core.job import Job
from assay.core.result import Failure, FailureKind
from assay.execute.job_exceptions import RunOutcome, failure_of
from assay.execute.memory_budget import MemoryBudget, memory_bytes
from assay.execute.process import Starter, StarterError, WorkerProcess
from assay.execute.worker import STOP, WorkerSetup

_MOST_DEAD_AT_START = 1
"""Workers in a row that may die before their first job; more are no accident."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class QueuedJob:
    """A submitted job with its serialised form and future.

    order: number of jobs submitted before it. needs_bytes: expected use of memory, 0 if unknown.
    """

    job: Job
    message: bytes
    deadline: Deadline
    future: "Future[object]"
    order: int = 0
    needs_bytes: int = 0

    def begins(self) -> bool:
        """Whether it is still wanted; from now on it cannot be cancelled. May be called again after a wait."""
        return self.future.running() or self.future.set_running_or_notify_cancel()

    def due_by(self, deadline: Deadline) -> "QueuedJob":
        """The same job with the earlier of two deadlines."""
        return self if self.deadline.at <= deadline.at else replace(self, deadline=deadline)

    def begun(self) -> "QueuedJob":
        """The same job with its hard deadline counted from now."""
        return self.due_by(Deadline.after(self.job.hard_seconds, self.deadline.clock))

    def finish(self, message: bytes, *, on_finished: Callable[[RunOutcome], None]) -> None:
        """Complete it with a worker's message."""
        try:
            finished: RunOutcome = pickle.loads(message)  # noqa: S301 - from our own worker
        except Exception as error:  # unpickling runs the outcome's own code: it belongs to the job's boundary
            finished = RunOutcome(failure_of(error, self.job))
        on_finished(finished)
        self.future.set_result(finished.outcome)

    def fail(self, kind: FailureKind, message: str, *, traceback: str = "") -> None:
        """Complete it with a Failure."""
        self.future.set_result(Failure(kind=kind, step="", message=message, fold=self.job.fold, traceback=traceback))


@dataclass(slots=True, eq=False)
class _Slot:
    worker: WorkerProcess
    queued: QueuedJob | None = None
    is_set_up: bool = False


@dataclass(eq=False, kw_only=True)
class WorkerPool:
    """At most `size` workers, started on demand, replaced when they die.

    memory_bytes: limit of a worker whose job names none, 0 for none. memory_budget: None: jobs start whatever they
    need.
    """

    starter: Starter
    setup: WorkerSetup
    size: int
    memory_bytes: int
    on_finished: Callable[[RunOutcome], None]
    memory_budget: MemoryBudget | None = None
    _slots: list[_Slot] = field(default_factory=list)

    @property
    def is_busy(self) -> bool:
        return any(slot.queued for slot in self._slots)

    @property
    def has_free_slot(self) -> bool:
        """Whether a job could be assigned now."""
        return len(self._slots) < self.size or any(slot.queued is None for slot in self._slots)

    def connections(self) -> Iterator[Connection]:
        """Connections that become readable when there is something to collect."""
        for slot in self._slots:
            yield slot.worker.connection
            yield slot.worker.ended

    def nearest_deadline(self) -> float:
        """Seconds until the first running job's deadline."""
        return min((slot.queued.deadline.left for slot in self._slots if slot.queued), default=float("inf"))

    def missing_bytes(self, queued: QueuedJob) -> int:
        """Bytes the job needs beyond those free, counting what running jobs have yet to take; 0: it fits."""
        if self.memory_budget is None or not queued.needs_bytes:
            return 0
        left = self.memory_budget.left
        running = [(slot.worker.pid, slot.queued.needs_bytes) for slot in self._slots if slot.queued]
        if queued.needs_bytes + sum(needs for _, needs in running) <= left:
            return 0  # whatever these have taken by now: looking that up costs milliseconds
        promised = sum(max(0, needs - memory_bytes(pid)) for pid, needs in running if needs)
        return max(0, queued.needs_bytes + promised - left)

    def surely_missing_bytes(self, queued: QueuedJob) -> int:
        """Bytes the job needs beyond those free, where nothing runs; 0: it may fit."""
        if self.memory_budget is None or queued.needs_bytes <= self.memory_budget.doubt * (
            left := self.memory_budget.left
        ):
            return 0
        return queued.needs_bytes - left

    def hand_out(self, queued: QueuedJob) -> None:
        """Assign the job to an idle or a new worker. StarterError when none starts, or new ones die at once."""
        dead_at_start = 0
        while True:
            slot = self._idle_slot()
            try:
                self._send(slot, queued)
            except OSError as error:  # it died idle, before it saw the task
                dead_at_start += not slot.is_set_up
                said = slot.worker.last_output()
                self._remove(slot)
                if dead_at_start > _MOST_DEAD_AT_START:
                    raise StarterError(f"New workers end at once. The last said: {said or 'nothing'}") from error
            else:
                return

    def collect(self) -> None:
        """Pass on all available results, and failures of workers that died."""
        for slot in tuple(self._slots):
            if slot.worker.connection.poll(0):
                self._receive(slot)
            elif slot.worker.ended.poll(0):
                self._handle_death(slot)

    def hurry(self, deadline: Deadline, *, until: int) -> None:
        """Move the deadline of running jobs forward, of those submitted up to a certain order."""
        for slot in self._slots:
            if slot.queued and slot.queued.order <= until:
                slot.queued = slot.queued.due_by(deadline)

    def enforce_deadlines(self) -> None:
        """Kill the workers of jobs past their deadline."""
        for slot in tuple(self._slots):
            if slot.queued and slot.queued.deadline.is_over:
                self._end_job(slot, "time", "Killed at its hard deadline.")

    def enforce_memory(self) -> None:
        """Kill the largest worker above its limit; the others may fit once its memory is free."""
        above = [
            (size, limit, slot)
            for slot in self._slots
            if (limit := self._limit(slot)) and (size := memory_bytes(slot.worker.pid, above=limit)) > limit
        ]
        if above:
            size, limit, slot = max(above, key=lambda found: found[0])
            said = f"Killed: it used {size / 1e6:,.0f} MB, above its {limit / 1e6:,.0f} MB."
            self._kill(slot, "memory", said)
            self._wait_until_gone(slot)  # what it used is free when it is gone, and the next may need it

    def end(self, *, why: str) -> None:
        """End all workers: idle ones by a message, busy ones by a signal, their jobs as failures.

        Waits until they are gone, as their resources are held until then.
        """
        for slot in self._slots:
            if slot.queued:
                self._kill(slot, "time", why)
        self.end_idle()

    def end_idle(self) -> None:
        """End the idle workers, and wait until their memory is released."""
        idle = [slot for slot in self._slots if slot.queued is None]
        for slot in idle:
            with suppress(OSError):  # it has died already
                slot.worker.connection.send_bytes(STOP)
        for slot in idle:
            self._wait_until_gone(slot)

    def _wait_until_gone(self, slot: _Slot) -> None:
        """Wait until an ended or killed worker is gone; kill it if it does not go."""
        if slot.worker.exit_code() is None:
            slot.worker.kill()
        self._remove(slot)

    def _limit(self, slot: _Slot) -> int:
        return (slot.queued.job.memory_bytes or self.memory_bytes) if slot.queued else 0

    def _idle_slot(self) -> _Slot:
        for slot in self._slots:
            if slot.queued is None:
                return slot
        self._slots.append(_Slot(self.starter.start()))
        return self._slots[-1]

    def _send(self, slot: _Slot, queued: QueuedJob) -> None:
        if not slot.is_set_up:
            slot.worker.connection.send_bytes(pickle.dumps(self.setup))
        slot.worker.connection.send_bytes(queued.message)
        slot.is_set_up = True
        slot.queued = queued.begun()

    def _receive(self, slot: _Slot) -> None:
        try:
            message = slot.worker.connection.recv_bytes()
        except (OSError, EOFError):
            self._handle_death(slot)
            return
        queued, slot.queued = slot.queued, None
        if queued is not None:
            queued.finish(message, on_finished=self.on_finished)

    def _handle_death(self, slot: _Slot) -> None:
        """The worker died by itself: its job, if any, is a crash."""
        code = slot.worker.exit_code()
        if code is None:
            slot.worker.kill()
        queued, slot.queued = slot.queued, None
        if queued is not None:
            queued.fail("crash", _death_message(code), traceback=slot.worker.last_output())
        self._remove(slot)

    def _end_job(self, slot: _Slot, kind: FailureKind, message: str) -> None:
        self._kill(slot, kind, message)
        self._remove(slot)

    def _kill(self, slot: _Slot, kind: FailureKind, message: str) -> None:
        slot.worker.kill()
        queued, slot.queued = slot.queued, None
        if queued is not None:
            queued.fail(kind, message)

    def _remove(self, slot: _Slot) -> None:
        slot.worker.release()
        self._slots.remove(slot)


def _death_message(code: int | None) -> str:
    if code is None:
        return "The worker is gone, and so is the server that could tell how."
    if code >= 0:
        return f"The worker ended itself with exit code {code}."
    name = signal.Signals(-code).name
    hint = " Perhaps the machine ran out of memory." if name == "SIGKILL" else ""
    return f"The worker was killed by {name}.{hint}"
