"""A table that trees read, as numbers that a linear model reads: standardised, filled, few levels as indicators."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.block.columns import NumericBlock
from assay.core.contract import Table
from assay.models._boosting import refuse_unread

MOST_LEVELS = 20
"""Categories of more levels are left out: a linear trend needs no rare ones."""
MOST_INDICATORS = 200
FARTHEST = 20.0
"""Standard deviations at which a number is cut, so that one wild cell makes no wild prediction."""


@dataclass(frozen=True, slots=True, eq=False)
class PlainNumbers:
    """mean, scale: (a,) of the numeric columns; codes: (c,) positions of the code columns that become indicators;
    levels: (c,) how many each has."""

    mean: Floats
    scale: Floats
    codes: Index
    levels: Index

    @classmethod
    def of(cls, table: Table) -> "PlainNumbers":
        """UsageError if the table has columns that trees cannot read."""
        refuse_unread(table)
        numbers = np.where(np.isfinite(table.numeric), table.numeric, np.nan).astype(np.float64)
        known = np.isfinite(numbers)
        rows = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, numbers, 0.0).sum(axis=0) / rows
        spread = np.sqrt((np.where(known, numbers - mean, 0.0) ** 2).sum(axis=0) / rows)
        few = [j for j, levels in enumerate(table.levels) if levels <= MOST_LEVELS]
        levels = np.array([table.levels[j] for j in few], dtype=np.int64)
        kept = np.cumsum(levels) <= MOST_INDICATORS
        return cls(mean, np.where(spread > 0, spread, 1.0), np.array(few, dtype=np.int64)[kept], levels[kept])

    def values(self, table: Table) -> Floats:
        """(n, a + sum of levels) float64; a missing number is the mean, a code never seen no level at all."""
        z = (table.numeric.astype(np.float64) - self.mean) / self.scale
        z = np.clip(np.nan_to_num(z, nan=0.0, posinf=FARTHEST, neginf=-FARTHEST), -FARTHEST, FARTHEST)
        indicators = [
            table.codes[:, [j]] == np.arange(levels) for j, levels in zip(self.codes, self.levels, strict=True)
        ]
        return np.concatenate([z, *(one.astype(np.float64) for one in indicators)], axis=1)

    def table(self, table: Table) -> Table:
        """The same as a table of numbers alone."""
        values = self.values(table).astype(np.float32)
        return Table.of(numeric=NumericBlock(values, tuple(f"x{j}" for j in range(values.shape[1]))))

    def arrays(self) -> Mapping[str, AnyArray]:
        return {"mean": self.mean, "scale": self.scale, "codes": self.codes, "levels": self.levels}

    @classmethod
    def restore(cls, arrays: Mapping[str, AnyArray]) -> "PlainNumbers":
        """ValueError unless the arrays fit together."""
        found = cls(*(np.asarray(arrays[name]) for name in ("mean", "scale", "codes", "levels")))
        is_whole = found.mean.shape == found.scale.shape and found.codes.shape == found.levels.shape
        if not is_whole or (found.scale == 0).any() or (found.codes < 0).any() or (found.levels < 0).any():
            raise ValueError("the scales and levels of a linear trend do not fit together")
        return found
