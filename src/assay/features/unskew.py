"""Power transforms (logarithm, root, Box-Cox, Yeo-Johnson) of skewed numbers."""

from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index, Singles
from assay.core.contract import Effort, Idea, Seeds, Step, StepTraits, Table, Target
from assay.core.errors import check_known
from assay.features import register
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import StoredFields, StoredPart, StoredStep

_MOST_ROWS = 20_000
_POINTS = 400
_LEAST_VALUES = 12
_POWERS = np.linspace(-2.0, 3.0, 51)
_GAIN = 0.002
"""Straighter by so much of a correlation, or the simpler transformation stays."""


@dataclass(frozen=True, slots=True, eq=False)
class PowerCurves(StoredPart):
    """A power transformation for each of c columns, standardised; all arrays (c,).

    x, cut to [low, high], is moved to u = (x - centre) * factor. Box and Cox (1964): (u^power - 1) / power, log u at
    power 0. both_sides: Yeo and Johnson (2000), that of 1 + u above 0 and minus that of 1 - u, at 2 - power, below.
    """

    low: Floats
    high: Floats
    centre: Floats
    factor: Floats
    power: Floats
    both_sides: Bools
    mean: Floats
    spread: Floats

    def __call__(self, x: AnyArray) -> Floats:
        """(n, c) transformed; NaN stays NaN."""
        u = (np.minimum(np.maximum(x, self.low), self.high) - self.centre) * self.factor
        below = self.both_sides & (u < 0)
        size = np.where(self.both_sides, 1.0 + np.abs(u), u)
        power = np.where(below, 2.0 - self.power, self.power)
        logs, straight = np.log(size), np.abs(power) < 1e-9
        bent = np.where(straight, logs, np.expm1(power * logs) / np.where(straight, 1.0, power))
        return np.asarray((np.where(below, -bent, bent) - self.mean) / self.spread)


def _curve(points: Floats, *, centre: float, factor: float, power: float, both_sides: bool) -> PowerCurves:
    """One column's transformation, standardised on rising points (p,) and valid one range beyond them.

    Below the lowest point Box and Cox's ends: its logarithm has no bottom.
    """
    reach = points[-1] - points[0]
    low = points[0] - reach if both_sides else points[0]
    raw = PowerCurves(
        low=np.array([low]), high=np.array([points[-1] + reach]), centre=np.array([centre]), factor=np.array([factor]),
        power=np.array([power]), both_sides=np.array([both_sides]), mean=np.zeros(1), spread=np.ones(1),
    )  # fmt: skip
    bent = raw(points[:, None])
    return replace(raw, mean=bent.mean(axis=0), spread=bent.std(axis=0))


def _likeliest(u: Floats, *, both_sides: bool) -> float:
    """The power of most profile likelihood on a grid from -2 to 3, refined by a parabola."""
    size, sign = (1.0 + np.abs(u), np.sign(u)) if both_sides else (u, np.ones(len(u)))
    jacobian, logs = float(np.mean(sign * np.log(size))), np.log(size)
    power = np.where(both_sides & (u < 0), 2.0 - _POWERS[:, None], _POWERS[:, None])
    straight = np.abs(power) < 1e-9
    bent = sign * np.where(straight, logs, np.expm1(power * logs) / np.where(straight, 1.0, power))
    likelihood = (_POWERS - 1.0) * jacobian - np.log(bent.std(axis=1))
    k = int(np.clip(likelihood.argmax(), 1, len(_POWERS) - 2))
    before, here, after = likelihood[k - 1 : k + 2]
    bend = before - 2.0 * here + after
    shift = 0.5 * (before - after) / bend if bend < 0 else 0.0
    return float(np.clip(_POWERS[k] + np.clip(shift, -1.0, 1.0) * (_POWERS[1] - _POWERS[0]), -2.0, 3.0))


def _log(points: Floats) -> PowerCurves | None:
    """The logarithm; where there are noughts, of x plus the least positive value."""
    positive = points[points > 0]
    if points[0] < 0 or not len(positive):
        return None
    shift = 0.0 if points[0] > 0 else float(positive[0])
    return _curve(points, centre=-shift, factor=1.0, power=0.0, both_sides=False)


def _root(points: Floats) -> PowerCurves | None:
    """The square root; a nought's root by the logarithm of a tiny number."""
    if points[0] < 0:
        return None
    return _curve(points, centre=-1e-12 * float(points[-1]), factor=1.0, power=0.5, both_sides=False)


