"""The boundary at which any exception of a job becomes a Failure."""

import errno
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from assay.core.job import Job
from assay.core.result import Failure

Run = Callable[[Job], object]

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_NO_MEMORY = ("bad_alloc", "cannot allocate memory", "out of memory")
"""Messages of C++ libraries for what Python calls a MemoryError."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """Result of a job: its outcome or a Failure, and the number of warnings of each class."""

    outcome: object
    warned: Mapping[str, int] = field(default_factory=dict)


def guarded(run: Run, job: Job) -> RunOutcome:
    """Run the job. No exception passes but KeyboardInterrupt; warnings are counted, not printed."""
    with _counting() as warned:
        try:
            outcome = run(job)
        except (Exception, SystemExit) as error:  # the only broad catch (STYLE 13): the loop learns from the Failure
            outcome = failure_of(error, job)
    return RunOutcome(outcome, dict(warned))


def failure_of(error: BaseException, job: Job) -> Failure:
    """The Failure for an exception. Its `step` is the exception's attribute of that name, if there is one."""
    if isinstance(error, TimeoutError):  # a model's own "that cannot be done in time": no fault, nothing to trace
        return Failure(kind="time", step=_step(error), message=str(error), fold=job.fold)
    if isinstance(error, OSError) and error.errno in _NO_SPACE:
        said = error.strerror or str(error)
        return Failure(kind="disk", step=_step(error), message=said, fold=job.fold)
    text = f"{type(error).__name__}: {error}"
    is_memory = isinstance(error, MemoryError) or any(words in text.lower() for words in _NO_MEMORY)
    return Failure(
        kind="memory" if is_memory else "error",
        step=_step(error),
        message=text,
        fold=job.fold,
        traceback="".join(traceback.format_exception(error)),
    )


def _step(error: BaseException) -> str:
    step = getattr(error, "step", "")
    return step if isinstance(step, str) else ""


@contextmanager
def _counting() -> Iterator[Counter[str]]:
    warned: Counter[str] = Counter()

    def count(message: Warning | str, category: type[Warning], *_place: object, **_source: object) -> None:
        warned[category.__name__] += 1

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = count
        yield warned
