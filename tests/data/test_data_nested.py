"""Objects inside cells are columns of their own, in files and in single rows alike."""

import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from assay.data.infer import infer_schema
from assay.data.nested import flat_row
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.predictor.intake import Intake

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
    intake = Intake(infer_schema(read_table(tmp_path / "rows.jsonl").frame, TaskOptions(target="y")))
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