def _box_cox(points: Floats) -> PowerCurves | None:
    if points[0] <= 0:
        return None
    factor = 1.0 / float(np.median(points))
    return _curve(
        points, centre=0.0, factor=factor, power=_likeliest(points * factor, both_sides=False), both_sides=False
    )


def _yeo_johnson(points: Floats) -> PowerCurves | None:
    """Of (x - median) / sd: then the unit of the column does not matter."""
    centre, factor = float(np.median(points)), 1.0 / float(points.std())
    power = _likeliest((points - centre) * factor, both_sides=True)
    return _curve(points, centre=centre, factor=factor, power=power, both_sides=True)


_KINDS = {"log": _log, "root": _root, "box_cox": _box_cox, "yeo_johnson": _yeo_johnson}


def straightness(points: Floats) -> float:
    """Correlation of rising points (p,) with the quantiles of a normal (Filliben, 1975); 1 for a normal sample."""
    places = (np.arange(len(points)) + 0.5) / len(points)
    normal = np.array([NormalDist().inv_cdf(place) for place in places])
    spread = float(points.std() * normal.std())
    return float(np.mean((points - points.mean()) * normal) / spread) if spread > 0 else 0.0


def _best(points: Floats, kinds: tuple[str, ...]) -> PowerCurves | None:
    """The first kind that is clearly straighter than the number itself and the kinds before it."""
    best, chosen = straightness(points), None
    for kind in kinds:
        curve = _KINDS[kind](points)
        if curve is None or not (np.isfinite(curve.spread) & (curve.spread > 0)).all():
            continue
        found = straightness(curve(points[:, None])[:, 0])
        if found > best + _GAIN:
            best, chosen = found, curve
    return chosen


@dataclass(frozen=True, slots=True, eq=False)
class FittedUnskew(StoredFields):
    """columns: (c,) positions in Table.numeric that are replaced."""

    stored_as: ClassVar[str] = "unskew"
    columns: Index
    curves: PowerCurves

    def transform(self, table: Table) -> Table:
        if not len(self.columns):
            return table
        numeric: Singles = table.numeric.copy()
        numeric[:, self.columns] = self.curves(table.numeric[:, self.columns].astype(np.float64))
        return table.with_cells(numeric=numeric)

    def effort(self) -> Effort:
        return Effort(calls=40, cells=20 * len(self.columns))


@register("unskew")
@dataclass(frozen=True)
class Unskew(StoredStep):
    """Numeric columns become their log, root, or Box-Cox or Yeo-Johnson power, where that is clearly more normal.

    Chosen for each column by the straightness of its normal probability plot (Filliben, 1975) over the training rows:
    of `kinds` in order, the later where it is better by 0.002. Transformed columns have mean 0 and sd 1 and keep their
    name and order of values; the others, and those of fewer than 12 different values, stay as they are. kinds
    ("yeo_johnson",) is what others call a power transform.
    """

    kinds: tuple[str, ...] = ("log", "root", "box_cox", "yeo_johnson")

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="bent", what="gross errors cut, skewed numbers bent", finds=("outliers", "unskew"), adds_columns=False,
            distances=(Step.of("outliers", reach=6.0, action="missing"), Step.of("unskew")),
            applies="skewed numbers or gross errors; models that measure distances", prior=1.0,
            why="One value far out moves a mean and a distance more than all others do.",
        ),),
    )  # fmt: skip
    fitted = FittedUnskew

    def __post_init__(self) -> None:
        for kind in self.kinds:
            check_known(kind, _KINDS, f"Skew is not taken by {kind!r}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedUnskew:
        found: dict[int, PowerCurves] = {}
        for j, column in enumerate(table.numeric[sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))].T):
            known = column[~np.isnan(column)].astype(np.float64)
            if len(np.unique(known)) < _LEAST_VALUES:
                continue
            points = np.quantile(known, (np.arange(_POINTS) + 0.5) / _POINTS)
            points[0] = known.min()  # a logarithm must have all training rows in its range
            curve = _best(points, self.kinds) if points.std() > 1e-7 * np.abs(points).max() else None
            if curve is not None:
                found[j] = curve
        columns = np.array(list(found), dtype=np.int64)
        if not found:
            none, nothing = np.empty(0), np.empty(0, dtype=np.bool_)
            return FittedUnskew(columns, PowerCurves(none, none, none, none, none, nothing, none, none))
        parts = [curve.arrays() for curve in found.values()]
        return FittedUnskew(
            columns, PowerCurves(**{key: np.concatenate([part[key] for part in parts]) for key in parts[0]})
        )
