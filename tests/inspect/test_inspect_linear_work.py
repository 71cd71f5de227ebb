"""A look at another table grows with its columns, not with their square."""

import cProfile
import pstats

import numpy as np
import pandas as pd

from assay.core.seed import Seeds
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.inspect.drift import drift_of


def test_columns_that_only_the_other_table_has_are_looked_up_once_each():
    def calls_of(n_new):
        old = pd.DataFrame({f"c{j}": np.arange(20.0) for j in range(n_new)})
        schema = infer_schema(old, TaskOptions())
        new = old[["c0"]].join(pd.DataFrame({f"n{j}": np.arange(20.0) for j in range(n_new)}))
        profile = cProfile.Profile()
        profile.runcall(lambda: drift_of(old, new, schema, other="new", rows=20, seeds=Seeds(0)))
        return pstats.Stats(profile).total_calls

    calls_of(2)  # what is made once a process
    assert calls_of(360) < 3.5 * calls_of(120)
