"""Labels restricted to those that were seen with a row's value of some column: what it does to probabilities.

An exact 0 among the probabilities of several classes says that a class is impossible, from a model's own prediction
to the answer: whatever comes after keeps it (`kept_impossible`).
"""

from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.candidates import Candidates

LEAST = 1e-6
"""Least probability of a candidate, so that only what is impossible has 0, also as float32."""


@dataclass(frozen=True, slots=True, eq=False)
class AllowedLabels:
    """Candidates as arrays. starts: (n_values + 1,) where the labels of each value begin; labels: their codes; rows: in
    how many rows each was seen.
    """

    starts: Index
    labels: Index
    rows: Index

    @classmethod
    def learned(cls, values: AnyArray, truth: AnyArray, *, n_values: int, n_classes: int) -> "AllowedLabels":
        """From (n,) values of rows, -1 where none is known, and (n,) class codes. A value without rows has no labels,
        and restricts nothing.
        """
        known = values >= 0
        pairs, rows = np.unique(
            values[known].astype(np.int64) * n_classes + truth[known].astype(np.int64), return_counts=True
        )
        starts = np.searchsorted(pairs, np.arange(n_values + 1, dtype=np.int64) * n_classes)
        return cls(starts, pairs % n_classes, rows)

    @classmethod
    def of(cls, candidates: Candidates) -> "AllowedLabels":
        """Those of a task."""
        starts = np.cumsum([0, *map(len, candidates.labels)])
        flat = [code for labels in candidates.labels for code in labels]
        return cls(starts, np.array(flat), np.array([n for rows in candidates.rows for n in rows]))

    def as_candidates(self, column: str) -> Candidates:
        """As a value that can be stored; every value must have labels."""
        parts = [
            (self.labels[a:b].tolist(), self.rows[a:b].tolist())
            for a, b in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True)
        ]
        return Candidates(
            column=column, labels=tuple(tuple(labels) for labels, _ in parts),
            rows=tuple(tuple(rows) for _, rows in parts),
        )  # fmt: skip

    def restricted(self, p: AnyArray, values: AnyArray) -> Floats:
        """(n, k) probabilities of which only candidates keep some, made to sum to 1 again; values: (n,), as learned.

        Rows without a known value stay as they are. Where all candidates had 0, they get the shares of rows they were
        seen in. A row with a number that is not finite becomes NaN.
        """
        out = np.array(p, dtype=np.float64)
        n_known = len(self.starts) - 1
        value = np.where((values >= 0) & (values < n_known), values, n_known)
        sizes = np.append(np.diff(self.starts), 0)[value]
        rows = np.flatnonzero(sizes)
        if not len(rows):
            return out
        sizes = sizes[rows]
        row, first = np.repeat(rows, sizes), self.starts[value[rows]]
        at = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(first, sizes)
        code, seen, odd = self.labels[at], self.rows[at], ~np.isfinite(out).all(axis=1)
        kept, total = out[row, code], np.zeros(len(out))
        np.add.at(total, row, kept)
        seen_in = np.bincount(row, weights=seen, minlength=len(out))
        kept = np.where(total[row] > 0, kept / np.where(total > 0, total, 1.0)[row], seen / seen_in[row])
        kept = np.maximum(kept, LEAST)
        out[rows] = 0.0
        out[row, code] = kept / np.bincount(row, weights=kept, minlength=len(out))[row]
        out[odd] = np.nan
        return out


def kept_impossible(made: Floats, before: AnyArray) -> Floats:
    """(n, k) probabilities with 0 where those they were made of had exactly 0, summing to 1 again; (n,) of two classes
    as they are. A row of which nothing would be left stays as it was before.
    """
    if made.ndim == 1:
        return made
    impossible = np.asarray(before) == 0.0
    if not impossible.any():
        return made
    left = np.where(impossible, 0.0, made)
    total = left.sum(axis=1, keepdims=True)
    kept = np.where(total == 0.0, before, left / np.where(total == 0.0, 1.0, total))
    return np.where(impossible.any(axis=1, keepdims=True), kept, made)
