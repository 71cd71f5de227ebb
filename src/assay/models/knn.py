"""Nearest neighbours in the space of the main components (Cover and Hart, 1967)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Singles
from assay.core.contract import Cost, Effort, Facts, Fitted, FoldView, Limits, ModelTraits, Seeds, State, Table, Target
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Int, Space
from assay.core.task import Loss
from assay.models import register
from assay.models.constant import fit_constant
from assay.models.fitted_bases import Converged
from assay.models.linear import steps
from assay.models.matrix import filled, need_time, weighted_quantile
from assay.models.nearest_points import Nearest, NeighbourLists, main_axes

MOST_ROWS = 50_000
"""Every predicted row is compared with all training rows: 50,000 rows of 30 components take some 2 ms per row."""
MOST_COLUMNS = 2_000
CHOICES = (15, 50)
PRIOR_SHARE = 0.2
"""Without it a class absent among the neighbours had probability 0, which blends of logits cannot repair: adding
knn_learned raised the log loss of a blend by 12 % on car and by 20 % on soybean."""
LEFT_OUT = 500
"""Training rows on which k is chosen, each excluded from its own neighbours."""


@dataclass(frozen=True, eq=False)
class FittedNeighbours(Converged):
    """shift (d,), axes (d, c): map a row to components; points: (n, c) the training rows there.

    Y: (n, n_classes) class indicators or (n, 1) values; weight: (n,). softening: added to every distance, so that a
    duplicate of the row weighs much but not everything. quantile: of the neighbours' values; None: their mean. prior:
    (n_classes,) class shares times PRIOR_SHARE, added with the weight of the farthest neighbour, so that every class
    stays possible; () for numbers.
    """

    shift: Floats
    axes: Floats
    points: Singles
    Y: Floats
    weight: Floats
    k: int
    softening: float
    is_class: bool
    quantile: float | None
    prior: Floats

    @cached_property
    def _nearest(self) -> Nearest:
        return Nearest(self.points)

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        near = self._nearest.query((filled(table) - self.shift) @ self.axes, self.k)
        answer = self.answer(near)
        return answer if self.is_class else answer[:, 0]

    def answer(self, near: NeighbourLists) -> Floats:
        """(m, n_classes) or (m, 1): means weighted by 1 / (distance + softening), or quantiles."""
        if len(near.starts) == 1:
            return np.zeros((0, self.Y.shape[1]))
        pull = self.weight[near.rows] / (near.distances + self.softening)
        if self.quantile is not None:
            bounds = zip(near.starts[:-1], near.starts[1:], strict=True)
            values = self.Y[near.rows, 0]
            return np.array([[weighted_quantile(values[a:b], pull[a:b], self.quantile)] for a, b in bounds])
        totals = np.add.reduceat(pull[:, None] * self.Y[near.rows], near.starts[:-1], axis=0)
        if len(self.prior):
            totals += np.minimum.reduceat(pull, near.starts[:-1])[:, None] * self.prior
        out: Floats = (
            totals / (totals.sum(axis=1) if self.is_class else np.add.reduceat(pull, near.starts[:-1]))[:, None]
        )
        return out

    def effort(self, *, rounds: int | None = None) -> Effort:
        return Effort(
            calls=140,
            cells=4 * len(self.points) + len(self.shift) + 20 * self.k,
            products=self.points.size + self.axes.size,
        )

    def state(self) -> State:
        meta = {"k": self.k, "softening": self.softening, "is_class": self.is_class, "quantile": self.quantile}
        arrays: dict[str, AnyArray] = {
            "shift": self.shift, "axes": self.axes, "points": self.points, "weight": self.weight,
            "prior": self.prior,
        }  # fmt: skip
        Y = self.Y.argmax(axis=1).astype(np.int32) if self.is_class else self.Y[:, 0]
        return State("knn", {**meta, "n_classes": self.Y.shape[1] if self.is_class else 0}, {**arrays, "Y": Y})


def _loss(answer: Floats, Y: Floats, *, is_class: bool) -> float:
    """Mean log loss, or mean absolute error: compares neighbourhood sizes whatever the metric."""
    if is_class:
        return float(-np.log(np.maximum((answer * Y).sum(axis=1), 1e-3)).mean())
    return float(np.abs(answer - Y).mean())


def _chosen(fitted: FittedNeighbours, ks: Sequence[int], seeds: Seeds) -> FittedNeighbours:
    """The fit with the k, and its softening, of least leave-one-out loss."""
    n = len(fitted.points)
    own = np.sort(seeds.rng().choice(n, min(n, LEFT_OUT), replace=False))
    best: tuple[float, FittedNeighbours] | None = None
    for k in ks:
        near = Nearest(fitted.points).query(fitted.points[own].astype(np.float64), k, without=own)
        farthest = near.distances[near.starts[1:] - 1]
        trial = replace(fitted, k=k, softening=0.1 * float(np.median(farthest)) + 1e-6)
        loss = _loss(trial.answer(near), trial.Y[own], is_class=trial.is_class)
        if best is None or loss < best[0]:
            best = (loss, trial)
    if best is None:
        raise ValueError("No size of neighbourhood to choose from.")
    return best[1]


def _quantile(loss: Loss, quantile: float, target: Target) -> float | None:
    if target.is_class or loss not in ("absolute", "quantile"):
        return None
    return 0.5 if loss == "absolute" else quantile


def neighbours_of(view: FoldView, shift: Floats, axes: Floats, *, ks: Sequence[int], seeds: Seeds) -> FittedNeighbours:
    """Nearest neighbours of a view's training rows along these axes; k and softening are chosen by leave-one-out."""
    X, target = filled(view.table("train")).astype(np.float64), view.target("train")
    weight = np.ones(len(X)) if target.weight is None else target.weight
    fitted = FittedNeighbours(
        shift=shift, axes=axes, points=((X - shift) @ axes).astype(np.float32), Y=target.one_hot(),
        weight=weight, k=0, softening=0.0, is_class=target.is_class,
        quantile=_quantile(view.loss, view.quantile, target),
        prior=np.zeros(0),
    )  # fmt: skip
    prior = np.average(fitted.Y, axis=0, weights=weight) if target.is_class else np.zeros(0)
    return replace(_chosen(fitted, ks, seeds), prior=PRIOR_SHARE * prior)


