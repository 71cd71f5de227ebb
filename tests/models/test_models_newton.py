"""Linear classifiers of sparse rows find what scikit-learn's find, on rows of terms beside numbers of unit spread."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack
from scipy.sparse import random as random_rows
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from assay.core.clock import Deadline
from assay.models.matrix import softmax
from assay.solvers.logistic import SparseLogistic
from assay.solvers.newton import NewtonRows, log_loss, newton, squared_hinge

N, TERMS, NUMBERS = 300, 200, 6


def rows_of(classes, seed=0):
    """Terms that few rows have beside numbers that all have, and classes by both."""
    rng = np.random.default_rng(seed)
    terms = random_rows(N, TERMS, density=0.05, random_state=rng, dtype=np.float32)
    numbers = rng.normal(size=(N, NUMBERS)).astype(np.float32)
    X = hstack([csr_matrix(numbers), terms], format="csr", dtype=np.float32)
    scores = X @ rng.normal(size=(NUMBERS + TERMS, classes)) + rng.gumbel(size=(N, classes))
    return X, scores.argmax(axis=1), rng.uniform(0.5, 2.0, N)


def hinge_of(X, y, C, weight, *, deadline=None, start=None):
    rows = NewtonRows.of(X)
    at = np.zeros((X.shape[1] + 1, 1)) if start is None else start
    signs = np.where(y == 1, 1.0, -1.0)[:, None]
    return rows, newton(rows, squared_hinge(signs), at, C * weight, deadline or Deadline(), tolerance=1e-5)


@pytest.mark.parametrize("C", [0.1, 3.0])
@pytest.mark.parametrize("classes", [2, 4])
def test_logistic_regression_is_that_of_scikit_learn(classes, C):
    X, y, weight = rows_of(classes)
    rows, start = NewtonRows.of(X), np.zeros((X.shape[1] + 1, classes if classes > 2 else 1))
    found = newton(rows, log_loss(y, classes), start, C * weight, Deadline(), tolerance=1e-5)
    scores = rows.scores(found.weights)
    ours = softmax(scores if classes > 2 else np.column_stack([np.zeros(N), scores]))
    theirs = LogisticRegression(C=C, tol=1e-8, max_iter=5_000).fit(X, y, sample_weight=weight).predict_proba(X)
    np.testing.assert_allclose(ours, theirs, atol=2e-3)
    loose = SparseLogistic(C=C)  # as a search fits it
    assert loose.fit(X, y, weight, Deadline()) == "converged"
    np.testing.assert_allclose(loose.predict_proba(X), theirs, atol=0.05)


@pytest.mark.parametrize("C", [0.05, 1.0])
def test_the_linear_svm_is_that_of_liblinear(C):
    X, y, weight = rows_of(2)
    rows, found = hinge_of(X, y, C, weight)
    coef, intercept = rows.parted(found.weights)
    theirs = LinearSVC(C=C, dual=False, intercept_scaling=1e3, tol=1e-8, max_iter=10_000)
    theirs.fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(coef[:, 0], theirs.coef_[0], atol=5e-3)
    np.testing.assert_allclose(intercept, theirs.intercept_, atol=5e-3)


def test_a_fit_that_goes_on_from_another_strength_ends_where_one_from_nothing_does():
    X, y, weight = rows_of(2)
    _, weak = hinge_of(X, y, 0.1, weight)
    _, cold = hinge_of(X, y, 1.0, weight)
    _, warm = hinge_of(X, y, 1.0, weight, start=weak.weights)
    np.testing.assert_allclose(warm.weights, cold.weights, atol=1e-3)
    assert not np.allclose(weak.weights, cold.weights, atol=1e-2)


def test_two_fits_have_the_same_bits():
    X, y, weight = rows_of(3)
    first, second = SparseLogistic(C=3.0), SparseLogistic(C=3.0)
    for one in (first, second):
        one.fit(X, y, weight, Deadline())
    assert first.coef_.tobytes() == second.coef_.tobytes()


def test_a_fit_whose_time_is_over_has_taken_a_step():
    X, y, weight = rows_of(2)
    _, found = hinge_of(X, y, 1.0, weight, deadline=Deadline.after(-1.0))
    assert found.ended == "deadline"
    assert np.mean((X @ NewtonRows.of(X).parted(found.weights)[0])[:, 0] * (2 * y - 1) > 0) > 0.8


def test_rows_without_a_term_and_columns_that_no_row_has_are_no_error():
    X, y, weight = rows_of(2)
    empty = csr_matrix(np.where(np.arange(X.shape[1]) < 3, 0.0, X.toarray()).astype(np.float32))
    empty = csr_matrix(empty.toarray() * (np.arange(N) > 4)[:, None].astype(np.float32))
    rows, found = hinge_of(empty, y, 1.0, weight)
    coef, _ = rows.parted(found.weights)
    assert (coef[:3] == 0.0).all()
