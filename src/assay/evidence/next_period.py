"""The expected score in the next period of time, with its interval, from the scores in the periods before.

The blocks of rows in order of time are the studies of a random-effects meta-analysis (DerSimonian and Laird, 1986): a
block's score is a common level plus the block's own effect plus sampling error. The next period is one more study, and
its score has a predictive interval (Higgins, Thompson and Spiegelhalter, 2009). Block effects are independent, a random
walk, or a mixture; a handful of blocks cannot estimate their variance, so that it is integrated over a grid with its
posterior weights (Roever, 2020).
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Metric
from assay.core.figure import Z95, Difference, Figure
from assay.core.prediction import scored_rows
from assay.core.split import LATER
from assay.core.time_stretches import ALIKE, FEWEST, Blocks, UnknownNextPeriod
from assay.evidence.estimate import estimate
from assay.evidence.evaluation_rows import Rows
from assay.evidence.metric_sample import Sample

PARTS = 5
"""Blocks that a holdout is cut into by time."""
FEWEST_ROWS = 5
"""Rows of the rarest class below which a block is not scored."""
SIZES = np.concatenate([[0.0], np.geomspace(0.1, 100.0, 46)])
"""Grid of standard deviations between blocks, in units of the standard error within blocks."""
PRIOR = 0.5
"""Scale of their half-Cauchy prior (Gelman, 2006), in the same unit."""
EVERYTHING, WIDEST = 0.7, 1.5
"""An interval that covers so much of what lies between knowing nothing and knowing everything, or is so many times as
wide, spans everything."""
WALKS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
"""Grid of shares of that variance that are a random walk from block to block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextPeriod:
    """The score of a next period of so many rows, with its 95 % predictive interval."""

    value: float
    low: float
    high: float
    rows: int
    blocks: Blocks

    def as_unknown(self) -> UnknownNextPeriod:
        """The same as no promise, since it may be anything between its ends."""
        scored = len(self.blocks.scores)
        return UnknownNextPeriod(scored=scored, blocks=scored + len(self.blocks.unscored), low=self.low, high=self.high)


def next_period(
    metric: Metric, rows: Rows, prediction: AnyArray, *, shift: tuple[float, float] | None = None
) -> NextPeriod | UnknownNextPeriod:
    """The expected score in a next period as long as the blocks are on average.

    prediction: stored, of all rows; rows.folds: the blocks, in order of time. shift: the score over all blocks before
    and after correction for selection, which moves the whole. Untold where fewer than three blocks can be scored, or
    their sampling variance is unknown.
    """
    found = _by_block(metric, rows, prediction)
    unknown_next_period = UnknownNextPeriod(scored=len(found.scores), blocks=len(found.scores) + len(found.unscored))
    if unknown_next_period.are_too_few:
        return unknown_next_period
    scores, variances, sizes = found.scores, found.variances, found.sizes
    scale = UnboundedScale(metric.bounds)
    if not scale.holds(np.append(scores, shift or ())):
        scale = UnboundedScale((-math.inf, math.inf))
    places, slope = scale.to(scores), scale.slope(scores)
    law = _law(places, variances * slope**2, sizes)
    if law is None:
        return unknown_next_period
    moved = 0.0 if shift is None else float(np.diff(scale.to(np.array(shift)))[0])
    value, *ends = np.clip(scale.back(law.places + moved), *metric.bounds).tolist()
    return NextPeriod(value=value, low=min(ends), high=max(ends), rows=law.rows, blocks=law.blocks(found))


def spans_everything(metric: Metric, rows: Rows, prediction: AnyArray, found: NextPeriod) -> bool:
    """Whether the interval covers nearly all that lies between the best constant and no error at all, or is wider than
    that, and so tells nothing; False where the metric knows neither. prediction: as of `next_period`.
    """
    best = metric.bounds[1] if metric.higher_is_better else metric.bounds[0]
    nothing = _best_constant(metric, rows, prediction)
    if nothing is None or not math.isfinite(best):
        return False
    low, high = sorted((best, nothing))
    covered = min(found.high, high) - max(found.low, low)
    return covered >= EVERYTHING * (high - low) or found.high - found.low >= WIDEST * (high - low)


def _best_constant(metric: Metric, rows: Rows, prediction: AnyArray) -> float | None:
    """The score of the best answer that is the same for all rows; None where the metric is undefined for these."""
    held = scored_rows(prediction)
    y = rows.y[held]
    if not rows.is_class:
        answers = [np.full(len(prediction), one) for one in (float(np.mean(y)), float(np.median(y)))]
    else:
        width = 2 if prediction.ndim == 1 else prediction.shape[1]
        shares = np.bincount(y, minlength=width) / len(y)
        answers = [
            np.full(len(prediction), shares[1]) if prediction.ndim == 1 else np.tile(shares, (len(prediction), 1))
        ]
    for answer in answers:
        answer[~held] = np.nan
    scores = Sample.of(metric, rows, answers).levels()
    known = scores[np.isfinite(scores)]
    if not len(known):
        return None
    return float(known.max() if metric.higher_is_better else known.min())


