"""The contract of executors, as checks for authors of plug-ins.

`make` returns a new executor for a run function named "module:function". `check_executor(make)` runs everything;
`CHECKS` and `ISOLATION_CHECKS` are the single checks, for pytest.mark.parametrize. A check closes what it makes.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from assay.core.clock import Deadline
from assay.core.job import Executor
from assay.core.result import Failure
from assay.testing.jobs import RUN, job_that

MakeExecutor = Callable[[str], Executor]
Check = Callable[[MakeExecutor], None]

_PATIENCE_SECONDS = 20.0


def check_executor(make: MakeExecutor, *, isolates: bool) -> None:
    """Run all checks; AssertionError at the first that fails. isolates: jobs run in processes that may be killed."""
    for check in (*CHECKS, *(ISOLATION_CHECKS if isolates else ())):
        check(make)


def check_outcomes_belong_to_their_jobs(make: MakeExecutor) -> None:
    """Each future gives the outcome of its own job, also when more are submitted than there are workers."""
    with _closing(make(RUN)) as executor:
        assert executor.workers >= 1
        futures = [executor.submit(job_that("answer", fold=fold), deadline=Deadline()) for fold in range(20)]
        assert [future.result(_PATIENCE_SECONDS) for future in futures] == [("answer", fold) for fold in range(20)]


def check_an_exception_is_a_failure(make: MakeExecutor) -> None:
    """An exception in a job gives kind "error", its message, its traceback, its fold, and its step if it names one."""
    with _closing(make(RUN)) as executor:
        failure = _failure(executor, "raise", fold=3)
    assert (failure.kind, failure.step, failure.fold) == ("error", "impute", 3)
    assert "column 'age' is empty" in failure.message
    assert "_raise" in failure.traceback


def check_leaving_the_interpreter_is_a_failure(make: MakeExecutor) -> None:
    """A job that calls sys.exit ends itself only."""
    with _closing(make(RUN)) as executor:
        assert _failure(executor, "exit").kind == "error"
        _must_still_work(executor)


def check_no_memory_is_a_failure_of_its_own_kind(make: MakeExecutor) -> None:
    """A MemoryError gives kind "memory"."""
    with _closing(make(RUN)) as executor:
        assert _failure(executor, "raise MemoryError").kind == "memory"


def check_what_cannot_be_done_in_time_is_a_failure_of_its_own_kind(make: MakeExecutor) -> None:
    """A TimeoutError, which a model raises before it begins what would be late, gives kind "time" and its message."""
    with _closing(make(RUN)) as executor:
        failure = _failure(executor, "raise TimeoutError", fold=2)
    assert (failure.kind, failure.fold, failure.traceback) == ("time", 2, "")
    assert failure.message == "a linear model needs about 9 s, and 2 s are left"


def check_a_run_that_cannot_be_imported_is_a_failure(make: MakeExecutor) -> None:
    """When the run function is missing, each job fails with that message."""
    with _closing(make("assay.testing.jobs:no_such_function")) as executor:
        failure = _failure(executor, "answer")
    assert failure.kind == "error"
    assert "no_such_function" in failure.message


def check_a_job_without_time_never_starts(make: MakeExecutor) -> None:
    """A job whose deadline is over gives kind "time" and leaves no trace."""
    with _closing(make(RUN)) as executor, TemporaryDirectory() as folder:
        job = job_that("answer", folder=Path(folder))
        failure = executor.submit(job, deadline=Deadline.after(-1.0)).result(_PATIENCE_SECONDS)
        assert isinstance(failure, Failure)
        assert failure.kind == "time"
        assert not list(Path(folder).iterdir())


def check_warnings_are_not_shown(make: MakeExecutor) -> None:
    """Warnings of libraries never reach the caller, whose filters may turn them into errors."""
    with warnings.catch_warnings(), _closing(make(RUN)) as executor:
        warnings.simplefilter("error")
        assert _outcome(executor, "warn") == "warned"


def check_a_closed_executor_refuses_by_failure(make: MakeExecutor) -> None:
    """Closing waits for what was submitted; later jobs are Failures; closing twice does nothing."""
    executor = make(RUN)
    future = executor.submit(job_that("answer"), deadline=Deadline())
    executor.close()
    assert future.result(0) == ("answer", 0)
    assert "closed" in _failure(executor, "answer").message
    executor.close(now=True)


def check_a_crash_harms_nobody_else(make: MakeExecutor) -> None:
    """A segmentation fault is a Failure of kind "crash" that names the signal; a job beside it ends well."""
    with _closing(make(RUN)) as executor:
        crash = executor.submit(job_that("crash"), deadline=Deadline())
        beside = executor.submit(job_that("answer", fold=1), deadline=Deadline())
        failure = crash.result(_PATIENCE_SECONDS)
        assert isinstance(failure, Failure)
        assert failure.kind == "crash"
        assert "SIGSEGV" in failure.message
        assert beside.result(_PATIENCE_SECONDS) == ("answer", 1)
        _must_still_work(executor)


def check_a_worker_that_exits_is_a_crash(make: MakeExecutor) -> None:
    """os._exit in a job is a Failure of kind "crash" with the exit code, however often it happens."""
    with _closing(make(RUN)) as executor:
        for _ in range(5):
            failure = _failure(executor, "exit hard")
            assert (failure.kind, "exit code 3" in failure.message) == ("crash", True)
        _must_still_work(executor)


def check_a_deadline_stops_what_cannot_be_interrupted(make: MakeExecutor) -> None:
    """A job inside C code that ignores signals ends at its deadline; jobs beside and after it run."""
    with _closing(make(RUN)) as executor, TemporaryDirectory() as folder:
        deaf = job_that("spin in C", folder=Path(folder))
        late = executor.submit(deaf, deadline=Deadline.after(0.5))
        while not late.done():
            _must_still_work(executor)
        failure = late.result(0)
        assert isinstance(failure, Failure)
        assert (failure.kind, failure.fold) == ("time", 0)
        _must_still_work(executor)


def check_a_job_gets_its_time_from_when_it_begins(make: MakeExecutor) -> None:
    """A job is killed `hard_seconds` after it begins; what it waited before that is not counted."""
    with _closing(make(RUN), now=True) as executor, TemporaryDirectory() as folder:
        jobs = [job_that("spin in C", folder=Path(folder), fold=fold) for fold in range(executor.workers)]
        deaf = [executor.submit(replace(job, hard_seconds=0.5), deadline=Deadline()) for job in jobs]
        answer = replace(job_that("answer"), hard_seconds=0.4)
        queued = executor.submit(answer, deadline=Deadline())
        assert queued.result(_PATIENCE_SECONDS) == ("answer", 0)
        failures = [future.result(_PATIENCE_SECONDS) for future in deaf]
    assert [isinstance(failure, Failure) and failure.kind for failure in failures] == ["time"] * len(deaf)


def check_a_queued_job_keeps_its_deadline(make: MakeExecutor) -> None:
    """A deadline is a moment: it also ends a job that waits behind others."""
    with _closing(make(RUN), now=True) as executor, TemporaryDirectory() as folder:
        for fold in range(executor.workers):
            executor.submit(job_that("spin", folder=Path(folder), fold=fold), deadline=Deadline())
        queued = executor.submit(job_that("answer"), deadline=Deadline.after(0.2))
        failure = queued.result(_PATIENCE_SECONDS)
        assert isinstance(failure, Failure)
        assert failure.kind == "time"


def check_closing_now_ends_what_runs(make: MakeExecutor) -> None:
    """close(now=True) does not wait: what runs or waits becomes a Failure."""
    executor = make(RUN)
    with TemporaryDirectory() as folder:
        jobs = [job_that("spin", folder=Path(folder), fold=fold) for fold in range(executor.workers + 1)]
        futures = [executor.submit(job, deadline=Deadline()) for job in jobs]
        wait_for_files(Path(folder), executor.workers)
        executor.close(now=True)
    assert all(isinstance(future.result(0), Failure) for future in futures)


def check_an_outcome_that_cannot_travel_is_a_failure(make: MakeExecutor) -> None:
    """An outcome that cannot be pickled gives kind "error"."""
    with _closing(make(RUN)) as executor:
        assert _failure(executor, "answer badly").kind == "error"
        _must_still_work(executor)


CHECKS: tuple[Check, ...] = (
    check_outcomes_belong_to_their_jobs,
    check_an_exception_is_a_failure,
    check_leaving_the_interpreter_is_a_failure,
    check_no_memory_is_a_failure_of_its_own_kind,
    check_what_cannot_be_done_in_time_is_a_failure_of_its_own_kind,
    check_a_run_that_cannot_be_imported_is_a_failure,
    check_a_job_without_time_never_starts,
    check_warnings_are_not_shown,
    check_a_closed_executor_refuses_by_failure,
)
ISOLATION_CHECKS: tuple[Check, ...] = (
    check_a_crash_harms_nobody_else,
    check_a_worker_that_exits_is_a_crash,
    check_a_deadline_stops_what_cannot_be_interrupted,
    check_a_job_gets_its_time_from_when_it_begins,
    check_a_queued_job_keeps_its_deadline,
    check_closing_now_ends_what_runs,
    check_an_outcome_that_cannot_travel_is_a_failure,
)


def wait_for_files(folder: Path, n: int) -> tuple[Path, ...]:
    """The notes jobs leave when they have started, once there are n; AssertionError after 20 s."""
    deadline, pause = Deadline.after(_PATIENCE_SECONDS), Event()
    while len(found := sorted(folder.glob("started-*"))) < n:
        assert not deadline.is_over, f"{len(found)} of {n} jobs started."
        pause.wait(0.01)
    return tuple(found)


@contextmanager
def _closing(executor: Executor, *, now: bool = False) -> Iterator[Executor]:
    try:
        yield executor
    finally:
        executor.close(now=now)


def _outcome(executor: Executor, action: str, *, fold: int = 0) -> object:
    return executor.submit(job_that(action, fold=fold), deadline=Deadline()).result(_PATIENCE_SECONDS)


def _failure(executor: Executor, action: str, *, fold: int = 0) -> Failure:
    outcome = _outcome(executor, action, fold=fold)
    assert isinstance(outcome, Failure), outcome
    return outcome


def _must_still_work(executor: Executor) -> None:
    assert _outcome(executor, "answer", fold=7) == ("answer", 7)
