"""Univariate tests: each column against the target by ranks or contingency tables, without a distribution."""

from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.p_value_corrections import holm
from assay.infer.design_matrix import DesignMatrix
from assay.infer.inference_result import UnivariateTest

EXPECTED = 5.0
"""Expected counts below which the chi-squared approximation is not trusted (Cochran, 1954)."""
SHUFFLES = 9_999


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ColumnAndTarget:
    """One column and the target. codes: of levels, else values: numbers."""

    column: str
    values: Floats | None
    codes: Index | None


def univariate_tests(
    design: DesignMatrix, y: AnyArray, *, is_class: bool, tested: bool, seed: int
) -> tuple[UnivariateTest, ...]:
    """A test for every column of the design, p corrected by Holm; no p where `tested` is not.

    Numbers against numbers: Spearman. Numbers against two groups: Mann-Whitney, more: Kruskal-Wallis. Levels against
    classes: chi-squared; with small counts Fisher's exact test (2 × 2) or shuffled classes.
    """
    found = [_test(_pair(design, column), y, is_class=is_class, seed=seed) for column in design.columns]
    if not tested:
        return tuple(replace(one, p=None) for one in found)
    corrected = holm([1.0 if one.p is None else one.p for one in found])
    return tuple(replace(one, holm=float(p)) for one, p in zip(found, corrected, strict=True))


def _pair(design: DesignMatrix, column: str) -> ColumnAndTarget:
    at = design.of([column])
    if not design.terms[at[0] - 1].level:
        return ColumnAndTarget(column=column, values=design.x[:, at[0]], codes=None)
    codes = (design.x[:, at] * np.arange(1, len(at) + 1)).sum(axis=1).astype(np.int64)
    return ColumnAndTarget(column=column, values=None, codes=codes)


def _test(pair: ColumnAndTarget, y: AnyArray, *, is_class: bool, seed: int) -> UnivariateTest:
    if pair.codes is not None and is_class:
        return _table(pair.column, pair.codes, np.asarray(y, dtype=np.int64), seed)
    if pair.codes is not None:
        return _groups(pair.column, np.asarray(y, dtype=np.float64), pair.codes)
    assert pair.values is not None
    if is_class:
        return _groups(pair.column, pair.values, np.asarray(y, dtype=np.int64))
    return _ranks(pair.column, pair.values, np.asarray(y, dtype=np.float64))


def _ranks(column: str, x: Floats, y: Floats) -> UnivariateTest:
    from scipy.stats import spearmanr

    found = spearmanr(x, y)
    rho = float(found.statistic)
    return UnivariateTest(column=column, test="Spearman", statistic=rho, p=_finite(found.pvalue), effect=rho,
                          measure="rank correlation", rows=len(x))  # fmt: skip


def _groups(column: str, values: Floats, codes: Index) -> UnivariateTest:
    """Numbers by group. The effect of two groups: probability that one of the second exceeds one of the first, ties
    half."""
    from scipy.stats import kruskal, mannwhitneyu

    parts = [values[codes == code] for code in np.unique(codes)]
    if len(parts) == 2:
        found = mannwhitneyu(parts[1], parts[0], alternative="two-sided")
        above = float(found.statistic) / (len(parts[0]) * len(parts[1]))
        return UnivariateTest(column=column, test="Mann-Whitney", statistic=float(found.statistic),
                              p=_finite(found.pvalue),
                              effect=above, measure="chance to be above", rows=len(values))  # fmt: skip
    several = kruskal(*parts)
    n, k = len(values), len(parts)
    share = max((float(several.statistic) - k + 1) / max(n - k, 1), 0.0)
    return UnivariateTest(column=column, test="Kruskal-Wallis", statistic=float(several.statistic),
                          p=_finite(several.pvalue),
                          effect=share, measure="share of the ranks' variance", rows=n)  # fmt: skip


def _table(column: str, a: Index, b: Index, seed: int) -> UnivariateTest:
    from scipy.stats import chi2_contingency, fisher_exact

    counts = np.zeros((int(a.max()) + 1, int(b.max()) + 1), dtype=np.int64)
    np.add.at(counts, (a, b), 1)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(counts.shape) < 2:
        return UnivariateTest(column=column, test="chi-squared", statistic=0.0, p=1.0, effect=0.0, measure="Cramér's V",
                              rows=len(a))  # fmt: skip
    found = chi2_contingency(counts, correction=False)
    size = float(np.sqrt(found.statistic / (len(a) * (min(counts.shape) - 1))))
    test, p = "chi-squared", float(found.pvalue)
    if found.expected_freq.min() < EXPECTED:
        if counts.shape == (2, 2):
            test, p = "Fisher's exact", float(fisher_exact(counts).pvalue)
        else:
            test, p = "chi-squared, shuffled", _shuffled(counts, found.expected_freq, float(found.statistic), seed)
    return UnivariateTest(column=column, test=test, statistic=float(found.statistic), p=_finite(p), effect=size,
                          measure="Cramér's V", rows=len(a))  # fmt: skip


def _shuffled(counts: Index, expected: Floats, statistic: float, seed: int) -> float:
    """Share of tables with the same margins whose chi-squared is as large (the observed one among them)."""
    from scipy.stats import random_table

    tables = random_table(counts.sum(axis=1), counts.sum(axis=0)).rvs(SHUFFLES, random_state=seed)
    values = ((tables - expected) ** 2 / expected).sum(axis=(1, 2))
    return float((1 + int((values >= statistic * (1 - 1e-12)).sum())) / (SHUFFLES + 1))


def _finite(p: object) -> float:
    """p, or 1 where it could not be computed."""
    value = float(p)  # type: ignore[arg-type]  # scipy's numbers
    return value if np.isfinite(value) else 1.0
