"""Target means of nearest neighbours."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Floats, Index, Singles
from assay.core.contract import (
    NOTHING,
    Effort,
    Facts,
    Idea,
    Seeds,
    Step,
    StepCost,
    StepTraits,
    Table,
    Target,
    has_columns,
)
from assay.core.errors import UsageError
from assay.features import register
from assay.features.combination_screen import marginal, responses
from assay.features.row_sample import sampled_rows
from assay.features.smoothed_means import Outcome, needed
from assay.features.standardizer import Standardizer
from assay.features.stored_state import StoredFields, StoredPart, StoredStep

_MOST_COLUMNS = 30
_CELLS = 2_000_000
_LEAST_WEIGHT = 0.1
_TOUCHING = 1e-6
"""Squared distances below count as none: rows may be copies of each other."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood(StoredPart):
    """Reference rows: at (m, columns) weighted coordinates, sums (m, width + 1) outcome times weight, and weight.

    squares: (m,) squared lengths of at; weight: (columns,) how much each coordinate counts; prior: (width,) the mean.
    """

    at: Floats
    squares: Floats
    sums: Floats
    weight: Floats
    prior: Floats

    def means(self, z: Floats, k: int) -> Floats:
        """(n, width) mean outcome around each row of coordinates z (n, columns).

        Rows weigh 1 - (distance / distance of the k-th)², so that it matters nothing which of two equally far ones is
        the k-th; one row of the prior is added.
        """
        out = np.empty((len(z), len(self.prior)))
        step, k = max(1, _CELLS // max(1, len(self.at))), min(k, len(self.at))
        for start in range(0, len(z), step):
            out[start : start + step] = self._means(z[start : start + step] * self.weight, k)
        return out

    def _means(self, at: Floats, k: int) -> Floats:
        squares = (at * at).sum(axis=1)[:, None] + self.squares - 2.0 * (at @ self.at.T)
        limit = np.partition(squares, k - 1, axis=1)[:, k - 1 : k] if k else np.zeros((len(at), 1))
        near = np.maximum(1.0 - np.maximum(squares, 0.0) / np.maximum(limit, _TOUCHING), 0.0)
        found = near @ self.sums
        return np.asarray((found[:, :-1] + self.prior) / (found[:, -1:] + 1.0))


def _sums(target: Target) -> Floats:
    """(n, width + 1) what each row adds to the means: its outcome times its weight, and its weight."""
    outcome = Outcome.of(target)
    if outcome.values is not None:
        values = outcome.values[:, None]
    else:
        assert outcome.place is not None
        values = (outcome.place[:, None] == np.arange(outcome.width)).astype(np.float64)
    return np.hstack([values * outcome.weight[:, None], outcome.weight[:, None]])


@dataclass(frozen=True, slots=True, eq=False)
class _TrainingRows:
    """Training rows: z (n, columns), sums (n, width + 1) by _sums of all of them, so that classes keep their place."""

    z: Floats
    sums: Floats
    target: Target

    def learn(self, rows: Index, *, max_rows: int, seeds: Seeds) -> Neighbourhood:
        """The neighbourhood of some of the rows, a sample of at most max_rows."""
        z, sums, n = self.z[rows], self.sums[rows], len(rows)
        alone = marginal(responses(self.target.take(rows)), z) if n > 2 else np.ones(z.shape[1])
        weight = np.maximum(alone / max(float(alone.max(initial=0.0)), 1e-300), _LEAST_WEIGHT)
        some = sampled_rows(n, max_rows, seeds)
        total = sums.sum(axis=0)
        at = z[some] * weight
        return Neighbourhood(at, (at * at).sum(axis=1), sums[some], weight, prior=total[:-1] / total[-1])


@dataclass(frozen=True, slots=True, eq=False)
class FittedNeighbourMeans(StoredFields):
    """standard: the coordinates that neighbours are measured in."""

    stored_as: ClassVar[str] = "neighbour_means"
    standard: Standardizer
    around: Neighbourhood
    k: int
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        return table.with_numeric(self.around.means(self.standard(table.numeric), self.k), self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=60, cells=14 * len(self.around.at), products=self.around.at.size)


@register("neighbour_means")
@dataclass(frozen=True)
class NeighbourMeans(StoredStep):
    """The mean of the target in the `k` nearest training rows, the nearest weighing most, added on the right.

    Near in standardised numeric columns (at most 30), each weighed by its correlation with the target, its own or its
    square's; one column, or one per class, as in target_mean. At most `max_rows` rows are neighbours. A training row's
    neighbours, and the weights of columns it is measured by, come from other inner folds than its own.
    """

    k: int = 25
    max_rows: int = 2_000

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True,
        ideas=(Idea(
            name="neighbours", what="targets of neighbours", when=has_columns(numbers=2),
            trees=(Step.of("neighbour_means"),), distances=(Step.of("neighbour_means"),),
            applies="two numeric columns or more", prior=2.0, cost="minutes",
            why="The targets of the nearest training rows are a model of their own, which trees can correct.",
        ),),
    )  # fmt: skip
    fitted = FittedNeighbourMeans

    def __post_init__(self) -> None:
        if self.k < 2 or self.max_rows < self.k:
            raise UsageError(f"Neighbours are 2 or more of at least as many rows, not {self.k} of {self.max_rows}.")

    def cost(self, facts: Facts) -> StepCost:
        """10 nanoseconds a row and neighbour."""
        return StepCost(seconds=1e-8 * facts.n_rows * min(facts.n_rows, self.max_rows), columns=facts.n_outputs)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedNeighbourMeans:
        target = needed(target, "neighbour_means")
        standard = Standardizer.of(table.numeric, at_most=_MOST_COLUMNS)
        rows = _TrainingRows(standard(table.numeric), _sums(target), target)
        around = rows.learn(np.arange(table.n_rows), max_rows=self.max_rows, seeds=seeds.child("rows"))
        suffixes = Outcome.of(target).suffixes() if len(standard.kept) else ()
        return FittedNeighbourMeans(standard, around, self.k, tuple(f"neighbours:mean{suffix}" for suffix in suffixes))

    def fit_transform(
        self, table: Table, target: Target, *, inner: Index, seeds: Seeds
    ) -> tuple[FittedNeighbourMeans, Table]:
        fitted = self.fit(table, target, seeds=seeds)
        numbers = np.unique(inner)
        if len(numbers) < 2:
            raise UsageError(
                f"Neighbours of training rows need at least 2 inner folds, and there are {len(numbers)}."
                " Give more rows or more folds."
            )
        if not fitted.names:
            return fitted, table
        rows = _TrainingRows(fitted.standard(table.numeric), _sums(target), target)
        block: Singles = np.empty((table.n_rows, len(fitted.names)), dtype=np.float32)
        for fold in numbers.tolist():
            own, others = np.flatnonzero(inner == fold), np.flatnonzero(inner != fold)
            child = seeds.child("fold", fold)
            block[own] = rows.learn(others, max_rows=self.max_rows, seeds=child).means(rows.z[own], self.k)
        return fitted, table.with_numeric(block, fitted.names)
