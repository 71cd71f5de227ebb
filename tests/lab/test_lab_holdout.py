"""A table too large for folds in its time is scored on one part, and stays so when there is more time."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.lab.question import understand
from assay.lab.settings import FitSettings

ROWS = 5_200


def large() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    x = rng.normal(size=ROWS)
    return pd.DataFrame({
        "x": x, "z": rng.normal(size=ROWS), "hour": np.arange(ROWS) * 1.5, "unit": np.arange(ROWS) // 7,
        "y": x + rng.normal(size=ROWS),
    })  # fmt: skip


@pytest.mark.parametrize("ties", [{}, {"group": "unit"}, {"order_by": "hour"}, {"order_by": "hour", "group": "unit"}])
def test_a_lab_that_began_with_a_holdout_goes_on_with_it(ties):
    raw, options = read_table(large()), TaskOptions(target="y", **ties)
    short, long = (FitSettings(budget=Budget(seconds=seconds), jobs=1) for seconds in (2.0, 1e6))
    began = understand(raw, options, short).task
    assert began.n_folds == 1
    assert understand(raw, options, long).task.n_folds == 5
    assert understand(raw, options, long, known=began).task.hash == began.hash


def test_the_holdout_of_rows_in_order_of_time_is_said_to_be_the_last_of_them():
    options, settings = TaskOptions(target="y", order_by="hour"), FitSettings(budget=Budget(seconds=2.0), jobs=1)
    reason = understand(read_table(large()), options, settings).task.split_reason
    assert reason == "the last 1,040 rows in order of time are predicted from the rows before them"
