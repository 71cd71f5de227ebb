"""Tables that break what assumes a usual one: each ends with a model whose answers are sound, or with a clear word."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.errors import DataError
from assay.data.options import TaskOptions
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.predictor.predictor import Predictor
from assay.search.settings import FitSettings

pytestmark = pytest.mark.slow

SLOW = frozenset({"catboost", "xgboost", "realmlp", "svm"})


def rng():
    return np.random.default_rng(0)


def numbers(n=400):
    return pd.DataFrame({"a": rng().normal(size=n), "b": np.random.default_rng(1).normal(size=n)})


def five_positives():
    frame = numbers(8_000)
    y = np.zeros(len(frame), dtype=int)
    y[np.argsort(frame.a)[-5:]] = 1
    return frame.assign(y=y)


def more_columns_than_rows():
    X = rng().normal(size=(50, 400))
    return pd.DataFrame(X, columns=[f"x{i}" for i in range(400)]).assign(y=X[:, 0] > 0)


def two_rows_a_class():
    return numbers(40).assign(y=[f"class {i // 2}" for i in range(40)])


def a_column_twice():
    frame = numbers()
    return frame.assign(c=frame.a, y=frame.a + 0.1 * frame.b)


def huge_outliers():
    frame = numbers()
    frame.loc[:4, "b"] = [1e300, -1e300, 1e40, -1e38, 1e18]
    return frame.assign(y=frame.a)


def infinities():
    frame = numbers()
    frame.loc[:40, "b"] = np.inf
    frame.loc[41:80, "b"] = -np.inf
    return frame.assign(y=frame.a)


def integers_beyond_64_bits():
    frame = numbers()
    return frame.assign(long=[10**30 + i * 10**25 for i in range(len(frame))], y=frame.a)


def as_many_levels_as_rows():
    frame = numbers(6_000)
    return frame.assign(k=[f"u{i}" for i in rng().integers(0, 5_000, len(frame))], y=frame.a)


def heavy_tail():
    frame = numbers()
    return frame.assign(y=np.exp(6 * frame.a) * (1 + rng().pareto(1.0, len(frame))))


def one_value_but_for_few():
    frame = numbers()
    return frame.assign(y=np.where(frame.a > 1.8, 5.0, 0.0))


TABLES = (
    five_positives, more_columns_than_rows, two_rows_a_class, a_column_twice, huge_outliers, infinities,
    integers_beyond_64_bits, as_many_levels_as_rows, heavy_tail, one_value_but_for_few,
)  # fmt: skip


@pytest.mark.filterwarnings("ignore:b. .* of 30 cells:assay.core.errors.DataWarning")  # read as missing, and it says so
@pytest.mark.parametrize("make", TABLES, ids=lambda make: make.__name__)
def test_a_table_of_extremes_ends_with_a_sound_model(here, make):
    frame = make()
    frame.to_csv("t.csv", index=False)
    summary = fit("t.csv", TaskOptions(target="y"), FitSettings(budget=Budget(experiments=5), without=SLOW),
                  context=RunContext(inline=True, write_brief=False))  # fmt: skip
    model = Predictor.load(summary.model.path)
    rows = frame.drop(columns="y").head(30)
    if summary.task.problem.name == "regression":
        assert np.isfinite(np.asarray(model.predict(rows), dtype=float)).all()
    else:
        chances = np.asarray(model.predict_proba(rows))
        assert np.allclose(chances.sum(axis=1), 1)
        assert (chances >= 0).all()


def test_columns_that_never_change_are_refused_by_name(here):
    pd.DataFrame({"a": 1, "b": "x", "y": [0, 1] * 50}).to_csv("t.csv", index=False)
    with pytest.raises(DataError, match=r"a \(constant.*b \(constant"):
        fit(
            "t.csv", TaskOptions(target="y"), FitSettings(budget=Budget(experiments=3)), context=RunContext(inline=True)
        )
