"""The conditions under which a search ends."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from assay.core.clock import Deadline


class Interrupt(Protocol):
    """Set when the user has asked to stop."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class StopRule:
    """When the search ends. freeze: returns the moment after which nothing may run, as known now.

    patience: seconds without a gain after which it ends; inf: it uses all its time.
    """

    exact: bool
    experiments: int | None
    freeze: Callable[[], Deadline]
    patience: float
    interrupt: Interrupt
