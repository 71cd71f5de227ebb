"""The climb of greedy.py: selection with replacement by running sums (Caruana, Niculescu-Mizil, Crew, Ksikes, 2004)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.seed import Seeds
from assay.ensemble.candidate import BlendLimits, Candidate
from assay.ensemble.objective import Objective

BAGS = 10
FEWEST_BAGGED = 6
BAGGED_BELOW = 1000
"""Rows below which climbs are bagged: there it won 12 of 18 splits of six tables (error −1.0 %); from there on it lost
8 of 10 with ten candidates (+0.5 %) and 2 of 3 with 24 (+0.3 %), as half a library often lacks the best."""
TIE = 1e-12
"""Losses closer than this share of them are equal: rounding must not decide."""
PATIENCE = 10
"""Additions without improvement after which a climb ends."""


@dataclass(frozen=True, slots=True, eq=False)
class ClimbPool:
    """Candidates in order of preference among equals, the objective of their blends, and the limits."""

    candidates: Sequence[Candidate]
    objective: Objective
    limits: BlendLimits

    def offered(self, counts: Floats, among: Index) -> Index:
        """Candidates that may be added to a blend: its own members, and those that keep it within the limits."""
        members = [self.candidates[int(i)] for i in np.flatnonzero(counts)]
        return np.array(
            [i for i in among if counts[i] > 0 or self.limits.allow([*members, self.candidates[int(i)]])],
            dtype=np.int64,
        )


def hill_climb(pool: ClimbPool, among: Index, *, steps: int, start: Floats | None = None) -> Floats:
    """How often each candidate is in the best blend met within so many additions, (m,); all 0 if none is allowed.

    among: the candidates offered. start: counts to go on from; without it the first addition is the best candidate.
    Ties go to the earlier candidate, and to the smaller blend. Cost: steps * len(among) losses.
    """
    objective, m = pool.objective, len(pool.candidates)
    counts = np.zeros(m) if start is None else start.copy()
    total = np.tensordot(counts, objective.parts, axes=1).astype(objective.parts.dtype)
    best, best_loss, since = counts.copy(), np.inf, 0
    if start is not None and counts.any():
        best_loss = float(objective.losses((total / counts.sum()).astype(total.dtype)[None])[0])
    for _ in range(steps):
        offered = pool.offered(counts, among)
        if not len(offered) or since == PATIENCE:
            break
        losses = _losses_with(objective, total, offered, counts.sum() + 1.0)
        chosen = int(offered[np.flatnonzero(losses <= losses.min() + TIE * abs(losses.min()))[0]])
        counts[chosen] += 1.0
        total = total + objective.parts[chosen]
        since += 1
        if losses.min() < best_loss - TIE * abs(best_loss if np.isfinite(best_loss) else 0.0):
            best, best_loss, since = counts.copy(), float(losses.min()), 0
    return best


def _losses_with(objective: Objective, total: AnyArray, offered: Index, count: float) -> Floats:
    """(b,) losses of the blend with each offered candidate added; a loss that is not a number never wins."""
    means = (objective.parts[offered] + total) * objective.parts.dtype.type(1.0 / count)
    losses = objective.losses(means)
    return np.where(np.isnan(losses), np.inf, losses)


def bagged_hill_climb(pool: ClimbPool, *, steps: int, n_rows: int, seeds: Seeds) -> Floats:
    """(m,) weights summing to 1: one climb, or on few rows the mean of climbs in random halves of the library."""
    m = len(pool.candidates)
    if m < FEWEST_BAGGED or n_rows >= BAGGED_BELOW:
        return _share(hill_climb(pool, np.arange(m), steps=steps))
    bags = [_half(m, seeds.child("bag", bag)) for bag in range(BAGS)]
    return _share(np.sum([_share(hill_climb(pool, bag, steps=steps)) for bag in bags], axis=0))


def _half(m: int, seeds: Seeds) -> Index:
    taken: Bools = np.zeros(m, dtype=bool)
    taken[seeds.rng().permutation(m)[: (m + 1) // 2]] = True
    return np.flatnonzero(taken)


def _share(counts: Floats) -> Floats:
    total = counts.sum()
    return counts / total if total > 0 else counts
