"""Labels as a law and a share of wrong ones: softmax regression whose classes are given wrongly now and then.

P(given j) = Σ_i P(true i) T_ij, with T_ii = 1 - e_i and the rest of a row spread over the other classes: the likelihood
of mislabelled data (Copas, 1988; forward correction, Patrini et al., 2017). Where e is zero it is softmax regression,
so that the two can be compared on rows held out.
"""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats, Index

PENALTY = 1.0
"""Ridge weight of the standardised axes, in rows."""
LARGEST_SHARE = 0.45
"""Of wrong labels in a class: above a half the classes would change names."""
START = 0.03
STEPS = 200
LEAST = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WrongLabelFit:
    """weights: (a, k) of the axes; wrong: (k,) share of the rows of each true class that are given another label."""

    weights: Floats
    wrong: Floats

    def truth(self, axes: Floats) -> Floats:
        """(n, k) probabilities of the true class."""
        return _softmax(axes @ self.weights)

    def given(self, axes: Floats, y: Index) -> tuple[Floats, Floats]:
        """(n,) probability of the given label, and (n,) the chance that it is the true one."""
        joint = self.truth(axes) * _spread(self.wrong)[:, y].T
        chance = np.maximum(joint.sum(axis=1), LEAST)
        return chance, joint[np.arange(len(y)), y] / chance


def wrong_label_fit(axes: Floats, y: Index, n_classes: int, *, start: WrongLabelFit | None = None) -> WrongLabelFit:
    """By maximum penalised likelihood from the given start; without one, plain softmax regression (no wrong labels).

    axes: (n, a), the first of them 1; y: (n,) class codes. Cost: some hundred products of axes and weights.
    """
    from scipy.optimize import minimize

    size = axes.shape[1] * n_classes
    with_wrong = start is not None
    first = np.zeros(size) if start is None else start.weights.ravel()
    if with_wrong:
        first = np.concatenate([first, np.full(n_classes, _unbounded(START))])
    found = minimize(
        _negative_likelihood, first, args=(axes, y, n_classes), jac=True, method="L-BFGS-B", options={"maxiter": STEPS}
    )
    wrong = _bounded(found.x[size:]) if with_wrong else np.zeros(n_classes)
    return WrongLabelFit(weights=found.x[:size].reshape(-1, n_classes), wrong=wrong)


def _negative_likelihood(values: Floats, axes: Floats, y: Index, n_classes: int) -> tuple[float, Floats]:
    """The penalised negative log likelihood and its gradient; values: weights, then a number per class or nothing."""
    size = axes.shape[1] * n_classes
    weights = values[:size].reshape(-1, n_classes)
    with_wrong = len(values) > size
    wrong = _bounded(values[size:]) if with_wrong else np.zeros(n_classes)
    truth = _softmax(axes @ weights)
    joint = truth * _spread(wrong)[:, y].T
    chance = np.maximum(joint.sum(axis=1), LEAST)
    shares = joint / chance[:, None]
    slope = PENALTY * weights - axes.T @ (shares - truth)
    slope[0] -= PENALTY * weights[0]
    loss = -float(np.log(chance).sum()) + 0.5 * PENALTY * float((weights[1:] ** 2).sum())
    if not with_wrong:
        return loss, slope.ravel()
    right = shares[np.arange(len(y)), y]
    kept = np.bincount(y, weights=right, minlength=n_classes)
    lost = shares.sum(axis=0) - kept
    moved = -(lost / wrong - kept / (1.0 - wrong)) * wrong * (1.0 - wrong / LARGEST_SHARE)
    return loss, np.concatenate([slope.ravel(), moved])


def _softmax(scores: Floats) -> Floats:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def _spread(wrong: Floats) -> Floats:
    """(k, k) chance of each given label by the true one."""
    k = len(wrong)
    out = np.repeat(wrong[:, None] / max(k - 1, 1), k, axis=1)
    np.fill_diagonal(out, 1.0 - wrong)
    return out


def _bounded(values: Floats) -> Floats:
    return np.asarray(LARGEST_SHARE / (1.0 + np.exp(-np.clip(values, -20.0, 20.0))))


def _unbounded(share: float) -> float:
    return float(np.log(share / (LARGEST_SHARE - share)))
