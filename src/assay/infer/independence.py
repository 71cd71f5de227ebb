"""Checks of independence: repeated units, residuals correlated within units or in series."""

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.schema import Column
from assay.data import vectorized as vector
from assay.data.numeric_kinds import is_called_id
from assay.infer.analysis_data import AnalysisData
from assay.infer.inference_result import Assumption

SEEN = 0.01
"""p, divided by the number of looks, below which residuals are called dependent."""
CLEAR = 0.1
"""Correlation from which standard errors are clearly too small: by up to a tenth, for a column as autocorrelated."""
FEWEST = 20
"""Rows below which the normal approximation of a serial correlation is not used."""
_UNITS, _ROWS_OF_UNIT, _LARGEST, _REPEATED = 10, 10.0, 0.1, 0.05
_NAMED = frozenset({"category", "ordinal", "identifier", "text"})
_BLOCKS = "--group COLUMN with blocks of time, e.g. months"


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """A column read as names of units. codes: (n,) from 0, -1 where a cell is missing; sizes: rows of each."""

    column: Column
    codes: Index
    sizes: Index

    @property
    def repeated(self) -> float:
        """The share of rows whose unit another row has too."""
        return float(self.sizes[self.sizes > 1].sum() / max(len(self.codes), 1))

    @property
    def are_many(self) -> bool:
        """Whether they are enough to count as groups, none so large that it is rather a category."""
        return len(self.sizes) >= _UNITS and int(self.sizes.max()) < _LARGEST * len(self.codes)

    @property
    def look_like_units(self) -> bool:
        """Called an identifier, or names of which each has a handful of rows."""
        few_each = self.sizes.sum() <= _ROWS_OF_UNIT * len(self.sizes)
        by_form = self.column.kind in _NAMED and few_each and self.repeated > 0.5
        return is_called_id(self.column.name) or by_form


def independence_checks(
    residuals: Floats, data: AnalysisData, inside: tuple[str, ...], *, order_by: str | None
) -> Iterator[Assumption]:
    """Evidence against independent rows; "good" covers only what was tested.

    residuals: (n,) of the rows of `data`. inside: columns of the model, which explain their own levels. Where groups
    are named, only serial correlation between groups is tested.
    """
    if data.groups is None:
        yield from _units(residuals, data, inside)
    yield from _in_order(residuals, data, order_by)


def _units(residuals: Floats, data: AnalysisData, inside: tuple[str, ...]) -> Iterator[Assumption]:
    """The column whose rows agree most, else the one that looks most like the name of a unit."""
    known = [units for column in data.schema if (units := _units_of(data, column)) is not None]
    outside = [units for units in known if units.column.name not in inside]
    agreeing = [(share, units) for units in outside if (share := _agreement(residuals, units, len(outside))) > 0]
    if agreeing:
        share, units = max(agreeing, key=lambda pair: pair[0])
        yield Assumption(
            name="independence", verdict="bad", statistic=share, do=f"--group {quote(units.column.name)}",
            message=f"residuals of one {units.column.name} agree (correlation {share:.2f}), {_again(units)}: "
            "errors are too small",
        )  # fmt: skip
        return
    named = [units for units in known if units.look_like_units]
    if named:
        units = max(named, key=lambda one: (one.repeated, len(one.sizes)))
        yield Assumption(name="independence", verdict="look", do=f"--group {quote(units.column.name)}",
                         message=f"{_again(units)}; errors are too small if rows of one go together")  # fmt: skip


def _again(units: Units) -> str:
    share, number = f"{units.repeated * 100:.0f} %", f"{len(units.sizes):,}"
    return f"{units.column.name} comes again in {share} of the rows, {number} different ones"


def _units_of(data: AnalysisData, column: Column) -> Units | None:
    """None for a target, a measured number, a date, for few values, and where nearly every row has its own."""
    if column.kind not in _NAMED and not (column.kind == "numeric" and is_called_id(column.name)):
        return None
    codes = vector.texts_of(vector.plain(data.frame[column.name]))[0]
    there, numbered = np.unique(codes[codes >= 0], return_inverse=True)
    if len(there) < 2:
        return None
    out = np.full(len(codes), -1, dtype=np.int64)
    out[codes >= 0] = numbered
    units = Units(column, out, np.bincount(numbered).astype(np.int64))
    return units if units.repeated > _REPEATED and units.are_many else None


