"""The paired comparison: truth under the null, ties, few rows, folds, groups, weights."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.errors import DataError
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.evidence.evaluation_rows import Rows
from assay.evidence.influence_scores import ScoreInfluence
from assay.evidence.noise import Noise
from assay.evidence.paired import compare, fold_excess, mixture_e, quick_compare
from assay.metrics.choose_metric import find
from each import each

AUC, LOG_LOSS, ACCURACY = (find(name, Binary()) for name in ("roc_auc", "log_loss", "accuracy"))
RMSE = find("rmse", Regression())


def logistic(z):
    return 1.0 / (1.0 + np.exp(-z))


def two_models(seed, n=400, gain=0.0, folds=5):
    """A binary task, a model, and one that sees the signal with less noise when gain > 0."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=n)
    y = (rng.random(n) < logistic(1.5 * signal)).astype(np.int32)
    a, b = (logistic(signal + rng.normal(size=n) * noise) for noise in (1.0, 1.0 - gain))
    return Rows(y=y, problem=Binary(), folds=rng.integers(0, folds, n), seeds=Seeds(seed)), a, b


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "log_loss", "brier", "accuracy", "mcc", "macro_f1"])
def test_a_better_model_has_a_positive_difference_whatever_the_direction(name):
    rows, a, b = two_models(1, n=2000, gain=0.9)
    better, worse = compare(find(name, Binary()), rows, a, b, over=7), compare(find(name, Binary()), rows, b, a)
    assert better.z > 3
    assert better.p < 0.001 < 10 < better.e
    assert better.low > 0
    assert better.over == 7
    assert worse.value == pytest.approx(-better.value)
    assert worse.p == pytest.approx(1 - better.p)


@pytest.mark.parametrize("name", ["roc_auc", "average_precision", "log_loss", "f1"])
@pytest.mark.parametrize("n", [60, 400])
def test_p_is_uniform_when_neither_model_is_better(name, n):
    metric = find(name, Binary())
    p = np.array([compare(metric, *two_models(seed, n=n)).p for seed in range(120 if n > 200 else 40)])
    assert np.mean(p < 0.1) <= 0.1 + 3.5 * np.sqrt(0.09 / len(p))
    assert abs(p.mean() - 0.5) < 3.5 * np.sqrt(1 / 12 / len(p))


def test_the_interval_covers_the_true_difference_as_often_as_it_says():
    rng, hits = np.random.default_rng(5), 0
    for _ in range(300):
        y = rng.normal(size=300)
        a, b = y + rng.normal(size=300), y + 0.8 * rng.normal(size=300)
        found = compare(find("mse", Regression()), Rows(y=y, problem=Regression()), a, b)
        hits += found.low <= 1.0 - 0.64 <= found.high
    assert 0.91 <= hits / 300 <= 0.985


def test_sigma_of_the_auc_difference_is_delongs():
    rows, a, b = two_models(3, n=3000)
    found = compare(AUC, Rows(y=rows.y, problem=Binary()), a, b)

    def placed(scores):
        wins = scores[rows.y == 1][:, None] > scores[rows.y == 0][None, :]
        return wins.mean(axis=1), wins.mean(axis=0)

    (a1, a0), (b1, b0) = placed(a), placed(b)
    variance = (b1 - a1).var(ddof=1) / len(a1) + (b0 - a0).var(ddof=1) / len(a0)
    assert found.sigma == pytest.approx(np.sqrt(variance), rel=2e-3)
    assert found.value == pytest.approx(b1.mean() - a1.mean())


def test_rank_metrics_are_computed_in_each_fold_and_averaged_by_size():
    rows, a, b = two_models(4, n=900)
    shifted = logistic(np.log(b / (1 - b)) + 3.0 * rows.folds)  # fold models on different scales
    by_fold = sum((rows.folds == f).mean() * AUC.score(rows.y[rows.folds == f], b[rows.folds == f]) for f in range(5))
    base = sum((rows.folds == f).mean() * AUC.score(rows.y[rows.folds == f], a[rows.folds == f]) for f in range(5))
    assert compare(AUC, rows, a, shifted).value == pytest.approx(by_fold - base)
    assert compare(LOG_LOSS, rows, a, b).value == pytest.approx(LOG_LOSS.score(rows.y, a) - LOG_LOSS.score(rows.y, b))


def test_a_fold_without_a_class_pools_the_folds_and_says_so():
    rows, a, b = two_models(4, n=600)
    folds = np.where(rows.y == 1, 0, rows.folds)
    found = compare(AUC, Rows(y=rows.y, problem=Binary(), folds=folds), a, b)
    assert found.value == pytest.approx(AUC.score(rows.y, b) - AUC.score(rows.y, a))
    assert "a fold lacks a class" in found.notes[0]


@pytest.mark.parametrize("n", [20, 150, 500])
def test_equal_predictions_are_a_tie_with_sigma_0(n):
    rows, a, _ = two_models(6, n=n)
    for metric in (AUC, LOG_LOSS, ACCURACY):
        found = compare(metric, rows, a, a.copy())
        assert (found.value, found.sigma, found.z, found.p, found.e) == (0.0, 0.0, 0.0, 1.0, 1.0)
    assert compare(AUC, rows, a, a, noise=Noise(floor=0.002)).sigma == 0.002


