"""Rows of weight 0 are of another population: they are left out and said, as if they were not in the table."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from assay.core.errors import DataError
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question


def survey(seed=2, n=300):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return pd.DataFrame({"x": x, "y": x + rng.normal(size=n), "w": rng.integers(0, 4, n) * 0.5})


def found(frame):
    return infer_table(read_table(frame), TaskOptions(target="y", weights="w"), Question(effect="x"))


def test_rows_of_weight_0_are_left_out_and_counted():
    frame = survey()
    nothing = int((frame.w == 0).sum())
    one, without = found(frame), found(frame[frame.w > 0])
    assert one.model.rows == len(frame) - nothing
    assert one.rows == len(frame)
    assert f"{nothing} of 300 rows left out: their w is 0" in one.left_out
    assert one.coefficients == without.coefficients


def test_a_class_that_only_rows_of_weight_0_have_is_no_class():
    frame = survey().assign(y=lambda f: np.where(f.w == 0, "elsewhere", np.where(f.y > 0, "high", "low")))
    assert found(frame).model.family == "binomial"


def test_rows_are_named_by_their_place_in_the_table_all_the_same():
    frame = survey()
    frame.loc[299, ["x", "y", "w"]] = [40.0, -400.0, 1.5]
    message = next(check.message for check in found(frame).checks if check.name == "influence")
    assert "row 300 " in message


@pytest.mark.parametrize("bad", [-1.0, np.nan])
def test_weights_below_0_and_missing_ones_are_refused(bad):
    frame = survey()
    frame.loc[7, "w"] = bad
    with pytest.raises(DataError, match="not a positive number"):
        found(frame)


def test_a_bad_weight_is_named_by_its_row_in_the_table_whatever_was_left_out_before_it():
    frame = survey()
    frame.loc[:4, "y"], frame.loc[20, "w"] = np.nan, -1.0
    with pytest.raises(DataError, match="first row 21") as error:
        found(frame)
    assert error.value.where.row == 21
