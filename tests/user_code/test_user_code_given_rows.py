"""The rows that a function is given: as the file has them, whatever they are stored as."""

import numpy as np
import pandas as pd
import pytest

from assay.core.block.columns import CodeBlock
from assay.core.contract import Seeds
from assay.core.schema import Schema
from assay.data.encode import encode_frame
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import RawTable
from assay.sandbox.rows import Rows
from assay.testing.tables import only, tables_of_every_kind, tiny_table
from assay.user_code.given_rows import given_columns, kinds_of, rows_of
from assay.user_code.runners import TrustedRunner
from assay.user_code.source import CodeSource
from each import each
from user_code.tried_functions import placed

N = 120
TOWNS = [f"town {i}" for i in range(30)]
LEVELS = ["low", "medium", "high"]


def frame():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({
        "price": rng.uniform(1, 99, N).round(2), "when": 1.7e9 + rng.integers(0, 5_000, N),
            "shop": rng.choice(["north", "south"], N),
        "town": rng.choice(TOWNS, N), "member": rng.choice(["yes", "no"], N), "grade": rng.choice(LEVELS, N),
        "opened": pd.date_range("2024-02-28", periods=N), "note": [f"the order number {k} came late" for k in range(N)],
        "y": rng.normal(size=N),
    })  # fmt: skip
    table.loc[1, ["price", "shop", "town", "member", "grade", "opened", "note"]] = None
    return table


@pytest.fixture(scope="module")
def read():
    options = TaskOptions(target="y", kinds={"note": "text", "grade": "ordinal", "opened": "datetime"})
    return prepare(RawTable(frame=frame(), name="shops.csv"), options)


def rows(table, schema, only=None):
    columns = given_columns(table, {column.name: column for column in schema}, only)
    return rows_of(table, columns), kinds_of(columns)


def test_every_column_comes_by_its_name_and_kind(read):
    X, kinds = rows(read.table, read.task.schema)
    assert kinds == {
        "price": "number", "when": "number", "grade": "category", "shop": "category", "town": "category",
        "member": "category", "opened": "date", "note": "text",
    }  # fmt: skip
    assert len(X) == N
    assert X.numbers.shape == (N, 3)
    assert rows(read.table, read.task.schema, ("shop", "price"))[1] == {"price": "number", "shop": "category"}


def test_numbers_come_in_the_unit_of_the_file(read):
    X, _ = rows(read.table, read.task.schema)
    column = read.task.schema["when"]
    assert (column.shift, column.scale) != (0.0, 1.0), "32 bits would merge its values"
    np.testing.assert_allclose(X["price"], frame()["price"], rtol=1e-6)
    np.testing.assert_allclose(X["when"], frame()["when"], atol=1e-3)
    assert X["when"].dtype == np.float64


@pytest.mark.parametrize("name", ["shop", "town", "member", "grade"])
def test_categories_and_ordered_levels_come_as_their_labels(read, name):
    assert (name in [column.name for column in read.task.schema.strings]) == (name == "town")
    X, _ = rows(read.table, read.task.schema)
    expected = [None if pd.isna(one) else one for one in frame()[name]]
    assert X[name].tolist() == expected


def test_dates_come_as_days_and_texts_as_they_are(read):
    X, _ = rows(read.table, read.task.schema)
    assert X["opened"][0] == (pd.Timestamp("2024-02-28") - pd.Timestamp("1970-01-01")).days
    assert X["note"][0] == "the order number 0 came late"


def test_what_is_missing_is_nan_or_none(read):
    X, kinds = rows(read.table, read.task.schema)
    for name, kind in kinds.items():
        cell = X[name][1]
        if name != "when":
            assert np.isnan(cell) if kind in ("number", "date") else cell is None, name


def test_levels_that_were_never_seen_are_none_but_where_cells_come_as_written(read):
    new = frame().head(3).assign(shop="west", town="town 99", grade="supreme", member="perhaps")
    X, _ = rows(encode_frame(read.task.schema, new), read.task.schema)
    for name in ("shop", "grade", "member"):
        assert X[name].tolist() == [None, None, None], name
    assert X["town"].tolist() == ["town 99"] * 3


def test_the_labels_that_a_step_was_fitted_with_hold_later(read):
    """The columns of a fitted step know their labels, and need no schema."""
    text = "def transform(X):\n    return {'south': (X['shop'] == 'south') * 1.0, 'when': X['when'] - 1.7e9}\n"
    step = placed(CodeSource("south", text), TrustedRunner(), schema=read.task.schema)
    fitted = step.fit(read.table, None, seeds=Seeds(0))
    assert [column.name for column in fitted.columns] == ["when", "shop"]
    new = encode_frame(read.task.schema, frame().tail(7))
    made = fitted.transform(new)
    assert made.numeric_names[-2:] == ("south", "south:when"), "the table has a when"
    assert made.numeric[:, -2].tolist() == [float(one == "south") for one in frame().tail(7)["shop"]]
    np.testing.assert_allclose(made.numeric[:, -1], frame().tail(7)["when"] - 1.7e9, atol=1e-3)


def test_codes_without_labels_come_as_their_numbers():
    table = only(tiny_table(), "codes")
    X, kinds = rows(table, Schema(columns=()))
    assert set(kinds.values()) == {"category"}
    codes = table.codes[:, table.code_names.index("grade")].tolist()
    assert X["grade"].tolist() == [None if code < 0 else str(code) for code in codes]
    unseen = table.with_blocks(codes=CodeBlock(np.full_like(table.codes, 2), table.code_names, table.levels))
    assert rows(unseen, Schema(columns=()))[0]["member"].tolist() == [None] * table.n_rows


@each("name", tables_of_every_kind())
def test_tables_of_every_kind_have_rows_to_give(name):
    table = tables_of_every_kind()[name]
    X, kinds = rows(table, Schema(columns=()))
    assert list(X) == list(kinds)
    assert set(kinds) == set(table.names)
    assert all(len(X[one]) == table.n_rows for one in X)
    assert all(X[one].dtype.kind == ("f" if kinds[one] in ("number", "date") else "O") for one in X)
    assert len(rows(table.take(np.arange(0)), Schema(columns=()))[0]) == 0


def test_rows_are_taken_by_position_and_named_where_one_is_not_there():
    X = Rows({"a": np.arange(4.0), "b": np.array(["x", None, "y", "z"], dtype=object)}, 4)
    few = X.take(np.array([2, 0]))
    assert (few["a"].tolist(), few["b"].tolist(), len(few)) == ([2.0, 0.0], ["y", "x"], 2)
    with pytest.raises(KeyError, match="there is no column 'c'; there are 'a', 'b'"):
        X["c"]
