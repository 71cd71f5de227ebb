"""Generated tables for benchmarks/explain.py: laws, slices in which another one holds, labels that are wrong."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from assay.explain.feature_columns import FeatureColumn

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun")
NUMBERS = 8
LAWS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Planted:
    """columns: eight numbers and a category; X: (n, 14) the same as numbers; score: (n,) of the law."""

    columns: tuple[FeatureColumn, ...]
    X: Any
    months: Any
    score: Any


def planted(rng: np.random.Generator, *, rows: int, law: int) -> Planted:
    """A law of the first columns: linear, curved, with a product, or with a bend; of standard deviation 1."""
    numbers, months = rng.normal(size=(rows, NUMBERS)), rng.integers(0, len(MONTHS), rows)
    a, b, c, d = numbers[:, :4].T
    score = (
        a - b + 0.5 * c,
        a + np.sin(2 * b) + 0.7 * (months == 2),
        a * b + 0.8 * c,
        1.2 * np.abs(a) + 0.6 * d - 0.8 * b,
    )[law % LAWS]
    columns = tuple(FeatureColumn(name=f"x{j}", form="number", values=numbers[:, j]) for j in range(NUMBERS))
    month = FeatureColumn(name="month", form="level", values=months.astype(np.float64), levels=MONTHS)
    X = np.column_stack([numbers, *(months == code for code in range(len(MONTHS)))]).astype(np.float64)
    return Planted(columns=(*columns, month), X=X, months=months, score=(score - score.mean()) / score.std())


def slice_of(made: Planted, kind: int) -> Any:
    """(n,) rows of another law: a level, a tail, a level with half a column, a quarter of two columns."""
    x4, x5 = made.X[:, 4], made.X[:, 5]
    return ((made.months == 5), (x4 > 1.1), (made.months == 1) & (x4 > -0.3), (x4 > 0) & (x5 > 0))[kind % 4]


def classes(rng: np.random.Generator, score: Any) -> Any:
    """(n,) 0 or 1, with the odds that the score says."""
    return (rng.random(len(score)) < 1 / (1 + np.exp(-score))).astype(np.int64)


def out_of_fold(X: Any, y: Any, *, seed: int, is_class: bool) -> Any:
    """(3, n) predictions of boosted trees, a linear model and extra trees, five folds."""
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.model_selection import KFold

    boosted = {"n_estimators": 120, "learning_rate": 0.05, "num_leaves": 15, "verbose": -1, "n_jobs": 1}
    trees = {"n_estimators": 100, "min_samples_leaf": 3, "n_jobs": 1, "random_state": seed}
    found = np.zeros((3, len(y)))
    for train, test in KFold(5, shuffle=True, random_state=seed).split(X):
        models = (
            (LGBMClassifier(**boosted), LogisticRegression(max_iter=500), ExtraTreesClassifier(**trees)) if is_class
            else (LGBMRegressor(**boosted), Ridge(), ExtraTreesRegressor(**trees))
        )  # fmt: skip
        for at, model in enumerate(models):
            model.fit(X[train], y[train])
            found[at, test] = model.predict_proba(X[test])[:, 1] if is_class else model.predict(X[test])
    return found
