"""Scores of test rows and how sure a difference is: scikit-learn's metrics, a paired bootstrap of our own."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics as sk

Array = NDArray[np.float64]
DRAWS = 2000


def score(metric: str, y: Array, p: Array) -> float:
    """The manifest's metric. y: class codes or values; p: (n, k) probabilities or (n,) values."""
    if metric == "roc_auc":
        return float(sk.roc_auc_score(y, p[:, 1]))
    if metric == "average_precision":
        return float(sk.average_precision_score(y, p[:, 1]))
    if metric == "log_loss":
        return float(sk.log_loss(y, p, labels=range(p.shape[1])))
    if metric == "macro_f1":
        return float(sk.f1_score(y, p.argmax(axis=1), average="macro"))
    return _from_rows(metric)(_row_values(metric, y, p).mean())


def _row_values(metric: str, y: Array, p: Array) -> Array:
    """Each row's part of a metric that is a function of a mean."""
    if metric == "log_loss":
        p = np.clip(p, np.finfo(np.float64).eps, 1 - np.finfo(np.float64).eps)
        own = (p / p.sum(axis=1, keepdims=True))[np.arange(len(y)), y.astype(int)]
        return np.asarray(-np.log(own))
    if metric == "accuracy":
        return np.asarray(p.argmax(axis=1) == y, dtype=np.float64)
    if metric == "mae":
        return np.abs(y - p)
    if metric == "rmse":
        return (y - p) ** 2
    if metric == "rmsle":
        return (np.log1p(y) - np.log1p(np.clip(p, 0, None))) ** 2
    raise ValueError(f"No metric {metric!r} here.")


def _from_rows(metric: str) -> Callable[[float], float]:
    return math.sqrt if metric in ("rmse", "rmsle") else float


def weighted(metric: str, y: Array, p: Array) -> Callable[[Array], float]:
    """The metric as a function of how often each row is counted; NaN where a class is missing."""
    if metric in ("roc_auc", "average_precision"):
        return _ranked(y, p[:, 1], is_auc=metric == "roc_auc")
    if metric == "macro_f1":
        label = p.argmax(axis=1)
        return lambda w: float(sk.f1_score(y, label, average="macro", sample_weight=w))
    values, last = _row_values(metric, y, p), _from_rows(metric)
    return lambda w: last(float(w @ values / w.sum()))


def _ranked(y: Array, p: Array, *, is_auc: bool) -> Callable[[Array], float]:
    """ROC AUC or average precision; rows of equal probability are one step."""
    order = np.argsort(-p, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(p[order]) != 0])
    positive = y[order] == 1

    def value(w: Array) -> float:
        w = w[order]
        hits = np.add.reduceat(np.where(positive, w, 0.0), starts)
        misses = np.add.reduceat(np.where(positive, 0.0, w), starts)
        if hits.sum() == 0 or misses.sum() == 0:
            return math.nan
        if is_auc:
            below = misses.sum() - misses.cumsum() + misses / 2
            return float(hits @ below / (hits.sum() * misses.sum()))
        found = hits.cumsum()
        seen = found + misses.cumsum()
        return float(hits @ (found / np.maximum(seen, 1e-300)) / hits.sum())

    return value


def difference(metric: str, y: Array, ours: Array, theirs: Array, *, higher: bool, seed: int = 0) -> dict[str, float]:
    """Ours minus theirs, positive better, with the 95 % interval of a paired bootstrap over the test rows."""
    a, b = weighted(metric, y, ours), weighted(metric, y, theirs)
    sign, ones = 1.0 if higher else -1.0, np.ones(len(y))
    assert math.isclose(a(ones), score(metric, y, ours), rel_tol=1e-9, abs_tol=1e-12), "two forms of one metric differ"
    rng = np.random.default_rng(seed)
    share = np.full(len(y), 1 / len(y))
    drawn = [sign * (a(w) - b(w)) for w in (rng.multinomial(len(y), share).astype(float) for _ in range(DRAWS))]
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return {"value": sign * (a(ones) - b(ones)), "low": float(low), "high": float(high)}
