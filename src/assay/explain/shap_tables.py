"""Exact Shapley values of trees against rows of a background, for many rows at once.

The game of a row x: a coalition S of players (input columns) is worth the mean, over the rows b of the background, of
the trees' answer to the row that has the cells of S from x and all others from b (the interventional value function of
Janzing, Minorics and Blöbaum, 2020). Of one leaf and one b let A be the players whose conditions x alone meets, B those
that b alone meets. If each player is met by one of them, the leaf's value v goes to S ⊇ A, S ∩ B = ∅, so each of A gets
v (|A| − 1)! |B|! / (|A| + |B|)!, each of B −v |A|! (|B| − 1)! / (|A| + |B|)! (Lundberg et al., 2020).
That depends on patterns of met conditions alone, of which a block of a tree has few: each is worked out once from the
counts of the background's patterns, and rows look theirs up (in the spirit of FastTreeSHAP, Yang, 2021, and WOODELF,
2025). The cost of a row does not depend on the size of the background.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import factorial

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.explain.shap_paths import TreeBlocks, distinct

MOST_TABLE_BITS = 9
"""Of one leaf; beyond it the patterns that occur are worked out, not all there are."""
MOST_PLAYERS = 60
"""Of one leaf; beyond it a pattern is no whole number of 64 bits."""
ENTRIES = 2**21
"""Of the tables made together, 8 bytes each."""


def coalition_weights(most: int) -> tuple[Floats, Floats]:
    """(most + 1, most + 1) by |A| and |B|: the share of a leaf's value of each player of A, and less each of B."""
    of_a, of_b = np.zeros((most + 1, most + 1)), np.zeros((most + 1, most + 1))
    for a in range(most + 1):
        for b in range(most + 1):
            if a:
                of_a[a, b] = factorial(a - 1) * factorial(b) / factorial(a + b)
            if b:
                of_b[a, b] = factorial(a) * factorial(b - 1) / factorial(a + b)
    return of_a, of_b


def pair_shares(x: Index, background: Index, k: int, weights: tuple[Floats, Floats]) -> Iterator[Floats]:
    """(len(x), len(background)) shares of each of k players, for patterns of met players of either."""
    full = (1 << k) - 1
    only_x, only_b = x[:, None] & ~background, background & ~x[:, None]
    counts = np.bitwise_count(only_x & full), np.bitwise_count(only_b & full)
    reached = (x[:, None] | background) & full == full
    of_a, of_b = (np.where(reached, table[counts], 0.0) for table in weights)
    for j in range(k):
        yield np.where(only_x >> j & 1, of_a, 0.0) - np.where(only_b >> j & 1, of_b, 0.0)


@dataclass(frozen=True)
class LeafShares:
    """All shares of leaves of few players, made when first asked for."""

    @cached_property
    def weights(self) -> tuple[Floats, Floats]:
        return coalition_weights(MOST_PLAYERS)

    @cached_property
    def _made(self) -> dict[int, Floats]:
        return {}

    def of(self, k: int) -> Floats:
        """(2^k patterns of a background row, k players × 2^k patterns of a row)."""
        if k not in self._made:
            patterns = np.arange(1 << k)
            shares = np.stack(list(pair_shares(patterns, patterns, k, self.weights)))  # (k, x, background)
            self._made[k] = np.ascontiguousarray(shares.transpose(2, 0, 1)).reshape(1 << k, -1)
        return self._made[k]


def signed(answers: AnyArray) -> AnyArray:
    """(2 n_tests + 1, n) of answers (n_tests, n): whether each test is false, is true, and all true in the end."""
    out = np.ones((2 * len(answers) + 1, answers.shape[1]), dtype=np.uint8)
    out[1:-1:2] = answers
    out[:-1:2] = 1 - out[1::2]
    return out


