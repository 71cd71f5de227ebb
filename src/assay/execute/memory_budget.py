"""Memory that a job must find before it starts: one that is killed half-way has cost its time and, maybe, others'."""

from collections.abc import Callable
from dataclasses import dataclass

from assay.core.contract import Job

KEPT_FREE_BYTES = 100_000_000
"""For the main process, which records and blends meanwhile."""
DOUBT = 3.0
"""Trees of many well separated classes have a third of the leaves that are expected of so many rows [measured]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryBudget:
    """needs: bytes a job is expected to use at its peak, 0 where nobody can tell. free: bytes that can still be used.

    kept_free: bytes of these that no job may count on. doubt: how many times less than expected a job may turn out to
    need: beside others nobody relies on that, but what runs alone is refused only where even this is too much.
    """

    needs: Callable[[Job], int]
    free: Callable[[], int]
    kept_free: int = KEPT_FREE_BYTES
    doubt: float = DOUBT

    @property
    def left(self) -> int:
        """Bytes jobs may still use, at least 0."""
        return max(0, self.free() - self.kept_free)
