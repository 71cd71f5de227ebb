"""Unsupervised column selection: constant and correlated columns are dropped."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Idea, Seeds, State, Step, StepTraits, Table, Target
from assay.features import register
from assay.features.group_screen import standard
from assay.features.row_sample import sampled_rows
from assay.features.selection import FittedSelection, everything, selected

_MOST_ROWS = 20_000


def _commonest_share(column: AnyArray) -> float:
    """Share of the rows that have the commonest value; missing is a value."""
    _, counts = np.unique(column, return_counts=True)
    return float(counts.max() / len(column))


@register("select_varying")
@dataclass(frozen=True)
class SelectVarying:
    """Columns with one value (missing counts as one) in more than the share `most` of the rows are left out."""

    most: float = 0.999

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="varying", what="only columns that vary", finds=("select_varying",), adds_columns=False,
            trees=(Step.of("select_varying"),), distances=(Step.of("select_varying"),), only_moves=True,
            applies="columns of which nearly all cells are one value", prior=0.2,
            why="What a handful of rows has is learned by heart.",
        ),),
    )  # fmt: skip

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSelection:
        if not table.n_rows:
            return everything("select_varying", table)
        columns = [*table.numeric.T, *table.codes.T]
        share = np.array([_commonest_share(column) for column in columns])
        reasons = [f"the same value in {part:.1%} of the rows" for part in share.tolist()]
        return selected("select_varying", table, (share <= self.most) & (share < 1.0), reasons, score=-share)

    @classmethod
    def restore(cls, state: State) -> FittedSelection:
        return FittedSelection.restore(state)


@register("select_uncorrelated")
@dataclass(frozen=True)
class SelectUncorrelated:
    """Of numeric columns whose ranks correlate above `most` (Spearman, either sign) all but one go.

    The one with most known cells stays, of equals the earliest; each that goes names one that stays. Missing cells are
    taken for the middle. Code columns stay. On at most 20,000 rows.
    """

    most: float = 0.98

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="distinct", what="one of columns that say the same", finds=("select_uncorrelated",),
            trees=(Step.of("select_uncorrelated"),), distances=(Step.of("select_uncorrelated"),), adds_columns=False,
            only_moves=True, applies="numeric columns with nearly the same ranks", prior=0.1,
            why="Two columns that say the same share weights and splits, and count twice in a distance.",
        ),),
    )  # fmt: skip

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSelection:
        numeric = table.numeric[sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))].astype(np.float64)
        if len(numeric) < 3:
            return everything("select_uncorrelated", table)
        ranks = standard(_ranks(numeric))
        correlation = np.abs(ranks.T @ ranks) / len(ranks)
        known = (~np.isnan(numeric)).sum(axis=0)
        keep, reasons = np.ones(numeric.shape[1], dtype=np.bool_), [""] * numeric.shape[1]
        kept = list[int]()
        for j in np.argsort(-known, kind="stable").tolist():
            near = max(kept, key=lambda k: correlation[j, k], default=None)
            if near is not None and correlation[j, near] > self.most:
                keep[j] = False
                reasons[j] = f"correlates {correlation[j, near]:.3f} with {table.numeric_names[near]}"
            else:
                kept.append(j)
        keep = np.append(keep, np.ones(len(table.code_names), dtype=np.bool_))
        return selected("select_uncorrelated", table, keep, [*reasons, *[""] * len(table.code_names)],
                        score=keep.astype(np.float64))  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> FittedSelection:
        return FittedSelection.restore(state)


def _ranks(numeric: Floats) -> Floats:
    """(n, a) mean ranks of the known cells of each column, NaN where missing."""
    from scipy.stats import rankdata

    out = np.full_like(numeric, np.nan)
    for j, column in enumerate(numeric.T):
        known = ~np.isnan(column)
        out[known, j] = rankdata(column[known])
    return out
