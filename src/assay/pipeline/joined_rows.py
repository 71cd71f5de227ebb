"""Rows of two encoded tables of the same columns, one below the other."""

from dataclasses import replace

import numpy as np

from assay.core.block import Block
from assay.core.block.columns import CORE, ColumnBlock
from assay.core.block.sparse import Sparse
from assay.core.errors import UsageError
from assay.core.table import Table

UNREAD = frozenset({"strings", "moment", "candidates"})
"""Blocks that no model reads; they are left out."""


def joined(above: Table, below: Table) -> Table:
    """The rows of both, in this order. UsageError where they have other columns, or a block that cannot be joined."""
    blocks = {name: block for name, block in above.blocks.items() if name not in UNREAD}
    if blocks.keys() != below.blocks.keys() - UNREAD:
        raise UsageError(f"Rows with the blocks {sorted(blocks)} cannot lie above rows with {sorted(below.blocks)}.")
    return Table({name: _joined(name, block, below.blocks[name]) for name, block in blocks.items()})


def _joined(name: str, one: Block, other: Block) -> Block:
    if one.names != other.names:
        raise UsageError(f"The blocks {name!r} of two tables have other columns, so that rows cannot be joined.")
    if isinstance(one, Sparse) and isinstance(other, Sparse) and one.n_columns == other.n_columns:
        return replace(
            one, data=np.concatenate([one.data, other.data]), indices=np.concatenate([one.indices, other.indices]),
            indptr=np.concatenate([one.indptr, other.indptr[1:] + one.indptr[-1]]),
        )  # fmt: skip
    if name in CORE and isinstance(one, ColumnBlock) and isinstance(other, ColumnBlock):
        return one.with_values(np.concatenate([one.values, other.values]))
    raise UsageError(f"Rows with a block {name!r} cannot be joined with others, so none without a target teach here.")
