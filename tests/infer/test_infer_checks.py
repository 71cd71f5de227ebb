"""What is looked at is told by its size: a test finds anything in 50,000 rows and nothing in twenty."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question
from assay.report.inference_text import answer_text


def asked(frame, *, target="y", question=None, **options):
    return infer_table(read_table(frame), TaskOptions(target=target, **options), question or Question())


def check(found, name):
    return next(one for one in found.checks if one.name == name)


def large(noise):
    rng = np.random.default_rng(0)
    x = rng.normal(size=50_000)
    return pd.DataFrame({"x": x, "y": x + 0.02 * x**2 + noise(rng, x)})


def test_no_test_of_normality_speaks_of_50_000_rows():
    one = check(asked(large(lambda rng, x: rng.exponential(size=len(x)))), "normality")
    assert one.verdict == "good"
    assert one.p is None
    assert "not normal" not in one.message
    assert "skewness +2.0" in one.message


def test_a_bend_and_a_spread_that_only_many_rows_show_are_told_by_their_size():
    found = asked(large(lambda rng, x: np.exp(0.05 * x) * rng.normal(size=len(x))))
    for name in ("linearity", "spread"):
        assert check(found, name).p < 0.01
        assert check(found, name).verdict == "good"
    assert "of no weight" in check(found, "linearity").message
    assert "times them" in check(found, "spread").message


def test_twenty_rows_show_no_sign_and_are_not_called_normal():
    rng = np.random.default_rng(1)
    one = check(asked(pd.DataFrame({"x": rng.normal(size=20), "y": rng.normal(size=20)})), "normality")
    assert one.message.startswith("no sign against normal residuals")


def alike():
    rng = np.random.default_rng(2)
    a = rng.normal(size=90)
    frame = pd.DataFrame({"d": rng.normal(size=90), "a": a, "b": a + 0.05 * rng.normal(size=90)})
    return frame.assign(y=frame.d + a + rng.normal(size=90))


def test_columns_adjusted_for_may_be_alike_and_none_is_to_be_dropped():
    """To drop one of two common causes, as was advised, would bias the effect that neither blurs."""
    assert check(asked(alike(), question=Question(effect="d", adjust=("a", "b"))), "collinearity").verdict == "good"
    one = check(asked(alike(), question=Question(effect="a", adjust=("d", "b"))), "collinearity")
    assert one.verdict == "look"
    assert one.message.startswith("a: ")
    assert "--drop" not in one.do


def test_columns_alike_are_tested_together():
    assert check(asked(alike()), "collinearity").do in ("test them together: --jointly a,b",
                                                        "test them together: --jointly b,a")  # fmt: skip


def test_weighted_probabilities_are_held_against_weighted_classes():
    rng = np.random.default_rng(3)
    y = rng.uniform(size=3000) < 0.3
    frame = pd.DataFrame({"x": rng.normal(size=3000), "y": np.where(y, "ill", "well"), "w": np.where(y, 1.0, 5.0)})
    assert check(asked(frame, weights="w"), "calibration").verdict == "good"


def test_the_size_of_a_level_is_cohens_d():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"arm": ["a"] * 40 + ["b"] * 60})
    frame["y"] = 1.5 * (frame.arm == "a") + rng.normal(size=100)
    one = next(one for one in asked(frame).coefficients if one.column == "arm")
    a, b = (frame.y[frame.arm == arm] for arm in "ab")
    pooled = np.sqrt((39 * a.var() + 59 * b.var()) / 98)
    assert one.standard == pytest.approx((a.mean() - b.mean()) / pooled)


def test_small_counts_of_many_rows_are_shuffled_too():
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"kind": rng.choice(["a", "b", "c"], 4000, p=[0.6, 0.399, 0.001])})
    frame["y"] = rng.choice(["yes", "no"], 4000)
    (one,) = asked(frame).alone
    assert one.test == "chi-squared, shuffled"
    assert 0 < one.p <= 1


def test_what_makes_errors_too_small_stands_in_the_answer():
    rng = np.random.default_rng(6)
    frame = pd.DataFrame({"day": pd.date_range("2020-01-01", periods=300), "x": np.cumsum(rng.normal(size=300))})
    frame["y"] = np.cumsum(rng.normal(size=300))
    assert answer_text(asked(frame)).endswith(" In doubt (below): order.")
    assert "doubt" not in answer_text(asked(frame.assign(y=rng.normal(size=300))))
