"""How well one column alone predicts the target, out of fold and in one pass over its bins."""

import numpy as np

from assay.core.array import Floats, Index
from assay.core.inspection import UnivariateScore
from assay.core.target import Target
from assay.metrics.rank_metrics import roc_auc

FOLDS = 5
_PRIOR = 3.0
"""Rows of the whole that each bin's mean is shrunk by, so that levels of one row carry no weight."""


def univariate_score(codes: Index, n_bins: int, target: Target, folds: Index) -> UnivariateScore:
    """Predict each row by the mean of the target in its bin over the other folds (micro-optimal for one column).

    Of several classes the measure is the mean of one against the rest. codes: (n,) bins; folds: (n,) numbers 0 to
    FOLDS - 1, drawn without looking at the target.
    """
    if not target.is_class:
        y = np.asarray(target.values, dtype=np.float64)
        return UnivariateScore(value=_r2(y, _out_of_fold(codes, n_bins, y, folds)), measure="R2")
    classes = range(target.n_classes) if target.n_classes > 2 else (1,)
    areas = []
    for label in classes:
        y = np.asarray(target.values == label, dtype=np.float64)
        if 0 < y.sum() < len(y):
            areas.append(roc_auc(y > 0, _out_of_fold(codes, n_bins, y, folds), None))
    return UnivariateScore(value=float(np.mean(areas)) if areas else 0.5, measure="ROC AUC")


def dealt(n: int, rng: np.random.Generator, units: Index | None = None) -> Index:
    """(n,) fold numbers drawn without looking at the target; units: (n,) codes of rows that stay together."""
    if units is None:
        return np.asarray(rng.permutation(n) % FOLDS)
    codes = np.unique(units, return_inverse=True)[1]
    return np.asarray((rng.permutation(int(codes.max(initial=0)) + 1) % FOLDS)[codes])


def _out_of_fold(codes: Index, n_bins: int, y: Floats, folds: Index) -> Floats:
    """(n,) means of the rows in the same bin and other folds, shrunk towards the mean of all other folds."""
    key = codes * FOLDS + folds
    total = np.bincount(key, weights=y, minlength=n_bins * FOLDS).reshape(n_bins, FOLDS)
    count = np.bincount(key, minlength=n_bins * FOLDS).reshape(n_bins, FOLDS)
    others, seen = total.sum(axis=1, keepdims=True) - total, count.sum(axis=1, keepdims=True) - count
    mean = others.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    table = (others + _PRIOR * mean) / (seen + _PRIOR)
    return np.asarray(table[codes, folds] - mean[folds])


def _r2(y: Floats, centred: Floats) -> float:
    """Share of the variance explained; the prediction comes without the mean of its fold."""
    spread = float(np.sum((y - y.mean()) ** 2))
    return 1.0 - float(np.sum((y - y.mean() - centred) ** 2)) / spread if spread > 0 else 0.0
