"""The effect of one column on predictions: accumulated local effects, and single rows' curves.

ALE (Apley and Zhu, 2020): within each interval of the column only rows that lie there are moved, from one end of the
interval to the other, and the mean changes are added up. Unlike partial dependence it never asks for combinations of
cells that no row is near. Categories are ordered by how alike their rows are in the other columns, so that a row is
moved to a level that it could have. Cells are taken from other rows of the table, never made up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.errors import DataError
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.explain.feature_columns import FeatureColumn
from assay.explain.residual_models import linear_axes
from assay.explain.tested_means import unit_codes

Predict = Callable[[Table], AnyArray]
"""Rows to stored predictions, (n,) or (n, k)."""
Scale = Literal["value", "probability", "logit"]

MOST_ROWS = 2_000
BINS = 12
MOST_LEVELS = 15
BOOTSTRAPS = 300
LINES = 30
"""Rows whose own curves are computed."""
ODDS = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPoint:
    """At one value of the column (of levels and dates their code or day): the effect against the mean over all rows,
    with its 95 % interval; rows: how many lie in the interval that ends here, or have that level.
    """

    value: float
    effect: float
    low: float
    high: float
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColumnCurve:
    """place: of the class whose probability it is of (0 for two classes and for numbers). missing: rows without a cell,
    which are in no interval. single: (r, p) the same for single rows, each less its own mean (ICE; Goldstein et al.,
    2015): curves that cross tell of an interaction. models: how many functions the interval is over, beside the rows.
    """

    column: str
    scale: Scale
    place: int
    points: tuple[EffectPoint, ...]
    missing: int
    single: Floats
    models: int = 1

    @property
    def size(self) -> float:
        """Root mean square of the effect over the rows."""
        rows = np.array([point.rows for point in self.points], dtype=np.float64)
        effects = np.array([point.effect for point in self.points])
        return float(np.sqrt(np.average(effects**2, weights=np.maximum(rows, 1e-9))))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Ladder:
    """Moves between neighbouring values. values: (p,) in order; donors: (p,) a row of the table that has each; rows:
    (m,) which row is moved, steps: (m,) from values[step - 1] to values[step]; counts: (p,) rows in the interval that
    ends at a value, or of a level. Rows of a level are moved both ways.
    """

    values: Floats
    donors: Index
    rows: Index
    steps: Index
    counts: Index


def effect_curves(
    predicts: Sequence[Predict], table: Table, column: FeatureColumn, others: Sequence[FeatureColumn] = (), *,
    is_class: bool, seed: int = 0,
) -> tuple[ColumnCurve, ...]:  # fmt: skip
    """One curve for each class and scale: of numbers one; of two classes the second's probability and its logit.

    predicts: one model, or several of the same kind (of folds, of seeds), over which the curve is a mean. column: of
    this table; others: by which levels are found alike. The interval is a bootstrap over rows, and over the models
    where there are several; of one model it says how sure the curve of this model is, not how another fit would look.
    DataError where the column has one value. Cost: about 2 · MOST_ROWS + LINES · BINS predictions for each model.
    """
    if len(column.values) != table.n_rows:
        raise DataError(f"The column {column.name!r} has {len(column.values):,} rows, the table {table.n_rows:,}.")
    seeds = Seeds(seed).child("effects", column.name)
    ladder = _fewer(_levels(column, others) if column.form == "level" else _intervals(column), seeds)
    name = column.source or column.name
    shown = np.sort(seeds.child("single").rng().permutation(table.n_rows)[:LINES])
    ends, single = list[AnyArray](), list[AnyArray]()
    for predict in predicts:
        moved = [_with_cells(table, name, ladder.rows, ladder.donors[ladder.steps - back]) for back in (1, 0)]
        ends.append(np.stack([_wide(predict(one)) for one in moved]))
        grid = [_with_cells(table, name, shown, np.full(len(shown), donor)) for donor in ladder.donors]
        single.append(np.stack([_wide(predict(one)) for one in grid], axis=1))
    scales: tuple[Scale, ...] = ("probability", "logit") if is_class else ("value",)
    return tuple(
        ColumnCurve(
            column=column.name, scale=scale, place=place, models=len(predicts), missing=int(column.missing.sum()),
            points=_points(ladder, _scaled(np.stack(ends)[..., place], scale), seeds),
            single=_centred(_scaled(np.stack(single)[..., place], scale).mean(axis=0)),
        )
        for scale in scales
        for place in range(ends[0].shape[2])
    )  # fmt: skip


def _with_cells(table: Table, name: str, rows: Index, donors: Index) -> Table:
    """Rows of a table with the cells of one column taken from other rows."""
    both = table.take(np.concatenate([rows, donors]))
    n_rows = len(rows)
    moved = both.moved([name], np.concatenate([np.arange(n_rows, 2 * n_rows), np.arange(n_rows, 2 * n_rows)]))
    return moved.take(np.arange(n_rows))


def _intervals(column: FeatureColumn) -> _Ladder:
    """Between quantiles, which are values of rows."""
    known = np.flatnonzero(~column.missing)
    values = column.values[known]
    edges = np.unique(np.quantile(values, np.linspace(0.0, 1.0, BINS + 1), method="lower")) if len(known) else values
    if len(edges) < 2:
        raise DataError(f"The column {column.name!r} has a single value, so it has no effect.")
    steps = np.maximum(np.searchsorted(edges, values, side="left"), 1)
    donors = known[[int(np.flatnonzero(values == edge)[0]) for edge in edges]]
    return _Ladder(
        values=edges, donors=donors, rows=known, steps=steps, counts=np.bincount(steps, minlength=len(edges))
    )


def _levels(column: FeatureColumn, others: Sequence[FeatureColumn]) -> _Ladder:
    """The most frequent levels, ordered by the first principal component of their rows' means in the other columns."""
    codes, counts = np.unique(column.values[~column.missing], return_counts=True)
    codes = codes[np.argsort(-counts, kind="stable")[:MOST_LEVELS]]
    if len(codes) < 2:
        raise DataError(f"The column {column.name!r} has a single level, so it has no effect.")
    axes = linear_axes([other for other in others if other.source != column.source])
    if axes.shape[1]:
        means = np.stack([axes[column.values == code].mean(axis=0) for code in codes])
        codes = codes[np.argsort(np.linalg.svd(means - means.mean(axis=0))[0][:, 0], kind="stable")]
    places = [np.flatnonzero(column.values == code) for code in codes]
    moves = [(rows, step) for at, rows in enumerate(places) for step in (at, at + 1) if 1 <= step < len(codes)]
    return _Ladder(
        values=codes, donors=np.array([rows[0] for rows in places]), rows=np.concatenate([rows for rows, _ in moves]),
        steps=np.concatenate([np.full(len(rows), step) for rows, step in moves]),
        counts=np.array([len(rows) for rows in places]),
    )  # fmt: skip


