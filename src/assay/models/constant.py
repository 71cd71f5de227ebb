"""The floor: one prediction for every row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Floats
from assay.core.contract import Cost, Effort, Facts, FoldView, Limits, ModelTraits, Seeds, Space, State, Table, Target
from assay.core.recipe import Entry, Recipe, Step
from assay.core.task import Loss
from assay.models import register
from assay.models.fitted_bases import Converged
from assay.models.matrix import weighted_quantile


@dataclass(frozen=True, slots=True, eq=False)
class FittedConstant(Converged):
    """answer: (n_classes,) probabilities, or (1,) the value."""

    answer: Floats
    is_class: bool

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        if self.is_class:
            return np.tile(self.answer, (table.n_rows, 1))
        return np.full(table.n_rows, self.answer[0])

    def effort(self, *, rounds: int | None = None) -> Effort:
        return Effort(calls=4)

    def state(self) -> State:
        return State("constant", {"is_class": self.is_class}, {"answer": self.answer})


def best_constant(target: Target, loss: Loss, quantile: float) -> Floats:
    """The constant of least loss: class shares, or (1,) the mean, median or quantile."""
    if target.is_class:
        counts = np.bincount(target.values, weights=target.weight, minlength=target.n_classes).astype(np.float64)
        return np.asarray(counts / counts.sum())
    values = np.asarray(target.values, dtype=np.float64)
    if loss in ("absolute", "quantile"):
        return np.array([weighted_quantile(values, target.weight, 0.5 if loss == "absolute" else quantile)])
    return np.array([np.average(values, weights=target.weight)])


def fit_constant(view: FoldView) -> FittedConstant:
    """The constant of a view; other families fall back to it where there is nothing to learn."""
    target = view.target("train")
    return FittedConstant(best_constant(target, view.loss, view.quantile), target.is_class)


@register("constant", also=("dummy", "mean", "baseline"))
@dataclass(frozen=True)
class Constant:
    """Class shares, or the mean (median, quantile): the floor for every model."""

    traits: ClassVar[ModelTraits] = ModelTraits(monotone=True, averages=True, called=("baseline",))

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space()

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        what = "class shares" if facts.problem.is_class else "the mean"
        return (Entry(name="constant", what=what, recipe=Recipe(model=Step.of("constant"))),)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> FittedConstant:
        return fit_constant(view)

    def cost(self, facts: Facts) -> Cost:
        return Cost(setup_seconds=0.001 + 1e-8 * facts.n_rows, bytes=16 * facts.n_rows)

    @classmethod
    def restore(cls, state: State) -> FittedConstant:
        return FittedConstant(np.asarray(state.arrays["answer"], dtype=np.float64), bool(state.meta["is_class"]))
