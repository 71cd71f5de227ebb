"""A column as its distinct texts, and those that mean missing."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Codes, Floats, Index
from assay.data import vectorized as vector
from assay.data.cell import Marks
from assay.data.vectorized import Series

_SAMPLE = 1000
_LOOSE_MARKS = frozenset({
    "?", "-", "--", "---", ".", "..", "n.a.", "n.a", "na", "none", "missing", "unknown", "Unknown", "not available",
    "(null)", "(blank)", "nil", "—", "–", "k.A.", "k. A.", "k.A", "keine Angabe", "unbekannt", "n.v.", "fehlt", "n/d",
    "n.d.", "s/d", "s.o.", "inconnu", "desconocido", "sconosciuto", "onbekend", "n.b.",
})  # fmt: skip
"""Words among numbers or dates that plainly mean missing, in several languages."""


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A column as distinct canonical texts: codes (n,), -1 missing; counts of each text."""

    name: str
    codes: Codes
    texts: tuple[str, ...]
    counts: Index

    @classmethod
    def of(cls, name: str, series: Series, marks: Marks) -> "Texts":
        codes, texts = vector.texts_of(series, marks)
        return cls(name, codes, texts, np.bincount(codes[codes >= 0], minlength=len(texts)))

    @property
    def missing(self) -> int:
        return int((self.codes < 0).sum())

    @property
    def filled(self) -> int:
        return len(self.codes) - self.missing

    def sample(self) -> tuple[str, ...]:
        """Up to a thousand distinct texts, spread over the column."""
        step = -(-len(self.texts) // _SAMPLE)
        return self.texts[:: max(step, 1)]

    def read_sample(self) -> list[str]:
        """Those of the sample that do not say that the cell is missing."""
        return [text for text in self.sample() if not _is_loose(text)]

    @property
    def loose(self) -> tuple[str, ...]:
        """Those of the texts that among numbers plainly mean missing ("?", "k.A.")."""
        return tuple(text for text in self.texts if text in _LOOSE_MARKS)

    def unread(self, read: Floats) -> tuple[Index, float]:
        """(positions of the texts that are NaN in `read`, share of the cells that are not; marks of missing aside)"""
        lost = np.flatnonzero(np.isnan(read))
        loose = int(sum(self.counts[i] for i in lost if _is_loose(self.texts[i])))
        return lost, 1.0 - float(self.counts[lost].sum() - loose) / max(self.filled - loose, 1)


def _is_loose(text: str) -> bool:
    return text in _LOOSE_MARKS or text.lower().lstrip("+-") in {"inf", "infinity"}
