"""Code columns made by steps: frequent levels, their codes, and the steps for models that read none."""

from collections.abc import Sequence

import numpy as np

from assay.core.array import AnyArray, Codes, Index
from assay.core.block.columns import MISSING_CODE, CodeBlock
from assay.core.contract import Step, Table

CODES_AS_COLUMNS = (
    Step.of("target_mean", above=50, m=10.0, keep=False), Step.of("one_hot", max_levels=50, min_rows=5),
)  # fmt: skip

LEAST_ROWS = 3
"""A level in fewer rows is unseen, as in a table's own columns, as held-out rows would have no other row of it."""


def frequent(counts: Index, *, at_most: int) -> Index:
    """Positions of the levels in at least LEAST_ROWS rows, by falling frequency, ties by position; so many at most."""
    known = np.flatnonzero(counts >= LEAST_ROWS)
    return np.asarray(known[np.argsort(-counts[known], kind="stable")][:at_most], dtype=np.int64)


def codes_of(place: Index, table: Codes) -> Codes:
    """(n,) the code of each row's place; a place below 0 is missing. table: (k,) code of each place."""
    return np.append(table, np.int32(MISSING_CODE))[place].astype(np.int32)


def with_codes(table: Table, columns: Sequence[AnyArray], names: tuple[str, ...], levels: tuple[int, ...]) -> Table:
    """The table with code columns (n,) added on the right."""
    if not names:
        return table
    codes = np.concatenate([table.codes, np.stack(columns, axis=1)], axis=1, dtype=np.int32)
    return table.with_blocks(codes=CodeBlock(codes, (*table.code_names, *names), (*table.levels, *levels)))
