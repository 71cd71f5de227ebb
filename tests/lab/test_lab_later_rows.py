"""A fit of rows that lie in the order of a date, and change along it, is judged on later rows unless refused."""

import numpy as np
import pandas as pd
import pytest

from assay import AutoRegressor
from assay.data.options import TaskOptions
from assay.data.read import RawTable
from assay.data.time_order import LATER_ROWS
from assay.inspect.order_in_time import with_order
from assay.lab.dry_run import dry_run
from assay.lab.lab import Lab
from assay.lab.lab_explanations import lab_slices, lab_suspects
from assay.search.settings import FitSettings
from assay.vault.vault import set_aside


def bookings(n: int = 300, *, rise: float = 60.0) -> pd.DataFrame:
    """In order of arrival, with prices that rise."""
    rng = np.random.default_rng(0)
    time = np.sort(rng.uniform(size=n))
    arrival = pd.Timestamp("2022-01-03") + pd.to_timedelta(np.floor(700 * time), unit="D")
    room = rng.choice(["single", "double", "suite"], n)
    price = 80 + 30 * (room == "suite") + rise * time + rng.normal(0, 10, n)
    return pd.DataFrame({"arrival": arrival.strftime("%Y-%m-%d"), "room": room, "nights": 1 + rng.poisson(2, n),
                         "price": price.round(2)})  # fmt: skip


@pytest.fixture
def table(here):
    """bookings.csv in the working folder."""
    bookings().to_csv("bookings.csv", index=False)
    return "bookings.csv"


def told(summary) -> list[tuple[str | None, str]]:
    return [(one.column, one.do) for one in summary.task.notices if one.code == LATER_ROWS]


def test_folds_are_later_rows_and_it_is_said_with_the_way_back(run, table):
    summary = run(table, experiments=2, target="price")
    assert summary.task.split_kind == "time"
    assert told(summary) == [("arrival", "--order-by none")]
    assert not [one for one in summary.task.notices if one.code == "ask/time"]
    again = run(table, experiments=3, target="price")  # a lab goes on as it began
    assert again.task.hash == summary.task.hash


def test_who_refuses_has_random_folds_and_a_line_that_asks(run, table):
    summary = run(table, experiments=1, target="price", order_by="none")
    assert summary.task.split_kind == "random"
    assert not told(summary)
    assert ("arrival", "--order-by arrival") in [(one.column, one.do) for one in summary.task.notices]


@pytest.mark.parametrize("frame", [bookings(rise=0), bookings().sample(frac=1, random_state=0)])
def test_order_without_a_change_and_a_date_without_order_change_nothing(run, frame):
    summary = run(frame.reset_index(drop=True), experiments=1, target="price")
    assert summary.task.split_kind == "random"
    assert "--order-by arrival" in [one.do for one in summary.task.notices]


@pytest.mark.parametrize("name", ["{}", "arrival_date_{}"])
def test_a_date_in_parts_is_asked_about(run, name):
    """Nothing orders rows by several columns."""
    frame = bookings()
    days = pd.to_datetime(frame.pop("arrival"))
    parts = {name.format("year"): days.dt.year, name.format("month"): days.dt.month_name()}
    summary = run(frame.assign(**parts, day=days.dt.day), experiments=1, target="price")
    asked = [one for one in summary.task.notices if one.code == "ask/time"]
    assert [one.column for one in asked] == [name.format("year")]
    assert asked[0].do == "make one date column of them for --order-by"


def test_a_vault_is_of_the_last_rows(here):
    raw = RawTable(frame=bookings(700), name="bookings.csv")
    _, vault = set_aside(raw, with_order(raw, TaskOptions(target="price")), 0.4)
    assert vault.inside.nonzero()[0].min() > 350
    assert "the vault is the last rows by arrival" in vault.record.notes[0]


def test_a_dry_run_says_what_a_fit_would(here):
    table = bookings(700)
    settings = FitSettings(jobs=1)
    assert dry_run(table, TaskOptions(target="price"), settings).seen.task.split_kind == "time"
    refused = TaskOptions(target="price", order_by="none")
    assert dry_run(table, refused, settings).seen.task.split_kind == "random"


def test_a_dry_run_of_a_lab_that_was_begun_says_what_changes(run, here):
    frame = bookings()
    run(frame, experiments=1, target="price")
    known = dry_run(frame, TaskOptions(target="price"), FitSettings(jobs=1, out=str(here / "shop.lab")))
    (notice,) = (one for one in known.seen.task.notices if one.code == LATER_ROWS)
    assert notice.message.startswith("the rows lie in order of arrival, and price changes along it: ")


@pytest.mark.filterwarnings("ignore::assay.core.errors.DataWarning")
@pytest.mark.parametrize(("order_by", "split"), [(None, "time"), ("none", "random")])
def test_python_does_the_same(here, order_by, split):
    frame = bookings()
    model = AutoRegressor(time_limit=1, order_by=order_by).fit(frame.drop(columns="price"), frame["price"])
    assert model.lab_.task.split_kind == split


@pytest.mark.parametrize("order_by", [None, "none"])
def test_what_drift_explains_is_no_wrong_label_no_slice_and_no_column_that_matters(run, here, order_by):
    """A price that doubles: errors grow with the time, whichever way folds are dealt."""
    frame = bookings(600)
    late = np.linspace(0.0, 1.0, 600)
    rng = np.random.default_rng(1)
    frame["price"] = (frame["price"] + np.where(late > 0.6, rng.normal(0, 80 * late), 0.0)).round(2)
    frame["year"] = frame["arrival"].str[:4].astype(int)
    summary = run(frame, experiments=5, target="price", order_by=order_by)
    lab = Lab.open(here / "shop.lab")
    try:
        noise, _ = lab_suspects(lab)
        assert (
            noise.why == "errors change along arrival, and labels of rows that drift look wrong though they are right"
        )
        assert not noise.rows
        assert not [one for one in lab_slices(lab) if {"arrival", "year"} & set(one.columns)]
    finally:
        lab.close()
    if order_by is None:
        assert not {"arrival", "year"} & set(summary.learned.replace(",", "").split())


@pytest.mark.parametrize("advised", [{}, {"order_by": "month"}, {"group": "shop"}])
def test_no_advice_on_shops_by_month_ends_in_an_error(run, advised):
    """Whatever of --group and --order-by a notice offers can be typed beside what was asked."""
    rng = np.random.default_rng(0)
    month = np.repeat(pd.date_range("2021-01-01", periods=30, freq="MS").strftime("%Y-%m-%d"), 12)
    shop = np.tile([f"shop {i}" for i in range(12)], 30)
    level = dict(zip(np.unique(shop), rng.normal(500, 150, 12), strict=True))
    sales = np.array([level[one] for one in shop]) + np.arange(360) * 0.5 + rng.normal(0, 10, 360)
    frame = pd.DataFrame({"month": month, "shop": shop, "staff": rng.integers(3, 9, 360), "sales": sales.round(1)})
    summary = run(frame, experiments=1, target="sales", **advised)
    offered = [one.do.split() for one in summary.task.notices if one.do.startswith(("--group", "--order-by"))]
    assert offered or advised
    for option, value in offered:
        name = option.strip("-").replace("-", "_")
        run(frame, experiments=1, target="sales", force=True, **{**advised, name: value})
