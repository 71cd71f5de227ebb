"""`assay infer` gives the figures that were printed elsewhere, and those that can be written down."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question
from each import each
from infer_figures import SOURCES


@each("source", SOURCES, ids=lambda source: source.__name__)
def test_published_figures_are_met_to_the_digits_printed(source):
    off = {figure.name: figure.off for figure in source() if not figure.holds}
    assert off == {}


def test_the_linear_model_of_two_groups_is_the_t_test_to_1e_10():
    from scipy import stats

    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"arm": ["a"] * 37 + ["b"] * 52, "height": rng.normal(170, 8, 89)})
    found = infer_table(read_table(frame), TaskOptions(target="height"), Question(effect="arm", errors="classical"))
    one = next(item for item in found.coefficients if item.role == "effect")
    in_arm = {arm: frame.height[frame.arm == arm] for arm in "ab"}
    told = stats.ttest_ind(in_arm[one.level], in_arm[one.against])
    assert one.shown.p == pytest.approx(told.pvalue, rel=1e-10)
    assert one.value / one.shown.se == pytest.approx(told.statistic, rel=1e-10)
    assert (one.shown.low, one.shown.high) == pytest.approx(tuple(told.confidence_interval()), rel=1e-10)


def test_one_column_of_several_levels_is_the_analysis_of_variance():
    from scipy import stats

    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"city": list("abc") * 30, "y": rng.normal(size=90)})
    found = infer_table(read_table(frame), TaskOptions(target="y"), Question(errors="classical"))
    told = stats.f_oneway(*(frame.y[frame.city == city] for city in "abc"))
    (city,) = found.columns
    assert (city.statistic, city.p) == pytest.approx((told.statistic, told.pvalue), rel=1e-9)
    assert found.whole.p == pytest.approx(city.p)
