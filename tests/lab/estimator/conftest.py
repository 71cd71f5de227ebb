"""A small table of mixed columns, a target that follows two of them, and estimators of one family or of a blend."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from assay.estimator.estimator import AutoClassifier

N = 120


def _table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "amount": rng.normal(size=N), "colour": rng.choice(["red", "blue", None], N),
        "day": pd.date_range("2024-01-01", periods=N), "shop": np.repeat(np.arange(N // 10), 10),
    })  # fmt: skip


def _signal_of(X: pd.DataFrame) -> np.ndarray:
    return (X.amount + (X.colour == "red")).to_numpy()


def _classifier(**arguments: object) -> AutoClassifier:
    return AutoClassifier(**{"time_limit": 1, "families": "linear", **arguments})


@pytest.fixture(scope="module")
def signal_of() -> Callable[[pd.DataFrame], np.ndarray]:
    """What the target follows, of a table's rows."""
    return _signal_of


@pytest.fixture(scope="module")
def classifier() -> Callable[..., AutoClassifier]:
    """classifier(arguments): not yet fitted; of one family, a third of the time, where none is asked for."""
    return _classifier


@pytest.fixture(scope="module")
def X() -> pd.DataFrame:
    return _table()


@pytest.fixture(scope="module")
def y(X: pd.DataFrame) -> np.ndarray:
    return np.where(_signal_of(X) > 0.5, "yes", "no")


@pytest.fixture(scope="module")
def fitted(X: pd.DataFrame, y: np.ndarray) -> AutoClassifier:
    """A blend of the two models that a tiny fit tries."""
    return _classifier(families=None).fit(X, y)
