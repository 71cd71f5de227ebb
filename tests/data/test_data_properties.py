"""Whatever is done to a clean table, it is read and understood, or refused in one sentence; never a traceback."""

import csv
import io
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.core.errors import AssayError
from assay.core.seed import Seeds
from assay.data.encode import check_columns, encode_frame, encode_rows
from assay.data.file_formats import read_content
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.data.refusal import TABLE_REPAIRS
from assay.inspect.early_suspicions import suspected
from assay.inspect.inspect_table import inspect_table
from each import at_most

ODD = (
    "", " ", "NA", "?", "-", "=1+1", "+1", "@x", "\x00", "\x1b[31m", "1e400", "-1e400", "inf", "nan", "1_000", "0x1F",
    "½", "²", "١٢٣", "𝟙𝟚", "−5", "5%", "(5)", "$5", "5 €", "1.204,50", "1,204.50", "1'204", "12 kg", "-999", "9999",
    "1e-320", "00012", "9" * 30, "0.1" + "0" * 60, "2021-02-30", "31.02.2021", "00/00/0000", "9999-99-99", "9999-12-31",
    "0001-01-01", "2021-13-01", "12/31/99", "Q5 2020", "2020 Q4", "25:61", "2021-01-01T00:00:00+99:00", "Jan 32, 2020",
    "true", "YES", "Mосква", "عربى", "日本", "😀", "\u200b", "\u2028", "\ufeff", "\ufffd", "a,b", "a;b", "a\tb", "a|b",
    "a\nb", "a\r\nb", 'say "hi"', '"', "'", "Total", "Source: x", "#N/A", "None", "[1, 2]", "{}", "<html>", "a" * 5000,
    "word " * 40, "http://x.y/z", "a@b.cd",
)  # fmt: skip
NAMES = ("age", "income", "city", "day", "y")


@st.composite
def grids(draw):
    """Header and rows of texts: a clean table, with some cells, names and rows replaced."""
    n = draw(st.integers(1, 40))
    dice = np.random.default_rng(draw(st.integers(0, 10_000)))
    rows = [
        [str(dice.integers(18, 80)), f"{dice.uniform(1, 9000):.2f}", "ABC"[dice.integers(3)],
         f"20{dice.integers(10, 24)}-0{dice.integers(1, 9)}-1{dice.integers(9)}", "ny"[dice.integers(2)]]
        for _ in range(n)
    ]  # fmt: skip
    grid = [list(NAMES), *rows]
    cell = st.one_of(st.sampled_from(ODD), st.text(max_size=12))
    for _ in range(draw(st.integers(0, 12))):
        i, j = draw(st.integers(0, n)), draw(st.integers(0, 4))
        grid[i][j] = draw(cell)
    if draw(st.booleans()):  # a whole column of one odd thing, or of a few
        j, few = draw(st.integers(0, 4)), draw(st.lists(cell, min_size=1, max_size=4))
        for i in range(1, n + 1):
            grid[i][j] = few[i % len(few)]
    return draw(rearranged(grid))


@st.composite
def rearranged(draw, grid):
    """The grid with rows or columns repeated, cut, emptied, swapped, put above or below."""
    change = draw(st.sampled_from(
        ("none", "twice", "header again", "ragged", "above", "below", "column twice", "no names", "blank", "total",
         "wide", "two headers", "reversed")
    ))  # fmt: skip
    at, width = draw(st.integers(0, len(grid))), len(grid[0])
    text = draw(st.sampled_from(ODD))
    changed = {
        "twice": lambda: [*grid, *grid[1:]], "header again": lambda: [*grid[:at], grid[0], *grid[at:]],
        "ragged": lambda: [*grid[:at], [text] * draw(st.integers(0, 9)), *grid[at:]],
        "above": lambda: [[text], ["", text], [], *grid], "below": lambda: [*grid, [], [text] + [""] * (width - 1)],
        "column twice": lambda: [[*row, row[at % width]] for row in grid],
        "no names": lambda: [[""] * width, *grid[1:]], "blank": lambda: [*grid[:at], [""] * width, *grid[at:]],
        "total": lambda: [*grid, ["Total", "", "", "", "1"]], "wide": lambda: [row * 30 for row in grid],
        "two headers": lambda: [["a", "", "b", "", ""], *grid], "reversed": lambda: grid[::-1],
    }.get(change, lambda: grid)  # fmt: skip
    return changed()


