"""Bootstrap and permutation over units, for samples too small for the normal approximation."""

import math

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Resampled
from assay.core.seed import Seeds
from assay.evidence.estimate import Estimate
from assay.evidence.evaluation_rows import Rows
from assay.evidence.metric_sample import Sample

EXACT_UNITS, FLIPS = 13, 10_000
BOOTSTRAPS, BOOTSTRAPS_ONE_BY_ONE = 2_000, 400
BOOTSTRAP_ROWS, BOOTSTRAP_ROWS_ONE_BY_ONE = 20_000, 2_000
"""More resamples and rows where a metric scores many weightings at once; a call of scikit-learn costs near 1 ms."""
CELLS = 9_000_000
"""Cells of a table of counts held at once: 9 MB as bytes, 72 MB as numbers."""
COUNTED = 100_000
"""Draws counted at once: few enough for the cache, enough that small samples need no loop."""


def draw_counts(rows: Rows, strata: AnyArray | None, n_draws: int, rng: np.random.Generator) -> AnyArray:
    """(n_draws, n) uint8: how often each row is drawn, units with replacement, rows of a unit together.

    strata: (n,) values within which rows are drawn, as many as there are; groups ignore it (a group has many).
    """
    if rows.groups is not None:
        units = rows.units()
        return _drawn(int(units.max()) + 1, n_draws, rng)[:, units]
    if strata is None:
        return _drawn(len(rows), n_draws, rng)
    counts = np.empty((n_draws, len(rows)), dtype=np.uint8)
    for value in np.unique(strata):
        inside = np.flatnonzero(strata == value)
        counts[:, inside] = _drawn(len(inside), n_draws, rng)
    return counts


def _drawn(n_units: int, n_draws: int, rng: np.random.Generator) -> AnyArray:
    out = np.empty((n_draws, n_units), dtype=np.uint8)
    size = max(COUNTED // n_units, 1)
    for start in range(0, n_draws, size):
        n = min(size, n_draws - start)
        places = rng.integers(0, n_units, (n, n_units)) + n_units * np.arange(n)[:, None]
        out[start : start + n] = np.bincount(places.ravel(), minlength=n * n_units).reshape(n, n_units)
    return out


def strata_of(sample: Sample) -> Index | None:
    """Class within part for rank metrics, so that no replicate loses a class; None for others."""
    if not sample.metric.by_fold or not sample.rows.is_class:
        return None
    part_of = np.zeros(len(sample.rows), dtype=np.int64)
    for number, part in enumerate(sample.parts):
        part_of[part] = number
    return np.asarray(part_of * (int(sample.rows.y.max()) + 1) + sample.rows.y)


def is_affordable(sample: Sample) -> bool:
    """Whether a bootstrap of these rows takes about a second at most; t intervals serve where it does not."""
    limit = BOOTSTRAP_ROWS if isinstance(sample.metric, Resampled) else BOOTSTRAP_ROWS_ONE_BY_ONE
    return len(sample.rows) <= limit


def bootstrap(sample: Sample, signs: Floats) -> Floats:
    """(≤ 2000,) replicates of Σ signs · levels; those where the metric is undefined are left out."""
    n_draws = BOOTSTRAPS if isinstance(sample.metric, Resampled) else BOOTSTRAPS_ONE_BY_ONE
    rng, strata = sample.rows.seeds.child("bootstrap").rng(), strata_of(sample)
    chunk = min(max(CELLS // max(len(sample.rows), 1), 1), n_draws)
    values = []
    for start in range(0, n_draws, chunk):
        counts = draw_counts(sample.rows, strata, min(chunk, n_draws - start), rng)
        values.append(sample.resampled(counts) @ signs)
    out = np.concatenate(values)
    return np.asarray(out[np.isfinite(out)])


def bca(found: Estimate, replicates: Floats, *, level: float = 0.95) -> tuple[float, float]:
    """Bias-corrected and accelerated interval (Efron, 1987); acceleration from the units' influence sums."""
    from scipy.special import ndtr, ndtri

    below = ((replicates < found.value).sum() + 0.5 * (replicates == found.value).sum()) / len(replicates)
    edge = 0.5 / len(replicates)
    shift = float(ndtri(min(max(below, edge), 1.0 - edge)))
    spread = float((found.sums**2).sum())
    pull = float((found.sums**3).sum()) / (6.0 * spread**1.5) if spread > 0 else 0.0
    tails = ndtri(np.array([(1.0 - level) / 2.0, (1.0 + level) / 2.0]))
    places = ndtr(shift + (shift + tails) / (1.0 - pull * (shift + tails)))
    low, high = np.quantile(replicates, places)
    return float(low), float(high)


def sign_flip_p(contributions: Floats, seeds: Seeds) -> float:
    """One-sided p of a sum above 0 when each unit's sign is as likely to be turned; exact up to 13 units not 0."""
    moved = contributions[contributions != 0.0]
    if not len(moved):
        return 1.0
    total = float(moved.sum())
    slack = 1e-12 * float(np.abs(moved).sum())  # sums of the same numbers in another order must count as equal
    if len(moved) <= EXACT_UNITS:
        bits = (np.arange(2 ** len(moved))[:, None] >> np.arange(len(moved))) & 1
        return float(np.mean((2.0 * bits - 1.0) @ moved >= total - slack))
    rng, hits, done = seeds.child("flips").rng(), 0, 0
    chunk = max(min(FLIPS, CELLS // len(moved)), 1)
    while done < FLIPS:
        size = min(chunk, FLIPS - done)
        signs = rng.integers(0, 2, (size, len(moved)), dtype=np.int8) * np.int8(2) - np.int8(1)
        hits += int((signs @ moved >= total - slack).sum())
        done += size
    return (hits + 1) / (FLIPS + 1)


def kish(weight: Floats) -> float:
    """Effective sample size of weighted rows (Kish, 1965)."""
    return math.fsum(weight) ** 2 / math.fsum(weight**2)