@register("knn", also=("neighbours", "neighbors", "nearest_neighbours", "nearest_neighbors", "k_nearest_neighbors"))
@dataclass(frozen=True)
class NearestNeighbours:
    """k nearest neighbours, weighted by distance, among the first `components` main components.

    k: None chooses between 15 and 50 by leaving training rows out. Columns should be scaled by a step before.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(is_bag=True, averages=True, called=("nearest neighbour",))

    k: int | None = None
    components: int = 30

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(k=Int(3, 100, log=True), components=Int(5, 60, log=True))

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        if facts.n_rows > MOST_ROWS or facts.n_features > min(MOST_COLUMNS, max(500, facts.n_rows)):
            return ()
        recipe = Recipe(steps=steps(facts, text="text_svd"), model=Step.of("knn"))
        return (Entry(name="knn", what="nearest neighbours, 15 or 50", recipe=recipe),)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        X = filled(view.table("train")).astype(np.float64)
        if len(X) < 3 or not X.shape[1]:
            return fit_constant(view)
        if rounds is None:
            work = 2e-10 * len(X) * X.shape[1] ** 2 + 2e-10 * X.shape[1] ** 3 + 4e-8 * LEFT_OUT * len(X)
            need_time(limits, work, "Nearest neighbours")
        shift, axes = main_axes(X, self.components)
        return neighbours_of(view, shift, axes, ks=CHOICES if self.k is None else (self.k,), seeds=seeds.child("knn"))

    def cost(self, facts: Facts) -> Cost:
        """A fit, and the prediction of a quarter of the rows, which costs more."""
        n, c = facts.n_rows, self.components
        return Cost(setup_seconds=0.01 + (n / 4 + 2 * LEFT_OUT) * n * (1e-8 + 2e-10 * c), bytes=8 * n * (4 * c + 50))

    @classmethod
    def restore(cls, state: State) -> FittedNeighbours:
        meta, arrays = state.meta, state.arrays
        is_class, quantile = bool(meta["is_class"]), meta["quantile"]
        target = Target(np.asarray(arrays["Y"]), int(str(meta["n_classes"])))
        return FittedNeighbours(
            shift=np.asarray(arrays["shift"]), axes=np.asarray(arrays["axes"]), points=np.asarray(arrays["points"]),
            Y=target.one_hot(), weight=np.asarray(arrays["weight"]), k=int(str(meta["k"])),
            softening=float(str(meta["softening"])), is_class=is_class,
            quantile=None if quantile is None else float(str(quantile)),
            prior=np.asarray(arrays.get("prior", np.zeros(0))),
        )  # fmt: skip