def test_equal_rankings_tie_under_the_auc_though_the_predictions_differ():
    rows, a, _ = two_models(6, n=500)
    found = compare(AUC, rows, a, a**3)
    assert (found.value, found.z, found.p) == (0.0, 0.0, 1.0)
    assert compare(LOG_LOSS, rows, a, a**3).sigma > 0


def test_below_30_units_there_is_a_permutation_p_and_no_interval():
    y = np.zeros(10)
    found = compare(
        find("mae", Regression()), Rows(y=y, problem=Regression()), np.full(10, 2.0), np.linspace(0.1, 1, 10)
    )
    assert found.p == pytest.approx(1 / 1024)
    assert found.e == pytest.approx(0.5 / np.sqrt(1 / 1024))
    assert (found.low, found.high) == (None, None)
    assert "too few rows" in found.notes[-1]


def test_few_rows_are_resampled_and_the_same_seed_gives_the_same_interval():
    rng = np.random.default_rng(0)
    y = (np.arange(150) < 60).astype(int)
    a, b = rng.random(150) + 0.5 * y, rng.random(150) + 0.9 * y
    rows = Rows(y=y, problem=Binary(), seeds=Seeds(3))
    one, two = compare(AUC, rows, a, b), compare(AUC, rows, a, b)
    assert one == two
    assert one.low < one.value < one.high
    assert not np.isclose(one.high - one.value, one.value - one.low, rtol=1e-9)  # BCa is not symmetric


@pytest.mark.parametrize("k", [3, 8, 20])
def test_ranks_of_a_rare_class_are_as_sure_as_its_rows_make_them(k):
    said, held = [], []
    for number in range(200):
        rng = np.random.default_rng([k, number])
        y = (np.arange(200) < k).astype(int)
        signal = rng.normal(size=200) + 1.6 * y
        found = compare(AUC, Rows(y=y, problem=Binary()), *(signal + rng.normal(size=200) for _ in range(2)))
        said.append(found.p <= 0.05)
        held.append(found.low <= 0 <= found.high)
    assert np.mean(said) <= 0.09
    assert np.mean(held) >= 0.91
    assert f"{k} rows of the rarer one" in found.method


def test_one_row_of_a_class_tells_no_interval():
    rng = np.random.default_rng(1)
    y = (np.arange(300) < 1).astype(int)
    found = compare(AUC, Rows(y=y, problem=Binary()), rng.random(300), rng.random(300))
    assert (found.low, found.high) == (None, None)
    assert "too few rows of a class (1)" in found.notes[-1]


def test_few_discordant_labels_are_tested_exactly():
    y = np.ones(5000, dtype=int)
    y[:1000] = 0
    a, b = np.where(y == 1, 0.9, 0.1), np.where(y == 1, 0.9, 0.1)
    a[2000:2008] = 0.1  # a is wrong on 8 rows, b on 1
    b[3000] = 0.1
    found = compare(ACCURACY, Rows(y=y, problem=Binary()), a, b)
    assert found.p == pytest.approx((9 + 1) / 2**9)


def test_rows_of_a_group_count_as_one_unit():
    rows, a, b = two_models(7, n=300, gain=0.5)
    copies = Rows(y=np.repeat(rows.y, 4), problem=Binary(), groups=np.repeat(np.arange(300), 4))
    alone = compare(LOG_LOSS, Rows(y=rows.y, problem=Binary()), a, b)
    grouped = compare(LOG_LOSS, copies, np.repeat(a, 4), np.repeat(b, 4))
    assert grouped.n_units == 300
    assert grouped.sigma == pytest.approx(alone.sigma)
    assert grouped.value == pytest.approx(alone.value)


def test_a_row_of_weight_2_counts_twice_and_the_loss_of_certainty_is_said():
    rows, a, b = two_models(8, n=400)
    weight = np.where(np.arange(400) < 100, 2.0, 1.0)
    twice = np.r_[np.arange(400), np.arange(100)]
    weighted = compare(LOG_LOSS, Rows(y=rows.y, problem=Binary(), weight=weight), a, b)
    assert weighted.value == pytest.approx(
        compare(LOG_LOSS, Rows(y=rows.y[twice], problem=Binary()), a[twice], b[twice]).value
    )
    assert weighted.notes == ("weighted: as sure as 357 equal rows",)


def test_a_metric_without_influence_is_judged_by_blocks_and_agrees_with_one_that_has_it():
    def squares_error(y_true, y_pred):
        return float(np.sqrt(np.mean((y_true - y_pred) ** 2)))

    rng = np.random.default_rng(1)
    y = rng.normal(size=3000)
    a, b = y + rng.normal(size=3000), y + 0.9 * rng.normal(size=3000)
    rows = Rows(y=y, problem=Regression(), folds=rng.integers(0, 5, 3000))
    exact, blocks = compare(RMSE, rows, a, b), compare(find(squares_error, Regression()), rows, a, b)
    assert blocks.value == pytest.approx(exact.value)
    assert blocks.sigma == pytest.approx(exact.sigma, rel=0.3)
    assert blocks.df == 99


