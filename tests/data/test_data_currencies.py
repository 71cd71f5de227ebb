"""Amounts whose currency is written in several ways, or of several currencies: never dropped without a word."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assay.data.encode import encode_frame
from assay.data.infer_schema import infer_schema
from assay.data.number_format import NumberReader, number_format, read_number
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.inspect.inspect_table import inspect_table
from each import at_most

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


FORMS = {
    "$1,200": lambda x: f"${x:,.0f}", "$1,200.00": lambda x: f"${x:,.2f}", "EUR 900": lambda x: f"EUR {x:.0f}",
    "EUR 900.00": lambda x: f"EUR {x:.2f}", "1.000,50 €": lambda x: f"{european(x)} €",
    "1.000 €": lambda x: f"{x:,.0f} €".replace(",", "."), "1000,50 €": lambda x: f"{x:.2f} €".replace(".", ","),
    "900": lambda x: f"{x:.0f}", "900.50": lambda x: f"{x:.2f}", "1,200": lambda x: f"{x:,.0f}",
    "1.200": lambda x: f"{x:,.0f}".replace(",", "."), "1.200,50": european,
    "CHF 1'200.50": lambda x: f"CHF {x:,.2f}".replace(",", "'"),
}  # fmt: skip
WHOLE = frozenset({"$1,200", "EUR 900", "1.000 €", "900", "1,200", "1.200"})


@given(
    forms=st.lists(st.sampled_from(sorted(FORMS)), min_size=1, max_size=3, unique=True).filter(
        lambda forms: any(char in "$€EC" for form in forms for char in form)
    ),
    common=st.sampled_from([0.4, 0.9, 0.97]), seed=st.integers(0, 99),
)  # fmt: skip
@example(forms=["900.50", "1.200,50", "$1,200"], common=0.97, seed=0)
@settings(max_examples=at_most(40), deadline=None)
def test_amounts_in_any_mix_of_forms_are_read_rightly_or_it_is_said(forms, common, seed):
    rng = np.random.default_rng(seed)
    shares = [common, *[(1 - common) / (len(forms) - 1)] * (len(forms) - 1)] if len(forms) > 1 else [1.0]
    chosen = rng.choice(forms, N, p=shares)
    if not any(char in "$€EC" for form in chosen for char in form):
        return  # without a single currency it is a column of plain numbers
    column, table = described([FORMS[form](value) for form, value in zip(chosen, AMOUNTS, strict=True)])
    if column.kind != "numeric":
        assert any("write them alike" in note for note in column.notes)
        return
    truth = np.where([form in WHOLE for form in chosen], np.round(AMOUNTS), AMOUNTS)
    read = table.numeric[:, 0].astype(float) * column.scale + column.shift
    there = ~np.isnan(read)
    np.testing.assert_allclose(read[there], truth[there], rtol=1e-4, atol=0.011)
    assert there.all() or any("no number" in note for note in column.notes)


@pytest.mark.parametrize(
    ("cells", "text", "value"),
    [
        (["$1,204", "$3,100", "$950", "€1,500"], "$2,500", 2500.0),
        (["1.204 €", "3.100 €", "950 €", "2500 €"], "7.200 €", 7200.0),
        (["$12.50", "$1,204.00", "$0.99"], "1.204", np.nan),  # a thousand of another hand, or a fraction
        (["$0.125", "$1.204", "$2.5", "$3"], "$1.375", 1.375),  # prices of single screws
        (["$1.459", "$1.389", "$1.519"], "$1.499", 1.499),  # and of a litre
    ],
)
def test_three_digits_behind_a_mark_are_read_as_the_other_cells_tell(cells, text, value):
    form = number_format([*cells, "1.204"] if np.isnan(value) else cells * 2)
    np.testing.assert_equal(read_number(text, form), value)


def test_a_price_per_litre_is_read_as_it_stands_and_the_doubt_is_said():
    column, table = described([f"{1.3 + i / 1000:.3f} €" for i in range(1, 90) if i % 10])
    assert column.kind == "numeric"
    assert table.numeric[0, 0] == np.float32(1.301)
    assert column.notes == ("'1.301 €' read with a decimal point: if thousands are meant, write them without it",)


def test_what_is_not_read_among_amounts_is_not_read_of_new_rows_either():
    cells = alternating(lambda x: f"${x:,.2f}")
    cells[3] = "$1.204"
    column, _ = described(cells)
    assert column.number.cents
    assert column.notes == ("1 cell is no number ('$1.204'): read as missing",)
    read = NumberReader(column)
    assert np.isnan(read("$3.500"))
    assert read("$3.50") == 3.5


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
