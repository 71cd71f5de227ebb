"""Targets and arguments of AutoClassifier and AutoRegressor."""

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.core.errors import AssayError, DataError, TaskError
from assay.estimator.arguments import is_tiny
from assay.estimator.estimator import AutoClassifier, AutoRegressor

N = 120

# -- the target ----------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:y has .* as different classes:assay.core.errors.DataWarning")
@pytest.mark.parametrize(
    "labels", [("no", "yes"), (False, True), (1, 2), (1.0, 2.0), ("A", "a"), ("NA", "b"), (" a", "a"), ("n", "no")]
)
def test_labels_come_back_as_they_were_whatever_they_are_called(X, labels, classifier, signal_of):
    y = np.array(labels)[(signal_of(X) > 0.5).astype(int)]
    model = classifier().fit(X, y)
    assert model.classes_.tolist() == sorted(labels)
    assert model.predict(X).dtype == model.classes_.dtype
    assert model.score(X, y) > 0.9
    assert np.array_equal(model.classes_[model.predict_proba(X).argmax(axis=1)], model.predict(X))


def test_the_columns_of_predict_proba_follow_classes(X, classifier, signal_of):
    y = np.digitize(signal_of(X), [0, 1])[:, None].ravel()
    named = np.array(["middle", "zero", "above"])[y]
    model = classifier().fit(X, named)
    assert model.classes_.tolist() == ["above", "middle", "zero"]
    p = model.predict_proba(X)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert all(p[named == label, k].mean() > 0.6 for k, label in enumerate(model.classes_))


def test_one_class_is_refused_in_these_words(X, classifier):
    with pytest.raises(TaskError, match="one class only, a"):
        classifier().fit(X, ["a"] * N)


@pytest.mark.parametrize("gap", [None, np.nan, pd.NA])
def test_a_missing_target_is_refused(X, y, gap, classifier):
    with pytest.raises(ValueError, match="Input y contains NaN"):
        classifier().fit(X, pd.Series([gap, *y[1:]], dtype=object))
    with pytest.raises(ValueError, match="NaN"):
        AutoRegressor(time_limit=1).fit(X, pd.Series([np.nan, *range(1, N)]))


