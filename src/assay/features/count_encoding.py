"""Count encoding: the frequency of each level."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import Singles
from assay.core.contract import NOTHING, Effort, Seeds, StepTraits, Table, Target
from assay.features import register
from assay.features.slots import PerSlot, Slots, with_block
from assay.features.stored_state import StoredFields, StoredStep


@dataclass(frozen=True, slots=True, eq=False)
class FittedCountEncoding(StoredFields):
    """logs: (slots.total,) log(1 + rows) of each slot."""

    stored_as: ClassVar[str] = "counts"
    slots: Slots
    logs: Annotated[Singles, PerSlot()]
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        return with_block(table, self.logs[self.slots.flat(table)], self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=18, cells=4 * len(self.names))


@register("counts")
@dataclass(frozen=True)
class CountEncoding(StoredStep):
    """Code columns with more than `above` levels get log(1 + training rows of their level) beside them.

    Unseen is 0 even where rare levels were coded so in training: together they would look frequent.
    """

    above: int = 50

    traits: ClassVar[StepTraits] = StepTraits(readable=True, keeps_monotone=True)
    fitted = FittedCountEncoding

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedCountEncoding:
        slots = Slots.where(table, above=self.above)
        counts = np.bincount(slots.flat(table).ravel(), minlength=slots.total)
        counts[slots.starts + slots.sizes - 1] = 0
        names = tuple(f"{name}:count" for name in slots.names(table))
        return FittedCountEncoding(slots, np.log1p(counts).astype(np.float32), names)
