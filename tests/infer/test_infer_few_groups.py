"""Few groups: the jackknife over groups is what leaving them out one by one gives, and intervals are longer for it."""

import numpy as np
import pytest

pytest.importorskip("statsmodels")

from assay.infer.errors import by_group, jackknifed
from assay.infer.fit import fit_glm


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
        jackknifed(fit_glm(z, y, "gaussian"), z, groups).matrix, left_out("gaussian", z, y, groups), rtol=1e-8
    )


def test_elsewhere_one_step_comes_near_it():
    z, y, groups = world("binomial")
    np.testing.assert_allclose(
        jackknifed(fit_glm(z, y, "binomial"), z, groups).matrix,
        left_out("binomial", z, y, groups),
        rtol=0.15,
        atol=1e-3,
    )


def test_its_errors_are_longer_than_those_of_sums_by_group():
    z, y, groups = world("gaussian")
    fit = fit_glm(z, y, "gaussian")
    assert (np.diag(jackknifed(fit, z, groups).matrix) > np.diag(by_group(fit, groups).matrix)).all()
