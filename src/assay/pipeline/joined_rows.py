"""Rows of two tables, one below the other."""

from dataclasses import replace

import numpy as np

from assay.core.block import Block
from assay.core.block.columns import CORE, ColumnBlock
from assay.core.block.row_values import RowValues
from assay.core.block.sparse import Sparse
from assay.core.block.strings import Strings
from assay.core.errors import UsageError
from assay.core.places import places_of
from assay.core.table import Table

UNREAD = frozenset({"strings", "moment", "candidates"})
"""Blocks that no model reads."""


def joined(above: Table, below: Table) -> Table:
    """The rows of two encoded tables, without blocks that no model reads. UsageError where they have other columns, or
    a block that cannot be joined."""
    blocks = {name: block for name, block in above.blocks.items() if name not in UNREAD}
    if blocks.keys() != below.blocks.keys() - UNREAD:
        raise UsageError(f"Rows with the blocks {sorted(blocks)} cannot lie above rows with {sorted(below.blocks)}.")
    unknown = [name for name, block in blocks.items() if name not in CORE and not isinstance(block, Sparse)]
    if unknown:
        raise UsageError(f"Rows with a block {unknown[0]!r} cannot be joined with others; none without a target teach.")
    other = next((name for name, block in blocks.items() if block.names != below.blocks[name].names), "")
    if other:
        raise UsageError(f"The blocks {other!r} of two tables have other columns, so that rows cannot be joined.")
    return stacked(Table(blocks), below)


def stacked(one: Table, other: Table) -> Table:
    """The rows of two tables, with the columns of the first; UsageError where the other lacks one, and for a block that
    cannot be joined."""
    return Table({name: _stacked(name, block, other.blocks.get(name)) for name, block in one.blocks.items()})


def _stacked(name: str, one: Block, other: Block | None) -> Block:
    if isinstance(one, ColumnBlock) and isinstance(other, ColumnBlock) and set(one.names) <= set(other.names):
        places = places_of(one.names, other.names)  # a lab may have more than a model reads
        return one.with_values(np.concatenate([one.values, other.values[:, places]]))
    if isinstance(one, Sparse) and isinstance(other, Sparse) and one.n_columns == other.n_columns:
        return replace(
            one, data=np.concatenate([one.data, other.data]), indices=np.concatenate([one.indices, other.indices]),
            indptr=np.concatenate([one.indptr, other.indptr[1:] + one.indptr[-1]]),
        )  # fmt: skip
    if isinstance(one, RowValues) and isinstance(other, RowValues):
        return type(one)(np.concatenate([one.values, other.values]))
    if isinstance(one, Strings) and isinstance(other, Strings) and one.names == other.names:
        n_texts, n_bytes = len(one.ends), len(one.pool)
        codes = np.where(other.codes < 0, -1, other.codes + n_texts).astype(np.int32)
        return replace(
            one, codes=np.concatenate([one.codes, codes]), ends=np.concatenate([one.ends, other.ends + n_bytes]),
            pool=np.concatenate([one.pool, other.pool]),
        )  # fmt: skip
    raise UsageError(f"Rows of two sources cannot be laid together: their {name} are not alike.")
