"""Kinds of blocks, one subject a file; found through `registry`. A block holds some columns of all rows of a table.

What is not a block: targets, weights, groups and folds, which no model may read as columns, and which lie beside it.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any, ClassVar, Self, cast

import numpy as np

from assay.core.array import AnyArray, Index, JsonObject
from assay.core.errors import UsageError
from assay.core.registry import Registry


class Block(ABC):
    """Cells of all rows of a table, never changed in place; a frozen dataclass of arrays, numbers and tuples of these.

    names: of its columns, () where they have none. kinds: of the schema's columns whose cells it holds (CellBlock); ()
    where a step, or the task, makes it.
    """

    __slots__ = ()
    kinds: ClassVar[frozenset[str]] = frozenset()
    names: tuple[str, ...]

    @property
    @abstractmethod
    def n_rows(self) -> int:
        """Of the table."""

    @abstractmethod
    def take(self, rows: Index) -> Self:
        """The given row positions, in the given order."""

    @property
    def movable(self) -> tuple[str, ...]:
        """Names of what `moved` can move: its columns, or what a block without names knows its parts by."""
        return self.names

    def moved(self, names: Collection[str], rows: Index) -> Self:
        """The same with the cells of these (`movable`) taken from other rows, (n,) positions; itself if it has none."""
        return self

    def without(self, names: Collection[str]) -> Self | None:
        """The same without these of its columns; None where none is left. Blocks of several columns override it."""
        gone = frozenset(names)
        left = [name for name in self.names if name not in gone]
        if left and len(left) < len(self.names):
            raise UsageError(
                f"A block of the class {type(self).__name__} cannot leave out some of its columns.",
                do=("give the class a method without(names), as docs/howto/add-block.md shows",),
            )
        return None if self.names and not left else self

    def _fields(self) -> dict[str, Any]:
        return {item.name: getattr(self, item.name) for item in fields(cast("Any", self))}

    def meta(self) -> JsonObject:
        """With `arrays`, all that `restore` needs."""
        plain = {name: value for name, value in self._fields().items() if not isinstance(value, np.ndarray)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}

    def arrays(self) -> Mapping[str, AnyArray]:
        """By names that a file can have; none of objects."""
        return {name: value for name, value in self._fields().items() if isinstance(value, np.ndarray)}

    @classmethod
    def restore(cls, meta: JsonObject, arrays: Mapping[str, AnyArray]) -> Self:
        """The block of these; the arrays are memory-mapped and may stay so."""
        plain = {name: tuple(value) if isinstance(value, list) else value for name, value in meta.items()}
        return cls(**arrays, **plain)


registry: Registry[Block] = Registry(noun="block", package="assay.core.block", group="assay.blocks")
register = registry.register
