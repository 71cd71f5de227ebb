"""The difficulty tree: the scale of residuals by region, over columns and the prediction itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.table import Table

BINS = 16
MOST_LEAVES, LEAST_ROWS, LEAST_SHARE = 16, 60, 0.03
MOST_ROWS, MOST_COLUMNS = 20_000, 60
LEAF_QUANTILE = 0.8
"""Quantile of absolute residuals that is a leaf's scale: nearer to what intervals need than the mean, and robust."""
FLATTEST = 0.05
"""Least scale of a leaf, as a share of that of all rows, as a leaf of exact predictions guarantees nothing."""
PREDICTION = ""
"""Name of the prediction among the columns; no column has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """A tree: node i tests names[column[i]] <= threshold[i], missing being below all, and goes on at left[i] or
    right[i], both greater than i; column -1 is a leaf with its scale. () for one scale of all rows, 1.
    """

    names: tuple[str, ...] = ()
    column: tuple[int, ...] = ()
    threshold: tuple[float, ...] = ()
    left: tuple[int, ...] = ()
    right: tuple[int, ...] = ()
    scale: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        n = len(self.column)
        if any(len(part) != n for part in (self.threshold, self.left, self.right, self.scale)):
            raise ValueError("The parts of a tree of difficulty differ in length.")
        for at, column in enumerate(self.column):
            if not -1 <= column < len(self.names):
                raise ValueError(f"A tree of difficulty has {len(self.names)} columns, and asks of {column}.")
            if column >= 0 and not (at < self.left[at] < n and at < self.right[at] < n):
                raise ValueError("A node of a tree of difficulty leads nowhere.")
            if not (np.isfinite(self.threshold[at]) and 0.0 < self.scale[at] < np.inf):
                raise ValueError("Thresholds are finite and scales positive in a tree of difficulty.")

    def scales(self, columns: Floats) -> Floats:
        """(n,) the scale of each row of (n, len(names)) columns, as `columns_of` gives them."""
        if not self.column:
            return np.ones(len(columns))
        at = np.zeros(len(columns), dtype=np.int64)
        column, threshold = np.array(self.column), np.array(self.threshold)
        left, right = np.array(self.left), np.array(self.right)
        while (going := np.flatnonzero(column[at] >= 0)).size:
            node = at[going]
            goes_left = columns[going, column[node]] <= threshold[node]
            at[going] = np.where(goes_left, left[node], right[node])
        return np.asarray(np.array(self.scale)[at])


def names_of(table: Table) -> tuple[str, ...]:
    """The tree's features: the prediction, then columns of numbers, codes and dates up to the limit."""
    return (PREDICTION, *table.numeric_names, *table.code_names, *table.date_names)[:MOST_COLUMNS]


def columns_of(table: Table, prediction: AnyArray, names: Sequence[str]) -> Floats:
    """(n, len(names)) the columns of those names, missing as minus infinity; KeyError for one that is not there."""
    out = np.empty((len(prediction), len(names)))
    for j, name in enumerate(names):
        out[:, j] = prediction if name == PREDICTION else table.column(name)
    out[np.isnan(out)] = -np.inf
    return out


@dataclass(slots=True)
class _Leaf:
    """Rows of a leaf that may be split; gain: of its best split, at bin `cut` of `column`."""

    node: int
    rows: Index
    gain: float = 0.0
    column: int = -1
    cut: int = 0


@dataclass
class _TreeBuilder:
    """A tree in the making, over binned columns: codes (n, d), edges of each column."""

    codes: Index
    edges: list[Floats]
    sizes: Floats
    least: int
    nodes: list[tuple[int, float, int, int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        middle = float(np.median(self.sizes))
        self.values = np.log(self.sizes + (middle / 10.0 or 1e-300))
        self.flattest = FLATTEST * float(np.quantile(self.sizes, LEAF_QUANTILE)) or 1e-300

    def leaf(self, rows: Index) -> _Leaf:
        """A leaf of these rows, put among the nodes."""
        scale = max(float(np.quantile(self.sizes[rows], LEAF_QUANTILE)), self.flattest)
        self.nodes.append((-1, 0.0, 0, 0, scale))
        found = _Leaf(len(self.nodes) - 1, rows)
        if len(rows) >= 2 * self.least:
            self._best(found)
        return found

    def _best(self, leaf: _Leaf) -> None:
        values = self.values[leaf.rows] - self.values[leaf.rows].mean()
        for j, edges in enumerate(self.edges):
            codes = self.codes[leaf.rows, j]
            n = np.bincount(codes, minlength=len(edges) + 1).cumsum()[:-1]
            total = np.bincount(codes, weights=values, minlength=len(edges) + 1).cumsum()[:-1]
            usable = (n >= self.least) & (len(values) - n >= self.least)
            if not usable.any():
                continue
            gains = np.where(usable, total**2 / np.maximum(n, 1) + total**2 / np.maximum(len(values) - n, 1), 0.0)
            at = int(gains.argmax())
            if gains[at] > leaf.gain:
                leaf.gain, leaf.column, leaf.cut = float(gains[at]), j, at

    def split(self, leaf: _Leaf) -> tuple[_Leaf, _Leaf]:
        """The two leaves in place of one."""
        below = self.codes[leaf.rows, leaf.column] <= leaf.cut
        one, other = self.leaf(leaf.rows[below]), self.leaf(leaf.rows[~below])
        threshold, scale = float(self.edges[leaf.column][leaf.cut]), self.nodes[leaf.node][4]
        self.nodes[leaf.node] = (leaf.column, threshold, one.node, other.node, scale)
        return one, other


def grow(columns: Floats, names: Sequence[str], sizes: Floats, *, rng: np.random.Generator) -> Difficulty:
    """The tree of residual scales, grown best-first; sizes: (n,) absolute residuals.

    At most MOST_ROWS rows are used, drawn by `rng`.
    """
    if len(sizes) > MOST_ROWS:
        drawn = rng.choice(len(sizes), MOST_ROWS, replace=False)
        columns, sizes = columns[drawn], sizes[drawn]
    least = max(LEAST_ROWS, int(LEAST_SHARE * len(sizes)))
    if len(sizes) < 2 * least:
        return Difficulty()
    edges = [_edges(columns[:, j]) for j in range(columns.shape[1])]
    codes = np.stack([np.searchsorted(one, columns[:, j], side="left") for j, one in enumerate(edges)], axis=1)
    growing = _TreeBuilder(codes=codes, edges=edges, sizes=sizes, least=least)
    leaves = [growing.leaf(np.arange(len(sizes)))]
    while len(leaves) < MOST_LEAVES and (best := max(leaves, key=lambda leaf: leaf.gain)).gain > 0.0:
        leaves.remove(best)
        leaves += growing.split(best)
    column, threshold, left, right, scale = (tuple(part) for part in zip(*growing.nodes, strict=True))
    used = sorted({one for one in column if one >= 0})
    place = {-1: -1} | {old: new for new, old in enumerate(used)}
    return Difficulty(
        names=tuple(names[one] for one in used), column=tuple(place[one] for one in column), threshold=threshold,
        left=left, right=right, scale=scale,
    )  # fmt: skip


def _edges(values: AnyArray) -> Floats:
    """Values between which bins lie, each the greatest of its bin; finite ones only."""
    filled = values[np.isfinite(values)]
    if not len(filled):
        return np.empty(0)
    edges = np.unique(np.quantile(filled, np.linspace(0, 1, BINS + 1)[1:-1], method="lower"))
    return edges[edges < filled.max()] if len(filled) == len(values) else edges
