"""Finding a metric: names, aliases, scikit-learn's scorers, functions; and what is said when none fits."""

import time

import numpy as np
import pytest
import sklearn.metrics as sk

from assay.core.contract import Metric
from assay.core.errors import DataError, UsageError
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.metrics import registry
from assay.metrics.choose_metric import ALIASES, adapt, choose, evaluate, find, fitting_names
from assay.metrics.custom_metrics import from_name, scorer_names

Y2, P2 = np.array([0, 1, 1, 0, 1]), np.array([0.2, 0.7, 0.4, 0.6, 0.9])


@pytest.mark.parametrize(
    ("problem", "name"), [(Binary(), "roc_auc"), (Multiclass(), "log_loss"), (Regression(), "rmse")]
)
def test_the_default_metric_of_a_problem_fits_it(problem, name):
    assert choose(problem).name == name
    assert fitting_names(problem)[0] == name


def test_every_alias_leads_to_a_metric_and_every_metric_fills_the_contract():
    assert set(ALIASES.values()) <= set(registry.names())
    for name, cls in registry:
        assert isinstance(cls(), Metric)
        assert cls().name == name
        assert cls().__doc__


@pytest.mark.parametrize("spelling", ["map@5", "MAP@5", "map5", "map_at_5", "map at 5", "MAP-5"])
def test_a_list_of_any_length_up_to_20_can_be_scored(spelling):
    metric = find(spelling, Multiclass())
    assert (metric.name, metric.title) == ("map@5", "MAP@5")
    assert find(metric.name, Multiclass()) == metric
    for wrong in ("map@0", "map@21"):
        with pytest.raises(UsageError, match="from 1 to 20"):
            find(wrong, Multiclass())
    with pytest.raises(UsageError, match="number of places is missing"):
        find("map@k", Multiclass())
    with pytest.raises(UsageError, match="'map@5' does not fit a binary task"):
        find(spelling, Binary())


@pytest.mark.parametrize("spelling", ["AUC", " roc-auc ", "ROC AUC", "auroc", "roc_auc_score"])
def test_spelling_of_a_name_does_not_matter(spelling):
    assert find(spelling, Binary()).name == "roc_auc"


@pytest.mark.parametrize(
    "name", ["rmse", "pinball:0.9", "explained_variance", "median_absolute_error", "d2_pinball_score"]
)
def test_a_name_found_is_found_again(name):
    metric = find(name, Regression())
    assert find(metric.name, Regression()) == metric


def test_a_wrong_name_gets_the_nearest_ones():
    with pytest.raises(UsageError, match="Near: roc_auc") as caught:
        find("roc_aux", Binary())
    assert "roc_auc" in caught.value.nearest


def test_a_metric_of_another_problem_is_refused_with_those_that_fit():
    with pytest.raises(UsageError, match="'rmse' does not fit a binary task"):
        find("rmse", Binary())
    with pytest.raises(UsageError, match="does not fit a multiclass task"):
        find("f1", Multiclass())


def test_a_quantile_that_is_none_is_refused():
    with pytest.raises(UsageError, match="between 0 and 1"):
        find("pinball:1.5", Regression())
    with pytest.raises(UsageError, match="not a number"):
        find("pinball:high", Regression())


def test_every_scorer_of_scikit_learn_is_a_metric():
    for name in scorer_names():
        metric = from_name(name)
        assert isinstance(metric, Metric)
        assert not metric.name.startswith("neg_")


def test_a_scorer_keeps_its_direction_and_its_own_sign():
    metric = find("neg_median_absolute_error", Regression())
    y, p = np.array([1.0, 2.0, 4.0]), np.array([1.5, 2.0, 3.0])
    assert (metric.name, metric.higher_is_better) == ("median_absolute_error", False)
    assert metric.score(y, p) == sk.median_absolute_error(y, p)
    assert metric.influence(y, p) is None
    assert find("jaccard", Binary()).score(Y2, (P2 > 0.5).astype(int)) == sk.jaccard_score(Y2, P2 > 0.5)


def test_a_scorer_object_and_a_function_of_scikit_learn_are_taken_as_they_are_meant():
    f2 = find(sk.make_scorer(sk.fbeta_score, beta=2), Binary())
    assert f2.score(Y2, adapt(f2, P2, Binary())) == sk.fbeta_score(Y2, P2 > 0.5, beta=2)
    area = find(sk.roc_auc_score, Binary())
    assert (area.needs, area.by_fold) == ("probability", True)
    assert area.score(Y2, P2) == sk.roc_auc_score(Y2, P2)


def test_a_function_says_its_direction_by_attribute_argument_or_name():
    def profit(y_true, y_pred):
        return float((y_true == y_pred).sum())

    with pytest.raises(UsageError, match="greater_is_better = True"):
        find(profit, Binary())
    assert find(profit, Binary(), greater_is_better=True).higher_is_better
    profit.greater_is_better = False
    assert not find(profit, Binary()).higher_is_better

    def bad_error(y_true, y_pred):
        return float(np.abs(y_true - y_pred).max())

    metric = find(bad_error, Regression())
    assert not metric.higher_is_better
    assert evaluate(metric, np.array([1.0, 2.0]), np.array([1.0, 5.0]), Regression()) == 3.0


def test_a_function_without_weights_refuses_them_and_its_failure_is_named():
    def broken_score(y_true, y_pred):
        raise ValueError("no positives")

    metric = find(broken_score, Binary())
    with pytest.raises(UsageError, match="takes no row weights"):
        metric.score(Y2, P2 > 0.5, weight=np.ones(5))
    with pytest.raises(DataError, match="'broken_score' failed on 5 rows: no positives"):
        metric.score(Y2, P2 > 0.5)


def test_stored_predictions_become_labels_by_argmax_or_one_half():
    accuracy = find("acc", Binary())
    np.testing.assert_array_equal(adapt(accuracy, P2, Binary()), [0, 1, 0, 1, 1])
    three = np.array([[0.2, 0.5, 0.3], [0.6, 0.2, 0.2]])
    np.testing.assert_array_equal(adapt(accuracy, three, Multiclass()), [1, 0])
    with pytest.raises(DataError, match="shape"):
        adapt(accuracy, three, Binary())
    with pytest.raises(DataError, match="Row 1 has no prediction"):
        adapt(accuracy, np.array([0.1, np.nan]), Binary())


def test_rows_never_scored_are_left_out():
    stored = P2.copy()
    stored[1] = np.nan
    held = [0, 2, 3, 4]
    assert evaluate(find("auc", Binary()), Y2, stored, Binary()) == sk.roc_auc_score(Y2[held], P2[held])
    with pytest.raises(UsageError, match="4 predictions do not go with 5 rows"):
        evaluate(find("auc", Binary()), Y2, stored[:4], Binary())


def test_scoring_40_models_on_100000_rows_costs_the_ensemble_little():
    rng = np.random.default_rng(0)
    y, p = (rng.random(100_000) < 0.3).astype(int), rng.random(100_000).astype(np.float32)
    area = find("auc", Binary())
    began = time.process_time()
    for _ in range(40):
        area.score(y, p)
    assert time.process_time() - began < 2.0  # measured 0.15 s
