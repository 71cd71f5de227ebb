"""Imputation by nearest neighbours."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Floats, Singles
from assay.core.contract import Effort, Idea, Seeds, State, Step, StepTraits, Table, Target
from assay.core.errors import UsageError
from assay.features import register
from assay.features.impute_and_scale import FittedImpute, Impute
from assay.features.row_sample import sampled_rows
from assay.features.standardizer import Standardizer
from assay.features.stored_state import stored_array, stored_number

_MOST_COLUMNS = 100
_CELLS = 2_000_000


@dataclass(frozen=True, slots=True, eq=False)
class FittedImputeNeighbours:
    """plain: medians and indicators, for cells without a neighbour.

    donors: (m, plain.kept) numbers as they were; at: (m, columns) in the coordinates of `standard`, NaN where missing.
    """

    plain: FittedImpute
    standard: Standardizer
    donors: Singles
    at: Floats
    k: int

    def transform(self, table: Table) -> Table:
        out = self.plain.transform(table)
        kept = table.numeric[:, self.plain.kept]
        gaps = np.isnan(kept)
        rows = np.flatnonzero(gaps.any(axis=1) & ~gaps.all(axis=1))
        if not len(rows) or not len(self.donors):
            return out
        numeric = out.numeric
        step = max(1, _CELLS // max(1, self.at.size))
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            distance = self._distances(self.standard.with_gaps(table.numeric[some]))
            for j in np.flatnonzero(gaps[some].any(axis=0)).tolist():
                missing = gaps[some, j]
                numeric[some[missing], j] = self._borrowed(distance[missing], j, float(self.plain.fill[j]))
        return out.with_cells(numeric=numeric)

    def _distances(self, z: Floats) -> Floats:
        """(n, m) mean squared gap over the columns both rows know; inf where there are none."""
        gap = z[:, None, :] - self.at
        unknown = np.isnan(gap)
        gap[unknown] = 0.0
        shared = gap.shape[2] - unknown.sum(axis=2)
        sums = np.einsum("ijk,ijk->ij", gap, gap)
        return np.where(shared > 0, sums / np.maximum(shared, 1), np.inf)

    def _borrowed(self, distance: Floats, j: int, fill: float) -> Singles:
        """(n,) mean of column j over the k nearest donors that know it, all as near as the k-th among them."""
        knows = ~np.isnan(self.donors[:, j])
        values, near = self.donors[knows, j].astype(np.float64), distance[:, knows]
        if not near.size:
            return np.full(len(distance), fill, dtype=np.float32)
        k = min(self.k, near.shape[1])
        limit = np.partition(near, k - 1, axis=1)[:, k - 1 : k]
        chosen = (near <= limit) & np.isfinite(near)
        count = chosen.sum(axis=1)
        mean = (chosen * values).sum(axis=1) / np.maximum(count, 1)
        return np.where(count > 0, mean, fill).astype(np.float32)

    def effort(self) -> Effort:
        return Effort(calls=40, cells=self.at.size)

    def state(self) -> State:
        plain = self.plain.state()
        arrays = {**plain.arrays, **{f"at.{key}": array for key, array in self.standard.arrays().items()}}
        return State(
            "impute_neighbours", {**plain.meta, "k": self.k}, {**arrays, "donors": self.donors, "donors_at": self.at}
        )


@register("impute_neighbours")
@dataclass(frozen=True)
class ImputeNeighbours:
    """A missing number becomes the mean of the `k` most similar training rows that know it (Troyanskaya et al., 2001).

    Similar: the mean squared gap over standardised columns that both rows know, as in scikit-learn's KNNImputer; all
    rows as near as the k-th count. Donors are at most `max_rows` training rows, compared in the 100 most complete
    columns. Cells without such a row get the median; indicators and columns without a value as in impute.
    """

    k: int = 10
    max_rows: int = 1_000
    indicators: bool = True

    traits: ClassVar[StepTraits] = StepTraits(
        nan_arrays=frozenset({"donors", "donors_at"}),
        ideas=(Idea(
            name="neighbours_cells", what="gaps filled from the most similar rows", adds_columns=False,
            when=lambda facts: facts.missing_share > 0 and facts.n_numeric > 2, only_moves=True,
            trees=(Step.of("impute_neighbours"),), distances=(Step.of("impute_neighbours"),),
            applies="missing cells among three numeric columns or more", prior=0.5, cost="minutes",
            source="Troyanskaya et al. (2001)",
            why="Rows that are alike where both are known are often alike where one is not.",
        ),),
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.k < 1 or self.max_rows < 1:
            raise UsageError(
                f"Neighbours to fill from are 1 or more of 1 row or more, not {self.k} of {self.max_rows}."
            )

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedImputeNeighbours:
        plain = Impute(indicators=self.indicators).fit(table, None, seeds=seeds)
        standard = Standardizer.of(table.numeric, at_most=_MOST_COLUMNS)
        rows = sampled_rows(table.n_rows, self.max_rows, seeds.child("donors"))
        donors = table.numeric[rows]
        return FittedImputeNeighbours(
            plain, standard, donors=np.ascontiguousarray(donors[:, plain.kept]), at=standard.with_gaps(donors), k=self.k
        )

    @classmethod
    def restore(cls, state: State) -> FittedImputeNeighbours:
        plain, standard = FittedImpute.restore(state), Standardizer.restore(state, prefix="at.")
        return FittedImputeNeighbours(
            plain, standard, donors=stored_array(state, "donors"), at=stored_array(state, "donors_at"),
            k=int(stored_number(state, "k")),
        )  # fmt: skip
