"""The blend as the lab sees it: never worse in sample than it must be, within limits, the same every time."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import BudgetError, UsageError
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.candidate import Blend, BlendLimits, Candidate, held
from assay.ensemble.greedy import blend
from assay.ensemble.shrink import shrunk_to_peers
from assay.metrics.choose_metric import evaluate, find, fitting_names
from each import at_most

FAMILIES = ("lightgbm", "catboost", "linear", "knn")


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def binary_library(n=600, m=6, metric="log_loss", seed=0, noise=1.0):
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=n)
    y = (rng.random(n) < sigmoid(2 * signal)).astype(np.int32)
    oofs = [sigmoid(2 * signal + noise * rng.normal(size=n)).astype(np.float32) for _ in range(m)]
    return candidates(oofs, y, metric, Binary()), Target(y, 2)


def value_library(n=600, m=6, metric="rmse", seed=0):
    rng = np.random.default_rng(seed)
    y = 50.0 + 10.0 * rng.normal(size=n)
    return candidates([y + rng.normal(scale=4.0, size=n) for _ in range(m)], y, metric, Regression()), Target(y)


def class_library(n=600, m=5, metric="log_loss", seed=0, k=4):
    rng = np.random.default_rng(seed)
    z = 2 * rng.normal(size=(n, k))
    y = (z + rng.gumbel(size=z.shape)).argmax(axis=1).astype(np.int32)
    noisy = [np.exp(z + rng.normal(size=z.shape)) for _ in range(m)]
    return candidates([e / e.sum(axis=1, keepdims=True) for e in noisy], y, metric, Multiclass()), Target(y, k)


def candidates(oofs, y, metric, problem):
    judge = find(metric, problem)
    return [
        Candidate(number=i + 1, family=FAMILIES[i % 4], read=held(p), score=evaluate(judge, y, p, problem), seconds=1.0)
        for i, p in enumerate(oofs)
    ]


CASES = [
    (binary_library, "log_loss", Binary()),
    (binary_library, "roc_auc", Binary()),
    (binary_library, "brier", Binary()),
    (binary_library, "average_precision", Binary()),
    (value_library, "rmse", Regression()),
    (value_library, "mae", Regression()),
    (class_library, "log_loss", Multiclass()),
    (class_library, "accuracy", Multiclass()),
]


@pytest.mark.parametrize(("make", "metric", "problem"), CASES)
def test_a_blend_of_models_with_independent_errors_beats_the_best_of_them(make, metric, problem):
    library, target = make(metric=metric)
    judge = find(metric, problem)
    found = blend(library, target, metric=judge, seeds=Seeds(0))
    best = (max if judge.higher_is_better else min)(c.score for c in library)
    assert (found.score > best) if judge.higher_is_better else (found.score < best)


@pytest.mark.parametrize(("make", "metric", "problem"), CASES)
def test_the_score_of_a_blend_is_that_of_its_predictions(make, metric, problem):
    library, target = make(metric=metric)
    judge = find(metric, problem)
    found = blend(library, target, metric=judge, seeds=Seeds(0))
    mean = found.predict({c.number: c.oof for c in library})
    assert found.score == pytest.approx(evaluate(judge, target.values, mean, problem), rel=1e-12)


@st.composite
def libraries_of_numbers(draw):
    """(predictions, values): models from nearly exact to useless, some of them off by a constant."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = draw(st.sampled_from([40, 150, 700])), draw(st.integers(1, 9))
    y = np.exp(2 + rng.normal(size=n)) if draw(st.booleans()) else 50 + 10 * rng.normal(size=n).clip(-4, 4)
    errors = y.std() * 10.0 ** rng.uniform(-3, 0.5, m)
    return [np.maximum(y + error * (rng.normal(size=n) + rng.normal()), 1e-3) for error in errors], y


@pytest.mark.slow
@pytest.mark.parametrize("metric", fitting_names(Regression()))
@given(library=libraries_of_numbers())
@settings(max_examples=12, deadline=None)
def test_no_blend_of_numbers_is_worse_than_the_best_single_model_by_half_a_percent(metric, library):
    predictions, y = library
    judge, target = find(metric, Regression()), Target(y)
    known = candidates(predictions, y, metric, Regression())
    once, found = blend(known, target, metric=judge, seeds=Seeds(0)), None
    for count in range(1, len(known) + 1):
        found = blend(known[:count], target, metric=judge, seeds=Seeds(0), last=found)
    scores = np.array([one.score for one in (*known, once, found)])
    losses = 1.0 - scores if judge.higher_is_better else scores
    for made in (once, found):
        assert min(made.weights) > 0
        assert math.fsum(made.weights) == pytest.approx(1.0, abs=1e-9)
    assert (losses[-2:] <= 1.005 * losses[:-2].min() + 1e-12).all()


def test_weights_are_heaviest_first_and_sum_to_one():
    library, target = binary_library()
    found = blend(library, target, metric=find("log_loss", Binary()), seeds=Seeds(0))
    assert list(found.weights) == sorted(found.weights, reverse=True)
    assert math.fsum(found.weights) == pytest.approx(1.0, rel=1e-12)


