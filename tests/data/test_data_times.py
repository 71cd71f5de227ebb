"""Times of day and durations are read, by frames and by single rows alike, and what they were taken for is said."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.schema import Column, NumberFormat
from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.number_format import NumberReader
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.data.repairs import repair_notices, repairs_of

N = 240
MINUTES = np.random.default_rng(5).permutation(6 * np.arange(N))  # of a day, all different


def described(cells, name="x", **options):
    frame = pd.DataFrame({name: cells, "y": np.arange(len(cells)) % 2})
    schema = infer_schema(frame, TaskOptions(target="y", **options))
    return schema[name], schema, frame


def half_day(minute):
    hour, rest = divmod(int(minute), 60)
    return f"{hour % 12 or 12}:{rest:02} {'AM' if hour < 12 else 'PM'}"


CLOCKS = {
    "24 hours": lambda m: f"{m // 60:02}:{m % 60:02}",
    "with seconds": lambda m: f"{m // 60:02}:{m % 60:02}:00",
    "unpadded": lambda m: f"{m // 60}:{m % 60:02}",
    "12 hours": half_day,
    "in small letters": lambda m: half_day(m).lower().replace(" ", ""),
    "cells of a workbook": lambda m: time(int(m) // 60, int(m) % 60),
}


@pytest.mark.parametrize("form", CLOCKS.values(), ids=CLOCKS)
def test_a_time_of_day_is_the_share_of_the_day_that_is_over(form):
    column, schema, frame = described([form(m) for m in MINUTES])
    assert (column.kind, column.missing, column.notes) == ("datetime", 0, ())
    assert "time" in column.reason
    table = encode_frame(schema, frame)
    np.testing.assert_allclose(table.dates[:, 0] * 1440, MINUTES, rtol=1e-12)
    rows = encode_rows(schema, frame.to_dict("records"))
    np.testing.assert_array_equal(rows.dates, table.dates)


def test_models_see_a_time_of_day_as_a_cycle():
    from assay.core.seed import Seeds
    from assay.features.calendar import Calendar

    _, schema, frame = described([CLOCKS["24 hours"](m) for m in MINUTES])
    table = encode_frame(schema, frame)
    made = Calendar().fit(table, None, seeds=Seeds(0)).transform(table)
    assert set(made.numeric_names) >= {"x:sin day", "x:cos day"}
    np.testing.assert_allclose(made.numeric[:, made.numeric_names.index("x:sin day")],
                               np.sin(2 * np.pi * MINUTES / 1440), atol=1e-6)  # fmt: skip


def seconds_of(cells, **options):
    column, schema, frame = described(cells, **options)
    assert column.kind == "numeric", column
    assert "seconds" in column.reason
    table = encode_frame(schema, frame)
    rows = encode_rows(schema, frame.to_dict("records"))
    np.testing.assert_array_equal(rows.numeric, table.numeric)
    return table.numeric[:, 0].astype(float) * column.scale + column.shift


DURATIONS = {
    "hours and minutes in letters": (lambda m: f"{m // 60}h {m % 60}m", 60),
    "one unit or the other": (lambda m: f"{m} min" if m % 4 else f"{m / 60} h", 60),
    "words": (lambda m: f"{m // 60} hours and {m % 60} minutes", 60),
    "in German": (lambda m: f"{m // 60} Std. {m % 60} Min.", 60),
    "beyond a day": (lambda m: f"{m // 10:02}:{m % 10 * 6:02}:30", (360, 30)),
    "days and a clock": (lambda m: f"{m // 100} days {m % 24:02}:{m % 60:02}", None),
    "as pandas writes them": (lambda m: str(pd.Timedelta(minutes=int(m))), 60),
    "as Python writes them": (lambda m: str(timedelta(minutes=7 * int(m))), 420),
    "ISO 8601": (lambda m: f"PT{m // 60}H{m % 60}M", 60),
}


@pytest.mark.parametrize(("form", "unit"), DURATIONS.values(), ids=DURATIONS)
def test_a_duration_is_its_seconds(form, unit):
    if unit is None:
        expected = MINUTES // 100 * 86_400 + MINUTES % 24 * 3600 + MINUTES % 60 * 60
    else:
        factor, rest = unit if isinstance(unit, tuple) else (unit, 0)
        expected = MINUTES * factor + rest
    np.testing.assert_allclose(seconds_of([form(m) for m in MINUTES]), expected, rtol=1e-6)


def test_durations_of_pandas_name_their_unit():
    np.testing.assert_allclose(seconds_of(pd.to_timedelta(MINUTES**2, unit="min")), MINUTES**2 * 60.0, rtol=1e-6)


def test_a_workbook_may_hold_times_below_a_day_and_durations_beyond_it():
    cells = [time(m // 60, m % 60) if m < 1440 else timedelta(minutes=m) for m in (7 * MINUTES).tolist()]
    np.testing.assert_allclose(seconds_of(cells), 7 * MINUTES * 60.0, rtol=1e-6)


def test_one_hour_beyond_the_day_makes_all_cells_durations():
    cells = [CLOCKS["24 hours"](m) for m in MINUTES]
    assert described(cells)[0].kind == "datetime"
    assert seconds_of([*cells[1:], "31:07"])[-1] == pytest.approx((31 * 60 + 7) * 60)


def test_a_name_may_say_that_it_is_a_duration():
    cells = [CLOCKS["24 hours"](m) for m in MINUTES]
    np.testing.assert_allclose(seconds_of(cells, name="trip_duration"), MINUTES * 60.0, rtol=1e-6)


def test_beside_cells_of_three_numbers_two_are_minutes_and_seconds():
    cells = [f"{s // 60}:{s % 60:02}" if s < 3600 else f"{s // 3600}:{s // 60 % 60:02}:{s % 60:02}"
             for s in (13 * MINUTES).tolist()]  # fmt: skip
    np.testing.assert_allclose(seconds_of(cells, name="length"), 13.0 * MINUTES, rtol=1e-6)


def test_what_two_numbers_mean_is_said():
    column, _, _ = described([f"{30 + m}:{m % 60:02}" for m in MINUTES])
    assert "hours:minutes" in column.reason
    column, _, _ = described([f"{30 + m}:{m % 60:02}.5" for m in MINUTES])
    assert "minutes:seconds" in column.reason


NEITHER = {
    "one unit": lambda m: f"{m} min",
    "shapes of pictures": lambda m: f"{m % 20}:9",
    "points of two teams": lambda m: f"{m}:{60 + m % 40}",
    "cards": lambda m: f"{m % 13}{'HSDC'[m % 4]}",
    "versions": lambda m: f"{m}.{m}",
    "moments": lambda m: f"2024-01-05 {m // 60:02}:{m % 60:02}",
    "metres and kilometres": lambda m: f"{m} m" if m % 4 else f"{m} km",
}


@pytest.mark.parametrize("form", NEITHER.values(), ids=NEITHER)
def test_other_columns_are_neither(form):
    column, _, _ = described([form(m) for m in MINUTES])
    assert not column.number.duration
    assert not column.is_clock


def test_the_repair_is_listed_and_can_be_refused():
    clock, lasting = CLOCKS["24 hours"], DURATIONS["words"][0]
    frame = pd.DataFrame({"at": [clock(m) for m in MINUTES], "took": [lasting(m) for m in MINUTES], "y": MINUTES % 2})
    schema = infer_schema(frame, TaskOptions(target="y"))
    assert [repair.name for name in ("at", "took") for repair in repairs_of(schema[name])] == ["times", "times"]
    (notice,) = repair_notices(schema)
    assert (notice.code, notice.do) == ("data/times-in-text", "--raw at=times")
    assert "at, took" in notice.message
    raw = infer_schema(frame, TaskOptions(target="y", raw=("at=times", "took")))
    assert {"datetime", "numeric"}.isdisjoint({raw["at"].kind, raw["took"].kind})
    asked = infer_schema(frame, TaskOptions(target="y", kinds={"at": "category", "took": "category"}))
    assert [asked[name].kind for name in ("at", "took")] == ["category", "category"]


def test_a_person_may_ask_for_either_reading():
    cells = [CLOCKS["24 hours"](m) for m in MINUTES]
    column, schema, frame = described(cells, kinds={"x": "numeric"})
    assert column.kind == "numeric"
    np.testing.assert_allclose(encode_frame(schema, frame).numeric[:, 0], MINUTES * 60.0, rtol=1e-6)
    column, schema, frame = described(cells, name="trip_duration", kinds={"trip_duration": "datetime"})
    assert column.is_clock
    np.testing.assert_allclose(encode_frame(schema, frame).dates[:, 0] * 1440, MINUTES, rtol=1e-12)


def test_cells_that_are_no_times_are_missing_and_said():
    cells = [CLOCKS["24 hours"](m) for m in MINUTES]
    column, schema, frame = described(["unknown", "later", *cells[2:]])
    assert (column.kind, column.missing) == ("datetime", 2)
    assert np.isnan(encode_frame(schema, frame).dates[:2, 0]).all()
    cells = [DURATIONS["words"][0](m) for m in MINUTES]
    column, schema, frame = described(["unknown", "long", *cells[2:]])
    assert (column.kind, column.missing) == ("numeric", 2)
    assert "'long'" in column.notes[0]


def test_of_a_moment_in_a_column_of_times_the_time_is_read():
    _, schema, _ = described([CLOCKS["24 hours"](m) for m in MINUTES])
    for cell in (datetime(2024, 1, 5, 14, 30), np.datetime64("2024-01-05T14:30"), "2024-01-05 14:30", "2:30 p.m."):
        assert encode_rows(schema, [{"x": cell}]).dates[0, 0] == pytest.approx(14.5 / 24)
        assert encode_frame(schema, pd.DataFrame({"x": [cell]})).dates[0, 0] == pytest.approx(14.5 / 24)


@pytest.mark.parametrize("padded", [True, False])
def test_a_file_of_lines_says_the_same_as_a_frame(tmp_path, padded):
    """Arrow reads "03:25" as a time, so that minutes and seconds could not be told from hours and minutes."""
    width = 1 + padded
    texts = [f"{i % 24:0{width}}:{i % 60:02}" if i % 3 else f"{i % 9:0{width}}:{i % 50:02}:59" for i in range(N)]
    (tmp_path / "a.csv").write_text("length,y\n" + "".join(f"{t},{i % 2}\n" for i, t in enumerate(texts)))
    raw = read_table(tmp_path / "a.csv")
    prepared = prepare(raw, TaskOptions(target="y"))
    _, schema, frame = described(texts, name="length")
    assert prepared.task.schema["length"].number == schema["length"].number == NumberFormat(duration="minutes")
    np.testing.assert_array_equal(prepared.table.numeric, encode_frame(schema, frame).numeric)


def test_the_hash_of_a_task_without_durations_is_what_it_was():
    frame = pd.DataFrame({"a": [f"{m},5 €" for m in MINUTES], "b": MINUTES * 0.5, "y": np.arange(N) % 2})
    assert prepare(read_table(frame), TaskOptions(target="y")).task.hash == HASH


HASH = "42f338a1c6bb"


def reader(duration):
    return NumberReader(Column(name="x", kind="numeric", reason="", number=NumberFormat(duration=duration)))


@given(st.integers(0, 10**7))
def test_what_python_writes_is_read_back(seconds):
    assert reader("hours")(str(timedelta(seconds=seconds))) == seconds
    assert reader("hours")(str(-timedelta(seconds=seconds))) == -seconds
    assert reader("hours")(str(pd.Timedelta(seconds=-seconds))) == -seconds
    assert reader("hours")(timedelta(seconds=seconds)) == seconds


@given(st.text(alphabet="0123456789:.,dhms -+PTan", max_size=20))
def test_any_text_is_a_number_of_seconds_or_missing(text):
    assert isinstance(reader("minutes")(text), float)


def test_a_model_reads_new_files_the_same_way_and_names_what_it_cannot_read():
    from assay.core.codec import from_json, to_json
    from assay.core.schema import Schema
    from assay.predictor.new_rows_check import check_rows
    from assay.predictor.row_reader import RowReader

    clock, lasting = CLOCKS["12 hours"], DURATIONS["words"][0]
    frame = pd.DataFrame({"at": [clock(m) for m in MINUTES], "took": [lasting(m) for m in MINUTES], "y": MINUTES % 2})
    schema = from_json(Schema, to_json(infer_schema(frame, TaskOptions(target="y"))))
    new = [{"at": "14:35", "took": "27:10"}, {"at": "2:35 PM", "took": "1d 3h 10min"}, {"at": "soon", "took": "90"}]
    table = encode_rows(schema, new)
    np.testing.assert_allclose(table.dates[:, 0], [875 / 1440, 875 / 1440, np.nan])
    np.testing.assert_allclose(table.numeric[:, 0], [97_800, 97_800, np.nan])
    assert [item.text for item in check_rows(schema, RowReader(schema), new).unread] == [
        "at: 1 of 3 cells is no time of day as the model reads them, e.g. 'soon'",
        "took: 1 of 3 cells is no duration as the model reads them, e.g. '90'",
    ]


def test_nobody_is_asked_to_order_rows_by_a_time_of_day():
    from assay.inspect.inspect_table import inspect_table

    frame = pd.DataFrame({"at": [CLOCKS["24 hours"](m) for m in MINUTES], "y": np.arange(N) % 2})
    assert not inspect_table(read_table(frame), TaskOptions(target="y")).asks


def test_inference_tells_of_a_time_of_day_by_the_hour():
    pytest.importorskip("statsmodels")
    from assay.infer.infer_table import infer_table
    from assay.infer.inference_question import Question

    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"at": [CLOCKS["24 hours"](m) for m in MINUTES], "y": MINUTES / 20 + rng.normal(size=N)})
    found = infer_table(read_table(frame), TaskOptions(target="y"), Question())
    (one,) = [c for c in found.coefficients if c.column == "at"]
    assert one.unit == "hour"
    assert one.value == pytest.approx(3.0, abs=0.1)


def test_a_decimal_that_signals_beside_a_time_is_no_fault():
    frame = pd.DataFrame({"at": pd.Series([Decimal("sNaN"), time(8, 15), "x"] * 10, dtype=object), "y": [0, 1, 1] * 10})
    assert infer_schema(frame, TaskOptions(target="y"))["at"].kind in {"category", "text", "constant", "identifier"}