def test_noise_widens_sigma_by_the_factor_of_nadeau_and_bengio():
    rows, a, b = two_models(9, n=1000)
    alone, with_noise = compare(AUC, rows, a, b), compare(AUC, rows, a, b, noise=Noise())
    assert with_noise.sigma == pytest.approx(alone.sigma * np.sqrt(1 + 0.25 * 5 * (1 / 5 + 1 / 4)))
    assert with_noise.value == alone.value
    assert compare(AUC, rows, a, b, noise=Noise(floor=1.0)).sigma == 1.0


def test_excess_between_folds_is_seen_when_one_fold_model_failed():
    rng = np.random.default_rng(2)
    y = rng.normal(size=1000)
    rows = Rows(y=y, problem=Regression(), folds=np.arange(1000) % 5)
    a = y + rng.normal(size=1000)
    calm, wild = a + 0.1 * rng.normal(size=1000), a + np.where(rows.folds == 2, 1.5, 0.0)
    mse = find("mse", Regression())
    calm_ratio, wild_ratio = (
        e.beyond / e.rows for e in (fold_excess(mse, rows, a, calm), fold_excess(mse, rows, a, wild))
    )
    assert wild_ratio > 10 > calm_ratio
    assert fold_excess(mse, Rows(y=y, problem=Regression()), a, calm) is None


def test_rows_without_predictions_are_left_out_and_must_be_the_same():
    rows, a, b = two_models(10, n=500)
    held = np.arange(500) >= 100
    cut_a, cut_b = np.where(held, a, np.nan), np.where(held, b, np.nan)
    assert compare(LOG_LOSS, rows, cut_a, cut_b).value == pytest.approx(
        compare(LOG_LOSS, rows.take(held), a[held], b[held]).value
    )
    cut_b[100] = np.nan
    with pytest.raises(DataError, match="row 100 has one in some and none") as caught:
        compare(LOG_LOSS, rows, cut_a, cut_b)
    assert caught.value.where.row == 100
    with pytest.raises(DataError, match="499 predictions do not go with 500 rows"):
        compare(LOG_LOSS, rows, a, b[1:])


def test_a_metric_that_is_undefined_is_an_error_not_a_nan():
    rows = Rows(y=np.zeros(50, dtype=int), problem=Binary())
    with pytest.raises(DataError, match="ROC AUC is undefined on these 50 rows"):
        compare(AUC, rows, np.linspace(0, 1, 50), np.linspace(1, 0, 50))


def test_multiclass_predictions_are_compared_row_by_row():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 600)
    sharp, blunt = (np.eye(3)[y] * s + rng.dirichlet(np.ones(3), 600) for s in (0.6, 0.2))
    rows = Rows(y=y, problem=Multiclass(), folds=np.arange(600) % 5)
    for name in ("log_loss", "roc_auc", "quadratic_kappa", "accuracy"):
        metric = find(name, Multiclass())
        a, b = (p / p.sum(axis=1, keepdims=True) for p in (blunt, sharp))
        assert compare(metric, rows, a, b).z > 3


@pytest.mark.parametrize(("z", "e"), [(2.0, 3.7), (3.0, 36.0), (4.0, 850.0)])
def test_the_mixture_e_value_is_the_specified_one(z, e):
    assert mixture_e(z) == pytest.approx(e, rel=0.02)


def test_the_mixture_e_value_averages_to_at_most_1_under_the_null():
    z = np.linspace(-8, 8, 20001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    assert np.trapezoid(density * [mixture_e(value) for value in z], z) <= 1.001


def distance_error(y, p):
    return float(np.mean(np.abs(y - p)))


@each("metric", [AUC, LOG_LOSS, ACCURACY, find(distance_error, Binary())])
@each("kind", ["rows", "groups", "weights"])
def test_two_standings_tell_the_gap_between_them(metric, kind):
    rows, a, b = two_models(3, gain=0.5)
    if kind == "groups":
        rows = replace(rows, groups=np.arange(len(rows)) // 3)
    if kind == "weights" and metric in (AUC, LOG_LOSS, ACCURACY):
        rows = replace(rows, weight=np.random.default_rng(0).uniform(0.5, 2.0, len(rows)))
    noise = Noise(floor=1e-4)
    one, other = ScoreInfluence.of(metric, rows, a), ScoreInfluence.of(metric, rows, b)
    told, asked = other.ahead_of(one, noise=noise, over=4), quick_compare(metric, rows, a, b, noise=noise, over=4)
    assert (told.over, told.notes) == (asked.over, asked.notes)
    for name in ("value", "sigma", "low", "high", "p", "df"):
        assert getattr(told, name) == pytest.approx(getattr(asked, name), rel=1e-9, abs=1e-12)
    assert one.ahead_of(one, noise=noise).notes[-1] == "no row differs"