@dataclass(frozen=True, slots=True, eq=False)
class TreeGame:
    """Blocks of trees and the signed answers (see `signed`) of their tests by the rows of the background."""

    blocks: tuple[TreeBlocks, ...]
    background: AnyArray
    n_players: int
    n_outputs: int
    shares: LeafShares

    def values(self, answers: AnyArray) -> Floats:
        """(n_outputs, n_players, n) Shapley values of rows with these signed answers."""
        out = np.zeros((self.n_outputs, self.n_players, answers.shape[1]))
        for blocks in self.blocks:
            if blocks.bits > MOST_TABLE_BITS and len(blocks.block) == len(blocks):
                self._add_wide(blocks, answers, out)
            elif blocks.bits:
                self._add_tables(blocks, answers, out)
        return out

    def _add_tables(self, blocks: TreeBlocks, answers: AnyArray, out: Floats) -> None:
        per_block = -(-len(blocks.block) // len(blocks))
        size = max(1, ENTRIES // (per_block * blocks.bits << blocks.bits))
        ends = np.searchsorted(blocks.block, np.arange(len(blocks) + 1))
        for begin in range(0, len(blocks), size):
            end = min(begin + size, len(blocks))
            leaves = slice(int(ends[begin]), int(ends[end]))
            part = TreeBlocks(
                conditions=blocks.conditions[begin:end], players=blocks.players[begin:end],
                block=blocks.block[leaves] - begin, asked=blocks.asked[leaves], wanted=blocks.wanted[leaves],
                values=blocks.values[leaves], output=blocks.output[begin:end],
            )  # fmt: skip
            tables = BlockTables.of(part, patterns(part, self.background), self.shares)
            tables.add(answers, out)

    def _add_wide(self, blocks: TreeBlocks, answers: AnyArray, out: Floats) -> None:
        """Leaves with many players: of the patterns that occur each is worked out."""
        k = blocks.bits
        if k > MOST_PLAYERS:
            raise ValueError(f"a leaf depends on {k} input columns, {MOST_PLAYERS} at most are counted")
        for i in range(len(blocks)):
            self._add_leaf(blocks, i, answers, out)

    def _add_leaf(self, blocks: TreeBlocks, i: int, answers: AnyArray, out: Floats) -> None:
        """A block of one leaf whose conditions are all asked."""
        conditions = blocks.conditions[i : i + 1]
        rows, row_of = np.unique(_patterns_of(conditions, answers)[0], return_inverse=True)
        others, counts = np.unique(_patterns_of(conditions, self.background)[0], return_counts=True)
        share = counts / counts.sum()
        outputs = slice(int(blocks.output[i]), int(blocks.output[i]) + blocks.values.shape[1])
        for j, found in enumerate(pair_shares(rows, others, blocks.bits, self.shares.weights)):
            out[outputs, blocks.players[i, j]] += blocks.values[i, :, None] * (found @ share)[row_of]


def patterns(blocks: TreeBlocks, answers: AnyArray) -> Index:
    """(n_blocks, n) the pattern of bits of each row."""
    size = max(1, 8 * ENTRIES // max(1, blocks.conditions[0].size * answers.shape[1]))
    parts = [_patterns_of(blocks.conditions[at : at + size], answers) for at in range(0, len(blocks), size)]
    return np.concatenate(parts)


def _patterns_of(conditions: Index, answers: AnyArray) -> Index:
    bits = np.bitwise_and.reduce(answers[conditions], axis=2)  # −1 is the row of all true
    kind = np.uint8 if bits.shape[1] <= 8 else np.uint16 if bits.shape[1] <= 16 else np.int64
    powers = (1 << np.arange(bits.shape[1], dtype=np.int64)).astype(kind)
    return np.asarray(np.bitwise_or.reduce(bits * powers[:, None], axis=1), dtype=np.int64)


def _ranks(players: Index, asked: AnyArray) -> Index:
    """(n, b) the place of each player among the different ones of its row; any where it is not asked."""
    marked = np.where(asked, players, np.iinfo(np.int64).max)
    order = np.argsort(marked, axis=1, kind="stable")
    ordered = np.take_along_axis(marked, order, axis=1)
    rank = np.cumsum(np.diff(ordered, axis=1, prepend=ordered[:, :1]) != 0, axis=1)
    out = np.empty_like(rank)
    np.put_along_axis(out, order, rank, axis=1)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class BlockTables:
    """What each player gets for each pattern. values: (n_blocks, k, slots, 2^b); players: (n_blocks, slots), −1 for
    none; conditions, output: of the blocks."""

    values: Floats
    players: Index
    conditions: Index
    output: Index

    @classmethod
    def of(cls, blocks: TreeBlocks, background: Index, shares: LeafShares) -> "BlockTables":
        """background: (n_blocks, m) patterns."""
        slot = _ranks(blocks.players, np.ones(blocks.players.shape, dtype=np.bool_))
        n_slots, k = int(slot.max(initial=0)) + 1, blocks.values.shape[1]
        players = np.full((len(blocks), n_slots), -1)
        np.put_along_axis(players, slot, blocks.players, axis=1)
        values = np.zeros((k, len(blocks) * n_slots, 1 << blocks.bits))
        owner = np.where(blocks.asked, blocks.players[blocks.block], -1)
        n_players, rank = distinct(owner), _ranks(owner, blocks.asked)
        for count in np.unique(n_players).tolist():
            own = np.flatnonzero(n_players == count)
            if count:
                group = _LeafGroup.of(blocks, own, rank[own], count)
                slots = blocks.block[own, None] * n_slots + np.take_along_axis(
                    slot[blocks.block[own]], group.example, axis=1
                )
                _add(values, slots, group.tables(background[blocks.block[own]], shares), blocks.values[own])
        shape = (k, len(blocks), n_slots, 1 << blocks.bits)
        return cls(
            np.ascontiguousarray(values.reshape(shape).transpose(1, 0, 2, 3)), players, blocks.conditions, blocks.output
        )

    def add(self, answers: AnyArray, out: Floats) -> None:
        """Add what rows with these signed answers get to out (n_outputs, n_players, n)."""
        for i, players in enumerate(self.players.tolist()):
            pattern = _patterns_of(self.conditions[i : i + 1], answers)[0]
            first, known = int(self.output[i]), [slot for slot, player in enumerate(players) if player >= 0]
            for o, slot in product(range(self.values.shape[1]), known):
                out[first + o, players[slot]] += self.values[i, o, slot].take(pattern)


def _add(values: Floats, slots: Index, tables: Floats, leaves: Floats) -> None:
    """Add tables (g, count, 2^b) times the leaves' values (g, k) to values (k, all slots, 2^b) at their slots."""
    from scipy.sparse import csr_array

    g, count, width = tables.shape
    flat = tables.reshape(g * count, width)
    for o in range(leaves.shape[1]):
        places = (slots.ravel(), np.arange(g * count))
        into = csr_array((np.repeat(leaves[:, o], count), places), shape=(values.shape[1], g * count))
        values[o] += into @ flat


@dataclass(frozen=True, slots=True, eq=False)
class _LeafGroup:
    """Leaves with equally many players. met: (g, 2^b) for each pattern of the block the players that are met; example:
    (g, count) a bit of each player."""

    met: Index
    example: Index
    count: int

    @classmethod
    def of(cls, blocks: TreeBlocks, own: Index, rank: Index, count: int) -> "_LeafGroup":
        asked, wanted, powers = blocks.asked[own], blocks.wanted[own], 1 << np.arange(blocks.bits)
        pattern = np.arange(1 << blocks.bits)
        met, example = np.zeros((len(own), len(pattern)), dtype=np.int64), np.zeros((len(own), count), dtype=np.int64)
        for j in range(count):
            is_own = asked & (rank == j)
            mask, want = (is_own * powers).sum(axis=1), (is_own * wanted * powers).sum(axis=1)
            met |= ((pattern & mask[:, None]) == want[:, None]).astype(np.int64) << j
            example[:, j] = is_own.argmax(axis=1)
        return cls(met, example, count)

    def tables(self, background: Index, shares: LeafShares) -> Floats:
        """(g, count, 2^b) what each player gets of a leaf of value 1; background: (g, m) patterns of the blocks."""
        g, width = len(self.met), 1 << self.count
        found = np.take_along_axis(self.met, background, axis=1) + np.arange(g)[:, None] * width
        weights = np.bincount(found.ravel(), minlength=g * width).reshape(g, width) / background.shape[1]
        made = (weights @ shares.of(self.count)).reshape(g, self.count, width)
        return np.take_along_axis(made, self.met[:, None, :], axis=2)
