"""Support vector machines with a radial kernel (Cortes and Vapnik, 1995), for small tables."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index, Singles
from assay.core.contract import Cost, Effort, Facts, Fitted, FoldView, Limits, ModelTraits, Seeds, State, Table, Target
from assay.core.inner_folds import inner_folds
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Float, Space
from assay.models import register
from assay.models.constant import fit_constant
from assay.models.fitted_bases import Converged
from assay.models.linear import steps
from assay.models.matrix import SeenClasses, filled, lengths, need_time, squares, weighted_quantile
from assay.models.platt import chances_of, platt

MOST_ROWS = 3_000
MOST_CLASSES = 10
INNER_FOLDS = 3
CHUNK_ROWS = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Machines:
    """Kernel expansions over shared support vectors: f_c(x) = sum_i coef[i, c] exp(-gamma |x - s_i|²) + offset[c]."""

    support: Floats
    coef: Floats
    offset: Floats
    gamma: float
    lengths: Floats = field(init=False, repr=False)
    """(support,) squared lengths of the support vectors: for one row they cost as much as its distances."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "lengths", lengths(self.support))

    def decide(self, X: Floats) -> Floats:
        """(n, k) decision values."""
        out = np.empty((len(X), self.coef.shape[1]))
        for start in range(0, len(X), CHUNK_ROWS):
            rows = X[start : start + CHUNK_ROWS]
            kernel = np.exp(-self.gamma * squares(rows, self.support, known=self.lengths))
            out[start : start + CHUNK_ROWS] = kernel @ self.coef + self.offset
        return out

    def effort(self) -> Effort:
        """Of `decide` for one row."""
        n = len(self.support)
        return Effort(calls=16, cells=10 * n, products=self.support.size + self.coef.size)


@dataclass(frozen=True, slots=True, eq=False)
class FittedSvm(Converged):
    """sigmoids: (k, 2) slope and offset of each class's probability; regression: (1, 2) scale and shift of values."""

    machines: Machines
    sigmoids: Floats
    present: Index
    n_classes: int

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        f = self.machines.decide(filled(table).astype(np.float64))
        if self.n_classes:
            return chances_of(f, self.sigmoids, self.present, self.n_classes)
        return (f * self.sigmoids[:, 0] + self.sigmoids[:, 1])[:, 0]

    def effort(self, *, rounds: int | None = None) -> Effort:
        return self.machines.effort() + Effort(calls=12 + 14 * bool(self.n_classes))

    def state(self) -> State:
        machines = self.machines
        arrays: dict[str, AnyArray] = {
            "support": machines.support.astype(np.float32), "coef": machines.coef, "offset": machines.offset,
            "sigmoids": self.sigmoids, "present": self.present,
        }  # fmt: skip
        return State("svm", {"gamma": machines.gamma, "n_classes": self.n_classes}, arrays)


def _machines(X: Floats, goals: AnyArray, weight: Floats, C: float, *, is_class: bool) -> Machines:
    """One machine for each column of goals (n, k): one class against the others, or values."""
    from sklearn.svm import SVC, SVR

    variance = float(X.var())
    gamma = 1.0 / (X.shape[1] * variance) if variance > 0 else 1.0
    coef, offset = np.zeros((len(X), goals.shape[1])), np.zeros(goals.shape[1])
    for j, goal in enumerate(goals.T):
        if is_class and goal.all() == goal.any():
            offset[j] = 1.0 if goal.all() else -1.0  # a class without rows here, or with all of them
            continue
        machine = SVC(C=C, gamma=gamma) if is_class else SVR(C=C, gamma=gamma, epsilon=0.1)
        machine.fit(X, goal, sample_weight=weight)
        coef[machine.support_, j] = machine.dual_coef_[0]
        offset[j] = float(machine.intercept_[0])
    used = np.flatnonzero(np.abs(coef).sum(axis=1) > 0)
    return Machines(X[used], coef[used], offset, gamma)


