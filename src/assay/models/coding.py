"""Category levels ordered by mean target, so that a threshold is a set of levels; and conditions in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index, Json, Singles
from assay.core.contract import Table, Target
from assay.models._boosting import refuse_unread
from assay.models.forest_trees import FlatForest
from assay.models.wording import Wording

SMOOTHING = 5.0
"""Rows of the overall mean added to every level, so that rare levels are not extreme."""


@dataclass(frozen=True, slots=True, eq=False)
class Coding:
    """values: of all code columns, concatenated, for codes -1 (missing) to levels (never seen); seen: whether a
    training row had it; first: (code columns + 1,) offsets. names: numeric columns, then code columns. gaps: (numeric
    columns,) whether a training row had a missing cell."""

    names: tuple[str, ...]
    n_numeric: int
    values: Singles
    seen: Bools
    first: Index
    gaps: Bools

    @classmethod
    def of(cls, table: Table, target: Target) -> "Coding":
        """For two classes and for values a threshold finds the best of all sets of levels (Fisher, 1958); for more
        classes levels are ordered along their first principal direction (Coppersmith et al., 1999).

        UsageError if the table has columns that trees cannot read.
        """
        refuse_unread(table)
        weight = np.ones(len(target)) if target.weight is None else target.weight
        Y = target.one_hot()
        Y = Y - np.average(Y, axis=0, weights=weight)
        columns = [_means(table.codes[:, j], size, Y, weight) for j, size in enumerate(table.levels)]
        sizes = [levels + 2 for levels in table.levels]
        seen = [np.bincount(table.codes[:, j] + 1, minlength=size) > 0 for j, size in enumerate(sizes)]
        return cls(
            (*table.numeric_names, *table.code_names), table.numeric.shape[1],
            np.concatenate([np.zeros(0), *columns]).astype(np.float32),
            np.concatenate([np.zeros(0, dtype=np.bool_), *seen]), np.cumsum([0, *sizes]).astype(np.int64),
            np.asarray(np.isnan(table.numeric).any(axis=0)),
        )  # fmt: skip

    def matrix(self, table: Table) -> Singles:
        """(n, d) float32: numbers as they are, NaN kept, and the value of each code."""
        if not table.code_names:
            return np.ascontiguousarray(table.numeric)
        place = np.minimum(table.codes.astype(np.int64) + 1, np.diff(self.first) - 1) + self.first[:-1]
        return np.concatenate([table.numeric, self.values[place]], axis=1)

    def members(self, column: int, low: float, high: float) -> tuple[list[int], int]:
        """The codes seen in training whose value is in (low, high], and how many levels the column has."""
        first, end = self.first[column - self.n_numeric : column - self.n_numeric + 2]
        values, seen = self.values[first:end], self.seen[first:end]
        inside = np.flatnonzero(seen & (values > low) & (values <= high))
        return [int(slot) - 1 for slot in inside], int(end - first) - 2

    def words(self, condition: "Condition", words: Wording) -> str:
        """ "fare > 3" or "grade in {A, B}"; levels and missing cells only where a training row had them."""
        name = self.names[condition.column]
        if condition.column < self.n_numeric:
            said = words.condition(name, condition.low, condition.high)
            return f"({said} or missing)" if condition.missing and self.gaps[condition.column] else said
        codes, n_levels = self.members(condition.column, condition.low, condition.high)
        start = self.first[condition.column - self.n_numeric]
        known = [int(code) - 1 for code in np.flatnonzero(self.seen[start : start + n_levels + 2])]
        return f"{words.name(name)} {words.among(name, codes, known=known, n_levels=n_levels)}"

    def meta(self) -> dict[str, Json]:
        return {"names": list(self.names), "n_numeric": self.n_numeric}

    def arrays(self) -> dict[str, AnyArray]:
        return {"code_values": self.values, "code_seen": self.seen, "code_first": self.first, "gaps": self.gaps}

    @classmethod
    def restore(cls, meta: Mapping[str, Json], arrays: Mapping[str, AnyArray]) -> "Coding":
        """ValueError if the arrays do not fit each other."""
        first = np.asarray(arrays["code_first"], dtype=np.int64)
        values, seen = np.asarray(arrays["code_values"], np.float32), np.asarray(arrays["code_seen"], np.bool_)
        names = meta["names"]
        n_numeric, gaps = int(str(meta["n_numeric"])), np.asarray(arrays["gaps"], np.bool_)
        is_fine = (
            isinstance(names, list) and len(names) == n_numeric + len(first) - 1 and len(first) > 0 and first[0] == 0
            and bool((np.diff(first) >= 2).all()) and first[-1] == len(values) == len(seen) and len(gaps) == n_numeric
        )  # fmt: skip
        if not is_fine or not isinstance(names, list):
            raise ValueError("the codes of the columns do not fit together")
        return cls(tuple(map(str, names)), n_numeric, values, seen, first, gaps)


def _means(codes: AnyArray, levels: int, Y: Floats, weight: Floats) -> Floats:
    """(levels + 2,) smoothed mean of the centred target by code, 0 (the overall mean) for those not seen."""
    slots = codes.astype(np.int64) + 1
    total = np.bincount(slots, weights=weight, minlength=levels + 2)
    sums = np.stack([np.bincount(slots, weights=y * weight, minlength=levels + 2) for y in Y.T], axis=1)
    means: Floats = sums / (total + SMOOTHING)[:, None]
    if means.shape[1] == 1:
        return means[:, 0]
    if means.shape[1] == 2:
        return means[:, 1]
    _, vectors = np.linalg.eigh((means * total[:, None]).T @ means)
    axis = vectors[:, -1]
    along: Floats = means @ (axis * np.sign(axis[np.argmax(np.abs(axis))]))
    return along


@dataclass(frozen=True, slots=True)
class Condition:
    """low < x <= high in a column of Coding.matrix; missing: whether a missing number satisfies it too."""

    column: int
    low: float = -np.inf
    high: float = np.inf
    missing: bool = True

    def within(self, other: "Condition") -> "Condition":
        """The intersection with another condition on the same column."""
        return Condition(
            self.column, max(self.low, other.low), min(self.high, other.high), self.missing and other.missing
        )

    def holds(self, X: Singles) -> Bools:
        x = X[:, self.column]
        holds: Bools = (x > self.low) & (x <= self.high) | (np.isnan(x) & self.missing)
        return holds


Path = tuple[Condition, ...]


def branches(forest: FlatForest, node: int) -> tuple[Condition, Condition]:
    """The conditions of a flat tree's node for its first and its second child."""
    feature, threshold = int(forest.feature[node]), forest.threshold[node]
    if feature < forest.n_columns:
        at = float(threshold)
        return Condition(feature, high=at), Condition(feature, low=at, missing=False)
    # A mirrored node looks at -x: see trees.FlatForest.
    at = -float(np.nextafter(threshold, np.float32(np.inf)))
    return Condition(feature - forest.n_columns, low=at), Condition(feature - forest.n_columns, high=at, missing=False)


def paths(forest: FlatForest) -> dict[int, Path]:
    """Conditions on the path to each node of a flat tree, merged per column, in the order of the splits."""
    found: dict[int, Path] = {0: ()}
    for node in range(len(forest.left)):
        child = int(forest.left[node])
        if child == node:
            continue
        for below, condition in zip((child, child + 1), branches(forest, node), strict=True):
            found[below] = joined(found[node], condition)
    return found


def joined(path: Path, condition: Condition) -> Path:
    """The path with one more condition, merged with an existing one on the same column."""
    merged = {one.column: one for one in path}
    before = merged.get(condition.column)
    merged[condition.column] = condition if before is None else before.within(condition)
    return tuple(merged.values())


def sentence(path: Sequence[Condition], coding: Coding, words: Wording) -> str:
    """All conditions of a path, or "always"."""
    return " and ".join(coding.words(condition, words) for condition in path) or "always"
