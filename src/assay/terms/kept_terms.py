"""Terms of texts that are read again and again: counted once in a process, then looked up by the text.

A search fits the same steps in every fold, each fold's texts twice: to learn which terms there are, and to weigh them.
A text's own counts depend on no other text, so that nothing of a held-out row is learned by keeping them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from assay.core.array import Index
from assay.terms.text_characters import Numbers
from assay.terms.text_terms import TermCounts, TermRule, term_counts

FEWEST_TEXTS = 32
"""Fewer are counted sooner than looked up."""
MOST_CELLS = 24_000_000
"""Counts kept by one process, of 8 bytes each: some 10,000 pages, by all rules that a search reads them by."""


@dataclass(frozen=True, slots=True, eq=False)
class CountedTexts:
    """Texts as counts of terms. numbers: (m,) of the terms, rising; ends: (n + 1,); place: (cells,) in `numbers`,
    rising in each text; count: (cells,).
    """

    numbers: Numbers
    ends: Index
    place: Index
    count: Index

    @classmethod
    def of(cls, texts: Sequence[str], rule: TermRule) -> "CountedTexts":
        """Counted now."""
        parts = [_by_text(first, counts) for first, counts in term_counts(texts, rule)]
        number = np.concatenate([np.empty(0, dtype=np.uint64), *(part[0] for part in parts)])
        row = np.concatenate([np.empty(0, dtype=np.int64), *(part[1] for part in parts)])
        count = np.concatenate([np.empty(0, dtype=np.int32), *(part[2] for part in parts)])
        numbers, place = np.unique(number, return_inverse=True)
        return cls(numbers, _ends(row, len(texts)), place.astype(np.int32), count)

    @property
    def row(self) -> Index:
        """(cells,) the text of each count."""
        return np.repeat(np.arange(len(self.ends) - 1), np.diff(self.ends))

    def take(self, rows: Index) -> "CountedTexts":
        """These texts, with the same numbers."""
        if len(rows) == len(self.ends) - 1 and np.array_equal(rows, np.arange(len(rows))):
            return self
        starts, lengths = self.ends[rows], np.diff(self.ends)[rows]
        ends = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
        at = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], lengths)
        return CountedTexts(self.numbers, ends, self.place[at], self.count[at])

    def above(self, below: "CountedTexts") -> "CountedTexts":
        """These texts, then those."""
        numbers = np.union1d(self.numbers, below.numbers)
        place = [np.searchsorted(numbers, one.numbers).astype(np.int32)[one.place] for one in (self, below)]
        return CountedTexts(
            numbers, np.concatenate([self.ends, below.ends[1:] + self.ends[-1]]), np.concatenate(place),
            np.concatenate([self.count, below.count]),
        )  # fmt: skip


def _by_text(first: int, counts: TermCounts) -> tuple[Numbers, Index, Index]:
    order = np.argsort(counts.row, kind="stable")  # of counts by number, so that those of a text stay so
    return counts.number[order], counts.row[order] + first, counts.count[order].astype(np.int32)


def _ends(row: Index, n: int) -> Index:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(np.bincount(row, minlength=n))])


class TermReader(Protocol):
    """What steps ask for the terms of texts."""

    def counted(self, texts: Sequence[str], rule: TermRule) -> CountedTexts | None:
        """The counts of these texts, one for each; None where they are not kept, and are best counted in parts."""
        ...


class NothingKept:
    """Keeps no terms."""

    def counted(self, texts: Sequence[str], rule: TermRule) -> CountedTexts | None:
        """See TermReader."""
        return None


@dataclass(eq=False)
class _Kept:
    places: dict[str, int]
    counts: CountedTexts


@dataclass(eq=False)
class KeptTerms:
    """Keeps what it read, by rule, the rules that were asked for last."""

    most_cells: int = MOST_CELLS
    _kept: dict[TermRule, _Kept] = field(default_factory=dict)

    def counted(self, texts: Sequence[str], rule: TermRule) -> CountedTexts | None:
        """Texts that are new are counted and kept, as long as there is room; None for few, and for very long ones."""
        if len(texts) < FEWEST_TEXTS or sum(map(len, texts)) > 2 * self.most_cells:
            return None
        kept = self._kept.pop(rule, None) or _Kept({}, CountedTexts.of((), rule))
        new = [text for text in dict.fromkeys(texts) if text not in kept.places]
        if new:
            kept.places |= {text: len(kept.places) + k for k, text in enumerate(new)}
            kept.counts = kept.counts.above(CountedTexts.of(new, rule))
        self._make_room(len(kept.counts.place))
        if len(kept.counts.place) <= self.most_cells:
            self._kept[rule] = kept
        return kept.counts.take(np.array([kept.places[text] for text in texts], dtype=np.int64))

    def _make_room(self, cells: int) -> None:
        held = sum(len(one.counts.place) for one in self._kept.values())
        for rule, one in list(self._kept.items()):
            if held + cells <= self.most_cells:
                return
            del self._kept[rule]
            held -= len(one.counts.place)


NOTHING_KEPT = NothingKept()
