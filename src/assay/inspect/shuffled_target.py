"""Score of a cheap model behind a feature step on shuffled targets: chance, unless something leaks.

Shuffled targets belong to no row, so whatever is predicted of them out of fold has come from the rows held out: through
a step that remembers, or through folds that overlap.
"""

import math
from typing import TYPE_CHECKING, cast

import numpy as np

from assay.core.array import Floats, Index
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target

if TYPE_CHECKING:
    from assay.core.contract import Encoder, TargetEncoder

WIDEST = 600
"""Columns the model reads; of more, the first."""
_Z = 3.1
"""Of one step with probability 0.001 where nothing leaks; many steps share it (Bonferroni)."""


def chance(n_rows: int, n_steps: int) -> float:
    """The correlation that shuffled targets of so many rows stay under, for all steps, in 999 of 1000 cases."""
    return math.sqrt(_Z**2 + 2 * math.log(max(n_steps, 1))) / math.sqrt(max(n_rows - 1, 1))


def shuffled_score(encoder: "Encoder", table: Table, target: Target, outer: Index, *, seeds: Seeds) -> float | None:
    """Correlation, out of fold, of a ridge regression's predictions with the shuffled targets.

    outer: (n_rows,) fold numbers. Targets are their ranks, or whether it is the commonest class. Steps that need no
    target see all rows, as in the pipeline. None where a step leaves no column of numbers.
    """
    shuffled = target.take(seeds.child("shuffle").rng().permutation(len(target)))
    y = _numbers(shuffled)
    said = np.zeros(len(y))
    shared = None if encoder.traits.needs_target else encoder.fit(table, None, seeds=seeds).transform(table)
    for fold in range(int(outer.max()) + 1):
        train, test = np.flatnonzero(outer != fold), np.flatnonzero(outer == fold)
        if shared is not None:
            known, asked = shared.take(train), shared.take(test)
        else:
            rows, inner = table.take(train), np.arange(len(train)) % 3
            fitted, known = cast("TargetEncoder", encoder).fit_transform(
                rows, shuffled.take(train), inner=inner, seeds=seeds
            )
            asked = fitted.transform(table.take(test))
        left, right = _matrices(known, asked)
        if left.shape[1] == 0:
            return None
        predicted = _ridge(left, y[train], right)
        said[test] = predicted - predicted.mean()  # folds differ in their means, against the rows held out
    spread = float(said.std() * y.std())
    return float(np.mean(said * (y - y.mean()))) / spread if spread > 0 else 0.0


def _numbers(target: Target) -> Floats:
    if target.is_class:
        return np.asarray(target.values == np.bincount(target.values).argmax(), dtype=np.float64)
    return np.asarray(np.argsort(np.argsort(target.values, kind="stable"), kind="stable"), dtype=np.float64)


def _matrices(known: Table, asked: Table) -> tuple[Floats, Floats]:
    """Columns of numbers, days and codes, standardised by the training rows; gaps at their mean."""
    left, right = (
        np.concatenate([table.numeric, table.dates, table.codes], axis=1).astype(np.float64)[:, :WIDEST]
        for table in (known, asked)
    )
    with np.errstate(all="ignore"):
        filled = np.isfinite(left)
        count = np.maximum(filled.sum(axis=0), 1)
        mean = np.where(filled, left, 0.0).sum(axis=0) / count
        spread = np.sqrt((np.where(filled, left - mean, 0.0) ** 2).sum(axis=0) / count)
        kept = np.isfinite(spread) & (spread > 0)
        scaled = [(matrix[:, kept] - mean[kept]) / spread[kept] for matrix in (left, right)]
    return scaled[0] * filled[:, kept], np.clip(np.nan_to_num(scaled[1], posinf=0.0, neginf=0.0), -10.0, 10.0)


def _ridge(known: Floats, y: Floats, asked: Floats) -> Floats:
    """Ridge regression in its dual form, so that width costs little; the penalty is one row's worth a column."""
    known = np.nan_to_num(np.clip(known, -10.0, 10.0))
    kernel = known @ known.T
    kernel[np.diag_indices(len(y))] += float(known.shape[1])
    return np.asarray(asked @ (known.T @ np.linalg.solve(kernel, y - y.mean())) + y.mean())
