"""Search for rules: one at a time on the residuals, with all weights refitted after each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import Bools, Floats, Singles
from assay.core.clock import Deadline
from assay.core.target import Target
from assay.models.coding import Path, paths
from assay.models.forest_trees import flatten
from assay.models.matrix import sigmoid, softmax

SHORTER = 0.95
"""Share of its gain that each further condition costs a rule, so that shorter rules win near ties."""
RIDGE = 1.0
"""Ridge penalty of the weights, in rows."""


def holds(rule: Path, X: Singles) -> Bools:
    """(n,) whether all conditions hold."""
    out: Bools = np.ones(len(X), dtype=np.bool_)
    for condition in rule:
        out &= condition.holds(X)
    return out


@dataclass(frozen=True, slots=True, eq=False)
class RuleData:
    """X: coded rows; Y: (n, k) indicators of the classes (k = 1 of two: of the second), or standardised values;
    weight: (n,) mean 1.
    """

    X: Singles
    Y: Floats
    weight: Floats
    is_class: bool

    @classmethod
    def of(cls, X: Singles, target: Target, centre: float, scale: float) -> "RuleData":
        """centre, scale: standardise values; unused for classes."""
        weight = np.ones(len(target)) if target.weight is None else target.weight / target.weight.mean()
        Y = target.one_hot()
        if not target.is_class:
            return cls(X, (Y - centre) / scale, weight, is_class=False)
        return cls(X, Y[:, 1:] if target.n_classes == 2 else Y, weight, is_class=True)

    def expected(self, scores: Floats) -> Floats:
        """(n, k) expectation of Y given the scores."""
        if not self.is_class:
            return scores
        return sigmoid(scores) if scores.shape[1] == 1 else softmax(scores)

    def loss(self, scores: Floats) -> float:
        """Weighted mean log loss or squared error."""
        if not self.is_class:
            losses = ((self.Y - scores) ** 2)[:, 0]
        elif scores.shape[1] == 1:
            losses = np.logaddexp(0.0, scores[:, 0]) - self.Y[:, 0] * scores[:, 0]
        else:
            losses = -np.log(np.maximum((softmax(scores) * self.Y).sum(axis=1), 1e-12))
        return float(np.average(losses, weights=self.weight))


def fitted_weights(data: RuleData, Z: Floats, start: Floats) -> Floats:
    """(r, k) ridge weights of the columns of Z, the last being constant 1 and free of the penalty.

    Newton's steps; for several classes with the fixed bound of Böhning (1992) in place of the Hessian, which lets the
    loss only fall.
    """
    penalty = np.full(Z.shape[1], RIDGE)
    penalty[-1] = 1e-9
    k = data.Y.shape[1]
    curvature = 1.0 if not data.is_class else 0.5
    fixed = curvature * (Z * data.weight[:, None]).T @ Z + np.diag(penalty)
    weights = start.copy()
    for _ in range(1 if not data.is_class else 25 if k == 1 else 60):
        expected = data.expected(Z @ weights)
        gradient = Z.T @ (data.weight[:, None] * (data.Y - expected)) - penalty[:, None] * weights
        hessian = fixed
        if data.is_class and k == 1:
            certainty = data.weight * np.maximum(expected[:, 0] * (1.0 - expected[:, 0]), 0.02)
            hessian = (Z * certainty[:, None]).T @ Z + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Greedy search. conditions: most conditions of a rule; min_rows: least rows it must cover and must leave out."""

    n_rules: int
    conditions: int
    min_rows: int
    seed: int

    def rules(self, data: RuleData, deadline: Deadline) -> tuple[list[Path], list[Floats]]:
        """The rules in the order they were found, and the weights of the first i of them, i = 0, 1, …"""
        Z = np.ones((len(data.X), 1))
        weights = [fitted_weights(data, Z, np.zeros((1, data.Y.shape[1])))]
        found: list[Path] = []
        while len(found) < self.n_rules and not deadline.is_over:
            rule = self._next(data, data.Y - data.expected(Z @ weights[-1]), found)
            if rule is None:
                break
            found.append(rule)
            Z = np.column_stack([Z[:, :-1], holds(rule, data.X), np.ones(len(Z))])
            start = np.insert(weights[-1], len(found) - 1, 0.0, axis=0)
            weights.append(fitted_weights(data, Z, start))
        return found, weights

    def _next(self, data: RuleData, unexplained: Floats, found: Sequence[Path]) -> Path | None:
        """The branch of a small tree with the largest residual sum relative to its rows; None if none is new."""
        from sklearn.tree import DecisionTreeRegressor

        learner = DecisionTreeRegressor(
            max_depth=self.conditions, min_samples_leaf=self.min_rows, random_state=self.seed
        )
        tree = learner.fit(data.X, unexplained, sample_weight=data.weight).tree_
        known, best = set(found), None
        most = 1e-9 * len(data.X)
        for rule in list(paths(flatten([tree], data.X.shape[1])).values())[1:]:
            inside = data.weight * holds(rule, data.X)
            gain = ((inside @ unexplained) ** 2).sum() / (inside.sum() + RIDGE) * SHORTER ** (len(rule) - 1)
            if gain > most and rule not in known:
                most, best = gain, rule
        return best
