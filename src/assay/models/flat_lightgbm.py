"""LightGBM's text format as flat trees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Bools, Index
from assay.models.flat import FlatTrees, Output, no_symmetric
from assay.models.flat_nodes import Nodes
from assay.models.forest_trees import below

_OUTPUTS: Mapping[str, Output] = {
    "binary": "sigmoid", "multiclass": "softmax", "regression": "value", "regression_l1": "value", "quantile": "value",
    "huber": "value", "poisson": "exp", "tweedie": "exp", "gamma": "exp", "custom": "value",
}  # fmt: skip
_NAN = 2
"""In bits 2 and 3 of a decision type: missing has a side of its own; bit 0: categorical split, bit 1: that is left."""


def read_lightgbm(text: str, *, width: int) -> FlatTrees:
    """The trees of a text model of ours. width: number of values of a category column."""
    head, *bodies = text.partition("\nend of trees")[0].split("\nTree=")
    facts = dict(line.split("=", 1) for line in head.splitlines() if "=" in line)
    output, k = _OUTPUTS[facts.get("objective", "custom").split()[0]], int(facts["num_tree_per_iteration"])
    trees = [dict(line.split("=", 1) for line in body.splitlines() if "=" in line) for body in bodies]
    tests, branches = _nodes(trees, width).flat()
    return FlatTrees(
        n_columns=int(facts["max_feature_idx"]) + 1, output=output, base=np.zeros(k), tests=tests, branches=branches,
        symmetric=no_symmetric(k),
    )  # fmt: skip


def _all(trees: Sequence[Mapping[str, str]], name: str) -> AnyArray:
    """The numbers of one field of all trees in turn, float64."""
    return np.fromstring(" ".join(tree.get(name, "") for tree in trees), sep=" ")


@dataclass(frozen=True, slots=True, eq=False)
class _NodePositions:
    """Positions of the nodes of all trees: for each tree its splits, then its leaves.

    roots, n_leaves: (n_trees,); tree, node: (n_splits,) of each split; total: nodes.
    """

    roots: Index
    n_leaves: Index
    tree: Index
    node: Index
    total: int

    @classmethod
    def of(cls, n_leaves: Index) -> "_NodePositions":
        sizes = 2 * n_leaves - 1
        roots = np.cumsum(sizes) - sizes
        tree = np.repeat(np.arange(len(n_leaves)), n_leaves - 1)
        first = np.cumsum(n_leaves - 1) - (n_leaves - 1)
        return cls(roots, n_leaves, tree, np.arange(len(tree)) - first[tree] + roots[tree], int(sizes.sum()))

    def spread(self, values: AnyArray, fill: float) -> AnyArray:
        """(n_nodes,) values of splits at their nodes, fill at leaves."""
        out = np.full(self.total, fill, dtype=values.dtype)
        out[self.node] = values
        return out

    def child(self, number: Index) -> Index:
        """(n_nodes,) the node of each split's child; negative numbers are leaves, from -1 on."""
        inside = np.where(number >= 0, number, self.n_leaves[self.tree] - 2 - number)
        return self.spread(inside + self.roots[self.tree], -1)


def _nodes(trees: Sequence[Mapping[str, str]], width: int) -> Nodes:
    places = _NodePositions.of(np.array([int(tree["num_leaves"]) for tree in trees], dtype=np.int64))
    forked = [tree for tree in trees if int(tree["num_leaves"]) > 1]  # one without a split may still name one
    kind, limit = _all(forked, "decision_type").astype(np.int64), _all(forked, "threshold")
    missing, is_set = (kind >> 2) & 3, (kind & 1) == 1
    # where training met no missing cells, one is read as 0
    right = np.where(missing == _NAN, (kind & 2) == 0, limit < 0.0)
    n_sets = np.array([int(tree.get("num_cat", 0)) for tree in trees], dtype=np.int64)
    set_of = np.where(is_set, limit, -1.0).astype(np.int64)
    set_of[is_set] += (np.cumsum(n_sets) - n_sets)[places.tree[is_set]]
    value = np.zeros(places.total)
    value[places.spread(np.zeros(len(kind), dtype=np.bool_), True)] = _all(trees, "leaf_value")
    return Nodes(
        roots=places.roots, value=value, sets=_sets(forked, width), set_of=places.spread(set_of, -1),
        left=places.child(_all(forked, "left_child").astype(np.int64)),
        right=places.child(_all(forked, "right_child").astype(np.int64)),
        column=places.spread(_all(forked, "split_feature").astype(np.int64), 0),
        threshold=places.spread(below(np.where(is_set, 0.0, limit)), 0.0),
        missing_right=places.spread(right & ~is_set, False),
    )  # fmt: skip


def _sets(trees: Sequence[Mapping[str, str]], width: int) -> Bools:
    """(n, width) which values of a column go right in each split by a set: those that are not in it."""
    with_sets = [tree for tree in trees if int(tree.get("num_cat", 0))]
    words = _all(with_sets, "cat_threshold").astype(np.int64)
    n_bounds = np.array([int(tree["num_cat"]) + 1 for tree in with_sets], dtype=np.int64)
    sizes = np.diff(_all(with_sets, "cat_boundaries").astype(np.int64))
    sizes = np.delete(sizes, np.cumsum(n_bounds)[:-1] - 1)  # from one tree to the next
    first = np.cumsum(sizes) - sizes
    value = np.arange(width)
    has_word = (value >> 5) < sizes[:, None]
    word = words[np.where(has_word, first[:, None] + (value >> 5), 0)] if len(words) else np.zeros((0, width), int)
    return np.asarray(~(has_word & ((word >> (value & 31)) & 1 == 1)))