def _agreement(residuals: Floats, units: Units, looks: int) -> float:
    """The correlation within units where it is beyond chance, else 0: analysis of variance of the residuals' ranks."""
    from scipy.special import fdtrc

    again = units.codes >= 0
    again[again] = units.sizes[units.codes[again]] > 1
    codes = np.unique(units.codes[again], return_inverse=True)[1]
    n, k = len(codes), int(codes.max(initial=-1)) + 1
    if k < 2 or n - k < 2 or n < FEWEST:
        return 0.0
    ranks, sizes = _ranks(residuals[again]), np.bincount(codes)
    between = float((np.bincount(codes, ranks) ** 2 / sizes).sum())
    within = (float(ranks @ ranks) - between) / (n - k)
    ratio = between / (k - 1) / within if within > 0 else np.inf
    if fdtrc(k - 1, n - k, ratio) >= SEEN / looks:
        return 0.0
    typical = (n - float((sizes**2).sum()) / n) / (k - 1)  # Donner (1986): the size that stands for unequal ones
    return float((ratio - 1.0) / (ratio - 1.0 + typical)) if np.isfinite(ratio) else 1.0


def _in_order(residuals: Floats, data: AnalysisData, order_by: str | None) -> Iterator[Assumption]:
    """Serial correlation of the residuals, in the order of time and in that of the file."""
    orders = list(_orders(data, order_by))
    found = [(name, *_serial(residuals, order, data.groups)) for name, order in orders if len(order) >= FEWEST]
    if not found:
        return
    name, r, p = min(found, key=lambda one: one[2])
    p = min(p * len(found), 1.0)
    if p >= SEEN:
        which = "" if order_by else f", in the order of {' and of '.join(one or 'the file' for one, _, _ in found)}"
        yield Assumption(name="order", verdict="good", statistic=r, p=p,
                         message=f"a residual does not tell the next one{which}")  # fmt: skip
        return
    yield _serial_check(name, r, p)


def _serial_check(name: str, r: float, p: float) -> Assumption:
    where = f"in the order of {name or 'the file'}"
    if r < 0:
        message = f"a residual is followed by an opposite one {where} (correlation −{-r:.2f}): errors are too large"
        return Assumption(name="order", verdict="look", statistic=r, p=p, message=message, do=_BLOCKS if name else "")
    tells = f"a residual tells the next one {where} (correlation {r:.2f})"
    if name:
        return Assumption(name="order", verdict="bad" if r >= CLEAR else "look", statistic=r, p=p, do=_BLOCKS,
                          message=f"{tells}: errors are too small")  # fmt: skip
    return Assumption(name="order", verdict="look", statistic=r, p=p,
                      message=f"{tells}: neighbours go together, or the file is sorted by what the model lacks",
                      do="--group COLUMN if several rows are of one person, shop or day")  # fmt: skip


def _orders(data: AnalysisData, order_by: str | None) -> Iterator[tuple[str, Index]]:
    """(column, positions in its order); "" for the file, unless it is sorted by the target."""
    if order_by is not None:
        yield order_by, np.arange(len(data.y))
        return
    if data.groups is not None:
        return
    for column in data.schema.of_kind("datetime"):
        if column.is_clock:  # it begins anew each day, and orders no rows
            continue
        days = vector.date_days(vector.plain(data.frame[column.name]), column)
        order = np.argsort(days, kind="stable")
        yield column.name, order[: int((~np.isnan(days)).sum())]
    if not _is_sorted(data.y):
        yield "", np.arange(len(data.y))


def _is_sorted(y: AnyArray) -> bool:
    """By the target: up, down, or class after class; the order of rows then says how the file was written."""
    steps = np.diff(np.asarray(y, dtype=np.float64))
    blocks = bool((steps != 0).sum() + 1 == len(np.unique(y)) <= len(y) / 2)
    return blocks or bool((steps >= 0).all()) or bool((steps <= 0).all())


def _serial(residuals: Floats, order: Index, groups: Index | None) -> tuple[float, float]:
    """(correlation of the ranks of neighbours, its two-sided p by the normal approximation).

    The ratio of von Neumann, Durbin and Watson is 2 - 2 r but for the ends; of ranks: Bartels (1982). Neighbours of one
    group are left out.
    """
    from scipy.special import ndtr

    ranks = _ranks(residuals[order])
    apart: Bools = np.ones(len(order) - 1, dtype=bool)
    if groups is not None:
        apart = groups[order][1:] != groups[order][:-1]
    pairs, variance = int(apart.sum()), float(ranks @ ranks) / len(ranks)
    if pairs < FEWEST or variance <= 0:
        return 0.0, 1.0
    r = float((ranks[1:] * ranks[:-1])[apart].mean() / variance)
    return r, float(2.0 * ndtr(-abs(r) * np.sqrt(pairs)))


def _ranks(values: Floats) -> Floats:
    """(n,) ranks of mean 0, equal values sharing theirs."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(values) - (len(values) + 1) / 2.0, dtype=np.float64)
