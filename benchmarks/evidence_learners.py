"""Tables as worlds whose other rows are the truth, recipes on them, and two learners: small trees and a line."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from assay.core.contract import Metric
from assay.core.problem import Problem
from assay.core.problem import registry as problems
from assay.metrics.choose_metric import choose
from tables import manifest

N_ROWS = 1000
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What an experiment changes. made: columns made of two others, (kind, a, b); dropped: of the original ones."""

    params: tuple[tuple[str, float], ...]
    made: tuple[tuple[str, int, int], ...] = ()
    dropped: tuple[int, ...] = ()

    def with_param(self, name: str, value: float) -> "Recipe":
        return replace(self, params=tuple(sorted({**dict(self.params), name: value}.items())))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The rows of a lab and the others. X: (n, p) numbers; numeric: the columns that pairs are made of."""

    X: Array
    y: Array
    others: Array
    y_others: Array
    numeric: tuple[int, ...]
    problem: Problem
    metric: Metric

    def columns(self, recipe: Recipe, *, others: bool = False) -> Array:
        """The lab's rows or the others as the recipe wants them, standardised by the lab's and cut at 5 of these."""
        own = _made(self.X, recipe)
        mean, spread = own.mean(axis=0), own.std(axis=0)
        spread[spread == 0.0] = 1.0
        wanted = _made(self.others, recipe) if others else own
        return np.asarray(np.clip((wanted - mean) / spread, -5.0, 5.0))


def _made(X: Array, recipe: Recipe) -> Array:
    kept = np.delete(X, list(recipe.dropped), axis=1)
    extra = [PAIRS[kind](X[:, a], X[:, b]) for kind, a, b in recipe.made]
    return np.column_stack([kept, *extra]) if extra else kept


def _ratio(a: Array, b: Array) -> Array:
    return np.clip(a / (np.abs(b) + 1.0), -1e6, 1e6)


def _log(a: Array, b: Array) -> Array:
    return np.sign(a) * np.log1p(np.abs(a))


def _square(a: Array, b: Array) -> Array:
    return a * np.abs(a)


PAIRS: dict[str, Callable[[Array, Array], Array]] = {
    "product": np.multiply, "difference": np.subtract, "ratio": _ratio, "log": _log, "square": _square,
}  # fmt: skip


# -- learners -------------------------------------------------------------------------------------------------------


def fit_boosted(X: Array, y: Array, recipe: Recipe, *, problem: Problem, seed: int) -> Callable[[Array], Array]:
    """30 small trees; the seed draws columns and rows."""
    import lightgbm as lgb

    given = dict(recipe.params)
    params = {
        "objective": "binary" if problem.is_class else "regression", "verbose": -1, "num_threads": 1, "max_bin": 63,
        "num_leaves": int(given["leaves"]), "learning_rate": given["rate"], "min_data_in_leaf": int(given["least"]),
        "lambda_l2": given["l2"], "feature_fraction": given["columns"], "bagging_fraction": given["rows"],
        "bagging_freq": 1, "seed": seed,
    }  # fmt: skip
    booster = lgb.Booster(params, lgb.Dataset(X, y, params=params))
    for _ in range(30):  # as lgb.train does, to the last bit, without writing the model out and reading it in again
        booster.update()
    return lambda rows: np.asarray(booster.predict(rows, num_threads=1))


def fit_linear(X: Array, y: Array, recipe: Recipe, *, problem: Problem, seed: int) -> Callable[[Array], Array]:
    """Ridge, or logistic regression by Newton's method; nothing is drawn, so the seed changes nothing."""
    l2 = dict(recipe.params)["l2"]
    A = np.column_stack([X, np.ones(len(X))])
    penalty = np.diag([l2] * X.shape[1] + [1e-6])
    if not problem.is_class:
        found = np.linalg.solve(A.T @ A + penalty, A.T @ y)
        return lambda rows: rows @ found[:-1] + found[-1]
    found = np.zeros(A.shape[1])
    for _ in range(8):
        p = 1.0 / (1.0 + np.exp(-np.clip(A @ found, -20, 20)))
        curved = np.maximum(p * (1 - p), 1e-6)
        step = np.linalg.solve(A.T @ (curved[:, None] * A) + penalty, A.T @ (y - p) - penalty @ found)
        found = found + step
        if np.abs(step).max() < 1e-5:
            break
    return lambda rows: 1.0 / (1.0 + np.exp(-np.clip(rows @ found[:-1] + found[-1], -30, 30)))


