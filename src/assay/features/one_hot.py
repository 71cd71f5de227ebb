"""One-hot encoding of columns with few levels."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import Index
from assay.core.contract import NOTHING, Effort, Seeds, StepTraits, Table, Target
from assay.features import register
from assay.features.slots import PerSlot, Slots, with_block
from assay.features.stored_state import StoredFields, StoredStep, Within


@dataclass(frozen=True, slots=True, eq=False)
class FittedOneHot(StoredFields):
    """place: (slots.total,) output column of each slot; the number of names where it has none."""

    stored_as: ClassVar[str] = "one_hot"
    slots: Slots
    place: Annotated[Index, PerSlot(), Within(lambda step: len(step["names"]) + 1)]
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not len(self.slots.columns):
            return table
        width = len(self.names)
        block = np.zeros((table.n_rows, width + 1), dtype=np.float32)
        block[np.arange(table.n_rows)[:, None], self.place[self.slots.flat(table)]] = 1.0
        return with_block(table, block[:, :width], self.names, without=self.slots.columns)

    def effort(self) -> Effort:
        if not len(self.slots.columns):
            return NOTHING
        return Effort(calls=22, cells=2 * len(self.names) + 4 * len(self.slots.columns))


def _groups(counts: Index, min_rows: int) -> list[tuple[str, Index]]:
    """The columns of one code column, each a label and its slots: frequent levels, missing, all others."""
    last = len(counts) - 1
    frequent = [s for s in range(1, last) if counts[s] >= min_rows]
    groups = [(str(s - 1), np.array([s])) for s in frequent]
    if counts[0] >= min_rows:
        groups.append(("missing", np.array([0])))
    rest = np.array([s for s in range(1, last + 1) if s not in set(frequent)])
    if counts[rest].sum() >= min_rows:
        groups.append(("other", rest))
    if len(groups) == 2 and sum(counts[slots].sum() for _, slots in groups) == counts.sum():
        return [min(reversed(groups), key=lambda group: counts[group[1]].sum())]  # the other is its complement
    return groups if len(groups) > 1 or counts[groups[0][1] if groups else 0].sum() < counts.sum() else []


@register("one_hot")
@dataclass(frozen=True)
class OneHot(StoredStep):
    """Code columns with at most `max_levels` levels become one 0/1 column per level with at least `min_rows` rows.

    Missing cells, and all rarer and unseen levels together ("other"), have a column where they have as many rows.
    Two groups that cover all rows become one column (the rarer); a column with one group becomes none.
    """

    max_levels: int = 50
    min_rows: int = 5

    traits: ClassVar[StepTraits] = StepTraits(readable=True, keeps_monotone=True)
    fitted = FittedOneHot

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedOneHot:
        slots = Slots.where(table, at_most=self.max_levels)
        flat = slots.flat(table)
        place, names = np.full(slots.total, -1, dtype=np.int64), list[str]()
        for k, name in enumerate(slots.names(table)):
            start, size = slots.starts[k], slots.sizes[k]
            for label, members in _groups(np.bincount(flat[:, k] - start, minlength=size), self.min_rows):
                place[start + members] = len(names)
                names.append(f"{name}={label}")
        place[place < 0] = len(names)
        return FittedOneHot(slots, place, tuple(names))
