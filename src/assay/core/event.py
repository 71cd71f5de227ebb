"""What the loop announces while it runs; the terminal draws it, nothing waits for them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from assay.core.figure import Difference, Figure
from assay.core.task import Notice, Task

Status = Literal["kept", "dropped", "repeat", "stopped early", "failed", "not ended", "running", "asked"]
"""What became of an experiment. "not ended": its session came to an end before it did; a later one goes on with it.
"kept": better than the champion of its time by what evidence.judge and lab.confirm ask, or the first; "repeat": a
known recipe on other folds, which is never kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The question as Assay read it, before anything is fitted; class_rows: rows of each class, if counted;
    set_aside: rows in a vault, which are not among the task's.
    """

    task: Task
    lab: str
    is_new: bool
    continued_at: int | None
    read_seconds: float
    class_rows: tuple[int, ...] = ()
    metric_title: str = ""
    set_aside: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseKnown:
    """How small a gain these rows can show; method says how it is known. claimable: what a vault can let claim.

    is_planned: told from the number of rows alone; once experiments are compared it is measured, and told again.
    """

    sigma: float
    detectable: float
    method: str
    claimable: float | None = None
    is_planned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One experiment in the small chart; score None when it failed or was stopped."""

    number: int
    score: float | None
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A snapshot for the live display; times in seconds, `running` and `next` are ready lines."""

    elapsed_seconds: float
    limit_seconds: float | None
    experiments: int
    expected_experiments: int
    kept: int
    dropped: int
    stopped_early: int
    failed: int
    best: Figure | None
    best_number: int | None
    best_what: str
    baseline_number: int | None
    running: tuple[str, ...]
    next: tuple[str, ...]
    dots: tuple[Dot, ...]
    higher_is_better: bool
    stage: Literal["search", "finish"]
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """An experiment has ended. side: "a" or "b" of twin labs, whose experiments have numbers of their own; else ""."""

    elapsed_seconds: float
    number: int
    what: str
    status: Status
    score: Figure | None
    against: Difference | None
    detail: str = ""
    side: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A warning worth a line."""

    elapsed_seconds: float
    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Finishing:
    """The search is over; what is done now."""

    elapsed_seconds: float
    message: str


Event = Understood | NoiseKnown | Progress | Scored | Noted | Finishing
Listener = Callable[[Event], None]
