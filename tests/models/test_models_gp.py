"""The Gaussian process agrees with scikit-learn's, knows what it would say of a row without it, and learns no noise."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, Matern

from assay.core.clock import Deadline, Limits
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.metrics import registry as metrics
from assay.models import gp_learn
from assay.models.gp import FittedProcess, GaussianProcess
from assay.models.gp_learn import KernelShape, ProcessRows, solve
from assay.models.lightgbm import LightGBM
from assay.testing.memory_view import MemoryView
from assay.testing.models import small_view
from assay.testing.tables import PROBLEMS

NOISE = 0.05


def view_of(y, X) -> MemoryView:
    table = Table.empty(len(X)).with_numeric(X.astype(np.float32), tuple(f"x{i}" for i in range(X.shape[1])))
    return MemoryView.of(table, y)


def waves(n=500, seed=0) -> MemoryView:
    """A smooth function of two of four columns."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1.7, 1.7, size=(n, 4))
    return view_of(Target(np.sin(3 * X[:, 0]) * np.cos(2 * X[:, 1]) + 0.1 * rng.normal(size=n)), X)


def rows_of(n=60, d=3, seed=0, k=1, weight=None) -> ProcessRows:
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(n, d)), rng.normal(size=(n, k))
    return ProcessRows(X, Y, np.ones(n) if weight is None else weight, np.zeros(n, dtype=np.int64))


def shape_of(d=3, kernel="matern") -> KernelShape:
    return KernelShape(kernel, 1.0 / np.linspace(0.7, 2.0, d), radial=0.8, linear=0.3, noise=NOISE)


def theirs(shape: KernelShape, *, alpha=NOISE) -> GaussianProcessRegressor:
    lengths, d = 1.0 / shape.inverse, len(shape.inverse)
    curve = Matern(lengths, nu=2.5) if shape.kernel == "matern" else RBF(lengths)
    line = ConstantKernel(shape.linear / d) * DotProduct(sigma_0=1e-6)
    return GaussianProcessRegressor(ConstantKernel(shape.radial) * curve + line, alpha=alpha, optimizer=None)


def fitted(view, *, limits=None, rounds=None, **params) -> FittedProcess:
    return GaussianProcess(**params).fit(view, limits=limits or Limits(), seeds=Seeds(1), rounds=rounds)


def explained(view, model) -> float:
    y = view.target("test").values
    return 1.0 - float(np.mean((y - model.predict(view.table("test"))) ** 2) / np.var(y))


@pytest.mark.parametrize("kernel", gp_learn.KERNELS)
def test_with_all_rows_as_points_it_is_the_process_of_scikit_learn(kernel):
    rows, shape = rows_of(), shape_of(kernel=kernel)
    new = np.random.default_rng(1).normal(size=(20, 3))
    solved = solve(shape, rows, np.arange(60))
    answer = theirs(shape).fit(rows.X, rows.Y[:, 0]).predict(new)
    np.testing.assert_allclose((shape.between(new, solved.points) @ solved.coef)[:, 0], answer, atol=1e-3)


@pytest.mark.parametrize("kernel", gp_learn.KERNELS)
@pytest.mark.parametrize("n_lengths", [1, 3])
def test_the_density_that_is_climbed_is_the_likelihood_and_its_gradient_is_its_own(kernel, n_lengths):
    rows = rows_of(40, k=2, weight=np.linspace(0.5, 1.5, 40))
    loss = gp_learn._loss(rows, kernel)
    at = np.concatenate([np.linspace(-0.3, 0.6, n_lengths), [0.1, -0.8, -0.6]])
    np.testing.assert_allclose(loss(at)[1], approx_fprime(at, lambda x: loss(x)[0], 1e-6), atol=2e-5)
    other = at + 0.3
    shapes = [gp_learn._shape(x, 3, kernel) for x in (at, other)]
    known = [theirs(s, alpha=s.noise / rows.weight).fit(rows.X, rows.Y).log_marginal_likelihood_value_ for s in shapes]
    middle = np.array([*[0.5 * np.log(3)] * n_lengths, 0, 0, 0])
    spread = np.array([*[gp_learn.LENGTH_SPREAD] * n_lengths, *[gp_learn.STRENGTH_SPREAD] * 3])
    thought = [0.5 * float((((x - middle) / spread) ** 2).sum()) for x in (at, other)]
    mine = [40 * loss(x)[0] - before for x, before in zip((at, other), thought, strict=True)]
    assert mine[0] - mine[1] == pytest.approx(known[1] - known[0], abs=1e-3)


