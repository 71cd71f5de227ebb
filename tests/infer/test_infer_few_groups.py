"""Few groups: the jackknife over groups is what leaving them out one by one gives, and intervals are longer for it."""

import numpy as np
import pytest

pytest.importorskip("statsmodels")

from assay.infer.likelihood import fit_glm
from assay.infer.ordered_logit import fit_ordered
from assay.infer.standard_errors import by_group, covariances, leave_one_group_out


def world(family: str, n_groups: int = 8, n: int = 160):
    rng = np.random.default_rng(5)
    groups = np.sort(np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, n - n_groups)]))
    z = np.column_stack([np.ones(n), rng.normal(size=n) + rng.normal(size=n_groups)[groups]])
    eta = 0.3 * z[:, 1] + 0.5 * rng.normal(size=n_groups)[groups]
    if family == "gaussian":
        return z, eta + rng.normal(size=n), groups
    return z, (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float), groups


def left_out(family: str, z, y, groups):
    """The covariance by fitting anew without each group."""
    whole, n_groups = fit_glm(z, y, family).params, int(groups.max()) + 1
    moves = np.array([
        fit_glm(z[groups != g], y[groups != g], family).params - whole for g in range(n_groups)
    ])  # fmt: skip
    return (n_groups - 1) / n_groups * moves.T @ moves


def test_in_a_linear_model_it_is_fitting_anew_without_each_group():
    z, y, groups = world("gaussian")
    np.testing.assert_allclose(
        leave_one_group_out(fit_glm(z, y, "gaussian"), z, groups).matrix, left_out("gaussian", z, y, groups), rtol=1e-8
    )


def test_elsewhere_one_step_comes_near_it():
    z, y, groups = world("binomial")
    np.testing.assert_allclose(
        leave_one_group_out(fit_glm(z, y, "binomial"), z, groups).matrix,
        left_out("binomial", z, y, groups),
        rtol=0.15,
        atol=1e-3,
    )


def test_its_errors_are_longer_than_those_of_sums_by_group():
    z, y, groups = world("gaussian")
    fit = fit_glm(z, y, "gaussian")
    assert (np.diag(leave_one_group_out(fit, z, groups).matrix) > np.diag(by_group(fit, groups).matrix)).all()


@pytest.mark.parametrize("family", ["gaussian", "binomial"])
def test_of_a_hundred_groups_errors_still_come_from_leaving_each_out(family):
    """Sums of scores held a true effect in 92.9 % of 1,000 tables with 100 groups of unequal size."""
    z, y, groups = world(family, n_groups=100, n=1000)
    fit = fit_glm(z, y, family)
    found = covariances(fit, z, groups)["cluster"]
    np.testing.assert_allclose(found.matrix, leave_one_group_out(fit, z, groups).matrix)
    assert found.df == 99


def test_ordered_levels_of_a_hundred_groups_have_them_too():
    z, y, groups = world("gaussian", n_groups=100, n=1000)
    fit = fit_ordered(z, np.digitize(y, [-1.0, 0.0, 1.0]))
    found = covariances(fit, z, groups)["cluster"]
    assert (np.diag(found.matrix) > 0.98 * np.diag(by_group(fit, groups).matrix)).all()


def test_of_thousands_of_groups_sums_by_group_are_enough_and_quick():
    z, y, groups = world("gaussian", n_groups=2000, n=6000)
    fit = fit_glm(z, y, "gaussian")
    np.testing.assert_allclose(covariances(fit, z, groups)["cluster"].matrix, by_group(fit, groups).matrix)
