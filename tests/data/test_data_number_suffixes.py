"""Signs and powers of ten behind a number are part of it: "12-", "12 DR", "1.2M"."""

import numpy as np
import pandas as pd
import pytest

from assay.core.schema import Column, NumberFormat
from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.kind_guess import describe
from assay.data.number_format import NumberReader
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from each import each

N = 200
AMOUNTS = np.round(np.random.default_rng(0).normal(0, 900, N), 2)
LARGE = np.random.default_rng(1).lognormal(8, 3, N)


def read(cells):
    frame = pd.DataFrame({"x": cells, "y": np.arange(N) % 2})
    schema = infer_schema(frame, TaskOptions(target="y"))
    column, table = schema["x"], encode_frame(schema, frame)
    assert column.kind == "numeric", column
    rows = encode_rows(schema, frame.to_dict("records"))
    np.testing.assert_array_equal(rows.numeric, table.numeric)
    return table.numeric[:, 0].astype(float) * column.scale + column.shift


def short(value):
    return f"{value / 1e6:.2f}M" if value >= 1e6 else f"{value / 1e3:.2f}k" if value >= 1e3 else f"{value:.2f}"


@pytest.mark.parametrize(
    "form",
    [
        lambda x: f"{abs(x):.2f}{'-' if x < 0 else ''}",
        lambda x: f"{abs(x):,.2f}".translate(str.maketrans(",.", ".,")) + ("-" if x < 0 else ""),
        lambda x: f"{abs(x):.2f} {'DR' if x < 0 else 'CR'}",
        lambda x: f"{abs(x):,.2f}{' DR' if x < 0 else ''}",
        lambda x: f"{abs(x):.2f} {'S' if x < 0 else 'H'}",
        lambda x: f"€ {abs(x):.2f}{'−' if x < 0 else ''}",
        lambda x: f"{abs(x):,.2f}{'Dr' if x < 0 else 'Cr'}",
        lambda x: f"{abs(x):,.2f} {'dr.' if x < 0 else 'cr.'}",
    ],
    ids=[
        "minus",
        "minus and decimal commas",
        "debit and credit",
        "debit alone",
        "Soll and Haben",
        "euros",
        "debit and credit without a blank",
        "debit and credit in small letters",
    ],
)
def test_a_sign_behind_a_number_is_read(form):
    np.testing.assert_allclose(read([form(x) for x in AMOUNTS]), AMOUNTS, rtol=1e-5)


@pytest.mark.parametrize("form", [short, lambda x: "$" + short(x), lambda x: short(x).replace("k", "K")])
def test_letters_that_stand_for_powers_of_ten_are_read(form):
    np.testing.assert_allclose(read([form(x) for x in LARGE]), LARGE, rtol=1e-2, atol=0.01)


def test_thousands_beside_plain_numbers_are_thousands():
    values = np.where(np.arange(N) % 3, np.arange(N) + 100.0, (np.arange(N) + 1) * 1000.0)
    np.testing.assert_allclose(read([f"{x / 1000:g}k" if x >= 1000 else f"{x:g}" for x in values]), values, rtol=1e-5)


@pytest.mark.parametrize("unit", ["k", "M", " K", " m", " kg", "s", " h"])
def test_one_letter_behind_all_numbers_is_a_unit(unit):
    np.testing.assert_allclose(read([f"{x:.2f}{unit}" for x in np.abs(AMOUNTS)]), np.abs(AMOUNTS), rtol=1e-5)


def test_kelvin_beside_plain_numbers_is_no_thousand():
    cells = [f"{x:.2f} K" if i % 2 else f"{x:.2f}" for i, x in enumerate(np.abs(AMOUNTS))]
    np.testing.assert_allclose(read(cells), np.abs(AMOUNTS), rtol=1e-5)


def test_seconds_beside_hours_stay_durations():
    cells = [f"{i + 1} s" if i % 2 else f"{i + 1} h" for i in range(N)]
    expected = [(i + 1) * (1.0 if i % 2 else 3600.0) for i in range(N)]
    np.testing.assert_allclose(read(cells), expected, rtol=1e-5)


@pytest.mark.parametrize(
    "form",
    [
        lambda i: f"{1 + i % 5}{'-' if i % 2 else ''}",
        lambda i: f"{i:04} {'DR' if i % 2 else 'CR'}",
        lambda i: f"{i:04}{'-' if i % 3 else ''}",
        lambda i: f"{6 + 2 * (i % 12)}{'S' if i % 2 else 'H'}",
        lambda i: f"{(5, 10, 21, 42)[i % 4]}k" if i % 9 else "1M",
        lambda i: f"{30 + 2 * (i % 4)}{'B' if i % 3 else 'M'}",
        lambda i: f"{30 + i % 30}{'B' if i % 3 else 'K'}",
    ],
    ids=[
        "marks of a school",
        "numbers of courses",
        "numbers of parts",
        "sizes",
        "runs",
        "sizes of two letters",
        "thousands and billions, no millions",
    ],
)
def test_names_that_end_like_amounts_are_no_numbers(form):
    frame = pd.DataFrame({"x": [form(i) for i in range(N)], "y": np.arange(N) % 2})
    assert infer_schema(frame, TaskOptions(target="y"))["x"].kind in {"category", "ordinal", "identifier"}