LEARNERS: dict[str, tuple[Callable[..., Callable[[Array], Array]], Recipe, dict[str, tuple[float, ...]]]] = {
    "boosted": (fit_boosted, Recipe(params=(
        ("columns", 0.8), ("l2", 1.0), ("least", 10), ("leaves", 7), ("rate", 0.12), ("rows", 0.8),
    )), {"columns": (0.4, 0.6, 0.8, 1.0), "l2": (0.1, 1.0, 10.0, 30.0), "least": (3, 10, 20, 40),
         "leaves": (3, 5, 7, 12), "rate": (0.06, 0.09, 0.12, 0.2), "rows": (0.5, 0.65, 0.8, 1.0)}),
    "linear": (fit_linear, Recipe(params=(("l2", 1.0),)), {"l2": (0.01, 0.1, 1.0, 10.0, 30.0, 100.0, 300.0)}),
}  # fmt: skip


def proposal(world: World, champion: Recipe, learner: str, rng: np.random.Generator) -> Recipe:
    """One small change: half of the time a column made of two others, else a parameter, or a column less."""
    space, kind = LEARNERS[learner][2], rng.random()
    if kind < 0.5 and world.numeric:
        a, b = (int(rng.choice(world.numeric)) for _ in range(2))
        return replace(champion, made=(*champion.made, (str(rng.choice(list(PAIRS))), a, b)))
    if kind < 0.6 and len(champion.dropped) < world.X.shape[1] // 2:
        left = [j for j in range(world.X.shape[1]) if j not in champion.dropped]
        return replace(champion, dropped=tuple(sorted((*champion.dropped, int(rng.choice(left))))))
    if kind < 0.7 and champion.made:
        out = int(rng.integers(len(champion.made)))
        return replace(champion, made=tuple(m for j, m in enumerate(champion.made) if j != out))
    name = str(rng.choice(list(space)))
    return champion.with_param(name, float(rng.choice(space[name])))


# -- tables -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A table as numbers. inside: rows of its training part; the others are never looked at."""

    X: Array
    y: Array
    inside: Array
    numeric: tuple[int, ...]
    problem: Problem
    metric: Metric

    def world(self, seed: int) -> World:
        """1,000 rows of the training part drawn by the seed, and all its others."""
        order = np.random.default_rng([seed, 3]).permutation(self.inside)
        mine, others = order[:N_ROWS], order[N_ROWS:]
        y = self.y.astype(int) if self.problem.is_class else self.y
        return World(
            X=self.X[mine], y=y[mine], others=self.X[others], y_others=y[others], numeric=self.numeric,
            problem=self.problem, metric=self.metric,
        )  # fmt: skip


def whole_table(data: Path, name: str) -> Whole:
    """A table of the folder's manifest."""
    import pandas as pd
    from sklearn.model_selection import train_test_split

    (table,) = manifest(data, tasks=("binary", "regression"), names=[name])
    frame = table.frame()
    problem = problems.get(table.problem)()
    y = pd.factorize(frame[table.target].astype(str), sort=True)[0].astype(float) if problem.is_class else (
        frame[table.target].to_numpy(float))  # fmt: skip
    if name == "diamonds":
        y = np.log1p(y)  # asked as a relative error
    inside, _ = train_test_split(
        np.arange(len(y)), test_size=0.3, random_state=0, stratify=y if problem.is_class else None
    )
    X, numeric = _numbers(frame.drop(columns=table.target))
    return Whole(
        X=X, y=y, inside=inside, numeric=numeric, problem=problem, metric=choose(problem),
    )  # fmt: skip


def _numbers(frame: Any) -> tuple[Array, tuple[int, ...]]:
    """Numbers with their median where missing; categories one column a level, the ten most frequent; no target."""
    import pandas as pd

    columns: list[Array] = []
    numeric: list[int] = []
    for name in frame.columns:
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            numeric.append(len(columns))
            columns.append(values.fillna(values.median()).to_numpy(float))
            continue
        texts = values.astype(str)
        for value in texts.value_counts().index[:10][: 1 if texts.nunique() == 2 else 10]:
            columns += [(texts == value).to_numpy(float)]
    return np.column_stack(columns), tuple(numeric)
