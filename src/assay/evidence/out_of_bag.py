"""Bootstrap resamples: the choice is made again in each and scored on its out-of-bag rows."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from assay.core.array import AnyArray, Bools, Floats
from assay.core.clock import Deadline
from assay.core.contract import Metric, Resampled
from assay.core.prediction import adapt_prediction
from assay.evidence.evaluation_rows import Rows
from assay.evidence.metric_sample import Sample
from assay.evidence.resample import CELLS, draw_counts

ENOUGH_OF_CLASS, REDRAWS, FEWEST = 5, 20, 40
BLENDED = 200
"""Bags at most where each needs a blend of its own."""
LOOP_SECONDS, CALL_SECONDS, ROW_SECONDS = 3.0, 3e-4, 2e-7
"""Longest loop over metric calls, and the typical cost of a scikit-learn call."""


class Reblender(Protocol):
    """A blend whose weights are fitted again in every bag, so that their optimism is measured."""

    def __call__(self, counts: AnyArray) -> AnyArray:
        """Stored predictions of all rows, weights fitted on the rows counted; counts: (n,) uint8, how often each."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bags:
    """The choice, made again in bags. sample: the singles that may win; held: (n,) which of all rows the sample has.

    instead: what is chosen in a bag in which nothing is better than it. fixed: what is scored beside the choice on the
    same rows out of bag, whatever was chosen.
    """

    sample: Sample
    held: Bools
    blend: Reblender | None = None
    instead: Sample | None = None
    fixed: Sample | None = None

    def scores(self, counts: AnyArray) -> Floats:
        """(b, 1 + c) out of the bags: of what each bag chose, and of the c fixed ones."""
        outside = (counts == 0).astype(np.uint8)
        chosen = self._chosen(counts, outside)[:, None]
        return chosen if self.fixed is None else np.column_stack([chosen, self.fixed.resampled(outside)])

    def on_all_rows(self) -> Sample:
        """The choice on all rows, single or blend."""
        levels = rising(self.sample.metric, self.sample.levels())
        best, level = self.sample.only(int(np.nanargmin(levels))), float(np.nanmin(levels))
        if self.blend is not None:
            whole = self._blended(np.ones(len(self.sample.rows), dtype=np.uint8))
            own = float(rising(self.sample.metric, whole.levels())[0])
            best, level = (whole, own) if own < level else (best, level)
        if self.instead is not None and not level < float(rising(self.sample.metric, self.instead.levels())[0]):
            return self.instead
        return best

    @property
    def _is_alone(self) -> bool:
        return len(self.sample.predictions) == 1 and self.blend is None and self.instead is None

    def _chosen(self, counts: AnyArray, outside: AnyArray) -> Floats:
        """(b,) scores out of bag of the best in bag."""
        metric, alone = self.sample.metric, self._is_alone
        inside = np.zeros((len(counts), 1)) if alone else rising(metric, self.sample.resampled(counts))
        inside = np.where(np.isnan(inside), np.inf, inside)
        winners, best = inside.argmin(axis=1), inside.min(axis=1)
        out = np.full(len(counts), np.nan)
        for winner in np.unique(winners):
            bags = np.flatnonzero(winners == winner)
            out[bags] = self.sample.only(int(winner)).resampled(outside[bags])[:, 0]
        for bag in range(len(counts) if self.blend is not None else 0):
            both = self._blended(counts[bag]).resampled(np.stack([counts[bag], outside[bag]]))[:, 0]
            own = rising(metric, both)[0]
            if own < best[bag]:
                best[bag], out[bag] = own, both[1]
        if self.instead is not None:
            floor = rising(metric, self.instead.resampled(counts))[:, 0]
            vain = np.flatnonzero(best >= floor)
            out[vain] = self.instead.resampled(outside[vain])[:, 0] if vain.size else out[vain]
        return out

    def _blended(self, counts: AnyArray) -> Sample:
        assert self.blend is not None
        every = np.zeros(len(self.held), dtype=np.uint8)
        every[self.held] = counts
        shown = self.blend(every)[self.held]
        metric, rows = self.sample.metric, self.sample.rows
        return replace(self.sample, predictions=(adapt_prediction(shown, metric.needs, rows.problem),), known=None)


def rising(metric: Metric, levels: Floats) -> Floats:
    """Levels turned so that the smallest is the best."""
    return -levels if metric.higher_is_better else levels


def most_calls(sample: Sample) -> float:
    """Metric calls that fit into 3 s, by the number of rows, so that results do not depend on the clock."""
    return LOOP_SECONDS / (CALL_SECONDS + ROW_SECONDS * len(sample.rows))


def out_of_bag(bags: Bags, deadline: Deadline, at_most: int | None) -> tuple[Floats, int]:
    """((≤ draws, 1 + c) `Bags.scores` of the usable draws, draws made); a deadline lowers their number, never below one
    chunk."""
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


def _resamples(bags: Bags) -> int:
    sample, fixed = bags.sample, 0 if bags.fixed is None else len(bags.fixed.predictions)
    n_rows, n_calls = len(sample.rows), len(sample.predictions) + fixed + 2 * (bags.blend is not None)
    most = 1000 if bags.blend is None else BLENDED
    if not isinstance(sample.metric, Resampled):
        return int(np.clip(most_calls(sample) / n_calls, 2 * FEWEST, most))
    if n_rows <= 20_000:
        return most
    return min(most, 200 if sample.metric.by_fold else 500)


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
    """Rows of a class that have to be out of bag: of several classes a rare one needs a quarter of its rows (a third is
    out on average), so that it does not block the correction.
    """
    return ENOUGH_OF_CLASS if n_classes <= 2 else min(ENOUGH_OF_CLASS, max(size // 4, int(size > 1)))
