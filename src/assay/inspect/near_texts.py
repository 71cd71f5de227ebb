"""Texts that are nearly like another one."""

from collections.abc import Sequence

import numpy as np

from assay.core.seed import Seeds
from assay.features.text_characters import Numbers, mixed
from assay.features.text_terms import TermRule, term_counts

LIKE = 0.8
"""Share of the words of two texts that both have, of those that either has (Jaccard), from which they are alike."""
_FEWEST_WORDS = 5
_BANDS, _HASHES = 6, 3
_AGREE = 0.5
"""Share of all hashes that candidates have in common: fewer are met by one of 1,000 pairs that are alike."""


def near_texts(texts: Sequence[str], *, seeds: Seeds) -> float:
    """The share of these texts, no two of which are equal, that are nearly like one of them that comes before.

    Candidates have equal smallest hashes of their words (Broder, 1997; Indyk and Motwani, 1998): two texts of which 0.8
    of the words are common are met with 98 %; each is then compared word by word, so that none is reported wrongly.
    Texts of under five different words are like none.
    """
    words = _words(texts)
    rows = np.array([row for row, own in enumerate(words) if len(own) >= _FEWEST_WORDS], dtype=np.int64)
    if len(rows) < 2:
        return 0.0
    salts = seeds.child("near").rng().integers(0, 2**63, _BANDS * _HASHES).astype(np.uint64)
    ends = np.cumsum([0, *(len(words[row]) for row in rows)])[:-1]
    numbers, near = np.concatenate([words[row] for row in rows]), np.zeros(len(texts), dtype=np.bool_)
    least = np.stack([np.minimum.reduceat(mixed(numbers ^ salt), ends) for salt in salts], axis=1)
    for band in range(_BANDS):
        keys = np.zeros(len(rows), dtype=np.uint64)
        for own in range(band * _HASHES, (band + 1) * _HASHES):
            keys = mixed(keys ^ least[:, own])
        order = np.argsort(keys, kind="stable")
        before, after = order[:-1], order[1:]
        agree = (keys[before] == keys[after]) & ((least[before] == least[after]).mean(axis=1) >= _AGREE)
        for one, other in zip(rows[before[agree]], rows[after[agree]], strict=True):
            if not near[other] and _are_alike(words[one], words[other]):
                near[other] = True
    return float(near.mean())


def _words(texts: Sequence[str]) -> list[Numbers]:
    """Of each text the numbers of its different words."""
    parts = [(counts.row + first, counts.number) for first, counts in term_counts(texts, TermRule(ngrams=(1, 1)))]
    rows = np.concatenate([np.empty(0, dtype=np.int64), *(row for row, _ in parts)])
    numbers = np.concatenate([np.empty(0, dtype=np.uint64), *(number for _, number in parts)])
    order = np.argsort(rows, kind="stable")
    return np.split(numbers[order], np.searchsorted(rows[order], np.arange(1, len(texts))))


def _are_alike(a: Numbers, b: Numbers) -> bool:
    both = len(np.intersect1d(a, b, assume_unique=True))
    return both >= LIKE * (len(a) + len(b) - both)
