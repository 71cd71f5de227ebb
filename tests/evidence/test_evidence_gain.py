"""What a choice gains over a baseline: both on the same rows, both corrected alike, and nothing where nothing is."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.evidence.bbc import ModelChoice, correct
from assay.evidence.evaluation_rows import Rows
from assay.metrics.choose_metric import find

ERRORS = {
    "t2": lambda rng, n: rng.standard_t(2, n), "log-normal": lambda rng, n: np.exp(1.5 * rng.normal(size=n)),
    "Cauchy": lambda rng, n: rng.standard_cauchy(n), "normal": lambda rng, n: rng.normal(size=n),
}  # fmt: skip


def nothing(law, seed, n=300):
    """Errors that no column knows of, and models that each add noise of their own to the mean; the last: baseline."""
    rng = np.random.default_rng([seed, 5])
    y = ERRORS[law](rng, n)
    noise = 0.3 * np.subtract(*np.quantile(y, [0.75, 0.25]))
    pool = {number: y.mean() + noise * rng.normal(size=n) for number in range(1, 7)}
    rows = Rows(y=y, problem=Regression(), folds=np.arange(n) % 5, seeds=Seeds(seed))
    return rows, pool, lambda counts: np.mean(list(pool.values())[:3], axis=0)


@pytest.mark.parametrize("law", list(ERRORS))
@pytest.mark.parametrize("name", ["rmse", "mae"])
def test_the_figure_is_what_the_baseline_scores_and_what_was_gained(law, name):
    metric = find(name, Regression())
    for seed in range(4):
        rows, pool, blend = nothing(law, seed)
        shipped, own = blend(None), metric.score(rows.y, pool[6])
        found = correct(metric, rows, ModelChoice(pool=pool, blend=blend, shipped=shipped, baseline=pool[6]))
        seen = own - metric.score(rows.y, shipped)
        assert found.gain.value == pytest.approx(seen - found.optimism, rel=1e-9)
        assert found.figure.value + found.gain.value == pytest.approx(own, rel=1e-9)
        assert found.figure.low < found.figure.value < found.figure.high
        assert seen * found.gain.value > 0 or abs(found.gain.value) <= found.gain.sigma * (1 + 1e-9)


@pytest.mark.parametrize("law", list(ERRORS))
def test_no_gain_is_announced_of_models_that_are_worth_the_same(law):
    said, metric = 0, find("rmse", Regression())
    for seed in range(20):
        rows, pool, _ = nothing(law, seed)
        gain = correct(metric, rows, ModelChoice(pool=pool, baseline=pool[6])).gain
        said += gain.low > 0 or gain.high < 0
    assert said <= 2


def test_that_nothing_was_better_than_the_constant_was_seen_on_these_rows_too():
    """All models far below chance, as models without a signal often are out of fold: the constant ships for that."""
    rng, auc = np.random.default_rng(1), find("roc_auc", Binary())
    y = (np.arange(200) % 2).astype(np.int32)
    pool = {number: rng.random(200) - 0.25 * y for number in (1, 2)}
    rows, constant = Rows(y=y, problem=Binary(), seeds=Seeds(0)), np.full(200, 0.5)
    chance = {number: rng.random(200) for number in (1, 2, 3)}
    baseline = min(chance.values(), key=lambda p: auc.score(y, p))
    plain = 0.5 - auc.score(y, baseline)
    sure = correct(auc, rows, ModelChoice(pool=pool, instead=constant, shipped=constant, baseline=baseline))
    assert (sure.optimism, sure.gain.value) == (0.0, pytest.approx(plain))  # never chosen otherwise
    luck = correct(auc, rows, ModelChoice(pool=chance, instead=constant, shipped=constant, baseline=baseline))
    assert luck.optimism > 0.0
    assert luck.gain.value < plain
    assert correct(auc, rows, ModelChoice(pool=pool, instead=constant)).figure.value == pytest.approx(0.5)


def test_what_ships_and_is_worse_than_the_choices_is_no_optimism_but_takes_the_gain_down():
    """As where members were left out at the last moment: the resamples chose better than what ships."""
    rng, mse = np.random.default_rng(2), find("mse", Regression())
    y = rng.normal(size=400)
    good, bad, baseline = y + rng.normal(size=400), y + 2.0 * rng.normal(size=400), y + 1.5 * rng.normal(size=400)
    rows = Rows(y=y, problem=Regression(), seeds=Seeds(0))
    found = correct(mse, rows, ModelChoice(pool={1: good}, shipped=bad, baseline=baseline))
    assert found.optimism == 0.0
    assert found.figure.value == pytest.approx(mse.score(y, bad))
    assert found.gain.high < 0.0


def test_the_record_says_what_the_interval_is():
    rows, pool, blend = nothing("normal", 0)
    gain = correct(find("mae", Regression()), rows, ModelChoice(pool=pool, blend=blend, baseline=pool[6])).gain
    assert gain.method == (
        "1.96 σ of BBC-CV over 6 recipes and their blend, 200 resamples, "
        "choice and baseline on the same rows out of bag"
    )
    assert (gain.origin, gain.p, gain.e) == ("corrected", None, None)
    assert gain.high - gain.low == pytest.approx(2 * 1.959964 * gain.sigma)


def test_a_rare_class_moves_no_figure_by_being_resampled():
    """Average precision is higher the fewer rows there are; what that does to both sides is in neither figure."""
    rng, metric = np.random.default_rng(3), find("average_precision", Binary())
    y = (np.arange(2000) % 100 == 0).astype(np.int32)
    shipped, baseline = rng.random(2000), rng.random(2000)
    found = correct(
        metric, Rows(y=y, problem=Binary(), seeds=Seeds(0)), ModelChoice(pool={1: shipped}, baseline=baseline)
    )
    assert found.figure.value == pytest.approx(metric.score(y, shipped))
    assert found.figure.value - found.gain.value == pytest.approx(metric.score(y, baseline))


def test_an_optimism_that_is_cut_is_recorded_and_said():
    """What ships looks far better than any choice made again: taken off whole, a small gain would be a large loss."""
    rng, mae = np.random.default_rng(4), find("mae", Regression())
    y = rng.normal(size=300)
    shipped, bad, baseline = y + 0.50, y + 2.0 + 0.1 * rng.normal(size=300), y + 0.55
    rows = Rows(y=y, problem=Regression(), seeds=Seeds(0))
    found = correct(mae, rows, ModelChoice(pool={1: bad}, shipped=shipped, baseline=baseline))
    assert found.uncut == pytest.approx(1.5, abs=0.05)
    assert found.optimism == pytest.approx(0.05 + found.gain.sigma)
    assert found.gain.value == pytest.approx(-found.gain.sigma)
    for method in (found.figure.method, found.gain.method):
        assert "optimism of 1.49" in method
        assert "was cut to 0.0" in method
    assert (
        correct(mae, rows, ModelChoice(pool={1: bad}, shipped=shipped)).uncut is None
    )  # without a baseline nothing is cut


def test_of_labels_the_figure_and_the_gain_are_of_those_that_are_answered():
    """A threshold moves both as it moves what ships; what is corrected is the choice alone."""
    rng, f1 = np.random.default_rng(5), find("f1", Binary())
    y = (rng.random(800) < 0.2).astype(np.int32)
    p = np.clip(0.2 + 0.15 * y + 0.1 * rng.normal(size=800), 0.01, 0.99)
    rows, answered = Rows(y=y, problem=Binary(), seeds=Seeds(0)), (p > 0.28).astype(float)
    pool = {number: np.clip(p + 0.05 * rng.normal(size=800), 0, 1) for number in range(1, 6)}
    choice = ModelChoice(pool={**pool, 6: p}, shipped=p, baseline=pool[1])
    plain, told = correct(f1, rows, choice), correct(f1, rows, replace(choice, answered=answered))
    assert told.optimism == pytest.approx(plain.optimism)
    assert told.figure.value == pytest.approx(f1.score(y, answered > 0.5) - told.optimism)
    assert told.gain.value - plain.gain.value == pytest.approx(f1.score(y, answered > 0.5) - f1.score(y, p > 0.5))
    assert told.figure.low < told.figure.value < told.figure.high
