"""Quantile residuals, normal where the model holds whatever its family, and the points of the diagnostic plots."""

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.seed import Seeds
from assay.infer.inference_result import PlotPoints
from assay.infer.likelihood import Fit

SHOWN = 2_000


def quantile_residuals(fit: Fit, y: AnyArray, seeds: Seeds) -> Floats:
    """(n,) normal scores of each row's place in its predicted distribution (Dunn and Smyth, 1996).

    Classes and counts are spread at random between the two ends of their place, by a seed of their own. Several
    classes: the base against the others.
    """
    from scipy.special import ndtri

    low, high = _places(fit, np.asarray(y, dtype=np.float64))
    at = low + (high - low) * seeds.child("residuals").rng().uniform(size=len(low))
    return np.asarray(ndtri(np.clip(at, 1e-12, 1 - 1e-12)), dtype=np.float64)


def _places(fit: Fit, y: Floats) -> tuple[Floats, Floats]:
    """(n,) each: P(Y < y) and P(Y ≤ y)."""
    from scipy.special import gammainc, ndtr, pdtr

    mean = fit.mean
    if fit.level_values is not None:
        reached = np.column_stack([np.zeros(len(y)), np.cumsum(fit.mean, axis=1)])
        at, rows = np.searchsorted(fit.level_values, y), np.arange(len(y))
        return reached[rows, at], reached[rows, at + 1]
    if fit.family == "multinomial":
        rest = 1.0 - mean[:, 0]
        y, mean = (y > 0).astype(np.float64), rest
    if fit.family in ("binomial", "multinomial"):
        return np.where(y > 0, 1.0 - mean, 0.0), np.where(y > 0, 1.0, 1.0 - mean)
    if fit.family == "gaussian":
        place = np.asarray(ndtr((y - mean) / max(np.sqrt(fit.dispersion), 1e-300) / np.sqrt(1 - fit.leverage)))
        return place, place
    if fit.family == "gamma":
        shape = 1.0 / max(fit.dispersion, 1e-12)
        place = np.asarray(gammainc(shape, shape * y / mean))
        return place, place
    if fit.family == "poisson":
        return np.where(y > 0, pdtr(np.maximum(y - 1, 0), mean), 0.0), np.asarray(pdtr(y, mean))
    return _negative_binomial(y, mean, fit.alpha)


def _negative_binomial(y: Floats, mean: Floats, alpha: float) -> tuple[Floats, Floats]:
    from scipy.special import betainc

    size = 1.0 / alpha
    chance = size / (size + mean)
    below = np.where(y > 0, betainc(size, np.maximum(y, 1e-9), chance), 0.0)
    return below, np.asarray(betainc(size, y + 1.0, chance))


def points(fit: Fit, residuals: Floats, seeds: Seeds) -> PlotPoints:
    """At most 2,000 rows, drawn once: fitted value, residual, leverage; and quantiles against normal ones."""
    from scipy.special import ndtri

    n = len(residuals)
    rows = np.arange(n) if n <= SHOWN else np.sort(seeds.child("points").rng().choice(n, SHOWN, replace=False))
    fitted = (
        fit.mean
        if fit.mean.ndim == 1
        else 1.0 - fit.mean[:, 0]
        if fit.level_values is None
        else fit.mean @ fit.level_values
    )
    ranks = (np.argsort(np.argsort(residuals[rows], kind="stable"), kind="stable") + 0.5) / len(rows)
    return PlotPoints(
        fitted=tuple(fitted[rows].tolist()), residuals=tuple(residuals[rows].tolist()),
        leverage=tuple(fit.leverage[rows].tolist()), expected=tuple(np.asarray(ndtri(ranks)).tolist()),
    )  # fmt: skip
