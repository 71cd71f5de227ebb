"""Trees cut into blocks for SHAP values: parts of a tree that a row meets as a pattern of at most a few bits.

A block is a subtree. Its bits are, of each player (input column) on the way to its root, whether all conditions there
that read the player are met, then the answers of the splits inside. A symmetric tree is one block of its conditions.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.models.flat import BinaryTrees, FlatTrees
from assay.models.forest_trees import FlatForest

MOST_BITS = 8
"""Of a block of several leaves: tables of 256 entries a player, which stay in a first-level cache."""
NO_TEST = -1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TreeBlocks:
    """Blocks of b bits each. conditions: (n_blocks, b, c) signed conditions that together are a bit: 2 t + 1 where test
    t is true, 2 t where it is false, −1 for none; players: (n_blocks, b) of each bit.

    block: (n_leaves,) rising; asked, wanted: (n_leaves, b) which bits decide whether a row gets to the leaf, and what
    they are then; values: (n_leaves, k); output: (n_blocks,) the first output that they add to.
    """

    conditions: Index
    players: Index
    block: Index
    asked: Bools
    wanted: Bools
    values: Floats
    output: Index

    def __len__(self) -> int:
        return len(self.players)

    @property
    def bits(self) -> int:
        return int(self.players.shape[1])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LinkedNodes:
    """Binary trees whose nodes come after their parents. parent: −1 at roots; is_right; test: −1 at leaves; values:
    (n_nodes, k), read at leaves; output: (n_nodes,) first output of the node's tree.
    """

    parent: Index
    is_right: Bools
    test: Index
    values: Floats
    output: Index

    @property
    def is_leaf(self) -> Bools:
        return np.asarray(self.test < 0)

    @classmethod
    def of_branches(cls, b: BinaryTrees, n_outputs: int) -> "LinkedNodes":
        """Of boosted trees; see BinaryTrees for the order of nodes."""
        sizes = 2 * b.splits + 1
        tree = np.repeat(np.arange(len(sizes)), sizes)
        local = np.arange(len(tree)) - b.roots[tree]
        split_nodes = np.flatnonzero(~b.is_leaf)
        first = np.cumsum(b.splits) - b.splits
        parent = np.full(len(tree), NO_TEST)
        below = np.flatnonzero(local)
        parent[below] = split_nodes[first[tree[below]] + (local[below] - 1 >> 1)]
        test = np.full(len(tree), NO_TEST)
        test[split_nodes] = b.test
        values = np.zeros((len(tree), 1))
        values[b.is_leaf, 0] = b.leaves
        return cls(parent=parent, is_right=(local > 0) & (local & 1 == 0), test=test, values=values,
                   output=tree % n_outputs)  # fmt: skip

    @classmethod
    def of_forest(cls, forest: FlatForest) -> "LinkedNodes":
        """Of a forest, whose answer is the mean of its trees; test: the number of the node itself."""
        n = len(forest.left)
        is_leaf = forest.left == np.arange(n)
        splits = np.flatnonzero(~is_leaf)
        parent, is_right = np.full(n, NO_TEST), np.zeros(n, dtype=np.bool_)
        parent[forest.left[splits]] = parent[forest.left[splits] + 1] = splits
        is_right[forest.left[splits] + 1] = True
        values = np.zeros((n, forest.values.shape[1]))
        values[is_leaf] = forest.values / forest.n_trees
        return cls(parent=parent, is_right=is_right, test=np.where(is_leaf, NO_TEST, np.arange(n)), values=values,
                   output=np.zeros(n, dtype=np.int64))  # fmt: skip

    def depth_of(self) -> Index:
        """(n_nodes,) conditions above each node."""
        depth, at = np.zeros(len(self.parent), dtype=np.int64), self.parent.copy()
        while (at >= 0).any():
            depth += at >= 0
            at = np.where(at >= 0, self.parent[at], NO_TEST)
        return depth


def symmetric_blocks(trees: FlatTrees, player_of: Index) -> Iterator[TreeBlocks]:
    """A block for each symmetric tree, together by depth. player_of: (n_tests,)."""
    s = trees.symmetric
    first_test, sizes = np.cumsum(s.depths) - s.depths, 1 << s.depths
    first_leaf = np.cumsum(sizes) - sizes
    for depth in np.unique(s.depths).tolist():
        own = np.flatnonzero(s.depths == depth)
        tests = s.test[first_test[own, None] + np.arange(depth)]
        number = np.tile(np.arange(1 << depth), len(own))
        yield TreeBlocks(
            conditions=(2 * tests + 1)[:, :, None], players=player_of[tests],
            block=np.repeat(np.arange(len(own)), 1 << depth),
            asked=np.ones((len(number), depth), dtype=np.bool_),
            wanted=(number[:, None] >> np.arange(depth) & 1).astype(np.bool_),
            values=s.leaves[(first_leaf[own, None] + np.arange(1 << depth)).ravel()],
            output=np.zeros(len(own), dtype=np.int64),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Ways:
    """Ways from nodes up to their roots, (n_nodes, depth) in steps upwards: the node above, −1 beyond the root;
    whether it is left to the right; and the player of its test, −1 beyond."""

    above: Index
    right: Bools
    player: Index

    @classmethod
    def of(cls, nodes: LinkedNodes, at: Index, player_of: Index) -> "_Ways":
        steps, sides, here = [], [], at
        while (up := np.where(here >= 0, nodes.parent[here], NO_TEST)).max(initial=NO_TEST) >= 0:
            steps.append(up)
            sides.append((here >= 0) & nodes.is_right[here])
            here = up
        if not steps:
            none = np.zeros((len(at), 0), dtype=np.int64)
            return cls(none, none.astype(np.bool_), none)
        above, right = np.stack(steps, axis=1), np.stack(sides, axis=1)
        return cls(above, right, np.where(above >= 0, player_of[nodes.test[above]], NO_TEST))


def distinct(players: Index) -> Index:
    """(n,) how many different players there are in each row, −1 aside."""
    ordered = np.sort(players, axis=1)
    is_new = (ordered >= 0) & (np.diff(ordered, axis=1, prepend=-2) != 0)
    return np.asarray(is_new.sum(axis=1))


def path_players(nodes: LinkedNodes, player_of: Index) -> Index:
    """(n_leaves,) how many players decide whether a row gets to each leaf."""
    return distinct(_Ways.of(nodes, np.flatnonzero(nodes.is_leaf), player_of).player)


def branch_blocks(nodes: LinkedNodes, player_of: Index, most_bits: int = MOST_BITS) -> Iterator[TreeBlocks]:
    """Blocks of binary trees, together by their bits. A leaf with more players on its way than that is one alone."""
    ways = _Ways.of(nodes, np.arange(len(nodes.parent)), player_of)
    on_way, inside = distinct(ways.player), _splits_inside(nodes)
    fits = (on_way + inside <= most_bits) | nodes.is_leaf
    is_root = fits & ~np.where(nodes.parent >= 0, fits[nodes.parent], False)
    root = _root_above(nodes, is_root)
    bits = np.where(is_root, on_way + inside, NO_TEST)
    rank = _rank_inside(nodes, root)
    for b in np.unique(bits[is_root]).tolist():
        yield _of_bits(nodes, ways, _Cut(np.flatnonzero(bits == b), root, rank, on_way, player_of), b)


def _splits_inside(nodes: LinkedNodes) -> Index:
    """(n_nodes,) splits in the subtree of each node."""
    inside, depth = (~nodes.is_leaf).astype(np.int64), nodes.depth_of()
    for level in range(int(depth.max(initial=0)), 0, -1):
        at = np.flatnonzero(depth == level)
        np.add.at(inside, nodes.parent[at], inside[at])
    return inside


def _root_above(nodes: LinkedNodes, is_root: Bools) -> Index:
    """(n_nodes,) the root of the block that each node is in, −1 for nodes above all blocks."""
    root = np.where(is_root, np.arange(len(is_root)), NO_TEST)
    depth = nodes.depth_of()
    for level in range(1, int(depth.max(initial=0)) + 1):
        at = np.flatnonzero((depth == level) & ~is_root)
        root[at] = root[nodes.parent[at]]
    return root


def _rank_inside(nodes: LinkedNodes, root: Index) -> Index:
    """(n_nodes,) the number of each split among those of its block."""
    rank = np.zeros(len(root), dtype=np.int64)
    at = np.flatnonzero((root >= 0) & ~nodes.is_leaf)
    order = at[np.argsort(root[at], kind="stable")]
    own = root[order]
    first = np.flatnonzero(np.diff(own, prepend=-1) != 0)
    rank[order] = np.arange(len(order)) - np.repeat(first, np.diff(first, append=len(order)))
    return rank


@dataclass(frozen=True, slots=True, eq=False)
class _Cut:
    """Roots of some blocks; of all nodes the block's root, a split's rank in it, players above; player_of tests."""

    roots: Index
    root: Index
    rank: Index
    on_way: Index
    player_of: Index


def _of_bits(nodes: LinkedNodes, ways: _Ways, cut: _Cut, b: int) -> TreeBlocks:
    """Blocks of b bits."""
    roots, n_blocks = cut.roots, len(cut.roots)
    place = np.full(len(cut.root), NO_TEST)
    place[roots] = np.arange(n_blocks)
    on_way = cut.on_way[roots]
    conditions = np.full((n_blocks, b, max(1, ways.above.shape[1])), NO_TEST)
    players = np.full((n_blocks, b), NO_TEST)
    _fill_ways(nodes, ways, roots, conditions, players)
    block_of = np.where(cut.root >= 0, place[cut.root], NO_TEST)
    splits = np.flatnonzero((block_of >= 0) & ~nodes.is_leaf)
    bit = on_way[block_of[splits]] + cut.rank[splits]
    conditions[block_of[splits], bit, 0] = 2 * nodes.test[splits] + 1
    players[block_of[splits], bit] = cut.player_of[nodes.test[splits]]
    used = (conditions >= 0).any(axis=(0, 1))
    leaves = np.flatnonzero((block_of >= 0) & nodes.is_leaf)
    leaves = leaves[np.argsort(block_of[leaves], kind="stable")]
    block = block_of[leaves]
    asked = np.arange(b) < on_way[block, None]
    wanted = asked.copy()
    for step in range(ways.above.shape[1]):
        up = ways.above[leaves, step]
        own = np.flatnonzero((up >= 0) & (cut.root[up] == cut.root[leaves]))
        at = on_way[block[own]] + cut.rank[up[own]]
        asked[own, at] = True
        wanted[own, at] = ways.right[leaves[own], step]
    return TreeBlocks(
        conditions=conditions[:, :, used] if used.any() else conditions[:, :, :1], players=players, block=block,
        asked=asked, wanted=wanted, values=nodes.values[leaves], output=nodes.output[roots],
    )  # fmt: skip


def _fill_ways(nodes: LinkedNodes, ways: _Ways, roots: Index, conditions: Index, players: Index) -> None:
    """Write the bits of the players above each root: the j-th player in order of number is bit j."""
    order = np.argsort(ways.player[roots], axis=1, kind="stable")
    player = np.take_along_axis(ways.player[roots], order, axis=1)
    above = np.take_along_axis(ways.above[roots], order, axis=1)
    right = np.take_along_axis(ways.right[roots], order, axis=1)
    is_new = (player >= 0) & (np.diff(player, axis=1, prepend=-2) != 0)
    bit = np.cumsum(is_new, axis=1) - 1
    since = np.zeros(len(roots), dtype=np.int64)
    for step in range(player.shape[1]):
        own = np.flatnonzero(player[:, step] >= 0)
        since = np.where(is_new[:, step], 0, since + 1)
        conditions[own, bit[own, step], since[own]] = 2 * nodes.test[above[own, step]] + right[own, step]
        players[own, bit[own, step]] = player[own, step]
