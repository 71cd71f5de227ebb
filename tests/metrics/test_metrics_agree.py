"""Our metrics against scikit-learn's, on ties, weights and several classes."""

from itertools import permutations

import numpy as np
import pytest
import sklearn.metrics as sk
from scipy.stats import spearmanr

from assay.core.errors import DataError
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.metrics.choose_metric import adapt, evaluate, find, fitting_names
from each import each


def drawn(problem, seed, n=400):
    rng = np.random.default_rng(seed)
    weight = rng.random(n) + 0.1
    if problem == Binary():
        y = (rng.random(n) < 0.3).astype(np.int32)
        return y, np.clip((rng.random(n) * 0.6 + 0.3 * y).round(2), 0.01, 0.99), weight
    if problem == Multiclass():
        y = rng.integers(0, 4, n).astype(np.int32)
        raw = rng.integers(1, 6, (n, 4)) + 2.0 * np.eye(4)[y] * rng.integers(0, 2, (n, 1))
        return y, raw / raw.sum(axis=1, keepdims=True), weight
    y = rng.exponential(size=n) * 3 + 0.1
    return y, y * np.exp(rng.normal(size=n) * 0.3), weight


def labels(function, **options):
    return lambda y, p, w: function(
        y, p.argmax(1) if p.ndim == 2 else (p > 0.5).astype(int), sample_weight=w, **options
    )


def values(function, **options):
    return lambda y, p, w: function(y, p, sample_weight=w, **options)


def one_against_the_rest(function):
    return lambda y, p, w: np.mean([function(y == c, p[:, c], sample_weight=w) for c in range(p.shape[1])])


def pearson(y, p, w):
    covariance = np.cov(y, p, aweights=w)
    return covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])


def spearman(y, p, w):
    """scipy's without weights; with them the mid-ranks are written out."""
    if w is None:
        return spearmanr(y, p).statistic
    below = [((v[None, :] < v[:, None]) + 0.5 * (v[None, :] == v[:, None])) @ w for v in (y, p)]
    return pearson(*below, w)


def mean_precision_at(k):
    """Average precision at k of one right answer, over every order of the four classes that their shares allow."""

    def precision(y, p, w):
        orders = np.array(list(permutations(range(p.shape[1]))))
        shares = p[:, orders]  # (n, orders, 4)
        allowed = (np.diff(shares, axis=2) <= 0).all(axis=2)
        hit = np.argmax(orders[None] == y[:, None, None], axis=2) + 1
        return np.average((allowed * np.where(hit <= k, 1 / hit, 0)).sum(axis=1) / allowed.sum(axis=1), weights=w)

    return precision


def gini_of_area(y, p, w):
    return 2 * sk.roc_auc_score(y, p, sample_weight=w) - 1


def gini_of_curves(y, p, w):
    """Area between the Lorenz curve and the diagonal by trapezoids, over that of the best order; without ties in p."""

    def area(by):
        order = np.argsort(-by)
        held = np.ones(len(y)) if w is None else w
        x = np.r_[0, np.cumsum(held[order])] / held.sum()
        return np.trapezoid(np.r_[0, np.cumsum((y * held)[order])] / (y * held).sum() - x, x)

    return area(p) / area(y)


THEIRS = {
    Binary(): {
        "roc_auc": values(sk.roc_auc_score),
        "average_precision": values(sk.average_precision_score),
        "gini": gini_of_area,
        "log_loss": values(sk.log_loss),
        "brier": values(sk.brier_score_loss),
        "accuracy": labels(sk.accuracy_score),
        "balanced_accuracy": labels(sk.balanced_accuracy_score),
        "f1": labels(sk.f1_score),
        "macro_f1": labels(sk.f1_score, average="macro"),
        "mcc": labels(sk.matthews_corrcoef),
        "quadratic_kappa": labels(sk.cohen_kappa_score, weights="quadratic"),
    },
    Multiclass(): {
        "map@1": mean_precision_at(1),
        "map@3": mean_precision_at(3),
        "map@20": mean_precision_at(20),
        "roc_auc": one_against_the_rest(sk.roc_auc_score),
        "average_precision": one_against_the_rest(sk.average_precision_score),
        "log_loss": values(sk.log_loss),
        "brier": values(sk.brier_score_loss),
        "accuracy": labels(sk.accuracy_score),
        "balanced_accuracy": labels(sk.balanced_accuracy_score),
        "macro_f1": labels(sk.f1_score, average="macro"),
        "mcc": labels(sk.matthews_corrcoef),
        "quadratic_kappa": labels(sk.cohen_kappa_score, weights="quadratic"),
    },
    Regression(): {
        "mse": values(sk.mean_squared_error),
        "rmse": values(sk.root_mean_squared_error),
        "mae": values(sk.mean_absolute_error),
        "rmsle": values(sk.root_mean_squared_log_error),
        "r2": values(sk.r2_score),
        "mape": values(sk.mean_absolute_percentage_error),
        "pinball": values(sk.mean_pinball_loss, alpha=0.5),
        "pinball:0.9": values(sk.mean_pinball_loss, alpha=0.9),
        "gini": gini_of_curves,
        "pearson": pearson,
        "spearman": spearman,
    },
}
CASES = [(problem, name) for problem, names in THEIRS.items() for name in names]


