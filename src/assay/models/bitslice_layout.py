"""The layout of bit-sliced trees: which mask each side of a split has, and which masks are the bits of a leaf.

All splits of a model are laid out at once, whatever trees they belong to, by array operations on all of them: half a
million are ready in a tenth of a second.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.models.flat import BinaryTrees, FlatTrees


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Splits of one depth: the masks they read and the conditions they test; masks of right children begin at `first`,
    those of left children follow."""

    parent: Index
    conditions: Index
    first: int


@dataclass(frozen=True, slots=True, eq=False)
class LayoutPart:
    """Trees evaluated together. Mask 0 is empty, masks 1 to n_trees hold all rows.

    bits: for each bit of a leaf number, the lowest first, (m, n_trees) masks to combine, padded with the empty one.
    values: by leaf number, tree after tree; starts: (n_trees,) offset of each tree.
    """

    levels: tuple[Level, ...]
    bits: tuple[Index, ...]
    n_masks: int
    values: Floats
    starts: Index


def one_after_another(models: Sequence[FlatTrees], places: Sequence[Index]) -> BinaryTrees:
    """The binary trees of all models in one; tests are replaced by positions of answers (places, per model)."""
    each = [model.branches for model in models]
    return BinaryTrees(
        splits=np.concatenate([one.splits for one in each]), is_leaf=np.concatenate([one.is_leaf for one in each]),
        test=np.concatenate([place[one.test] for place, one in zip(places, each, strict=True)]),
        leaves=np.concatenate([one.leaves for one in each]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Splits:
    """The splits of a model, by tree, then by level.

    start: (n_trees,) first split of each tree; counts: (n_levels, n_trees); above: (n,) the parent split, itself for a
    root; is_right: (n,) whether it is a right child. Leaf numbers are positions p from left to right in Gray code, p ^
    p / 2: first: (n,) position of the first leaf below; beyond: (n,) position of the first leaf below the right child.
    """

    start: Index
    counts: Index
    above: Index
    is_right: Bools
    first: Index
    beyond: Index

    @classmethod
    def of(cls, b: BinaryTrees) -> "_Splits":
        start = np.cumsum(b.splits) - b.splits
        node = np.flatnonzero(~b.is_leaf) - np.repeat(b.roots, b.splits)
        above = np.repeat(start, b.splits) + (np.maximum(node, 1) - 1 >> 1)
        is_right = (node > 0) & (node & 1 == 0)
        counts = splits_by_level(b)
        first, beyond = _places(counts, above, is_right)
        return cls(start, counts, above, is_right, first, beyond)

    @property
    def change(self) -> Index:
        """(n,) bits in which the first leaf below the right child differs from the first leaf below the split."""
        return np.asarray(_gray(self.first) ^ _gray(self.beyond))

    def values(self, b: BinaryTrees, slot: Index) -> Floats:
        """Leaf values by leaf number; those of a tree begin at its slot."""
        n_leaves = b.splits + 1
        node = np.flatnonzero(b.is_leaf) - np.repeat(b.roots, n_leaves)
        place = np.zeros(len(node), dtype=np.int64)
        below = np.flatnonzero(node)
        above = np.repeat(self.start, n_leaves)[below] + (node[below] - 1 >> 1)
        place[below] = np.where(node[below] & 1, self.first[above], self.beyond[above])
        out = np.zeros(int((slot + _slots(b)).max(initial=0)))
        out[np.repeat(slot, n_leaves) + _gray(place)] = b.leaves
        return out


def splits_by_level(b: BinaryTrees) -> Index:
    """(n_levels, n_trees) number of splits; the nodes of a level are the children of the splits above."""
    start = np.cumsum(b.splits) - b.splits
    before = np.concatenate([[0], np.cumsum(~b.is_leaf)])
    counts, low, high = list[Index](), np.zeros_like(start), np.minimum(b.splits, 1)
    while (high > low).any():
        counts.append(high - low)
        low, high = high, before[b.roots + 2 * high + 1] - start
    return np.array(counts, dtype=np.int64).reshape(-1, len(start))


def _places(counts: Index, above: Index, is_right: Bools) -> tuple[Index, Index]:
    """first and beyond of _Splits: leaves are counted bottom-up, positions assigned top-down."""
    depth = np.repeat(np.tile(np.arange(len(counts)), counts.shape[1]), counts.T.ravel())
    by_depth = np.argsort(depth.astype(np.min_scalar_type(len(counts))), kind="stable")
    levels = cut(by_depth, counts.sum(axis=1))
    leaves, side = np.ones((len(above), 2), dtype=np.int64), 2 * above + is_right
    for level in levels[:0:-1]:
        leaves.ravel()[side[level]] = leaves[level].sum(axis=1)
    first = np.zeros(len(above), dtype=np.int64)
    for level in levels[1:]:
        up = above[level]
        first[level] = first[up] + np.where(is_right[level], leaves[up, 0], 0)
    return first, first + leaves[:, 0]


def cut(array: Index, lengths: Index) -> list[Index]:
    """Slices of these lengths, one after the other; np.split is far slower for thousands."""
    ends = [0, *np.cumsum(lengths).tolist()]
    return [array[begin:end] for begin, end in pairwise(ends)]


def _gray(place: Index) -> Index:
    """Gray code: neighbouring leaves differ in one bit, so fewer masks change on the way to a leaf."""
    return np.asarray(place ^ (place >> 1))


def _slots(b: BinaryTrees) -> Index:
    """(n_trees,) space for the leaf numbers of each tree: two to the power of their bits."""
    return np.asarray(1 << _n_bits(b))


def _n_bits(b: BinaryTrees) -> Index:
    return np.frexp(b.splits.astype(np.float64))[1].astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class _TreeSlots:
    """Position of each tree in its part. order: trees by part; head: (n_parts,) index in order of each part's first
    tree; sizes: (n_parts,) trees; part, slot: (n_trees,) part of each tree and position in it.

    splits: (n_levels, n_parts) splits of all trees of a part; ahead: (n_levels, n_trees) splits of the trees before it
    in its part.
    """

    order: Index
    head: Index
    sizes: Index
    part: Index
    slot: Index
    splits: Index
    ahead: Index

    @classmethod
    def of(cls, parts: Sequence[Index], counts: Index) -> "_TreeSlots":
        sizes, order = np.array([len(trees) for trees in parts]), np.concatenate(parts)
        head = np.cumsum(sizes) - sizes
        part, slot, ahead = np.empty_like(order), np.empty_like(order), np.empty_like(counts)
        part[order] = np.repeat(np.arange(len(parts)), sizes)
        slot[order] = np.arange(len(order)) - np.repeat(head, sizes)
        ordered = counts[:, order]
        before = np.cumsum(ordered, axis=1) - ordered
        ahead[:, order] = before - np.repeat(before[:, head], sizes, axis=1)
        return cls(order, head, sizes, part, slot, np.add.reduceat(ordered, head, axis=1), ahead)

    @property
    def shallower(self) -> Index:
        """(n_levels, n_parts) splits in the levels above, by part."""
        return np.asarray(np.cumsum(self.splits, axis=0) - self.splits)

    @property
    def begins(self) -> Index:
        """(n_parts,) first split of each part."""
        total = self.splits.sum(axis=0)
        return np.asarray(np.cumsum(total) - total)

    def laid_out(self, counts: Index) -> tuple[Index, Index, Index]:
        """(n,) for each split, by tree: its position by part and level, and the masks of its right and left side."""
        before = (np.cumsum(counts, axis=0) - counts) + (np.cumsum(counts.sum(axis=0)) - counts.sum(axis=0))
        shift, part = self.ahead - before, self.part
        shallower = self.shallower[:, part]
        place = shift + shallower + self.begins[part]
        mask = shift + 2 * shallower + (1 + self.sizes)[part]
        lengths, here = counts.T.ravel(), np.arange(int(counts.sum()))
        right = here + np.repeat(mask.T.ravel(), lengths)
        left = right + np.repeat(self.splits[:, part].T.ravel(), lengths)
        return here + np.repeat(place.T.ravel(), lengths), right, left

    def bit(self, mask: Index, tree: Index) -> list[Index]:
        """For each part (m, n_trees) the given masks, each in the column of its tree, padded with empty ones. tree:
        rising."""
        counts = np.bincount(tree, minlength=len(self.part))
        m = np.maximum(np.maximum.reduceat(counts[self.order], self.head), 1)
        lengths = m * self.sizes
        ends = np.cumsum(lengths)
        out = np.zeros(int(ends[-1]), dtype=np.int64)
        column = (ends - lengths)[self.part] + self.slot
        step = self.sizes[self.part]
        out[(column - (np.cumsum(counts) - counts) * step)[tree] + np.arange(len(tree)) * step[tree]] = mask
        blocks = zip(cut(out, lengths), self.sizes.tolist(), strict=True)
        return [block.reshape(-1, size) for block, size in blocks]


def laid_out(b: BinaryTrees, parts: Sequence[Index]) -> Iterator[LayoutPart]:
    """The layout of each part; `parts` holds every tree once."""
    splits = _Splits.of(b)
    slots = _TreeSlots.of(parts, splits.counts)
    place, right, left = slots.laid_out(splits.counts)
    parent = np.where(splits.is_right, right[splits.above], left[splits.above])
    has = np.flatnonzero(b.splits)
    parent[splits.start[has]] = 1 + slots.slot[has]
    above, conditions = np.empty_like(place), np.empty_like(place)
    above[place], conditions[place] = parent, b.test
    n_bits = np.maximum(np.maximum.reduceat(_n_bits(b)[slots.order], slots.head), 1)
    change, tree = splits.change, np.repeat(np.arange(len(b.splits)), b.splits)
    chosen = [np.flatnonzero(change >> bit & 1) for bit in range(int(n_bits.max()))]
    bits = [slots.bit(right[some], tree[some]) for some in chosen]
    slot, room = np.empty_like(b.splits), _slots(b)[slots.order]
    slot[slots.order] = np.cumsum(room) - room
    values, starts, sizes_of = splits.values(b, slot), cut(slot[slots.order], slots.sizes), slots.splits.T.tolist()
    for p, (begin, own, sizes) in enumerate(zip(slots.begins.tolist(), starts, sizes_of, strict=True)):
        n_trees, ends = len(own), list(accumulate(sizes))
        levels = tuple(
            Level(above[begin + end - size : begin + end], conditions[begin + end - size : begin + end],
                  1 + n_trees + 2 * (end - size))
            for size, end in zip(sizes, ends, strict=True) if size
        )  # fmt: skip
        n_masks = 1 + n_trees + 2 * sum(sizes)
        yield LayoutPart(
            levels, tuple(found[p] for found in bits[: n_bits[p]]), n_masks, values[own[0] :], own - own[0]
        )
