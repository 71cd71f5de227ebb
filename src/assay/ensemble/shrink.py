"""Shrinkage of greedy weights towards equal ones, stronger with fewer rows."""

from collections.abc import Sequence

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Metric
from assay.core.target import Target
from assay.ensemble.candidate import Candidate
from assay.ensemble.combine import TINY
from assay.metrics.choose_metric import adapt, evaluate

HALF_WAY = 300.0
"""Rows at which greedy and equal weights have the same say: below 500 rows equal weights won 6 of 9 splits, from 640
on greedy won 6 of 6."""
MOST_GROWTH = 1.1
MOST_OVER_SINGLE = 1.005
"""Error of a blend of numbers by that of the best model alone: above it the model would ship in the blend's place."""
PEERS = 2.0
"""Standard errors behind the best up to which a family's best counts as its equal."""


def shrunk_to_peers(
    weights: Floats, candidates: Sequence[Candidate], target: Target, *, metric: Metric, whole: Target
) -> tuple[Floats, ...]:
    """(m,) (1 − λ) weights + λ uniform over the peers, with λ = 1 / (1 + m / 300), then a half and a quarter of it.

    Peers are the families' best candidates within 2 standard errors of the best of all; m counts the rows of `whole`,
    for a binary target twice its rarer class. candidates: with predictions of the target's rows.
    """
    m = len(whole) if whole.n_classes != 2 else 2 * int(np.bincount(whole.values, minlength=2).min())
    pull = 1.0 / (1.0 + m / HALF_WAY)
    equal = np.zeros(len(weights))
    equal[_peers(candidates, target, metric)] = 1.0
    greedy, equal = weights / weights.sum(), equal / equal.sum()
    return tuple((1.0 - share) * greedy + share * equal for share in (pull, pull / 2.0, pull / 4.0))


def unspoiled(options: Sequence[Floats], candidates: Sequence[Candidate], target: Target, *, metric: Metric) -> Floats:
    """The first of several (m,) weights whose error is at most a tenth above the least of them, and of numbers half a
    percent above that of the best candidate alone.

    Weights that are held back from what few rows say cost next to nothing as a rule. But where one model is nearly
    without error, a share for the others is all the error there is, and as they miss few rows widely, no standard error
    shows it. Of options none of which is as good as that, the one of least error.
    """
    errors = [_error(weights, candidates, target, metric) for weights in options]
    if not np.isfinite(errors).any():
        return options[0]
    most = MOST_GROWTH * float(np.nanmin(errors))
    if not target.is_class:
        alone = [_error(weights, candidates, target, metric) for weights in np.eye(len(candidates))]
        most = min(most, max(MOST_OVER_SINGLE * float(np.nanmin(alone)), float(np.nanmin(errors))))
    return next(weights for weights, error in zip(options, errors, strict=True) if error <= most)


def _error(weights: Floats, candidates: Sequence[Candidate], target: Target, metric: Metric) -> float:
    """Of the weighted mean on these rows: the metric, or what it lacks of 1 where more is better."""
    mean = sum(weight * one.oof for weight, one in zip(weights.tolist(), candidates, strict=True) if weight)
    score = evaluate(metric, target.values, np.asarray(mean), target.problem, weight=target.weight)
    return 1.0 - score if metric.higher_is_better else score


def _peers(candidates: Sequence[Candidate], target: Target, metric: Metric) -> list[int]:
    sign = -1.0 if metric.higher_is_better else 1.0
    ranked = sorted(range(len(candidates)), key=lambda i: sign * candidates[i].score)
    best, families = ranked[0], {candidates[ranked[0]].family}
    peers = [best]
    for i in ranked[1:]:
        if candidates[i].family in families:
            continue
        families.add(candidates[i].family)
        behind, error = margin(candidates[best].oof, candidates[i].oof, target, metric=metric)
        if behind <= PEERS * error:
            peers.append(i)
    return peers


def margin(a: AnyArray, b: AnyArray, target: Target, *, metric: Metric) -> tuple[float, float]:
    """How much better a scores than b on the same rows, and the paired standard error of that.

    By the metric and its influence function; for a metric without one, by row losses. Rows count as independent:
    this steers weights, it supports no claim.
    """
    y, weight, problem = target.values, target.weight, target.problem
    shown = [adapt(metric, p, problem) for p in (a, b)]
    influence = [metric.influence(y, p, weight=weight) for p in shown]
    if influence[0] is None or influence[1] is None:
        gain = _row_loss(b, target) - _row_loss(a, target)
        mean = float(np.average(gain, weights=weight))
        held = gain - mean if weight is None else (gain - mean) * weight / weight.mean()
        return mean, _standard_error(held)
    sign = 1.0 if metric.higher_is_better else -1.0
    first, second = (evaluate(metric, y, p, problem, weight=weight) for p in (a, b))
    return sign * (first - second), _standard_error(influence[0] - influence[1])


def _standard_error(influence: Floats) -> float:
    """Of a mean whose influence values, weights in them, are these (n,)."""
    return float(np.sqrt(np.sum(influence**2)) / len(influence))


def _row_loss(stored: AnyArray, target: Target) -> Floats:
    """(n,) log loss of classes, squared error of values."""
    if not target.is_class:
        return np.asarray((np.asarray(stored, dtype=np.float64) - target.values) ** 2)
    y = target.values
    true = np.where(y == 1, stored, 1.0 - stored) if stored.ndim == 1 else stored[np.arange(len(y)), y]
    return -np.log(np.maximum(true, TINY))