def test_equal_arguments_give_equal_blends_and_the_order_of_the_library_does_not_matter():
    library, target = binary_library(m=16)
    metric = find("roc_auc", Binary())
    first = blend(library, target, metric=metric, seeds=Seeds(3))
    assert blend(library, target, metric=metric, seeds=Seeds(3)) == first
    assert blend(library[::-1], target, metric=metric, seeds=Seeds(3)) == first


def test_at_most_eight_members_are_chosen_from_forty():
    library, target = binary_library(m=40)
    found = blend(library, target, metric=find("log_loss", Binary()), seeds=Seeds(0))
    assert 2 <= len(found.numbers) <= 8


def test_of_two_equal_candidates_the_earlier_one_is_taken():
    library, target = value_library(m=1)
    twin = replace(library[0], number=9)
    found = blend([twin, library[0]], target, metric=find("rmse", Regression()), seeds=Seeds(0))
    assert found.numbers == (1,)


def test_a_hopeless_model_gets_no_weight():
    library, target = binary_library()
    rng = np.random.default_rng(9)
    noise = candidates([rng.random(600)], target.values, "log_loss", Binary())[0]
    library = [*library, replace(noise, number=99, family="noise")]
    assert 99 not in blend(library, target, metric=find("log_loss", Binary()), seeds=Seeds(0)).numbers


def test_at_three_hundred_rows_greedy_and_equal_weights_have_the_same_say():
    library, target = value_library(n=300, m=2)
    peers = [library[0], replace(library[0], number=2, family="catboost")]
    pulled = shrunk_to_peers(np.array([1.0, 0.0]), peers, target, metric=find("rmse", Regression()), whole=target)[0]
    np.testing.assert_allclose(pulled, [0.75, 0.25], rtol=1e-12)


def test_weights_are_not_pulled_towards_a_family_that_is_clearly_behind():
    library, target = value_library(n=300, m=2)
    far = 10 * library[1].oof
    judge = find("rmse", Regression())
    behind = replace(library[1], read=held(far), score=evaluate(judge, target.values, far, Regression()))
    pulled = shrunk_to_peers(np.array([1.0, 0.0]), [library[0], behind], target, metric=judge, whole=target)[0]
    np.testing.assert_allclose(pulled, [1.0, 0.0], rtol=1e-12)


@pytest.mark.parametrize("limits", [BlendLimits(row_ms=2.5), BlendLimits(size_bytes=250), BlendLimits(members=2)])
def test_limits_hold_for_the_members_together(limits):
    library, target = binary_library(m=14)
    library = [replace(c, row_ms=1.0, size_bytes=100) for c in library]
    found = blend(library, target, metric=find("log_loss", Binary()), seeds=Seeds(0), limits=limits)
    assert len(found.numbers) == 2


def test_a_model_that_breaks_the_limits_by_itself_is_not_offered():
    library, target = binary_library(m=3)
    library = [replace(c, row_ms=9.0 if c.number == 1 else 0.1) for c in library]
    found = blend(library, target, metric=find("log_loss", Binary()), seeds=Seeds(0), limits=BlendLimits(row_ms=1.0))
    assert 1 not in found.numbers


def test_limits_that_nothing_keeps_are_an_error_with_the_nearest_figures():
    library, target = binary_library(m=2)
    library = [replace(c, row_ms=9.0, size_bytes=10) for c in library]
    with pytest.raises(BudgetError, match=r"the fastest takes 9\.00 ms"):
        blend(library, target, metric=find("log_loss", Binary()), seeds=Seeds(0), limits=BlendLimits(row_ms=1.0))


def test_rows_never_scored_change_nothing():
    library, target = binary_library(n=300)
    rng = np.random.default_rng(1)
    longer = Target(np.concatenate([target.values, rng.integers(0, 2, 50)]).astype(np.int32), 2)
    padded = [replace(c, read=held(np.concatenate([c.oof, np.full(50, np.nan, dtype=np.float32)]))) for c in library]
    metric = find("roc_auc", Binary())
    assert blend(padded, longer, metric=metric, seeds=Seeds(0)) == blend(library, target, metric=metric, seeds=Seeds(0))


def test_predictions_of_different_rows_are_refused():
    library, target = binary_library(m=2)
    other = library[1].oof.copy()
    other[0] = np.nan
    with pytest.raises(UsageError, match="#1 and #2 have out-of-fold predictions of different rows"):
        blend(
            [library[0], replace(library[1], read=held(other))], target, metric=find("brier", Binary()), seeds=Seeds(0)
        )


def test_an_empty_library_and_failed_scores_are_refused():
    library, target = binary_library(m=1)
    for none in ([], [replace(library[0], score=math.nan)]):
        with pytest.raises(UsageError, match="at least one experiment with a score"):
            blend(none, target, metric=find("brier", Binary()), seeds=Seeds(0))


