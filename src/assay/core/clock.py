"""Time as values: clocks, deadlines, limits, budgets."""

import math
import time
from dataclasses import dataclass
from typing import Protocol

from assay.core.errors import UsageError


class Clock(Protocol):
    """A monotonic clock in seconds, shared by all processes of one machine."""

    def now(self) -> float: ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's monotonic clock; on Linux its zero is the same in every process."""

    def now(self) -> float:
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on a clock; `at` is infinite without a limit. Pickled without its clock."""

    at: float = math.inf
    clock: Clock = SystemClock()

    @classmethod
    def after(cls, seconds: float, clock: Clock | None = None) -> "Deadline":
        clock = clock or SystemClock()
        return cls(clock.now() + seconds, clock)

    @property
    def left(self) -> float:
        """Seconds until the deadline, negative once it is over."""
        return self.at - self.clock.now()

    @property
    def is_over(self) -> bool:
        return self.left <= 0

    def earlier(self, seconds: float) -> "Deadline":
        """The same deadline moved forward by some seconds of reserve."""
        return Deadline(self.at - seconds, self.clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Resources of one fit; checked in the innermost loop. memory_bytes 0 means not limited."""

    deadline: Deadline = Deadline()
    memory_bytes: int = 0
    threads: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Resources of a search: seconds of wall clock, or a number of experiments (then no decision reads a clock)."""

    seconds: float = math.inf
    experiments: int | None = None

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise UsageError(
                f"A time limit of {self.seconds:g} s leaves no time. Give at least 1 s, e.g. --time-limit 60s."
            )
        if self.experiments is not None and self.experiments < 1:
            raise UsageError(
                f"A search cannot run {self.experiments} experiments. Give at least 1, e.g. --experiments 20."
            )

    @property
    def is_exact(self) -> bool:
        """Whether the run must not depend on any clock."""
        return self.experiments is not None and math.isinf(self.seconds)
