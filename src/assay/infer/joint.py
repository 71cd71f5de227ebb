"""Several coefficients at once: a column with many levels, columns asked about together, the model as a whole."""

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.infer.errors import Covariance
from assay.infer.fit import Fit, fit_classes, fit_glm, negative_binomial
from assay.infer.result import Joint
from assay.infer.separation import fit_firth

KINDS = {"classical": "classical", "hc3": "HC3", "cluster": "clustered"}


def wald(fit: Fit, covariance: Covariance, which: Index, columns: tuple[str, ...]) -> Joint:
    """All these coefficients are 0: F(q, df) of their estimates under this covariance; without a df chi-squared."""
    from scipy.special import chdtrc, fdtrc

    part = covariance.matrix[np.ix_(which, which)]
    value = float(fit.params[which] @ np.linalg.pinv(part, hermitian=True) @ fit.params[which])
    q = len(which)
    if covariance.df is None:
        return Joint(columns=columns, statistic=value, df=q, df2=None, p=float(chdtrc(q, value)),
                     method="Wald's chi-squared")  # fmt: skip
    # A covariance from G groups has rank G - 1: more coefficients than that cannot be tested together.
    df2 = covariance.df if covariance.kind != "cluster" else covariance.df - q + 1.0
    if df2 <= 0:
        return Joint(columns=columns, statistic=value, df=q, df2=df2, p=None, method="more coefficients than groups")
    scale = 1.0 if covariance.kind != "cluster" else df2 / covariance.df
    statistic = value / q * scale
    return Joint(columns=columns, statistic=statistic, df=q, df2=df2, p=float(fdtrc(q, df2, statistic)),
                 method=f"Wald's F, {KINDS[covariance.kind]} errors")  # fmt: skip


def expanded(which: Index, outcomes: int, width: int) -> Index:
    """The same columns for each of several outcomes."""
    return np.concatenate([which + outcome * width for outcome in range(outcomes)])


def nested(
    fit: Fit, z: Floats, y: AnyArray, which: Index, columns: tuple[str, ...], *, weight: Floats | None = None
) -> Joint:
    """The model against the one without these columns of z: F of the sums of squares, else the likelihood ratio.

    It trusts the law of the model; `wald` need not. A penalised model keeps the columns, held at 0, and so its penalty.
    """
    from scipy.special import chdtrc, fdtrc

    smaller = _without(fit, z, y, which, weight)
    q = len(which) * fit.outcomes
    if fit.family in ("gaussian", "gamma"):
        value = max(smaller.deviance - fit.deviance, 0.0) / q / fit.dispersion
        return Joint(columns=columns, statistic=value, df=q, df2=float(fit.df), p=float(fdtrc(q, fit.df, value)),
                     method="F of nested models")  # fmt: skip
    ratio = max(2.0 * (fit.loglik - smaller.loglik), 0.0)
    return Joint(columns=columns, statistic=ratio, df=q, df2=None, p=float(chdtrc(q, ratio)),
                 method="likelihood ratio of nested models")  # fmt: skip


def _without(fit: Fit, z: Floats, y: AnyArray, which: Index, weight: Floats | None) -> Fit:
    if fit.firth:
        return fit_firth(z, y, held=(which, 0.0), start=fit.params)
    kept = np.delete(z, which, axis=1)
    if fit.outcomes > 1:
        return fit_classes(kept, y, fit.outcomes + 1)
    if fit.family == "negative_binomial":
        return negative_binomial(kept, np.asarray(y, dtype=np.float64))
    return fit_glm(kept, y, fit.family, weight=weight)
