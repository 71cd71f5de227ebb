"""Cells as they were written, each distinct one stored once: what steps that take texts apart read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Self

import numpy as np

from assay.core.array import AnyArray, Codes, Index
from assay.core.block import Block, register

MOST_CHARACTERS = 200
"""Longer cells are cut: what a code, a name or an address says stands at its beginning."""

_FORM = ("utf-8", "surrogatepass")


@register("strings")
@dataclass(frozen=True, slots=True, eq=False)
class Strings(Block):
    """Columns of short texts that no model reads; a step makes numbers of their parts.

    codes: (n, s) int32 position of each cell among the distinct texts of all columns, -1 missing; names: (s,) columns.
    pool: uint8, these texts in UTF-8 end to end; ends: (k,) where each ends.
    """

    codes: Codes
    names: tuple[str, ...]
    ends: Index
    pool: AnyArray

    @classmethod
    def of(cls, columns: Sequence[tuple[str, Codes, Sequence[str]]]) -> "Strings":
        """Columns as (name, (n,) codes with -1 for missing, the texts these point at)."""
        starts = [0, *accumulate(len(own) for _, _, own in columns)]
        shifted = [
            np.where(codes < 0, -1, codes + start) for (_, codes, _), start in zip(columns, starts[:-1], strict=True)
        ]
        texts = [text for _, _, own in columns for text in own]
        return cls.pooled(np.stack(shifted, axis=1).astype(np.int32), tuple(name for name, _, _ in columns), texts)

    @classmethod
    def pooled(cls, codes: Codes, names: tuple[str, ...], texts: Sequence[str]) -> "Strings":
        """Columns as codes (n, s) into one list of texts, which are cut; a few microseconds for a row."""
        cells = [text[:MOST_CHARACTERS].encode(*_FORM) for text in texts]
        ends = np.array(list(accumulate(map(len, cells))), dtype=np.int64)
        return cls(codes, names, ends, np.frombuffer(b"".join(cells), dtype=np.uint8))

    @property
    def n_rows(self) -> int:
        return len(self.codes)

    def take(self, rows: Index) -> Self:
        """The given rows, in the given order; the texts are shared."""
        return replace(self, codes=self.codes[rows])

    def moved(self, names: Collection[str], rows: Index) -> Self:
        wanted = frozenset(names)
        at = [j for j, name in enumerate(self.names) if name in wanted]
        if not at:
            return self
        codes = np.array(self.codes)
        codes[:, at] = self.codes[:, at][rows]
        return replace(self, codes=codes)

    def without(self, names: Collection[str]) -> Self | None:
        gone = frozenset(names)
        kept = [j for j, name in enumerate(self.names) if name not in gone]
        if len(kept) == len(self.names):
            return self
        return replace(self, codes=self.codes[:, kept], names=tuple(self.names[j] for j in kept)) if kept else None

    def column(self, name: str) -> tuple[Index, tuple[str, ...]]:
        """(places, texts): (n,) place of each cell among the texts of that column in these rows, -1 missing.

        KeyError for a column that is not there. Two texts may be equal where long cells were cut.
        """
        if name not in self.names:
            raise KeyError(name)
        codes = self.codes[:, self.names.index(name)]
        used, places = np.unique(codes, return_inverse=True)
        missing = int(len(used) > 0 and used[0] < 0)
        used = used[missing:].astype(np.int64)
        starts = np.where(used > 0, self.ends[used - 1], 0) if len(used) else used
        spans = zip(starts.tolist(), self.ends[used].tolist(), strict=True)
        texts = tuple(self.pool[start:end].tobytes().decode(*_FORM) for start, end in spans)
        return np.asarray(places - missing, dtype=np.int64), texts
