"""Objects inside cells are columns of their own, in files and in single rows alike."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from assay.core.errors import DataError
from assay.data.encode import encode_frame
from assay.data.file_formats import read_content
from assay.data.infer_schema import infer_schema
from assay.data.nested_cells import flat_row
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.predictor.row_reader import RowReader

ROWS = [
    {"user": {"age": 20 + 7 * j % 31, "plan": {"name": "free" if j % 2 else "pro"}}, "tags": ["a"], "y": j % 2}
    for j in range(40)
]


def test_json_lines_and_parquet_take_objects_apart_alike(tmp_path):
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    parquet.write_table(pa.Table.from_pylist(ROWS), tmp_path / "rows.parquet")
    for name in ("rows.jsonl", "rows.parquet"):
        raw = read_table(tmp_path / name)
        assert list(raw.frame.columns) == ["user.age", "user.plan.name", "tags", "y"]
        assert raw.frame["user.age"].tolist() == [row["user"]["age"] for row in ROWS]
        assert [n.message for n in raw.notices] == ["nested cells taken apart: user.age, user.plan.name"]
        assert infer_schema(raw.frame, TaskOptions(target="y"))["tags"].kind == "dropped"


def test_a_missing_object_has_missing_cells_and_no_column_of_its_own(tmp_path):
    rows = [*ROWS, {"user": None, "tags": [], "y": 1}, {"tags": [], "y": 0}]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    frame = read_table(tmp_path / "rows.jsonl").frame
    assert "user" not in frame.columns
    assert frame["user.age"].isna().tolist() == [False] * 40 + [True] * 2


def test_a_row_to_predict_may_be_nested_or_flat(tmp_path):
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    intake = RowReader(infer_schema(read_table(tmp_path / "rows.jsonl").frame, TaskOptions(target="y")))
    nested, flat = (intake.table(row) for row in (ROWS[3], flat_row(ROWS[3])))
    np.testing.assert_array_equal(nested.numeric, flat.numeric)
    np.testing.assert_array_equal(nested.codes, flat.codes)
    assert nested.numeric[0, 0] == 41


@pytest.mark.parametrize(
    ("row", "flat"),
    [
        ({"a": {"b": 1}, "a.b": 2}, {"a": {"b": 1}, "a.b": 2}),
        ({"a": {}, "b": 1}, {"b": 1}),
        ({"a": {"b": {"c": [1]}}}, {"a.b.c": [1]}),
    ],
)
def test_an_object_never_hides_another_column(row, flat):
    assert flat_row(row) == flat


def deep_rows(n=90):
    return [
        {"user": {"age": 20 + i % 30, "home": {"city": "AB"[i % 2]}}, "tags": ["a", "b"], "n": i, "empty": None}
        if i % 10 else {"user": None, "tags": [], "n": i, "empty": None}
        for i in range(n)
    ]  # fmt: skip


@pytest.mark.parametrize("n", [20, 90])
def test_dicts_in_a_frame_of_any_library_are_taken_apart_like_those_of_json_lines(n):
    import polars as pl

    content = "\n".join(json.dumps(row) for row in deep_rows()).encode()
    schema = infer_schema(read_content(content, name="t.jsonl").frame, TaskOptions(target="n"))
    expected = encode_frame(schema, read_content(content, name="t.jsonl").frame).take(np.arange(n))
    rows = deep_rows(n)
    arrow = pa.Table.from_pylist(rows)
    for given in (pd.DataFrame(rows), arrow.to_pandas(types_mapper=pd.ArrowDtype), arrow, pl.DataFrame(rows), rows):
        found = RowReader(schema).table(given)
        assert (found.numeric_names, found.code_names) == (("user.age",), ("user.home.city",))
        np.testing.assert_array_equal(found.numeric, expected.numeric)
        np.testing.assert_array_equal(found.codes, expected.codes)
        if given is not rows:
            raw = read_table(given)
            assert set(raw.frame.columns) == {"user.age", "user.home.city", "tags", "n", "empty"}
            assert [n.code for n in raw.notices] == ["data/nested"] * isinstance(given, pd.DataFrame)
            kinds = {column.name: column.kind for column in infer_schema(raw.frame, TaskOptions(target="n"))}
            assert kinds["tags"] == "dropped"


def test_dicts_that_would_hide_a_column_or_stand_beside_other_cells_stay_as_they_are():
    frame = pd.DataFrame({"a": [{"b": 1}, {"b": 2}], "a.b": [3, 4], "c": [{"d": 1}, "text"], "e": [{}, {}]})
    raw = read_table(frame)
    assert (list(raw.frame.columns), raw.notices) == (["a", "a.b", "c", "e"], ())


def test_a_row_whose_object_is_missing_is_answered_like_one_with_missing_cells():
    content = "\n".join(json.dumps(row) for row in deep_rows()).encode()
    intake = RowReader(infer_schema(read_content(content, name="t.jsonl").frame, TaskOptions(target="n")))
    for row in ({"user": None}, {"user": {}}, {"user": {"home": {}}}, {"user": float("nan")}):
        for given in (row, [row], [row] * 70, pd.DataFrame([row]), pd.DataFrame([row] * 70)):
            found = intake.table(given)
            assert np.isnan(found.numeric).all()
            assert (found.codes == -1).all()
    with pytest.raises(DataError, match=r'lack the columns "user\.age"'):
        intake.table({"user": "Ann"})
