"""Rare levels of categories, merged into one."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import Index
from assay.core.contract import NOTHING, Effort, Idea, Seeds, State, Step, StepTraits, Table, Target
from assay.core.errors import BundleError, UsageError
from assay.features import register
from assay.features.slots import PerSlot, Slots
from assay.features.stored_state import StoredFields, StoredStep


@dataclass(frozen=True, slots=True, eq=False)
class FittedRareLevels(StoredFields):
    """codes: (slots.total,) the code that each slot becomes."""

    stored_as: ClassVar[str] = "rare_levels"
    slots: Slots
    codes: Annotated[Index, PerSlot()]

    def transform(self, table: Table) -> Table:
        if not len(self.slots.columns):
            return table
        codes = table.codes.copy()
        codes[:, self.slots.columns] = self.codes[self.slots.flat(table)]
        return table.with_cells(codes=codes)

    def effort(self) -> Effort:
        return Effort(calls=14, cells=4 * len(self.slots.columns)) if len(self.slots.columns) else NOTHING

    @classmethod
    def restore(cls, state: State) -> "FittedRareLevels":
        fitted = super(FittedRareLevels, cls).restore(state)
        most = np.repeat(fitted.slots.sizes - 2, fitted.slots.sizes)
        if fitted.codes.dtype.kind != "i" or ((fitted.codes < -1) | (fitted.codes > most)).any():
            raise BundleError(
                f"'codes' of the stored step {state.name!r} are none of its levels. Save the bundle again."
            )
        return fitted


@register("rare_levels")
@dataclass(frozen=True)
class RareLevels(StoredStep):
    """Levels of categories in fewer than `min_rows` training rows become one, that of levels never seen.

    Missing cells stay missing. Columns of more than two levels.
    """

    min_rows: int = 15

    traits: ClassVar[StepTraits] = StepTraits(
        readable=True, keeps_monotone=True,
        ideas=(Idea(
            name="merged", what="rare levels merged", when=lambda facts: facts.most_levels > 10, adds_columns=False,
            trees=(Step.of("rare_levels"),), distances=(Step.of("rare_levels"),), only_moves=True,
            applies="a category of more than ten levels", prior=0.5,
            why="A level of few rows is learned by heart, and all of them together say what a new one will be like.",
        ),),
    )  # fmt: skip
    fitted = FittedRareLevels

    def __post_init__(self) -> None:
        if self.min_rows < 2:
            raise UsageError(f"Levels are rare in fewer than 2 rows or more, not in fewer than {self.min_rows}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedRareLevels:
        slots = Slots.where(table, above=2)
        rows = np.bincount(slots.flat(table).ravel(), minlength=slots.total)
        own = np.arange(slots.total) - np.repeat(slots.starts, slots.sizes) - 1
        unseen = np.repeat(slots.sizes - 2, slots.sizes)
        return FittedRareLevels(slots, np.where((own >= 0) & (rows < self.min_rows), unseen, own).astype(np.int64))
