"""Columns that are mostly missing, as marks of whether there is a value."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.contract import NOTHING, Effort, Idea, Seeds, Step, StepTraits, Table, Target
from assay.core.errors import UsageError
from assay.core.places import places_of
from assay.features import register
from assay.features.stored_state import StoredFields, StoredStep


@dataclass(frozen=True, slots=True, eq=False)
class FittedGapsOnly(StoredFields):
    """left_out: the numeric columns that become marks."""

    stored_as: ClassVar[str] = "gaps_only"
    left_out: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.left_out:
            return table
        at = places_of(self.left_out, table.numeric_names)
        gone = frozenset(at)
        kept = [j for j in range(len(table.numeric_names)) if j not in gone]
        marks = (~np.isnan(table.numeric[:, at])).astype(np.float32)
        return table.select(numeric=kept).with_numeric(marks, tuple(f"{name}:known" for name in self.left_out))

    def effort(self) -> Effort:
        return Effort(calls=20, cells=3 * len(self.left_out)) if self.left_out else NOTHING


@register("gaps_only")
@dataclass(frozen=True)
class GapsOnly(StoredStep):
    """Numeric columns of which more than the share `above` is missing become 1 where there is a value, else 0."""

    above: float = 0.5

    traits: ClassVar[StepTraits] = StepTraits(
        readable=True,
        ideas=(Idea(
            name="gaps_only", what="mostly missing numbers as marks of whether they are there", finds=("gaps_only",),
            trees=(Step.of("gaps_only"),), distances=(Step.of("gaps_only"),), adds_columns=False, only_moves=True,
            applies="numeric columns that are mostly missing", prior=0.5,
            why="A few values of a column say little, and whether it has one is known of every row.",
        ),),
    )  # fmt: skip
    fitted = FittedGapsOnly

    def __post_init__(self) -> None:
        if not 0 < self.above < 1:
            raise UsageError(f"A column becomes marks above a share of gaps between 0 and 1, not {self.above}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedGapsOnly:
        gaps = np.isnan(table.numeric).mean(axis=0) if table.n_rows else np.zeros(len(table.numeric_names))
        return FittedGapsOnly(
            tuple(name for name, gap in zip(table.numeric_names, gaps, strict=True) if gap > self.above)
        )
