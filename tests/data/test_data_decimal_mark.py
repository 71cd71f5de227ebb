"""A comma before three digits is what the commas of the other columns are."""

import numpy as np
import pandas as pd
import pytest

from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table

N = 120
KILOGRAMS = np.round(np.random.default_rng(0).uniform(1, 9.9, N), 3)
PRICES = np.round(np.random.default_rng(1).uniform(900, 9000, N), 2)


def german(value, form):
    return f"{value:{form}}".translate(str.maketrans(",.", ".,"))


def table(tmp_path, price):
    lines = ["kg;price;sold"]
    lines += [
        f"{german(kg, '.3f')};{price(p)};{i % 2}" for i, (kg, p) in enumerate(zip(KILOGRAMS, PRICES, strict=True))
    ]
    path = tmp_path / "goods.csv"
    path.write_text("\n".join(lines) + "\n")
    return read_table(path)


def test_three_decimals_behind_a_comma_are_decimals_where_other_columns_have_decimal_commas(tmp_path):
    found = prepare(table(tmp_path, lambda p: german(p, ",.2f")), TaskOptions(target="sold"))
    column = found.task.schema["kg"]
    values = found.table.numeric[:, 0].astype(float) * column.scale + column.shift
    np.testing.assert_allclose(values, KILOGRAMS, rtol=1e-5)
    assert any("decimal comma" in note for note in column.notes)


def test_so_are_those_of_a_target_and_it_is_said(tmp_path):
    found = prepare(table(tmp_path, lambda p: german(p, ",.2f")), TaskOptions(target="kg"))
    np.testing.assert_allclose(found.target.values, KILOGRAMS)
    assert "decimal comma" in found.task.problem_reason


@pytest.mark.parametrize("price", [lambda p: f'"{p:,.2f}"', lambda p: f"{p:.2f}", lambda p: f"{p:.0f}"])
def test_thousands_stay_thousands_where_no_other_column_has_decimal_commas(tmp_path, price):
    found = prepare(table(tmp_path, price), TaskOptions(target="kg"))
    np.testing.assert_allclose(found.target.values, 1000 * KILOGRAMS)


def test_millions_with_two_commas_are_no_decimals():
    frame = pd.DataFrame({
        "x": [f"{1_000_000 + 7001 * i:,}" for i in range(N)], "kg": [german(kg, ".2f") for kg in KILOGRAMS],
        "y": np.arange(N) % 2,
    })  # fmt: skip
    assert prepare(read_table(frame), TaskOptions(target="y")).task.schema["x"].number.thousands == ","