@st.composite
def files(draw):
    """Bytes of a grid, as CSV in some dialect and encoding, sometimes damaged."""
    grid = draw(grids())
    text = io.StringIO(newline="")
    quoting = draw(st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)))
    ends = draw(st.sampled_from(("\n", "\r\n", "\r")))
    csv.writer(text, delimiter=draw(st.sampled_from(",;\t|")), lineterminator=ends, quoting=quoting).writerows(grid)
    encoding = draw(
        st.sampled_from(("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1", "cp1251"))
    )
    body = text.getvalue().encode(encoding, errors="replace")
    if draw(st.booleans()) or not body:
        return body
    at, length = draw(st.integers(0, len(body) - 1)), draw(st.integers(0, 8))
    return body[:at] + draw(st.binary(max_size=8)) + body[at + length :]


def understood(raw, seed, options=None):
    """All that reading, asking, encoding and inspecting do, without a warning; None where it was refused in words."""
    names = [str(name) for name in raw.frame.columns]
    target = "y" if "y" in names else names[seed % len(names)]
    options = options or TaskOptions(target=target, seed=seed)
    prepared = prepare(raw, options)
    schema, table = prepared.task.schema, prepared.table
    suspected(schema, table, prepared.target, kept=(), seeds=Seeds(seed))
    frame = raw.frame.iloc[prepared.rows]
    check_columns(schema, names)
    again = encode_frame(schema, frame)
    one_by_one = encode_rows(schema, frame.head(5).to_dict("records"))
    for name in ("numeric", "codes", "dates", "text"):
        np.testing.assert_array_equal(getattr(again, name), getattr(table, name))
        np.testing.assert_array_equal(getattr(one_by_one, name), getattr(table, name)[: one_by_one.n_rows])
    return prepared


