"""Distances to k-means cluster centres."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Floats
from assay.core.contract import (
    NOTHING,
    Effort,
    Facts,
    Idea,
    Seeds,
    Step,
    StepCost,
    StepTraits,
    Table,
    Target,
    has_columns,
)
from assay.core.errors import UsageError
from assay.features import register
from assay.features.k_means import cluster_centres, squared_distances
from assay.features.row_sample import sampled_rows
from assay.features.standardizer import Standardizer
from assay.features.stored_state import StoredFields, StoredStep

_MOST_ROWS = 5_000
_MOST_COLUMNS = 30


@dataclass(frozen=True, slots=True, eq=False)
class FittedClusters(StoredFields):
    """centres: (k, columns) in the coordinates of `standard`."""

    stored_as: ClassVar[str] = "clusters"
    standard: Standardizer
    centres: Floats
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        return table.with_numeric(np.sqrt(squared_distances(self.standard(table.numeric), self.centres)), self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=30, cells=self.centres.size, products=self.centres.size)


@register("clusters")
@dataclass(frozen=True)
class Clusters(StoredStep):
    """The distance of a row to each of `k` cluster centres of the training rows, added on the right.

    k-means on standardised numeric columns (at most 30, the most complete), missing cells at the mean, from at most
    5,000 rows. A radial basis for linear models, a place among the groups for trees (Coates and Ng, 2012).
    """

    k: int = 8

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="clusters", what="distances to clusters", when=has_columns(numbers=3), finds=("clusters",),
            trees=(Step.of("clusters", k=8),), distances=(Step.of("clusters", k=8),),
            applies="three numeric columns or more that form clusters", prior=1.5, cost="minutes",
            why="Distances to centres tell of regions that no single column bounds.",
        ),),
    )  # fmt: skip
    fitted = FittedClusters

    def __post_init__(self) -> None:
        if self.k < 2:
            raise UsageError(f"Clusters need k of 2 or more, not {self.k}: one centre is the mean of the table.")

    def cost(self, facts: Facts) -> StepCost:
        return StepCost(seconds=1e-6 * facts.n_rows, columns=self.k)

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedClusters:
        numeric = table.numeric[sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))]
        standard = Standardizer.of(numeric, at_most=_MOST_COLUMNS)
        centres = cluster_centres(standard(numeric), self.k, seeds=seeds.child("centres"))
        if not centres.size:
            centres = centres[:0]
        return FittedClusters(standard, centres, tuple(f"distance to cluster {k}" for k in range(len(centres))))