def _fewer(ladder: _Ladder, seeds: Seeds) -> _Ladder:
    """With at most MOST_ROWS moves."""
    if len(ladder.rows) <= MOST_ROWS:
        return ladder
    kept = np.sort(seeds.child("rows").rng().permutation(len(ladder.rows))[:MOST_ROWS])
    return replace(ladder, rows=ladder.rows[kept], steps=ladder.steps[kept])


def _wide(prediction: AnyArray) -> Floats:
    return np.asarray(prediction, dtype=np.float64).reshape(len(prediction), -1)


def _scaled(values: Floats, scale: Scale) -> Floats:
    if scale != "logit":
        return values
    chances = np.clip(values, ODDS, 1.0 - ODDS)
    return np.asarray(np.log(chances / (1.0 - chances)))


def _centred(single: Floats) -> Floats:
    return np.asarray(single - single.mean(axis=1, keepdims=True))


def _points(ladder: _Ladder, ends: Floats, seeds: Seeds) -> tuple[EffectPoint, ...]:
    """ends: (models, 2, m) predictions before and after each move."""
    changes = ends[:, 1] - ends[:, 0]
    units, rng = unit_codes(len(ladder.rows), ladder.rows), seeds.child("bootstrap").rng()
    n_models, n_units = len(changes), int(units.max()) + 1
    drawn = []
    for _ in range(BOOTSTRAPS):
        weight = np.bincount(rng.integers(0, n_units, n_units), minlength=n_units)[units].astype(np.float64)
        models = rng.integers(0, n_models, n_models)
        drawn.append(_accumulated(changes[models].mean(axis=0), weight, ladder))
    curve = _accumulated(changes.mean(axis=0), np.ones(len(units)), ladder)
    low, high = np.quantile(np.stack(drawn) - curve, (0.025, 0.975), axis=0)
    return tuple(
        EffectPoint(value=float(value), effect=float(at), low=float(at - up), high=float(at - down), rows=int(rows))
        for value, at, down, up, rows in zip(ladder.values, curve, low, high, ladder.counts, strict=True)
    )


def _accumulated(changes: Floats, weight: Floats, ladder: _Ladder) -> Floats:
    """(p,) the sums of mean changes, less their mean over the rows."""
    n_values = len(ladder.values)
    total = np.bincount(ladder.steps, weights=weight * changes, minlength=n_values)
    rows = np.bincount(ladder.steps, weights=weight, minlength=n_values)
    steps = np.divide(total, rows, out=np.zeros(n_values), where=rows > 0)
    curve = np.cumsum(steps)
    if len(ladder.rows) and ladder.counts[0] == 0:  # of intervals: a row lies between the two ends of its own
        middle = np.concatenate([[0.0], (curve[1:] + curve[:-1]) / 2])
        return np.asarray(curve - np.average(middle, weights=ladder.counts))
    return np.asarray(curve - np.average(curve, weights=ladder.counts))
