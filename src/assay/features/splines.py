"""Spline terms for linear models."""

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
from assay.core.period_columns import tells_the_period
from assay.features import register
from assay.features.stored_state import StoredFields, StoredStep

_REACH = 4.0
"""Ranges of the knots beyond the outer ones where a curve becomes level: an outlier must not set the slope."""

_ROWS = 256
"""Whose terms are made at a time: what it takes stays in a cache."""


def spline_terms(x: Singles, knots: Floats) -> Floats:
    """(n, c, k - 2) curved terms of a restricted cubic spline, linear beyond the outer knots.

    x: (n, c); knots: (c, k), increasing. Harrell, Regression Modeling Strategies (2015), equation 2.25.
    """
    first, before, last = knots[:, :1], knots[:, -2:-1], knots[:, -1:]
    inner, span, steep = knots[:, :-2, None], last - first, last - before
    # a row a column from here on: numpy is slow where what lies side by side is as short as the terms of a cell
    near = np.minimum(np.maximum(x.T, first - _REACH * span, order="C"), last + _REACH * span)
    bend = _cubed(near - before)[:, None] * (last[:, None] - inner)
    bend -= _cubed(near - last)[:, None] * (before[:, None] - inner)
    bend /= steep[:, None]
    terms = _cubed(near[:, None] - inner)
    terms -= bend
    terms /= (span * span)[:, None]
    return terms.transpose(2, 0, 1)


def _cubed(beyond: Floats) -> Floats:
    """The third power of what is positive, 0 elsewhere; numpy's own third powers are logarithms, ten times as slow."""
    positive = np.maximum(beyond, 0.0)
    cubed = positive * positive
    cubed *= positive
    return np.asarray(cubed)


@dataclass(frozen=True, slots=True, eq=False)
class FittedSplines(StoredFields):
    """columns: (c,) positions in Table.numeric; knots: (c, k)."""

    stored_as: ClassVar[str] = "splines"
    columns: Index
    knots: Floats
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        x = table.numeric.take(self.columns, axis=1)
        block = np.empty((table.n_rows, len(self.names)), dtype=np.float32)
        for at in range(0, table.n_rows, _ROWS):
            rows = slice(at, at + _ROWS)
            block[rows] = spline_terms(x[rows], self.knots).reshape(-1, len(self.names))
        return table.with_numeric(block, self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=64, cells=8 * len(self.names))


def quantile_knots(column: Singles, n_knots: int) -> Floats | None:
    """Knots from the 5 % to the 95 % quantile at equal steps; where cells repeat too much, of the distinct values.

    None with fewer distinct values than two a knot: then levels, not a curve, are the question.
    """
    known = column[~np.isnan(column)].astype(np.float64)
    distinct = np.unique(known)
    if len(distinct) < 2 * n_knots:
        return None
    steps = np.linspace(0.05, 0.95, n_knots)
    knots = np.quantile(known, steps)
    least = 1e-3 * (knots[-1] - knots[0])
    return knots if (np.diff(knots) > least).all() and least > 0 else np.quantile(distinct, steps)


@register("splines")
@dataclass(frozen=True)
class Splines(StoredStep):
    """Numeric columns get the knots - 2 curved terms of a restricted cubic spline beside them (Stone and Koo, 1985).

    Columns with fewer than 2 * knots distinct values get none. Missing cells are missing in all terms. Nor does one
    that only tells the moment by which rows are ordered: all that comes lies beyond its last knot, where the
    slope of the last rows would be drawn on without end.
    """

    knots: int = 5

    traits: ClassVar[StepTraits] = StepTraits(ideas=(
        Idea(name="curves", what="curves", when=has_columns(numbers=1),
            distances=(Step.of("outliers", rule="range"), Step.of("splines", knots=5)),
            applies="a numeric column or more; models that measure distances", prior=2.0,
            why="A linear model bends by splines, and by nothing else.",
        ),
    ))  # fmt: skip
    fitted = FittedSplines

    def __post_init__(self) -> None:
        if self.knots < 3:
            raise UsageError(f"A restricted cubic spline needs at least 3 knots, not {self.knots}.")

    def cost(self, facts: Facts) -> StepCost:
        return StepCost(columns=(self.knots - 2) * facts.n_numeric)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSplines:
        found = {
            j: quantile_knots(column, self.knots)
            for j, column in enumerate(table.numeric.T)
            if not tells_the_period(column, table.moment)
        }
        knots = {j: values for j, values in found.items() if values is not None}
        names = tuple(f"{table.numeric_names[j]}:curve {k}" for j in knots for k in range(1, self.knots - 1))
        block = np.array(list(knots.values()), dtype=np.float64).reshape(len(knots), self.knots)
        return FittedSplines(np.array(list(knots), dtype=np.int64), block, names)
