"""Differences of means with intervals and tests, where rows of a unit count as one observation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.p_value_corrections import holm

FEWEST_UNITS = 8
"""In a slice: with fewer, no interval of it can be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A figure with its 95 % interval, standard error and p (corrected by Holm where several were looked at)."""

    value: float
    low: float
    high: float
    sigma: float
    p: float


def unit_codes(n_rows: int, units: AnyArray | None) -> Index:
    """(n,) numbers of units from 0: the row itself where none are given."""
    if units is None:
        return np.arange(n_rows, dtype=np.int64)
    return np.asarray(np.unique(units, return_inverse=True)[1], dtype=np.int64)


def excess_of(values: Floats, inside: Bools, units: Index) -> Tested | None:
    """The mean of values (n,) inside less that of all other rows; p one-sided, for no excess.

    None with fewer than FEWEST_UNITS units on either side, where nothing can be tested.
    """
    if min(_count(units[inside]), _count(units[~inside])) < FEWEST_UNITS:
        return None
    here, rest = float(values[inside].mean()), float(values[~inside].mean())
    influence = np.where(inside, (values - here) / inside.sum(), -(values - rest) / (~inside).sum())
    return _tested(here - rest, influence, units, df=_count(units[inside]) - 1.0, sides=1)


def mean_of(values: Floats, units: Index, *, sides: int = 2) -> Tested | None:
    """The mean of values (n,) with a test of zero, one-sided for above zero where sides is 1; None of too few units."""
    if _count(units) < FEWEST_UNITS:
        return None
    value = float(values.mean())
    return _tested(value, (values - value) / len(values), units, df=_count(units) - 1.0, sides=sides)


def repaired(residuals: Floats, prediction: Floats, units: Index) -> Tested | None:
    """How much of the mean squared residual, (m, q), a prediction made elsewhere can repair, in its best multiple.

    Tested is whether residual and prediction go together, E[r f] > 0, one-sided: the difference of squares itself is
    far noisier (its variance is that of r² and not of r f). The gain is E[r f]² / E[f²]; its interval that of E[r f].
    """
    size = float((prediction**2).sum(axis=1).mean())
    together = mean_of((residuals * prediction).sum(axis=1), units, sides=1)
    if together is None or size <= 0.0:
        return None
    value, low, high = (max(end, 0.0) ** 2 / size for end in (together.value, together.low, together.high))
    sigma = 2.0 * max(together.value, 0.0) / size * together.sigma
    return Tested(value=value, low=low, high=high, sigma=sigma, p=together.p)


def corrected(found: Sequence[Tested | None]) -> tuple[Tested | None, ...]:
    """The same with p corrected for their number (Holm)."""
    known = [at for at, one in enumerate(found) if one is not None]
    p = holm([one.p for one in found if one is not None]).tolist() if known else []
    by_place = dict(zip(known, p, strict=True))
    return tuple(None if one is None else replace(one, p=by_place[at]) for at, one in enumerate(found))


def _count(units: Index) -> int:
    return len(np.unique(units))


def _tested(value: float, influence: Floats, units: Index, *, df: float, sides: int) -> Tested:
    """A t test of unit sums of influence."""
    from scipy.special import stdtr, stdtrit

    sums = np.bincount(np.unique(units, return_inverse=True)[1], weights=influence)
    n_units = len(sums)
    sigma = math.sqrt(n_units / (n_units - 1) * float((sums**2).sum()))
    reach = float(stdtrit(df, 0.975)) * sigma
    if sigma <= 1e-12 * abs(value) or sigma == 0.0:
        p = 1.0 if value <= 0.0 and (sides == 1 or value == 0.0) else 0.0
    elif sides == 1:
        p = float(stdtr(df, -value / sigma))
    else:
        p = 2.0 * float(stdtr(df, -abs(value / sigma)))
    return Tested(value=value, low=value - reach, high=value + reach, sigma=sigma, p=p)
