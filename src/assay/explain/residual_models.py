"""Small linear models of residuals: what a correction could repair, on all rows and inside a slice.

A residual that columns predict out of fold is an error that a better model would not make. What a curve of each column
and of the prediction itself, and products of two numbers, repair on all rows is a general miss, and is taken off first;
what a linear model inside a slice repairs beyond that is a law of its own there. Of classes corrections are made on the
logit scale, to first order: a residual y - p is worth p (1 - p) times the change of the logit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.explain.feature_columns import FeatureColumn

FOLDS = 5
MOST_LEVELS = 8
MOST_AXES = 60
"""Of one fit: those that move most with the residuals of its training rows."""
MOST_FACTORS = 10
KNOTS = (0.25, 0.5, 0.75)
PENALTIES = (3.0, 30.0, 300.0, 3000.0)
"""In rows: the weight of a prior of zero. Chosen inside the training rows by generalised cross-validation."""
LEAST_VARIANCE = 0.01
"""Of a class: below it one wrong row would outweigh hundreds."""
ODDS = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residuals:
    """What is left of the truth, and on which scale it is corrected.

    values: (m, q) residuals. scale: (m, q) square roots of their variances as predicted, 1 of numbers. centre: (m, q)
    logits of probabilities, or the predictions of numbers; None where predictions are not known.
    """

    values: Floats
    scale: Floats
    centre: Floats | None = None

    @property
    def is_of_classes(self) -> bool:
        """Whether predictions are known to be probabilities."""
        return bool((self.scale != 1.0).any())

    @classmethod
    def of(cls, residuals: Floats, predictions: Floats | None, *, is_class: bool) -> "Residuals":
        """residuals, predictions: (m,) or (m, q)."""
        values = _wide(residuals)
        if predictions is None:
            return cls(values=values, scale=np.ones_like(values))
        known = _wide(predictions)
        if not is_class:
            return cls(values=values, scale=np.ones_like(values), centre=known)
        chances = np.clip(known, ODDS, 1.0 - ODDS)
        scale = np.sqrt(np.maximum(chances * (1.0 - chances), LEAST_VARIANCE))
        return cls(values=values, scale=scale, centre=np.log(chances / (1.0 - chances)))

    def take(self, rows: Index) -> "Residuals":
        """The same of some rows."""
        centre = None if self.centre is None else self.centre[rows]
        return Residuals(values=self.values[rows], scale=self.scale[rows], centre=centre)

    def less(self, repaired: Floats) -> "Residuals":
        """What is left after a correction, (m, q)."""
        return Residuals(values=self.values - repaired, scale=self.scale, centre=self.centre)

    def predicted(self, axes: Floats, train: Bools, test: Bools, *, curved: bool = False) -> Floats:
        """(t, q) ridge predictions of the residuals of the test rows; axes: (m, a). curved: with a curve of the
        prediction, else it is one more axis.
        """
        out = np.zeros((int(test.sum()), self.values.shape[1]))
        for at, scale in enumerate(self.scale.T):
            grid = axes if self.centre is None else np.column_stack([axes, *_centre_axes(self.centre[:, at], curved)])
            design = np.column_stack([np.ones(len(grid)), grid]) * scale[:, None]
            out[:, at] = _ridge(design, self.values[:, at] / scale, train, test) * scale[test]
        return out

    def cross_fitted(self, axes: Floats, folds: Index) -> Floats:
        """(m, q) curved predictions, of each fold's rows by the others; folds: (m,) numbers."""
        out = np.zeros_like(self.values)
        for fold in np.unique(folds):
            here = folds == fold
            out[here] = self.predicted(axes, ~here, here, curved=True)
        return out


def linear_axes(columns: Sequence[FeatureColumn]) -> Floats:
    """(n, a) standardised numbers, indicators of frequent levels and of missing cells."""
    axes = [axis for column in columns for axis in _linear(column)]
    n_rows = len(columns[0].values) if columns else 0
    return np.column_stack(axes) if axes else np.empty((n_rows, 0))


def curve_axes(columns: Sequence[FeatureColumn]) -> Floats:
    """(n, a) the linear axes and for each number hinges at its quartiles: together a curve for each column."""
    filled = [_filled(column) for column in columns if column.form != "level"]
    hinges = [hinge for values in filled if values is not None for hinge in _hinges(values)]
    return np.column_stack([linear_axes(columns), *hinges])


