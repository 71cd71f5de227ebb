"""Classes that a column tells apart: finite all the same, by profile; weights by their worth, groups without p."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.firth import ClassRows, effective_sample_size, firth_interval, fit_firth
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question
from assay.report.inference_text import answer_text

N = 200


def asked(frame, *, question=None, **options):
    return infer_table(read_table(frame), TaskOptions(target="y", **options), question or Question())


def named(found, name, outcome=""):
    return next(one for one in found.coefficients if one.name == name and one.outcome == outcome)


def three_classes(seed=0):
    """Class c is never met with sign "m"."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"x": rng.normal(size=N), "sign": rng.choice(["f", "m"], N, p=[0.7, 0.3])})
    frame["y"] = np.where(rng.uniform(size=N) < 0.4, "b", "a")
    frame.loc[(frame.sign == "f") & (rng.uniform(size=N) < 0.4), "y"] = "c"
    return frame


def test_of_several_classes_one_that_a_level_excludes_is_told_with_interval_and_p():
    """Newton's steps ran away, p was 1.00, and the answer that nothing was told apart."""
    found = asked(three_classes())
    one = named(found, "sign = m", "c")
    assert np.isfinite(one.value)
    assert one.shown.high < 0
    assert one.shown.p < 1e-6
    assert "Firth" in one.note
    assert not any(check.name == "fit" for check in found.checks)
    assert any(check.name == "separation" and "sign = m" in check.message for check in found.checks)
    assert answer_text(found).startswith("1 of 4 coefficients told apart")


def test_what_newton_cannot_fit_is_no_raw_error():
    rng = np.random.default_rng(1)
    x = rng.normal(size=600)
    frame = pd.DataFrame({"x": x, "y": rng.poisson(np.exp(0.5 + 0.3 * x)) * (rng.uniform(size=600) < 0.6)})
    found = asked(frame, question=Question(family="multinomial"))
    assert all(np.isfinite(one.value) for one in found.coefficients)


@pytest.mark.parametrize("classes", [2, 3, 4])
def test_the_penalised_score_is_the_slope_of_the_penalised_likelihood(classes):
    """Where the climb ends every small step leads down: the penalty's part of the score is right for any classes."""
    from assay.infer.firth import _penalised

    rng = np.random.default_rng(classes)
    rows = ClassRows.of(np.column_stack([np.ones(40), rng.normal(size=(40, 2))]), rng.integers(0, classes, 40), classes)
    fit = fit_firth(rows)
    for direction in np.eye(len(fit.params)):
        up, down = (_penalised(fit.params + sign * 1e-3 * direction, rows) for sign in (1, -1))
        assert max(up, down) <= fit.loglik + 1e-9
        assert up - down == pytest.approx(0.0, abs=1e-6)


def test_two_classes_are_several_classes_of_two():
    """A class that hardly any row has leaves the others as they are: rows doubled are rows weighed twice."""
    rng = np.random.default_rng(4)
    z, codes = np.column_stack([np.ones(60), rng.normal(size=60)]), rng.integers(0, 2, 60)
    twice = fit_firth(ClassRows.of(np.vstack([z, z]), np.concatenate([codes, codes])))
    assert twice.params == pytest.approx(fit_firth(ClassRows(z, codes, 2, np.full(60, 2.0))).params, abs=1e-6)


def test_weights_are_scaled_to_the_rows_they_are_worth():
    weight = np.array([1.0, 1.0, 2.0, 4.0])
    assert ClassRows.of(np.ones((4, 1)), np.array([0, 1, 0, 1]), weight=weight).weight.sum() == pytest.approx(
        effective_sample_size(weight)
    )
    assert effective_sample_size(weight) == pytest.approx(64 / 22)


def test_a_separated_column_of_weighted_rows_has_no_p_of_rows_and_the_others_have_theirs():
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"x": rng.normal(size=N), "sick": rng.choice(["no", "yes"], N, p=[0.9, 0.1])})
    frame["y"] = np.where((frame.sick == "yes") | (rng.uniform(size=N) < 0.4), "late", "early")
    found = asked(frame.assign(w=rng.uniform(0.2, 3.0, N)), weights="w")
    sick = named(found, "sick = yes")
    assert np.isfinite(sick.value)
    assert sick.shown.p is None
    assert "counts rows and not weights" in sick.note
    assert named(found, "x").shown.p is not None
    assert next(joint for joint in found.columns if joint.columns == ("sick",)).p is None


def test_a_separated_column_of_grouped_rows_has_no_p_of_rows():
    """Its profile took ten rows of a group for ten witnesses: p below 0.001 under the heading "clustered"."""
    rng = np.random.default_rng(3)
    group = np.arange(N) // 10
    frame = pd.DataFrame({"shop": group, "x": rng.normal(size=N), "kind": np.where(group < 3, "new", "old")})
    frame["y"] = np.where((frame.kind == "new") | (rng.uniform(size=N) < 0.4), "late", "early")
    found = asked(frame, group="shop")
    one = named(found, "kind = new")
    assert one.shown.p is None
    assert "counts rows and not groups" in one.note
    assert next(joint for joint in found.columns if joint.columns == ("kind",)).p is None
    as_rows = asked(frame, group="shop", question=Question(errors="classical"))
    assert named(as_rows, "kind = new").shown.p < 0.05


def test_the_ends_of_a_profile_lie_where_it_has_fallen_by_half_the_quantile():
    rng = np.random.default_rng(3)
    z = np.column_stack([np.ones(120), rng.normal(size=120), np.arange(120) < 20])
    codes = np.where(z[:, 2] > 0, 0, rng.integers(0, 3, 120))
    rows = ClassRows.of(z, codes, 3)
    fit = fit_firth(rows)
    low, high = firth_interval(fit, rows, 5, level=0.05)
    for end in (low, high):
        fallen = fit.loglik - fit_firth(rows, held=(5, end), start=fit.params).loglik
        assert fallen == pytest.approx(0.5 * 3.841459, rel=5e-3)
