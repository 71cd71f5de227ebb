"""Cells as they are written: each distinct text once, the same from frames, rows and disk."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.block.strings import MOST_CHARACTERS, Strings
from assay.core.schema import Column, Schema
from assay.core.table import Table
from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.pipeline.table_files import load_table, save_table
from assay.testing.tables import tiny_table

SCHEMA = Schema(columns=(
    Column(name="cabin", kind="category", reason="", levels=("C85",), n_levels=147, missing_marks=("?",)),
    Column(name="key", kind="identifier", reason="", n_levels=9),
    Column(name="sex", kind="category", reason="", levels=("f", "m"), n_levels=2),
))  # fmt: skip
CELLS = st.one_of(st.none(), st.just("?"), st.integers(-3, 3), st.text(max_size=4), st.sampled_from(["C85", "ü/1"]))


def cells(table: Table, name: str) -> list[str | None]:
    assert table.strings is not None
    places, texts = table.strings.column(name)
    return [None if place < 0 else texts[place] for place in places.tolist()]


@given(rows=st.lists(st.fixed_dictionaries({"cabin": CELLS, "key": CELLS, "sex": CELLS}), min_size=1, max_size=8))
def test_frames_and_rows_give_the_same_texts(rows: list[dict[str, object]]) -> None:
    frame = pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=object) for name in SCHEMA.names})
    by_frame, by_rows = encode_frame(SCHEMA, frame), encode_rows(SCHEMA, rows)
    for name in ("cabin", "key"):
        assert cells(by_frame, name) == cells(by_rows, name)


def test_few_categories_and_numbered_rows_are_no_strings() -> None:
    frame = pd.DataFrame({"row": range(60), "code": [f"{'klm'[i % 3]}{i}" for i in range(60)], "sex": ["f", "m"] * 30})
    schema = infer_schema(frame, TaskOptions(target="sex"))
    assert [column.name for column in schema.strings] == ["code"]
    assert schema["code"].kind == "identifier"
    table = encode_frame(schema, frame)
    assert (table.code_names, cells(table, "code")[-1]) == ((), "m59")


def test_keys_that_new_rows_lack_are_missing() -> None:
    frame = pd.DataFrame({"cabin": ["A1", None], "sex": ["f", "m"]})
    assert cells(encode_frame(SCHEMA, frame), "key") == [None, None]
    assert cells(encode_rows(SCHEMA, frame.to_dict("records")), "key") == [None, None]


def test_long_cells_are_cut_and_rows_are_taken_in_any_order() -> None:
    strings = Strings.of([("a", np.array([1, -1, 0], dtype=np.int32), ["x" * 1000, "y"])])
    places, texts = strings.take(np.array([2, 2, 1])).column("a")
    assert (places.tolist(), texts) == ([0, 0, -1], ("x" * MOST_CHARACTERS,))
    with pytest.raises(KeyError):
        strings.column("b")


def test_strings_and_moments_come_back_from_disk(tmp_path: Path) -> None:
    table = tiny_table(0, 30)
    save_table(tmp_path, table)
    back = load_table(tmp_path)
    assert cells(back, "cabin") == cells(table, "cabin")
    assert cells(back.take(np.arange(7)), "address") == cells(table, "address")[:7]
    assert back.moment is not None
    assert back.moment.tolist() == table.moment.tolist()
