"""Frames of many parts, as `astype` and `concat` leave them, are taken without a warning of pandas."""

import warnings

import numpy as np
import pandas as pd
import pytest

from assay.estimator.estimator import AutoRegressor


@pytest.mark.slow
def test_a_frame_of_many_parts_is_taken_in_silence():
    columns = [f"c{j}" for j in range(220)]
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 220)), columns=columns)
    X = X.astype(dict.fromkeys(columns[::2], "float32"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.PerformanceWarning)
        AutoRegressor(time_limit=1).fit(X, (X["c0"] + X["c1"] ** 2).to_numpy(), sample_weight=np.ones(60))
