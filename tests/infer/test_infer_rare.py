"""A level of a row or two, a group that stands alone: what rests on hardly anything is not told apart by it."""

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("statsmodels")

from assay.data.options import TaskOptions
from assay.data.read import read_table
from assay.infer.degrees_of_freedom import row_degrees
from assay.infer.infer_table import infer_table
from assay.infer.inference_question import Question
from assay.infer.likelihood import fit_glm
from assay.infer.standard_errors import by_row, covariances

N = 300


def asked(frame, *, target="y", question=None, **options):
    return infer_table(read_table(frame), TaskOptions(target=target, **options), question or Question())


def named(found, name):
    return next(one for one in found.coefficients if one.name == name)


def with_rare(rng, rows):
    """Noise, and a level of so many rows."""
    frame = pd.DataFrame({"x": rng.normal(size=N), "site": rng.choice(["Bern", "Oslo"], N), "y": rng.normal(size=N)})
    frame.loc[frame.index[:rows], "site"] = "Riga"
    return frame


def test_a_level_of_one_row_takes_its_error_from_the_others():
    """Its own residual is rounding, which HC3 divided by rounding: p was 1e-10 for noise."""
    frame = with_rare(np.random.default_rng(0), 1)
    found = asked(frame)
    riga = named(found, "site = Riga")
    base = frame.y[frame.site == riga.against]
    assert riga.shown.se == pytest.approx(frame.y[1:].std(), rel=0.1)
    assert riga.shown.se > base.std() / np.sqrt(len(base))
    assert "one row" in riga.note
    assert next(joint for joint in found.columns if joint.columns == ("site",)).p > 0.01
    assert found.whole.p > 0.01


@pytest.mark.parametrize("family", ["gaussian", "poisson", "gamma"])
def test_noise_in_a_level_of_two_or_three_rows_is_seldom_told_apart(family):
    """By t(n - p) 11 and 5 of 100 such levels had p below 0.001, and two of ten p below 0.05."""
    claims, tries = 0, 150
    for number in range(tries):
        rng = np.random.default_rng([number, 1])
        z = np.column_stack([np.ones(N), rng.normal(size=N), np.arange(N) < 2 + number % 2])
        y = {"gaussian": rng.normal(size=N), "poisson": rng.poisson(4.0, N), "gamma": rng.gamma(4.0, size=N)}[family]
        fit = fit_glm(z, y, family)
        c = by_row(fit, z)
        claims += c.tail(fit.params[2] / np.sqrt(c.matrix[2, 2]), 2) < 0.05
    assert claims <= 0.06 * tries


def test_the_degrees_of_a_level_are_its_rows_less_one_and_plenty_of_rows_keep_theirs():
    rng = np.random.default_rng(2)
    z = np.column_stack([np.ones(N), rng.normal(size=N), np.arange(N) < 4, np.arange(N) % 2])
    degrees = row_degrees(fit_glm(z, rng.normal(size=N), "gaussian"), z)
    assert degrees[2] == pytest.approx(3.0, rel=0.05)
    assert degrees[1] == degrees[3] == N - 4


def test_the_degrees_are_those_of_the_matrix_written_out():
    """Satterthwaite (1946) on the whole n by n matrix, where the formula needs products of p columns only."""
    rng = np.random.default_rng(3)
    n = 40
    z = np.column_stack([np.ones(n), rng.normal(size=n), np.arange(n) < 3])
    fit = fit_glm(z, rng.normal(size=n), "gaussian")
    hat = z @ fit.bread @ z.T
    rest = np.eye(n) - hat
    a = (z @ fit.bread)[:, 2] / (1 - np.diag(hat))
    inner = rest @ np.diag(a**2) @ rest
    assert row_degrees(fit, z)[2] == pytest.approx(np.trace(inner) ** 2 / np.trace(inner @ inner), rel=1e-9)


def test_an_effect_that_differs_within_one_group_only_has_no_error_and_no_p():
    rng = np.random.default_rng(4)
    group = np.arange(400) // 10
    frame = pd.DataFrame({
        "shop": group, "x": rng.normal(size=400), "campaign": np.where(group == 7, "yes", "no"),
        "y": rng.normal(size=40)[group] + 0.3 * rng.normal(size=400),
    })  # fmt: skip
    found = asked(frame, question=Question(effect="campaign", adjust=("x",)), group="shop")
    one = named(found, "campaign = yes")
    assert one.shown.p is None
    assert (one.shown.low, one.shown.high) == (-np.inf, np.inf)
    assert "one group" in one.note


def test_effects_of_two_groups_of_forty_are_not_claimed_by_sums_of_scores():
    claims, tries = 0, 100
    for number in range(tries):
        rng = np.random.default_rng([number, 5])
        group = np.arange(400) // 10
        z = np.column_stack([np.ones(400), rng.normal(size=400), group < 2])
        fit = fit_glm(z, rng.normal(size=40)[group] + rng.normal(size=400), "gaussian")
        c = covariances(fit, z, group)["cluster"]
        claims += c.tail(fit.params[2] / np.sqrt(c.matrix[2, 2]), 2) < 0.05
    assert claims <= 0.06 * tries


def test_a_rare_level_does_not_make_its_column_matter_as_a_whole():
    claims, tries = 0, 60
    for number in range(tries):
        rng = np.random.default_rng([number, 6])
        site = np.array([0, 0, 1, 1, 1, *rng.integers(2, 4, N - 5)])
        z = np.column_stack([np.ones(N), rng.normal(size=N), *(site == k for k in range(3))]).astype(float)
        from assay.infer.joint_tests import wald

        fit = fit_glm(z, rng.normal(size=N), "gaussian")
        p = wald(fit, by_row(fit, z), np.array([2, 3, 4]), ()).p
        claims += p is not None and p < 0.05
    assert claims <= 0.07 * tries


def test_a_number_of_zeros_and_ones_is_told_by_the_one():
    rng = np.random.default_rng(8)
    frame = pd.DataFrame({"flag": (np.arange(N) < 2).astype(int), "x": rng.normal(size=N), "y": rng.normal(size=N)})
    assert named(asked(frame), "flag").per == 1.0


def test_a_row_that_alone_decides_a_coefficient_is_said_so_without_a_number_of_errors():
    rng = np.random.default_rng(9)
    frame = with_rare(rng, 1).assign(y=rng.choice(["ill", "well"], N))
    check = next(check for check in asked(frame).checks if check.name == "influence")
    assert check.message == "row 1 alone decides site = Riga"
