"""Weeks and months are dates, years with months durations; scales, truth values and pairs of cells as people write."""

import io

import numpy as np
import pandas as pd
import pytest

from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions

N = 150
DAYS = pd.date_range("2019-12-30", periods=N, freq="9D")
MONDAYS = [day - pd.Timedelta(days=day.weekday()) for day in DAYS]
FIRSTS = [day.replace(day=1) for day in DAYS]


def week(form):
    return [form.format(y=day.isocalendar()[0], w=day.isocalendar()[1], d=day.isocalendar()[2]) for day in DAYS]


FORMS = {
    "week": (week("{y}-W{w:02}"), MONDAYS), "week, short": (week("{y}W{w:02}"), MONDAYS),
    "day of a week": (week("{y}-W{w:02}-{d}"), list(DAYS)), "week, German": (week("KW {w}/{y}"), MONDAYS),
    "week first": (week("W{w:02} {y}"), MONDAYS),
    "month/year": ([f"{day:%m/%Y}" for day in DAYS], FIRSTS), "Feb-22": ([f"{day:%b-%y}" for day in DAYS], FIRSTS),
    "Feb '22": ([f"{day:%b '%y}" for day in DAYS], FIRSTS),
}  # fmt: skip


def read(cells):
    frame = pd.DataFrame({"x": cells, "y": np.arange(len(cells)) % 2})
    schema = infer_schema(frame, TaskOptions(target="y"))
    return schema["x"], frame, schema


def days_of(frame, schema):
    found = encode_frame(schema, frame).dates[:, 0]
    np.testing.assert_array_equal(found, encode_rows(schema, frame.to_dict("records")).dates[:, 0])
    return found


@pytest.mark.parametrize("form", FORMS)
def test_weeks_and_months_are_dates_of_their_first_day(form):
    cells, moments = FORMS[form]
    column, frame, schema = read(cells)
    assert (column.kind, column.reason) == ("datetime", "dates")
    expected = [(moment - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1) for moment in moments]
    np.testing.assert_array_equal(days_of(frame, schema), expected)


@pytest.mark.parametrize(
    "cell",
    [
        lambda j: f"{['Jan', 'Feb', 'Mar', 'Apr'][j % 4]}-{1 + j % 28:02}",  # days of four months
        lambda j: f"{['May', 'Jun', 'Jul'][j % 3]} {(21, 14, 30)[j % 3]}",
        lambda j: f"Mar {21 + j % 8}",
        lambda j: f"{1 + j % 12}/1000",
        lambda j: f"{2001 + j % 20}-W{54 + j % 40}",
        lambda j: f"W{j % 30}",
    ],
)
def test_what_may_be_no_month_and_no_week_is_no_date(cell):
    assert read([cell(j) for j in range(N)])[0].kind != "datetime"


def test_years_with_months_are_durations_in_their_order():
    column, frame, schema = read([f"{j // 12} yrs {j % 12} mos" for j in range(N)])
    assert column.kind == "numeric"
    seconds = encode_frame(schema, frame).numeric[:, 0]
    np.testing.assert_allclose(seconds, [j * 2_629_746.0 for j in range(N)], rtol=1e-6)
    assert read([f"P{j // 12}Y{j % 12}M" for j in range(N)])[0].kind == "numeric"


def test_results_of_runs_are_durations_and_clocks_are_not():
    runs = read([f"{j % 4}:{j * 7 % 60:02}:{j * 13 % 60:02}" for j in range(N)])[0]
    assert (runs.kind, runs.unit) == ("numeric", "seconds")
    for cells in ([f"{j % 24}:{j % 60:02}:00" for j in range(N)], [f"{j % 4:02}:{j % 60:02}:00" for j in range(N)]):
        assert read(cells)[0].is_clock
    assert read([f"{8 + j % 2}:{j % 60:02}" for j in range(N)])[0].is_clock


def test_a_first_number_that_never_changes_is_the_month():
    column, frame, schema = read([f"03/{1 + j % 6:02}/2024 {j % 24:02}:{j % 60:02}" for j in range(N)])
    assert column.notes == ("day and month cannot be told apart: read month first, as the first number is always 3",)
    spread = np.ptp(days_of(frame, schema))
    assert 5 <= spread < 6


@pytest.mark.parametrize("first", [[1], [3, 4]])
def test_other_doubtful_dates_are_read_day_first_and_said(first):
    column, _, _ = read([f"{first[j % len(first)]:02}/{1 + j % 12:02}/2024" for j in range(N)])
    assert column.notes == ("day and month cannot be told apart: read day first",)


@pytest.mark.parametrize(
    "levels",
    [
        ("I", "II", "III", "IV"),
        ("Stage I", "Stage IIA", "Stage IIB", "Stage III"),
        ("★☆☆", "★★☆", "★★★"),
        ("1 star", "2 stars", "3 stars"),
        ("Below College", "College", "Bachelor", "Master", "Doctor"),
    ],
)
def test_numerals_stars_and_degrees_have_an_order(levels):
    column = read([levels[(j * 7) % len(levels)] for j in range(N)])[0]
    assert (column.kind, column.levels) == ("ordinal", levels)


@pytest.mark.parametrize("levels", [("C", "D", "M"), ("I", "V", "X"), ("X", "XI", "XII"), ("*", "a", "b")])
def test_letters_that_may_be_codes_have_none(levels):
    assert read([levels[j % len(levels)] for j in range(N)])[0].kind == "category"


@pytest.mark.parametrize(
    "pair", ["nie tak", "нет да", "ne ano", "nej ja", "ei kyllä", "hayır evet", "否 是", "nem igen"]
)
def test_yes_and_no_of_other_languages_are_truth_values_and_yes_the_positive_one(pair):
    no, yes = pair.split()
    cells = [yes if j % 3 else no for j in range(N)]
    assert read(cells)[0].kind == "boolean"


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        (lambda j: f"{j} - {j + 60}", "two numbers"),
        (lambda j: f"{j}-{j + 5} km", "two numbers"),
        (lambda j: f"{j}.5 ± 0.3", "two numbers"),
        (lambda j: f"{j} x {j + 3} x 40 mm", "several numbers"),
    ],
)
def test_ranges_and_sizes_are_said_not_to_be_numbers(cell, what):
    (note,) = read([cell(j) for j in range(N)])[0].notes
    assert what in note


def test_a_telephone_is_no_range():
    assert read([f"{555 + j % 9}-{1000 + j}" for j in range(N)])[0].notes == ()


def test_numbers_of_employees_name_them():
    frame = pd.DataFrame({"EmployeeNumber": np.sort(np.random.default_rng(0).choice(5000, N, replace=False))})
    column = infer_schema(frame, TaskOptions())["EmployeeNumber"]
    assert column.kind == "identifier"


@pytest.mark.parametrize("freq", ["Y", "W", "M", "h"])
def test_what_was_learned_from_the_texts_of_periods_is_asked_with_periods(freq) -> None:
    native = pd.Series(pd.period_range("2015-01-01", periods=6, freq=freq).repeat(20))
    native[3] = pd.NaT
    text = pd.read_csv(io.StringIO(native.to_frame("x").to_csv(index=False)))["x"]
    _, frame, schema = read(text)
    asked = encode_frame(schema, frame.assign(x=native))
    learned = encode_frame(schema, frame)
    for block in ("numeric", "codes", "dates"):
        np.testing.assert_array_equal(getattr(asked, block), getattr(learned, block))
