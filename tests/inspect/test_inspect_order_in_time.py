"""Rows that lie in the order of a date along which they change are judged on later ones, and on nothing else."""

import numpy as np
import pandas as pd
import pytest

from assay.data.options import TaskOptions
from assay.data.read import RawTable
from assay.inspect.inspect_table import inspect_table
from assay.inspect.order_in_time import with_order


def bookings(n: int = 400, *, seed: int = 0, rise: float = 0.0, crowd: float = 0.0) -> pd.DataFrame:
    """In order of arrival. rise: of prices over the time; crowd: of guests, which say nothing of the price."""
    rng = np.random.default_rng(seed)
    time = np.sort(rng.uniform(size=n))
    arrival = pd.Timestamp("2022-01-03") + pd.to_timedelta(np.floor(700 * time), unit="D")
    room = rng.choice(["single", "double", "suite"], n)
    return pd.DataFrame({
        "arrival": arrival.strftime("%Y-%m-%d"), "year": arrival.year, "room": room, "nights": 1 + rng.poisson(2, n),
        "guests": 1 + rng.poisson(1 + crowd * time), "price": 80 + 30 * (room == "suite") + rise * time
        + rng.normal(0, 10, n),
    }).round(2)  # fmt: skip


def found(frame: pd.DataFrame, target: str = "price", **asked: object) -> tuple[str | None, str]:
    options = with_order(RawTable(frame=frame, name="bookings.csv"), TaskOptions(target=target, **asked))
    return options.order_by, options.drifts


@pytest.mark.parametrize("frame", [bookings(rise=60), bookings(rise=60)[::-1], bookings(rise=60).drop(columns="year")])
def test_a_target_that_drifts_along_the_order_of_a_file_makes_folds_later_rows(frame):
    assert found(frame.reset_index(drop=True)) == ("arrival", "price")


def late(share: float) -> pd.DataFrame:
    """The same, where some rows were entered up to forty rows late."""
    frame, rng = bookings(700, rise=60), np.random.default_rng(1)
    place = np.arange(700.0)
    place[rng.choice(660, round(700 * share), replace=False)] += rng.integers(2, 40, round(700 * share))
    return frame.iloc[np.argsort(place)].reset_index(drop=True)


@pytest.mark.parametrize("frame", [late(0.02), late(0.1), late(0.3)])
def test_rows_that_were_entered_late_leave_the_order_as_it_is(frame):
    assert found(frame) == ("arrival", "price")


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%m/%d/%Y", "%B %d, %Y", "%Y-%m", "%Y%m%d"])
def test_dates_are_found_however_they_are_written(form):
    frame = bookings(rise=60)
    written = pd.to_datetime(frame["arrival"]).dt.strftime(form)
    assert found(frame.assign(arrival=written.astype(int) if form == "%Y%m%d" else written))[0] == "arrival"


def test_of_two_dates_the_one_that_rows_strictly_lie_in_the_order_of_is_taken():
    frame, rng = bookings(rise=60), np.random.default_rng(0)
    arrival = pd.to_datetime(frame["arrival"])
    booked = arrival - pd.to_timedelta(rng.gamma(1.2, 10, len(frame)).round(), unit="D")
    born = pd.Timestamp("1960-01-01") + pd.to_timedelta(rng.integers(0, 12000, len(frame)), unit="D")
    frame.insert(0, "booked", booked.dt.strftime("%Y-%m-%d"))
    frame.insert(0, "born", born.strftime("%Y-%m-%d"))
    assert found(frame)[0] == "arrival"


def test_several_rows_a_day_lie_in_order_too():
    frame = bookings(1500, rise=60)
    weeks = pd.to_datetime(frame["arrival"]).dt.to_period("W").dt.start_time.dt.strftime("%Y-%m-%d")
    assert found(frame.assign(arrival=weeks)) == ("arrival", "price")


