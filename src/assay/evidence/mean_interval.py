"""Weighted means and shares with intervals that respect groups and weights."""

import math
from dataclasses import replace

import numpy as np

from assay.core.array import AnyArray
from assay.core.figure import Z95
from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.evidence.estimate import Estimate, unit_sums
from assay.evidence.evaluation_rows import Rows
from assay.evidence.group_jackknife import group_jackknife
from assay.evidence.interval import wilson
from assay.evidence.resample import kish

WithInterval = tuple[float, float | None, float | None]
"""value, low, high; None where there is no interval"""


def mean_interval(values: AnyArray, rows: Rows) -> WithInterval:
    """The weighted mean of (n,) values and its 95 % interval: t over rows, or over the groups that they come in."""
    rows = replace(rows, y=np.asarray(values, dtype=np.float64), problem=Regression())
    found = _estimate(rows)
    sigma, df = _sigma(found, rows)
    if not math.isfinite(sigma):
        return found.value, None, None
    reach = _t(df) * sigma
    return found.value, found.value - reach, found.value + reach


def share_interval(hits: AnyArray, rows: Rows) -> WithInterval:
    """The weighted share of (n,) hits and Wilson's 95 % interval of it.

    Among rows in groups, or weighted, that of as many rows as would be as sure on their own (Korn and Graubard, 1998):
    p (1 - p) / sigma squared, less what few degrees of freedom take; where all or none are hits, the groups.
    """
    rows = replace(rows, y=np.asarray(hits, dtype=np.int64), problem=Binary())
    found = _estimate(rows)
    if rows.groups is None and rows.weight is None:
        return (found.value, *wilson(found.value, len(rows)))
    most = found.mass.sum() ** 2 / float((found.mass**2).sum())  # units of equal weight that would be as many (Kish)
    if not 0.0 < found.value < 1.0:
        value = round(found.value)
        return (float(value), *wilson(value, most))
    sigma, df = _sigma(found, rows)
    if not math.isfinite(sigma):
        return found.value, None, None
    worth = math.inf if sigma == 0.0 else found.value * (1.0 - found.value) / sigma**2 * (Z95 / _t(df)) ** 2
    return (found.value, *wilson(found.value, min(worth, kish(rows.mass()))))


def _estimate(rows: Rows) -> Estimate:
    mass, units = rows.mass(), rows.units()
    value = float(np.average(rows.y, weights=mass))
    return Estimate(
        value=value, sums=unit_sums(units, mass * (rows.y - value)), mass=unit_sums(units, mass), n_rows=len(rows)
    )


def _sigma(found: Estimate, rows: Rows) -> tuple[float, float]:
    """Standard deviation and its degrees of freedom; infinite of a single unit."""
    if found.n_units < 2:
        return math.inf, 1.0
    return group_jackknife(found, rows) if rows.is_uneven else (found.sigma, found.df)


def _t(df: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.975))
