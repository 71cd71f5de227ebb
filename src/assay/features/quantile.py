"""Quantile transform: numbers as their rank among the training rows."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Annotated, ClassVar, Literal

import numpy as np

from assay.core.array import Floats, Index
from assay.core.contract import Effort, Idea, Seeds, Step, StepTraits, Table, Target, has_columns
from assay.core.errors import UsageError
from assay.features import register
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import StoredFields, StoredStep, Within

_MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class FittedQuantile(StoredFields):
    """columns: (c,) positions in Table.numeric; values, ranks: knots of all columns end to end, rising; ends: (c,)."""

    stored_as: ClassVar[str] = "quantile"
    columns: Index
    values: Floats
    ranks: Floats
    ends: Annotated[Index, Within(lambda step: len(step["values"]) + 1)]

    def transform(self, table: Table) -> Table:
        if not len(self.columns):
            return table
        numeric, start = table.numeric.copy(), 0
        for j, end in zip(self.columns.tolist(), self.ends.tolist(), strict=True):
            numeric[:, j] = np.interp(table.numeric[:, j], self.values[start:end], self.ranks[start:end])
            start = end
        return table.with_cells(numeric=numeric)

    def effort(self) -> Effort:
        return Effort(calls=12 + 4 * len(self.columns))


def rank_knots(known: Floats, n_knots: int) -> tuple[Floats, Floats]:
    """Different values, rising, and the middle rank of each in (0, 1): (rows below + half of the rows there) / n."""
    values, rows = np.unique(known, return_counts=True)
    ranks = (np.cumsum(rows) - rows / 2.0) / len(known)
    if len(values) <= n_knots:
        return values, ranks
    picked = np.unique(np.searchsorted(ranks, np.linspace(0.0, 1.0, n_knots)).clip(0, len(values) - 1))
    return values[picked], ranks[picked]


@register("quantile")
@dataclass(frozen=True)
class Quantile(StoredStep):
    """Numeric columns become their rank among the training rows, between 0 and 1, or the normal deviate of that rank.

    Values that come more than once have their middle rank; between `knots` of them it is interpolated, and beyond the
    training rows it stays what it is at the end. to "normal": the rank-based inverse normal (Blom, 1958), as neural
    nets and kernels like it. Missing cells stay missing, columns of one value stay as they are.
    """

    to: Literal["normal", "uniform"] = "normal"
    knots: int = 256

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="ranks", what="numbers as normal ranks", when=has_columns(numbers=1), adds_columns=False,
            distances=(Step.of("quantile"),), only_moves=True,
            applies="a numeric column or more; models that measure distances", prior=0.5, source="Blom (1958)",
            why="On ranks no value is far out and every stretch of a column is as fine as it has rows.",
        ),),
    )  # fmt: skip
    fitted = FittedQuantile

    def __post_init__(self) -> None:
        if self.to not in ("normal", "uniform"):
            raise UsageError(f"Ranks cannot be made {self.to!r}. Known: normal, uniform.")
        if self.knots < 2:
            raise UsageError(f"Ranks need 2 knots or more, not {self.knots}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedQuantile:
        columns, values, ranks = list[int](), list[Floats](), list[Floats]()
        normal = NormalDist()
        for j, column in enumerate(table.numeric[sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))].T):
            known = column[~np.isnan(column)].astype(np.float64)
            if len(known) < 2 or known.min() == known.max():
                continue
            at, rank = rank_knots(known, self.knots)
            columns.append(j)
            values.append(at)
            ranks.append(rank if self.to == "uniform" else np.array([normal.inv_cdf(place) for place in rank]))
        ends = np.cumsum([len(at) for at in values], dtype=np.int64)
        nothing = [np.empty(0)]
        return FittedQuantile(
            np.array(columns, dtype=np.int64), np.concatenate(values or nothing), np.concatenate(ranks or nothing), ends
        )
