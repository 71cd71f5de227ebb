"""The score of the best of a pool, corrected for having been chosen as the best."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.clock import Deadline
from assay.core.contract import Metric, Resampled
from assay.core.errors import DataError
from assay.core.figure import Figure
from assay.core.prediction import adapt_prediction, scored_rows
from assay.core.seed import Seeds
from assay.evidence.estimate import Estimate
from assay.evidence.resample import CELLS, draw_counts
from assay.evidence.rows import Rows
from assay.evidence.sample import Sample

AT_MOST, NEAR_SIGMA = 64, 5.0
ENOUGH_OF_CLASS, REDRAWS, FEWEST = 5, 20, 40
BLENDED, ENDS = 200, (0.025, 0.975)
"""Bags at most where each needs a blend of its own; ends of an interval."""
LOOP_SECONDS, CALL_SECONDS, ROW_SECONDS = 3.0, 3e-4, 2e-7
"""A loop over metric calls may last so long; a call of scikit-learn costs about that, on any machine we know."""


class Reblend(Protocol):
    """A blend that can be made anew for every bag, so that what its weights gain by looking at rows is seen."""

    def __call__(self, counts: AnyArray) -> AnyArray:
        """Stored predictions of all rows, weights fitted on the rows counted; counts: (n,) uint8, how often each."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Choice:
    """What the shipped model was chosen from.

    pool: stored out-of-fold predictions by experiment number. blend: one more configuration. baseline: predictions that
    the choice is compared with, in the pool or not. searched: how many of the pool were proposed after scores were seen
    (a search in a bounded space; counting them as a fixed pool is an approximation). draws: at most so
    many resamples, to make a correction again that a deadline had cut short. behind: recipes that were to choose from,
    too, so far behind the pool that no resample would choose one; counted among the searched where they were.
    """

    pool: Mapping[int, AnyArray]
    blend: Reblend | None = None
    baseline: AnyArray | None = None
    searched: int = 0
    draws: int | None = None
    behind: int = 0

    @property
    def n_recipes(self) -> int:
        """How many were to choose from."""
        return len(self.pool) + self.behind

    @property
    def words(self) -> str:
        n, fixed = self.n_recipes, self.n_recipes - self.searched
        kinds = f"{fixed} fixed and {self.searched} searched recipes" if self.searched else _recipes(n)
        return kinds + (" and their blend" if self.blend else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What the choice gains over the baseline out of bag, positive is better; sigma, low and high over the bags."""

    value: float
    sigma: float
    low: float
    high: float

    def moved(self, by: float) -> "Gain":
        return replace(self, value=self.value + by, low=self.low + by, high=self.high + by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """The figure, and the gain over the baseline; no gain without a baseline or too few usable resamples.

    draws: resamples made, usable or not.
    """

    figure: Figure
    gain: Gain | None = None
    draws: int = 0


def corrected(
    metric: Metric,
    rows: Rows,
    pool: Mapping[int, AnyArray],
    *,
    seeds: Seeds,
    blend: Reblend | None = None,
    deadline: Deadline = Deadline(),
) -> Figure:
    """The figure alone of `correct`."""
    return correct(metric, replace(rows, seeds=seeds), Choice(pool=pool, blend=blend), deadline=deadline).figure


def correct(metric: Metric, rows: Rows, choice: Choice, *, deadline: Deadline = Deadline()) -> Corrected:
    """Bootstrap bias-corrected cross-validation (Tsamardinos, Greasidou and Borboudakis, 2018).

    In each resample the blend's weights are fitted anew in-bag, the best in-bag configuration is scored on the rows out
    of bag, and so is the baseline; value is the mean, the interval the 2.5 and 97.5 % quantiles. Resamples: 1000; above
    20,000 rows 500, rank metrics 200; with a blend 200 at most; metrics that can only be called one by one as many as
    3 s allow. A deadline lowers the number (never below one chunk). Under 40 usable resamples the naive score is
    returned, its origin "oof". Cost, one core: 20 configurations of 45,000 rows, AUC, 0.8 s.
    """
    stored = [choice.pool[number] for number in sorted(choice.pool)]
    if not stored:
        raise DataError("No experiment is complete: there is nothing to correct.")
    singles = len(stored)
    if choice.baseline is not None:
        stored.append(choice.baseline)
    sample = Sample.of(metric, rows, stored)
    pool = sample.only(*range(singles))
    levels = pool.levels()
    near = _near_the_best(pool, levels)
    bags = _Bags(
        sample=pool.only(*near), held=scored_rows(stored[0]), blend=choice.blend,
        baseline=None if choice.baseline is None else sample.only(singles),
    )  # fmt: skip
    scores, draws = _out_of_bag(bags, deadline, choice.draws)
    if len(scores) < FEWEST:
        method = f"not corrected: too few usable resamples ({len(scores)}) for the choice among {choice.words}"
        return Corrected(figure=_figure(pool, bags.naive(float(levels[near[0]])), method=method), draws=draws)
    low, high = (float(end) for end in np.quantile(scores[:, 0], ENDS))
    method = f"BBC-CV over {choice.words}, {len(scores):,} resamples"
    whole = replace(
        _figure(pool, float(scores[:, 0].mean()), method=method), origin="corrected", low=low, high=high,
        chosen_among=choice.n_recipes,
    )  # fmt: skip
    gain = None if choice.baseline is None else _gain(metric, scores)
    return Corrected(figure=whole, gain=gain, draws=draws)


def _recipes(n: int) -> str:
    return f"{n} recipe{'s' * (n > 1)}"


def _gain(metric: Metric, scores: Floats) -> Gain:
    gains = (scores[:, 0] - scores[:, 1]) * (1.0 if metric.higher_is_better else -1.0)
    low, high = np.quantile(gains, ENDS)
    return Gain(value=float(gains.mean()), sigma=float(gains.std(ddof=1)), low=float(low), high=float(high))


def _figure(sample: Sample, value: float, *, method: str) -> Figure:
    return Figure(
        value=value, metric=sample.metric.name, title=sample.metric.title, origin="oof", rows=len(sample.rows),
        method=method,
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


def _resamples(bags: "_Bags") -> int:
    sample = bags.sample
    n_rows, n_calls = len(sample.rows), len(sample.predictions) + 1 + 2 * (bags.blend is not None)
    most = 1000 if bags.blend is None else BLENDED
    if not isinstance(sample.metric, Resampled):
        return int(np.clip(_calls(sample) / n_calls, 2 * FEWEST, most))
    if n_rows <= 20_000:
        return most
    return min(most, 200 if sample.metric.by_fold else 500)


def _calls(sample: Sample) -> float:
    """Metric calls that fit into 3 s: told from the number of rows, so that no clock decides."""
    return LOOP_SECONDS / (CALL_SECONDS + ROW_SECONDS * len(sample.rows))


def _at_most(sample: Sample) -> int:
    if isinstance(sample.metric, Resampled):
        return AT_MOST
    return int(np.clip(_calls(sample) / (2 * FEWEST) - 1, 2, AT_MOST))


def _out_of_bag(bags: "_Bags", deadline: Deadline, at_most: int | None) -> tuple[Floats, int]:
    """(≤ draws, 2) scores out of bag, of the in-bag winner and of the baseline (or of the winner again); draws made."""
    sample, n_draws = bags.sample, _resamples(bags)
    n_draws = n_draws if at_most is None else min(n_draws, at_most)
    rng, clock = sample.rows.seeds.child("bbc").rng(), deadline.clock
    chunk = min(max(CELLS // len(sample.rows), 1), n_draws if bags.blend is None else FEWEST)
    scores, done, longest = [], 0, 0.0
    while done < n_draws and (done == 0 or deadline.left > longest):
        began = clock.now()
        counts = _draw(sample, min(chunk, n_draws - done), rng)
        scores.append(bags.scores(counts))
        done += chunk
        longest = max(longest, clock.now() - began)
    found = np.concatenate(scores)
    return np.asarray(found[np.isfinite(found).all(axis=1)]), min(done, n_draws)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Bags:
    """The choice, made again in bags. sample: the singles that may win; held: (n,) which of all rows the sample has."""

    sample: Sample
    held: Bools
    blend: Reblend | None
    baseline: Sample | None

    def scores(self, counts: AnyArray) -> Floats:
        """(b, 2) of the winners and of the baseline, out of the bags."""
        outside = (counts == 0).astype(np.uint8)
        chosen = self._winners(counts, outside)
        beside = chosen if self.baseline is None else self.baseline.resampled(outside)[:, 0]
        return np.column_stack([chosen, beside])

    def naive(self, single: float) -> float:
        """The best level on all rows, single or blend."""
        if self.blend is None:
            return single
        whole = self._blended(np.ones(len(self.sample.rows), dtype=np.uint8)).levels()
        return float((max if self.sample.metric.higher_is_better else min)(single, float(whole[0])))

    def _winners(self, counts: AnyArray, outside: AnyArray) -> Floats:
        metric, alone = self.sample.metric, len(self.sample.predictions) == 1 and self.blend is None
        inside = np.zeros((len(counts), 1)) if alone else _rising(metric, self.sample.resampled(counts))
        inside = np.where(np.isnan(inside), np.inf, inside)
        winners = inside.argmin(axis=1)
        out = np.full(len(counts), np.nan)
        for winner in np.unique(winners):
            bags = np.flatnonzero(winners == winner)
            out[bags] = self.sample.only(int(winner)).resampled(outside[bags])[:, 0]
        for bag in range(len(counts) if self.blend is not None else 0):
            both = self._blended(counts[bag]).resampled(np.stack([counts[bag], outside[bag]]))[:, 0]
            if _rising(metric, both)[0] < inside[bag].min():
                out[bag] = both[1]
        return out

    def _blended(self, counts: AnyArray) -> Sample:
        assert self.blend is not None
        every = np.zeros(len(self.held), dtype=np.uint8)
        every[self.held] = counts
        shown = self.blend(every)[self.held]
        metric, rows = self.sample.metric, self.sample.rows
        return replace(self.sample, predictions=(adapt_prediction(shown, metric.needs, rows.problem),))


def _draw(sample: Sample, n_draws: int, rng: np.random.Generator) -> AnyArray:
    """Counts (b, n) by class; draws with too few rows of a class out of bag are drawn again, at last dropped."""
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
    classes, sizes = np.unique(rows.y, return_counts=True)
    enough = [
        out[:, rows.y == c].sum(axis=1) >= _needed(int(n), len(sizes)) for c, n in zip(classes, sizes, strict=True)
    ]
    return np.asarray(np.logical_and.reduce(enough))


def _needed(size: int, n_classes: int) -> int:
    """Rows of a class that have to be out of bag: of several classes a rare one, a third of which is out on average,
    is asked for a quarter of its rows, so that it does not keep all others from being corrected.
    """
    return ENOUGH_OF_CLASS if n_classes <= 2 else min(ENOUGH_OF_CLASS, max(size // 4, int(size > 1)))
