"""What frames hold that no step reads is said; lazy frames are read; metrics above zero end no fit."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

from assay.core.errors import DataWarning
from assay.estimator.estimator import AutoRegressor

RNG = np.random.default_rng(0)
E = RNG.normal(size=(60, 4))
CELLS = {"list": [row.tolist() for row in E], "array": list(E), "bytes": [row.tobytes() for row in E]}


@pytest.mark.slow
@pytest.mark.parametrize("kind", CELLS)
def test_columns_of_lists_and_bytes_are_said_to_be_left_out(kind: str) -> None:
    X = pd.DataFrame({"vector": CELLS[kind], "x": RNG.normal(size=60)})
    with pytest.warns(DataWarning, match=r"1 column holds bytes or lists.*vector"):
        AutoRegressor(time_limit=1).fit(X, E[:, 0])


@pytest.mark.slow
def test_a_lazy_frame_is_answered_as_its_rows_are() -> None:
    X = pl.DataFrame({"a": E[:, 0], "b": E[:, 1]})
    model = AutoRegressor(time_limit=1).fit(X.lazy(), E[:, 0] * 2)
    assert model.predict(X.lazy()).tolist() == model.predict(X).tolist()


@pytest.mark.slow
def test_a_deviance_above_zero_ends_no_fit() -> None:
    y = np.maximum(E[:, 0] + E[:, 1] + RNG.normal(size=60) * 0.4, 0)
    X = pd.DataFrame(E, columns=list("abcd"))
    model = AutoRegressor(metric="neg_mean_poisson_deviance", time_limit=2, random_state=0).fit(X, y)
    assert model.predict(X).shape == (60,)
