"""Conversion of a library's trees to flat ones: tests stored once, nodes in breadth-first order."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Floats, Index, Singles
from assay.models.flat import BinaryTrees, Tests, numeric_key


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Nodes:
    """All nodes of all trees as a library has them, numbered from 0 on across trees.

    roots: (n_trees,); left, right: (n_nodes,) children, −1 at leaves; value: (n_nodes,) read at leaves;
    column, threshold, missing_right: of numeric splits (see Tests); set_of: (n_nodes,) row of `sets` a split asks, −1
    for numeric ones; sets: (n, width) values that go right.
    """

    roots: Index
    left: Index
    right: Index
    value: Floats
    column: Index
    threshold: Singles
    missing_right: Bools
    set_of: Index
    sets: Bools

    def flat(self) -> tuple[Tests, BinaryTrees]:
        """Equivalent tests and binary trees."""
        order = self._by_breadth()
        is_leaf = self.left[order] < 0
        splits = order[~is_leaf]
        tests, test = self._tests(splits)
        tree = np.searchsorted(self.roots, splits, side="right") - 1
        return tests, BinaryTrees(
            splits=np.bincount(tree, minlength=len(self.roots)), is_leaf=is_leaf, test=test,
            leaves=self.value[order[is_leaf]],
        )  # fmt: skip

    def _by_breadth(self) -> Index:
        """(n_nodes,) nodes by tree, in each level by level."""
        level, tree = self.roots, np.arange(len(self.roots))
        nodes, trees = [], []
        while level.size:
            nodes.append(level)
            trees.append(tree)
            going = self.left[level] >= 0
            above, tree = level[going], np.repeat(tree[going], 2)
            level = np.stack([self.left[above], self.right[above]], axis=1).ravel()
        return np.asarray(np.concatenate(nodes)[np.argsort(np.concatenate(trees), kind="stable")])

    def _tests(self, splits: Index) -> tuple[Tests, Index]:
        """The distinct tests of some splits, and (n_splits,) the index of each."""
        is_set = self.set_of[splits] >= 0
        numeric, sets = splits[~is_set], splits[is_set]
        key = numeric_key(self.column[numeric], self.threshold[numeric], self.missing_right[numeric])
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        known = numeric[first]
        which_row, rows = _ranked(self.sets)
        key = self.column[sets] * (len(rows) + 1) + which_row[self.set_of[sets]]
        known_keys, which_set = np.unique(key, return_inverse=True)
        known_column, known_row = np.divmod(known_keys, len(rows) + 1)
        test = np.empty(len(splits), dtype=np.int64)
        test[~is_set] = which
        test[is_set] = len(known) + which_set
        none = np.zeros((len(known_keys), 0), dtype=np.int64)
        tests = Tests(
            column=self.column[known], threshold=self.threshold[known], missing_right=self.missing_right[known],
            set_column=known_column[:, None], set_stride=np.ones((len(known_keys), 1), dtype=np.int64),
            set_bit=none, bit_stride=none, sets=rows[known_row],
        )  # fmt: skip
        return tests, test


def _ranked(sets: Bools) -> tuple[Index, Bools]:
    """(n,) the rank of each set of at most 64 values, and the distinct sets in that order. As whole numbers: numpy
    compares rows twenty times as slowly.
    """
    wide = np.zeros((len(sets), 64), dtype=np.bool_)
    wide[:, : sets.shape[1]] = sets
    words = np.packbits(wide, axis=1).view(">u8").ravel().astype(np.uint64)
    _, first, which = np.unique(words, return_index=True, return_inverse=True)
    return which.astype(np.int64), sets[first]
