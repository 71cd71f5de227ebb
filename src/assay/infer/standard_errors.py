"""Standard errors: model-based, heteroscedasticity-consistent (HC3), and clustered."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.infer.degrees_of_freedom import PLENTY, effective_groups, group_degrees, row_degrees
from assay.infer.inference_question import ErrorKind
from assay.infer.likelihood import FULL_LEVERAGE, Fit, information

FEW_GROUPS = 30
LEFT_OUT_GROUPS, LEFT_OUT_COST = 500, 500_000_000
"""Groups up to which each is left out in turn, and such groups times coefficients cubed: a few seconds. Of 100
groups of unequal size intervals by sums of scores hold the truth too seldom (benchmarks/infer.py has that world)."""
ENOUGH_GROUPS = 5
_ALONE, _LOST = 1e-10, 1e-6
"""Share of the information below which a coefficient is unidentified without a group."""


@dataclass(frozen=True, slots=True, eq=False)
class Covariance:
    """Covariance of the coefficients on z. df: of its t distribution, None: normal.

    each: (p,) degrees of freedom of single coefficients where some rest on few rows or groups (degrees_of_freedom.py).
    unknown: (p,) those that one group alone determines, which have no standard error.
    """

    kind: ErrorKind
    matrix: Floats
    df: float | None
    each: Floats | None = None
    unknown: Bools | None = None

    def df_of(self, at: int) -> float | None:
        """Of one coefficient."""
        return self.df if self.each is None else float(self.each[at])

    def is_unknown(self, at: int) -> bool:
        """Whether this coefficient has no standard error."""
        return self.unknown is not None and bool(self.unknown[at])

    def tail(self, statistic: float, at: int) -> float:
        """Two-sided p of a coefficient over its error."""
        from scipy.special import ndtr, stdtr

        size, df = -abs(statistic), self.df_of(at)
        return float(2.0 * (ndtr(size) if df is None else stdtr(df, size)))

    def quantile(self, level: float, at: int) -> float:
        """Half the width of an interval of 1 - level, in standard errors."""
        from scipy.special import ndtri, stdtrit

        share, df = 1.0 - level / 2.0, self.df_of(at)
        return float(ndtri(share) if df is None else stdtrit(df, share))


def covariances(fit: Fit, z: Floats, groups: Index | None) -> dict[ErrorKind, Covariance]:
    """Every available kind, by its name. z: (n, p) that was fitted on.

    Clustered errors are a leave-one-group-out jackknife, with many groups only where a coefficient rests on few.
    """
    found = {"classical": classical(fit), "hc3": by_row(fit, z)}
    if groups is not None:
        found["cluster"] = leave_one_group_out(fit, z, groups) if _leaves_out(fit, z, groups) else by_group(fit, groups)
    return found  # type: ignore[return-value]  # the keys are those of ErrorKind


def _leaves_out(fit: Fit, z: Floats, groups: Index) -> bool:
    n_groups = int(groups.max()) + 1
    if n_groups <= LEFT_OUT_GROUPS and n_groups * len(fit.params) ** 3 <= LEFT_OUT_COST:
        return True
    return rests_on_few_groups(fit, z, groups)


def rests_on_few_groups(fit: Fit, z: Floats, groups: Index) -> bool:
    """Whether the cluster sandwich is biased towards 0: few groups, or an effect within a few of many."""
    if int(groups.max()) + 1 < FEW_GROUPS:
        return True
    return fit.is_glm and bool((effective_groups(fit, z, groups)[1:] < PLENTY).any())


def classical(fit: Fit) -> Covariance:
    """Model-based: the inverse information times the dispersion; t where the dispersion is estimated."""
    exact = fit.family in ("gaussian", "gamma")
    return Covariance("classical", fit.bread * fit.dispersion, float(fit.df) if exact else None)


def by_row(fit: Fit, z: Floats) -> Covariance:
    """Heteroscedasticity-consistent: HC3 (MacKinnon and White, 1985), t(n - p), with fewer degrees of freedom for a
    coefficient that rests on few rows.

    Each row's score is divided by one minus its leverage; in a linear model that is HC3 exactly, elsewhere its
    counterpart. A row of leverage 1 has no residual and gets the model's variance. Several classes, ordered or not,
    have no such leverage: n / (n - 1) there. z: (n, p) that was fitted on.
    """
    if not fit.is_glm:
        meat = fit.scores.T @ fit.scores * (len(z) / (len(z) - 1))
        return Covariance("hc3", fit.bread @ meat @ fit.bread, float(fit.df))
    scores, lone = fit.scores / (1.0 - fit.leverage)[:, None], fit.leverage > FULL_LEVERAGE
    scores[lone] = np.sqrt(fit.noise[lone])[:, None] * z[lone]
    return Covariance("hc3", fit.bread @ (scores.T @ scores) @ fit.bread, float(fit.df), each=row_degrees(fit, z))


def by_group(fit: Fit, groups: Index) -> Covariance:
    """Cluster-robust: the sandwich of scores summed by group (Liang and Zeger, 1986), t(G - 1).

    groups: (n,) codes from 0. Small-sample factors as Stata's: G / (G - 1), and (n - 1) / (n - p) in linear models.
    """
    n_groups = int(groups.max()) + 1
    sums = group_sums(fit.scores, groups)
    factor = n_groups / (n_groups - 1)
    if fit.is_linear:
        factor *= (len(groups) - 1) / fit.df
    return Covariance("cluster", factor * fit.bread @ (sums.T @ sums) @ fit.bread, float(n_groups - 1))


def leave_one_group_out(fit: Fit, z: Floats, groups: Index) -> Covariance:
    """Cluster-robust by leaving out one group at a time (CV3 of MacKinnon, Nielsen and Webb, 2023), t(G - 1).

    For few groups, where the sandwich is too small. With many groups, a coefficient that rests on few has
    Satterthwaite's degrees of freedom. z: (n, p), groups: (n,) codes from 0. In a linear model what a group moves is
    exact, elsewhere one Newton step from the fit.
    """
    n_groups, width = int(groups.max()) + 1, len(fit.params)
    total, scores = np.linalg.pinv(fit.bread, hermitian=True), group_sums(fit.scores, groups)
    many = n_groups >= FEW_GROUPS and fit.is_glm
    thin = np.flatnonzero(effective_groups(fit, z, groups) < PLENTY) if many else np.empty(0, dtype=np.int64)
    moves, unknown = np.empty((n_groups, width)), np.zeros(width, dtype=bool)
    pulls, lengths = np.empty((len(thin), n_groups, width)), np.empty((len(thin), n_groups))
    for number, rows in enumerate(_rows_of(groups)):
        own = information(fit, z, rows)
        left = np.linalg.pinv(total - own, rcond=_ALONE, hermitian=True)
        unknown |= np.abs((total - own) @ left - np.eye(width)).max(axis=0) > _LOST
        moves[number] = left @ scores[number]
        pulls[:, number] = left[:, thin].T @ own
        lengths[:, number] = np.einsum("ka,ka->k", left[:, thin].T, pulls[:, number])
    each = np.full(width, float(n_groups - 1))
    for place, j in enumerate(thin):
        each[j] = min(group_degrees(fit.bread, pulls[place], lengths[place]), float(n_groups - 1))
    matrix: Floats = (n_groups - 1) / n_groups * moves.T @ moves
    return Covariance("cluster", matrix, float(n_groups - 1), each=each, unknown=unknown)


def _rows_of(groups: Index) -> list[Index]:
    """The rows of each group."""
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.cumsum(np.bincount(groups))[:-1])


def group_sums(scores: Floats, groups: Index) -> Floats:
    """(G, p) sums over the rows of each group."""
    out = np.zeros((int(groups.max()) + 1, scores.shape[1]))
    np.add.at(out, groups, scores)
    return out


def preferred(fit: Fit, groups: Index | None, *, weighted: bool, asked: ErrorKind | None) -> tuple[ErrorKind, str]:
    """(the kind that is reported first, why)."""
    if asked is not None:
        return asked, "as asked"
    if groups is not None:
        return "cluster", "rows of a group go together"
    if weighted:
        return "hc3", "weighted rows"
    if fit.family in ("binomial", "multinomial", "ordered"):
        return "classical", "the variance of a class follows from its probability"
    if fit.family == "negative_binomial":
        return "classical", "the variance is part of the model"
    return "hc3", "they hold whether or not the spread is equal everywhere"
