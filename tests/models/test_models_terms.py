"""Families that read the terms of texts: naive Bayes and the linear SVM."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.naive_bayes import ComplementNB

from assay.core.block.columns import NumericBlock
from assay.core.block.sparse import Sparse
from assay.core.clock import Deadline, Limits
from assay.core.inner_folds import InnerFolds
from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.core.schema import Facts
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.models import registry
from assay.models.calibrated_scores import ScoreProblem, fit_calibrated
from assay.models.naive_bayes import NaiveBayes
from assay.testing.memory_view import MemoryView

N, TERMS = 400, 60


def counts(classes, *, seed=0, n=N):
    """Rows of some 12 terms, of which each class prefers its own."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    shares = np.random.default_rng(99).dirichlet(np.full(TERMS, 0.3), size=classes)
    rows = np.stack([rng.multinomial(12, 0.4 * shares[k] + 0.6 / TERMS) for k in y]).astype(np.float32)
    return rows, y


def a_view(rows, y, classes, *, weight=None):
    made = csr_matrix(rows)
    sparse = Sparse(made.data, made.indices.astype(np.int32), made.indptr.astype(np.int64), rows.shape[1])
    numeric = NumericBlock(np.zeros((len(y), 1), np.float32), ("size",))
    target = Target(y.astype(np.int32), classes, weight)
    return MemoryView.of(Table.of(numeric=numeric).with_blocks(sparse=sparse), target)


def fitted(name, view, **params):
    model = registry.get(name)(**params)
    return model.fit(view, limits=Limits(deadline=Deadline()), seeds=Seeds(0))


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", ["naive_bayes", "linear_svm"])
def test_probabilities_of_new_rows_are_calibrated_and_come_back_from_a_bundle(name, classes):
    model = fitted(name, a_view(*counts(classes), classes))
    rows, y = counts(classes, seed=1, n=2_000)
    table = a_view(rows, y, classes).rows
    p = model.predict(table)
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    assert np.mean(p.argmax(axis=1) == y) > (0.75 if classes == 2 else 0.65)
    sure = p.max(axis=1)
    assert abs(sure.mean() - np.mean(p.argmax(axis=1) == y)) < 0.06
    state = model.state()
    np.testing.assert_array_equal(registry.get(state.name).restore(state).predict(table), p)


def test_naive_bayes_ranks_rows_as_scikit_learn_does():
    rows, y = counts(2)
    ours = fitted("naive_bayes", a_view(rows, y, 2), alpha=0.3).predict(a_view(rows, y, 2).rows)[:, 1]
    learned = np.setdiff1d(np.arange(N), np.arange(0, N, 4))
    theirs = ComplementNB(alpha=0.3).fit(rows[learned], y[learned]).predict_log_proba(rows)
    order = np.argsort(theirs[:, 1] - theirs[:, 0], kind="stable")
    assert (np.diff(ours[order]) >= -1e-6).all()


@pytest.mark.parametrize("name", ["naive_bayes", "linear_svm"])
def test_a_class_without_a_row_gets_no_probability_and_a_rare_one_is_no_error(name):
    rows, y = counts(2)
    p = fitted(name, a_view(rows, y, 3)).predict(a_view(rows, y, 3).rows)
    assert p.shape == (N, 3)
    assert (p[:, 2] == 0.0).all()
    y[1] = 2  # in one inner fold alone
    assert np.isfinite(fitted(name, a_view(rows, y, 3)).predict(a_view(rows, y, 3).rows)).all()


@pytest.mark.parametrize("name", ["naive_bayes", "linear_svm"])
def test_heavy_rows_count_for_more(name):
    rows, y = counts(2)
    flipped = np.concatenate([y, 1 - y])
    weight = np.concatenate([np.full(N, 5.0), np.ones(N)])
    view = a_view(np.concatenate([rows, rows]), flipped, 2, weight=weight)
    p = fitted(name, view).predict(a_view(rows, y, 2).rows)
    assert np.mean(p.argmax(axis=1) == y) > 0.7
    assert p.max(axis=1).mean() < 0.9  # five of six are so at most


def test_a_deadline_that_is_over_leaves_the_first_setting():
    rows, y = counts(2)
    tried = []

    def fits(X, y, weight):
        def fit(setting):
            tried.append(setting)
            return np.zeros((X.shape[1], 1)), np.zeros(1)

        return fit

    problem = ScoreProblem(csr_matrix(rows), y, 2, np.ones(N), InnerFolds(np.arange(N) % 3), Deadline.after(-1.0))
    found = fit_calibrated(problem, fits, (0.1, 1.0, 10.0))
    assert found.ended == "deadline"
    assert set(tried) == {0.1}


def test_a_setting_that_is_clearly_worse_is_fitted_in_one_fold_alone():
    """The stronger a linear SVM is fitted the longer it takes, and most settings are no use."""
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=N)
    tried = []

    def fits(X, labels, weight):
        def fit(setting):
            tried.append(setting)
            return np.array([[1.0], [0.0]]) if setting < 1.0 else np.array([[0.0], [1.0]]), np.zeros(1)

        return fit

    X = csr_matrix(np.column_stack([2 * y - 1 + 0.5 * rng.normal(size=N), rng.normal(size=N)]))
    problem = ScoreProblem(X, y, 2, np.ones(N), InnerFolds(np.arange(N) % 3), Deadline())
    found = fit_calibrated(problem, fits, (0.1, 1.0, 10.0))
    assert found.setting == 0.1
    assert tried == [0.1, 1.0, 0.1, 0.1, 0.1]


def test_they_are_proposed_for_texts_with_classes_alone():
    words = Facts(problem=Binary(), n_rows=500, n_numeric=1, n_category=0, n_dates=0, n_text=1, n_classes=2)
    (entry,) = NaiveBayes.portfolio(words)
    assert [step.name for step in entry.recipe.steps] == ["tfidf", "tfidf"]
    values = Facts(problem=Regression(), n_rows=500, n_numeric=1, n_category=0, n_dates=0, n_text=1)
    plain = Facts(problem=Binary(), n_rows=500, n_numeric=1, n_category=0, n_dates=0, n_text=0, n_classes=2)
    for name in ("naive_bayes", "linear_svm"):
        assert registry.get(name).portfolio(values) == ()
        assert registry.get(name).portfolio(plain) == ()
