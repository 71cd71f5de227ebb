"""The conditions under which a search ends, and whether it still gains.

Limits become deadlines in lab/run_session.py; time_reserve.py keeps time for the end; execute/worker_pool.py kills what
is late.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from assay.core.array import AnyArray
from assay.core.clock import Deadline
from assay.search.score_goal import ScoreGoal
from assay.search.session_limits import AtPlateau

FEWEST = 8
"""Experiments that must have ended without a gain, however long they took."""
KEPT = 16
"""Moments kept, each a prediction of all rows. Of more every second one is dropped, the newest last."""


@dataclass
class PlateauDetector:
    """The blend's predictions at moments of a session, in seconds, and when the last FEWEST experiments ended."""

    blends: list[tuple[float, AnyArray]] = field(default_factory=list)
    ended: "deque[float]" = field(default_factory=lambda: deque(maxlen=FEWEST))

    def note(self, seconds: float, blend: AnyArray | None) -> None:
        """An experiment ended; blend: the new blend's predictions, None where it did not move."""
        if self.blends or blend is not None:  # what ends before there is a blend cannot move it
            self.ended.append(seconds)
        if blend is not None:
            self.blends.append((seconds, blend))
        if len(self.blends) > KEPT:
            self.blends = self.blends[::-1][::2][::-1]

    def span(self, seconds: float, window: float) -> tuple[AnyArray, AnyArray] | None:
        """The blend before a window of seconds that has FEWEST experiments, and now; None before so many, or so long.

        Between two kept moments the older one stands for both, so that a search never appears flat too early.
        """
        since = self.since(seconds, window)
        before = [] if since is None else [blend for at, blend in self.blends if at < since]
        return (before[-1], self.blends[-1][1]) if before else None

    def since(self, seconds: float, window: float) -> float | None:
        """When that window began, in seconds of the session; None before FEWEST experiments ended."""
        return min(seconds - window, self.ended[0]) if len(self.ended) == FEWEST else None


class Interrupt(Protocol):
    """Set when the user has asked to stop."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True, kw_only=True)
class StopRule:
    """When the search ends. freeze: returns the moment after which nothing may run, as known now.

    patience: seconds without a gain after which it is at a plateau; inf: never. at_plateau: what follows. until: the
    end of this session, part of what `freeze` says but in an exact run, which reads no other clock. has_until: whether
    that comes before the end of the budget.
    """

    exact: bool
    experiments: int | None
    freeze: Callable[[], Deadline]
    patience: float
    interrupt: Interrupt
    until: Deadline = field(default=Deadline())
    has_until: bool = False
    goal: ScoreGoal | None = None
    at_plateau: AtPlateau = "stop"
