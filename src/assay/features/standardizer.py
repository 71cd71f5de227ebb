"""The standardizer: numeric columns imputed and standardised, for distances, projections and row statistics."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats, Index, Singles
from assay.core.table import Table
from assay.features.stored_state import StoredPart

_CUT = 4.0
"""Spreads from the mean where a coordinate ends: one gross error must not outweigh all other columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Standardizer(StoredPart):
    """kept: (k,) columns that vary; z = (x - centre) * factor, cut to ±4; a missing cell is at the centre, 0."""

    kept: Index
    centre: Floats
    factor: Floats

    @classmethod
    def of(cls, numeric: Singles, *, at_most: int | None = None) -> "Standardizer":
        """Mean and standard deviation of what is known between the 0.5 % and 99.5 % quantile, or of all of it.

        at_most: of more columns those with fewest missing cells, ties to the earlier.
        """
        found: list[tuple[int, float, float]] = []
        known = (~np.isnan(numeric)).sum(axis=0)
        order = np.argsort(-known, kind="stable")
        for j in order.tolist():
            centre, spread = _middle(numeric[:, j])
            if spread > max(1e-7 * abs(centre), 1e-30):  # below that float32 has no digits left
                found.append((j, centre, spread))
            if at_most is not None and len(found) == at_most:
                break
        found.sort()
        centres, spreads = (np.array([item[k] for item in found], dtype=np.float64) for k in (1, 2))
        return cls(np.array([item[0] for item in found], dtype=np.int64), centres, 1.0 / spreads)

    def names(self, table: Table) -> tuple[str, ...]:
        return tuple(table.numeric_names[j] for j in self.kept)

    def with_gaps(self, numeric: Singles) -> Floats:
        """(n, k) coordinates, NaN where a cell is missing."""
        z = (numeric[:, self.kept] - self.centre) * self.factor
        return np.asarray(np.minimum(np.maximum(z, -_CUT), _CUT))

    def __call__(self, numeric: Singles) -> Floats:
        """(n, k) coordinates, 0 where a cell is missing."""
        z = self.with_gaps(numeric)
        z[np.isnan(z)] = 0.0
        return z


def _middle(column: Singles) -> tuple[float, float]:
    """Mean and standard deviation without the outer half per cents, unless nothing else varies."""
    known = column[~np.isnan(column)].astype(np.float64)
    if not len(known):
        return 0.0, 0.0
    low, high = np.quantile(known, [0.005, 0.995])
    inner = known[(known >= low) & (known <= high)]
    spread = float(inner.std()) if len(inner) else 0.0
    return (float(inner.mean()), spread) if spread > 0 else (float(known.mean()), float(known.std()))