def product_axes(columns: Sequence[FeatureColumn], goals: Floats) -> Floats:
    """(n, a) products of two numbers, of the MOST_FACTORS that go with the goals, (n, q), most."""
    filled = [_filled(column) for column in columns if column.form != "level"]
    factors = np.column_stack([np.empty((len(goals), 0)), *(values for values in filled if values is not None)])
    factors = factors[:, strongest(factors, goals - goals.mean(axis=0), MOST_FACTORS)]
    n = factors.shape[1]
    products = [_standard(factors[:, a] * factors[:, b]) for a in range(n) for b in range(a)]
    return np.column_stack([np.empty((len(goals), 0)), *(axis for axis in products if axis is not None)])


def unit_folds(units: Index, rng: np.random.Generator) -> Index:
    """(n,) fold of each row, whole units together; units: (n,) numbers from 0."""
    return np.asarray((rng.permutation(int(units.max(initial=-1)) + 1) % FOLDS)[units], dtype=np.int64)


def _wide(values: Floats) -> Floats:
    return np.asarray(values, dtype=np.float64).reshape(len(values), -1)


def _centre_axes(centre: Floats, curved: bool) -> list[Floats]:
    known = _standard(centre)
    return [] if known is None else [known, *(_hinges(known) if curved else [])]


def _standard(values: Floats) -> Floats | None:
    sigma = float(values.std())
    return None if sigma <= 1e-12 * max(1.0, abs(float(values.mean()))) else (values - values.mean()) / sigma


def _filled(column: FeatureColumn) -> Floats | None:
    """Standardised, in the range of all but the outermost half percent, the median where missing."""
    known = column.values[~column.missing]
    if not len(known):
        return None
    low, middle, high = np.quantile(known, (0.005, 0.5, 0.995))
    return _standard(np.clip(np.where(column.missing, middle, column.values), low, high))


def _linear(column: FeatureColumn) -> list[Floats]:
    axes: list[Floats | None] = [_standard(column.missing.astype(np.float64))]
    if column.form == "level":
        codes, counts = np.unique(column.values[~column.missing], return_counts=True)
        frequent = codes[np.argsort(-counts, kind="stable")[:MOST_LEVELS]]
        axes += [_standard((column.values == code).astype(np.float64)) for code in frequent]
    else:
        axes.append(_filled(column))
    return [axis for axis in axes if axis is not None]


def _hinges(values: Floats) -> list[Floats]:
    made = [_standard(np.maximum(values - knot, 0.0)) for knot in np.unique(np.quantile(values, KNOTS))]
    return [axis for axis in made if axis is not None]


def _ridge(design: Floats, wanted: Floats, train: Bools, test: Bools) -> Floats:
    """(t,) ridge predictions, all axes shrunk; the penalty by generalised cross-validation."""
    if design.shape[1] > MOST_AXES:
        design = design[:, strongest(design[train], wanted[train][:, None], MOST_AXES)]
    known, goal = design[train], wanted[train]
    values, vectors = np.linalg.eigh(known.T @ known)
    values = np.maximum(values, 0.0)
    turned, moved = known @ vectors, vectors.T @ (known.T @ goal)
    best, chosen = np.inf, np.zeros(design.shape[1])
    for penalty in PENALTIES:
        weights = moved / (values + penalty)
        free = len(known) - float((values / (values + penalty)).sum())
        score = float(((goal - turned @ weights) ** 2).sum()) / max(free, 1.0) ** 2
        if score < best:
            best, chosen = score, vectors @ weights
    return np.asarray(design[test] @ chosen)


def strongest(axes: Floats, goals: Floats, most: int) -> Index:
    """Places of at most so many axes, (m, a), that move most with a goal, (m, q)."""
    size = np.sqrt((axes**2).sum(axis=0))
    moved = np.abs(axes.T @ goals).max(axis=1) if goals.shape[1] else np.zeros(axes.shape[1])
    strength = np.divide(moved, size, out=np.zeros_like(size), where=size > 0)
    return np.sort(np.argsort(-strength, kind="stable")[:most])
