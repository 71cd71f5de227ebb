"""A target that columns add up to: the equation instead of tests whose errors are rounding."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from assay.core.errors import TaskError
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question

N = 300


@pytest.fixture(scope="module")
def bills():
    """Skewed amounts, as bills are: their sum alone would be read as multiplied."""
    rng = np.random.default_rng(0)
    net = np.exp(rng.normal(5, 1, N)).round(2)
    frame = pd.DataFrame({"net": net, "tax": (net * rng.choice([0.07, 0.19], N)).round(2),
                          "shipping": rng.choice([0, 4.9, 9.9], N), "land": rng.choice(["DE", "FR"], N)})  # fmt: skip
    return frame.assign(gross=(frame.net + frame.tax).round(2))


def asked(frame, **asked):
    return infer_table(read_table(frame), TaskOptions(target="gross"), Question(**asked))


@pytest.mark.parametrize("question", [{}, {"family": "gaussian"}, {"effect": "land"}])
def test_a_sum_is_told_as_an_equation_and_its_columns_as_what_to_leave_out(bills, question):
    with pytest.raises(TaskError, match=r"gross = net \+ tax in each of 300 rows") as caught:
        asked(bills, **question)
    assert caught.value.do == ("--drop net", "--drop tax", "another target")


def test_factors_differences_and_a_constant_are_written_out(bills):
    with pytest.raises(TaskError, match=r"gross = 2 × net − 0\.5 × tax \+ 3 in each"):
        asked(bills.assign(gross=2 * bills.net - 0.5 * bills.tax + 3))


def test_what_is_nearly_a_sum_is_added_up_and_each_part_told_apart(bills):
    noise = np.random.default_rng(1).normal(size=N)
    found = asked(bills.assign(gross=np.maximum(bills.gross + noise, 0.01)))
    assert found.model.family == "gaussian"
    parts = {one.name: one for one in found.coefficients}
    assert all(parts[name].shown.low < 1 < parts[name].shown.high for name in ("net", "tax"))
    assert parts["tax"].holm < 1e-6


def test_a_skewed_target_without_its_parts_is_multiplied_as_before(bills):
    assert asked(bills.drop(columns=["net", "tax"])).model.family == "gamma"
