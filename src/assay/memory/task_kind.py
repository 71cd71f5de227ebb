"""What kind of task a lab was about, in numbers that say nothing of its cells, its names or its file."""

import math
from dataclasses import dataclass

from assay.core.schema import Facts

MOST_SKEW = 5.0
OTHER_PROBLEM, OTHER_METRIC = 1.5, 0.3
"""Distances of tasks of another problem, and of another metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskKind:
    """Meta-features. numeric, category, dates, text: numbers of columns; minority: share of the rarest class (numbers:
    1); missing: share of cells; skew: of a target of numbers, else 0."""

    problem: str
    metric: str
    rows: int
    numeric: int
    category: int
    dates: int
    text: int
    classes: int = 0
    minority: float = 1.0
    missing: float = 0.0
    skew: float = 0.0

    @classmethod
    def of(cls, facts: Facts) -> "TaskKind":
        return cls(
            problem=facts.problem.name, metric=facts.metric, rows=facts.n_rows, numeric=facts.n_numeric,
            category=facts.n_category, dates=facts.n_dates, text=facts.n_text, classes=facts.n_classes,
            minority=round(facts.minority / max(facts.n_rows, 1), 3), missing=round(facts.missing_share, 3),
            skew=round(facts.target_skew, 2),
        )  # fmt: skip

    @property
    def coordinates(self) -> tuple[float, ...]:
        """Its place among tasks: a difference of 1 in any is a clear one."""
        n = max(self.numeric + self.category + self.dates + self.text, 1)
        shares = (self.numeric / n, self.category / n)
        return (
            math.log10(max(self.rows, 1)) / 0.7, math.log10(n) / 0.7, *(share / 0.4 for share in shares),
            math.log10(1 + self.text) / 0.3, math.log10(1 + self.dates) / 0.3,
            math.log10(max(self.classes, 1)) / 0.6, math.log10(max(self.minority, 1e-3)) / 0.8,
            self.missing / 0.3, min(max(self.skew, -MOST_SKEW), MOST_SKEW) / 1.5,
        )  # fmt: skip


def similarity(one: TaskKind, other: TaskKind) -> float:
    """From 1, alike, to 0: a Gaussian kernel on the distance of their coordinates."""
    squared = sum((a - b) ** 2 for a, b in zip(one.coordinates, other.coordinates, strict=True))
    squared += OTHER_PROBLEM**2 * (one.problem != other.problem) + OTHER_METRIC**2 * (one.metric != other.metric)
    return math.exp(-squared / 2)
