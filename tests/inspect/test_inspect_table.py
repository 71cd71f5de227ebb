"""The whole of a table: kinds with reasons, twins, questions, drift; fast enough to be used without thinking."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.schema import Column
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.inspect.bins import Cells, spark
from assay.inspect.drift import psi
from assay.inspect.inspect_table import SAMPLED, inspect_table
from each import at_most


def shop(n=500, seed=0, shift=0.0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "order_id": [f"O-{seed}-{i:06}" for i in range(n)],
        "customer_id": rng.integers(0, n // 4, n),
        "day": pd.Timestamp("2022-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 700, n)), "D"),
        "price": np.exp(rng.normal(3 + shift, 1, n)).round(2),
        "city": rng.choice(["Köln", "Lyon", "Oslo"], n, p=[0.5, 0.3, 0.2]),
        "score": rng.normal(size=n),
        "y": rng.choice(["yes", "no"], n),
    })  # fmt: skip


def found(frame, against=None, **options):
    other = None if against is None else read_table(against, name="new")
    return inspect_table(read_table(frame), TaskOptions(**options), against=other)


def test_each_column_has_a_kind_a_reason_and_a_plot_where_it_has_one():
    columns = {c.name: c for c in found(shop(), target="y").columns}
    assert columns["order_id"].kind == "identifier"
    assert all(column.why for column in columns.values())
    assert len(columns["price"].spark) == 8
    assert sum(columns["price"].spark) == 1.0 or abs(sum(columns["price"].spark) - 1) < 1e-9
    assert columns["order_id"].spark == ()


def test_dates_and_units_are_asked_about_until_an_option_answers():
    asked = {ask.code: ask.do for ask in found(shop(), target="y").asks}
    assert asked == {"ask/time": "--order-by day", "ask/group": "--group customer_id"}
    assert found(shop(), target="y", order_by="day", group="customer_id").asks == ()


def test_months_are_those_of_the_zone_a_date_is_in():
    moments = pd.date_range("2024-01-01", periods=100, freq="3h", tz="Europe/Berlin")
    inspected = found(pd.DataFrame({"at": moments, "x": range(100), "y": [0, 1] * 50}))
    assert [ask.message.split(";")[0] for ask in inspected.asks] == ["at runs 2024-01-01 to 2024-01-13"]


def test_a_column_that_splits_the_rows_is_asked_about():
    frame = shop().assign(split=np.where(np.arange(500) % 5, "train", "test"))
    assert "ask/split" in {ask.code for ask in found(frame, target="y").asks}


def test_rows_that_repeat_and_nearly_repeat_are_counted_apart():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.normal(size=(400, 12)), columns=[f"x{j}" for j in range(12)]).assign(y=[0, 1] * 200)
    repeated = pd.concat([frame, frame[:30]], ignore_index=True)
    near = frame[30:50].assign(x3=0.5)
    twins = found(pd.concat([repeated, near], ignore_index=True), target="y").twins
    assert twins.repeated == 60
    assert 34 <= twins.near <= 40


def test_labels_that_look_alike_are_said_and_not_merged():
    frame = shop().assign(city=np.tile(["Köln", "KÖLN", "Koeln", "Oslo"], 125))
    column = next(c for c in found(frame, target="y").columns if c.name == "city")
    assert column.levels == 4
    assert "look alike; not merged" in column.notes[0]


def test_letters_of_two_alphabets_in_one_word_are_said():
    frame = shop().assign(city=np.tile(["Mосква", "Oslo"], 250))
    assert any("mix alphabets" in note for c in found(frame, target="y").columns for note in c.notes)


def test_a_table_without_a_target_is_inspected_too():
    result = found(shop())
    assert result.target is None
    assert result.leaks == ()
    assert len(result.columns) == 7


def test_equal_tables_do_not_drift_and_a_shifted_column_does():
    features = ["price", "city", "score", "y"]
    same = found(shop(2000)[features], against=shop(2000, seed=1)[features], target="y").drift
    moved = found(shop(2000)[features], against=shop(2000, seed=1, shift=0.5)[features], target="y").drift
    assert [c.column for c in same.columns if c.is_beyond_chance] == []
    assert same.separability.low <= 0.5 <= same.separability.high
    assert [c.column for c in moved.columns if c.is_beyond_chance] == ["price"]
    assert moved.separability.low > 0.5


def test_a_table_against_its_own_copy_is_not_told_apart():
    frame = shop(1000)[["price", "city", "score", "y"]]
    drift = found(frame, against=frame, target="y").drift
    assert all(c.distance == 0 for c in drift.columns)
    assert abs(drift.separability.value - 0.5) < 0.03


def test_columns_that_only_one_table_has_are_named():
    drift = found(shop(), against=shop(seed=1).drop(columns="score").assign(new=1), target="y").drift
    assert (drift.lacking, drift.extra) == (("score",), ("new",))


@settings(max_examples=at_most(50), deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=2, max_size=10), st.integers(1, 5))
def test_the_stability_index_of_equal_shares_is_nearly_zero_and_never_negative(counts, times):
    old = np.array(counts)
    assert psi(old, old) == 0.0
    assert psi(old, np.roll(old, 1) * times) >= 0.0


def test_a_long_table_is_sampled_and_says_so_and_is_the_same_twice():
    n = SAMPLED + 5_000
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=n), "b": rng.integers(0, 9, n), "y": rng.integers(0, 2, n)})
    first, second = (found(frame, target="y") for _ in range(2))
    assert (first.rows, first.sampled) == (n, SAMPLED)
    assert first.columns == second.columns


@pytest.mark.parametrize("copies", [40, 1])
def test_inspect_says_of_repeated_rows_what_fit_does_with_them(copies):
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"a": rng.integers(0, 20, 300), "b": rng.integers(0, 20, 300)})
    table = pd.concat([rows, *[rows.head(3)] * copies], ignore_index=True)
    table["y"] = rng.integers(0, 2, len(table))
    options = TaskOptions(target="y")
    said = [n.message for n in prepare(read_table(table), options).task.notices if n.code == "data/repeated-rows"]
    assert inspect_table(read_table(table), options).twins.said == said[0]


@pytest.mark.parametrize("values", [[1e308, -1e308, 3.0, np.inf] * 20, [5.0, np.nextafter(5.0, 6.0)] * 9, [np.inf] * 3])
def test_the_ends_of_what_floats_hold_make_a_picture_or_none(values):
    column, codes = Column(name="a", kind="numeric", reason=""), np.zeros(len(values), dtype=np.int64)
    cells = Cells(column, np.array(values), codes, 3)
    assert sum(spark(cells)) == pytest.approx(1.0) or spark(cells) == ()
