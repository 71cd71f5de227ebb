"""Memory that processes use, and the check before a job starts, as a job killed half-way has wasted its time and,
maybe, that of others."""

from collections.abc import Callable
from dataclasses import dataclass

from assay.core.job import Job


def memory_bytes(pid: int, *, above: int = 0) -> int:
    """Bytes that would be free if the process ended: its share of shared pages (PSS; if unavailable, unshared bytes).

    Forked workers share hundreds of megabytes of libraries, which the resident size counts once per worker. But it is
    100 times cheaper to read and never smaller, so it is the result when it is not `above`. 0: no such process.
    """
    import psutil

    try:
        process = psutil.Process(pid)
        resident = int(process.memory_info().rss)
        if resident <= above:
            return resident
        full = process.memory_full_info()
    except psutil.NoSuchProcess:
        return 0
    return int(getattr(full, "pss", 0) or full.uss)


KEPT_FREE_BYTES = 100_000_000
"""Reserved for the main process, which records and blends meanwhile."""
DOUBT = 3.0
"""Least share of the expected bytes that a job may really need: trees of many well separated classes have a third of
the expected leaves [measured]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryBudget:
    """needs: bytes a job is expected to use at its peak, 0 if unknown. free: bytes available.

    kept_free: bytes of these that no job may use. doubt: least share of the expected bytes a job may really need: a job
    beside others must fit by the expectation, one alone is refused only if even this share does not fit.
    """

    needs: Callable[[Job], int]
    free: Callable[[], int]
    kept_free: int = KEPT_FREE_BYTES
    doubt: float = DOUBT

    @property
    def left(self) -> int:
        """Bytes available to jobs, at least 0."""
        return max(0, self.free() - self.kept_free)
