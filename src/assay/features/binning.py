"""Binning: numeric columns as codes of intervals."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np

from assay.core.array import Codes, Floats, Index, Singles
from assay.core.block.columns import MISSING_CODE
from assay.core.contract import NOTHING, Effort, Idea, Seeds, Step, StepTraits, Table, Target, has_columns
from assay.core.errors import UsageError
from assay.features import register
from assay.features.k_means import cluster_centres
from assay.features.row_sample import sampled_rows
from assay.features.slots import with_codes
from assay.features.stored_state import StoredFields, StoredStep, Within

_MOST_ROWS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class FittedBins(StoredFields):
    """columns: (c,) positions in Table.numeric; edges: (c, most bins - 1) lower bounds, padded by inf; bins: (c,)."""

    stored_as: ClassVar[str] = "bins"
    columns: Index
    edges: Singles
    bins: Annotated[Index, Within(lambda step: step["edges"].shape[-1] + 2, least=1)]
    names: tuple[str, ...]

    def codes(self, numeric: Singles) -> Codes:
        """(n, c) number of the interval, -1 where missing."""
        x = numeric[:, self.columns]
        code = np.zeros(x.shape, dtype=np.int32)
        for edge in self.edges.T:
            code += x >= edge
        code[np.isnan(x)] = MISSING_CODE
        return code

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        return with_codes(table, self.codes(table.numeric), self.names, tuple(self.bins.tolist()))

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=42 + 2 * self.edges.shape[1], cells=2 * self.edges.size)


def _edges(known: Floats, kind: str, n_bins: int, seeds: Seeds) -> Floats:
    """Rising lower bounds of all bins but the first; with no more values than bins each value is one."""
    values = np.unique(known)
    if len(values) <= n_bins:
        return np.asarray((values[1:] + values[:-1]) / 2.0)
    if kind == "width":
        return np.linspace(values[0], values[-1], n_bins + 1)[1:-1]
    if kind == "quantile":
        return np.unique(np.quantile(known, np.linspace(0.0, 1.0, n_bins + 1)[1:-1]))
    centres = cluster_centres(known[:, None], n_bins, seeds=seeds)[:, 0]
    return np.asarray((centres[1:] + centres[:-1]) / 2.0)


@register("bins")
@dataclass(frozen=True)
class Bins(StoredStep):
    """Numeric columns get a code column beside them: which of `n_bins` intervals the number lies in.

    kind "quantile": equally many training rows a bin; "width": equally wide; "kmeans": around cluster centres. A column
    with no more values than bins gets a level for each value. For steps and models that read levels: one_hot, pairs,
    target_mean. Numbers beyond the training rows' belong to the outer bins.
    """

    n_bins: int = 10
    kind: Literal["quantile", "width", "kmeans"] = "quantile"

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="levels", what="levels of numbers", when=has_columns(numbers=1), only_moves=True,
            trees=(Step.of("bins", n_bins=6), Step.of("pairs", top=5)),
            distances=(Step.of("bins", n_bins=10), Step.of("one_hot", max_levels=50, min_rows=5)),
            applies="a numeric column or more", prior=0.2, source="Gorishniy et al., arXiv 2203.05556",
            why="A level for each part of its range bends a line anywhere, and numbers pair up as categories do.",
        ),),
    )  # fmt: skip
    fitted = FittedBins

    def __post_init__(self) -> None:
        if self.n_bins < 2:
            raise UsageError(f"Numbers are cut into 2 bins or more, not {self.n_bins}.")
        if self.kind not in ("quantile", "width", "kmeans"):
            raise UsageError(f"Bins cannot be of the kind {self.kind!r}. Kinds: quantile, width, kmeans.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedBins:
        numeric = table.numeric[sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))]
        found: dict[int, Floats] = {}
        for j, column in enumerate(numeric.T):
            known = column[~np.isnan(column)].astype(np.float64)
            edges = _edges(known, self.kind, self.n_bins, seeds.child("centres", j)) if len(known) else known
            if len(edges):
                found[j] = edges
        bounds = np.full((len(found), self.n_bins - 1), np.inf, dtype=np.float32)
        for row, edges in zip(bounds, found.values(), strict=True):
            row[: len(edges)] = edges
        return FittedBins(
            columns=np.array(list(found), dtype=np.int64), edges=bounds,
            bins=np.array([len(edges) + 1 for edges in found.values()], dtype=np.int64),
            names=tuple(f"{table.numeric_names[j]}:bin" for j in found),
        )  # fmt: skip
