"""Tables with and without signal, and what some real learners say of them out of fold: a search in half a second.

Five shapes (normal, t2, log-normal and Cauchy columns and errors; texts), four metrics. Each learner is fitted on five
folds as `fit` does it, rounds of the booster chosen by the other folds; blend, choice and gain are those of the
package. The truth is what the models of the folds score on rows that nobody saw.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.candidate import Blend, BlendLimits, Candidate, held
from assay.ensemble.greedy import blend
from assay.evidence.bbc import ModelChoice
from assay.evidence.evaluation_rows import Rows
from assay.metrics.choose_metric import find
from assay.ship.bagged_blend import BaggedBlend

Array = np.ndarray[Any, Any]
Draw = Callable[[np.random.Generator, Any], Array]
LAWS: dict[str, Draw] = {
    "normal": lambda rng, size: np.asarray(rng.normal(size=size)),
    "t2": lambda rng, size: np.asarray(rng.standard_t(2, size)),
    "log-normal": lambda rng, size: np.exp(1.5 * rng.normal(size=size)),
    "Cauchy": lambda rng, size: np.asarray(rng.standard_cauchy(size)),
    "texts": lambda rng, size: np.asarray(rng.normal(size=size)),
}
METRICS: dict[str, tuple[int, float | None]] = {
    "rmse": (300, None), "mae": (300, None), "roc_auc": (300, 0.3), "average_precision": (1500, 0.015),
}  # fmt: skip
"""Rows of a table, and the share of its rare class; None: the target is a number."""
FRESH, FOLDS, COLUMNS, WORDS, LONG = 4000, 5, 5, 31, 12
ROUNDS = (1, 2, 4, 8, 16, 32, 64)
BASELINE = 1
NO_TRUTH = {("t2", "rmse"), ("Cauchy", "rmse"), ("Cauchy", "mae")}
"""Errors whose mean or square has no expectation: a gain of such a score has no true value."""


@dataclass(frozen=True)
class World:
    """Columns and a target: the rows of the search, then FRESH rows that nobody sees."""

    X: Array
    y: Array
    n: int
    metric: str

    @classmethod
    def drawn(cls, shape: str, metric: str, seed: int, *, strength: float) -> "World":
        """strength: of the signal, in standard deviations beside errors of the shape's law; 0 for none."""
        (n, share), law = METRICS[metric], LAWS[shape]
        rng = np.random.default_rng([seed, list(LAWS).index(shape), list(METRICS).index(metric)])
        m = n + FRESH
        if shape == "texts":  # how often each of 31 words is in a text of twelve
            words = rng.integers(0, WORDS, (m, LONG))
            X = np.stack([(words == word).sum(axis=1) for word in range(WORDS)], axis=1).astype(np.float64)
            signal = X[:, :5].sum(axis=1)
        else:
            X = law(rng, (m, COLUMNS))
            place = np.argsort(np.argsort(X, axis=0), axis=0) / m - 0.5
            signal = 3.0 * place[:, 0] + 6.0 * place[:, 1] * place[:, 2] + 2.0 * np.abs(place[:, 3])
        z = strength * (signal - signal.mean()) / signal.std() + law(rng, m)
        return cls(X, z if share is None else (z > np.quantile(z, 1.0 - share)).astype(np.int32), n, metric)

    @property
    def is_class(self) -> bool:
        """Whether the target is one of two classes."""
        return METRICS[self.metric][1] is not None

    def rows(self, seed: int) -> Rows:
        """The truth of the search's rows and their folds, the rare class dealt evenly."""
        order = np.argsort(self.y[: self.n], kind="stable") if self.is_class else np.arange(self.n)
        folds = np.empty(self.n, dtype=np.int64)
        folds[order] = np.arange(self.n) % FOLDS
        return Rows(
            y=self.y[: self.n], problem=Binary() if self.is_class else Regression(), folds=folds, seeds=Seeds(seed)
        )  # fmt: skip


def ridge(weight: float) -> Any:
    """Least squares, or logistic regression, on standardized columns."""

    def fit(X: Array, y: Array, is_class: bool) -> Callable[[Array], Array]:
        from sklearn.linear_model import LogisticRegression, Ridge
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0 / weight) if is_class else Ridge(weight)).fit(
            X, y
        )
        return (lambda Z: model.predict_proba(Z)[:, 1]) if is_class else model.predict

    return fit


def neighbours(X: Array, y: Array, is_class: bool) -> Callable[[Array], Array]:
    """The mean of fifty neighbours by ranks of columns."""
    from sklearn.neighbors import KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer

    place = QuantileTransformer(n_quantiles=100)
    return make_pipeline(place, KNeighborsRegressor(50)).fit(X, y.astype(float)).predict  # type: ignore[no-any-return]


def forest(X: Array, y: Array, is_class: bool) -> Callable[[Array], Array]:
    """Forty trees at random."""
    from sklearn.ensemble import ExtraTreesRegressor

    model = ExtraTreesRegressor(40, min_samples_leaf=5, max_features=0.5, random_state=0)
    return model.fit(X, y.astype(float)).predict  # type: ignore[no-any-return]


