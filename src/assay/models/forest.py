"""Random forests (Breiman, 2001) and extra trees (Geurts et al., 2006), grown by scikit-learn, kept as flat arrays."""

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from assay.core.array import AnyArray, Floats, Index, Singles
from assay.core.clock import Deadline, Limits
from assay.core.contract import Cost, Effort, Ended, Facts, Fitted, FoldView, ModelTraits, Seeds, State, Table, Target
from assay.core.recipe import Entry, Recipe, Step
from assay.core.space import Choice, Float, Space
from assay.models import register
from assay.models._boosting import tree_steps
from assay.models.constant import fit_constant
from assay.models.forest_trees import FlatForest, flatten
from assay.models.matrix import SeenClasses, columns, need_time, spread

Family = Literal["random_forest", "extra_trees"]
TREES_A_STEP = 25
FIRST_STEP = 5
"""Trees grown before the clock is read first, which measures the cost of a tree."""
MANY_ROWS = 5_000
"""Above it, the standard forest's leaves hold at least 5 rows."""
GROWN_ROWS = 10_000
"""Up to this many rows trees may be fully grown; larger forests would reach 300 MB."""
QUANTILE_LEAF = 10
"""Least rows of a leaf whose quantile is used."""


@dataclass(frozen=True, slots=True, eq=False)
class FittedForest:
    """base: added to the trees' output (regression trees learn deviations from it, which float32 represents well)."""

    family: Family
    forest: FlatForest
    present: Index
    n_classes: int
    base: float
    ended: Ended
    rounds: ClassVar[int | None] = None

    @property
    def rounds_done(self) -> int | None:
        """Trees grown, which replay needs after a deadline."""
        return self.forest.n_trees

    def predict(self, table: Table, *, rounds: int | None = None) -> Floats:
        mean = self.forest.mean(columns(table))
        if not self.n_classes:
            return mean[:, 0] + self.base
        # float32 leaves sum to 1 only within 1e-7.
        return spread(mean / mean.sum(axis=1, keepdims=True), self.present, self.n_classes)

    def thinned(self, times: int) -> "FittedForest":
        """Every `times`-th tree, so that forests of several folds together cost as much as one."""
        return replace(self, forest=self.forest.first(-(-self.forest.n_trees // times)))

    def effort(self, *, rounds: int | None = None) -> Effort:
        return self.forest.effort() + Effort(calls=14)

    def state(self) -> State:
        meta = {"n_columns": self.forest.n_columns, "n_classes": self.n_classes, "base": self.base, "ended": self.ended}
        return State(self.family, dict(meta), {**self.forest.arrays(), "present": self.present})


def _restore(family: Family, state: State) -> FittedForest:
    meta: Any = state.meta
    forest = FlatForest.restore(state, int(meta["n_columns"]))
    present = state.arrays["present"].astype(np.int64)
    n_classes = int(meta["n_classes"])
    if (
        len(present) != (forest.values.shape[1] if n_classes else 0)
        or not ((present >= 0) & (present < n_classes)).all()
    ):
        raise ValueError("the classes of the forest do not fit its leaves")
    return FittedForest(family, forest, present, n_classes, float(meta["base"]), meta["ended"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _ForestGrowth:
    """Growth parameters of one fit."""

    family: Family
    n_trees: int
    min_leaf: int
    max_features: str | float
    threads: int
    seed: int


def _estimator(growth: _ForestGrowth, *, is_class: bool) -> Any:
    from sklearn import ensemble

    kinds = {
        ("random_forest", True): ensemble.RandomForestClassifier,
        ("random_forest", False): ensemble.RandomForestRegressor,
        ("extra_trees", True): ensemble.ExtraTreesClassifier,
        ("extra_trees", False): ensemble.ExtraTreesRegressor,
    }
    return kinds[growth.family, is_class](
        n_estimators=1, min_samples_leaf=growth.min_leaf, max_features=growth.max_features,
        n_jobs=growth.threads, random_state=growth.seed, warm_start=True,
    )  # fmt: skip


def _steps(n_trees: int) -> list[int]:
    """Number of trees after each step; the trees do not depend on the step sizes."""
    return [*range(min(FIRST_STEP, n_trees), n_trees, TREES_A_STEP), n_trees]


def _grow(
    growth: _ForestGrowth, X: Singles, y: AnyArray, weight: Floats | None, deadline: Deadline, *, is_class: bool
) -> Any:
    """The fitted estimator, with fewer trees if the next step would exceed the deadline."""
    estimator = _estimator(growth, is_class=is_class)
    started = deadline.left
    for done in _steps(growth.n_trees):
        before = estimator.n_estimators if hasattr(estimator, "estimators_") else 0
        if before:
            per_tree = (started - deadline.left) / before if np.isfinite(started) else 0.0
            if per_tree * (done - before) > deadline.left:
                break
        estimator.set_params(n_estimators=done).fit(X, y, sample_weight=weight)
    return estimator


def _leaf_quantiles(forest: FlatForest, X: Singles, target: Target, q: float) -> FlatForest:
    """The forest with each leaf's value the q-quantile of its training rows (in the spirit of Meinshausen, 2006)."""
    y = np.asarray(target.values, dtype=np.float64)
    weight = np.ones(len(y)) if target.weight is None else target.weight
    values = forest.values.copy()
    for tree in range(forest.n_trees):
        leaf = forest.leaves(X, tree)
        order = np.lexsort((y, leaf))
        total = np.cumsum(weight[order])
        first = np.flatnonzero(np.diff(leaf[order], prepend=-1))
        last = np.append(first[1:], len(y)) - 1
        before = total[first] - weight[order][first]
        at = np.searchsorted(total, before + q * (total[last] - before) * (1 - 1e-12))
        values[leaf[order][first], 0] = y[order][np.clip(at, first, last)]
    return FlatForest(
        forest.n_columns, forest.feature, forest.threshold, forest.left, values, forest.roots, forest.depths
    )


def _single(values: Floats) -> Floats:
    """Values rounded to float32, so that a stored forest predicts bit for bit the same."""
    return values.astype(np.float32).astype(np.float64)


def _fit(growth: _ForestGrowth, view: FoldView, deadline: Deadline) -> Fitted:
    X, target = columns(view.table("train")), view.target("train")
    is_class = target.is_class
    seen = (
        SeenClasses.of(target) if is_class else SeenClasses(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), 0)
    )
    if not X.shape[1] or (is_class and len(seen.present) < 2):
        return fit_constant(view)
    base = 0.0 if is_class else float(np.average(target.values, weights=target.weight))
    y: AnyArray = seen.codes if is_class else np.asarray(target.values, dtype=np.float64) - base
    estimator = _grow(growth, X, y, target.weight, deadline, is_class=is_class)
    forest = flatten([tree.tree_ for tree in estimator.estimators_], X.shape[1])
    if view.loss == "quantile" and not is_class:
        forest = _leaf_quantiles(forest, X, Target(y, 0, target.weight), view.quantile)
    forest = FlatForest(
        forest.n_columns, forest.feature, forest.threshold, forest.left, _single(forest.values),
        forest.roots, forest.depths,
    )  # fmt: skip
    ended: Ended = "rounds" if forest.n_trees == growth.n_trees else "deadline"
    return FittedForest(growth.family, forest, seen.present, target.n_classes, base, ended)


def _min_leaf(asked: int, n_rows: int, loss: str) -> int:
    return max(asked, 5 if n_rows > GROWN_ROWS else 1, QUANTILE_LEAF if loss == "quantile" else 1)


def _seconds_per_tree(facts: Facts, share: float, per_cell: float) -> float:
    """One tree: each level looks at some columns of all rows. per_cell: seconds a row, column tried and level."""
    d = max(1, facts.n_numeric + facts.n_category + 7 * facts.n_dates + 30 * facts.n_text)
    levels = np.log2(max(facts.n_rows, 4))
    return float(0.001 + per_cell * facts.n_rows * max(1.0, share * d) * levels)


def _share(max_features: str | float, facts: Facts) -> float:
    if isinstance(max_features, str):
        return float(1.0 / np.sqrt(max(1, facts.n_features)))
    return float(max_features)


def _leaf_bytes(facts: Facts, min_leaf: int, n_trees: int) -> int:
    leaves = facts.n_rows / max(1.5, 1.5 * min_leaf)
    return int(n_trees * leaves * (2 * 24 + 8 * max(1, facts.n_classes)) + 8 * facts.n_rows * facts.n_features)


def _cost(facts: Facts, n_trees: int, min_leaf: int, *, seconds_per_tree: float) -> Cost:
    leaf = _min_leaf(min_leaf, facts.n_rows, "squared")
    return Cost(
        setup_seconds=0.02, round_seconds=seconds_per_tree, rounds=n_trees, bytes=_leaf_bytes(facts, leaf, n_trees)
    )


_SPACE = Space.of(min_leaf=Choice((1, 2, 3, 5, 10)), max_features=Float(0.1, 1.0))


def _entry(name: str, what: str, model: Step, facts: Facts) -> tuple[Entry, ...]:
    if facts.n_rows > 100_000:
        return ()
    return (Entry(name=name, what=what, recipe=Recipe(steps=tree_steps(facts), model=model)),)


@dataclass(frozen=True)
class _Trees(ABC):
    """Base of both families. family, name, what: names; share: share of columns tried, for regression; per_cell:
    measured seconds per row, column tried and level, at 8,000 x 15 on one thread. grown: name of the portfolio entry
    with fully grown trees, "" for none."""

    family: ClassVar[Family]
    name: ClassVar[str]
    what: ClassVar[str]
    share: ClassVar[float]
    per_cell: ClassVar[float]
    grown: ClassVar[str] = ""
    traits: ClassVar[ModelTraits] = ModelTraits(is_bag=True, averages=True, called=("forest", "tree"))

    n_trees: int = 200
    min_leaf: int = 2
    max_features: str | float = "sqrt"

    @classmethod
    def space(cls, facts: Facts) -> Space:
        return _SPACE

    @classmethod
    def portfolio(cls, facts: Facts) -> Sequence[Entry]:
        share: str | float = "sqrt" if facts.problem.is_class else cls.share
        leaf = 5 if facts.n_rows > MANY_ROWS else 2
        step = Step.of(cls.family, n_trees=200, min_leaf=leaf, max_features=share)
        entries = _entry(cls.name, cls.what, step, facts)
        if cls.grown and facts.n_rows <= GROWN_ROWS:
            entries += _entry(cls.grown, f"{cls.what}, fully grown", step.with_params(min_leaf=1), facts)
        return entries

    def fit(self, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None = None) -> Fitted:
        """rounds: exactly so many trees."""
        return _fit_family(self, view, limits=limits, seeds=seeds, rounds=rounds)

    def cost(self, facts: Facts) -> Cost:
        tree = _seconds_per_tree(facts, _share(self.max_features, facts), self.per_cell)
        return _cost(facts, self.n_trees, self.min_leaf, seconds_per_tree=tree)

    @classmethod
    def restore(cls, state: State) -> FittedForest:
        return _restore(cls.family, state)


@register("extra_trees", also=("et", "extratrees"))
@dataclass(frozen=True)
class ExtraTrees(_Trees):
    """Extremely randomised trees. Grown by squared error for every loss of regression.

    max_features: share of the columns tried at a split, or "sqrt" of their number.
    """

    family = "extra_trees"
    name = "et"
    what = "extra trees, 200"
    grown = "et_grown"
    share = 0.5
    per_cell = 6e-9


@register("random_forest", also=("rf", "forest", "randomforest"))
@dataclass(frozen=True)
class RandomForest(_Trees):
    """Bagged trees. Grown by squared error for every loss of regression.

    max_features: share of the columns tried at a split, or "sqrt" of their number.
    """

    family = "random_forest"
    name = "rf"
    what = "random forest, 200"
    share = 0.33
    per_cell = 2e-8  # it sorts, extra trees do not


def _fit_family(model: _Trees, view: FoldView, *, limits: Limits, seeds: Seeds, rounds: int | None) -> Fitted:
    family = model.family
    deadline = limits.deadline if rounds is None else Deadline()
    if rounds is None:
        need_time(limits, FIRST_STEP * model.cost(view.facts).round_seconds, f"The first trees of {family}")
    growth = _ForestGrowth(
        family=family, n_trees=model.n_trees if rounds is None else rounds,
        min_leaf=_min_leaf(model.min_leaf, len(view.train_rows), view.loss),
        max_features=model.max_features, threads=limits.threads, seed=seeds.child(family).number,
    )  # fmt: skip
    return _fit(growth, view, deadline)
