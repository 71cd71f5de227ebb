"""The score of the best of a pool, corrected for having been chosen as the best."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.clock import Deadline
from assay.core.contract import Metric, Resampled
from assay.core.errors import DataError
from assay.core.figure import Figure
from assay.core.seed import Seeds
from assay.evidence.estimate import Estimate
from assay.evidence.resample import CELLS, draw_counts
from assay.evidence.rows import Rows
from assay.evidence.sample import Sample

AT_MOST, NEAR_SIGMA = 64, 5.0
ENOUGH_OF_CLASS, REDRAWS, FEWEST = 5, 20, 40
LOOP_SECONDS, CALL_SECONDS, ROW_SECONDS = 3.0, 3e-4, 2e-7
"""A loop over metric calls may last so long; a call of scikit-learn costs about that, on any machine we know."""


def corrected(
    metric: Metric,
    rows: Rows,
    pool: Mapping[int, AnyArray],
    *,
    seeds: Seeds,
    blend: Mapping[int, float] | None = None,
    deadline: Deadline = Deadline(),
) -> Figure:
    """Bootstrap bias-corrected cross-validation (Tsamardinos, Greasidou and Borboudakis, 2018; evidence.md 5.2).

    pool: stored out-of-fold predictions by experiment number, a pool fixed before any score was seen; blend: weights
    by number, one more configuration (its weights are kept, not refitted: the little they gained stays in).
    In each resample the best in-bag configuration is scored on the rows out of bag; value is the mean, the interval
    the 2.5 and 97.5 % quantiles. Resamples: 1000; above 20,000 rows 500, rank metrics 200; metrics that can only be
    called one by one as many as 3 s allow. A deadline lowers the number (never below one chunk).
    Cost, one core: 20 configurations of 45,000 rows, AUC, 0.8 s.
    """
    numbers = sorted(pool)
    stored = [pool[number] for number in numbers]
    if not stored:
        raise DataError("No experiment is complete: there is nothing to correct.")
    unknown = sorted(set(blend or ()) - set(pool))
    if unknown:
        raise DataError(f"The blend uses experiment {unknown[0]}, which is not in the pool. Give its predictions too.")
    if blend:
        share = sum(blend.values())
        stored.append(sum((weight / share * pool[number] for number, weight in blend.items()), np.zeros(())))
    sample = Sample.of(metric, replace(rows, seeds=seeds), stored)
    levels = sample.levels()
    near = _near_the_best(sample, levels)
    scores = _out_of_bag(sample.only(*near), _resamples(sample, len(near)), deadline)
    words = f"{len(numbers)} recipe{'s' * (len(numbers) > 1)}" + (" and their blend" if blend else "")
    if len(scores) < FEWEST:
        best = float(levels[near[0]])
        why = f"only {len(scores)} resamples with {ENOUGH_OF_CLASS} rows of each class"
        return _figure(sample, best, None, f"best of {words}, not corrected: {why}")
    low, high = np.quantile(scores, [0.025, 0.975])
    method = f"BBC-CV over {words}, {len(scores):,} resamples"
    return _figure(sample, float(scores.mean()), (float(low), float(high)), method)


def _figure(sample: Sample, value: float, ends: tuple[float, float] | None, method: str) -> Figure:
    low, high = ends or (None, None)
    return Figure(
        value=value, metric=sample.metric.name, title=sample.metric.title, origin="corrected", rows=len(sample.rows),
        low=low, high=high, method=method,
    )  # fmt: skip


def _near_the_best(sample: Sample, levels: Floats) -> list[int]:
    """Configurations within 5 paired row sigma of the best, best first, at most 64; others are never chosen in-bag."""
    order = np.argsort(_rising(sample.metric, levels), kind="stable")
    order = order[~np.isnan(levels[order])]
    if not order.size:
        raise DataError(f"{sample.metric.title} is undefined on these {len(sample.rows):,} rows: a class is absent.")
    candidates = [int(number) for number in order[: _at_most(sample)]]
    best = sample.only(candidates[0]).influences()
    if best is None:
        return candidates
    units, near = sample.rows.units(), candidates[:1]
    for number in candidates[1:]:  # one at a time: all of them are 500 MB at a million rows
        influence = sample.only(number).influences()
        gap = abs(levels[number] - levels[candidates[0]])
        if influence is not None and gap <= NEAR_SIGMA * _row_sigma(units, influence[0] - best[0]):
            near.append(number)
    return near


def _row_sigma(units: Index, influence: Floats) -> float:
    sums = np.bincount(units, weights=influence).astype(np.float64)
    return Estimate(value=0.0, sums=sums, mass=np.ones(len(sums)), n_rows=len(influence)).sigma


def _rising(metric: Metric, levels: Floats) -> Floats:
    """Levels turned so that the smallest is the best."""
    return -levels if metric.higher_is_better else levels


def _resamples(sample: Sample, n_configurations: int) -> int:
    n_rows = len(sample.rows)
    if not isinstance(sample.metric, Resampled):
        return int(np.clip(_calls(sample) / (n_configurations + 1), 2 * FEWEST, 1000))
    if n_rows <= 20_000:
        return 1000
    return 200 if sample.metric.by_fold else 500


def _calls(sample: Sample) -> float:
    """Metric calls that fit into 3 s: told from the number of rows, so that no clock decides."""
    return LOOP_SECONDS / (CALL_SECONDS + ROW_SECONDS * len(sample.rows))


def _at_most(sample: Sample) -> int:
    if isinstance(sample.metric, Resampled):
        return AT_MOST
    return int(np.clip(_calls(sample) / (2 * FEWEST) - 1, 2, AT_MOST))


def _out_of_bag(sample: Sample, n_draws: int, deadline: Deadline) -> Floats:
    """(≤ n_draws,) score of the in-bag winner on the rows out of bag."""
    rng, clock = sample.rows.seeds.child("bbc").rng(), deadline.clock
    chunk = min(max(CELLS // len(sample.rows), 1), n_draws)
    scores, done, longest = [], 0, 0.0
    while done < n_draws and (done == 0 or deadline.left > longest):
        began = clock.now()
        counts = _draw(sample, min(chunk, n_draws - done), rng)
        scores.append(_winners_out_of_bag(sample, counts))
        done += chunk
        longest = max(longest, clock.now() - began)
    found = np.concatenate(scores)
    return np.asarray(found[np.isfinite(found)])


def _winners_out_of_bag(sample: Sample, counts: AnyArray) -> Floats:
    inside = (
        _rising(sample.metric, sample.resampled(counts)) if len(sample.predictions) > 1 else np.zeros((len(counts), 1))
    )
    winners = np.where(np.isnan(inside), np.inf, inside).argmin(axis=1)
    out = np.full(len(counts), np.nan)
    for winner in np.unique(winners):
        bags = np.flatnonzero(winners == winner)
        out[bags] = sample.only(int(winner)).resampled((counts[bags] == 0).astype(np.uint8))[:, 0]
    return out


def _draw(sample: Sample, n_draws: int, rng: np.random.Generator) -> AnyArray:
    """Counts (b, n) by class; draws with fewer than 5 rows of a class out of bag are drawn again, at last dropped."""
    rows = sample.rows
    counts = draw_counts(rows, rows.y if rows.is_class else None, n_draws, rng)
    for _ in range(REDRAWS):
        short = np.flatnonzero(~_has_enough(rows, counts))
        if not short.size:
            return counts
        counts[short] = draw_counts(rows, rows.y if rows.is_class else None, len(short), rng)
    return np.asarray(counts[_has_enough(rows, counts)])


def _has_enough(rows: Rows, counts: AnyArray) -> Bools:
    out = counts == 0
    if not rows.is_class:
        return np.asarray(out.sum(axis=1) >= ENOUGH_OF_CLASS)
    enough = [out[:, rows.y == c].sum(axis=1) >= ENOUGH_OF_CLASS for c in np.unique(rows.y)]
    return np.asarray(np.logical_and.reduce(enough))
