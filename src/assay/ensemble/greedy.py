"""Greedy ensemble selection: the library is pruned, climbed and shrunk within the limits."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assay.core.array import Floats, Index
from assay.core.contract import Metric
from assay.core.errors import BudgetError, UsageError
from assay.core.prediction import scored_rows
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.calibrate import sharpened
from assay.ensemble.candidate import Blend, BlendLimits, Candidate, held
from assay.ensemble.combine import Scale, combine
from assay.ensemble.hill_climbing import ClimbPool, bagged_hill_climb, hill_climb
from assay.ensemble.objective import form_of, objective_for
from assay.ensemble.selection_rows import selection_rows
from assay.ensemble.shrink import margin, shrunk_to_peers, unspoiled
from assay.metrics.choose_metric import evaluate

LIBRARY = 25
DEAR_LIBRARY = 11
"""Library size where every blend costs a metric call, perhaps of the user's function: one climb of 25 steps, no
bags."""
MIN_WEIGHT = 0.01
"""Least weight of a member: below it the prediction hardly changes at full cost in time and size."""
KEPT_UNITS = 20.0
"""An update counts the last weights as so many additions, so that one more weighs a twentieth."""
UPDATE_STEPS = 15


def blend(
    library: Sequence[Candidate],
    target: Target,
    *,
    metric: Metric,
    seeds: Seeds,
    limits: BlendLimits | None = None,
    last: Blend | None = None,
) -> Blend:
    """Choose members and weights on out-of-fold predictions.

    target: of all rows, with weights if the task has them; codes, or values in the user's unit. last: a blend of the
    same task to go on from, for use after every experiment (≤ 0.1 s at 40 candidates of 10,000 rows); without it the
    whole procedure runs (≤ 1 s). Selection reads at most 10,000 rows; equal arguments give equal blends.
    Candidates without a finite score are left out. Raises UsageError when none is left or the rows of those that come
    into question differ,
    BudgetError when no candidate alone keeps the limits.
    """
    limits = limits or BlendLimits()
    affordable = _affordable(_finite(library), limits)
    dear = form_of(metric, target) == "scored"
    most = DEAR_LIBRARY if dear else LIBRARY
    pruned = _comparable(_pruned(affordable, most=most, higher_is_better=metric.higher_is_better, last=last))
    scored = np.flatnonzero(scored_rows(pruned[0].oof))
    rows, ground = selection_rows(scored, target, seeds.child("rows"))
    chosen_on = [replace(c, read=held(c.oof[rows])) for c in pruned]
    pool = ClimbPool(chosen_on, objective_for(metric, [c.oof for c in chosen_on], ground), limits)
    if last is None:
        steps = 50 if len(scored) >= 1000 and not dear else 25
        greedy = bagged_hill_climb(pool, steps=steps, n_rows=len(scored), seeds=seeds)
        whole = target.take(scored)
        held_back = shrunk_to_peers(greedy, chosen_on, ground, metric=metric, whole=whole)
        bold = hill_climb(pool, np.arange(len(chosen_on)), steps=steps)
        options = [_within(weights, pool) for weights in (*held_back, greedy, bold)]
        weights = unspoiled(options, chosen_on, ground, metric=metric)
        scale = _scale(chosen_on, weights, ground, metric)
    else:
        weights, scale = _within(_gone_on(pool, last), pool), last.scale
    return _finished(pruned, weights, scale, target=target, metric=metric)


def _finite(library: Sequence[Candidate]) -> list[Candidate]:
    finite = [c for c in library if np.isfinite(c.score)]
    if not finite:
        raise UsageError("A blend needs at least one experiment with a score.")
    return finite


def _comparable(pruned: list[Candidate]) -> list[Candidate]:
    """Looked at after pruning: of thousands of candidates each look at all rows would cost more than the blend."""
    first = pruned[0]
    scored = scored_rows(first.oof)
    for other in pruned[1:]:
        if not np.array_equal(scored_rows(other.oof), scored):
            raise UsageError(f"#{first.number} and #{other.number} have out-of-fold predictions of different rows.")
    return pruned


def _affordable(library: Sequence[Candidate], limits: BlendLimits) -> list[Candidate]:
    found = [c for c in library if limits.allow([c])]
    if not found:
        fastest, smallest = min(c.row_ms for c in library), min(c.size_bytes for c in library)
        raise BudgetError(
            f"No model keeps within {limits.row_ms:g} ms a row and {limits.size_bytes:,.0f} bytes: the fastest takes "
            f"{fastest:.2f} ms, the smallest {smallest:,} bytes.",
            do=("allow more with --max-latency or --max-size",),
        )
    return found


def _pruned(library: Sequence[Candidate], *, most: int, higher_is_better: bool, last: Blend | None) -> list[Candidate]:
    """At most so many candidates, in order of number: the last members, each family's best, then the best."""
    sign = -1.0 if higher_is_better else 1.0
    ranked = sorted(library, key=lambda c: (sign * c.score, c.number))
    first_of_family = {c.family: c.number for c in reversed(ranked)}
    wanted = set(first_of_family.values()) | set(last.numbers if last else ())
    ranked.sort(key=lambda c: c.number not in wanted)
    return sorted(ranked[:most], key=lambda c: (c.number, c.seconds))


