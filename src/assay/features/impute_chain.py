"""Imputation by chained regressions, as the conditional mean of a multivariate normal distribution."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.core.contract import Effort, Idea, Seeds, State, Step, StepTraits, Table, Target
from assay.core.errors import UsageError
from assay.features import register
from assay.features.impute_and_scale import FittedImpute, Impute
from assay.features.row_sample import sampled_rows
from assay.features.standardizer import Standardizer
from assay.features.stored_state import stored_array, stored_index

_MOST_COLUMNS = 100
_MOST_ROWS = 5_000
_CELLS = 4_000_000
_CUT = 4.0


def _equal_patterns(gaps: Bools) -> Iterator[tuple[Index, Index]]:
    """Rows with equally many gaps together: their positions (r,) and those of the gaps (r, m), in chunks."""
    counts = gaps.sum(axis=1)
    for m in np.unique(counts[counts > 0]).tolist():
        rows = np.flatnonzero(counts == m)
        step = max(1, _CELLS // (m * m))
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            yield some, np.nonzero(gaps[some])[1].reshape(len(some), m)


def expected(z: Floats, mean: Floats, precision: Floats) -> Floats:
    """z (n, k) with each NaN replaced by its conditional mean given the row's known numbers, under a normal
    distribution.

    For gaps m and known o: mean_m - P_mm^-1 P_mo (z_o - mean_o), P the precision matrix: where all ridge regressions of
    a column on the others have settled.
    """
    gaps = np.isnan(z)
    centred = np.where(gaps, 0.0, z - mean)
    pull = centred @ precision
    out = centred.copy()
    for rows, at in _equal_patterns(gaps):
        block = precision[at[:, :, None], at[:, None, :]]
        out[rows[:, None], at] = -np.linalg.solve(block, pull[rows[:, None], at][:, :, None])[:, :, 0]
    return out + mean


def _unsure(gaps: Bools, precision: Floats) -> Floats:
    """(k, k) sum over rows of the covariance that their missing numbers keep, given the known ones."""
    out = np.zeros(precision.shape)
    for _, at in _equal_patterns(gaps):
        np.add.at(out, (at[:, :, None], at[:, None, :]), np.linalg.inv(precision[at[:, :, None], at[:, None, :]]))
    return out


def fit_normal(z: Floats, *, rounds: int, ridge: float) -> tuple[Floats, Floats]:
    """Mean (k,) and precision (k, k) of rows (n, k) with gaps, by expectation and maximisation (Dempster et al., 1977).

    ridge: added to the variances, which are about 1.
    """
    k = z.shape[1]
    gaps, mean, precision = np.isnan(z), np.zeros(k), np.eye(k) / (1.0 + ridge)
    for _ in range(rounds if len(z) else 0):
        filled = expected(z, mean, precision)
        mean = filled.mean(axis=0)
        moments = (filled - mean).T @ (filled - mean) + _unsure(gaps, precision)
        precision = np.linalg.inv(moments / len(z) + ridge * np.eye(k))
        precision = (precision + precision.T) / 2.0
    return mean, precision


@dataclass(frozen=True, slots=True, eq=False)
class FittedImputeChain:
    """plain: medians and indicators, for columns that take no part. mean, precision: of the coordinates of `standard`.

    place: (columns,) position of each of them among plain.kept.
    """

    plain: FittedImpute
    standard: Standardizer
    mean: Floats
    precision: Floats
    place: Index

    def transform(self, table: Table) -> Table:
        out = self.plain.transform(table)
        raw = table.numeric[:, self.standard.kept]
        rows = np.flatnonzero(np.isnan(raw).any(axis=1))
        if not len(rows):
            return out
        z = expected(self.standard.with_gaps(table.numeric[rows]), self.mean, self.precision)
        numbers = np.clip(z, -_CUT, _CUT) / self.standard.factor + self.standard.centre
        numeric, some = out.numeric, raw[rows]
        numeric[rows[:, None], self.place] = np.where(np.isnan(some), numbers, some)
        return out.with_cells(numeric=numeric)

    def effort(self) -> Effort:
        return Effort(calls=30, cells=5 * len(self.mean), products=len(self.mean) ** 2)

    def state(self) -> State:
        plain = self.plain.state()
        law = {"mean": self.mean, "precision": self.precision, "place": self.place}
        at = {f"at.{key}": array for key, array in self.standard.arrays().items()}
        return State("impute_chain", plain.meta, {**plain.arrays, **at, **law})


@register("impute_chain")
@dataclass(frozen=True)
class ImputeChain:
    """A missing number becomes what ridge regressions on the row's other numbers expect, all gaps at once.

    Iterated regression imputation (Buck, 1960; scikit-learn's IterativeImputer with a ridge) at its fixed point: the
    conditional mean of a normal distribution given the known numbers, learned by `rounds` of expectation and
    maximisation on at most 5,000 rows, so that filled cells are not taken for knowledge. Standardised, the 100 most
    complete columns; the others and the indicators as in impute.
    """

    rounds: int = 10
    ridge: float = 0.01
    indicators: bool = True

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="expected_cells", what="gaps filled by what the other numbers expect", adds_columns=False,
            when=lambda facts: facts.missing_share > 0 and facts.n_numeric > 2, only_moves=True,
            trees=(Step.of("impute_chain"),), distances=(Step.of("impute_chain"),),
            applies="missing cells among three numeric columns or more", prior=0.4, source="Buck (1960)",
            why="Where numbers go together, the others know more of a gap than the median of its column.",
        ),),
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.rounds < 1 or not self.ridge > 0:
            raise UsageError(f"A chain has 1 round or more and a ridge above 0, not {self.rounds} and {self.ridge}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedImputeChain:
        plain = Impute(indicators=self.indicators).fit(table, None, seeds=seeds)
        numeric = table.numeric[sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))]
        standard = Standardizer.of(numeric, at_most=_MOST_COLUMNS)
        mean, precision = fit_normal(standard.with_gaps(numeric), rounds=self.rounds, ridge=self.ridge)
        return FittedImputeChain(plain, standard, mean, precision, np.searchsorted(plain.kept, standard.kept))

    @classmethod
    def restore(cls, state: State) -> FittedImputeChain:
        plain, standard = FittedImpute.restore(state), Standardizer.restore(state, prefix="at.")
        return FittedImputeChain(
            plain, standard, mean=stored_array(state, "mean"),
            precision=stored_array(state, "precision"), place=stored_index(state, "place", below=len(plain.kept)),
        )  # fmt: skip