def test_hours_and_seconds_with_capital_letters_are_no_sides_of_an_account():
    cells = [f"{i + 1} S" if i % 2 else f"{i + 1} H" for i in range(N)]
    assert min(read(cells)) > 0


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (lambda x: f"{abs(x):.2f}{'-' if x < 0 else ''}", "numbers with a sign behind them ("),
        (lambda x: short(abs(x)), "numbers with letters for powers of ten ("),
    ],
    ids=["signs", "factors"],
)
def test_a_target_that_is_read_so_says_it(form, said):
    frame = pd.DataFrame({"x": np.arange(N) * 1.7, "y": [form(1e3 * x) for x in AMOUNTS]})
    task = prepare(read_table(frame), TaskOptions(target="y")).task
    assert task.problem.name == "regression"
    assert task.schema["y"].reason.startswith(said)


@pytest.mark.parametrize(
    "cells", [[f"{1990 + i % 30}{'-' if i % 4 else ''}" for i in range(N)], [short(x) for x in LARGE]]
)
def test_a_column_that_is_read_so_says_it(cells):
    column = infer_schema(pd.DataFrame({"x": cells, "y": np.arange(N) % 2}), TaskOptions(target="y"))["x"]
    assert any(note.startswith("numbers with ") for note in column.notes)


def test_numbers_grouped_as_in_india_are_read():
    values = np.random.default_rng(2).integers(100_000, 99_999_999, N)

    def grouped(value):
        head, tail = str(value)[:-3], str(value)[-3:]
        pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
        return ",".join([*pairs, tail])

    np.testing.assert_allclose(read([grouped(value) for value in values]), values, rtol=1e-6)


@pytest.mark.parametrize(
    ("letter", "times", "sign"), [("k", 1e3, "€{}"), ("K", 1e3, "$ {}"), ("M", 1e6, "${}"), ("k", 1e3, "-£{}")]
)
def test_one_letter_behind_all_amounts_of_money_is_a_power_of_ten(letter, times, sign):
    numbers = [120 + 3.5 * i for i in range(40)]
    cells = [sign.format(f"{number}{letter}") for number in numbers]
    column = describe("price", pd.Series(cells))
    assert column.kind == "numeric"
    read = [NumberReader(column)(cell) for cell in cells]
    assert read == pytest.approx([number * times * (-1 if "-" in sign else 1) for number in numbers])


def test_a_letter_behind_numbers_without_a_currency_is_still_a_unit():
    cells = [f"{120 + 7 * i}k" for i in range(40)]
    assert NumberReader(describe("n", pd.Series(cells)))(cells[0]) == 120


@pytest.mark.parametrize("decimals", [[3], [1, 2, 3]])
def test_a_comma_before_a_power_of_ten_is_a_decimal_comma(decimals):
    numbers = [1.234e3 * 1.37**i for i in range(40)]
    cells = [f"{x:.{decimals[i % len(decimals)]}e}".replace(".", ",") for i, x in enumerate(numbers)]
    column = describe("dose", pd.Series(cells))
    assert column.kind == "numeric"
    expected = [float(cell.replace(",", ".")) for cell in cells]
    assert [NumberReader(column)(cell) for cell in cells] == pytest.approx(expected)


@each("dash", list("-−–—‒‐‑﹣－"))
@each("form", ["{0}{1:.2f}", "{0} {1:.2f}", "{0}€{1:.2f}", "€{0}{1:.2f}", "{1:.2f}{0}"])
def test_every_dash_before_or_behind_a_number_is_a_minus(dash, form):
    cells = [form.format(dash if x < 0 else "", abs(x)) for x in AMOUNTS]
    np.testing.assert_allclose(read(cells), AMOUNTS, rtol=1e-5)


def test_a_target_with_dashes_for_minus_keeps_its_signs():
    cells = [f"{x:.2f}".replace("-", "–") for x in AMOUNTS]
    found = prepare(read_table(pd.DataFrame({"x": np.arange(N) * 1.7, "y": cells})), TaskOptions(target="y"))
    np.testing.assert_allclose(found.target.values, AMOUNTS)


def test_a_model_that_cut_a_dash_off_goes_on_reading_as_it_learned():
    old = NumberReader(Column(name="x", kind="numeric", reason="", number=NumberFormat(affixes=("–",))))
    assert old("–40") == 40


@pytest.mark.parametrize(
    ("small", "large"),
    [
        (("{:.0f}", 1.0), ("{:.1f}万", 1e4)),
        (("{:.0f}円", 1.0), ("{:.1f}万円", 1e4)),
        (("{:.1f}万元", 1e4), ("{:.2f}亿元", 1e8)),
        (("{:.1f} lakh", 1e5), ("{:.2f} crore", 1e7)),
        (("₹{:.1f} Lac", 1e5), ("₹{:.2f} Cr", 1e7)),
        (("{:.1f} тыс.", 1e3), ("{:.2f} млн", 1e6)),
        (("{:.1f} тыс. руб.", 1e3), ("{:.2f} млн руб.", 1e6)),
        (("{:.0f}", 1.0), ("{:.1f} million", 1e6)),
        (("{:.1f} million", 1e6), ("{:.2f} billion", 1e9)),
    ],
)
def test_words_that_stand_for_powers_of_ten_are_read(small, large):
    sorts = [small if i % 2 else large for i in range(N)]
    numbers = [10 + i for i in range(N)]
    cells = [form.format(number) for (form, _), number in zip(sorts, numbers, strict=True)]
    expected = [number * times for (_, times), number in zip(sorts, numbers, strict=True)]
    np.testing.assert_allclose(read(cells), expected, rtol=1e-5)


@pytest.mark.parametrize("unit", ["万円", "万", " lakh", " million"])
def test_one_word_behind_all_numbers_is_a_unit(unit):
    np.testing.assert_allclose(read([f"{x:.2f}{unit}" for x in np.abs(AMOUNTS)]), np.abs(AMOUNTS), rtol=1e-5)