def _gone_on(pool: ClimbPool, last: Blend) -> Floats:
    """Counts after some additions to the last blend; to nothing where it breaks the limits, or is so far behind a new
    candidate that this one alone is better than what they lead to.
    """
    start = KEPT_UNITS * np.array([last.weight_of(c.number) for c in pool.candidates])
    members = [pool.candidates[int(i)] for i in np.flatnonzero(start)]
    among = np.arange(len(pool.candidates))
    if members and pool.limits.allow(members):
        counts = hill_climb(pool, among, steps=UPDATE_STEPS, start=start)
        parts = pool.objective.parts
        mean = np.tensordot(counts / counts.sum(), parts, axes=1).astype(parts.dtype)
        if pool.objective.losses(mean[None])[0] <= np.nanmin(pool.objective.losses(parts)):
            return counts
    return hill_climb(pool, among, steps=UPDATE_STEPS)


def _within(weights: Floats, pool: ClimbPool) -> Floats:
    """(m,) weights of the heaviest members that together keep the limits, summing to 1; ties go to the earlier."""
    share = weights / weights.sum()
    kept: list[int] = []
    for i in np.argsort(-share, kind="stable"):
        fits = pool.limits.allow([pool.candidates[j] for j in (*kept, i)])
        if fits and (share[i] >= MIN_WEIGHT or not kept):
            kept.append(int(i))
    out = np.zeros(len(share))
    out[kept] = share[kept] / share[kept].sum()
    return out


def _members(weights: Floats) -> Index:
    order = np.argsort(-weights, kind="stable")
    return np.asarray(order[weights[order] > 0])


def _scale(candidates: Sequence[Candidate], weights: Floats, target: Target, metric: Metric) -> Scale:
    """Logits where rank or several classes are judged and out-of-fold says so by one standard error.

    Several classes are compared at the best temperature of each, as they will ship: a mean of logits is sharper, which
    alone won four of six comparisons (docs/log.md), and error on new rows then rose, once by 13 %.
    """
    members = _members(weights)
    may = form_of(metric, target) == "rank" or (target.n_classes > 2 and metric.needs != "value")
    if len(members) < 2 or not may:
        return "plain"
    stored = [candidates[i].oof for i in members]
    plain, logit = (combine(stored, list(weights[members]), scale) for scale in ("plain", "logit"))
    if target.n_classes > 2:
        plain, logit = sharpened(plain, target), sharpened(logit, target)
    gain, error = margin(logit, plain, target, metric=metric)
    return "logit" if gain > error else "plain"


def _finished(
    candidates: Sequence[Candidate], weights: Floats, scale: Scale, *, target: Target, metric: Metric
) -> Blend:
    members = _members(weights)
    shares = [float(w) for w in weights[members]]
    mean = combine([candidates[i].oof for i in members], shares, scale)
    scored = np.flatnonzero(scored_rows(mean))
    truth = target.take(scored)
    score = evaluate(metric, truth.values, mean[scored], target.problem, weight=truth.weight)
    return Blend(numbers=tuple(candidates[i].number for i in members), weights=tuple(shares), scale=scale, score=score)