@each(("problem", "name"), CASES)
@each("is_weighted", [False, True])
def test_a_metric_agrees_with_scikit_learn(problem, name, is_weighted):
    metric = find(name, problem)
    for seed in range(3):
        y, stored, weight = drawn(problem, seed)
        held = weight if is_weighted else None
        ours = evaluate(metric, y, stored, problem, weight=held)
        assert ours == pytest.approx(THEIRS[problem][name](y, stored, held), rel=1e-10, abs=1e-12)


def test_every_metric_of_ours_is_compared():
    for problem, compared in THEIRS.items():
        assert set(fitting_names(problem)) <= set(compared)


@each(("problem", "name"), CASES)
def test_many_weightings_score_as_one_by_one(problem, name):
    metric = find(name, problem)
    y, stored, _ = drawn(problem, 5, n=120)
    prediction = adapt(metric, stored, problem)
    for weights in (
        np.random.default_rng(0).poisson(1, (6, 120)).astype(np.uint8),
        np.random.default_rng(1).random((4, 120)),
    ):
        many = metric.scores(y, [prediction, prediction[::-1]], weights)
        for b, weight in enumerate(weights.astype(float)):
            assert many[b, 0] == pytest.approx(metric.score(y, prediction, weight=weight), rel=1e-12)
            assert many[b, 1] == pytest.approx(metric.score(y, prediction[::-1], weight=weight), rel=1e-12)


def test_no_weightings_of_many_classes_have_no_scores():
    codes = np.arange(40) % 9
    assert find("macro_f1", Multiclass()).scores(codes, [codes, codes[::-1]], np.empty((0, 40))).shape == (0, 2)


@pytest.mark.parametrize("name", ["roc_auc", "average_precision"])
def test_float32_predictions_rank_as_their_own_values(name):
    y, stored, _ = drawn(Binary(), 1)
    metric, single = find(name, Binary()), stored.astype(np.float32)
    assert metric.score(y, single) == pytest.approx(metric.score(y, single.astype(np.float64)), rel=1e-14)


def test_rank_metrics_without_one_class_are_undefined_and_constant_scores_are_chance():
    area = find("roc_auc", Binary())
    assert np.isnan(area.score(np.zeros(5, dtype=int), np.arange(5.0)))
    assert np.isnan(find("average_precision", Binary()).score(np.zeros(5, dtype=int), np.arange(5.0)))
    assert area.score(np.array([0, 1, 0, 1]), np.full(4, 0.3)) == 0.5
    assert not area.influence(np.array([0, 1, 0, 1]), np.full(4, 0.3)).any()


def test_a_class_that_is_absent_is_left_out_of_the_mean_over_classes():
    y, stored, _ = drawn(Multiclass(), 2)
    held = y != 3
    expected = np.mean([sk.roc_auc_score(y[held] == c, stored[held][:, c]) for c in range(3)])
    assert find("roc_auc", Multiclass()).score(y[held], stored[held]) == pytest.approx(expected, rel=1e-12)


def test_log_loss_clips_certainty_even_in_single_precision():
    loss = find("log_loss", Binary())
    wrong = loss.score(np.array([1]), np.zeros(1, dtype=np.float32))
    assert wrong == pytest.approx(-np.log(1e-15))
    assert loss.score(np.array([0]), np.ones(1, dtype=np.float32)) == pytest.approx(wrong, rel=1e-2)


def test_rmsle_counts_negative_predictions_as_zero_and_refuses_negative_targets():
    metric = find("rmsle", Regression())
    assert metric.score(np.array([1.0, 2.0]), np.array([-5.0, 2.0])) == metric.score(
        np.array([1.0, 2.0]), np.array([0.0, 2.0])
    )
    with pytest.raises(DataError, match="row 1 has -2"):
        metric.score(np.array([1.0, -2.0]), np.array([1.0, 1.0]))


