"""Feature hashing: many levels in a fixed number of columns, for linear models."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import Index
from assay.core.contract import NOTHING, Effort, Idea, Seeds, Step, StepTraits, Table, Target
from assay.features import register
from assay.features.slots import PerSlot, Slots, with_block
from assay.features.stored_state import StoredFields, StoredStep, Within

_KNUTH = 2_654_435_761
"""2**32 over the golden ratio, rounded to a prime (Knuth, The Art of Computer Programming 3, 6.4)."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedHashing(StoredFields):
    """bucket: (slots.total,) output column of each slot."""

    stored_as: ClassVar[str] = "hashing"
    slots: Slots
    bucket: Annotated[Index, PerSlot(), Within(lambda step: len(step["names"]))]
    keep: bool
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not len(self.slots.columns):
            return table
        block, rows = np.zeros((table.n_rows, len(self.names)), dtype=np.float32), np.arange(table.n_rows)
        for place in self.bucket[self.slots.flat(table)].T:
            block[rows, place] += 1.0
        return with_block(table, block, self.names, without=None if self.keep else self.slots.columns)

    def effort(self) -> Effort:
        if not len(self.slots.columns):
            return NOTHING
        return Effort(calls=50 + 3 * len(self.slots.columns), cells=2 * len(self.names))


@register("hashing")
@dataclass(frozen=True)
class Hashing(StoredStep):
    """Code columns with more than `above` levels become counts in `buckets` shared columns (Weinberger et al., 2009).

    A table knows a level by its number only, so the bucket is a multiplicative hash of that and of the column's
    position: fixed for a schema, not comparable between schemas. Missing and unseen have buckets like levels.
    """

    above: int = 50
    buckets: int = 64
    keep: bool = False

    traits: ClassVar[StepTraits] = StepTraits(
        keeps_monotone=True, unpacks=True,
        ideas=(Idea(
            name="hashed", what="levels counted in shared columns", when=lambda facts: facts.high_columns > 0,
            distances=(Step.of("hashing", keep=True),), only_moves=True,
            applies="a category of more than 50 levels; models that measure distances", prior=0.2,
            source="Weinberger et al. (2009)",
            why="Levels that are too many for a column each share some, and one mean a level leaves nothing to weigh.",
        ),),
    )  # fmt: skip
    fitted = FittedHashing

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedHashing:
        slots = Slots.where(table, above=self.above)
        salted = np.arange(1, slots.total + 1, dtype=np.uint64)  # slots of all columns are numbered through
        bucket = ((salted * _KNUTH % 2**32) * self.buckets >> np.uint64(32)).astype(np.int64)
        names = tuple(f"hash {b}" for b in range(self.buckets)) if len(slots.columns) else ()
        return FittedHashing(slots, bucket, self.keep, names)
