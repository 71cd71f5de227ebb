"""A file in order of time that is dealt to folds at random says what its figure speaks of."""

import numpy as np
import pandas as pd
import pytest

from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import RawTable


def sales(order: str) -> pd.DataFrame:
    """Daily rows of three shops."""
    rng = np.random.default_rng(0)
    days = pd.date_range("2023-01-01", periods=80).strftime("%Y-%m-%d")
    frame = pd.DataFrame([(day, shop) for day in days for shop in "ABC"], columns=["date", "shop"])
    frame["sales"] = rng.normal(100, 10, len(frame)).round(2)
    if order == "by lot":
        return frame.sample(frac=1.0, random_state=0).reset_index(drop=True)
    return frame.sort_values(["shop", "date"] if order == "by shop" else ["date", "shop"], ignore_index=True)


def notices(frame: pd.DataFrame, **options: object) -> list[str]:
    task = prepare(RawTable(frame=frame, name="sales.csv"), TaskOptions(target="sales", **options)).task
    return [one.message for one in task.notices if one.code == "ask/time"]


@pytest.mark.parametrize(("order", "told"), [("by day", 1), ("by shop", 1), ("by lot", 0)])
def test_rows_in_order_of_a_date_say_so(order, told):
    found = notices(sales(order))
    assert len(found) == told
    assert all("in order of date (2023-01-01 to 2023-03-21)" in message for message in found)


@pytest.mark.parametrize("options", [{"order_by": "date"}, {"group": "shop"}, {"drop": ("date",)}])
def test_who_says_how_rows_are_judged_is_not_told(options):
    assert not notices(sales("by day"), **options)


def test_a_date_with_few_gaps_is_to_be_filled_first():
    frame = sales("by day")
    task = prepare(
        RawTable(frame=frame.assign(date=frame.date.where(frame.index % 40 > 0)), name="sales.csv"),
        TaskOptions(target="sales"),
    ).task
    (asked,) = (one for one in task.notices if one.code == "ask/time")
    assert asked.do == "fill or leave out the 6 rows without date, then --order-by date"


def test_dates_with_many_gaps_or_of_few_days_order_nothing():
    frame = sales("by day")
    assert not notices(frame.assign(date=frame.date.where(frame.index % 9 > 0)))
    assert not notices(frame.assign(date=["2023-01-01"] * 120 + ["2023-01-02"] * 120))
