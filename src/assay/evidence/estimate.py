"""An estimate with the influence of its units: the basis of comparisons, figures and importance."""

import math
from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats, Index
from assay.core.errors import DataError
from assay.evidence.evaluation_rows import Rows
from assay.evidence.metric_sample import Sample

BLOCKS = 100
ROUNDING = 1e-12
"""Share of a score below which a row's influence is rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """A combination of levels, and how much each unit moved it.

    sums: (G,) sums of influence over the rows of a unit, about 0. mass: (G,) weight of a unit in rows, sum n_rows.
    is_left_out: whether sums are changes without the unit, as in a jackknife, instead of influence with it.
    """

    value: float
    sums: Floats
    mass: Floats
    n_rows: int
    is_left_out: bool = False

    @property
    def n_units(self) -> int:
        return len(self.sums)

    @property
    def df(self) -> float:
        return float(max(self.n_units - 1, 1))

    @property
    def variance(self) -> float:
        """V_row = G/(G-1) · Σ (S_u - mean S)² / n²; 0 for a single unit."""
        units = self.n_units
        if units < 2:
            return 0.0
        return float(units / (units - 1) * ((self.sums - self.sums.mean()) ** 2).sum() / self.n_rows**2)

    @property
    def sigma(self) -> float:
        return math.sqrt(self.variance)

    @property
    def contributions(self) -> Floats:
        """(G,) what each unit contributes to n_rows · value: mean 0 if the true value is 0, 0 where nothing differs."""
        values = np.asarray(self.sums + self.value * self.mass)
        values[np.abs(values) <= 1e-9 * np.abs(values).max(initial=0.0)] = 0.0
        return values


def estimate(sample: Sample, signs: Floats) -> Estimate:
    """Σ_k signs[k] · level of prediction k, with its units.

    By influence values; by a delete-a-block jackknife where the metric has none (100 blocks, a metric call each).
    Raises DataError when the metric is undefined on these rows.
    """
    levels = sample.levels()
    value = float(signs @ levels)
    if math.isnan(value):
        raise DataError(
            f"{sample.metric.title} is undefined on these {len(sample.rows):,} rows: a class is absent, or the target "
            "is constant. Use more rows or another metric."
        )
    influences = sample.influences()
    if influences is None:
        return _jackknife(sample, signs, value)
    rows, units = sample.rows, sample.rows.units()
    return Estimate(
        value=value, n_rows=len(rows), mass=unit_sums(units, rows.mass()),
        sums=unit_sums(units, _without_rounding(signs @ influences, float(np.abs(levels).max()))),
    )  # fmt: skip


def _without_rounding(moved: Floats, level: float) -> Floats:
    """(n,) influence values with differences by rounding set to 0, as a constant difference would otherwise have an
    infinite z."""
    return np.zeros_like(moved) if float(np.abs(moved).max(initial=0.0)) <= ROUNDING * level else moved


def _jackknife(sample: Sample, signs: Floats, value: float) -> Estimate:
    """Blocks of units as units. Their sums are scaled so that V_row is (g-1)/g · Σ (Δ_(-b) - mean)²."""
    rows = sample.rows
    blocks = random_blocks(rows, BLOCKS)
    without = np.array([float(signs @ sample.levels(blocks != block)) for block in range(blocks.max() + 1)])
    known = ~np.isnan(without)  # a block that held all rows of a class says nothing
    n_blocks = int(known.sum())
    if n_blocks < 2:
        raise DataError(f"{sample.metric.title} needs more than these {len(rows):,} rows to tell its noise.")
    gone = without[known]
    sums = (n_blocks - 1) / n_blocks * len(rows) * (gone.mean() - gone)
    mass = unit_sums(blocks, rows.mass())[known]
    return Estimate(value=value, sums=sums, mass=mass * len(rows) / mass.sum(), n_rows=len(rows), is_left_out=True)


def unit_sums(units: Index, values: Floats) -> Floats:
    """(G,) the sum of values over the rows of each unit."""
    return np.bincount(units, weights=values).astype(np.float64)


def random_blocks(rows: Rows, at_most: int) -> Index:
    """(n,) number of each row's block: units dealt at random to blocks of equal size."""
    units = rows.units()
    n_units = int(units.max()) + 1
    dealt = rows.seeds.child("blocks").rng().permutation(n_units) % min(at_most, n_units)
    return np.asarray(dealt[units])
