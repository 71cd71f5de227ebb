"""Whether a signal says something of residuals: chosen on half of the units, tested on the other half."""

import math
from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.p_value_corrections import holm
from assay.core.seed import Seeds
from assay.explain.tested_means import FEWEST_UNITS

LEVEL = 0.01
"""Of a whole study: what is found by chance in one of a hundred."""
MOST_ROWS = 20_000
"""Rows that are looked at; more make tests of hundreds of pairs slow, and find what is too small to matter."""


@dataclass(frozen=True, slots=True)
class HeldOutShare:
    """Of a signal on rows it was not chosen on: share of the residuals' variance that it explains, its σ, and one-sided
    p for none."""

    share: float
    sigma: float
    p: float


def first_half(unit: Index, seeds: Seeds) -> Bools:
    """(n,) rows to choose on: those of half of the units."""
    n_units = int(unit.max(initial=0)) + 1
    return np.asarray((seeds.child("halves").rng().permutation(n_units) % 2 == 0)[unit])


def sampled(rows: Bools, seeds: Seeds) -> Bools:
    """At most MOST_ROWS of the rows."""
    places = np.flatnonzero(rows)
    if len(places) <= MOST_ROWS:
        return rows
    out = np.zeros_like(rows)
    out[seeds.child("rows").rng().permutation(places)[:MOST_ROWS]] = True
    return out


def z_score(signal: Floats, residual: Floats, unit: Index) -> float:
    """Of the signal's sum with the residuals, by units, so that it holds for residuals of any spread (White, 1980); 0
    where nothing varies."""
    products = (signal - signal.mean()) * (residual - residual.mean())
    by_unit = np.bincount(np.unique(unit, return_inverse=True)[1], weights=products)
    spread = math.sqrt(float((by_unit**2).sum()))
    return float(products.sum()) / spread if spread > 0 else 0.0


def tested(signal: Floats, residual: Floats, unit: Index) -> HeldOutShare:
    """A signal whose sign is known from other rows, on these."""
    z = z_score(signal, residual, unit)
    a, b = signal - signal.mean(), residual - residual.mean()
    size = float((a**2).sum() * (b**2).sum())
    share = float((a * b).sum()) ** 2 / size if size > 0 else 0.0
    sigma = 2.0 * share / abs(z) if z else 0.0
    return HeldOutShare(share if z > 0 else 0.0, sigma, upper_tail(z, len(np.unique(unit))))


def upper_tail(z: float, n_units: int) -> float:
    """Chance that a t variable of so many units lies above z: with ten groups a normal one says far too much."""
    from scipy.special import stdtr

    return 1.0 if n_units < FEWEST_UNITS else float(stdtr(n_units - 1, -z))


def corrected(p: list[float]) -> list[float]:
    """Holm's correction; () of none."""
    return [] if not p else [float(one) for one in holm(p)]


def ranked(values: Floats) -> Floats:
    """(n,) values by their rank, -1 to 1, missing ones in the middle: so that one gross value decides nothing."""
    known = np.isfinite(values)
    out = np.zeros(len(values))
    if known.sum() > 1:
        order, place = np.unique(values[known], return_inverse=True, return_counts=False)
        counts = np.bincount(place, minlength=len(order))
        middle = np.cumsum(counts) - (counts + 1) / 2.0
        out[known] = 2.0 * middle[place] / (known.sum() - 1) - 1.0
    return out
