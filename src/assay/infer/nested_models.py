"""The same family on fewer columns: the smaller model of a likelihood-ratio test."""

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.infer.firth import ClassRows, fit_firth
from assay.infer.likelihood import Fit, fit_classes, fit_glm, negative_binomial
from assay.infer.ordered_logit import fit_ordered


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