def _fit_classes(X: Singles, target: Target, seen: SeenClasses, C: float, seeds: Seeds) -> FittedSvm:
    """Machines on all rows; sigmoids fitted on predictions of machines that did not train on the row."""
    rows = X.astype(np.float64)
    goals = seen.codes[:, None] == np.arange(len(seen.present))
    goals = goals[:, 1:] if goals.shape[1] == 2 else goals
    weight = np.ones(len(rows)) if target.weight is None else target.weight / target.weight.mean()
    f, predicted = np.zeros(goals.shape), np.zeros(len(rows), dtype=np.bool_)
    for part in inner_folds(target, INNER_FOLDS, seeds).splits():
        machines = _machines(rows[part.train], goals[part.train], weight[part.train], C, is_class=True)
        f[part.held], predicted[part.held] = machines.decide(rows[part.held]), True
    sigmoids = np.array([platt(f[predicted, j], goals[predicted, j], weight[predicted]) for j in range(goals.shape[1])])
    machines = _machines(rows, goals, weight, C, is_class=True)
    return FittedSvm(machines, sigmoids, seen.present, target.n_classes)


def _fit_values(X: Singles, target: Target, C: float, quantile: float | None) -> FittedSvm:
    """A machine for the standardised values; quantile: shifted to that quantile of its residuals."""
    y, rows = np.asarray(target.values, dtype=np.float64), X.astype(np.float64)
    weight = np.ones(len(y)) if target.weight is None else target.weight / target.weight.mean()
    centre = float(np.average(y, weights=weight))
    scale = float(np.sqrt(np.average((y - centre) ** 2, weights=weight))) or 1.0
    machines = _machines(rows, ((y - centre) / scale)[:, None], weight, C, is_class=False)
    if quantile is not None:
        residual = y - centre - scale * machines.decide(rows)[:, 0]
        centre += weighted_quantile(residual, weight, quantile)
    return FittedSvm(machines, np.array([[scale, centre]]), np.zeros(0, dtype=np.int64), 0)


@register("svm", also=("svc", "svr", "support_vector_machine"))
@dataclass(frozen=True)
class Svm:
    """A radial machine, each class against the others, with cross-fitted sigmoids; or support vector regression.

    gamma is 1 / (columns * variance). Columns should be scaled by a step before.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(called=("support vector machine",))

    C: float = 3.0

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(C=Float(0.1, 100.0, log=True))

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        if facts.n_rows > MOST_ROWS or facts.n_classes > MOST_CLASSES:
            return ()
        recipe = Recipe(steps=steps(facts, text="text_svd"), model=Step.of("svm"))
        return (Entry(name="svm", what="radial kernel", recipe=recipe),)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """Not interruptible: TimeoutError if the predicted time is not left."""
        X, target = filled(view.table("train")), view.target("train")
        seen = SeenClasses.of(target) if target.is_class else None
        if not X.shape[1] or (seen is not None and len(seen.present) < 2):
            return fit_constant(view)
        if rounds is None:
            need_time(
                limits, self._seconds(len(X), X.shape[1], len(seen.present) if seen else 0), "A support vector machine"
            )
        if seen is None:
            return _fit_values(X, target, self.C, view.quantile if view.loss == "quantile" else None)
        return _fit_classes(X, target, seen, self.C, seeds.child("svm"))

    def _seconds(self, n: int, d: int, n_classes: int) -> float:
        # A class against many is quicker to divide than two halves: four classes cost 1.5 times what two do [measured].
        machines = 2.3 * (1.0 + 0.25 * max(0, n_classes - 2)) if n_classes else 1.0
        return 0.005 + machines * (1e-9 * d + 1e-8) * float(n) ** 2  # measured at 2,400 x 30

    def cost(self, facts: Facts) -> Cost:
        d = 4 + 2 * facts.n_numeric + 6 * facts.n_category + 8 * facts.n_dates + 30 * facts.n_text
        n = facts.n_rows
        return Cost(setup_seconds=self._seconds(n, d, facts.n_classes), bytes=200_000_000 + 16 * n * d)

    @classmethod
    def restore(cls, state: State) -> FittedSvm:
        arrays, meta = state.arrays, state.meta
        machines = Machines(
            arrays["support"].astype(np.float64), np.asarray(arrays["coef"]), np.asarray(arrays["offset"]),
            float(str(meta["gamma"])),
        )  # fmt: skip
        present = np.asarray(arrays["present"])
        return FittedSvm(machines, np.asarray(arrays["sigmoids"]), present, int(str(meta["n_classes"])))
