"""Univariate column selection by a test of each column."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.contract import Idea, Seeds, Step, StepTraits, Table, Target
from assay.core.errors import check_known
from assay.features import register
from assay.features.category_pairs import as_classes, information
from assay.features.row_sample import sampled_rows
from assay.features.selection import FittedSelection, Selecting, discoveries, everything, selected
from assay.features.smoothed_means import needed

_MOST_ROWS = 20_000
_BINS = 10
_FOLDS = 5
_M = 10.0


def binned(column: Floats) -> Index:
    """(n,) which tenth of the known cells each falls into, from 1; 0 where missing."""
    known = ~np.isnan(column)
    out = np.zeros(len(column), dtype=np.int64)
    if known.any():
        edges = np.unique(np.quantile(column[known], np.linspace(0.0, 1.0, _BINS + 1)[1:-1]))
        out[known] = 1 + np.searchsorted(edges, column[known], side="right")
    return out


def chi_squared(slot: Index, target: Target, fold: Index) -> tuple[float, float]:
    """(Pearson's statistic, p) of the independence of slots and classes."""
    from scipy.stats import chi2

    classes = as_classes(target).values
    place, group = np.unique(slot, return_inverse=True)[1], np.unique(classes, return_inverse=True)[1]
    cells = np.bincount(place * (group.max() + 1) + group, minlength=(place.max() + 1) * (group.max() + 1))
    cells = cells.reshape(-1, group.max() + 1).astype(np.float64)
    expected = cells.sum(axis=1, keepdims=True) * cells.sum(axis=0, keepdims=True) / cells.sum()
    statistic, freedom = float(((cells - expected) ** 2 / expected).sum()), (cells.shape[0] - 1) * (cells.shape[1] - 1)
    return statistic, float(chi2.sf(statistic, freedom)) if freedom else 1.0


def f_test(group: Index, values: Floats) -> tuple[float, float]:
    """(F, p) of equal means of values in groups (one-way analysis of variance)."""
    from scipy.stats import f

    place = np.unique(group, return_inverse=True)[1]
    rows = np.bincount(place).astype(np.float64)
    between, within = len(rows) - 1, len(values) - len(rows)
    gap = values - values.mean()
    means = np.bincount(place, gap) / rows
    explained, total = float((rows * means**2).sum()), float((gap**2).sum())
    if between < 1 or within < 1 or total <= 0:
        return 0.0, 1.0
    ratio = (explained / between) / max((total - explained) / within, 1e-300)
    return float(ratio), float(f.sf(ratio, between, within))


def _correlation(x: Floats, y: Floats) -> tuple[float, float]:
    from scipy.stats import f

    within = len(x) - 2
    if within < 1 or np.ptp(x) <= 0 or np.ptp(y) <= 0:
        return 0.0, 1.0
    share = min(float(np.corrcoef(x, y)[0, 1] ** 2), 1.0 - 1e-15)
    ratio = share / (1.0 - share) * within
    return ratio, float(f.sf(ratio, 1, within))


def _anova(column: AnyArray, target: Target, fold: Index) -> tuple[float, float]:
    """(statistic, p) by the test that fits: F of a number over classes or of a category over numbers, F of the
    correlation of two numbers, chi-squared of two categories.
    """
    if column.dtype.kind == "i":
        if target.is_class:
            return chi_squared(column, target, fold)
        return f_test(column, np.asarray(target.values, dtype=np.float64))
    known = ~np.isnan(column)
    x = column[known].astype(np.float64)
    if target.is_class:
        return f_test(target.values[known], x) if len(x) else (0.0, 1.0)
    return _correlation(x, np.asarray(target.values[known], dtype=np.float64))


def _chi(column: AnyArray, target: Target, fold: Index) -> tuple[float, float]:
    return chi_squared(column if column.dtype.kind == "i" else binned(column), target, fold)


def _mutual(column: AnyArray, target: Target, fold: Index) -> tuple[float, float]:
    """(nats, p) of mutual information estimated out of fold, by its standard error."""
    from scipy.stats import norm

    slot = column if column.dtype.kind == "i" else binned(column)
    gain = information(slot, as_classes(target), fold, m=_M)
    error = float(gain.std() / np.sqrt(len(gain)))
    return float(gain.mean()), float(norm.sf(gain.mean() / error)) if error > 0 else 1.0


TESTS: Mapping[str, Callable[[AnyArray, Target, Index], tuple[float, float]]] = {
    "anova": _anova, "chi_squared": _chi, "mutual_information": _mutual,
}  # fmt: skip


@register("select_univariate")
@dataclass(frozen=True)
class SelectUnivariate(Selecting):
    """Columns without a significant test against the target are left out: alpha bounds the false discovery rate.

    test: "anova" (F tests; chi-squared for a category and classes), "chi_squared" (numbers in tenths, a numeric target
    in eighths), "mutual_information" (estimated out of fold, the same bins). Alpha by Benjamini and Hochberg (1995). A
    column that matters only together with another is not found. On at most 20,000 rows; weights are not used.
    """

    test: str = "anova"
    alpha: float = 0.05

    traits: ClassVar[StepTraits] = StepTraits(
        needs_target=True,
        ideas=(Idea(
            name="tested", what="only columns that a test finds", when=lambda facts: facts.n_features >= 12,
            trees=(Step.of("select_univariate", test="mutual_information"),),
            distances=(Step.of("select_univariate"),), adds_columns=False, only_moves=True,
            applies="twelve columns or more", prior=0.5, source="Benjamini and Hochberg (1995)",
            why="A column that by itself says nothing seldom says much beside others, and costs what all noise costs.",
        ),),
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_known(self.test, TESTS, f"There is no test {self.test!r}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedSelection:
        rows = sampled_rows(table.n_rows, _MOST_ROWS, seeds.child("rows"))
        sample, labels = table.take(rows), needed(target, "select_univariate").take(rows)
        if len(rows) < 2 * _FOLDS:
            return everything("select_univariate", table)
        labels = Target(labels.values, labels.n_classes)
        fold = seeds.child("folds").rng().permutation(len(rows)) % _FOLDS
        columns = [*sample.numeric.T.astype(np.float64), *sample.codes.T.astype(np.int64)]
        found = [TESTS[self.test](column, labels, fold) for column in columns]
        p = np.array([chance for _, chance in found])
        reasons = [f"{self.test.replace('_', ' ')} {value:.3g}, p = {chance:.2g}" for value, chance in found]
        return selected("select_univariate", table, discoveries(p, self.alpha), reasons, score=-p)
