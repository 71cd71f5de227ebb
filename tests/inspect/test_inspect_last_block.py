"""Whether the last stretch of rows is like those before it, said before a search."""

import numpy as np
import pandas as pd
import pytest

from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.inspect.last_block import last_block

N = 1000


def told(**columns):
    """The notices on a table of these columns over 1,000 days, a number x and a target that follows it."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=N)
    frame = pd.DataFrame({
        "day": pd.date_range("2024-01-01", periods=N), "x": x, "kind": rng.choice(list("abc"), N),
        "y": x + rng.normal(size=N), **columns,
    })  # fmt: skip
    made = prepare(read_table(frame), TaskOptions(target="y", order_by="day"))
    return last_block(made.task.schema, made.table, made.target, made.split, name="y")


def late(size=120):
    return np.arange(N) >= N - size


def test_where_nothing_changes_nothing_is_said():
    assert told() == ()


def test_a_number_that_moves_is_named():
    (notice,) = told(x=np.random.default_rng(1).normal(size=N) + 2.0 * late())
    assert notice.code == "data/drift"
    assert notice.column == "x"
    assert notice.message.startswith("the last 120 rows are unlike those before them: x.")


def test_levels_that_nobody_met_are_counted():
    (notice,) = told(kind=np.where(late(), np.random.default_rng(2).choice(list("ad"), N), "a"))
    assert "kind (" in notice.message
    assert "in levels not met before" in notice.message


def test_a_target_that_jumps_is_said_too():
    (notice,) = told(y=np.random.default_rng(3).normal(size=N) + 3.0 * late())
    assert "the target y" in notice.message
    assert notice.column is None


def test_columns_that_count_the_time_are_no_news():
    assert told(days_open=np.arange(N) * 1.5 + np.random.default_rng(4).normal(size=N)) == ()


@pytest.mark.parametrize("seed", range(3))
def test_folds_drawn_at_random_have_no_last_block(seed):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=200), "y": rng.normal(size=200)})
    made = prepare(read_table(frame), TaskOptions(target="y", seed=seed))
    assert last_block(made.task.schema, made.table, made.target, made.split, name="y") == ()
