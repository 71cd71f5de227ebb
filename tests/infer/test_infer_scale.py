"""Long scales: one slope instead of odds for every step; what may be codes of classes stays classes."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question
from assay.report.inference_text import answer_text

N = 400


def rated(low, high):
    rng = np.random.default_rng(3)
    x = rng.normal(size=N)
    steps = np.clip(np.round((low + high) / 2 + x + rng.normal(size=N)), low, high)
    return pd.DataFrame({"x": x, "rating": steps.astype(int)})


def found(frame, **asked):
    return infer_table(read_table(frame), TaskOptions(target="rating"), Question(effect="x", **asked))


@pytest.mark.parametrize("high", [11, 15])
def test_a_long_rating_is_answered_by_one_slope_and_says_how_it_was_read(high):
    rng = np.random.default_rng(3)
    rating = np.tile(np.arange(1, high + 1), 40)
    one = found(pd.DataFrame({"x": 0.5 * rating + rng.normal(size=len(rating)), "rating": rating}))
    assert one.model.family == "gaussian"
    assert answer_text(one).startswith("rating is 1.")
    assert "higher for each further unit of x" in answer_text(one)
    assert "read as a scale" in one.model.family_why
    assert "--family multinomial" in one.model.family_why


@pytest.mark.parametrize(("low", "high"), [(0, 4), (1, 3)])
def test_numbers_from_0_and_few_steps_stay_classes(low, high):
    assert found(rated(low, high)).model.family == "multinomial"


def test_classes_are_read_where_they_are_asked_for():
    assert found(rated(1, 5), family="multinomial").model.family == "multinomial"
    assert found(rated(1, 5), family="poisson").model.family == "poisson"


def test_a_scale_written_as_text_is_one_and_one_with_a_gap_is_not():
    frame = rated(1, 5)
    assert found(frame.assign(rating=frame.rating.astype(str))).model.family == "ordered"
    assert found(frame[frame.rating != 2].assign(rating=lambda f: f.rating.replace(1, 6))).model.family == "multinomial"
