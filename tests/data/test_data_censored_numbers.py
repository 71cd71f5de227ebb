"""Measurements below or above what an instrument can tell ("<0.5", ">100") are numbers, and it is said."""

import numpy as np
import pandas as pd

from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table

N = 400
DRAWN = np.random.default_rng(5).lognormal(1.0, 1.5, N)


def cell(value, low=0.5, high=20.0, form="{:.1f}"):
    return f"<{low:g}" if value < low else f"> {high:g}" if value > high else form.format(value)


def described(cells, **options):
    frame = pd.DataFrame({"crp": cells, "y": np.arange(len(cells)) % 2})
    schema = infer_schema(frame, TaskOptions(target="y", **options))
    return schema, encode_frame(schema, frame)


def test_limits_among_measurements_are_read_as_the_number_they_name():
    schema, table = described([cell(value) for value in DRAWN])
    column = schema["crp"]
    assert column.kind == "numeric"
    assert column.missing == 0
    read = table.numeric[:, 0] * column.scale + column.shift
    np.testing.assert_allclose(read, np.clip(np.round(DRAWN, 1), 0.5, 20.0), atol=1e-6)
    n = int(((DRAWN < 0.5) | (DRAWN > 20)).sum())
    assert any(f"{n} cells are limits ('<0.5', '> 20')" in note for note in column.notes)


def test_a_column_of_few_values_half_of_them_limits_is_still_one_of_numbers():
    schema, _ = described([cell(value, low=3, high=30, form="{:.0f}") for value in DRAWN])
    assert schema["crp"].kind == "numeric"


def test_one_limit_among_thousands_of_values_is_found():
    schema, table = described([*(f"{value:.6f}" for value in np.random.default_rng(0).random(4000)), "<0.000001"])
    assert schema["crp"].missing == 0
    assert not np.isnan(table.numeric[:, 0]).any()


def test_limits_keep_their_units_and_marks():
    schema, table = described([cell(value).replace(".", ",") + " mg/L" for value in DRAWN])
    assert schema["crp"].number.affixes == ("mg/L",)
    assert not np.isnan(table.numeric[:, 0]).any()


def test_bands_stay_words():
    schema, _ = described(["<20", "20-40", "40-60", ">60"] * 50)
    assert schema["crp"].kind == "ordinal"


def test_a_count_with_an_end_keeps_it_apart_from_its_last_number():
    schema, _ = described(["0", "1", "2", "3", ">3"] * 50)
    assert schema["crp"].kind == "ordinal"
    assert schema["crp"].levels == ("0", "1", "2", "3", ">3")


def test_a_limit_named_as_missing_is_missing():
    schema, table = described([cell(value) for value in DRAWN], missing=("<0.5",))
    assert int(np.isnan(table.numeric[:, 0]).sum()) == int((DRAWN < 0.5).sum())
    assert schema["crp"].missing == int((DRAWN < 0.5).sum())


def test_single_rows_are_read_like_the_column():
    schema, _ = described([cell(value) for value in DRAWN])
    column = schema["crp"]
    rows = encode_rows(schema, [{"crp": text, "y": 0} for text in ("<0.5", "≤ 0.5", "0.5", ">=20")])
    np.testing.assert_allclose(rows.numeric[:, 0] * column.scale + column.shift, [0.5, 0.5, 0.5, 20.0], atol=1e-6)


def test_a_target_with_limits_is_learned_as_numbers_and_says_so():
    frame = pd.DataFrame({"x": np.arange(N) * 1.7, "crp": [cell(value) for value in DRAWN]})
    ready = prepare(read_table(frame), TaskOptions(target="crp"))
    assert ready.task.problem.name == "regression"
    assert len(ready.target) == N
    said = next(notice for notice in ready.task.notices if notice.code == "data/limits")
    assert "crp" in said.message
    assert "lies beyond" in said.message
