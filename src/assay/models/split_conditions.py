"""Split conditions of one or many flat models, each evaluated once: as booleans, or 64 rows per word."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from assay.core.array import AnyArray, Bools, Index, Singles
from assay.models.flat import NO_SPANS, Tests, numeric_key

WORD = 64
"""Rows per word."""
BLOCK_TESTS = 64
"""Conditions evaluated before they are packed: 256 KB for 4096 rows, which stays in a second-level cache."""

Words = np.ndarray[tuple[int, ...], np.dtype[np.uint64]]


@dataclass(frozen=True, slots=True, eq=False)
class SetPositions:
    """Positions of rows in the answers of set conditions; p of them, each shared by many sets.

    keys; set_column, set_stride: (p, m); set_bit (answers), bit_stride: (p, q); key_span: (p, 2), as in Tests.
    """

    keys: Index
    set_column: Index
    set_stride: Index
    set_bit: Index
    bit_stride: Index
    key_span: Index

    def __len__(self) -> int:
        return len(self.set_column)

    def of(self, codes: Singles, bits: AnyArray | None, *, width: int) -> Index:
        """(p, n) positions below width. codes: (n_columns, n) without NaN; bits: (p, q, n) answers, or None."""
        place = (codes.take(self.set_column, axis=0) * self.set_stride[:, :, None]).sum(axis=1)
        if bits is not None:
            place += (bits * self.bit_stride[:, :, None]).sum(axis=1)
        for p in np.flatnonzero(self.key_span[:, 1] > self.key_span[:, 0]):
            own = self.keys[slice(*self.key_span[p])]
            rank = np.searchsorted(own, place[p])
            place[p] = np.where(own.take(rank, mode="clip") == place[p], rank, len(own))
        inside: Index = np.minimum(np.maximum(place, 0.0), width - 1.0).astype(np.int64)
        return inside


@dataclass(frozen=True, slots=True, eq=False)
class SplitConditions:
    """All conditions of some models: answer 0 is always false, then numeric conditions that send missing cells left,
    those that send them right, each by column, then the sets by position.

    column, threshold: (a,); n_left: number of the first kind. sets: (b, width); place_of: (b,) rising, row of `places`.
    """

    column: Index
    threshold: Singles
    n_left: int
    places: SetPositions
    place_of: Index
    sets: Bools

    @property
    def n_answers(self) -> int:
        return 1 + len(self.threshold) + len(self.sets)

    def answers(self, X: Singles) -> Bools:
        """(n_answers, n) booleans for a few rows X (n, n_columns)."""
        n_numeric, n = len(self.threshold), len(X)
        across = np.ascontiguousarray(X.T)
        out = np.zeros((self.n_answers, n), dtype=np.bool_)
        x, cut = across.take(self.column, axis=0), 1 + self.n_left
        # comparing with NaN is false
        np.greater(x[: self.n_left], self.threshold[: self.n_left, None], out=out[1:cut])
        right = out[cut : 1 + n_numeric]
        np.less_equal(x[self.n_left :], self.threshold[self.n_left :, None], out=right)
        np.logical_not(right, out=right)
        if len(self.sets):
            width = self.sets.shape[1]
            bits = out.take(self.places.set_bit, axis=0) if self.places.set_bit.shape[1] else None
            place = self.places.of(_codes(across), bits, width=width).take(self.place_of, axis=0)
            place += (np.arange(len(self.sets)) * width)[:, None]
            self.sets.ravel().take(place, out=out[1 + n_numeric :], mode="clip")
        return out

    def packed(self, X: Singles) -> Words:
        """(n_answers, ⌈n / 64⌉) the same for many rows: bit i % 64 of word i

        64, the lowest first.
        """
        across = np.ascontiguousarray(X.T)
        words = np.zeros((self.n_answers, -(-len(X) // WORD)), dtype=np.uint64)
        out = words.view(np.uint8)[:, : -(-len(X) // 8)]
        for begin, end in self._segments():
            x, limit = across[self.column[begin]], self.threshold[begin:end, None]
            found = np.greater(x, limit) if begin < self.n_left else ~np.less_equal(x, limit)
            out[1 + begin : 1 + end] = np.packbits(found, axis=1, bitorder="little")
        if len(self.sets):
            self._pack_sets(_codes(across), out)
        return words

    def _segments(self) -> list[tuple[int, int]]:
        """Numeric tests of one column and kind, at most BLOCK_TESTS."""
        n = len(self.column)
        is_first = np.diff(self.column, prepend=-1) != 0
        is_first[self.n_left : self.n_left + 1] = True
        starts = np.append(np.flatnonzero(is_first), n).tolist()
        return [
            (at, min(at + BLOCK_TESTS, end)) for begin, end in pairwise(starts) for at in range(begin, end, BLOCK_TESTS)
        ]

    def _pack_sets(self, codes: Singles, out: AnyArray) -> None:
        first, n = 1 + len(self.threshold), codes.shape[1]
        bits = None
        if self.places.set_bit.shape[1]:
            bits = np.unpackbits(out.take(self.places.set_bit, axis=0), axis=-1, count=n, bitorder="little")
        place = self.places.of(codes, bits, width=self.sets.shape[1])
        ends = np.searchsorted(self.place_of, np.arange(len(self.places)), side="right").tolist()
        for p, (begin, end) in enumerate(pairwise([0, *ends])):
            for at in range(begin, end, BLOCK_TESTS):
                to = min(at + BLOCK_TESTS, end)
                found = self.sets[at:to].take(place[p], axis=1, mode="clip")
                out[first + at : first + to] = np.packbits(found, axis=1, bitorder="little")


def _codes(across: Singles) -> Singles:
    return np.where(np.isfinite(across), across, np.float32(0.0))


def joined(all_tests: Sequence[Tests], offsets: Sequence[int]) -> tuple[SplitConditions, list[Index]]:
    """The distinct conditions of several models, and for each model the answers of its tests.

    offsets: the column where each model's own begin.
    """
    pairs = list(zip(all_tests, offsets, strict=True))
    column = np.concatenate([tests.column + offset for tests, offset in pairs])
    threshold = np.concatenate([tests.threshold for tests in all_tests])
    right = np.concatenate([tests.missing_right for tests in all_tests])
    _, first, which = np.unique(numeric_key(column, threshold, right), return_index=True, return_inverse=True)
    numeric = np.split(1 + which, np.cumsum([len(tests.threshold) for tests in all_tests])[:-1])
    places, place_of = _places(pairs, numeric)
    sets = _padded([tests.sets for tests in all_tests if len(tests.sets)], "edge").astype(np.bool_)
    order = np.argsort(place_of, kind="stable")
    answer_of = np.empty(len(order), dtype=np.int64)
    answer_of[order] = 1 + len(first) + np.arange(len(order))
    of_sets = np.split(answer_of, np.cumsum([len(tests.sets) for tests in all_tests])[:-1])
    asked = SplitConditions(
        column[first], threshold[first], int((~right[first]).sum()), places, place_of[order],
        np.ascontiguousarray(sets[order]),
    )  # fmt: skip
    return asked, [np.concatenate(both) for both in zip(numeric, of_sets, strict=True)]


def _places(pairs: Sequence[tuple[Tests, int]], numeric: Sequence[Index]) -> tuple[SetPositions, Index]:
    """The distinct positions of all sets, and (b,) the index of each set's."""
    found = [(tests, offset, own) for (tests, offset), own in zip(pairs, numeric, strict=True) if len(tests.sets)]
    keys = np.concatenate([np.zeros(0, dtype=np.int64), *(tests.keys for tests, _, _ in found)])
    first = np.cumsum([0, *(len(tests.keys) for tests, _, _ in found)]).tolist()
    blocks = (
        _padded([tests.set_column + offset for tests, offset, _ in found]),
        _padded([tests.set_stride for tests, _, _ in found]),
        _padded([own[tests.set_bit] if tests.set_bit.size else tests.set_bit for tests, _, own in found]),
        _padded([tests.bit_stride for tests, _, _ in found]),
        np.concatenate([NO_SPANS, *(tests.spans + at for (tests, _, _), at in zip(found, first, strict=False))]),
    )
    rows = np.concatenate(blocks, axis=1)
    if not len(rows):
        return SetPositions(keys, *blocks), np.zeros(0, dtype=np.int64)
    known, which = np.unique(rows, axis=0, return_inverse=True)
    parts = np.split(known, np.cumsum([block.shape[1] for block in blocks])[:-1], axis=1)
    places = SetPositions(keys, *(np.ascontiguousarray(part) for part in parts))
    return places, np.asarray(which, dtype=np.int64).ravel()


def _padded(blocks: Sequence[AnyArray], mode: Literal["constant", "edge"] = "constant") -> AnyArray:
    """Blocks of different widths stacked vertically."""
    if not blocks:
        return np.zeros((0, 0), dtype=np.int64)
    width = max(block.shape[1] for block in blocks)
    return np.concatenate([np.pad(block, ((0, 0), (0, width - block.shape[1])), mode=mode) for block in blocks])
