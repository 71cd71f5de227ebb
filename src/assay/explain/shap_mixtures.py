"""Mixed rows: some input columns from one row, the others from another; and which inputs a derived column reads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Bools, Index
from assay.core.block import Block
from assay.core.block.columns import ColumnBlock
from assay.core.block.strings import Strings
from assay.core.errors import UsageError
from assay.core.seed import Seeds
from assay.core.table import Table

NONE, SEVERAL = -1, -2
"""In place of the one input that a derived column reads."""
PROBED = 96
"""Rows in which inputs are replaced one at a time, and rows mixed at random."""
MOST_ROUNDS = 4
"""In which columns that no probe told about are asked again."""
TOGETHER = 2**20
"""Cells of inputs x rows that are probed at once."""


def inputs_of(table: Table) -> tuple[str, ...]:
    """The input columns of a table of raw rows, each once."""
    return tuple(dict.fromkeys(name for block in table.cells.values() for name in block.names))


@dataclass(frozen=True, slots=True, eq=False)
class Mixer:
    """Mixed rows of one table. inputs: its input columns, the players."""

    table: Table
    inputs: tuple[str, ...]

    def mixed(self, own: Index, other: Index, is_own: Bools) -> Table:
        """(n,) rows with the cells of rows `own` where is_own (n, n_inputs) and of rows `other` elsewhere. What is no
        column, such as the moment of a row, is that of `own`."""
        a, b = self.table.take(own), self.table.take(other)
        at = {name: j for j, name in enumerate(self.inputs)}
        blocks = {name: self._block(block, b.blocks[name], at, is_own) for name, block in a.blocks.items()}
        return Table(blocks)

    @staticmethod
    def _block(a: Block, b: Block, at: dict[str, int], is_own: Bools) -> Block:
        known = [name in at for name in a.names]
        if not any(known):
            return a
        chosen = is_own[:, [at.get(name, 0) for name in a.names]] | ~np.array(known)
        if isinstance(a, ColumnBlock) and isinstance(b, ColumnBlock):
            return a.with_values(np.where(chosen, a.values, b.values))
        if isinstance(a, Strings) and isinstance(b, Strings):
            return replace(a, codes=np.where(chosen, a.codes, b.codes))
        raise UsageError(
            f"Cells of {type(a).__name__} cannot be taken from two rows, so there are no SHAP values of a table with "
            f"such columns."
        )


def sources(
    mixer: Mixer, derived: Callable[[Table], Sequence[AnyArray]], rows: tuple[Index, Index], seeds: Seeds
) -> list[Index]:
    """For each of some matrices derived from rows, (n_columns,) the input that each column reads, NONE or SEVERAL.

    derived: from n rows to matrices (n, n_columns). rows: those explained, and those of the background. Inputs are
    replaced one at a time in some rows, for a column that none of these tells about in rows that differ in it; what is
    found is checked in rows mixed at random, and a column that does not behave as found reads SEVERAL. NONE is left
    for columns that are the same in all rows.
    """
    rng = seeds.rng()
    found = _probed(mixer, derived, rng.choice(rows[0], PROBED), rng.choice(rows[1], PROBED), rng)
    whole = [np.concatenate(pair) for pair in zip(*(derived(mixer.table.take(part)) for part in rows), strict=True)]
    for _ in range(MOST_ROUNDS):
        at = [
            np.flatnonzero((which == NONE) & _differ(X, X[:1]).any(axis=0))
            for which, X in zip(found, whole, strict=True)
        ]
        pairs = [_pair(X[:, c], len(rows[0])) for X, own in zip(whole, at, strict=True) for c in own[:PROBED].tolist()]
        if not pairs:
            return found
        own, other = (rows[side][[pair[side] for pair in pairs]] for side in (0, 1))
        more = _probed(mixer, derived, own, other, rng)
        found = [
            np.where(a == NONE, b, np.where((b == NONE) | (a == b), a, SEVERAL))
            for a, b in zip(found, more, strict=True)
        ]
    for which, X in zip(found, whole, strict=True):
        which[(which == NONE) & _differ(X, X[:1]).any(axis=0)] = SEVERAL
    return found


def _pair(values: AnyArray, n_own: int) -> tuple[int, int]:
    """A row explained and one of the background, by their places, that differ in a column, if there are such two."""
    own, other = values[:n_own], values[n_own:]
    away = np.flatnonzero(_differ(own, other[0]))
    if len(away):
        return int(away[0]), 0
    return 0, int(np.argmax(_differ(other, own[0])))


def _probed(
    mixer: Mixer, derived: Callable[[Table], Sequence[AnyArray]], own: Index, other: Index, rng: np.random.Generator
) -> list[Index]:
    """As `sources`, by these pairs of rows alone."""
    n, d = len(own), len(mixer.inputs)
    pure = derived(mixer.table.take(own)), derived(mixer.table.take(other))
    found = [np.full(X.shape[1], NONE) for X in pure[0]]
    step = max(1, TOGETHER // (n * max(1, d)))
    for begin in range(0, d, step):
        players = np.arange(begin, min(begin + step, d))
        is_own = np.repeat(players[:, None] != np.arange(d), n, axis=0)
        tiled = mixer.mixed(np.tile(own, len(players)), np.tile(other, len(players)), is_own)
        for which, X, before in zip(found, derived(tiled), pure[0], strict=True):
            differs = _differ(X.reshape(len(players), n, -1), before).any(axis=1)
            for j, changed in zip(players.tolist(), np.atleast_2d(differs), strict=True):
                which[changed] = np.where(which[changed] == NONE, j, SEVERAL)
    is_own = rng.random((n, d)) < 0.5
    for which, X, a, b in zip(found, derived(mixer.mixed(own, other, is_own)), *pure, strict=True):
        from_own = is_own[:, np.maximum(which, 0)]
        which[_differ(X, np.where(from_own, a, b)).any(axis=0) & (which >= 0)] = SEVERAL
    return found


def _differ(a: AnyArray, b: AnyArray) -> Bools:
    return np.asarray((a != b) & ~(np.isnan(a) & np.isnan(b)))
