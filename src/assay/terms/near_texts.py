"""Texts that are nearly alike: all but a few of their words are common."""

from collections.abc import Iterator, Sequence

import numpy as np

from assay.core.array import Index
from assay.core.seed import Seeds
from assay.terms.text_characters import Numbers, mixed
from assay.terms.text_terms import TermRule, term_counts

LIKE = 0.8
"""Share of the words of two texts that both have, of those that either has (Jaccard), from which they are alike."""
_FEWEST_WORDS = 5
_BANDS, _HASHES = 6, 3
_AGREE = 0.5
"""Share of all hashes that candidates have in common: fewer are met by one of 1,000 pairs that are alike."""
_SALTS = Seeds(0).child("near").rng().integers(0, 2**63, _BANDS * _HASHES).astype(np.uint64)
"""The same in every run: which texts are alike follows from the texts."""
SAMPLE, FEWEST_PAIRS = 20_000, 5
"""Of more different texts so many are looked at first: where fewer of these are like another, not one in a hundred is
like one of all of them.
"""


def near_texts(texts: Sequence[str]) -> Index:
    """(n,) the first text that each is nearly like, directly or by others between; its own place where there is none.

    Candidates have equal smallest hashes of their words (Broder, 1997; Indyk and Motwani, 1998): two texts of which 0.8
    of the words are common are met with 98 %; each is then compared word by word, so that none is found wrongly. Texts
    of under five different words are like none. Of many texts a sample decides whether it is worth looking.
    """
    if len(texts) > SAMPLE:
        some = Seeds(0).child("some").rng().choice(len(texts), SAMPLE, replace=False)
        found = near_texts([texts[place] for place in some.tolist()])
        if int((found != np.arange(SAMPLE)).sum()) < FEWEST_PAIRS:
            return np.arange(len(texts))
    words = _words(texts)
    rows = np.flatnonzero(np.fromiter(map(len, words), dtype=np.int64, count=len(words)) >= _FEWEST_WORDS)
    links = _Links(len(texts))
    for one, other in _candidates(words, rows):
        if links.root(one) != links.root(other) and _are_alike(words[one], words[other]):
            links.join(one, other)
    return np.fromiter(map(links.root, range(len(texts))), dtype=np.int64, count=len(texts))


class _Links:
    """Which texts are linked, by the first of each set (union by least, with paths halved; Tarjan, 1975)."""

    def __init__(self, n: int) -> None:
        self._before = list(range(n))

    def root(self, one: int) -> int:
        before = self._before
        while before[one] != one:
            before[one] = before[before[one]]
            one = before[one]
        return one

    def join(self, one: int, other: int) -> None:
        first, last = sorted((self.root(one), self.root(other)))
        self._before[last] = first


def _candidates(words: Sequence[Numbers], rows: Index) -> Iterator[tuple[int, int]]:
    """Pairs of texts that share the smallest hashes of a band: each text with the one before, and with the first."""
    if len(rows) < 2:
        return
    ends = np.cumsum([0, *(len(words[row]) for row in rows)])[:-1]
    numbers = np.concatenate([words[row] for row in rows])
    least = np.stack([np.minimum.reduceat(mixed(numbers ^ salt), ends) for salt in _SALTS], axis=1)
    for band in range(_BANDS):
        keys = np.zeros(len(rows), dtype=np.uint64)
        for own in range(band * _HASHES, (band + 1) * _HASHES):
            keys = mixed(keys ^ least[:, own])
        order = np.argsort(keys, kind="stable")
        begins = np.concatenate([[True], keys[order][1:] != keys[order][:-1]])
        first = order[np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))]
        for before, after in ((order[:-1], order[1:]), (first[1:], order[1:])):
            together = ~begins[1:] & ((least[before] == least[after]).mean(axis=1) >= _AGREE)
            yield from zip(rows[before[together]].tolist(), rows[after[together]].tolist(), strict=True)


def _words(texts: Sequence[str]) -> list[Numbers]:
    """Of each text the numbers of its different words, rising."""
    parts = [(counts.row + first, counts.number) for first, counts in term_counts(texts, TermRule(ngrams=(1, 1)))]
    rows = np.concatenate([np.empty(0, dtype=np.int64), *(row for row, _ in parts)])
    numbers = np.concatenate([np.empty(0, dtype=np.uint64), *(number for _, number in parts)])
    order = np.argsort(rows, kind="stable")
    return np.split(numbers[order], np.searchsorted(rows[order], np.arange(1, len(texts))))


def _are_alike(a: Numbers, b: Numbers) -> bool:
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both >= LIKE * (len(a) + len(b) - both)