def test_an_update_takes_in_a_better_experiment_and_keeps_the_old_ones():
    library, target = binary_library(n=2_000, m=8)
    metric = find("log_loss", Binary())
    first = blend(library[:7], target, metric=metric, seeds=Seeds(0))
    later = blend(library, target, metric=metric, seeds=Seeds(0), last=first)
    assert later.weight_of(8) > 0
    assert set(first.numbers) - set(later.numbers) <= {first.numbers[-1]}
    assert later.score < first.score


def test_an_update_without_news_does_not_get_worse():
    library, target = binary_library(n=2_000, m=8)
    metric = find("log_loss", Binary())
    first = blend(library, target, metric=metric, seeds=Seeds(0))
    assert blend(library, target, metric=metric, seeds=Seeds(0), last=first).score <= first.score + 1e-12


def test_one_positive_in_a_thousand_is_not_lost_when_rows_are_drawn():
    rng = np.random.default_rng(5)
    n = 60_000
    y = np.zeros(n, dtype=np.int32)
    y[:60] = 1
    signal = 2.0 * y + rng.normal(size=n)
    oofs = [sigmoid(signal + s * rng.normal(size=n) - 6) for s in (0.5, 0.5, 3.0)]
    library = candidates(oofs, y, "roc_auc", Binary())
    found = blend(library, Target(y, 2), metric=find("roc_auc", Binary()), seeds=Seeds(0))
    assert found.weight_of(3) == 0
    assert found.score > max(c.score for c in library) - 0.002


def test_row_weights_decide_which_rows_count():
    rng = np.random.default_rng(2)
    y = rng.normal(size=400)
    half = np.arange(400) < 200
    good_left, good_right = (np.where(side, y, y + rng.normal(size=400)) for side in (half, ~half))
    library = candidates([good_left, good_right], y, "rmse", Regression())
    weight = np.where(half, 100.0, 0.01)
    judge = find("rmse", Regression())
    library = [replace(c, score=evaluate(judge, y, c.oof, Regression(), weight=weight)) for c in library]
    assert blend(library, Target(y, 0, weight), metric=judge, seeds=Seeds(0)).weights[0] > 0.9
    assert blend(library, Target(y, 0, weight), metric=judge, seeds=Seeds(0)).numbers[0] == 1


def test_a_blend_of_ranks_uses_logits_when_they_rank_better():
    rng = np.random.default_rng(0)
    n = 4_000
    signal = 3 * rng.normal(size=n)
    y = (rng.random(n) < sigmoid(signal)).astype(np.int32)
    # one model is shy: near 0 and 1 its probabilities hardly move although its logits do
    oofs = [sigmoid(4 * (signal + 2 * rng.normal(size=n)) - 9), sigmoid(4 * (signal + 2 * rng.normal(size=n)) + 9)]
    library = candidates(oofs, y, "roc_auc", Binary())
    assert blend(library, Target(y, 2), metric=find("roc_auc", Binary()), seeds=Seeds(0)).scale == "logit"


def test_log_loss_of_two_classes_is_blended_as_probabilities():
    library, target = binary_library()
    assert blend(library, target, metric=find("log_loss", Binary()), seeds=Seeds(0)).scale == "plain"


def test_a_blend_of_weights_that_do_not_sum_to_one_cannot_be_made():
    with pytest.raises(ValueError, match="sum to 1"):
        Blend(numbers=(1, 2), weights=(0.5, 0.6))


@settings(max_examples=at_most(25), deadline=None)
@given(seed=st.integers(0, 2**31 - 1), m=st.integers(1, 15), n=st.integers(20, 120))
def test_members_come_from_the_library_whatever_it_holds(seed, m, n):
    library, target = binary_library(n=n, m=m, metric="brier", seed=seed)
    found = blend(library, target, metric=find("brier", Binary()), seeds=Seeds(seed))
    assert set(found.numbers) <= {c.number for c in library}
    assert 1 <= len(found.numbers) <= 8


@pytest.mark.slow
@pytest.mark.parametrize(("metric", "seconds"), [("log_loss", 1.0), ("roc_auc", 2.5)])
def test_forty_candidates_of_ten_thousand_rows_are_blended_in_time(metric, seconds):
    library, target = binary_library(n=10_000, m=40, metric=metric)
    judge = find(metric, Binary())
    start = time.process_time()
    found = blend(library, target, metric=judge, seeds=Seeds(0))
    whole = time.process_time() - start
    start = time.process_time()
    blend(library, target, metric=judge, seeds=Seeds(0), last=found)
    assert whole < seconds
    assert time.process_time() - start < 0.1


def test_a_model_nearly_without_error_is_not_spoiled_by_those_that_miss_few_rows_widely():
    rng = np.random.default_rng(3)
    y = rng.lognormal(size=300)
    miss = np.where(rng.random(300) < 0.02, 30.0, 0.0) * rng.normal(size=300)
    library = candidates([y + 0.001 * rng.normal(size=300), y + miss, y + 0.5 * miss], y, "rmse", Regression())
    library = [replace(one, family=family) for one, family in zip(library, "abc", strict=True)]
    found = blend(library, Target(y), metric=find("rmse", Regression()), seeds=Seeds(0))
    assert found.score < 2 * library[0].score
