"""Verdicts, noise, racing, importance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.figure import Difference
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.evidence.evaluation_rows import Rows
from assay.evidence.judge import holds_again, judge
from assay.evidence.noise import Excess, Noise, expected_sigma
from assay.evidence.permutation_importance import permutation_importance
from assay.evidence.racing import blend_share, is_hopeless, row_loss, unit_sums
from assay.metrics.choose_metric import find


def difference(value, sigma):
    return Difference(origin="oof", value=value, sigma=sigma, df=99, n_units=100, low=None, high=None, p=None, e=None)


@pytest.mark.parametrize(
    ("value", "rule", "kept"),
    [(1.0, "gain", True), (2.5, "gain", True), (0.7, "near-miss", False), (0.3, "tie", False), (-0.3, "tie", False),
     (-2.0, "worse", False)],
)  # fmt: skip
def test_a_gain_of_one_sigma_is_kept(value, rule, kept):
    verdict = judge(difference(value, 1.0))
    assert (verdict.rule, verdict.kept) == (rule, kept)
    assert verdict.why


def test_the_first_model_is_kept_and_an_equal_one_is_not():
    assert judge(None) == judge(None, c=3.0)
    assert (judge(None).kept, judge(None).rule) == (True, "first")
    assert (judge(difference(0.0, 0.0)).kept, judge(difference(0.0, 0.0)).rule) == (False, "tie")


@given(z=st.floats(-5, 5), c=st.floats(0, 3))
def test_what_a_strict_rule_keeps_a_lax_one_keeps(z, c):
    if judge(difference(z, 1.0), c=c).kept:
        assert judge(difference(z, 1.0), c=c / 2).kept
        assert z >= c


@given(value=st.floats(-5, 5), sigma=st.floats(0, 3))
def test_a_gain_holds_again_where_folds_that_chose_nothing_show_three_quarters_of_a_sigma(value, sigma):
    found = difference(value, sigma)
    assert holds_again(found) == (value > 0 and found.z >= 0.75)


def test_the_pooled_excess_starts_at_the_prior_and_follows_what_is_seen():
    noise = Noise()
    assert noise.phi == 0.25
    for _ in range(10):
        noise = noise.seen(Excess(beyond=0.75, rows=1.0))
    assert noise.phi == pytest.approx(0.5)
    for _ in range(60):
        noise = noise.seen(Excess(beyond=-1.0, rows=1.0))
    assert len(noise.excesses) == 50
    assert noise.phi == 0.0
    assert noise.seen(None) is noise


def test_noise_is_planned_for_the_auc_and_measured_by_a_second_seed():
    y = (np.arange(1600) < 480).astype(int)
    planned = Noise.planned("roc_auc", Binary(), y)
    assert 0.004 <= planned.sigma <= 0.006
    assert planned.detectable == 2 * planned.sigma
    assert Noise.planned("log_loss", Binary(), y).sigma is None
    assert Noise.planned("roc_auc", Binary(), y, is_grouped=True).sigma is None
    assert expected_sigma("roc_auc", Binary(), np.zeros(9)) is None
    measured = planned.measured(difference(0.001, 0.002))
    assert (measured.sigma, measured.floor, measured.detectable) == (0.002, 0.0005, 0.004)
    assert planned.measured(difference(0.0, 0.0)) is planned


def test_row_loss_agrees_with_the_metrics():
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 3, 50), rng.dirichlet(np.ones(3), 50)
    assert row_loss(Multiclass(), y, p).mean() == pytest.approx(find("log_loss", Multiclass()).score(y, p))
    one, two = y == 1, p[:, 1]
    assert row_loss(Binary(), one, two).mean() == pytest.approx(find("log_loss", Binary()).score(one, two))
    x, z = rng.random(50), rng.random(50)
    for name, loss, quantile in (("mse", "squared", 0.5), ("mae", "absolute", 0.5), ("pinball:0.8", "quantile", 0.8)):
        found = row_loss(Regression(), x, z, loss=loss, quantile=quantile).mean()
        assert found == pytest.approx(find(name, Regression()).score(x, z))


def test_a_clearly_worse_candidate_is_stopped_unless_it_helps_the_blend():
    rng = np.random.default_rng(1)
    best = rng.random(500)
    folds = {"folds_done": 1, "n_test": 500, "n_train": 2000}
    assert is_hopeless(best + 0.1 + 0.1 * rng.normal(size=500), best, **folds)
    assert not is_hopeless(best + 0.1 + 0.1 * rng.normal(size=500), best, share=0.1, **folds)
    assert not is_hopeless(best - 0.1, best, **folds)
    gap = rng.normal(size=500)
    gap -= gap.mean()
    assert not is_hopeless(best + 0.1 * gap + 0.9 * 0.1 / np.sqrt(500), best, **folds)
    assert is_hopeless(best + 0.1 * gap + 1.3 * 0.1 / np.sqrt(500), best, **folds)
    assert not is_hopeless(best, best, **folds)


def test_the_share_in_a_blend_is_large_for_a_complement_and_zero_for_noise():
    rng = np.random.default_rng(2)
    y = rng.normal(size=2000)
    blend, complement = y + rng.normal(size=2000), y + rng.normal(size=2000)

    def loss_of(stored):
        return row_loss(Regression(), y, stored)

    assert blend_share(blend, complement, loss_of) == pytest.approx(0.5, abs=0.1)
    assert blend_share(blend, blend + 5, loss_of) == 0.0


def test_losses_of_a_group_are_summed():
    np.testing.assert_array_equal(unit_sums(np.array([1.0, 2.0, 4.0]), np.array(["b", "a", "b"])), [2.0, 5.0])


@pytest.mark.parametrize("name", ["roc_auc", "log_loss", "mcc"])
def test_a_column_in_use_loses_and_a_useless_one_does_not(name):
    rng = np.random.default_rng(3)
    x, junk = rng.normal(size=1500), rng.normal(size=1500)
    y = (rng.random(1500) < 1 / (1 + np.exp(-2 * x))).astype(int)
    rows, metric = Rows(y=y, problem=Binary(), folds=np.arange(1500) % 5), find(name, Binary())

    def predict(a, b):
        return 1 / (1 + np.exp(-(2 * a + 0.02 * b)))

    shuffles = [rng.permutation(1500) for _ in range(4)]
    loss, low, high = permutation_importance(metric, rows, predict(x, junk), [predict(x[s], junk) for s in shuffles])
    assert 0 < low < loss < high
    _, low, high = permutation_importance(metric, rows, predict(x, junk), [predict(x, junk[s]) for s in shuffles])
    assert low < 0.005
    assert high < 0.02
