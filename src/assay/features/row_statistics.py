"""Statistics over the numbers of a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Bools, Floats
from assay.core.contract import Effort, Seeds, StepTraits, Table, Target
from assay.core.errors import check_known
from assay.features import register
from assay.features.standardizer import Standardizer
from assay.features.stored_state import StoredFields, StoredStep


def missing_cells(table: Table) -> Bools:
    """(n, numeric + code + date + text + other columns) which cells have no value."""
    return np.concatenate([block.missing() for block in table.cells.values()], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """z: (n, k) coordinates, NaN where missing; known: (n,) how many are not."""

    table: Table
    z: Floats
    known: Floats

    @property
    def mean(self) -> Floats:
        with np.errstate(invalid="ignore"):
            return np.asarray(np.nansum(self.z, axis=1) / self.known)

    def deviation(self) -> Floats:
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(np.nansum((self.z - self.mean[:, None]) ** 2, axis=1) / self.known))


_STATISTICS: Mapping[str, Callable[[_Row], Floats]] = {
    "mean": lambda row: row.mean,
    "sd": lambda row: row.deviation(),
    "min": lambda row: np.fmin.reduce(row.z, axis=1),
    "max": lambda row: np.fmax.reduce(row.z, axis=1),
    "missing": lambda row: missing_cells(row.table).sum(axis=1).astype(np.float64),
    "zeros": lambda row: (row.table.numeric == 0).sum(axis=1).astype(np.float64),
}


@dataclass(frozen=True, slots=True, eq=False)
class FittedRowStatistics(StoredFields):
    """kinds: the statistics that are made, in order; those of coordinates are in units of `standard`."""

    stored_as: ClassVar[str] = "row_statistics"
    standard: Standardizer
    kinds: tuple[str, ...]

    def block(self, table: Table) -> Floats:
        """(n, kinds)"""
        z = self.standard.with_gaps(table.numeric)
        row = _Row(table, z, (~np.isnan(z)).sum(axis=1).astype(np.float64))
        return np.stack([_STATISTICS[kind](row) for kind in self.kinds], axis=1)

    def transform(self, table: Table) -> Table:
        if not self.kinds:
            return table
        return table.with_numeric(self.block(table), tuple(f"row {kind}" for kind in self.kinds))

    def effort(self) -> Effort:
        return Effort(calls=20 + 17 * len(self.kinds))


@register("row_statistics")
@dataclass(frozen=True)
class RowStatistics(StoredStep):
    """The mean, sd, min and max of a row's standardised numbers, and how many of its cells are missing (or zeros).

    Numbers are cut to ±4 spreads; statistics of fewer than three numeric columns are not made, nor those that are
    constant in training. "missing" counts cells of every block, "zeros" those of the numeric one.
    """

    kinds: tuple[str, ...] = ("mean", "sd", "min", "max", "missing")

    traits: ClassVar[StepTraits] = StepTraits()
    fitted = FittedRowStatistics

    def __post_init__(self) -> None:
        for kind in self.kinds:
            check_known(kind, _STATISTICS, f"A row has no {kind!r}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedRowStatistics:
        standard = Standardizer.of(table.numeric)
        counted = ("missing", "zeros")
        kinds = tuple(kind for kind in self.kinds if kind in counted or len(standard.kept) > 2)
        if not kinds or not table.n_rows:
            return FittedRowStatistics(standard, ())
        block = FittedRowStatistics(standard, kinds).block(table)
        varies = np.fmin.reduce(block, axis=0) < np.fmax.reduce(block, axis=0)
        return FittedRowStatistics(standard, tuple(kind for kind, keep in zip(kinds, varies, strict=True) if keep))
