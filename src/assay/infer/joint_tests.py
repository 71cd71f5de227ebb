"""Joint tests of several coefficients: a column with many levels, columns named together, the whole model."""

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.infer.firth import ClassRows, fit_firth
from assay.infer.inference_result import JointTest
from assay.infer.likelihood import Fit, fit_classes, fit_glm, negative_binomial
from assay.infer.ordered_logit import fit_ordered
from assay.infer.standard_errors import Covariance


def fit_same_family(fit: Fit, z: Floats, y: AnyArray, *, weight: Floats | None = None) -> Fit:
    """Fitted by maximum likelihood even if `fit` was penalised; a dispersion parameter is estimated anew."""
    if fit.outcomes > 1:
        return fit_classes(z, y, fit.outcomes + 1)
    if fit.family == "ordered":
        return fit_ordered(z, y, weight=weight)
    if fit.family == "negative_binomial":
        return negative_binomial(z, np.asarray(y, dtype=np.float64), offset=fit.offset)
    return fit_glm(z, y, fit.family, weight=weight, offset=fit.offset)


def without_columns(fit: Fit, z: Floats, y: AnyArray, *, weight: Floats | None = None) -> Fit:
    """The intercept-only model. z: (n, 1 + k), ones first."""
    if fit.firth and fit.outcomes == 1:
        return fit_firth(ClassRows.of(z[:, :1], y, weight=weight))
    return fit_same_family(fit, z[:, :1], y, weight=weight)


KINDS = {"classical": "classical", "hc3": "HC3", "cluster": "clustered"}


def wald(fit: Fit, covariance: Covariance, which: Index, columns: tuple[str, ...]) -> JointTest:
    """All these coefficients are 0: F(q, df) of their estimates under this covariance; without a df chi-squared.

    A covariance of few degrees counts as Wishart's, so that Hotelling's F is of df - q + 1: from G groups df is G - 1;
    where few rows or groups stand behind some coefficients `_shared`.
    """
    from scipy.special import chdtrc, fdtrc

    part = covariance.matrix[np.ix_(which, which)]
    value = float(fit.params[which] @ np.linalg.pinv(part, hermitian=True) @ fit.params[which])
    q = len(which)
    if covariance.df is None:
        return JointTest(columns=columns, statistic=value, df=q, df2=None, p=float(chdtrc(q, value)),
                         method="Wald's chi-squared")  # fmt: skip
    df, few = _shared(covariance, which), covariance.kind == "cluster"
    few = few or df < covariance.df
    df2 = df - q + 1.0 if few else df
    if any(covariance.is_unknown(at) for at in which.tolist()):
        return JointTest(columns=columns, statistic=value / q, df=q, df2=df2, p=None, method="one group alone decides")
    if df2 <= 0:
        units = "groups" if covariance.kind == "cluster" else "rows behind them"
        return JointTest(
            columns=columns, statistic=value / q, df=q, df2=df2, p=None, method=f"more coefficients than {units}"
        )
    statistic = value / q * (df2 / df if few else 1.0)
    return JointTest(columns=columns, statistic=statistic, df=q, df2=df2, p=float(fdtrc(q, df2, statistic)),
                     method=f"Wald's F, {KINDS[covariance.kind]} errors")  # fmt: skip


def _shared(covariance: Covariance, which: Index) -> float:
    """Degrees of several coefficients at once, from those of each.

    η = q (q + 1) over the summed variances of the standardised covariance (Pustejovsky and Tipton, 2018), its entries'
    taken as Wishart's of degrees ν: 2 / ν on the diagonal, 1 / √(ν ν') beside it. Equal ν give ν.
    """
    assert covariance.df is not None
    if covariance.each is None:
        return covariance.df
    parts, q = covariance.each[which], len(which)
    return float(q * (q + 1) / ((1.0 / parts).sum() + (1.0 / np.sqrt(parts)).sum() ** 2))


def expanded(which: Index, outcomes: int, width: int) -> Index:
    """The same columns for each of several outcomes."""
    return np.concatenate([which + outcome * width for outcome in range(outcomes)])


def joint_test_by_model(
    fit: Fit, z: Floats, y: AnyArray, which: Index, columns: tuple[str, ...], *, weight: Floats | None = None
) -> JointTest:
    """The model against the one without these columns of z: F of the sums of squares, else the likelihood ratio.

    It relies on the model's distribution; `wald` need not. A penalised model keeps the columns, held at 0, and so its
    penalty.
    """
    from scipy.special import chdtrc, fdtrc

    smaller = _without(fit, z, y, which, weight)
    q = len(which) * fit.outcomes
    if fit.family in ("gaussian", "gamma"):
        value = max(smaller.deviance - fit.deviance, 0.0) / q / fit.dispersion
        return JointTest(columns=columns, statistic=value, df=q, df2=float(fit.df), p=float(fdtrc(q, fit.df, value)),
                         method="F of nested models")  # fmt: skip
    ratio = max(2.0 * (fit.loglik - smaller.loglik), 0.0)
    return JointTest(columns=columns, statistic=ratio, df=q, df2=None, p=float(chdtrc(q, ratio)),
                     method="likelihood ratio of nested models")  # fmt: skip


def _without(fit: Fit, z: Floats, y: AnyArray, which: Index, weight: Floats | None) -> Fit:
    if fit.firth:
        rows = ClassRows.of(z, y, fit.outcomes + 1, weight)
        return fit_firth(rows, held=(expanded(which, fit.outcomes, z.shape[1]), 0.0), start=fit.params)
    return fit_same_family(fit, np.delete(z, which, axis=1), y, weight=weight)
