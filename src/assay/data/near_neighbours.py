"""The nearest others of rows, by their numbers or by the words of their texts, and the bunches that rows lie in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Floats, Index
from assay.core.target import Target
from assay.terms.text_terms import TermRule, term_counts

if TYPE_CHECKING:
    from scipy.sparse import csr_array

NEIGHBOURS = 12
PRODUCTS, CHUNK = 4000.0, 500
"""Of the words of two texts that are compared, for each text, in the mean; texts at a time."""
SAME = 1e-9
"""Distance of texts of the same words, but for rounding."""
BEYOND = 5.0
"""Times as many rows in bunches as chance would have."""
SHARE, FEWEST = 0.01, 10
"""Share of rows in bunches, and number of them: fewer prove nothing and hardly move a score."""
INSIDE = 0.1
"""Difference of targets inside of bunches, as a share of that to the next row outside."""
MOST_ROWS, UNLIKE = 0.5, 0.5
"""Share of rows in bunches; of fewer rows targets outside differ by so much of what those of any two rows do: else near
rows are alike by what the columns tell, as new rows will be.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Of some rows the nearest others, nearest first. rows: (m,); others, distance: (m, k). are_texts: then equal ones
    prove nothing, being the habit of a source, nor do few bunches, as one word may be what decides.
    """

    rows: Index
    others: Index
    distance: Floats
    are_texts: bool = False

    @classmethod
    def of_points(cls, points: Floats, rows: Index) -> "Neighbours":
        """By the distance of (n, m) points."""
        from scipy.spatial import cKDTree

        found, others = cKDTree(points).query(points[rows], k=min(NEIGHBOURS + 1, len(points)))
        return cls._without_itself(rows, np.asarray(others, dtype=np.int64), np.asarray(found, dtype=np.float64))

    @classmethod
    def of_texts(cls, texts: Sequence[str], rows: Index) -> "Neighbours":
        """By the words that texts share: 1 - the cosine of which of the words each has."""
        words = _words(texts)
        k = min(NEIGHBOURS + 1, len(texts))
        others, found = np.zeros((len(rows), k), dtype=np.int64), np.ones((len(rows), k))
        for begin in range(0, len(rows), CHUNK):
            some = slice(begin, begin + CHUNK)
            shared = (words[rows[some]] @ words.T).tocsr()
            for place, row in enumerate(range(begin, begin + shared.shape[0])):
                own = slice(shared.indptr[place], shared.indptr[place + 1])
                order = np.argsort(-shared.data[own], kind="stable")[:k]
                others[row, : len(order)] = shared.indices[own][order]
                found[row, : len(order)] = np.maximum(1.0 - shared.data[own][order], 0.0)
        return replace(cls._without_itself(rows, others, found), are_texts=True)

    @classmethod
    def _without_itself(cls, rows: Index, others: Index, distance: Floats) -> "Neighbours":
        itself = others == rows[:, None]
        itself[~itself.any(axis=1), -1] = True  # among many equal ones it is not told
        itself &= np.cumsum(itself, axis=1) == 1
        shape = (len(rows), distance.shape[1] - 1)
        return cls(rows, others[~itself].reshape(shape), distance[~itself].reshape(shape))

    @property
    def ratios(self) -> Floats:
        """(m, k - 1) each distance as a share of the next; 1 where both are none."""
        near, far = self.distance[:, :-1], self.distance[:, 1:]
        return np.divide(near, far, out=np.ones_like(near), where=far > 0.0)

    def last(self, step: float) -> Index:
        """(m,) the place of the last other row in the bunch of each row; -1 where it is in none."""
        wide = self.ratios < step
        return np.where(wide.any(axis=1), wide.shape[1] - 1 - np.argmax(wide[:, ::-1], axis=1), -1)

    def units(self, step: float) -> Index:
        """(n,) codes: rows share one that are in each other's bunch, directly or by others between; of all rows."""
        n = len(self.rows)
        inside = np.arange(self.others.shape[1]) <= self.last(step)[:, None]
        one, other = np.repeat(self.rows, inside.sum(axis=1)), self.others[inside]
        mutual = np.isin(one * n + other, other * n + one)
        return linked(one[mutual], other[mutual], n)

    def are_copies(self, step: float, target: Target) -> bool:
        """Whether so many rows are in bunches as chance does not have, and targets agree inside of these alone."""
        last = self.last(step)
        is_inside = last >= 0
        if self.are_texts:
            is_inside &= self.distance[np.arange(len(last)), last] > SAME
        own = np.flatnonzero(is_inside)
        if len(own) < max(FEWEST, SHARE * len(last), BEYOND * self._by_chance(last, step) * len(last)):
            return False
        rows = self.rows[own]
        inside = _difference(target, rows, self.others[own, 0])
        outside = _difference(target, rows, self.others[own, last[own] + 1])
        anywhere = _difference(target, rows, np.roll(self.rows, len(self.rows) // 2)[own])
        is_unlike = not self.are_texts and float(outside.mean()) >= UNLIKE * float(anywhere.mean())
        is_rule = is_unlike or len(own) >= MOST_ROWS * len(last)
        return is_rule and float(outside.sum()) >= FEWEST and float(inside.mean()) <= INSIDE * float(outside.mean())

    def _by_chance(self, last: Index, step: float) -> float:
        """The share of rows with such a step in data of the same dimension: that of their distances outside of bunches
        (Levina and Bickel, 2004).
        """
        outside = np.arange(self.distance.shape[1]) > last[:, None]
        furthest = self.distance[:, -1:]
        known = outside & (self.distance > 0.0)
        logs = np.log(np.divide(furthest, self.distance, out=np.ones_like(self.distance), where=known))
        mean = float(logs[known].sum() / max(int(known.sum()) - len(last), 1))
        return float(step ** (1.0 / mean)) if mean > 0.0 else 1.0


def linked(one: Index, other: Index, n: int) -> Index:
    """(n,) codes: rows share one that pairs of rows (k,) link, directly or by others between."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(len(one)), (one, other)), (n, n))
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def _difference(target: Target, one: Index, other: Index) -> Floats:
    """(m,) how far targets of pairs of rows are apart: 0 or 1 of classes, of numbers in their standard deviation."""
    y = target.values
    if target.is_class:
        return np.asarray(y[one] != y[other], dtype=np.float64)
    return np.asarray(np.abs(y[one] - y[other]) / (float(np.std(y)) or 1.0))


def _words(texts: Sequence[str]) -> "csr_array":
    """(n, words) which words each text has, as vectors of length 1; of common words, which tell little, as many are
    left out as keep the cost of a look linear.
    """
    from scipy.sparse import csr_array

    parts = [(counts.row + first, counts.number) for first, counts in term_counts(texts, TermRule(ngrams=(1, 1)))]
    rows = np.concatenate([np.empty(0, dtype=np.int64), *(row for row, _ in parts)])
    numbers = np.concatenate([np.empty(0, dtype=np.uint64), *(number for _, number in parts)])
    codes, counts = np.unique(numbers, return_inverse=True, return_counts=True)[1:]
    by_count = np.argsort(counts, kind="stable")
    is_cheap = np.zeros(len(counts), dtype=bool)
    is_cheap[by_count] = np.cumsum(counts[by_count].astype(np.float64) ** 2) <= PRODUCTS * len(texts)
    kept = is_cheap[codes] & (counts[codes] > 1)
    sizes = np.bincount(rows[kept], minlength=len(texts))
    weights = 1.0 / np.sqrt(np.maximum(sizes, 1))[rows[kept]]
    return csr_array((weights, (rows[kept], codes[kept])), (len(texts), len(counts)))
