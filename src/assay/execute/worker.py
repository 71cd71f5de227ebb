"""The worker process: receives a job, runs it, sends its result."""

import ctypes
import faulthandler
import importlib
import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread

from assay.core.job import Job
from assay.execute.job_exceptions import Run, RunOutcome, failure_of, guarded

STOP = b""
"""The message that ends a worker."""

_PARENT_CHECK_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1
_OOM_SCORE = "500"
"""From -1000, never ended, to 1000, ended first; a process has 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSetup:
    """The first message to a worker: the function that runs jobs, as "module:name", and the import path."""

    run: str
    import_path: tuple[str, ...]
    folder: str


def work(connection: Connection, *, log: int, parent: int) -> None:
    """Run jobs until the connection ends. `log` is a file for all output, `parent` the process not to outlive."""
    _end_with(parent)
    _prefer_for_oom_kill()
    os.dup2(log, 1)
    os.dup2(log, 2)
    faulthandler.enable(2, all_threads=False)
    try:
        setup: WorkerSetup = pickle.loads(connection.recv_bytes())  # noqa: S301 - from our own parent
        sys.path[:] = setup.import_path
        with suppress(FileNotFoundError):  # removed, maybe meanwhile: a lab elsewhere needs nothing there
            os.chdir(setup.folder)
        run = importing(setup.run)
        while (message := connection.recv_bytes()) != STOP:
            _forget_output()
            connection.send_bytes(_answer(run, message))
    except (EOFError, ConnectionError):  # the main process is gone or has closed: nobody waits for an answer
        return


def _answer(run: Run, message: bytes) -> bytes:
    job: Job = pickle.loads(message)  # noqa: S301 - from our own parent
    finished = guarded(run, job)
    try:
        return pickle.dumps(finished)
    except Exception as error:  # pickling runs the outcome's own code: it belongs to the job's boundary
        return pickle.dumps(RunOutcome(failure_of(error, job), finished.warned))


def importing(name: str) -> Run:
    """The function of that name, imported by the first job, so that a failed import is that job's Failure."""

    def run(job: Job) -> object:
        return resolve(name)(job)

    return run


def resolve(name: str) -> Callable[[Job], object]:
    """The function of a "module:name"; names may be dotted."""
    module, _, path = name.partition(":")
    found: object = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{name} is not a function.")
    return found


def _forget_output() -> None:
    """Truncate the log, so that it stays small and holds one job's output when the worker dies."""
    os.ftruncate(1, 0)
    os.lseek(1, 0, os.SEEK_SET)


def _end_with(parent: int) -> None:
    """End this process with its parent."""
    if sys.platform == "win32":
        return
    if sys.platform == "linux":  # at once, even while a library holds the interpreter's lock
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    Thread(target=_watch, args=(parent,), daemon=True, name="assay-parent-watch").start()


def _prefer_for_oom_kill() -> None:
    """Make the system's out-of-memory killer choose this process before the main one."""
    with suppress(OSError):  # not on Linux, or already as ready to go as may be
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)


def _watch(parent: int) -> None:
    pause = Event()
    while os.getppid() == parent:
        pause.wait(_PARENT_CHECK_SECONDS)
    os.killpg(0, signal.SIGKILL)
