"""Amounts whose currency is written in several ways, or of several currencies: never dropped without a word."""

import numpy as np
import pandas as pd
import pytest

from assay.data.encode import encode_frame
from assay.data.infer import infer_schema
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.inspect.table import inspect_table

N = 120
AMOUNTS = np.round(np.random.default_rng(3).lognormal(7, 1, N), 2)


def described(cells):
    frame = pd.DataFrame({"amount": cells, "y": np.arange(len(cells)) % 2})
    schema = infer_schema(frame, TaskOptions(target="y"))
    return schema["amount"], encode_frame(schema, frame)


def alternating(*forms):
    return [forms[i % len(forms)](value) for i, value in enumerate(AMOUNTS)]


def european(value):
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


@pytest.mark.parametrize(
    ("sign", "code"), [("$", "USD"), ("€", "EUR"), ("£", "GBP"), ("US$", "usd"), ("₹", "Rs")]
)  # fmt: skip
def test_a_sign_and_the_code_of_the_same_currency_are_one_unit(sign, code):
    column, table = described(alternating(lambda x: f"{sign} {x:,.2f}", lambda x: f"{x:,.2f} {code}"))
    assert column.kind == "numeric"
    assert not column.notes
    np.testing.assert_allclose(table.numeric[:, 0] * column.scale + column.shift, AMOUNTS, rtol=1e-6)


def test_amounts_of_two_currencies_are_read_as_they_stand_and_counted():
    cells = alternating(lambda x: f"${x:,.2f}", lambda x: f"€{x:,.2f}", lambda x: f"{x:,.2f} USD")
    column, table = described(cells)
    assert column.kind == "numeric"
    np.testing.assert_allclose(table.numeric[:, 0], AMOUNTS, rtol=1e-6)
    assert any("$ in 80 rows, € in 40" in note and "not converted" in note for note in column.notes)


def test_two_currencies_whose_marks_disagree_are_not_guessed_at_and_it_is_said():
    column, _ = described(alternating(lambda x: f"${x:,.2f}", lambda x: f"{european(x)} €"))
    assert column.kind != "numeric"
    assert any("$" in note and "€" in note and "write them alike" in note for note in column.notes)


def test_two_decimal_marks_of_one_currency_are_not_guessed_at():
    column, _ = described(alternating(lambda x: f"€ {x:,.2f}", lambda x: f"{european(x)} EUR"))
    assert column.kind != "numeric"


def test_a_stray_cell_in_another_currency_stays_missing():
    cells = alternating(lambda x: f"${x:,.2f}")
    cells[7] = "€12.00"
    column, _ = described(cells)
    assert (column.kind, column.missing) == ("numeric", 1)
    assert "no number" in column.notes[0]


def test_lengths_in_two_units_are_no_numbers():
    assert described(alternating(lambda x: f"{x:.2f} kg", lambda x: f"{x:.2f} lb"))[0].kind != "numeric"


def test_inspect_asks_about_amounts_of_two_currencies():
    frame = pd.DataFrame({"fee": alternating(lambda x: f"${x:,.2f}", lambda x: f"€{x:,.2f}"), "x": AMOUNTS})
    found = inspect_table(read_table(frame), TaskOptions())
    (asked,) = [one for one in found.asks if one.code == "ask/money"]
    assert asked.message.startswith("fee: $ in 60 rows, € in 60")


def test_a_decimal_comma_is_said_of_a_file_only_where_all_its_columns_have_it(tmp_path):
    (tmp_path / "one.csv").write_text("a;b\n" + "".join(f"{i},5 €;{i}\n" for i in range(40)), encoding="utf-8")
    (tmp_path / "two.csv").write_text("a;b\n" + "".join(f"{i},5 €;${i}.25\n" for i in range(40)), encoding="utf-8")
    one, two = (
        inspect_table(read_table(tmp_path / name), TaskOptions()).read.decimal for name in ("one.csv", "two.csv")
    )
    assert (one, two) == (",", ".")
