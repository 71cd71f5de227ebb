"""Forests as flat arrays, evaluated in numpy: predictions need no scikit-learn and no pickle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Bools, Codes, Floats, Index, Singles
from assay.core.contract import Effort, State

FEW_ROWS = 24
"""Up to this many rows all trees are walked together; above it, a few trees at a time walk all rows of a block."""
BLOCK_ROWS = 2048
TOGETHER = 16_384
"""Walks (row x tree) done together: few numpy calls, and the walks stay in a cache."""
STILL_GOING = 0.6
"""Finished walks are removed once no more than this share continues."""


@dataclass(frozen=True, slots=True, eq=False)
class FlatForest:
    """Binary trees whose siblings are adjacent: a row goes to left[node] + (x[feature[node]] > threshold[node]).

    feature: (n_nodes,) column of [X, -X]. Comparing with NaN is false, so missing cells go left; a node that sends them
    right is mirrored: it tests -x and has its children swapped. That is exact: x <= t is -x > (the float32 below -t)
    for float32 x. threshold: (n_nodes,) float32, +inf at leaves. left: (n_nodes,), a leaf's is itself. values:
    (n_leaves, n_outputs), indexed by `leaf`, the leaf number of a node. roots: (n_trees,) first node of each tree.
    depths: (n_trees,) longest path.
    """

    n_columns: int
    feature: Index
    threshold: Singles
    left: Index
    values: Floats
    roots: Index
    depths: Index
    leaf: Index = field(init=False)

    def __post_init__(self) -> None:
        leaf: Index = np.cumsum(self._is_leaf)
        leaf -= 1
        object.__setattr__(self, "leaf", leaf)

    @property
    def _is_leaf(self) -> Bools:
        return np.asarray(self.left == np.arange(len(self.left)))

    @property
    def n_trees(self) -> int:
        return len(self.roots)

    def first(self, n_trees: int) -> "FlatForest":
        """The forest of its first trees; all nodes of a tree precede those of the next."""
        end = int(self.roots[n_trees]) if n_trees < self.n_trees else len(self.left)
        n_leaves = int(self._is_leaf[:end].sum())
        return FlatForest(
            self.n_columns, self.feature[:end], self.threshold[:end], self.left[:end], self.values[:n_leaves],
            self.roots[:n_trees], self.depths[:n_trees],
        )  # fmt: skip

    def mean(self, X: Singles) -> Floats:
        """(n, n_outputs) mean over the trees, summed in fixed order whatever the number of rows.

        ValueError unless X has n_columns.
        """
        if X.shape[1] != self.n_columns:
            raise ValueError(f"The forest reads {self.n_columns} columns, the rows have {X.shape[1]}.")
        if len(X) <= FEW_ROWS:
            return self._few(X)
        out = np.empty((len(X), self.values.shape[1]))
        for rows in np.array_split(np.arange(len(X)), -(-len(X) // BLOCK_ROWS)):
            block = slice(rows[0], rows[-1] + 1)
            out[block] = self._many(X[block])
        return out

    def _few(self, X: Singles) -> Floats:
        mirrored = np.concatenate([X, -X], axis=1).ravel()
        node = np.tile(self.roots, len(X))
        offset = np.repeat(np.arange(len(X)) * (2 * self.n_columns), self.n_trees)
        for _ in range(int(self.depths.max(initial=0))):
            x = mirrored.take(self.feature.take(node) + offset)
            node = self.left.take(node) + (x > self.threshold.take(node))
        values = self.values.take(self.leaf.take(node), axis=0).reshape(len(X), self.n_trees, self.values.shape[1])
        # A running sum adds in the order of the trees; sum() would add in pairs, and differ from _many by bits.
        total: Floats = values.cumsum(axis=1)[:, -1]
        return total / self.n_trees

    def effort(self) -> Effort:
        """Cost of `mean` for one row."""
        levels = int(self.depths.max(initial=0))
        return Effort(
            calls=16 + 6 * levels, hops=levels * self.n_trees, cells=3 * self.n_trees * self.values.shape[1]
        )  # fmt: skip

    def _many(self, X: Singles) -> Floats:
        n, total = len(X), np.zeros((len(X), self.values.shape[1]))
        walks = _Walks.of(X, min(self.n_trees, max(1, TOGETHER // n)))
        for at in range(0, self.n_trees, walks.n_trees):
            leaf = self.leaf.take(walks.ends(self, self.roots[at : at + walks.n_trees]))
            for values in self.values.take(leaf, axis=0).reshape(-1, n, total.shape[1]):
                total += values
        return total / self.n_trees

    def leaves(self, X: Singles, tree: int) -> Index:
        """(n,) number of the leaf (a row of `values`) each row reaches in one tree."""
        reached: Index = self.leaf.take(_Walks.of(X, 1).ends(self, self.roots[tree : tree + 1]))
        return reached

    def arrays(self) -> Mapping[str, AnyArray]:
        """Arrays for a State: small integer types, float32 values."""
        small = np.int16 if 2 * self.n_columns < 2**15 else np.int32
        return {
            "feature": self.feature.astype(small), "threshold": self.threshold, "left": self.left.astype(np.int32),
            "values": self.values.astype(np.float32), "roots": self.roots, "depths": self.depths.astype(np.int16),
        }  # fmt: skip

    @classmethod
    def restore(cls, state: State, n_columns: int) -> "FlatForest":
        """The forest of arrays(), bit for bit if its values were float32.

        ValueError if a number could lead out of the arrays, as a stored forest may be untrusted.
        """
        arrays = state.arrays
        _check_form(arrays)
        forest = cls(
            n_columns, arrays["feature"].astype(np.int64), np.asarray(arrays["threshold"], dtype=np.float32),
            arrays["left"].astype(np.int64), arrays["values"].astype(np.float64),
            arrays["roots"].astype(np.int64), arrays["depths"].astype(np.int64),
        )  # fmt: skip
        forest.check()
        return forest

    def check(self) -> None:
        """ValueError unless every path stays in its tree and ends."""
        n_nodes, is_leaf = len(self.left), self._is_leaf
        checks = {
            "trees": self._has_sound_trees(),
            "nodes": len(self.feature) == len(self.threshold) == n_nodes
            and bool((is_leaf | self._leads_down()).all()),
            "columns": bool(((self.feature >= 0) & (self.feature < max(1, 2 * self.n_columns))).all()),
            "leaves": len(self.values) == int(is_leaf.sum())
            and (len(self.threshold) != n_nodes or bool(np.isposinf(self.threshold[is_leaf]).all())),
        }  # fmt: skip
        wrong = [what for what, is_fine in checks.items() if not is_fine]
        if wrong:
            raise ValueError(f"the {wrong[0]} of the forest do not fit together")

    def _has_sound_trees(self) -> bool:
        """Whether trees are contiguous, beginning at the first node."""
        roots, depths = self.roots, self.depths
        is_whole = len(roots) == len(depths) > 0 and roots[0] == 0 and roots[-1] < len(self.left)
        return bool(is_whole and (np.diff(roots) > 0).all() and (depths >= 0).all())

    def _leads_down(self) -> Bools:
        """(n_nodes,) whether both children come after the node, in its tree; all False where trees are unsound.

        In few passes, as allocating memory dominates the cost of restoring a forest.
        """
        n_nodes = len(self.left)
        if not self._has_sound_trees():
            return np.zeros(n_nodes, dtype=np.bool_)
        last = np.append(self.roots[1:], n_nodes) - 1  # last node of each tree
        is_inside = self.left < np.repeat(last, np.diff(self.roots, append=n_nodes))
        is_inside &= self.left > np.arange(n_nodes)
        return is_inside


@dataclass(frozen=True, slots=True, eq=False)
class _Walks:
    """Walks of rows down at most n_trees trees of a forest, in reused memory.

    cells: (n * width,) of [X, -X]; offset: (n_trees * n,) where each walk's row begins. The rest are work buffers.
    """

    cells: Singles
    offset: Index
    n_trees: int
    column: Index
    cell: Singles
    limit: Singles
    is_so: Bools

    @classmethod
    def of(cls, X: Singles, n_trees: int) -> "_Walks":
        mirrored = np.concatenate([X, -X], axis=1)
        offset = np.tile(np.arange(len(X)) * mirrored.shape[1], n_trees)
        m = len(offset)
        return cls(
            mirrored.ravel(), offset, n_trees, np.empty(m, dtype=np.int64),
            np.empty(m, dtype=np.float32), np.empty(m, dtype=np.float32), np.empty(m, dtype=np.bool_),
        )  # fmt: skip

    def ends(self, forest: FlatForest, roots: Index) -> Index:
        """(len(roots) * n,) the node in which each walk ends, by tree."""
        node = np.repeat(roots, len(self.offset) // self.n_trees)
        end, walk, offset = np.empty_like(node), np.arange(len(node)), self.offset[: len(node)]
        while len(node):
            self._step(forest, node, offset)
            self._step(forest, node, offset)
            is_going = self.is_so[: len(node)]
            np.not_equal(forest.left.take(node, out=self.column[: len(node)], mode="clip"), node, out=is_going)
            if np.count_nonzero(is_going) <= STILL_GOING * len(node):
                end[walk] = node
                going = np.flatnonzero(is_going)
                node, walk, offset = node.take(going), walk.take(going), offset.take(going)
        return end

    def _step(self, forest: FlatForest, node: Index, offset: Index) -> None:
        """Advance each walk by one node, in place; finished walks stay."""
        m = len(node)
        column, cell, limit, is_so = self.column[:m], self.cell[:m], self.limit[:m], self.is_so[:m]
        forest.feature.take(node, out=column, mode="clip")
        column += offset
        self.cells.take(column, out=cell, mode="clip")
        forest.threshold.take(node, out=limit, mode="clip")
        np.greater(cell, limit, out=is_so)
        forest.left.take(node, out=column, mode="clip")
        np.copyto(node, is_so)  # in two steps: an addition of truth values would cast them piece by piece
        node += column


def _check_form(arrays: Mapping[str, AnyArray]) -> None:
    forms = {"feature": "iu", "threshold": "f", "left": "iu", "values": "f", "roots": "iu", "depths": "iu"}
    for name, kinds in forms.items():
        if arrays[name].dtype.kind not in kinds or arrays[name].ndim != (2 if name == "values" else 1):
            raise ValueError(f"the {name} of the forest have another form")


@dataclass(frozen=True, slots=True, eq=False)
class _FlatTree:
    feature: Codes
    threshold: Singles
    left: Index
    values: Floats
    depth: int


def below(threshold: Floats) -> Singles:
    """The largest float32 not above it: for float32 x, x <= it decides as x <= threshold does."""
    with np.errstate(over="ignore"):  # infinite where above all float32, then the largest of them
        single = threshold.astype(np.float32)
    return np.where(single > threshold, np.nextafter(single, np.float32(-np.inf)), single).astype(np.float32)


def _flat(tree: Any, n_columns: int) -> _FlatTree:
    """One scikit-learn tree renumbered so that siblings are adjacent: the i-th split has children 2i + 1, 2i + 2."""
    splits = np.flatnonzero(tree.children_left >= 0)
    mirrored = ~tree.missing_go_to_left[splits].astype(bool)
    first = np.where(mirrored, tree.children_right[splits], tree.children_left[splits])
    second = np.where(mirrored, tree.children_left[splits], tree.children_right[splits])
    place = np.zeros(tree.node_count, dtype=np.int64)
    place[first] = 2 * np.arange(len(splits)) + 1
    place[second] = 2 * np.arange(len(splits)) + 2
    feature = np.zeros(tree.node_count, dtype=np.int32)
    threshold = np.full(tree.node_count, np.inf, dtype=np.float32)
    left = np.arange(tree.node_count)
    limit = below(tree.threshold[splits])
    feature[place[splits]] = tree.feature[splits] + n_columns * mirrored
    threshold[place[splits]] = np.where(mirrored, np.nextafter(-limit, np.float32(-np.inf)), limit)
    left[place[splits]] = 2 * np.arange(len(splits)) + 1
    values = np.empty((tree.node_count, tree.value.shape[2]))
    values[place] = tree.value[:, 0, :]
    return _FlatTree(feature, threshold, left, values[left == np.arange(len(left))], int(tree.max_depth))


def flatten(trees: Sequence[Any], n_columns: int) -> FlatForest:
    """The forest of fitted scikit-learn trees (their `tree_`), equal to them within the last bits of float64."""
    flat = [_flat(tree, n_columns) for tree in trees]
    sizes = np.array([len(tree.left) for tree in flat])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    return FlatForest(
        n_columns=n_columns,
        feature=np.concatenate([tree.feature for tree in flat]).astype(np.int64),
        threshold=np.concatenate([tree.threshold for tree in flat]),
        left=np.concatenate([tree.left + root for tree, root in zip(flat, roots, strict=True)]),
        values=np.concatenate([tree.values for tree in flat]),
        roots=roots, depths=np.array([tree.depth for tree in flat], dtype=np.int64),
    )  # fmt: skip