def refusal_of(work):
    """The error for people that `work` ends with, None where it does its work; anything else is a fault."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            work()
        except AssayError as error:
            return error
    return None


def in_words(error):
    return error is None or (error.message.strip() and (error.do or error.nearest or error.where))


LAW = settings(max_examples=at_most(120), deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@LAW
@given(body=files(), seed=st.integers(0, 99))
def test_a_mutated_file_is_understood_or_refused_in_words(body, seed):
    assert in_words(refusal_of(lambda: understood(read_content(body, name="t.csv"), seed)))


@settings(LAW, max_examples=at_most(40))
@given(body=files(), raw=st.lists(st.sampled_from((*TABLE_REPAIRS, "age", "age=missing", "day=dates")), max_size=4))
def test_a_mutated_file_whose_repairs_are_refused_is_understood_or_refused_in_words(body, raw):
    options = TaskOptions(target="y", raw=tuple(raw))
    assert in_words(refusal_of(lambda: understood(read_content(body, name="t", refused=options.refused), 0, options)))


@settings(LAW, max_examples=10)
@given(body=files(), with_target=st.booleans())
def test_a_mutated_file_is_inspected_or_refused_in_words(body, with_target):
    options = TaskOptions(target="y" if with_target else None)
    assert in_words(refusal_of(lambda: inspect_table(read_content(body, name="t.csv"), options)))


@pytest.mark.slow
@settings(LAW, max_examples=at_most(30))
@given(old=files(), new=files())
def test_a_schema_of_one_file_reads_any_other_or_says_what_it_lacks(old, new):
    def both():
        schema = understood(read_content(old, name="old.csv"), 0).task.schema
        encode_frame(schema, read_content(new, name="new.csv").frame)

    assert in_words(refusal_of(both))


OBJECTS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(), st.text(max_size=6), st.binary(max_size=4),
    st.datetimes(), st.dates(), st.times(), st.timedeltas(), st.decimals(allow_nan=True), st.fractions(), st.uuids(),
    st.complex_numbers(), st.lists(st.integers(), max_size=2), st.tuples(st.integers()), st.just(pd.NA),
    st.just(pd.NaT),
)  # fmt: skip
DTYPES = (
    "Int64", "Float32", "float16", "uint8", "boolean", "category", "string", "object", "datetime64[s]",
    "timedelta64[ns]", "complex128", "period", "interval", "sparse", "tz", "ordered",
)  # fmt: skip


def of_dtype(dtype, values):
    """A column of that dtype from small whole numbers."""
    made = {
        "boolean": lambda: pd.Series(values > 50).astype("boolean"),
        "period": lambda: pd.Series(pd.period_range("2020-01", periods=100, freq="M")[values]),
        "interval": lambda: pd.Series(pd.interval_range(0, 100)[values]),
        "sparse": lambda: pd.Series(pd.arrays.SparseArray(values, fill_value=0)),
        "tz": lambda: pd.Series(pd.to_datetime(values, unit="D", utc=True).tz_convert("Asia/Tokyo")),
        "ordered": lambda: pd.Series(pd.Categorical(values, ordered=True)),
    }
    return made.get(dtype, lambda: pd.Series(values).astype(dtype))()


@st.composite
def frames(draw):
    """Frames of odd dtypes and cells, under odd names, with gaps."""
    n = draw(st.integers(1, 30))
    columns = []
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            few = draw(st.lists(OBJECTS, min_size=1, max_size=6))
            columns.append(pd.Series([few[i % len(few)] for i in range(n)], dtype=object))
        else:
            values = np.array(draw(st.lists(st.integers(0, 99), min_size=n, max_size=n)))
            columns.append(of_dtype(draw(st.sampled_from(DTYPES)), values))
    names = draw(st.lists(
        st.one_of(st.text(max_size=5), st.integers(0, 3), st.none(), st.tuples(st.text(max_size=2), st.integers(0, 2))),
        min_size=len(columns), max_size=len(columns),
    ))  # fmt: skip
    frame = pd.concat(columns, axis=1).set_axis(pd.Index(names, tupleize_cols=draw(st.booleans())), axis=1)
    target = draw(st.sampled_from(["no", "yes"]))
    return frame.assign(y=[target if i % 3 else "no" for i in range(n)]) if frame.columns.nlevels == 1 else frame


@settings(LAW, max_examples=at_most(100))
@given(frame=frames(), seed=st.integers(0, 99))
def test_a_frame_of_any_cells_is_understood_or_refused_in_words(frame, seed):
    assert in_words(refusal_of(lambda: understood(read_table(frame), seed)))


@settings(LAW, max_examples=at_most(25))
@given(frame=frames())
def test_a_frame_of_any_cells_is_inspected_or_refused_in_words(frame):
    assert in_words(refusal_of(lambda: inspect_table(read_table(frame), TaskOptions())))


@pytest.mark.slow
@settings(LAW, max_examples=at_most(20))
@given(grid=grids(), merges=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 2)), max_size=3))
def test_a_mutated_workbook_is_understood_or_refused_in_words(grid, merges):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in grid:
        book.active.append(["" if any(ord(char) < 32 for char in cell) else cell for cell in row])
    for row, column, more in merges:
        try:
            book.active.merge_cells(start_row=row, end_row=row, start_column=column, end_column=column + more)
        except ValueError:
            continue
    body = io.BytesIO()
    book.save(body)
    assert in_words(refusal_of(lambda: understood(read_content(body.getvalue(), name="t.xlsx"), 0)))