@pytest.mark.parametrize("n_points", [25, 60])
def test_left_out_values_are_those_of_a_fit_without_the_row(n_points):
    rows, shape = rows_of(weight=np.linspace(0.5, 1.5, 60)), shape_of()
    points = np.arange(n_points)
    whole = solve(shape, rows, points)
    for row in (0, 10, 40):
        weight = rows.weight.copy()
        weight[row] = 1e-9
        without = solve(shape, replace(rows, weight=weight), points)
        fixed_rounds = shape.between(rows.X[row : row + 1], without.points) @ without.coef
        assert whole.left_out[row, 0] == pytest.approx(fixed_rounds[0, 0], abs=1e-5)


@given(seed=st.integers(0, 1000))
@settings(max_examples=10)
def test_a_row_of_weight_two_is_the_row_twice(seed):
    rng, shape = np.random.default_rng(seed), shape_of()
    rows = rows_of(30, seed=seed)
    twice = rng.integers(0, 30, 8)
    counts = np.ones(30)
    np.add.at(counts, twice, 1.0)
    again = np.concatenate([np.arange(30), twice])
    repeated = ProcessRows(rows.X[again], rows.Y[again], np.ones(len(again)), rows.kinds[again])
    answers = [
        shape.between(rows.X, solved.points) @ solved.coef
        for solved in (solve(shape, replace(rows, weight=counts), np.arange(30)), solve(shape, repeated, np.arange(30)))
    ]
    np.testing.assert_allclose(*answers, atol=1e-4)


def test_a_smooth_function_of_few_columns_is_learned_from_few_rows_better_than_by_trees():
    view = waves()
    trees = LightGBM().fit(view, limits=Limits(), seeds=Seeds(1))
    mine = fitted(view)
    assert explained(view, mine) > 0.95 > explained(view, trees)
    lengths = 1.0 / mine.inverse
    assert lengths[:2].max() < 0.5 * lengths[2:].min(), "columns that do nothing change slowly"


def test_few_points_of_many_rows_do_nearly_as_well_as_all():
    view = waves(600)
    assert explained(view, fitted(view, points=200)) > explained(view, fitted(view)) - 0.01


def test_of_noise_nothing_is_learned():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(240, 5))
    view = view_of(Target(rng.normal(size=240)), X)
    assert abs(explained(view, fitted(view))) < 0.05
    view = view_of(Target((rng.random(240) < 0.3).astype(np.int32), 2), X)
    chances, log_loss = fitted(view).predict(view.table("test")), metrics.get("log_loss")()
    shares = np.tile([0.7, 0.3], (len(chances), 1))
    truth = view.target("test").values
    assert log_loss.score(truth, chances) < log_loss.score(truth, shares) + 0.02


def test_a_rare_class_is_told_from_the_rest_and_its_chances_are_its_share():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(1_600, 4))
    y = (np.abs(X[:, 0]) + np.abs(X[:, 1]) + 0.2 * rng.normal(size=1_600) > 3.2).astype(np.int32)
    assert y.mean() < 0.06
    view = view_of(Target(y, 2), X)
    chances = fitted(view, points=300).predict(view.table("test"))[:, 1]
    assert metrics.get("roc_auc")().score(view.target("test").values, chances) > 0.95
    assert chances.mean() == pytest.approx(y.mean(), abs=0.015)


class Ticking:
    """A clock on which every look takes a second."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        self.seconds += 1.0
        return self.seconds


@pytest.mark.parametrize("looks", [12, 40])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_climb_that_a_deadline_cut_is_repeated_bit_for_bit_by_its_steps(problem, looks):
    view = small_view(problem)
    cut = fitted(view, limits=Limits(deadline=Deadline(float(looks), Ticking())))
    again = fitted(view, rounds=cut.rounds)
    assert cut.rounds < fitted(view).rounds
    assert cut.ended == "deadline"
    np.testing.assert_array_equal(cut.predict(view.table("test")), again.predict(view.table("test")))


@pytest.mark.parametrize(("loss", "quantile", "share"), [("quantile", 0.8, 0.8), ("absolute", 0.5, 0.5)])
def test_absolute_and_quantile_loss_move_the_mean(loss, quantile, share):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(900, 2))
    view = replace(view_of(Target(X[:, 0] + rng.exponential(size=900)), X), loss=loss, quantile=quantile)
    answer = fitted(view).predict(view.table("test"))
    assert (view.target("test").values <= answer).mean() == pytest.approx(share, abs=0.06)


def test_arrays_that_do_not_fit_are_refused():
    state = fitted(waves(120)).state()
    with pytest.raises(ValueError, match="do not fit"):
        GaussianProcess.restore(replace(state, arrays={**state.arrays, "coef": state.arrays["coef"][1:]}))
    with pytest.raises(ValueError, match="unknown"):
        GaussianProcess.restore(replace(state, meta={**state.meta, "kernel": "cubic"}))
