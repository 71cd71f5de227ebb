"""Numbers written in several: fractions, degrees with minutes, feet with inches; other pairs stay words."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.data.composed_numbers import composed_of, read_composed
from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from assay.data.repairs import repairs_of
from each import each

N = 120


def read(cells):
    frame = pd.DataFrame({"x": cells, "y": np.arange(len(cells)) % 2})
    schema = infer_schema(frame, TaskOptions(target="y"))
    if schema["x"].kind == "numeric":
        table = encode_frame(schema, frame)
        np.testing.assert_array_equal(table.numeric, encode_rows(schema, frame.to_dict("records")).numeric)
        return schema["x"], table.numeric[:, 0]
    return schema["x"], None


def test_whole_numbers_with_a_fraction_behind_are_numbers():
    column, values = read([f"{j} 3/4 cups" if j % 2 else f"{j} cups" for j in range(1, N)])
    np.testing.assert_allclose(values, [j + 0.75 * (j % 2) for j in range(1, N)])
    assert [repair.text for repair in repairs_of(column)] == ["read as numbers: cups cut off, 3 1/4 as 3.25"]


def test_fractions_of_one_character_are_added_and_no_unit():
    _, values = read([f"{j}½" if j % 3 else f"{j}" for j in range(1, N)])
    np.testing.assert_allclose(values, [j + 0.5 * bool(j % 3) for j in range(1, N)])


def test_inches_have_halves_and_quarters():
    _, values = read([f'{j}-{1 + 2 * (j % 2)}/4"' if j % 5 else '1/2"' for j in range(1, N)])
    np.testing.assert_allclose(values, [j + (1 + 2 * (j % 2)) / 4 if j % 5 else 0.5 for j in range(1, N)])


@pytest.mark.parametrize(
    "cell",
    [
        lambda j: f"{1 + j % 9}/{2 + j % 4}",
        lambda j: f"{110 + j}/{60 + j % 40}",
        lambda j: f"{j % 11}/10",
        lambda j: f"{j % 6}-{j % 4}",
        lambda j: f"{j} {j % 9}/{j % 30}",
        lambda j: f"{j % 12 + 1}-{j % 28 + 1}/7",
    ],
)
def test_results_doses_and_other_pairs_are_no_numbers(cell):
    assert read([cell(j) for j in range(N)])[0].kind != "numeric"


@each(
    "form",
    [
        lambda d, m, s, side: f"{d}°{m:02}'{s:02}\"{side}",
        lambda d, m, s, side: f"{d}° {m}′ {s}″ {side}",
        lambda d, m, s, side: f"{side} {d}° {m}' {s}''",
        lambda d, m, s, side: f"{d}°{m + s / 60:.6f}'{side}",
        lambda d, m, s, side: f"{d + m / 60 + s / 3600:.8f}° {side}",
    ],
)
@each("sides", ["NS", "EW"])
def test_degrees_with_minutes_and_sides_of_the_earth_are_degrees(form, sides):
    cells = [(j % 90, j * 7 % 60, j * 13 % 60, sides[j % 2]) for j in range(N)]
    _, values = read([form(*cell) for cell in cells])
    expected = [(d + m / 60 + s / 3600) * (-1 if side in "SW" else 1) for d, m, s, side in cells]
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_feet_and_inches_are_inches():
    column, values = read([f"{4 + j % 3}'{j % 12}\"" for j in range(N)])
    np.testing.assert_array_equal(values, [12 * (4 + j % 3) + j % 12 for j in range(N)])
    assert "in inches" in repairs_of(column)[0].text


def test_a_target_of_feet_and_inches_is_one_of_inches():
    frame = pd.DataFrame({"x": np.arange(N) % 7, "tall": [f"{4 + j % 3}'{j % 12}\"" for j in range(N)]})
    prepared = prepare(read_table(frame), TaskOptions(target="tall"))
    assert (prepared.task.problem.name, prepared.task.schema["tall"].unit) == ("regression", "inches")
    np.testing.assert_array_equal(prepared.target.values, [12 * (4 + j % 3) + j % 12 for j in range(N)])


@pytest.mark.parametrize("text", ["91° N", "10° 60' N", "361°", "48°51'24\"O", "N 5° S", "5'12\"", "'5", ""])
def test_what_is_no_degree_and_no_foot_is_missing(text):
    assert np.isnan(read_composed(text, "degrees"))
    assert np.isnan(read_composed(text, "feet"))


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59), st.sampled_from("EW"))
def test_degrees_come_back_to_a_second(d, m, s, side):
    value = read_composed(f"{d}°{m}'{s}\"{side}", "degrees")
    assert round(abs(value) * 3600) == d * 3600 + m * 60 + s
    assert value == 0 or (value < 0) == (side == "W")


@given(st.lists(st.text("0123456789 /-.,kg'\"°NS½", max_size=12), min_size=1, max_size=20))
def test_any_texts_have_one_form_or_none(texts):
    assert composed_of(texts) in {"", "fractions", "degrees", "feet"}