def test_mape_leaves_out_a_few_zero_targets_and_refuses_many():
    y = np.r_[0.0, np.ones(39)]
    assert find("mape", Regression()).score(y, y * 1.1 + (y == 0) * 99) == pytest.approx(0.1)
    with pytest.raises(DataError, match=r"3 of 40 targets are 0. Use mae or rmsle"):
        find("mape", Regression()).refuse(np.r_[0.0, 0.0, y[2:-1], 0.0])


def test_mape_scores_a_part_of_a_table_that_happens_to_hold_more_zeros():
    y = np.r_[np.zeros(10), np.ones(10)]
    assert find("mape", Regression()).score(y, y * 1.1 + (y == 0) * 99) == pytest.approx(0.1)
    assert np.isnan(find("mape", Regression()).score(np.zeros(5), np.ones(5)))


def test_metrics_of_a_constant_are_what_they_promise():
    y, constant = np.array([0, 1, 1, 0]), np.zeros(4, dtype=int)
    assert find("mcc", Binary()).score(y, constant) == 0.0
    assert find("f1", Binary()).score(np.zeros(4, dtype=int), constant) == 0.0
    assert np.isnan(find("quadratic_kappa", Binary()).score(np.zeros(4, dtype=int), constant))
    assert np.isnan(find("r2", Regression()).score(np.ones(4), np.arange(4.0)))


def test_a_spearman_weight_of_three_is_the_row_three_times():
    rng = np.random.default_rng(0)
    y, prediction, times = rng.integers(0, 9, 60) * 1.0, rng.integers(0, 5, 60) * 1.0, rng.integers(0, 4, 60)
    weighted = find("spearman", Regression()).score(y, prediction, weight=times.astype(float))
    assert weighted == pytest.approx(spearmanr(np.repeat(y, times), np.repeat(prediction, times)).statistic)


@pytest.mark.parametrize("name", ["pearson", "spearman"])
def test_a_correlation_with_predictions_that_are_all_the_same_is_0_and_of_a_constant_target_undefined(name):
    metric, y = find(name, Regression()), np.arange(20.0)
    same = np.full(20, 0.1)
    assert metric.score(y, same) == 0.0
    assert not metric.influence(y, same).any()
    assert (metric.scores(y, [same], np.ones((2, 20))) == 0.0).all()
    assert np.isnan(metric.score(same, y))
    assert metric.score(y, np.exp(y)) == (pytest.approx(1.0) if name == "spearman" else pytest.approx(0.54, abs=0.05))


@pytest.mark.parametrize("y", [np.arange(12.0), np.array([0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0]), np.arange(12) // 4])
def test_gini_of_tied_predictions_is_the_mean_over_the_orders_that_break_ties(y):
    rng, metric = np.random.default_rng(2), find("gini", Regression())
    tied = rng.integers(0, 3, 12)

    def competitions(given):
        order = np.argsort(-given, kind="stable")
        return (np.cumsum(y[order]) / y.sum() - np.arange(1, 13) / 12).sum() / 12

    broken = [competitions(tied + 1e-3 * rng.random(12)) for _ in range(4000)]
    assert metric.score(y, tied) == pytest.approx(np.mean(broken) / competitions(y * 1.0), abs=0.02)
    assert metric.score(y, tied + 0.1 * y) == pytest.approx(competitions(tied + 0.1 * y) / competitions(y * 1.0))


def test_gini_of_a_constant_prediction_is_0_of_a_constant_target_undefined_and_of_the_reverse_minus_1():
    metric, y = find("gini", Regression()), np.random.default_rng(0).gamma(1.0, 1.0, 30)
    assert metric.score(y, np.full(30, 0.1)) == pytest.approx(0.0, abs=1e-15)
    assert np.isnan(metric.score(np.full(30, 0.1), y))
    assert np.isnan(metric.scores(np.full(30, 0.1), [y], np.ones((2, 30)))).all()
    assert (metric.score(y, y), metric.score(y, -y)) == (pytest.approx(1.0), pytest.approx(-1.0))
    assert metric.score(y + 1e6, y) == pytest.approx(1.0)


def test_map_at_k_gives_1_over_the_place_and_nothing_below_k_or_for_what_is_impossible():
    shares = np.array([[0.5, 0.3, 0.2, 0.0]] * 4)
    rows = [find("map@2", Multiclass()).score(np.array([y]), shares[:1]) for y in range(4)]
    assert rows == [1.0, 0.5, 0.0, 0.0]
    assert find("map@20", Multiclass()).score(np.array([3]), shares[:1]) == 0.0
    assert find("map@1", Multiclass()).score(np.arange(4), shares) == 0.25
