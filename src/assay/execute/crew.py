"""The workers of one executor and what each is doing. Used by one thread."""

import pickle
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection

from assay.core.clock import Deadline
from assay.core.contract import Job
from assay.core.result import Failure, FailureKind
from assay.execute.guard import Ran, failure_of
from assay.execute.process import Starter, StarterError, WorkerProcess
from assay.execute.room import Room
from assay.execute.watch import memory_bytes
from assay.execute.worker import STOP, Orders

_MOST_STILLBORN = 1
"""New workers that may be dead before their first job; then it is no accident."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Task:
    """A submitted job: what is sent, and whom to tell.

    order: how many were submitted before it. needs_bytes: what it is expected to use (Room), 0 where nobody can tell.
    """

    job: Job
    message: bytes
    deadline: Deadline
    future: "Future[object]"
    order: int = 0
    needs_bytes: int = 0

    def begins(self) -> bool:
        """Whether it is wanted; from now on it cannot be cancelled. May be asked again of one that had to wait."""
        return self.future.running() or self.future.set_running_or_notify_cancel()

    def due_by(self, deadline: Deadline) -> "Task":
        """The same task with the earlier of two deadlines."""
        return self if self.deadline.at <= deadline.at else replace(self, deadline=deadline)

    def begun(self) -> "Task":
        """The same task with the deadline it has once it begins now."""
        return self.due_by(Deadline.after(self.job.hard_seconds, self.deadline.clock))

    def settle(self, message: bytes, *, told: Callable[[Ran], None]) -> None:
        """End it with the answer of a worker."""
        try:
            ran: Ran = pickle.loads(message)  # noqa: S301 - from our own worker
        except Exception as error:  # unpickling runs the outcome's own code: it belongs to the job's boundary
            ran = Ran(failure_of(error, self.job))
        told(ran)
        self.future.set_result(ran.outcome)

    def fail(self, kind: FailureKind, message: str, *, traceback: str = "") -> None:
        """End it as a Failure."""
        self.future.set_result(Failure(kind=kind, step="", message=message, fold=self.job.fold, traceback=traceback))


@dataclass(slots=True, eq=False)
class _Seat:
    worker: WorkerProcess
    task: Task | None = None
    has_orders: bool = False


@dataclass(eq=False, kw_only=True)
class Crew:
    """At most `size` workers, started when there is work for them, replaced when they die.

    memory_bytes: limit of a worker whose job names none, 0 for none. room: None: jobs start whatever they may need.
    """

    starter: Starter
    orders: Orders
    size: int
    memory_bytes: int
    told: Callable[[Ran], None]
    room: Room | None = None
    _seats: list[_Seat] = field(default_factory=list)

    @property
    def is_busy(self) -> bool:
        return any(seat.task for seat in self._seats)

    @property
    def has_seat(self) -> bool:
        """Whether a task could be handed out now."""
        return len(self._seats) < self.size or any(seat.task is None for seat in self._seats)

    def signs(self) -> Iterator[Connection]:
        """What becomes readable when there is something to collect."""
        for seat in self._seats:
            yield seat.worker.connection
            yield seat.worker.ended

    def nearest_deadline(self) -> float:
        """Seconds until the first running task is out of time."""
        return min((seat.task.deadline.left for seat in self._seats if seat.task), default=float("inf"))

    def lacking(self, task: Task) -> int:
        """Bytes that are not free of those the task needs, beside what running ones are yet to take; 0: it fits."""
        if self.room is None or not task.needs_bytes:
            return 0
        left = self.room.left
        running = [(seat.worker.pid, seat.task.needs_bytes) for seat in self._seats if seat.task]
        if task.needs_bytes + sum(needs for _, needs in running) <= left:
            return 0  # whatever these have taken by now: looking that up costs milliseconds
        promised = sum(max(0, needs - memory_bytes(pid)) for pid, needs in running if needs)
        return max(0, task.needs_bytes + promised - left)

    def surely_lacking(self, task: Task) -> int:
        """Bytes that are not free of those the task is expected to need, where nothing runs; 0: it may well fit."""
        if self.room is None or task.needs_bytes <= self.room.doubt * (left := self.room.left):
            return 0
        return task.needs_bytes - left

    def hand_out(self, task: Task) -> None:
        """Give the task to an idle or a new worker. StarterError when none starts, or new ones die at once."""
        stillborn = 0
        while True:
            seat = self._idle_seat()
            try:
                self._send(seat, task)
            except OSError as error:  # it died idle, before it saw the task
                stillborn += not seat.has_orders
                said = seat.worker.last_words()
                self._dismiss(seat)
                if stillborn > _MOST_STILLBORN:
                    raise StarterError(f"New workers end at once. The last said: {said or 'nothing'}") from error
            else:
                return

    def collect(self) -> None:
        """Pass on every answer that is there, and the failures of workers that died."""
        for seat in tuple(self._seats):
            if seat.worker.connection.poll(0):
                self._hear(seat)
            elif seat.worker.ended.poll(0):
                self._bury(seat)

    def hurry(self, deadline: Deadline, *, until: int) -> None:
        """Move the deadline of running tasks forward, of those submitted up to a certain order."""
        for seat in self._seats:
            if seat.task and seat.task.order <= until:
                seat.task = seat.task.due_by(deadline)

    def enforce_deadlines(self) -> None:
        """Kill the workers of tasks that are out of time."""
        for seat in tuple(self._seats):
            if seat.task and seat.task.deadline.is_over:
                self._end_task(seat, "time", "Killed at its hard deadline.")

    def enforce_memory(self) -> None:
        """Kill the largest worker above its limit; the others may fit once its memory is free."""
        above = [
            (size, limit, seat)
            for seat in self._seats
            if (limit := self._limit(seat)) and (size := memory_bytes(seat.worker.pid, above=limit)) > limit
        ]
        if above:
            size, limit, seat = max(above, key=lambda found: found[0])
            said = f"Killed: it used {size / 1e6:,.0f} MB, above its {limit / 1e6:,.0f} MB."
            self._kill(seat, "memory", said)
            self._bid_farewell(seat)  # what it used is free when it is gone, and the next may need it

    def end(self, *, why: str) -> None:
        """End all workers: the idle ones by themselves, the busy ones at once, their tasks as failures.

        Waits until they are gone: what a killed one holds is held until then.
        """
        for seat in self._seats:
            if seat.task:
                self._kill(seat, "time", why)
        self.rest()

    def rest(self) -> None:
        """End the idle workers, and wait until they are gone with all that they keep from earlier jobs."""
        idle = [seat for seat in self._seats if seat.task is None]
        for seat in idle:
            with suppress(OSError):  # it has died already
                seat.worker.connection.send_bytes(STOP)
        for seat in idle:
            self._bid_farewell(seat)

    def _bid_farewell(self, seat: _Seat) -> None:
        """Wait until a worker that was told to end, or killed, is gone; kill it if it does not go."""
        if seat.worker.exit_code() is None:
            seat.worker.kill()
        self._dismiss(seat)

    def _limit(self, seat: _Seat) -> int:
        return (seat.task.job.memory_bytes or self.memory_bytes) if seat.task else 0

    def _idle_seat(self) -> _Seat:
        for seat in self._seats:
            if seat.task is None:
                return seat
        self._seats.append(_Seat(self.starter.start()))
        return self._seats[-1]

    def _send(self, seat: _Seat, task: Task) -> None:
        if not seat.has_orders:
            seat.worker.connection.send_bytes(pickle.dumps(self.orders))
        seat.worker.connection.send_bytes(task.message)
        seat.has_orders = True
        seat.task = task.begun()

    def _hear(self, seat: _Seat) -> None:
        try:
            message = seat.worker.connection.recv_bytes()
        except (OSError, EOFError):
            self._bury(seat)
            return
        task, seat.task = seat.task, None
        if task is not None:
            task.settle(message, told=self.told)

    def _bury(self, seat: _Seat) -> None:
        """The worker has died by itself: its task, if any, is a crash."""
        code = seat.worker.exit_code()
        if code is None:
            seat.worker.kill()
        task, seat.task = seat.task, None
        if task is not None:
            task.fail("crash", _obituary(code), traceback=seat.worker.last_words())
        self._dismiss(seat)

    def _end_task(self, seat: _Seat, kind: FailureKind, message: str) -> None:
        self._kill(seat, kind, message)
        self._dismiss(seat)

    def _kill(self, seat: _Seat, kind: FailureKind, message: str) -> None:
        seat.worker.kill()
        task, seat.task = seat.task, None
        if task is not None:
            task.fail(kind, message)

    def _dismiss(self, seat: _Seat) -> None:
        seat.worker.release()
        self._seats.remove(seat)


def _obituary(code: int | None) -> str:
    if code is None:
        return "The worker is gone, and so is the server that could tell how."
    if code >= 0:
        return f"The worker ended itself with exit code {code}."
    name = signal.Signals(-code).name
    hint = " Perhaps the machine ran out of memory." if name == "SIGKILL" else ""
    return f"The worker was killed by {name}.{hint}"
