"""Counts over unequal times: coefficients are those of rates, as a Poisson model with an offset has them."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from assay.core.errors import DataError, TaskError, UsageError
from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question

N = 300


def falls(*, clump=False):
    """Falls of patients watched for very unequal times; the arm decides how long, and nothing else."""
    rng = np.random.default_rng(7)
    arm = rng.choice(["drug", "placebo"], N)
    years = np.where(arm == "drug", 6.0, 1.0) * rng.uniform(0.5, 1.5, N)
    age = rng.normal(70, 8, N)
    mean = years * np.exp(0.04 * (age - 70) - 0.3)
    return pd.DataFrame({"arm": arm, "age": age, "years": years,
                         "falls": rng.poisson(mean * (rng.exponential(size=N) if clump else 1.0))})  # fmt: skip


def asked(frame, **options):
    return infer_table(read_table(frame), TaskOptions(target="falls"), Question(**options))


def named(found, name):
    return next(one for one in found.coefficients if one.column == name)


def test_who_was_watched_longer_falls_no_more_often():
    found = asked(falls(), exposure="years")
    assert {one.column for one in found.coefficients} == {"", "arm", "age"}
    assert abs(named(found, "arm").value) < 0.2
    assert abs(named(asked(falls().drop(columns="years")), "arm").value) > 1.5
    assert "falls per years is" in named(found, "age").words
    assert "counted over years" in found.model.family_why


@pytest.mark.parametrize("clump", [False, True])
def test_the_numbers_are_those_of_statsmodels_with_an_offset(clump):
    import statsmodels.api as sm

    frame = falls(clump=clump)
    found = asked(frame, exposure="years", errors="classical")
    x = sm.add_constant(np.column_stack([frame.age, frame.arm == named(found, "arm").level]).astype(float))
    law = sm.families.NegativeBinomial(alpha=found.model.dispersion) if clump else sm.families.Poisson()
    assert found.model.family == ("negative_binomial" if clump else "poisson")
    told = sm.GLM(frame.falls.to_numpy(), x, family=law, exposure=frame.years.to_numpy()).fit(tol=1e-12)
    for one, at in ((named(found, "age"), 1), (named(found, "arm"), 2)):
        assert (one.value, one.shown.se) == pytest.approx((told.params[at], told.bse[at]), rel=1e-6)


@pytest.mark.parametrize(
    ("change", "question", "error", "text"),
    [
        (lambda f: f.assign(years=f.years.where(f.index != 3, 0.0)), {}, DataError, "in 1 rows, first row 4"),
        (lambda f: f.assign(falls=f.falls + 0.5), {}, TaskError, "needs counts"),
        (lambda f: f, {"family": "gamma"}, UsageError, "for counts"),
        (lambda f: f, {"effect": "years"}, UsageError, "is the exposure"),
        (lambda f: f, {"importance": True}, UsageError, "knows no --exposure"),
    ],
)
def test_an_exposure_is_a_positive_number_beside_counts(change, question, error, text):
    with pytest.raises(error, match=text):
        asked(change(falls()), exposure="years", **question)


def test_an_exposure_that_is_no_column_is_refused_by_name():
    with pytest.raises(UsageError, match='no column "yeers"'):
        asked(falls(), exposure="yeers")
