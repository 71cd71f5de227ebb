"""Executor in the calling thread: for tiny tables, scikit-learn's checks, and tests."""

from collections import Counter
from concurrent.futures import Future

from assay.core.clock import Deadline
from assay.core.job import Job, WorkerOptions
from assay.core.result import Failure
from assay.core.scratch import sweep
from assay.execute import register
from assay.execute.job_exceptions import Run, guarded
from assay.execute.worker import importing


@register("inline")
class InlineExecutor:
    """Runs a job within `submit`, which returns a finished future. run: as for LocalExecutor.

    It cannot interrupt: a late job still ends, and a crash takes the caller with it. A job whose deadline is over
    before it starts is a Failure of kind "time", as in other executors.
    """

    def __init__(self, run: str | Run) -> None:
        self._run = importing(run) if isinstance(run, str) else run
        self._closed = False
        sweep()  # what a run that was killed left in the temporary folder
        self._warned: Counter[str] = Counter()

    @classmethod
    def start(cls, options: WorkerOptions) -> "InlineExecutor":
        return cls(options.run)

    @property
    def workers(self) -> int:
        return 1

    @property
    def warned(self) -> dict[str, int]:
        """How many warnings of each class the jobs caused so far."""
        return dict(self._warned)

    def submit(self, job: Job, *, deadline: Deadline) -> "Future[object]":
        future: Future[object] = Future()
        if self._closed:
            future.set_result(Failure(kind="error", step="", message="The executor is closed.", fold=job.fold))
        elif deadline.is_over:
            future.set_result(Failure(kind="time", step="", message="Out of time before it started.", fold=job.fold))
        else:
            finished = guarded(self._run, job)
            self._warned.update(finished.warned)
            future.set_result(finished.outcome)
        return future

    def hurry(self, deadline: Deadline) -> None:
        """No effect, as jobs have ended when submit returns."""

    def close(self, *, now: bool = False) -> None:
        """Take no more jobs; `now` has no effect, as none is running."""
        self._closed = True
