"""Gaussian processes (Rasmussen and Williams, 2006): smooth functions of few columns, learned from few rows.

A linear and a radial part whose lengths, strengths and noise maximise the likelihood. Classes are learned as values;
probabilities come from sigmoids of the leave-one-out predictions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, get_args

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index, JsonObject, Singles
from assay.core.clock import Deadline, Limits
from assay.core.contract import Cost, Effort, Ended, Facts, Fitted, FoldView, ModelTraits, Seeds, State, Table, Target
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Choice, Int, Space
from assay.models import register
from assay.models.constant import fit_constant
from assay.models.fitted_bases import AllRounds
from assay.models.gp_learn import (
    CHUNK_ROWS,
    KERNELS,
    LEARN_ROWS,
    LearnedKernel,
    ProcessRows,
    Solved,
    curve,
    learn,
    solve,
)
from assay.models.linear import steps
from assay.models.matrix import SeenClasses, filled, lengths, need_time, squares, weighted_quantile
from assay.models.platt import chances_of, platt

MOST_ROWS, MOST_COLUMNS, MOST_CLASSES = 20_000, 300, 30
"""Limits of tables for which it is proposed by default."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FittedProcess(AllRounds):
    """f_c(x) = sum_i coef[i, c] kernel(|(x - points_i) * inverse|²) + x·slope[:, c].

    points: (m, d); coef: (m, k); slope: (d, k). scaling: (k, 2) slope and offset of each class's sigmoid, or (1, 2)
    scale and shift of values. rounds: optimiser steps; `predict` always uses all of them.
    """

    kernel: str
    inverse: Floats
    points: Singles
    coef: Floats
    slope: Floats
    scaling: Floats
    present: Index
    n_classes: int
    rounds: int
    ended: Ended
    scaled: Floats = field(init=False, repr=False)
    lengths: Floats = field(init=False, repr=False)
    """points * inverse and their squared lengths, computed once: for one row they cost more than all else."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "scaled", self.points * self.inverse)
        object.__setattr__(self, "lengths", lengths(self.scaled))

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        X = filled(table).astype(np.float64)
        scores = X @ self.slope
        for start in range(0, len(X), CHUNK_ROWS):
            rows = slice(start, start + CHUNK_ROWS)
            scores[rows] += (
                curve(squares(X[rows] * self.inverse, self.scaled, known=self.lengths), self.kernel) @ self.coef
            )
        if self.n_classes:
            return chances_of(scores, self.scaling, self.present, self.n_classes)
        return np.asarray(scores[:, 0] * self.scaling[0, 0] + self.scaling[0, 1])

    def effort(self, *, rounds: int | None = None) -> Effort:
        return Effort(
            calls=35 + 10 * bool(self.n_classes), cells=25 * len(self.points), products=1.5 * self.points.size
        )

    def state(self) -> State:
        meta: JsonObject = {
            "format": 1, "kernel": self.kernel, "n_classes": self.n_classes, "steps": self.rounds, "ended": self.ended,
        }  # fmt: skip
        arrays: dict[str, AnyArray] = {
            "inverse": self.inverse, "points": self.points, "coef": self.coef, "slope": self.slope,
            "scaling": self.scaling, "present": self.present,
        }  # fmt: skip
        return State("gp", meta, arrays)


@register("gp", also=("gaussian_process",))
@dataclass(frozen=True)
class GaussianProcess:
    """A linear and a radial kernel, with one length per column where that predicts better than a common one.

    points: inducing rows; with no more rows than these the process is exact. Columns should be scaled by a step before.
    Absolute and quantile loss: the mean, moved to that quantile of the left-out residuals.
    """

    traits: ClassVar[ModelTraits] = ModelTraits(called=("gaussian process",))

    kernel: str = "matern"
    points: int = 1_000

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return Space.of(kernel=Choice(KERNELS), points=Int(300, 2_000, log=True))

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        if facts.n_rows > MOST_ROWS or facts.n_features > MOST_COLUMNS or facts.n_classes > MOST_CLASSES:
            return ()
        recipe = Recipe(steps=steps(facts, text="text_svd"), model=Step.of("gp"))
        return (Entry(name="gp", what="Gaussian process", recipe=recipe),)

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """rounds: at most this many optimiser steps, without a clock. TimeoutError where the time left does not suffice
        for the final solve."""
        X, target = filled(view.table("train")), view.target("train")
        seen = SeenClasses.of(target) if target.is_class else None
        if not X.shape[1] or (seen is not None and len(seen.present) < 2):
            return fit_constant(view)
        goals = _goals(target, seen)
        solving = self._solve_seconds(len(X), X.shape[1])
        if rounds is None:
            need_time(limits, solving, "A Gaussian process")
        rng = seeds.child("gp").rng()
        kinds = np.zeros(len(X), dtype=np.int64) if seen is None else seen.codes
        rows = ProcessRows(X.astype(np.float64), (goals.Y - goals.centre) / goals.scale, goals.weight, kinds)
        deadline = limits.deadline.earlier(solving) if rounds is None else Deadline()
        learned = learn(rows, kernel=self.kernel, steps=rounds, deadline=deadline, rng=rng)
        solved = solve(learned.shape, rows, np.sort(rng.permutation(len(X))[: self.points]))
        return _fitted(learned, solved, goals, target, seen, _moved_to(view))

    def _solve_seconds(self, n: int, d: int) -> float:
        m = min(n, self.points)
        return 0.01 + 1.2e-10 * n * m * (2 * m + 30 + d)  # measured at 600 x 12 to 20,000 x 30

    def cost(self, facts: Facts) -> Cost:
        d = 4 + 2 * facts.n_numeric + 6 * facts.n_category + 8 * facts.n_dates + 30 * facts.n_text
        n, learners = facts.n_rows, min(LEARN_ROWS, facts.n_rows // 2)
        step = 5e-4 + 1.2e-10 * learners**2 * (learners + 100 + d)  # measured with 200 and 400 rows
        return Cost(
            setup_seconds=self._solve_seconds(n, d), round_seconds=step, rounds=60,
            bytes=100_000_000 + 16 * n * d + 24 * self.points * (self.points + CHUNK_ROWS),
        )  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> FittedProcess:
        """ValueError unless the arrays fit each other."""
        meta: Any = state.meta
        if meta.get("format") != 1 or meta["ended"] not in get_args(Ended) or meta["kernel"] not in KERNELS:
            raise ValueError(f"a gp of format {meta.get('format')!r} with the kernel {meta.get('kernel')!r} is unknown")
        arrays = {name: np.asarray(array) for name, array in state.arrays.items()}
        points, coef, slope, inverse = (arrays[name] for name in ("points", "coef", "slope", "inverse"))
        scaling, (m, d) = arrays["scaling"], points.shape
        if inverse.shape != (d,) or slope.shape != (d, coef.shape[1]) or len(coef) != m or len(scaling) != len(slope.T):
            raise ValueError("the points, lengths and slopes of a gp do not fit together")
        return FittedProcess(
            kernel=str(meta["kernel"]), inverse=inverse, points=points, coef=coef, slope=slope, scaling=scaling,
            present=arrays["present"], n_classes=int(meta["n_classes"]), rounds=int(meta["steps"]), ended=meta["ended"],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Goals:
    """Y: (n, k) values, or an indicator of each class (of two: the second); weight: (n,) of mean 1."""

    Y: Floats
    weight: Floats
    centre: Floats
    scale: float


def _goals(target: Target, seen: SeenClasses | None) -> _Goals:
    """One scale for all columns: a rare class should shape the kernel less than frequent ones."""
    weight = np.ones(len(target)) if target.weight is None else target.weight / target.weight.mean()
    if seen is None:
        Y = np.asarray(target.values, dtype=np.float64)[:, None]
    else:
        Y = (seen.codes[:, None] == np.arange(len(seen.present))).astype(np.float64)
        Y = Y[:, 1:] if Y.shape[1] == 2 else Y
    centre = np.average(Y, axis=0, weights=weight)
    scale = float(np.sqrt(np.average((Y - centre) ** 2, axis=0, weights=weight).mean())) or 1.0
    return _Goals(Y, weight, centre, scale)


def _moved_to(view: FoldView) -> float | None:
    if view.loss == "absolute":
        return 0.5
    return view.quantile if view.loss == "quantile" else None


def _fitted(
    learned: LearnedKernel,
    solved: Solved,
    goals: _Goals,
    target: Target,
    seen: SeenClasses | None,
    quantile: float | None,
) -> FittedProcess:
    shape, points = learned.shape, solved.points
    if seen is None:
        shift = float(goals.centre[0])
        if quantile is not None:
            left_out = shift + goals.scale * solved.left_out[:, 0]
            shift += weighted_quantile(goals.Y[:, 0] - left_out, goals.weight, quantile)
        scaling = np.array([[goals.scale, shift]])
    else:
        columns = range(goals.Y.shape[1])
        scaling = np.array([_sigmoid(solved.left_out[:, j], goals.Y[:, j] > 0, goals.weight) for j in columns])
    return FittedProcess(
        kernel=shape.kernel, inverse=shape.inverse, points=points.astype(np.float32),
        coef=shape.radial * solved.coef, slope=shape.linear / points.shape[1] * (points.T @ solved.coef),
        scaling=scaling, present=np.zeros(0, dtype=np.int64) if seen is None else seen.present,
        n_classes=target.n_classes, rounds=learned.steps, ended=learned.ended,
    )  # fmt: skip


def _sigmoid(left_out: Floats, positive: Bools, weight: Floats) -> Floats:
    """(slope, offset); where nothing is learned, leave-one-out predictions fall back to the class share."""
    slope, offset = platt(left_out, positive, weight)
    return np.array([slope, offset]) if slope > 0 else platt(np.zeros(len(left_out)), positive, weight)
