"""Planning: what is said to be claimable is claimed that often, curves cover the truth, advice follows the record."""

import numpy as np
import pytest

from assay.core.errors import DataError, UsageError
from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.evidence.evaluation_rows import Rows
from assay.evidence.learning_curve_fit import learning_curve
from assay.evidence.smallest_gain import (
    DetectableGains,
    TriedExperiment,
    advise,
    claimable_gain,
    detectable_gains,
    shrunk,
)
from assay.metrics.choose_metric import find

SEEN = DetectableGains(steers=0.02, claims=0.03)


def test_a_gain_as_small_as_can_be_claimed_is_found_four_times_in_five():
    rng = np.random.default_rng(0)
    spread, n = 0.8, 400
    gain = claimable_gain(spread, n, level=0.05)
    z = rng.normal(gain, spread, (4000, n)).mean(axis=1) * np.sqrt(n) / spread
    assert 0.78 < (z >= 1.645).mean() < 0.82


def test_the_sight_of_two_thousand_rows_is_the_one_of_the_specification():
    seen = detectable_gains(0.005, search_rows=1600, vault_rows=400)
    assert seen.steers == 0.01
    assert seen.claims == pytest.approx(0.025, abs=0.001)
    assert detectable_gains(0.005, search_rows=1600).claims is None


def test_a_later_opening_sees_less():
    first, second = (
        detectable_gains(0.01, search_rows=900, vault_rows=300, level=level).claims for level in (0.05, 0.0125)
    )
    assert second > first


@pytest.mark.parametrize("wrong", [{"n": 0}, {"n": 10, "level": 0.0}, {"n": 10, "power": 1.0}])
def test_no_test_without_rows_or_level(wrong):
    with pytest.raises(ValueError, match="No test"):
        claimable_gain(1.0, **wrong)


def tried(n, *, kept=(), gain=0.05, by="tpe"):
    """n experiments a little worse than their champion, but for those kept."""
    return [
        TriedExperiment(by=by, gain=gain if place in kept else -0.005, sigma=0.01, kept=place in kept)
        for place in range(n)
    ]


def test_nothing_is_advised_before_sixty_experiments():
    assert advise(tried(59), sight=SEEN).stop is None


def test_a_search_that_found_nothing_for_long_is_advised_to_stop():
    found = advise(tried(400, kept=(3,), gain=0.02), sight=SEEN)
    assert (found.stop, found.since) == (True, 396)
    assert "nothing to speak of" in found.why


def test_a_search_that_still_gains_goes_on():
    found = advise(tried(400, kept=(3, 380)), sight=SEEN)
    assert found.stop is False
    assert found.since == 19
    assert "still brought something" in found.why


def test_a_trial_that_keeps_what_was_added_speaks_against_stopping():
    assert advise(tried(400), sight=SEEN, given_back=False).stop is False
    assert advise(tried(400), sight=SEEN, given_back=True).stop is True


def test_a_new_proposer_deserves_its_chance():
    old, new = tried(370), tried(30, by="features")
    assert advise([*old, *new], sight=SEEN).chance > advise(tried(400), sight=SEEN).chance


def test_luck_is_taken_off_a_gain():
    assert shrunk(TriedExperiment(by="", gain=0.01, sigma=0.01, kept=True)) == 0
    assert shrunk(TriedExperiment(by="", gain=0.10, sigma=0.01, kept=True)) == pytest.approx(0.099)
    assert shrunk(TriedExperiment(by="", gain=-0.1, sigma=0.01, kept=False)) == 0


# -- curves -------------------------------------------------------------------------------------------------------


def curve_of(rng, *, n=600, noise=0.3, law=lambda m: 4.0 / m**0.7):
    """Predictions of a number whose squared error falls with the rows learned from, as the law says."""
    y = rng.normal(size=n)
    rows = Rows(y=y, problem=Regression())
    sizes = {200: 3, 350: 3, 500: 3, 700: 1, 1000: 1}
    common = rng.normal(size=n)  # who is hard is hard at every size
    predictions = {
        size: [y + np.sqrt(noise + law(size)) * (0.9 * common + 0.436 * rng.normal(size=n)) for _ in range(draws)]
        for size, draws in sizes.items()
    }
    return learning_curve(find("mse", Regression()), rows, predictions)


def test_a_learning_curve_finds_what_twice_the_rows_bring():
    truth = 4.0 / 1000**0.7 - 4.0 / 2000**0.7
    found = [curve_of(np.random.default_rng(seed)).more(2000) for seed in range(20)]
    covered = [one.low_95 <= truth <= one.high_95 for one in found]
    assert np.mean(covered) >= 0.85
    assert all(one.low_95 <= one.low <= one.value <= one.high <= one.high_95 for one in found)


def test_where_rows_add_nothing_no_gain_is_visible():
    found = [curve_of(np.random.default_rng(seed), law=lambda m: 0.1).more(2000) for seed in range(20)]
    assert np.mean([one.is_visible for one in found]) <= 0.25
    assert all(one.value >= 0 for one in found)  # no curve falls with more rows


def test_a_curve_does_not_know_farther_than_twice_its_rows():
    curve = curve_of(np.random.default_rng(0))
    with pytest.raises(UsageError, match="at most 2,000"):
        curve.more(2001)


def test_two_sizes_are_no_curve():
    rows = Rows(y=np.arange(50.0), problem=Regression())
    with pytest.raises(DataError, match="three sizes"):
        learning_curve(find("mse", Regression()), rows, {10: [np.zeros(50)], 20: [np.zeros(50)]})


def test_a_curve_of_ranks_stays_below_one():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 400)
    rows = Rows(y=y, problem=Binary())
    predictions = {m: [1 / (1 + np.exp(-(y * m / 100 + rng.normal(size=400))))] for m in (100, 200, 400, 800)}
    curve = learning_curve(find("roc_auc", Binary()), rows, predictions)
    assert curve.more(1600).high_95 <= 1.0
    assert (np.diff(curve.levels) > 0).all()
