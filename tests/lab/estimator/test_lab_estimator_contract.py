"""AutoClassifier and AutoRegressor keep scikit-learn's contract, and take what people hand in."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import estimator_checks_generator

from assay.core.errors import DataError
from assay.estimator.estimator import AutoClassifier, AutoRegressor

N = 120
QUICK = {"time_limit": 1, "families": "linear"}
"""The contract is of the estimator's own code, whatever models are behind it."""
WHY = "a row of weight 2 is not two rows: rows are dealt to folds, and repeated ones stay in one fold"
EXPECTED_FAILURES = {
    "check_sample_weight_equivalence_on_dense_data": WHY,
    "check_sample_weight_equivalence_on_sparse_data": WHY,
}


# -- scikit-learn's contract ---------------------------------------------------------------------------------------


def checks() -> list[object]:
    found = []
    for estimator in (AutoClassifier(**QUICK), AutoRegressor(**QUICK)):
        generated = estimator_checks_generator(
            estimator, legacy=True, expected_failed_checks=EXPECTED_FAILURES, mark="xfail"
        )
        found += list(generated)
    return found


def name_of(item: object) -> str | None:
    named = getattr(item, "func", item)
    return getattr(named, "__name__", None) or type(item).__name__


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("estimator", "check"), checks(), ids=name_of)
@pytest.mark.slow
def test_the_estimators_keep_scikit_learns_contract(estimator, check):
    check(estimator)


def test_parameters_are_kept_as_given_and_shown_in_the_repr():
    model = AutoClassifier(time_limit="60s", lab="bank.lab", random_state=0)
    assert repr(model) == "AutoClassifier(lab='bank.lab', random_state=0, time_limit='60s')"
    assert clone(model).get_params() == model.get_params()


@pytest.mark.slow
def test_the_estimator_works_inside_cross_validation(X, y, classifier):
    assert cross_val_score(classifier(), X, y, cv=2).min() > 0.7


# -- what may be handed in -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_frames_arrays_and_lists_of_the_same_cells_give_the_same_answers(X, y, classifier):
    numbers = X[["amount", "shop"]]
    answers = [
        classifier().fit(given, y).predict_proba(given)
        for given in (numbers.to_numpy(), numbers.to_numpy().tolist(), sparse.csr_matrix(numbers.to_numpy()))
    ]
    for other in answers[1:]:
        np.testing.assert_allclose(other, answers[0], rtol=1e-7)


@pytest.mark.slow
def test_mixed_columns_are_understood_in_frames_of_any_library_and_in_object_arrays(X, y, classifier):
    polars = pytest.importorskip("polars")
    for given in (X, polars.from_pandas(X), X.to_numpy(dtype=object)):
        assert classifier().fit(given, y).score(given, y) > 0.9


def test_columns_without_names_are_called_by_their_position(X, y, classifier):
    model = classifier().fit(X[["amount", "shop"]].to_numpy(), y)
    assert model.predictor_.schema.names[:2] == ("x0", "x1")
    assert not hasattr(model, "feature_names_in_")


def test_a_frame_must_have_the_columns_of_the_fit(fitted, X):
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(X[X.columns[::-1]])


def test_a_row_is_answered_alike_alone_and_among_many(fitted, X):
    whole = fitted.predict_proba(X)
    alone = np.vstack([fitted.predict_proba(X.iloc[[i]]) for i in range(0, N, 20)])
    np.testing.assert_allclose(alone, whole[::20], rtol=1e-7)


def test_rows_cut_from_a_frame_that_was_seen_are_looked_at_as_any_others(fitted, X):
    seen = fitted.predict_proba(X.iloc[:5])  # the look at its columns is not repeated for what shares them
    np.testing.assert_array_equal(fitted.predict_proba(X.iloc[:5]), seen)
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(X.iloc[:5].rename(columns={"amount": "sum"}))
    with pytest.raises(ValueError, match="minimum of 1"):
        fitted.predict(X.iloc[:0])
    with pytest.raises(DataError, match="Complex data"):
        fitted.predict(X.iloc[:5].assign(amount=1j))
    np.testing.assert_array_equal(fitted.predict_proba(X.iloc[:5]), seen)


def test_a_sparse_matrix_too_large_to_be_dense_is_refused_with_a_way_out():
    wide = sparse.csr_matrix((6000, 6000))
    with pytest.raises(TypeError, match="TruncatedSVD"):
        AutoRegressor(time_limit=1).fit(wide, np.arange(6000.0))


@pytest.mark.parametrize("change", [lambda X: X.assign(z=1j), lambda X: X[["amount"]].to_numpy() * 1j])
def test_complex_numbers_are_refused(X, y, change, classifier):
    with pytest.raises(ValueError, match="Complex data not supported"):
        classifier().fit(change(X), y)


def test_two_columns_of_one_name_are_refused(X, y, classifier):
    with pytest.raises(DataError, match="two columns named 'amount'"):
        classifier().fit(pd.concat([X, X[["amount"]]], axis=1), y)


def test_the_frame_handed_in_is_not_changed(X, y, classifier):
    before = X.copy()
    classifier().fit(X, y, sample_weight=np.arange(N))
    pd.testing.assert_frame_equal(X, before)
