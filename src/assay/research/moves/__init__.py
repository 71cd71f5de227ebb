"""Moves, one subject a file, found through `registry`; sets of columns that steps offer are moves, too."""

from collections.abc import Iterator

from assay.core.errors import UsageError
from assay.core.move import Move, MoveTraits
from assay.core.registry import Registry
from assay.research.feature_sets import ideas
from assay.research.moves.column_set import ColumnSet

registry: Registry[Move] = Registry(
    noun="move", package="assay.research.moves", group="assay.moves", traits=MoveTraits
)  # fmt: skip
register = registry.register


def column_moves(*, early: bool = False, fixed_pool: bool = False) -> Iterator[ColumnSet]:
    """Sets of engineered columns, in the order in which they are tried. early: those before the portfolio ends;
    fixed_pool: those that every fit tries, without the ones that are moves alone."""
    wanted = (idea for idea in ideas() if not (fixed_pool and idea.only_moves))
    return (ColumnSet(idea) for idea in wanted if idea.is_early or not early)


def catalogue() -> tuple[Move, ...]:
    """All moves: sets of columns in their order, then the others by name; UsageError if two have one name."""
    found: dict[str, Move] = {}
    for move in (*column_moves(), *(cls() for _, cls in registry)):
        if found.setdefault(move.name, move) is not move:
            raise UsageError(f"Two moves are named {move.name!r}, one of them a set of columns. Rename one.")
    return tuple(found.values())
