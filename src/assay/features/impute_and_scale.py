"""Imputation and scaling of numeric columns."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from assay.core.array import Bools, Floats, Index, Singles
from assay.core.block.columns import NumericBlock
from assay.core.contract import Effort, Seeds, StepTraits, Table, Target
from assay.core.errors import UsageError, check_known
from assay.features import register
from assay.features.stored_state import StoredFields, StoredStep


def chosen_names(names: tuple[str, ...], positions: Index) -> tuple[str, ...]:
    """The names at these positions."""
    return tuple(names[j] for j in positions)


def _of(block: Singles, columns: Index) -> Singles:
    """A copy of these columns; where they are all of them, as mostly, in a tenth of the time."""
    if len(columns) == block.shape[1] and (columns == np.arange(len(columns))).all():
        return block.copy()
    return block.take(columns, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class FittedImpute(StoredFields):
    """kept: columns that had a value; fill: (kept,); flagged: columns whose missing cells get an indicator."""

    stored_as: ClassVar[str] = "impute"
    kept: Index
    fill: Singles
    flagged: Index
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        block = _of(table.numeric, self.kept)
        missing = np.isnan(block)
        if missing.any():
            np.copyto(block, self.fill, where=missing)
        if len(self.flagged):
            marks = np.isnan(table.numeric.take(self.flagged, axis=1))
            block = np.concatenate([block, marks], axis=1, dtype=np.float32)
        return table.with_blocks(numeric=NumericBlock(block, self.names))

    def effort(self) -> Effort:
        return Effort(calls=12 + (4 if len(self.flagged) else 0), cells=4 * len(self.names))


def distinct_masks(masks: Bools) -> list[int]:
    """Positions of the columns that are neither all False nor equal to an earlier one."""
    first: dict[bytes, int] = {}
    for j, mask in enumerate(masks.T):
        if mask.any():
            first.setdefault(np.packbits(mask).tobytes(), j)
    return sorted(first.values())


@register("impute")
@dataclass(frozen=True)
class Impute(StoredStep):
    """Missing numbers become the column's median (or other); indicators tell where, columns without a value go.

    strategy "most_frequent": the value that comes most often, the smallest of several; "constant": the same `value` for
    all columns. An indicator is made for columns with missing cells among the training rows, one for columns that miss
    together. Rows are never left out: a step keeps the rows it is given, as every row that is asked about needs an
    answer. Rows without a target are left out before, where the table is prepared.
    """

    indicators: bool = True
    strategy: Literal["median", "mean", "most_frequent", "constant"] = "median"
    value: float = 0.0

    traits: ClassVar[StepTraits] = StepTraits(readable=True, keeps_monotone=True)
    fitted = FittedImpute

    def __post_init__(self) -> None:
        known = ("median", "mean", "most_frequent", "constant")
        check_known(self.strategy, known, f"Missing numbers cannot be filled by {self.strategy!r}.")

    def _fill(self, known: Floats) -> float:
        if self.strategy == "constant":
            return self.value
        if self.strategy == "most_frequent":
            values, rows = np.unique(known, return_counts=True)
            return float(values[rows.argmax()])
        return float(np.median(known) if self.strategy == "median" else np.mean(known))

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedImpute:
        missing = np.isnan(table.numeric)
        kept = np.flatnonzero(~missing.all(axis=0)) if table.n_rows else np.arange(len(table.numeric_names))
        fill = np.zeros(len(kept), dtype=np.float32)
        for k, j in enumerate(kept if table.n_rows else ()):
            fill[k] = self._fill(table.numeric[~missing[:, j], j].astype(np.float64))
        flagged = kept[distinct_masks(missing[:, kept])] if self.indicators else kept[:0]
        marks = tuple(f"{table.numeric_names[j]}=missing" for j in flagged)
        return FittedImpute(kept, fill, flagged, (*chosen_names(table.numeric_names, kept), *marks))


@dataclass(frozen=True, slots=True, eq=False)
class FittedScale(StoredFields):
    """kept: columns that vary; z = (x - centre) * factor, cut to ±clip or bent to it."""

    stored_as: ClassVar[str] = "scale"
    kept: Index
    centre: Singles
    factor: Singles
    clip: float
    soft: bool
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        z = _of(table.numeric, self.kept)
        with np.errstate(over="ignore"):
            z -= self.centre
            z *= self.factor
        if self.soft:
            ratio = np.minimum(np.maximum(z / np.float32(self.clip), np.float32(-1e9)), np.float32(1e9))  # squares fit
            z = ratio * np.float32(self.clip) / np.sqrt(1.0 + ratio * ratio)
        else:
            np.maximum(z, np.float32(-self.clip), out=z)
            np.minimum(z, np.float32(self.clip), out=z)
        return table.with_blocks(numeric=NumericBlock(z, self.names))

    def effort(self) -> Effort:
        return Effort(calls=20, cells=6 * len(self.names))


def _centre_and_spread(values: Floats, step: "Scale") -> tuple[float, float]:
    """Mean and deviation; median and interquartile range (half the range where that is 0); or lowest and range."""
    if step.min_max:
        return float(values.min()), float(values.max() - values.min())
    if not step.robust:
        return float(values.mean()), float(values.std())
    low, centre, high = np.quantile(values, [0.25, 0.5, 0.75])
    spread = high - low if high > low else (values.max() - values.min()) / 2.0
    return float(centre), float(spread)


@register("scale")
@dataclass(frozen=True)
class Scale(StoredStep):
    """Numeric columns on one scale: (x - mean) / sd, cut to ±clip; columns that do not vary are dropped.

    robust: (x - median) / interquartile range. min_max: (x - low) / (high - low), the training rows between 0 and 1.
    soft: bent instead of cut, z / sqrt(1 + (z / clip)²) (RealMLP: robust, soft, clip 3; Holzmüller et al., 2024).
    Missing cells stay missing. For ranks see the step quantile, for powers unskew.
    """

    clip: float = 8.0
    robust: bool = False
    soft: bool = False
    min_max: bool = False

    traits: ClassVar[StepTraits] = StepTraits(readable=True, keeps_monotone=True, scales=True)
    fitted = FittedScale

    def __post_init__(self) -> None:
        if self.robust and self.min_max:
            raise UsageError("A scale is robust or between the lowest and the highest value, not both. Drop one.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedScale:
        found: list[tuple[int, float, float]] = []
        for j, column in enumerate(table.numeric.T):
            values = column[~np.isnan(column)].astype(np.float64)
            centre, spread = _centre_and_spread(values, self) if values.size else (0.0, 0.0)
            if spread > max(1e-7 * abs(centre), 1e-30):  # below that float32 has no digits left
                found.append((j, centre, 1.0 / spread))
        kept = np.array([j for j, _, _ in found], dtype=np.int64)
        return FittedScale(
            kept=kept, centre=np.array([centre for _, centre, _ in found], dtype=np.float32),
            factor=np.array([factor for _, _, factor in found], dtype=np.float32),
            clip=self.clip, soft=self.soft, names=chosen_names(table.numeric_names, kept),
        )  # fmt: skip
