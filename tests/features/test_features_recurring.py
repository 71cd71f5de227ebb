"""What only tells the period is left out, and what later rows can meet again stays."""

import numpy as np
import pytest

from assay.core.block.columns import CodeBlock, DateBlock, NumericBlock
from assay.core.block.moment import MomentBlock
from assay.core.period_columns import tells_the_period
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry

N = 600
TIME = np.sort(np.random.default_rng(0).uniform(size=N))
DRAWN = np.random.default_rng(1)


@pytest.mark.parametrize(
    "values",
    [
        np.floor(3 * TIME),
        np.floor(3 * TIME).astype(np.int64),
        np.arange(N, dtype=np.float64),
        -TIME + DRAWN.normal(0, 0.02, N),
        np.where(DRAWN.random(N) < 0.1, np.nan, np.floor(5 * TIME)),
        np.floor(40 * TIME),
    ],
)
def test_a_year_a_running_number_and_a_slow_clock_only_tell_the_period(values):
    assert tells_the_period(values, TIME)


@pytest.mark.parametrize(
    "values",
    [
        np.floor(24 * TIME) % 12,
        np.floor(14 * TIME) % 12,
        DRAWN.integers(0, 2, N),
        (DRAWN.random(N) < 0.95).astype(np.int64),
        DRAWN.normal(size=N),
        TIME + DRAWN.normal(0, 0.2, N),
        DRAWN.integers(0, N, N),
        np.full(N, np.nan),
    ],
)
def test_months_of_two_years_classes_and_trends_with_noise_do_not(values):
    assert not tells_the_period(values, TIME)


def orders(n: int = 700) -> Table:
    """Two years of orders: when booked and when due, the year, the size, the place."""
    rng = np.random.default_rng(2)
    due = np.sort(np.floor(rng.uniform(18_000, 18_730, n)))
    dates = np.stack([due - rng.integers(1, 30, n), due], axis=1)
    numeric = np.stack([np.floor(due / 365), rng.normal(size=n)], axis=1).astype(np.float32)
    return Table.of(
        dates=DateBlock(dates, ("booked", "due")), numeric=NumericBlock(numeric, ("year", "size")),
        codes=CodeBlock(rng.integers(0, 3, (n, 1)).astype(np.int32), ("place",), (3,)), moment=MomentBlock(due),
    )  # fmt: skip


def test_dates_become_what_comes_again_and_the_days_between_them():
    table = orders()
    made = registry.build(Step.of("recurring")).fit(table, None, seeds=Seeds(0)).transform(table)
    assert not made.date_names
    assert made.code_names == ("place",)
    assert "year" not in made.numeric_names
    assert {"size", "due - booked", "due:month", "due:weekday"} <= set(made.numeric_names)
    assert not any(name.endswith((":days", ":year")) for name in made.numeric_names)


def test_a_month_of_one_year_tells_the_period_and_goes():
    table = orders().take(np.arange(300))
    made = registry.build(Step.of("recurring")).fit(table, None, seeds=Seeds(0)).transform(table)
    assert "due:month" not in made.numeric_names
    assert "due:weekday" in made.numeric_names


def test_rows_in_no_order_stay_as_they_are():
    table = orders().without("moment")
    assert registry.build(Step.of("recurring")).fit(table, None, seeds=Seeds(0)).transform(table) is table