def next_period_gain(metric: Metric, rows: Rows, a: AnyArray, b: AnyArray, *, shift: float = 0.0) -> NextPeriod | None:
    """The gain of b over a in a next period, positive is better; shift: by a correction for selection. None where
    `next_period` has nothing to tell.
    """
    sign = 1.0 if metric.higher_is_better else -1.0
    found = _by_block(metric, rows, a, b, signs=(-sign, sign))
    law = None if len(found.scores) < FEWEST else _law(found.scores, found.variances, found.sizes)
    if law is None:
        return None
    value, low, high = (law.places + shift).tolist()
    return NextPeriod(value=value, low=low, high=high, rows=law.rows, blocks=law.blocks(found))


def next_period_figure(figure: Figure, found: NextPeriod) -> Figure:
    """The figure for the next period in place of the one for rows like these."""
    n = len(found.blocks.scores)
    method = f"random effects over {n} blocks of time, for a next one of {found.rows:,} rows; {figure.method}"
    return replace(figure, value=found.value, low=found.low, high=found.high, method=method, ahead=found.rows)


def next_period_difference(difference: Difference, found: NextPeriod) -> Difference:
    """The same of a gain."""
    n = len(found.blocks.scores)
    method = f"random effects over {n} blocks of time, for a next one of {found.rows:,} rows; {difference.method}"
    sigma = (found.high - found.low) / (2.0 * Z95)
    return replace(difference, value=found.value, low=found.low, high=found.high, sigma=sigma, df=n - 1.0, n_units=n,
                   method=method)  # fmt: skip


