"""Isolation forest scores: how easily random splits isolate a row."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index, Singles
from assay.core.contract import Effort, Idea, Seeds, Step, StepTraits, Table, Target, has_columns
from assay.core.errors import UsageError
from assay.features import register
from assay.features.arithmetic_pairs import varying
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import StoredFields, StoredStep, Within

_SAMPLE = 256
_DEPTH = 8
"""log2 of the sample: deeper splits only separate ordinary rows."""
_CHUNK_ROWS = 4_096


def mean_path(n_rows: AnyArray) -> Floats:
    """Mean depth of a row in a random binary tree of so many rows (Liu, Ting, Zhou, 2008, equation 1)."""
    n = np.maximum(np.asarray(n_rows, dtype=np.float64), 2.0)
    harmonic = np.log(n - 1.0 + (n == 2.0)) + np.euler_gamma
    exact = np.where(n == 2.0, 1.0, 2.0 * harmonic - 2.0 * (n - 1.0) / n)
    return np.where(np.asarray(n_rows) > 1, exact, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class FittedIsolation(StoredFields):
    """Trees as heaps: node i has the children 2 i + 1 (not above its threshold) and 2 i + 2.

    columns, fill: (k,) positions in Table.numeric and what a missing cell is taken for. feature, threshold: (trees,
    2^depth - 1) among the k columns; a node that splits nothing has threshold inf. lengths: (trees, 2^depth) path
    length of each leaf; usual: its mean among as many rows as a tree has seen.
    """

    stored_as: ClassVar[str] = "isolation"
    columns: Index
    fill: Singles
    feature: Annotated[Index, Within(lambda step: max(1, len(step["columns"])))]
    threshold: Singles
    lengths: Floats
    usual: float

    def scores(self, numeric: Singles) -> Floats:
        """(n,) between 0 and 1: near 1 far from all others, 0.5 as usual."""
        x = numeric[:, self.columns]
        x = np.where(np.isnan(x), self.fill, x)
        trees, inner = self.feature.shape
        first, feature, threshold = np.arange(trees) * inner, self.feature.ravel(), self.threshold.ravel()
        rows = (np.arange(len(x)) * x.shape[1])[:, None]
        node, flat = np.zeros((len(x), trees), dtype=np.int64), x.ravel()
        for _ in range(_DEPTH):
            at = first + node
            node = 2 * node + 1 + (flat[rows + feature[at]] > threshold[at])
        leaf = node - inner + np.arange(trees) * (inner + 1)
        return np.asarray(2.0 ** (-self.lengths.ravel()[leaf].mean(axis=1) / self.usual))

    def transform(self, table: Table) -> Table:
        if not len(self.columns):
            return table
        parts = [
            self.scores(table.numeric[start : start + _CHUNK_ROWS])
            for start in range(0, max(1, table.n_rows), _CHUNK_ROWS)
        ]
        return table.with_numeric(np.concatenate(parts)[:, None], ("isolation",))

    def effort(self) -> Effort:
        return Effort(calls=60 + 8 * _DEPTH, hops=_DEPTH * len(self.feature))


def _grown(x: Singles, rng: np.random.Generator) -> tuple[Index, Singles, Floats]:
    """One tree of rows (m, k): features, thresholds (2^depth - 1,) and leaf lengths (2^depth,), a level at a time.

    A node picks a column at random and cuts between its rows' lowest and highest value; where these are equal nothing
    is cut and the depth does not count.
    """
    inner = 2**_DEPTH - 1
    feature, threshold = np.zeros(inner, dtype=np.int64), np.full(inner, np.inf, dtype=np.float32)
    node, depth = np.zeros(len(x), dtype=np.int64), np.zeros(2 * inner + 1)
    for level in range(_DEPTH):
        first, width = 2**level - 1, 2**level
        column, place = rng.integers(0, x.shape[1], width), node - first
        value = x[np.arange(len(x)), column[place]]
        low, high = np.full(width, np.inf, dtype=np.float32), np.full(width, -np.inf, dtype=np.float32)
        np.minimum.at(low, place, value)
        np.maximum.at(high, place, value)
        splits = low < high
        share = rng.random(width)
        lowest, highest = np.where(splits, low, 0.0), np.where(splits, high, 0.0)
        cut = (lowest * (1.0 - share) + highest * share).astype(np.float32)
        cut = np.minimum(cut, np.nextafter(highest, np.float32(-np.inf), dtype=np.float32))  # both sides have rows
        nodes = np.arange(first, first + width)
        feature[nodes], threshold[nodes] = column, np.where(splits, cut, np.float32(np.inf))
        depth[2 * nodes + 1] = depth[2 * nodes + 2] = depth[nodes] + splits
        node = 2 * node + 1 + (value > threshold[node])
    rows = np.bincount(node - inner, minlength=inner + 1)
    return feature, threshold, depth[inner:] + mean_path(rows)


@register("isolation")
@dataclass(frozen=True)
class Isolation(StoredStep):
    """One column with the isolation forest's score of a row's numbers (Liu, Ting and Zhou, 2008).

    The fewer random cuts isolate a row from `trees` samples of 256 training rows, the nearer to 1; 0.5 is usual.
    Missing cells are at the median. Scores need no scale and no target; gross errors and rare rows stand out.
    """

    trees: int = 64

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="rareness", what="how easily a row is isolated", when=has_columns(numbers=3), only_moves=True,
            trees=(Step.of("isolation"),), distances=(Step.of("isolation"),),
            applies="three numeric columns or more", prior=0.3, source="Liu, Ting and Zhou (2008)",
            why="A row unlike all others in several columns at once often has another outcome, which no column tells.",
        ),),
    )  # fmt: skip
    fitted = FittedIsolation

    def __post_init__(self) -> None:
        if self.trees < 1:
            raise UsageError(f"A forest has 1 tree or more, not {self.trees}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedIsolation:
        columns = np.flatnonzero(varying(table.numeric))
        x = table.numeric[:, columns]
        fill = np.array([np.median(column[~np.isnan(column)]) for column in x.T], dtype=np.float32)
        inner = 2**_DEPTH - 1
        feature = np.zeros((self.trees, inner), dtype=np.int64)
        threshold = np.full((self.trees, inner), np.inf, dtype=np.float32)
        lengths = np.zeros((self.trees, inner + 1))
        sample = min(_SAMPLE, table.n_rows)
        for tree in range(self.trees if len(columns) else 0):
            child = seeds.child("tree", tree)
            rows = x[sampled_rows(table.n_rows, sample, child.child("rows"))]
            grown = _grown(np.where(np.isnan(rows), fill, rows), child.rng())
            feature[tree], threshold[tree], lengths[tree] = grown
        return FittedIsolation(
            columns, fill, feature, threshold, lengths, usual=float(mean_path(np.array(sample))) or 1.0
        )