def test_a_class_whose_share_drifts_does_so_too():
    frame = bookings(rise=60)
    assert found(frame.assign(dear=np.where(frame["price"] > 120, "yes", "no")), "dear") == ("arrival", "dear")


def test_a_season_is_a_change_though_no_long_stretch_differs():
    frame = bookings(1000)
    week = np.arange(len(frame)) % 100 / 100
    assert found(frame.assign(price=frame["price"] + 12 * np.sin(2 * np.pi * week)))[0] == "arrival"


def test_columns_that_drift_are_enough():
    assert found(bookings(crowd=3)) == ("arrival", "guests")


@pytest.mark.parametrize("seed", range(20))
def test_order_without_a_change_changes_nothing(seed):
    """Years and running numbers are time under another name."""
    frame = bookings(300 + 30 * seed, seed=seed)
    assert found(frame.assign(number=np.arange(len(frame)))) == (None, "")


def test_a_date_that_rows_do_not_lie_in_the_order_of_changes_nothing():
    assert found(bookings(rise=60).sample(frac=1, random_state=0).reset_index(drop=True)) == (None, "")


@pytest.mark.parametrize(
    "asked", [{"order_by": "none"}, {"group": "room"}, {"valid": "year"}, {"unlabelled": "missing"}]
)
def test_who_says_how_rows_are_judged_is_heeded(asked):
    assert found(bookings(rise=60), **asked) == (None, "")


def test_a_dropped_date_orders_the_rows_all_the_same():
    assert found(bookings(rise=60), drop=("arrival",))[0] == "arrival"


def test_gaps_in_the_target_or_the_date_end_in_no_error():
    frame = bookings(rise=60)
    assert found(frame.assign(price=frame["price"].where(frame.index % 9 > 0))) == ("arrival", "price")
    assert found(frame.assign(arrival=frame["arrival"].where(frame.index % 9 > 0))) == (None, "")


def test_cells_of_lists_and_bytes_are_passed_over():
    frame = bookings()
    assert found(frame.assign(odd=[[1, 2]] * len(frame), raw=[b"x"] * len(frame))) == (None, "")


def test_inspect_says_what_a_fit_will_do():
    seen = inspect_table(RawTable(frame=bookings(rise=60), name="bookings.csv"), TaskOptions(target="price"))
    assert seen.order_by == "arrival"
    [ask] = seen.asks
    assert "price changes along it: folds are later rows" in ask.message
    assert ask.do == "--order-by none"
    calm = inspect_table(RawTable(frame=bookings(), name="bookings.csv"), TaskOptions(target="price"))
    assert calm.order_by == ""
    assert [ask.do for ask in calm.asks] == ["--order-by arrival"]


def test_shops_by_month_are_not_advised_to_be_kept_together():
    """Later rows of the same shops are what is predicted; to keep each whole leaves none to score."""
    rng = np.random.default_rng(0)
    month = np.repeat(pd.date_range("2021-01-01", periods=30, freq="MS").strftime("%Y-%m-%d"), 12)
    shop = np.tile([f"shop {i}" for i in range(12)], 30)
    level = dict(zip(np.unique(shop), rng.normal(500, 150, 12), strict=True))
    sales = np.array([level[one] for one in shop]) + np.arange(360) * 0.5 + rng.normal(0, 10, 360)
    frame = pd.DataFrame({"month": month, "shop": shop, "staff": rng.integers(3, 9, 360), "sales": sales.round(1)})
    raw = RawTable(frame=frame, name="shops.csv")
    for options in (TaskOptions(target="sales"), TaskOptions(target="sales", order_by="month")):
        seen = inspect_table(raw, options)
        assert "--group" not in " ".join([ask.do for ask in seen.asks] + [leak.do for leak in seen.leaks])
    grouped = inspect_table(raw, TaskOptions(target="sales", group="shop"))
    assert "--order-by" not in " ".join(ask.do for ask in grouped.asks)