def time_blocks(folds: Index, moment: Floats, units: Index | None) -> Index:
    """(n,) blocks of time for `next_period`: folds in order of time, or where these are fewer than three, as in a large
    table's holdout, equal parts of each. Rows of a unit, and of a moment, stay together.
    """
    held = np.flatnonzero(folds < LATER)
    numbers = np.unique(folds[held])
    if len(numbers) >= FEWEST:
        return folds
    last, parts = np.array(moment, dtype=np.float64), -(-PARTS // max(len(numbers), 1))
    if units is not None:
        ends = np.full(int(units.max()) + 1, -np.inf)
        np.maximum.at(ends, units, last)
        last = ends[units]
    out = np.array(folds, dtype=np.int64)
    for place, number in enumerate(numbers):
        rows = held[folds[held] == number]
        _, position, sizes = np.unique(last[rows], return_inverse=True, return_counts=True)
        before = (np.cumsum(sizes) - sizes) * parts // len(rows)
        out[rows] = place * parts + before[position]
    return out


@dataclass(frozen=True, slots=True, eq=False)
class _BlockScores:
    """Of the blocks that can be scored, in order of time: scores, their variances over rows, rows. unscored: the
    others, counted from 1."""

    scores: Floats
    variances: Floats
    sizes: Floats
    unscored: tuple[int, ...]


def _by_block(metric: Metric, rows: Rows, *stored: AnyArray, signs: tuple[float, ...] = (1.0,)) -> _BlockScores:
    held = scored_rows(stored[0])
    kept, known = rows.take(held), [one[held] for one in stored]
    found = [_scored(metric, kept.take(fold), [one[fold] for one in known], signs) for fold in kept.fold_rows()]
    scored = np.array([one for one in found if one is not None], dtype=np.float64).reshape(-1, 3)
    unscored = tuple(place for place, one in enumerate(found, start=1) if one is None)
    return _BlockScores(scored[:, 0], scored[:, 1], scored[:, 2], unscored)


def _scored(
    metric: Metric, rows: Rows, stored: list[AnyArray], signs: tuple[float, ...]
) -> tuple[float, float, int] | None:
    """(score, its variance over rows, rows) of a block; None where the metric is undefined in it."""
    sample = Sample.of(metric, rows, stored)
    if np.isnan(sample.levels()).any() or rows.n_rarest() < FEWEST_ROWS:
        return None
    found = estimate(sample, np.array(signs))
    return found.value, found.variance, found.n_rows


def _law(places: Floats, variances: Floats, sizes: Floats) -> "PredictiveMixture | None":
    """Sampling variance is pooled over all blocks, as a block of few rows estimates its own badly."""
    per_row, length = float(np.mean(variances * sizes)), round(float(sizes.mean()))
    if not per_row > 0.0:
        return None
    return predictive_mixture(places, per_row / sizes, per_row / length, rows=length)


@dataclass(frozen=True, slots=True)
class UnboundedScale:
    """An unbounded scale for scores: the logit between two bounds, the logarithm of the distance to one."""

    bounds: tuple[float, float]

    @property
    def _ends(self) -> tuple[bool, bool]:
        return math.isfinite(self.bounds[0]), math.isfinite(self.bounds[1])

    def holds(self, scores: Floats) -> bool:
        """Whether none of them lies on a bound."""
        return bool(np.all((scores > self.bounds[0]) & (scores < self.bounds[1])))

    def to(self, scores: Floats) -> Floats:
        """From the metric's own scale."""
        (low, high), (is_low, is_high) = self.bounds, self._ends
        out = np.asarray(scores, dtype=np.float64)
        if is_low:
            out = np.log(scores - low) - (np.log(high - scores) if is_high else 0.0)
        elif is_high:
            out = -np.log(high - scores)
        return np.asarray(out)

    def slope(self, scores: Floats) -> Floats:
        """The derivative of the scale at these scores."""
        (low, high), (is_low, is_high) = self.bounds, self._ends
        if not (is_low or is_high):
            return np.ones_like(scores, dtype=np.float64)
        below = 1.0 / (scores - low) if is_low else 0.0
        return np.asarray(below + (1.0 / (high - scores) if is_high else 0.0))

    def back(self, places: Floats) -> Floats:
        """To the metric's own scale."""
        (low, high), (is_low, is_high) = self.bounds, self._ends
        if is_low and is_high:
            return np.asarray(low + (high - low) / (1.0 + np.exp(-places)))
        if is_low:
            return np.asarray(low + np.exp(places))
        return np.asarray(high - np.exp(-places)) if is_high else places


@dataclass(frozen=True, slots=True, eq=False)
class PredictiveMixture:
    """The predictive distribution of the next period's score on an unbounded scale: a normal mixture. mean, sigma,
    weight: (j,); apart, size: see Blocks.
    """

    mean: Floats
    sigma: Floats
    weight: Floats
    apart: float
    size: float
    rows: int = 0

    @property
    def places(self) -> Floats:
        """(3,) the mean and the ends of the middle 95 %."""
        return np.array([float(self.weight @ self.mean), self.quantile(0.025), self.quantile(0.975)])

    def blocks(self, found: _BlockScores) -> Blocks:
        """The blocks it rests on, on the metric's own scale."""
        rows, scores = tuple(int(size) for size in found.sizes), tuple(found.scores.tolist())
        return Blocks(scores=scores, rows=rows, apart=self.apart, size=self.size, unscored=found.unscored)

    def quantile(self, share: float) -> float:
        """The quantile of the mixture."""
        from scipy.optimize import brentq
        from scipy.special import ndtr

        low, high = float((self.mean - 40.0 * self.sigma).min()), float((self.mean + 40.0 * self.sigma).max())
        return float(brentq(lambda at: float(self.weight @ ndtr((at - self.mean) / self.sigma)) - share, low, high))


def predictive_mixture(scores: Floats, variances: Floats, variance: float, *, rows: int = 0) -> PredictiveMixture:
    """The predictive distribution of one more score after `scores` (k,), in order; variances: sampling variances, and
    that of the next, which has so many rows.
    """
    size, walk = np.repeat(SIZES, len(WALKS)), np.tile(WALKS, len(SIZES))
    mean, sigma, fit = _given(scores, variances, variance, size**2 * float(variances.mean()), walk)
    known = fit + np.log(_prior(size))
    weight = np.exp(known - known.max())
    weight /= weight.sum()
    by_size = weight.reshape(len(SIZES), len(WALKS)).sum(axis=1)
    median = float(SIZES[np.searchsorted(np.cumsum(by_size), 0.5)])
    return PredictiveMixture(mean, sigma, weight, apart=float(by_size[SIZES > ALIKE].sum()), size=median, rows=rows)


def _prior(size: Floats) -> Floats:
    """(j,) mass of each size: half-Cauchy over a grid that is not even."""
    edges = np.unique(size)
    cut = np.concatenate([[0.0], (edges[1:] + edges[:-1]) / 2.0, [np.inf]])
    mass = np.diff(2.0 / np.pi * np.arctan(cut / PRIOR))
    return np.asarray(mass[np.searchsorted(edges, size)])


def _given(
    scores: Floats, variances: Floats, variance: float, apart: Floats, walk: Floats
) -> tuple[Floats, Floats, Floats]:
    """(mean, σ, log likelihood), (j,) each, where blocks differ by variances `apart`, shares `walk` of it a walk.

    The level they have in common is unknown and takes its own uncertainty along (restricted likelihood).
    """
    place = np.arange(len(scores) + 1.0)
    steps, own = np.minimum(place[:, None], place), np.eye(len(place))
    shared = apart[:, None, None] * (walk[:, None, None] * steps + (1.0 - walk[:, None, None]) * own)
    among, to_next = shared[:, :-1, :-1] + np.diag(variances), shared[:, -1, :-1]
    inverse = np.linalg.inv(among)
    one = inverse.sum(axis=2)
    mass = one.sum(axis=1)
    level = one @ scores / mass
    off = scores - level[:, None]
    pull = np.einsum("jab,jb->ja", inverse, to_next)
    spread = shared[:, -1, -1] + variance - (to_next * pull).sum(axis=1) + (1.0 - pull.sum(axis=1)) ** 2 / mass
    misfit = np.einsum("ja,jab,jb->j", off, inverse, off)
    fit = -0.5 * (np.linalg.slogdet(among)[1] + np.log(mass) + misfit)
    return level + (pull * off).sum(axis=1), np.sqrt(spread), fit
