"""Conformal prediction: intervals and class sets with the requested coverage, from out-of-fold predictions.

Split conformal prediction (Vovk, Gammerman and Shafer, 2005): a new row's residual is exchangeable with those of n
others, so that the k-th smallest of theirs, k = ⌈(n + 1)(1 − α)⌉, bounds it with probability 1 − α. The residuals are
out of fold, and the intervals lie around the model that ships, as those of the jackknife and of CV+ (Barber, Candès,
Ramdas and Tibshirani, 2021) without the spread of the fold models: exact where leaving out a fold hardly moves a
prediction, and a little wide where more rows make the shipped model better.

Numbers: residuals below and above are bounded apart, each by α/2, in units of a scale that a small tree gives each row
(difficulty_tree.py; in residuals by the trees of other folds). Classes: those whose probability is not below a cut
(Sadinle, Lei and Wasserman, 2019), one cut for each class of enough rows, so that each is held as often as asked, not
the common ones alone; rare classes share one. Rows in groups weigh as one row a group (Dunn, Wasserman and Ramdas,
2022).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.places import places_of
from assay.core.prediction import scored_rows
from assay.core.table import Table
from assay.core.target import Target
from assay.ensemble.difficulty_tree import Difficulty, columns_of, grow, names_of

LEVELS = (*(round(0.5 + 0.01 * at, 2) for at in range(50)), 0.995, 0.999)
"""Coverages that are stored; one between two of them gets the next."""
OWN_CUT = 50
"""Rows (groups) of a class from which it has a cut of its own."""
MOST_CLASSES = 50
"""With more classes all share one cut."""
JUDGED_AT = 0.9
"""The coverage at which a difficulty tree has to improve the interval score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformal:
    """Calibrated intervals or sets. levels: coverages that the rows allow, rising. below, above: numbers, by level, how
    far the truth lies from the prediction, in scales of the row. cuts: classes, (k, levels) the least probability of a
    class in the set. units: rows, or groups, it rests on. shared: codes of classes that share a cut. ordered: from
    later rows only, without a guarantee for rows still to come. floor: no target was below it (0), so that no interval
    reaches there; None where some were.
    """

    levels: tuple[float, ...] = ()
    below: tuple[float, ...] = ()
    above: tuple[float, ...] = ()
    cuts: tuple[tuple[float, ...], ...] = ()
    shared: tuple[int, ...] = ()
    units: int = 0
    unit: str = "rows"
    ordered: bool = False
    floor: float | None = None
    difficulty: Difficulty = field(default=Difficulty())

    def __post_init__(self) -> None:
        n = len(self.levels)
        if any(not 0.0 < a < b < 1.0 for a, b in zip(self.levels, self.levels[1:], strict=False)):
            raise ValueError(f"Coverages rise between 0 and 1, unlike {self.levels[:5]}.")
        if any(len(part) not in (0, n) for part in (self.below, self.above, *self.cuts)):
            raise ValueError(f"{n} coverages need as many bounds.")
        if len(self.below) != len(self.above) or bool(self.below) + bool(self.cuts) != bool(n):
            raise ValueError("Coverages are of intervals or of sets.")
        values = [*self.below, *self.above, *(cut for row in self.cuts for cut in row)]
        if not all(math.isfinite(value) for value in values):
            raise ValueError("Bounds of coverages are finite.")

    def place(self, coverage: float) -> int | None:
        """Where the least level of at least this coverage stands; None where the rows allow none so high."""
        return next((at for at, level in enumerate(self.levels) if level >= coverage - 1e-9), None)

    def interval(self, at: int, table: Table, stored: Floats) -> Floats:
        """(n, 2) low and high around (n,) predictions of the rows of a table."""
        scale = self.difficulty.scales(columns_of(table, stored, self.difficulty.names))
        low, high = stored - scale * self.below[at], stored + scale * self.above[at]
        if self.floor is not None:
            low, high = np.maximum(low, np.minimum(self.floor, stored)), np.maximum(high, self.floor)
        return np.column_stack([low, high])

    def sets(self, at: int, probabilities: Floats) -> Bools:
        """(n, k) which classes are in the set of each row of (n, k) probabilities; the likeliest always is, one of
        probability 0 never.
        """
        cuts = np.array([row[at] for row in self.cuts])
        inside = np.asarray((probabilities >= cuts) & (probabilities > 0.0))
        inside[np.arange(len(inside)), probabilities.argmax(axis=1)] = True
        return inside


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CalibrationRows:
    """Rows that coverage is calibrated on: table, target, (n,) fold numbers, groups and their name. ordered: whether
    folds follow each other in time.
    """

    table: Table
    target: Target
    folds: Index
    groups: Index | None = None
    ordered: bool = False

    def usable(self, prediction: AnyArray) -> Index:
        """Positions of the rows with a prediction; in time, of the later half of the folds."""
        known = scored_rows(prediction)
        if self.ordered:
            numbers = np.unique(self.folds[known])
            known &= self.folds >= numbers[len(numbers) // 2] if len(numbers) else False
        return np.flatnonzero(known)

    def mass(self, rows: Index) -> tuple[Floats, int]:
        """(how much each of the rows counts, one unit being 1 in the mean; how many units there are)"""
        weight = np.ones(len(rows)) if self.target.weight is None else self.target.weight[rows].astype(np.float64)
        if self.groups is None:
            return weight / weight.mean(), len(rows)
        units = np.unique(self.groups[rows], return_inverse=True)[1]
        weight = weight / np.bincount(units, weights=weight)[units]
        return weight, int(units.max(initial=-1)) + 1

    @property
    def unit(self) -> str:
        return "rows" if self.groups is None else "groups"


def bounds(scores: Floats, mass: Floats, tails: Sequence[float]) -> list[float]:
    """For each tail α the least score that at least 1 − α of n + 1 units do not exceed, the new one counting as
    infinite; infinity where n is too small. mass: (n,) as `Calibrating.mass`.
    """
    order = np.argsort(scores, kind="stable")
    reached = np.cumsum(mass[order]) / (mass.sum() + 1.0)
    at = np.searchsorted(reached, 1.0 - np.asarray(tails) - 1e-12, side="left")
    return [float(scores[order[place]]) if place < len(scores) else math.inf for place in at.tolist()]


def learn_numbers(prediction: AnyArray, rows: CalibrationRows, *, rng: np.random.Generator) -> Conformal:
    """Intervals around out-of-fold predictions (n,), NaN where there is none."""
    usable = rows.usable(prediction)
    if len(usable) < 2:
        return Conformal()
    known = np.asarray(prediction[usable], dtype=np.float64)
    residuals = np.asarray(rows.target.values, dtype=np.float64)[usable] - known
    table, folds, (mass, units) = rows.table.take(usable), rows.folds[usable], rows.mass(usable)
    names = names_of(table)
    difficulty, scale = _scaled(columns_of(table, known, names), names, residuals, folds, mass, rng=rng)
    tails = [(1.0 - level) / 2.0 for level in LEVELS]
    above, below = bounds(residuals / scale, mass, tails), bounds(-residuals / scale, mass, tails)
    n = sum(math.isfinite(a) and math.isfinite(b) for a, b in zip(below, above, strict=True))
    floor = 0.0 if float(np.min(rows.target.values)) >= 0.0 else None
    return Conformal(
        levels=LEVELS[:n], below=_rounded(below[:n]), above=_rounded(above[:n]), units=units, unit=rows.unit,
        ordered=rows.ordered, floor=floor, difficulty=difficulty,
    )  # fmt: skip


def _scaled(
    columns: Floats, names: Sequence[str], residuals: Floats, folds: Index, mass: Floats, *, rng: np.random.Generator
) -> tuple[Difficulty, Floats]:
    """(what ships, (n,) the scale of each row by a tree of the other folds), or one scale of all where that is no
    worse by the interval score (Winkler, 1972).
    """
    plain, sizes = np.ones(len(residuals)), np.abs(residuals)
    if len(np.unique(folds)) < 2 or not (sizes > 0).any():
        return Difficulty(), plain
    scale = np.empty(len(residuals))
    for fold in np.unique(folds):
        other = folds != fold
        tree = grow(columns[other], names, sizes[other], rng=rng)
        if not tree.column:
            return Difficulty(), plain
        place = places_of(tree.names, names)
        scale[~other] = tree.scales(columns[~other][:, place])
    if _winkler(residuals, scale, mass) >= _winkler(residuals, plain, mass):
        return Difficulty(), plain
    return grow(columns, names, sizes, rng=rng), scale


def _winkler(residuals: Floats, scale: Floats, mass: Floats) -> float:
    """Mean width of the intervals at JUDGED_AT, and what truths outside of them cost."""
    tail = (1.0 - JUDGED_AT) / 2.0
    (above,), (below,) = bounds(residuals / scale, mass, [tail]), bounds(-residuals / scale, mass, [tail])
    low, high = -scale * below, scale * above
    outside = np.maximum(low - residuals, 0.0) + np.maximum(residuals - high, 0.0)
    return float(np.average(high - low + outside / tail, weights=mass))


def learn_classes(probabilities: AnyArray, rows: CalibrationRows) -> Conformal:
    """Sets from calibrated out-of-fold probabilities, (n,) of the second class or (n, k), NaN where there are none."""
    usable = rows.usable(probabilities)
    p = np.asarray(probabilities[usable], dtype=np.float64)
    p = np.column_stack([1.0 - p, p]) if p.ndim == 1 else p
    k, truth, (mass, units) = p.shape[1], np.asarray(rows.target.values)[usable], rows.mass(usable)
    if len(usable) < 2:
        return Conformal()
    scores, tails = 1.0 - p[np.arange(len(p)), truth], [1.0 - level for level in LEVELS]
    held = np.bincount(truth, weights=mass, minlength=k)
    shared = [code for code in range(k) if held[code] < OWN_CUT or k > MOST_CLASSES]
    among = np.isin(truth, shared)
    if among.any() and mass[among].sum() < OWN_CUT:
        among = np.ones(len(truth), dtype=bool)  # too few even together: as all rows have it
    together = bounds(scores[among], mass[among], tails) if shared and among.any() else [math.inf] * len(tails)
    own = [together if code in shared else bounds(scores[truth == code], mass[truth == code], tails)
           for code in range(k)]  # fmt: skip
    n = min(sum(math.isfinite(bound) for bound in row) for row in own)
    cuts = tuple(tuple(1.0 - bound for bound in _rounded(row[:n])) for row in own)
    found = Conformal(levels=LEVELS[:n], cuts=cuts if n else (), units=units, unit=rows.unit, ordered=rows.ordered)
    return replace(found, shared=tuple(shared))


def _rounded(values: Sequence[float]) -> tuple[float, ...]:
    """Seven digits, away from the prediction."""
    return tuple(float(f"{value + 1e-7 * abs(value):.7g}") for value in values)
