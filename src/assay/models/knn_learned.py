"""Nearest neighbours under a learned metric: distance counts the directions the target depends on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Floats
from assay.core.contract import Cost, Facts, Fitted, FoldView, Limits, ModelTraits, Seeds, State, Target
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Float, Int, Space
from assay.models import register
from assay.models.constant import fit_constant
from assay.models.knn import CHOICES, LEFT_OUT, MOST_ROWS, FittedNeighbours, NearestNeighbours, neighbours_of
from assay.models.linear import steps
from assay.models.matrix import filled, need_time, squares

TAUGHT_BY = 800
"""Training rows the metric is learned from; it has few parameters, and its cost is cubic."""
MOST_COLUMNS = 500


def _teachers(X: Floats, target: Target, seeds: Seeds) -> tuple[Floats, Floats, Floats]:
    """(m, d) rows to learn from, (m, k) their targets, each column standardised, and (m,) weights of mean 1."""
    rows = np.sort(seeds.rng().permutation(len(X))[:TAUGHT_BY])
    Y = target.one_hot()[rows]
    weight = np.ones(len(rows)) if target.weight is None else target.weight[rows] / target.weight[rows].mean()
    Y = Y - np.average(Y, axis=0, weights=weight)
    scale = np.sqrt(np.average(Y**2, axis=0, weights=weight))
    return X[rows], Y / np.where(scale > 0, scale, 1.0), weight


def gradient_axes(X: Floats, Y: Floats, weight: Floats, *, ridge: float, components: int) -> Floats:
    """(d, c) axes, each as long as the target depends on it: the square root of the mean outer product of the gradients
    of a kernel ridge regression (the first step of Radhakrishnan et al., 2024, recursive feature machines).

    The kernel is exp(-distance / the median distance). Cost: m³ + m² d + d³.
    """
    distance = np.sqrt(np.maximum(squares(X, X), 1e-12))
    np.fill_diagonal(distance, 0.0)
    width = float(np.median(distance)) or 1.0
    kernel = np.exp(-distance / width)
    coefficients = np.linalg.solve(kernel + np.diag(ridge / weight), Y)
    np.fill_diagonal(distance, np.inf)  # the kernel has no gradient at its own point
    slopes = -kernel / (np.maximum(distance, 1e-6 * width) * width)
    outer = np.zeros((X.shape[1], X.shape[1]))
    for k in range(Y.shape[1]):
        pull = slopes * coefficients[:, k]
        gradients = pull.sum(axis=1)[:, None] * X - pull @ X
        outer += (gradients * weight[:, None]).T @ gradients
    values, vectors = np.linalg.eigh(outer)
    top = np.argsort(-values, kind="stable")[:components]
    lengths = np.sqrt(np.maximum(values[top], 0.0))
    if not lengths.max(initial=0.0):
        return np.ascontiguousarray(vectors[:, top])
    return np.ascontiguousarray(vectors[:, top] * (lengths / lengths.max()))


@register("knn_learned")
@dataclass(frozen=True)
class LearnedNeighbours:
    """As knn, along the axes of gradient_axes. ridge: regularisation of the regression behind them, relative to the
    kernel.

    Its fitted models and states are those of knn. Columns should be scaled by a step before.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(is_bag=True, called=("nearest neighbour",))

    k: int | None = None
    components: int = 30
    ridge: float = 0.1

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(k=Int(3, 100, log=True), components=Int(3, 60, log=True), ridge=Float(0.01, 3.0, log=True))

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        if facts.n_rows > MOST_ROWS or facts.n_features > min(MOST_COLUMNS, max(100, facts.n_rows)):
            return ()
        recipe = Recipe(steps=steps(facts, text="text_svd"), model=Step.of("knn_learned"))
        return (Entry(name="knn_learned", what="nearest neighbours, learned distance", recipe=recipe),)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        X, target = filled(view.table("train")).astype(np.float64), view.target("train")
        if len(X) < 3 or not X.shape[1]:
            return fit_constant(view)
        if rounds is None:
            need_time(limits, _work(len(X), X.shape[1], target.n_classes), "Nearest neighbours")
        shift = X.mean(axis=0)
        rows, Y, weight = _teachers(X - shift, target, seeds.child("teachers"))
        axes = gradient_axes(rows, Y, weight, ridge=self.ridge, components=self.components)
        return neighbours_of(view, shift, axes, ks=CHOICES if self.k is None else (self.k,), seeds=seeds.child("knn"))

    def cost(self, facts: Facts) -> Cost:
        """As knn, and the metric."""
        plain = NearestNeighbours(components=self.components).cost(facts)
        d = 4 + 2 * facts.n_numeric + 6 * facts.n_category + 30 * facts.n_text
        seconds = plain.setup_seconds + _work(facts.n_rows, d, facts.n_classes)
        return Cost(setup_seconds=seconds, bytes=plain.bytes + 60 * TAUGHT_BY**2)

    @classmethod
    def restore(cls, state: State) -> FittedNeighbours:
        return NearestNeighbours.restore(state)


def _work(n_rows: int, n_columns: int, n_classes: int) -> float:
    """Seconds of a fit, at some 5e9 multiplications per second."""
    m = min(n_rows, TAUGHT_BY)
    metric = m**2 * (m / 3 + 40 + n_columns * (1 + 2 * max(1, n_classes))) + 10.0 * n_columns**3
    return float(2e-10 * metric + 4e-8 * LEFT_OUT * n_rows)
