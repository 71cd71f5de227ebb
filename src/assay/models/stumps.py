"""Boosted one-split trees as arrays, and their sum as one step function per column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index

NO_COLUMN = -1
SET_BITS = 64


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stumps:
    """n trees in training order, tree i adding to output i % n_outputs.

    used: (n,) index in `columns` of the tree's split, NO_COLUMN for a single leaf (its value is `left`). cut: (n,) for
    a number, bins up to this one go left; sets: (n,) for a category, the bins that go left as bits, 0 for numbers.
    missing_left: (n,). left, right: (n,) values. columns: (u,) positions in the matrix; edges: the thresholds of all
    used columns, rising per column, those of column j from first_edge[j] on. A cell's bin is the number of its column's
    edges below it; the last bin is for missing cells. first_bin: (u + 1,) number of each column's first bin.
    """

    n_outputs: int
    used: Index
    cut: Index
    sets: AnyArray
    missing_left: Bools
    left: Floats
    right: Floats
    columns: Index
    edges: Floats
    first_edge: Index
    owner: Index = field(init=False)
    missing_bin: Index = field(init=False)
    first_bin: Index = field(init=False)

    def __post_init__(self) -> None:
        counts = np.diff(np.append(self.first_edge, len(self.edges)))
        object.__setattr__(self, "owner", np.repeat(np.arange(len(counts)), counts))
        object.__setattr__(self, "missing_bin", counts + 1)
        object.__setattr__(self, "first_bin", np.concatenate([[0], np.cumsum(counts + 2)]).astype(np.int64))

    def fits(self, levels: Sequence[int]) -> bool:
        """Whether the category columns have as many bins as levels; -1: a number."""
        own = zip(self.columns, np.split(self.edges, self.first_edge[1:]), strict=False)
        return all(np.array_equal(edges, _edges_of(levels[c])) for c, edges in own if levels[c] >= 0)

    def collapsed(self, rounds: int) -> tuple[Floats, Floats]:
        """(bins, n_outputs) sum of the first rounds in each bin, and (n_outputs,) the constant part."""
        n = min(rounds * self.n_outputs, len(self.used))
        output = np.arange(n) % self.n_outputs
        intercept = np.zeros(self.n_outputs)
        alone = np.flatnonzero(self.used[:n] == NO_COLUMN)
        np.add.at(intercept, output[alone], self.left[alone])
        curves = np.zeros((int(self.first_bin[-1]), self.n_outputs))
        for j in range(len(self.columns)):
            trees = np.flatnonzero(self.used[:n] == j)
            goes_left = self._goes_left(trees, int(self.missing_bin[j]) + 1)
            for k in range(self.n_outputs):
                own = trees[output[trees] == k]
                sides = goes_left[output[trees] == k]
                added = np.where(sides, self.left[own, None], self.right[own, None])
                curves[self.first_bin[j] : self.first_bin[j + 1], k] = added.sum(axis=0)
        return curves, intercept

    def _goes_left(self, trees: Index, n_bins: int) -> Bools:
        """(trees, n_bins) for trees of one column; the last bin is that of missing cells."""
        bins = np.arange(n_bins)
        inside = (self.sets[trees, None] >> np.minimum(bins, SET_BITS - 1).astype(np.uint64)) & np.uint64(1)
        goes: Bools = np.where(self.sets[trees, None] > 0, inside > 0, bins <= self.cut[trees, None])
        goes[:, -1] = self.missing_left[trees]
        return goes

    def arrays(self) -> Mapping[str, AnyArray]:
        return {
            "used": self.used.astype(np.int32), "cut": self.cut.astype(np.int32), "sets": self.sets,
            "missing_left": self.missing_left, "left": self.left, "right": self.right,
            "columns": self.columns, "edges": self.edges, "first_edge": self.first_edge,
        }  # fmt: skip

    @classmethod
    def restore(cls, arrays: Mapping[str, AnyArray], *, n_outputs: int, n_columns: int) -> "Stumps":
        """ValueError if a number could lead out of the arrays, which may be untrusted."""
        columns, first = np.asarray(arrays["columns"], np.int64), np.asarray(arrays["first_edge"], np.int64)
        used, edges = np.asarray(arrays["used"], np.int64), np.asarray(arrays["edges"], np.float64)
        names = ("cut", "sets", "missing_left", "left", "right")
        checks = {
            "trees": all(arrays[name].shape == used.shape for name in names) and used.ndim == 1,
            "columns": bool(((used >= NO_COLUMN) & (used < len(columns))).all())
            and bool(((columns >= 0) & (columns < n_columns)).all()),
            "edges": len(first) == len(columns) and (not len(first) or first[0] == 0)
            and bool((np.diff(np.append(first, len(edges))) > 0).all()),
        }  # fmt: skip
        wrong = [what for what, is_fine in checks.items() if not is_fine]
        if wrong:
            raise ValueError(f"the {wrong[0]} of the boosted stumps do not fit together")
        return cls(
            n_outputs=n_outputs, used=used, cut=np.asarray(arrays["cut"], np.int64),
            sets=np.asarray(arrays["sets"], np.uint64), missing_left=np.asarray(arrays["missing_left"], np.bool_),
            left=np.asarray(arrays["left"], np.float64), right=np.asarray(arrays["right"], np.float64),
            columns=columns, edges=edges, first_edge=first,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _StumpSplit:
    """One tree; column NO_COLUMN for a single leaf."""

    column: int
    threshold: float
    levels: int
    missing_left: bool
    left: float
    right: float


def _read(tree: Mapping[str, Any]) -> _StumpSplit:
    node = tree["tree_structure"]
    if "leaf_value" in node:
        return _StumpSplit(NO_COLUMN, 0.0, 0, False, float(node["leaf_value"]), 0.0)
    left, right = node["left_child"], node["right_child"]
    if "leaf_value" not in left or "leaf_value" not in right:
        raise ValueError("A tree asks more than one question, so the model is not additive.")
    values = float(left["leaf_value"]), float(right["leaf_value"])
    column = int(node["split_feature"])
    if node["decision_type"] == "==":
        members = sum(1 << int(level) for level in str(node["threshold"]).split("||"))
        return _StumpSplit(column, np.nan, members, False, *values)
    threshold = float(node["threshold"])
    # Where no training cell was missing, LightGBM reads a missing cell as 0.
    missing_left = bool(node["default_left"]) if node["missing_type"] == "NaN" else threshold >= 0.0
    return _StumpSplit(column, threshold, 0, missing_left, *values)


def of_booster(trees: Sequence[Mapping[str, Any]], levels: Sequence[int], *, n_outputs: int) -> Stumps:
    """trees: `tree_info` of a LightGBM dump; levels: of each column, -1 for numbers."""
    splits = [_read(tree) for tree in trees]
    column = np.array([split.column for split in splits], dtype=np.int64)
    threshold = np.array([split.threshold for split in splits])
    columns = np.unique(column[column >= 0])
    edges = [_edges_of(levels[c]) if levels[c] >= 0 else np.unique(threshold[column == c]) for c in columns]
    cut = np.zeros(len(splits), dtype=np.int64)
    for c, own in zip(columns, edges, strict=True):
        if levels[c] < 0:
            cut[column == c] = np.searchsorted(own, threshold[column == c])
    place = np.searchsorted(columns, column)
    return Stumps(
        n_outputs=n_outputs, used=np.where(column >= 0, place, NO_COLUMN), cut=cut,
        sets=np.array([split.levels for split in splits], dtype=np.uint64),
        missing_left=np.array([split.missing_left for split in splits], dtype=np.bool_),
        left=np.array([split.left for split in splits]), right=np.array([split.right for split in splits]),
        columns=columns, edges=np.concatenate([np.zeros(0), *edges]),
        first_edge=np.cumsum([0, *map(len, edges)])[:-1].astype(np.int64),
    )  # fmt: skip


def _edges_of(levels: int) -> Floats:
    """Edges between the bins of a category: one bin per level, and one for unseen levels."""
    return np.asarray(np.arange(levels + 1) + 0.5, dtype=np.float64)
