"""BBC-CV takes back what choosing the best of a pool adds."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.clock import Deadline
from assay.core.errors import DataError
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.evidence.bbc import ModelChoice, correct
from assay.evidence.evaluation_rows import Rows
from assay.metrics.choose_metric import find

AUC, MSE = find("auc", Binary()), find("mse", Regression())


def corrected(metric, rows, pool, *, seeds, blend=None, deadline=None):
    """The figure alone."""
    choice = ModelChoice(pool=pool, blend=blend)
    return correct(metric, replace(rows, seeds=seeds), choice, deadline=deadline or Deadline()).figure


def noise_pool(seed, n=150, size=30):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.4).astype(np.int32)
    pool = {number: rng.random(n) for number in range(1, size + 1)}
    return Rows(y=y, problem=Binary()), pool


class TickingClock:
    """A clock that moves a second at every look."""

    def __init__(self):
        self.time = 0.0

    def now(self):
        self.time += 1.0
        return self.time


def test_the_best_of_a_pool_of_noise_is_corrected_to_chance():
    naive, fair = [], []
    for seed in range(12):
        rows, pool = noise_pool(seed)
        naive.append(max(AUC.score(rows.y, p) for p in pool.values()))
        fair.append(corrected(AUC, rows, pool, seeds=Seeds(seed)).value)
    assert np.mean(naive) > 0.57
    assert abs(np.mean(fair) - 0.5) < 0.02


def test_the_corrected_interval_covers_the_risk_of_the_chosen_one():
    """Fixed pool, linear predictors with exact risk: E (y - b x)² = 1 + (1 - b)² for y = x + N(0, 1)."""
    rng, hits = np.random.default_rng(0), 0
    slopes = np.linspace(0.7, 1.3, 12)
    for run in range(60):
        x = rng.normal(size=150)
        y = x + rng.normal(size=150)
        pool = {i: b * x for i, b in enumerate(slopes)}
        chosen = slopes[min(pool, key=lambda i: MSE.score(y, pool[i]))]
        found = corrected(MSE, Rows(y=y, problem=Regression()), pool, seeds=Seeds(run))
        hits += found.low <= 1 + (1 - chosen) ** 2 <= found.high
    assert hits >= 54


def test_one_configuration_keeps_its_score_and_the_seed_decides_the_rest():
    rows, pool = noise_pool(3, n=400)
    only = corrected(AUC, rows, {5: pool[5]}, seeds=Seeds(1))
    assert only.value == pytest.approx(AUC.score(rows.y, pool[5]), abs=0.005)
    assert (only.origin, only.certified) == ("corrected", False)
    assert only.method == "BBC-CV over 1 recipe, 1,000 resamples"
    assert corrected(AUC, rows, pool, seeds=Seeds(1)) == corrected(AUC, rows, pool, seeds=Seeds(1))
    assert corrected(AUC, rows, pool, seeds=Seeds(1)) != corrected(AUC, rows, pool, seeds=Seeds(2))


@pytest.mark.parametrize("name", ["log_loss", "accuracy", "average_precision", "mcc"])
def test_every_kind_of_metric_is_corrected_towards_worse(name):
    rows, pool = noise_pool(4, n=300)
    metric = find(name, Binary())
    folds = Rows(y=rows.y, problem=Binary(), folds=np.arange(300) % 3)
    found = corrected(metric, folds, pool, seeds=Seeds(0))
    scores = [metric.score(rows.y, (p > 0.5).astype(int) if metric.needs == "label" else p) for p in pool.values()]
    best = max(scores) if metric.higher_is_better else min(scores)
    assert (found.value < best) if metric.higher_is_better else (found.value > best)
    assert found.low < found.value < found.high


class MeanOfTheBest:
    """A blend as free as they come: the plain mean of the candidates that are above chance in the bag."""

    def __init__(self, rows, pool):
        self.y, self.pool = rows.y, pool

    def __call__(self, counts):
        rows = np.repeat(np.arange(len(counts)), counts)
        return np.mean([p for p in self.pool.values() if AUC.score(self.y[rows], p[rows]) > 0.5], axis=0)


def test_a_blend_is_one_more_configuration():
    rng = np.random.default_rng(1)
    y = rng.normal(size=500)
    pool = {1: y + rng.normal(size=500), 2: y + rng.normal(size=500)}
    rows = Rows(y=y, problem=Regression())
    found = corrected(MSE, rows, pool, seeds=Seeds(0), blend=lambda counts: (pool[1] + pool[2]) / 2)
    assert found.value == pytest.approx(MSE.score(y, (pool[1] + pool[2]) / 2), rel=0.03)
    assert found.method == "BBC-CV over 2 recipes and their blend, 200 resamples"
    assert found.chosen_among == 2


@pytest.mark.slow
def test_what_a_blend_of_noise_gains_by_looking_is_taken_back():
    naive, fair = [], []
    for seed in range(12):
        rows, pool = noise_pool(seed, n=300, size=12)
        blend = MeanOfTheBest(rows, pool)
        naive.append(AUC.score(rows.y, blend(np.ones(300, dtype=np.uint8))) - 0.5)
        fair.append(corrected(AUC, rows, pool, seeds=Seeds(seed), blend=blend).value - 0.5)
    assert np.mean(naive) > 0.03
    assert abs(np.mean(fair)) < 0.5 * np.mean(naive)


def test_a_blend_is_fitted_on_the_counted_rows_of_those_that_have_predictions():
    rng, seen = np.random.default_rng(2), []
    y = rng.normal(size=300)
    pool = {1: y + 1.0, 2: y + rng.normal(size=300)}
    for prediction in pool.values():
        prediction[:50] = np.nan

    def blend(counts):
        seen.append(counts)
        return pool[2]

    corrected(MSE, Rows(y=y, problem=Regression()), pool, seeds=Seeds(0), blend=blend)
    assert {len(counts) for counts in seen} == {300}
    assert all(counts[:50].sum() == 0 and counts.sum() == 250 for counts in seen)


def test_the_interval_of_the_gain_covers_the_gain_of_the_chosen_one():
    """As above: the risk of slope b is 1 + (1 - b)², so the true gain of b over 0.7 is 0.09 - (1 - b)²."""
    rng, hits = np.random.default_rng(5), 0
    slopes = np.linspace(0.75, 1.25, 10)
    for run in range(60):
        x = rng.normal(size=150)
        y = x + rng.normal(size=150)
        pool = {i: b * x for i, b in enumerate(slopes)}
        chosen = slopes[min(pool, key=lambda i: MSE.score(y, pool[i]))]
        rows = Rows(y=y, problem=Regression(), seeds=Seeds(run))
        gain = correct(MSE, rows, ModelChoice(pool=pool, baseline=0.7 * x)).gain
        hits += gain.low <= 0.09 - (1 - chosen) ** 2 <= gain.high
    assert hits >= 51


def test_searched_recipes_are_named_beside_the_fixed_ones():
    rows, pool = noise_pool(1, size=5)
    found = correct(AUC, rows, ModelChoice(pool=pool, searched=2)).figure
    assert found.method == "BBC-CV over 3 fixed and 2 searched recipes, 1,000 resamples"


def test_a_deadline_lowers_the_number_of_resamples_but_a_figure_is_made():
    rng = np.random.default_rng(0)
    y = rng.normal(size=60_000)
    pool = {i: y + rng.normal(size=60_000) for i in range(2)}
    found = corrected(
        MSE, Rows(y=y, problem=Regression()), pool, seeds=Seeds(0), deadline=Deadline(0.0, TickingClock())
    )
    assert found.method == "BBC-CV over 2 recipes, 150 resamples"


def test_a_function_as_metric_is_called_as_often_as_seconds_allow():
    def area_score(y_true, y_pred):
        return AUC.score(y_true, y_pred)

    area_score.needs = "probability"
    rows, pool = noise_pool(5, size=4)
    found = corrected(find(area_score, Binary()), rows, pool, seeds=Seeds(0))
    exact = corrected(AUC, rows, pool, seeds=Seeds(0))
    assert found.value == pytest.approx(exact.value, abs=0.02)


def test_groups_are_drawn_whole():
    rng = np.random.default_rng(6)
    person = np.repeat(rng.normal(size=60), 10)
    rows = Rows(y=person, problem=Regression(), groups=np.repeat(np.arange(60), 10))
    grouped = corrected(MSE, rows, {1: np.zeros(600)}, seeds=Seeds(0))
    alone = corrected(MSE, Rows(y=person, problem=Regression()), {1: np.zeros(600)}, seeds=Seeds(0))
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_too_few_rows_of_a_class_give_the_plain_score_and_say_so():
    y = np.r_[1, 1, 1, np.zeros(40, dtype=int)]
    found = corrected(AUC, Rows(y=y, problem=Binary()), {1: np.linspace(0, 1, 43)}, seeds=Seeds(0))
    assert found.value == AUC.score(y, np.linspace(0, 1, 43))
    assert found.low is None
    assert (found.origin, found.certified) == ("oof", False)
    assert found.method.startswith("not corrected: too few usable resamples")


@pytest.mark.parametrize("rare", [1, 2, 4, 12])
def test_a_rare_class_of_several_does_not_keep_the_others_from_being_corrected(rare):
    rng = np.random.default_rng(rare)
    y = np.concatenate([np.repeat([0, 1, 2], 100), np.full(rare, 3)]).astype(np.int32)
    pool = {number: rng.dirichlet(np.ones(4), len(y)) for number in range(1, 20)}
    metric = find("log_loss", Multiclass())
    found = corrected(metric, Rows(y=y, problem=Multiclass()), pool, seeds=Seeds(0))
    best = min(metric.score(y, p) for p in pool.values())
    assert found.origin == "corrected"
    assert found.value > best


def test_an_empty_pool_is_an_error():
    with pytest.raises(DataError, match="No experiment is complete"):
        corrected(AUC, Rows(y=np.zeros(3), problem=Binary()), {}, seeds=Seeds(0))