LEARNERS = {2: ridge(1.0), 3: ridge(100.0), 4: neighbours, 5: forest}


@dataclass(frozen=True)
class Search:
    """What was tried: (n,) out-of-fold predictions, and (FOLDS, FRESH) those of each fold's model for fresh rows."""

    world: World
    rows: Rows
    stored: dict[int, Array]
    fresh: dict[int, Array]
    constant: Array

    @classmethod
    def run(cls, world: World, seed: int) -> "Search":
        """Every learner on every fold; the first is the booster, the baseline."""
        rows = world.rows(seed)
        stored, fresh, constant = {}, {}, np.empty(world.n)
        for fold, part in enumerate(rows.fold_rows()):
            train = np.flatnonzero(rows.folds != fold)
            constant[part] = world.y[train].mean()
        stored[BASELINE], fresh[BASELINE] = _boosted(world, rows)
        for number, fit in LEARNERS.items():
            out, beyond = np.empty(world.n), np.empty((FOLDS, FRESH))
            for fold, part in enumerate(rows.fold_rows()):
                train = np.flatnonzero(rows.folds != fold)
                told = fit(world.X[train], world.y[train], world.is_class)
                out[part], beyond[fold] = told(world.X[part]), told(world.X[world.n :])
            stored[number], fresh[number] = out, beyond
        return cls(world, rows, stored, fresh, constant)

    def choice(self) -> tuple[ModelChoice, Blend | None]:
        """What ships and what it was chosen from; no blend where the constant ships."""
        metric, target = find(self.world.metric, self.rows.problem), self._target()
        candidates = [
            Candidate(number=number, family=str(number), read=held(one), score=self._score(one))
            for number, one in self.stored.items()
        ]
        limits, seeds = BlendLimits(), Seeds(0)
        found = blend(candidates, target, metric=metric, seeds=seeds, limits=limits)
        shipped = found.predict(self.stored)
        sign = 1.0 if metric.higher_is_better else -1.0
        is_vain = sign * (self._score(shipped) - self._score(self.constant)) <= 0.0
        again = BaggedBlend.of(candidates, found, target, limits=limits, seeds=seeds)
        choice = ModelChoice(
            pool=self.stored, blend=again, instead=self.constant, shipped=self.constant if is_vain else shipped,
            baseline=self.stored[BASELINE],
        )  # fmt: skip
        return choice, None if is_vain else found

    def truth(self, chosen: Blend | None) -> float:
        """What the models of the folds score on fresh rows, in the mean: of a blend, or of the constant."""
        beyond = (
            np.array([np.full(FRESH, self.constant[part[0]]) for part in self.rows.fold_rows()])
            if chosen is None
            else np.array([chosen.predict({n: one[fold] for n, one in self.fresh.items()}) for fold in range(FOLDS)])
        )
        return self._fresh_score(beyond)

    def baseline_truth(self) -> float:
        """The same of the baseline."""
        return self._fresh_score(self.fresh[BASELINE])

    def _fresh_score(self, beyond: Array) -> float:
        metric, y = find(self.world.metric, self.rows.problem), self.world.y[self.world.n :]
        scores = np.array([metric.score(y, one) for one in beyond])
        return math.sqrt(float((scores**2).mean())) if self.world.metric == "rmse" else float(scores.mean())

    def _score(self, prediction: Array) -> float:
        from assay.evidence.interval import level

        return level(find(self.world.metric, self.rows.problem), self.rows, prediction)

    def _target(self) -> Target:
        return Target(self.rows.y, 2 if self.world.is_class else 0)


def _boosted(world: World, rows: Rows) -> tuple[Array, Array]:
    """LightGBM with the rounds that the other folds chose."""
    import lightgbm as lgb

    how = {"objective": "binary" if world.is_class else "l2", "verbosity": -1, "num_threads": 1, "learning_rate": 0.05}
    metric = find("log_loss" if world.is_class else "mse", rows.problem)
    parts, inside, beyond = rows.fold_rows(), [], []
    for fold in range(FOLDS):
        train = np.flatnonzero(rows.folds != fold)
        booster = lgb.train({**how, "num_leaves": 15}, lgb.Dataset(world.X[train], world.y[train]), ROUNDS[-1])
        inside.append([booster.predict(world.X[parts[fold]], num_iteration=n) for n in ROUNDS])
        beyond.append([booster.predict(world.X[world.n :], num_iteration=n) for n in ROUNDS])
    losses = np.array([[metric.score(world.y[parts[k]], one) for one in inside[k]] for k in range(FOLDS)])
    out, fresh = np.empty(world.n), np.empty((FOLDS, FRESH))
    for fold in range(FOLDS):
        best = int((losses.sum(axis=0) - losses[fold]).argmin())
        out[parts[fold]], fresh[fold] = inside[fold][best], beyond[fold][best]
    return out, fresh
