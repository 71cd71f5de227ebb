"""Platt scaling: class probabilities from real-valued scores, one sigmoid per class, fitted on held-out rows."""

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.models.matrix import sigmoid, spread, two_columns


def platt(f: Floats, positive: Bools, weight: Floats) -> Floats:
    """(slope, offset) of the sigmoid of least log loss, by Newton's method (Platt, 1999; Lin, Lin and Weng, 2007).

    The targets are shrunk by one row of each class, so that separable data keep a finite slope.
    """
    n_positive, n_negative = float(weight[positive].sum()), float(weight[~positive].sum())
    goal = np.where(positive, (n_positive + 1) / (n_positive + 2), 1 / (n_negative + 2))
    design = np.column_stack([f, np.ones(len(f))])
    at = np.array([0.0, np.log((n_positive + 1) / (n_negative + 1))])

    def loss(theta: Floats) -> float:
        z = design @ theta
        return float(weight @ (np.logaddexp(0.0, z) - goal * z))

    for _ in range(50):
        chance = sigmoid(design @ at)
        gradient = design.T @ (weight * (chance - goal))
        curvature = weight * chance * (1.0 - chance)
        move = np.linalg.solve(design.T @ (design * curvature[:, None]) + 1e-10 * np.eye(2), gradient)
        step, before = 1.0, loss(at)
        while step > 1e-6 and loss(at - step * move) > before - 1e-4 * step * float(gradient @ move):
            step /= 2
        at = at - step * move
        if float(np.abs(step * move).max()) < 1e-8:
            break
    return at


def chances_of(scores: Floats, sigmoids: Floats, present: Index, n_classes: int) -> Floats:
    """(n, n_classes) of (n, k) scores and (k, 2) slopes and offsets; k = 1 where two are present: of the second."""
    chances = sigmoid(scores * sigmoids[:, 0] + sigmoids[:, 1])
    if chances.shape[1] == 1:
        return spread(two_columns(chances[:, 0]), present, n_classes)
    chances = np.maximum(chances, 1e-12)
    return spread(chances / chances.sum(axis=1, keepdims=True), present, n_classes)
