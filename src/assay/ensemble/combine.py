"""Several predictions into one: weighted means of stored predictions, of probabilities or of their logits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assay.core.allowed_labels import kept_impossible
from assay.core.array import AnyArray, Floats

Scale = Literal["plain", "logit"]
"""Where the mean is taken: of the stored values themselves, or of logits (multiclass: logarithms)."""

TINY = 1e-15
"""Probabilities are kept this far from 0 and 1 before a logarithm is taken."""
LEARNED_TINY = 1e-6
"""The same for a learned combination: stored predictions are float32, and one sure member must not decide alone."""


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

    weights: not negative, with a positive sum; they are normalised here. Rows with a NaN stay NaN. Of several classes
    one that all give 0 gets 0 on either scale.
    """
    total = float(sum(weights))
    mean = np.zeros(np.shape(predictions[0]))
    for prediction, weight in zip(predictions, weights, strict=True):
        mean += (weight / total) * (logits(prediction) if scale == "logit" else prediction)
    return kept_impossible(probabilities(mean), largest(predictions)) if scale == "logit" else mean


def largest(predictions: Sequence[AnyArray]) -> AnyArray:
    """Of each row and class the largest of some stored predictions: 0 where all say that it is impossible."""
    return np.asarray(np.maximum.reduce([np.asarray(one, dtype=np.float64) for one in predictions]))


def as_logits(stored: AnyArray) -> Floats:
    """(n, w) finite logits of stored predictions as a LogitModel reads them; w = 1 for one probability."""
    p = np.clip(np.asarray(stored, dtype=np.float64), LEARNED_TINY, 1.0 - LEARNED_TINY)
    return np.asarray((np.log(p) - np.log1p(-p))[:, None] if p.ndim == 1 else np.log(p))


@dataclass(frozen=True, slots=True, kw_only=True)
class LogitModel:
    """A linear model on members' logits, in their order: a weight each and class, and an intercept a class.

    With one probability there is one weight a member and one intercept. Weights are not negative.
    """

    weights: tuple[tuple[float, ...], ...]
    intercept: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.weights or any(len(row) != len(self.intercept) for row in self.weights):
            raise ValueError("A learned combination needs one weight a member and class.")
        if not all(0.0 <= w < np.inf for row in self.weights for w in row) or not np.isfinite(self.intercept).all():
            raise ValueError("Weights of a learned combination are finite and not negative.")

    def apply(self, predictions: Sequence[AnyArray]) -> Floats:
        """The combination of stored predictions, all (n,) or all (n, k); rows with a NaN stay NaN."""
        if len(predictions) != len(self.weights):
            raise ValueError(f"{len(self.weights)} members were learned, and {len(predictions)} answer.")
        z = np.zeros((len(predictions[0]), len(self.intercept)))
        for stored, weights in zip(predictions, self.weights, strict=True):
            z += as_logits(stored) * np.array(weights)
        z += np.array(self.intercept)
        made = probabilities(z[:, 0] if np.ndim(predictions[0]) == 1 else z)
        return kept_impossible(made, largest(predictions))


def combined(
    predictions: Sequence[AnyArray], weights: Sequence[float], scale: Scale, learned: LogitModel | None
) -> Floats:
    """By the learned model where there is one, else the weighted mean."""
    return combine(predictions, weights, scale) if learned is None else learned.apply(predictions)
