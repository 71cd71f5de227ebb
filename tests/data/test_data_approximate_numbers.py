"""Rough numbers and powers of ten among measurements are numbers."""

import numpy as np
import pandas as pd
import pytest

from assay.data.approximate_numbers import has_rough
from assay.data.encode import encode_frame, encode_rows
from assay.data.infer_schema import infer_schema
from assay.data.kind_guess import describe
from assay.data.options import TaskOptions
from assay.data.prepare import prepare
from assay.data.read import read_table
from each import each

N = 150
DEPTHS = np.round(np.random.default_rng(0).uniform(5, 90, N), 1)


def read(cells):
    frame = pd.DataFrame({"x": cells, "y": np.arange(N) % 2})
    schema = infer_schema(frame, TaskOptions(target="y"))
    column, table = schema["x"], encode_frame(schema, frame)
    assert column.kind == "numeric", column
    np.testing.assert_array_equal(encode_rows(schema, frame.to_dict("records")).numeric, table.numeric)
    return column, table.numeric[:, 0].astype(float) * column.scale + column.shift


@each("word", ["ca. ", "ca ", "~", "≈ ", "approx. ", "About ", "circa ", "etwa ", "c.", "около ", "約"])
@each("every", [1, 3])
def test_rough_numbers_are_the_numbers_they_name(word, every):
    column, found = read([f"{word}{depth}" if i % every == 0 else f"{depth}" for i, depth in enumerate(DEPTHS)])
    np.testing.assert_allclose(found, DEPTHS, rtol=1e-5)
    assert any("rough" in note for note in column.notes)


def test_rough_amounts_keep_their_units_signs_and_marks():
    texts = [f"{'ca. ' if i % 4 == 0 else ''}{1000 * depth:,.0f} kg" for i, depth in enumerate(DEPTHS)]
    np.testing.assert_allclose(read(texts)[1], np.round(1000 * DEPTHS), rtol=1e-5)
    np.testing.assert_allclose(read([f"~ -{depth}" for depth in DEPTHS])[1], -DEPTHS, rtol=1e-5)


def test_a_rough_target_is_learned_as_numbers_and_said():
    cells = [f"ca. {depth}" if i % 4 == 0 else f"{depth}" for i, depth in enumerate(DEPTHS)]
    found = prepare(read_table(pd.DataFrame({"x": np.arange(N) * 1.7, "y": cells})), TaskOptions(target="y"))
    assert found.task.problem.name == "regression"
    np.testing.assert_allclose(found.target.values, DEPTHS)
    assert any("rough" in notice.message for notice in found.task.notices)


@pytest.mark.parametrize(
    "form",
    ["{m}×10^{e}", "{m} x 10^{e}", "{m}·10^{e}", "{m}*10**{e}", "{m} × 10^({e})", "{m}×10{r}", "{m}×10^{e} CFU/ml"],
)
def test_powers_of_ten_are_read(form):
    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    exponents = [i % 7 - 2 for i in range(N)]
    texts = [form.format(m=m, e=e, r=str(e).translate(raised)) for m, e in zip(DEPTHS, exponents, strict=True)]
    np.testing.assert_allclose(read(texts)[1], [m * 10.0**e for m, e in zip(DEPTHS, exponents, strict=True)], rtol=1e-5)


@pytest.mark.parametrize(
    "texts",
    [
        [f"{4 + i % 40} x 10 cm" for i in range(N)],
        [f"{1 + i % 50}*10" for i in range(N)],
        [f"Cairo {i % 40}" for i in range(N)],
        [f"est{i % 40}" for i in range(N)],
    ],
)
def test_sizes_products_and_names_stay_words(texts):
    assert describe("x", pd.Series(texts)).kind in {"category", "ordinal", "identifier", "text"}


def test_a_limit_without_a_number_is_missing_and_nothing_else_is_said_of_it():
    cells = [f"{depth}" if i % 5 else "<LOD" for i, depth in enumerate(DEPTHS)]
    assert not any("limit" in note for note in describe("x", pd.Series(cells)).notes)


@pytest.mark.parametrize("code", ["CA 12", "Ca 12", "EST 5", "est 5", "C 4", "c 4"])
def test_codes_are_not_rough_numbers(code):
    assert not has_rough([code])
