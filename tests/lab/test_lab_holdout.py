"""A table too large for folds in its time is scored on one part, and stays so when there is more time."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.schema import Facts
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.search.settings import FitSettings
from assay.search.task_setup import SHARE_OF_CLASSES, folds_in_time, standard_seconds, understand

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
    short, long = (FitSettings(budget=Budget(seconds=seconds), jobs=1) for seconds in (0.05, 1e6))
    began = understand(raw, options, short).task
    assert began.n_folds == 1
    assert understand(raw, options, long).task.n_folds == 5
    assert understand(raw, options, long, known=began).task.hash == began.hash


def test_the_holdout_of_rows_in_order_of_time_is_said_to_be_the_last_of_them():
    options, settings = TaskOptions(target="y", order_by="hour"), FitSettings(budget=Budget(seconds=0.05), jobs=1)
    reason = understand(read_table(large()), options, settings).task.split_reason
    assert reason == "the last 1,040 rows in order of time are predicted from the rows before them"


def classes_of(n_classes: int, n_rows: int = 10_000) -> Facts:
    problem = Multiclass() if n_classes > 2 else Binary()
    return Facts(problem=problem, n_rows=n_rows, n_numeric=25, n_category=0, n_dates=0, n_text=0, n_classes=n_classes)


def test_fewer_folds_are_dealt_the_dearer_the_standard_booster_is_and_more_the_more_time_there_is():
    settings = [FitSettings(budget=Budget(seconds=seconds), jobs=2) for seconds in (3.0, 10.0, 60.0, 100_000.0)]
    for facts in (classes_of(9), classes_of(26), classes_of(26, 20_000)):
        found = [folds_in_time(facts, one) for one in settings]
        assert found == sorted(found)
        assert set(found) <= {1, 3, 5}
        assert (found[0], found[-1]) == (1, 5)
    assert folds_in_time(classes_of(26, 5_000), settings[0]) == 5  # a fifth of so few rows says too little


def test_an_exact_search_counts_what_folds_cost_and_reads_no_clock():
    exact = FitSettings(budget=Budget(experiments=5))
    facts = [classes_of(k, rows) for k in (2, 9, 26, 150) for rows in (6_000, 60_000, 240_000, 260_000)]
    found = {one: folds_in_time(one, exact) for one in facts}
    assert [found[one] for one in facts] == [folds_in_time(one, exact) for one in facts]
    assert (found[classes_of(2, 240_000)], found[classes_of(2, 260_000)]) == (5, 1)
    assert found[classes_of(9, 6_000)] == 5
    for one, folds in found.items():
        if folds < 5 and one.n_rows < 250_000:
            assert 5 * standard_seconds(one) > SHARE_OF_CLASSES * 600.0


def test_a_lab_that_began_with_three_folds_goes_on_with_them():
    raw, options = read_table(large()), TaskOptions(target="y")
    began = understand(raw, TaskOptions(target="y", n_folds=3), FitSettings(jobs=1)).task
    assert (began.split_kind, began.n_folds) == ("random", 3)
    assert understand(raw, options, FitSettings(jobs=1), known=began).task.hash == began.hash
