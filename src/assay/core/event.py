"""Events of a running search, for progress displays; nothing waits for their listeners."""

from dataclasses import dataclass
from typing import Literal

from assay.core.figure import Difference, Figure
from assay.core.task import Notice, Task

Status = Literal["kept", "dropped", "repeat", "stopped early", "failed", "not ended", "running", "asked", "void"]
"""Result of an experiment. "not ended": its session ended before it; a later one continues it. "kept": better than the
champion of its time by the rules of evidence.judge and search.confirmation, or the first; "repeat": a known recipe on
other folds, which is never kept; "void": a person took it out of the lineage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The task as understood, before anything is fitted; class_rows: rows of each class, if counted; set_aside: rows in
    a vault, which are not among the task's."""

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
    """The smallest gain these rows can show; method: how it was found. claimable: the smallest gain a vault can let
    claim.

    is_planned: computed from the number of rows; once experiments are compared it is measured, and announced again.
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
    """A finished experiment."""

    elapsed_seconds: float
    number: int
    what: str
    status: Status
    score: Figure | None
    against: Difference | None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A warning."""

    elapsed_seconds: float
    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Finishing:
    """The search is over; message: the current step."""

    elapsed_seconds: float
    message: str


Event = Understood | NoiseKnown | Progress | Scored | Noted | Finishing
