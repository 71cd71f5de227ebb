"""Several predictions into one: weighted means of stored predictions, of probabilities or of their logits."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from assay.core.array import AnyArray, Floats

Scale = Literal["plain", "logit"]
"""Where the mean is taken: of the stored values themselves, or of logits (multiclass: logarithms)."""

TINY = 1e-15
"""Probabilities are kept this far from 0 and 1 before a logarithm is taken."""


def logits(probability: AnyArray) -> Floats:
    """Log-odds of (n,) probabilities, logarithms of (n, k); clipped at TINY, so finite."""
    p = np.clip(np.asarray(probability, dtype=np.float64), TINY, 1.0 - TINY)
    return np.asarray(np.log(p) - np.log1p(-p)) if p.ndim == 1 else np.asarray(np.log(p))


def probabilities(logit: Floats) -> Floats:
    """The inverse of `logits`: (n,) by the logistic function, (n, k) by softmax over the last axis."""
    if logit.ndim == 1:
        small = np.exp(-np.abs(logit))
        return np.asarray(np.where(logit >= 0, 1.0, small) / (1.0 + small))
    raised = np.exp(logit - logit.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def combine(predictions: Sequence[AnyArray], weights: Sequence[float], scale: Scale = "plain") -> Floats:
    """The weighted mean of stored predictions, all (n,) or all (n, k), in the order of the weights.

    weights: not negative, with a positive sum; they are normalised here. Rows with a NaN stay NaN.
    """
    total = float(sum(weights))
    mean = np.zeros(np.shape(predictions[0]))
    for prediction, weight in zip(predictions, weights, strict=True):
        mean += (weight / total) * (logits(prediction) if scale == "logit" else prediction)
    return probabilities(mean) if scale == "logit" else mean
