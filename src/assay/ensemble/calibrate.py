"""Probabilities that mean what they say: a temperature if it earns its place, and a share of the prior."""

from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.prediction import scored_rows
from assay.core.target import Target
from assay.ensemble.combine import logits, probabilities

NEWTON_STEPS = 50
SHARPEST, FLATTEST = 20.0, 0.05
"""Bounds of the inverse temperature; beyond them predictions would be all but certain, or all but the prior."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Logits are divided by `temperature`, then p becomes (1 − epsilon) p + epsilon prior.

    prior: share of each class, () for none; epsilon 0 and temperature 1 change nothing.
    """

    temperature: float = 1.0
    epsilon: float = 0.0
    prior: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.temperature > 0 or not 0 <= self.epsilon < 1:
            raise ValueError(f"A temperature is positive and epsilon in [0, 1), unlike {self}.")
        if self.epsilon > 0 and not np.isclose(sum(self.prior), 1.0):
            raise ValueError("The prior's shares sum to 1.")

    def apply(self, stored: AnyArray) -> Floats:
        """Calibrated probabilities, (n,) of the positive class or (n, k), from stored ones. NaN rows stay NaN."""
        p = np.asarray(stored, dtype=np.float64)
        if self.temperature != 1.0:
            p = probabilities(logits(p) / self.temperature)
        if self.epsilon == 0.0:
            return p
        prior = self.prior[1] if p.ndim == 1 else np.array(self.prior)
        return np.asarray((1.0 - self.epsilon) * p + self.epsilon * prior)


def calibrate(stored: AnyArray, target: Target, folds: Index) -> Calibration:
    """The temperature of out-of-fold probabilities, and the mix with the prior.

    stored: (n,) or (n, k), NaN rows are left out; target: their classes; folds: (n,) fold numbers. Each fold is judged
    with the temperature fitted on the others; the one of all rows is kept only if log loss falls by more than one
    standard error (Guo et al., 2017, for the method). With a single fold no temperature is fitted.
    """
    rows = np.flatnonzero(scored_rows(stored))
    scored, truth = logits(stored[rows]), target.take(rows)
    plain = mix_prior(target)
    if len(np.unique(folds[rows])) < 2:
        return plain
    gain = _cross_fitted_gain(_two_columns(scored), truth, folds[rows])
    weight = np.ones(len(gain)) if truth.weight is None else truth.weight
    mean = float(np.average(gain, weights=weight))
    error = float(np.sqrt(np.sum((weight * (gain - mean)) ** 2)) / weight.sum())
    if mean <= error:
        return plain
    return replace(plain, temperature=1.0 / _inverse_temperature(_two_columns(scored), truth))


def mix_prior(target: Target) -> Calibration:
    """A share 1 / (n + k) of the prior, so that no class ever gets probability 0; the prior counts each class once
    more than seen, so that a class without rows has a share too.
    """
    weight = np.ones(len(target)) if target.weight is None else target.weight / target.weight.mean()
    counts = np.bincount(target.values, weights=weight, minlength=target.n_classes) + 1.0
    n_and_k = len(target) + target.n_classes
    return Calibration(epsilon=1.0 / n_and_k, prior=tuple(float(c) for c in counts / counts.sum()))


def _two_columns(scored: Floats) -> Floats:
    """Log-odds (n,) as the two logits (n, 2) of a softmax."""
    return scored if scored.ndim == 2 else np.column_stack([np.zeros(len(scored)), scored])


def _cross_fitted_gain(scored: Floats, target: Target, folds: Index) -> Floats:
    """(n,) fall of each row's log loss at the temperature that the other folds chose."""
    gain = np.zeros(len(scored))
    for fold in np.unique(folds):
        inside: Bools = folds == fold
        beta = _inverse_temperature(scored[~inside], target.take(np.flatnonzero(~inside)))
        y = target.values[inside]
        gain[inside] = _log_loss(scored[inside], y) - _log_loss(beta * scored[inside], y)
    return gain


def _softmax(scored: Floats) -> Floats:
    raised = np.exp(scored - scored.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _log_loss(scored: Floats, y: Index) -> Floats:
    top = scored.max(axis=1)
    return np.asarray(np.log(np.exp(scored - top[:, None]).sum(axis=1)) + top - scored[np.arange(len(y)), y])


def _inverse_temperature(scored: Floats, target: Target) -> float:
    """β that minimises the log loss of softmax(β logits): convex in β, so a safeguarded Newton search finds it.

    The derivative is the mean of E_p[z] − z_y, the second one the mean variance of z under p.
    """
    weight = target.weight if target.weight is not None else np.ones(len(scored))
    true = scored[np.arange(len(scored)), target.values]
    low, high, beta = FLATTEST, SHARPEST, 1.0
    for _ in range(NEWTON_STEPS):
        p = _softmax(beta * scored)
        mean = (p * scored).sum(axis=1)
        slope = float(np.average(mean - true, weights=weight))
        curve = float(np.average((p * scored**2).sum(axis=1) - mean**2, weights=weight))
        low, high = (low, beta) if slope > 0 else (beta, high)
        step = beta - slope / curve if curve > 0 else np.nan
        new = step if low < step < high else 0.5 * (low + high)
        if abs(new - beta) < 1e-9 * beta:
            break
        beta = new
    return float(beta)
