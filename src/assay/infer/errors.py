"""Standard errors: as the model says, as the rows say, as the groups say."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats, Index
from assay.infer.asked import ErrorKind
from assay.infer.fit import Fit

FEW_GROUPS = 30
ENOUGH_GROUPS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Covariance:
    """of the coefficients on z. df: of the t that belongs to it, None: the normal law."""

    kind: ErrorKind
    matrix: Floats
    df: float | None

    def tail(self, statistic: float) -> float:
        """Two-sided p of an estimate over its error."""
        from scipy.special import ndtr, stdtr

        size = -abs(statistic)
        return float(2.0 * (ndtr(size) if self.df is None else stdtr(self.df, size)))

    def quantile(self, level: float) -> float:
        """How many errors an interval of 1 - level reaches to each side."""
        from scipy.special import ndtri, stdtrit

        at = 1.0 - level / 2.0
        return float(ndtri(at) if self.df is None else stdtrit(self.df, at))


def covariances(fit: Fit, groups: Index | None) -> dict[ErrorKind, Covariance]:
    """Every kind that can be had, by its name."""
    found = {"classical": classical(fit), "hc3": by_row(fit)}
    if groups is not None:
        found["cluster"] = by_group(fit, groups)
    return found  # type: ignore[return-value]  # the keys are those of ErrorKind


def classical(fit: Fit) -> Covariance:
    """As the law says: the inverse information times the dispersion. t where the dispersion is estimated."""
    exact = fit.family in ("gaussian", "gamma")
    return Covariance("classical", fit.bread * fit.dispersion, float(fit.df) if exact else None)


def by_row(fit: Fit) -> Covariance:
    """Right also where the variance is not the law's: HC3 (MacKinnon and White, 1985), t(n - p).

    Each row's score is divided by one minus its leverage; in a linear model that is HC3 exactly, elsewhere its
    counterpart. Several classes have no such leverage: n / (n - 1) there.
    """
    scores = fit.scores / (1.0 - fit.leverage)[:, None]
    meat = scores.T @ scores
    if fit.outcomes > 1:
        meat = meat * len(scores) / (len(scores) - 1)
    return Covariance("hc3", fit.bread @ meat @ fit.bread, float(fit.df))


def by_group(fit: Fit, groups: Index) -> Covariance:
    """Right where rows of a group go together: sums of scores by group (Liang and Zeger, 1986), t(G - 1).

    groups: (n,) codes from 0. Small-sample factors as Stata's: G / (G - 1), and (n - 1) / (n - p) in linear models.
    """
    n_groups = int(groups.max()) + 1
    sums = group_sums(fit.scores, groups)
    factor = n_groups / (n_groups - 1)
    if fit.is_linear:
        factor *= (len(groups) - 1) / fit.df
    return Covariance("cluster", factor * fit.bread @ (sums.T @ sums) @ fit.bread, float(n_groups - 1))


def jackknifed(fit: Fit, z: Floats, groups: Index) -> Floats:
    """(p, p) covariance from leaving out one group at a time (CV3 of MacKinnon, Nielsen and Webb, 2023).

    For few groups, whose sums of scores are too small, as each draws the fit towards itself. z: (n, p) of one outcome,
    groups: (n,) codes from 0. In a linear model what a group moves is exact, elsewhere one Newton step from the fit.
    """
    n_groups, total = int(groups.max()) + 1, np.linalg.pinv(fit.bread)
    reach = np.einsum("ij,jk,ik->i", z, fit.bread, z)
    weight = np.divide(fit.leverage, reach, out=np.zeros(len(z)), where=reach > 0)
    moves = np.empty((n_groups, z.shape[1]))
    for number, score in enumerate(group_sums(fit.scores, groups)):
        own = z[groups == number]
        moves[number] = np.linalg.pinv(total - own.T @ (own * weight[groups == number][:, None])) @ score
    matrix: Floats = (n_groups - 1) / n_groups * moves.T @ moves
    return matrix


def group_sums(scores: Floats, groups: Index) -> Floats:
    """(G, p) sums over the rows of each group."""
    out = np.zeros((int(groups.max()) + 1, scores.shape[1]))
    np.add.at(out, groups, scores)
    return out


def preferred(fit: Fit, groups: Index | None, *, weighted: bool, asked: ErrorKind | None) -> tuple[ErrorKind, str]:
    """(the kind that counts, why)."""
    if asked is not None:
        return asked, "as asked"
    if groups is not None:
        return "cluster", "rows of a group go together"
    if weighted:
        return "hc3", "weighted rows"
    if fit.family in ("binomial", "multinomial"):
        return "classical", "the variance of a class follows from its probability"
    if fit.family == "negative_binomial":
        return "classical", "the variance is part of the model"
    return "hc3", "they hold whether or not the spread is equal everywhere"
