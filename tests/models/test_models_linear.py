"""Linear models: exact where there is a closed form, chosen on the training rows, fast at one row."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.linear_model import LogisticRegression, RidgeCV

from assay.core.block.sparse import Sparse
from assay.core.clock import Deadline, Limits
from assay.core.problem.binary import Binary
from assay.core.row_ties import RowTies
from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models.linear import Linear, sparse_times
from assay.models.linear_fit import LinearProblem, inner_losses, worth_trying
from assay.models.matrix import SeenClasses
from assay.models.ridge import ridge
from assay.testing.memory_view import MemoryView, facts_of
from assay.testing.tables import tiny_table, tiny_target
from each import at_most

SEEDS = Seeds(1)


def made(problem: str, n: int = 400, d: int = 6) -> MemoryView:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(n, d)).astype(np.float32)
    score = X @ np.linspace(2, 0, d) + rng.logistic(size=n)
    table = Table.empty(n).with_numeric(X, tuple(f"x{i}" for i in range(d)))
    if problem == "regression":
        return MemoryView.of(table, Target(score))
    cuts = [0.0] if problem == "binary" else [-1.0, 1.0]
    return MemoryView.of(table, Target(np.digitize(score, cuts).astype(np.int32), len(cuts) + 1))


def with_words(view: MemoryView, seed: int = 0) -> MemoryView:
    block = sparse.random(view.rows.n_rows, 50, density=0.1, format="csr", dtype=np.float32, rng=seed)
    words = Sparse(block.data, block.indices.astype(np.int32), block.indptr.astype(np.int64), 50)
    return replace(view, rows=view.rows.with_blocks(sparse=words))


@settings(max_examples=at_most(25), deadline=None)
@given(n=st.integers(5, 40), d=st.integers(1, 45), seed=st.integers(0, 999), weighted=st.booleans())
def test_ridge_leaves_each_row_out_exactly(n, d, seed, weighted):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, d)), rng.normal(size=n)
    weight = rng.uniform(0.5, 2, n) if weighted else None
    coef, intercept, residual, alpha = ridge(X, y, weight, np.array([0.7]))
    w = np.ones(n) if weight is None else weight / weight.mean()
    row, rest = 2, np.delete(np.arange(n), 2)
    A = np.column_stack([X[rest], np.ones(n - 1)])
    penalty = np.diag([*np.full(d, alpha), 0.0])
    theta = np.linalg.solve(A.T @ (A * w[rest, None]) + penalty, A.T @ (w[rest] * y[rest]))
    np.testing.assert_allclose(residual[row], y[row] - X[row] @ theta[:-1] - theta[-1], rtol=1e-6, atol=1e-8)
    assert coef.shape == (d,)
    assert np.isfinite(intercept)


def test_ridge_agrees_with_scikit_learn():
    view = made("regression")
    X, y = view.table("train").numeric.astype(np.float64), view.target("train").values
    alphas = np.geomspace(0.1, 100, 7)
    theirs = RidgeCV(alphas).fit(X, y)
    coef, intercept, _, alpha = ridge(X, y, None, alphas)
    assert alpha == theirs.alpha_
    np.testing.assert_allclose(coef, theirs.coef_, atol=1e-8)
    np.testing.assert_allclose(intercept, theirs.intercept_, atol=1e-8)


@pytest.mark.parametrize("problem", ["binary", "multiclass"])
def test_at_a_given_strength_probabilities_are_those_of_scikit_learn(problem):
    view = made(problem)
    fitted = Linear(C=0.5).fit(view, limits=Limits(), seeds=SEEDS)
    theirs = LogisticRegression(C=0.5, max_iter=50).fit(view.table("train").numeric, view.target("train").values)
    np.testing.assert_allclose(
        fitted.predict(view.table("test")), theirs.predict_proba(view.table("test").numeric), atol=1e-5
    )


def test_pure_noise_is_met_with_the_strongest_penalty():
    view = made("binary")
    labels = np.random.default_rng(0).integers(0, 2, view.rows.n_rows).astype(np.int32)
    fitted = Linear().fit(replace(view, values=Target(labels, 2)), limits=Limits(), seeds=SEEDS)
    assert fitted.strength == 0.03


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 999), noise=st.sampled_from([0.3, 1.0, 5.0, 50.0]))
def test_strengths_that_are_clearly_worse_are_left_out_and_the_best_is_found_all_the_same(seed, noise):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(150, 40)).astype(np.float32)
    labels = (X[:, :3].sum(axis=1) + noise * rng.normal(size=150) > 0).astype(np.int32)
    view = MemoryView.of(Table.empty(150).with_numeric(X, tuple(f"x{i}" for i in range(40))), Target(labels, 2))
    grid = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)
    target, table = view.target("train"), view.table("train")
    problem = LinearProblem.of(table, target, SeenClasses.of(target), seeds=SEEDS, deadline=Deadline())
    raced = inner_losses(problem, "ridge", grid, Deadline())
    alone = [float(inner_losses(problem, "ridge", (one,), Deadline())[0]) for one in grid]
    assert int(np.argmin(raced)) == int(np.argmin(alone))
    fitted = np.isfinite(raced)
    np.testing.assert_allclose(raced[fitted], np.array(alone)[fitted], rtol=0.05)  # fits begin elsewhere


@pytest.mark.parametrize("ties", [RowTies(units=np.repeat(np.arange(30), 12)), None])
def test_a_strength_that_is_as_good_is_hardly_ever_left_out_though_rows_come_in_groups(ties):
    rng, dropped = np.random.default_rng(0), 0
    for _ in range(300):
        more = rng.normal(size=30).repeat(12) if ties is not None else rng.normal(size=360)
        dropped += not worth_trying(more + 0.3 * rng.normal(size=360), np.zeros(360), ties)[0]
    assert dropped <= 3
    assert not worth_trying(np.ones(360) + 0.3 * rng.normal(size=360), np.zeros(360), ties)[0]


@pytest.mark.parametrize("problem", ["binary", "multiclass", "regression"])
def test_words_in_a_sparse_block_are_learned_from(problem):
    view = with_words(made(problem))
    block = view.rows.sparse
    seen = np.zeros(view.rows.n_rows)
    seen[np.repeat(np.arange(block.n_rows), np.diff(block.indptr))[block.indices == 7]] = 1.0
    target = Target(seen) if problem == "regression" else Target(seen.astype(np.int32), view.values.n_classes)
    view = replace(view, values=target, design="words")
    fitted = Linear(C=30.0).fit(view, limits=Limits(), seeds=SEEDS)
    prediction = fitted.predict(view.table("test"))
    chance = prediction if problem == "regression" else prediction[:, 1]
    has = view.target("test").values == 1
    assert chance[has].mean() > chance[~has].mean() + 0.3


@given(seed=st.integers(0, 99), n=st.integers(0, 12), k=st.integers(1, 3))
def test_the_sparse_product_is_the_dense_one(seed, n, k):
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((n, 8)) < 0.3, rng.normal(size=(n, 8)), 0).astype(np.float32)
    block = sparse.csr_matrix(dense)
    words = Sparse(block.data, block.indices.astype(np.int32), block.indptr.astype(np.int64), 8)
    coef = rng.normal(size=(8, k))
    np.testing.assert_allclose(sparse_times(words, coef), dense @ coef, atol=1e-12)


@pytest.mark.parametrize("problem", ["binary", "regression"])
def test_an_elastic_net_finds_the_few_columns_of_a_wide_table(problem):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(160, 200)).astype(np.float32)
    score = 3.0 * X[:, 0] - 3.0 * X[:, 1]
    table = Table.empty(160).with_numeric(X, tuple(f"x{i}" for i in range(200)))
    target = Target(score) if problem == "regression" else Target((score > 0).astype(np.int32), 2)
    fitted = Linear(penalty="elastic").fit(MemoryView.of(table, target), limits=Limits(), seeds=SEEDS)
    sizes = np.abs(fitted.coef[:, 0])
    assert set(np.argsort(-sizes)[:2]) == {0, 1}
    assert (sizes == 0).mean() > 0.3


@pytest.mark.parametrize(("loss", "quantile"), [("absolute", 0.5), ("quantile", 0.9)])
def test_the_intercept_moves_to_the_quantile_of_the_loss(loss, quantile):
    rng = np.random.default_rng(0)
    view = made("regression", n=1_200)
    skewed = Target(view.values.values + rng.exponential(5.0, 1_200))
    fitted = Linear().fit(replace(view, values=skewed, loss=loss, quantile=quantile), limits=Limits(), seeds=SEEDS)
    below = (skewed.values[view.test_rows] <= fitted.predict(view.table("test"))).mean()
    assert abs(below - quantile) < 0.08


def test_with_no_time_left_the_middle_strength_stands():
    fitted = Linear().fit(made("binary"), limits=Limits(deadline=Deadline.after(-0.1)), seeds=SEEDS)
    assert fitted.strength == 0.3


def test_one_class_in_training_gives_the_constant():
    view = made("binary")
    labels = np.zeros(view.rows.n_rows, dtype=np.int32)
    fitted = Linear().fit(replace(view, values=Target(labels, 2)), limits=Limits(), seeds=SEEDS)
    np.testing.assert_array_equal(fitted.predict(view.table("test")), np.tile([1.0, 0.0], (100, 1)))


def test_the_steps_of_an_entry_follow_the_columns_there_are():
    plain = Facts(problem=Binary(), n_rows=500, n_numeric=3, n_category=0, n_dates=0, n_text=0, n_classes=2)
    entries = {entry.name: [step.name for step in entry.recipe.steps] for entry in Linear.portfolio(plain)}
    assert entries["linear"] == ["impute", "scale"]
    assert entries["linear_fe"] == ["arithmetic", "splines", "impute", "scale"]
    table = tiny_table()
    full = Linear.portfolio(facts_of(table, tiny_target("binary", table)))[0]
    assert [step.name for step in full.recipe.steps] == ["dates", "tfidf", "target_mean", "one_hot", "impute", "scale"]


def test_text_alone_is_searched_with_weaker_penalties():
    words = Facts(problem=Binary(), n_rows=500, n_numeric=0, n_category=0, n_dates=0, n_text=1, n_classes=2)
    entries = Linear.portfolio(words)
    assert [entry.name for entry in entries] == ["linear", "linear_chars", "linear_terms"]
    assert max(dict(entries[0].recipe.model.params)["grid"]) >= 30
