"""Code slots: codes of several columns as positions in one flat array, for a single look-up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.block.columns import CodeBlock, NumericBlock
from assay.core.contract import State, Table
from assay.core.errors import BundleError
from assay.features.stored_state import stored_array, stored_index


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """Each column has a slot for missing, one per level, one for unseen, in this order; columns lie end to end.

    columns: (c,) positions in Table.codes; sizes: (c,) slots of each; starts: (c,) first slot of each.
    """

    columns: Index
    sizes: Index
    starts: Index

    @classmethod
    def of(cls, columns: Index, sizes: Index) -> "Slots":
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)[: len(sizes)]
        return cls(columns, sizes, starts)

    @classmethod
    def where(cls, table: Table, *, above: float = -1, at_most: float = np.inf) -> "Slots":
        """The code columns with more than `above` and at most `at_most` levels."""
        columns = [j for j, levels in enumerate(table.levels) if above < levels <= at_most]
        sizes = [table.levels[j] + 2 for j in columns]
        return cls.of(np.array(columns, dtype=np.int64), np.array(sizes, dtype=np.int64))

    @classmethod
    def restore(cls, state: State) -> "Slots":
        return cls.of(stored_index(state, "columns"), stored_index(state, "sizes", least=2))

    @property
    def total(self) -> int:
        return int(self.sizes.sum())

    def names(self, table: Table) -> tuple[str, ...]:
        return tuple(table.code_names[j] for j in self.columns)

    def flat(self, table: Table) -> Index:
        """(n, c) slot of each cell."""
        return np.asarray(table.codes[:, self.columns] + (self.starts + 1))

    def arrays(self) -> dict[str, AnyArray]:
        """What restore() reads."""
        return {"columns": self.columns, "sizes": self.sizes}


class PerSlot:
    """Limit of a field of a step (see StoredFields) that has a row for each slot of the field `slots`."""

    def read(self, state: State, key: str, step: Mapping[str, Any]) -> AnyArray:
        """The field; BundleError if it has fewer rows or more."""
        array, total = stored_array(state, key), step["slots"].total
        if not array.ndim or len(array) != total:
            raise BundleError(
                f"{key!r} of the stored step {state.name!r} does not have a row for each of {total} levels. "
                "The bundle is damaged; save it again."
            )
        return array


def with_block(table: Table, block: AnyArray, names: tuple[str, ...], *, without: Index | None = None) -> Table:
    """The table with numeric columns added on the right, without some code columns; one copy, as rows are hot."""
    numeric = np.concatenate([table.numeric, block], axis=1, dtype=np.float32)
    numbers = NumericBlock(numeric, (*table.numeric_names, *names))
    if without is None:
        return table.with_blocks(numeric=numbers)
    gone = set(without.tolist())
    return table.select(codes=[j for j in range(len(table.levels)) if j not in gone]).with_blocks(numeric=numbers)


def with_codes(table: Table, codes: AnyArray, names: tuple[str, ...], levels: tuple[int, ...]) -> Table:
    """The table with code columns (n, names) added on the right; codes lie in [-1, levels[j]]."""
    if not names:
        return table
    joined = np.concatenate([table.codes, codes], axis=1, dtype=np.int32)
    return table.with_blocks(codes=CodeBlock(joined, (*table.code_names, *names), (*table.levels, *levels)))
