"""Whether a missing cell predicts the target better than chance."""

from collections.abc import Iterable

import numpy as np

from assay.core.array import Bools, Index
from assay.core.inspection import UnivariateScore
from assay.core.target import Target
from assay.inspect.bins import Cells
from assay.inspect.column_score import univariate_score

_CHANCE = 0.001
"""Probability of a false alarm in a table, all its columns together (Bonferroni)."""
_FEWEST = 10
"""Rows with and without the cell, each."""


def gaps_of(cells: Iterable[Cells], target: Target, folds: Index) -> dict[str, UnivariateScore]:
    """By column: the score of its gaps alone, for those where it is better than chance."""
    gaps = {one.column.name: one.codes == one.missing for one in cells}
    gaps = {name: gap for name, gap in gaps.items() if _FEWEST <= gap.sum() <= len(gap) - _FEWEST}
    return {
        name: univariate_score(gap.astype(np.int64), 2, target, folds)
        for name, gap in gaps.items()
        if _p(gap, target) < _CHANCE / len(gaps)
    }


def _p(gap: Bools, target: Target) -> float:
    """The p-value of gaps: chi-squared test for classes, Mann and Whitney's for numbers."""
    from scipy.stats import chi2_contingency, mannwhitneyu

    if not target.is_class:
        return float(mannwhitneyu(target.values[gap], target.values[~gap]).pvalue)
    seen = np.bincount(target.values * 2 + gap, minlength=2 * target.n_classes).reshape(-1, 2)
    seen = seen[seen.sum(axis=1) > 0]
    return float(chi2_contingency(seen, correction=False).pvalue) if len(seen) > 1 else 1.0