def test_labels_of_several_types_are_refused(X, classifier):
    with pytest.raises(DataError, match="types int and str"):
        classifier().fit(X, pd.Series([1, "a"] * (N // 2), dtype=object))


def test_whole_numbers_kept_as_objects_are_labels(X, classifier, signal_of):
    y = pd.Series((signal_of(X) > 0.5).astype(int), dtype=object)
    assert classifier().fit(X, y).classes_.tolist() == [0, 1]


def test_a_target_named_like_a_column_of_x_gets_another_name(X, y, classifier):
    assert classifier().fit(X, pd.Series(y, name="shop")).lab_.task.target == "shop_"


@pytest.mark.slow
def test_rows_of_weight_zero_are_left_out_and_equal_weights_are_none(X, y, classifier):
    weight = np.r_[np.zeros(20), np.full(N - 20, 2.0)]
    weighted = classifier().fit(X, y, sample_weight=weight)
    assert weighted.lab_.task.n_rows == N - 20
    even = classifier().fit(X, y, sample_weight=np.full(N, 3.0)).predict_proba(X)
    np.testing.assert_allclose(even, classifier().fit(X, y).predict_proba(X))


# -- the arguments -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_tiny_fit_reads_no_clock_so_it_gives_the_same_model_twice(X, y, fitted, classifier):
    again = classifier(families=None).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize(
    ("seconds", "rows", "columns", "tiny"),
    [(2, 20_000, 10, True), (2, 20_001, 10, False), (2.1, 300, 10, True), (5, 300, 9999, True), (5, 301, 2, False),
     (5.1, 10, 2, False)],
)  # fmt: skip
def test_what_counts_as_a_tiny_budget(seconds, rows, columns, tiny):
    assert is_tiny(Budget(seconds=seconds), n_rows=rows, n_columns=columns) is tiny
    assert not is_tiny(Budget(seconds=seconds, experiments=3), n_rows=rows, n_columns=columns)


@pytest.mark.slow
def test_a_tiny_budget_tries_the_small_portfolio_without_the_families_left_out(X, y, fitted):
    assert set(fitted.leaderboard_.family) >= {"linear", "lightgbm"}
    found = AutoClassifier(time_limit=3, without="lightgbm").fit(X, y)
    assert {"linear", "extra_trees"} <= set(found.leaderboard_.family)
    assert "lightgbm" not in set(found.leaderboard_.family)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.* stretches of time could be scored")
def test_the_options_of_a_task_reach_it(X, y, classifier):
    assert "12 groups" in classifier(group="shop").fit(X, y).lab_.task.split_reason
    assert classifier(order_by="day").fit(X, y).lab_.task.split_kind == "time"
    model = classifier(drop=["amount"], kinds={"shop": "category"}, positive="no", metric="f1").fit(X, y)
    schema = model.predictor_.schema
    assert (schema["amount"].kind, schema["shop"].kind) == ("dropped", "category")
    assert (model.predictor_.classes, model.predictor_.metric) == (("yes", "no"), "f1")
    assert model.classes_.tolist() == ["no", "yes"]


@pytest.mark.slow
def test_the_random_state_may_be_a_number_or_a_generator(X, y, classifier):
    seeds = [7, np.int64(7), np.random.RandomState(0), np.random.default_rng(0), None]
    found = [classifier(random_state=seed).fit(X, y).lab_.task.seed for seed in seeds]
    assert found[:2] == [7, 7]
    assert found[-1] == 0
    assert len(set(found)) == 4


def test_a_function_may_be_the_metric_and_the_lab_knows_it_again(X, y, classifier):
    def share_right_score(true, predicted):
        return np.mean(true == predicted)

    model = classifier(metric=share_right_score).fit(X[:60], y[:60])
    assert model.expected_.metric == "share_right_score"
    assert model.lab_.metric.name == "share_right_score"


@pytest.mark.slow
def test_boosters_learn_classes_whatever_the_metric_would_minimise_of_numbers(X, y):
    def share_right_score(true, predicted):
        return np.mean(true == predicted)

    model = AutoClassifier(metric=share_right_score, experiments=2, families="lightgbm").fit(X[:60], y[:60])
    assert "lightgbm" in set(model.leaderboard_["family"])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"time_limit": "soon"}, r"time_limit 'soon' is not a duration"),
        ({"time_limit": 0}, r"time_limit='60s'"),
        ({"time_limit": [1]}, r"time_limit=\[1\] is no time"),
        ({"random_state": "a"}, "random_state='a' is no seed"),
        ({"without": "lightbm"}, "without='lightbm'"),
        ({"n_jobs": -2}, "n_jobs='2'"),
        ({"drop": "amont"}, 'no column "amont"'),
        ({"metric": "accurcy"}, "metric='accuracy'"),
        ({"positive": "maybe"}, 'never is "maybe"'),
        ({"max_size": "large"}, "max_size 'large' is not a size"),
    ],
)
def test_a_wrong_argument_is_named_as_an_argument(X, y, arguments, says):
    with pytest.raises(AssayError, match=says) as raised:
        AutoClassifier(**{"time_limit": 1, **arguments}).fit(X, y)
    assert "--" not in str(raised.value)


@pytest.mark.parametrize("family", ["rule", "knn"])
def test_a_tiny_search_tries_the_families_it_was_given(family):
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(120, 3)), columns=list("abc"))
    found = AutoClassifier(time_limit=1, families=family).fit(X, X["a"] > 0)
    assert {entry.recipe.model.name for entry in found.lab_.experiments if not entry.is_blend} >= {family}
