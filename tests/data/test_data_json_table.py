"""Tables in JSON, however a program lays them out."""

import json

import numpy as np
import pandas as pd
import pytest

from assay.core.errors import DataError
from assay.data.json_table import is_json, read_json
from assay.data.read import read_table

N = 40
TABLE = pd.DataFrame({"a": np.arange(N) * 1.5, "b": ["x", "y"] * (N // 2), "y": [True, False] * (N // 2)})
ROWS = TABLE.to_dict("records")


def read(tmp_path, text):
    path = tmp_path / "t.json"
    path.write_text(text)
    return read_table(path)


@pytest.mark.parametrize(
    "text",
    [TABLE.to_json(), TABLE.to_json(indent=2), json.dumps(TABLE.to_dict("list")), TABLE.to_json(orient="records"),
     TABLE.to_json(orient="records", lines=True), json.dumps(ROWS, indent=1)],
    ids=["columns of pandas", "the same over lines", "lists", "records", "lines", "records over lines"],
)  # fmt: skip
def test_one_table_is_read_from_every_layout(tmp_path, text):
    raw = read(tmp_path, text)
    pd.testing.assert_frame_equal(raw.frame, TABLE, check_dtype=False)
    assert raw.notices == ()


@pytest.mark.parametrize("indent", [None, 2])
def test_rows_inside_an_answer_are_taken_out_of_it_and_it_is_said(tmp_path, indent):
    raw = read(tmp_path, json.dumps({"status": "ok", "count": N, "data": ROWS}, indent=indent))
    pd.testing.assert_frame_equal(raw.frame, TABLE, check_dtype=False)
    assert [(n.code, n.message) for n in raw.notices] == [
        ("data/json-rows", 'the rows are those under "data"; what is beside them is left out')
    ]


def test_an_object_alone_is_one_row(tmp_path):
    assert read(tmp_path, '{"a": 1, "user": {"age": 3}}\n').frame.to_dict("records") == [{"a": 1, "user.age": 3}]


def test_cells_too_deep_to_be_read_are_refused_in_words():
    content = "\n".join('{"y": 1, "a": ' + "[" * 3000 + "]" * 3000 + "}" for _ in range(3)).encode()
    assert is_json(content)
    with pytest.raises(DataError, match="inside each other too deep"):
        read_json(content, "deep.jsonl")
