"""The Super Learner is taken where cross-fitting shows a gain, and its evidence never saw the row it speaks of."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.codec import from_json, to_json
from assay.core.problem.regression import Regression
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.candidate import Blend
from assay.ensemble.combine import LogitModel, logits, probabilities
from assay.ensemble.super_learner import FEWEST_ROWS, learn_weights
from assay.metrics.choose_metric import find

N = 3000


def experts(k=3, n=N, seed=0):
    """Two members that each know one class well and guess at the others: weights by class can use that."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, k, n)
    members = []
    for expert in range(2):
        z = rng.normal(size=(n, k))
        z[:, expert] += 4.0 * (y == expert)
        members.append(probabilities(z).astype(np.float32))
    return members, Target(y.astype(np.int32), k), (np.arange(n) % 5).astype(np.int64)


def chosen(m=2):
    return Blend(numbers=tuple(range(1, m + 1)), weights=(1.0 / m,) * m)


def learned(members, target, folds, metric="log_loss"):
    judge = find(metric, target.problem)
    return learn_weights(chosen(len(members)), members, target, folds, metric=judge, seeds=Seeds(0))


def test_weights_by_class_beat_the_mean_where_members_know_different_classes():
    members, target, folds = experts()
    found = learned(members, target, folds)
    assert found is not None
    weights = np.array(found.blend.learned.weights)
    assert weights[0, 0] > weights[1, 0]
    assert weights[1, 1] > weights[0, 1]
    new, truth, _ = experts(seed=1)
    losses = [
        -np.mean(np.log(blend.predict(dict(zip((1, 2), new, strict=True)))[np.arange(N), truth.values]))
        for blend in (found.blend, chosen())
    ]
    assert losses[0] < 0.9 * losses[1]
    assert found.blend.score == pytest.approx(losses[0], rel=0.1)


def test_predictions_of_a_fold_do_not_depend_on_its_own_targets():
    members, target, folds = experts()
    values = target.values.copy()
    inside = folds == 2
    changed = np.flatnonzero(inside)[:30]
    values[changed] = (values[changed] + 1) % 3
    found, other = learned(members, target, folds), learned(members, replace(target, values=values), folds)
    assert found is not None
    assert other is not None
    assert np.array_equal(found.crossed[inside], other.crossed[inside])
    assert not np.array_equal(found.crossed[~inside], other.crossed[~inside])


@pytest.mark.parametrize("seed", range(5))
def test_members_that_guess_at_a_coin_are_left_as_they_are(seed):
    rng = np.random.default_rng(seed)
    members = [rng.uniform(0.45, 0.55, N).astype(np.float32) for _ in range(3)]
    target = Target(rng.integers(0, 2, N).astype(np.int32), 2)
    found = learned(members, target, np.arange(N) % 5, metric="roc_auc")
    assert found is None or abs(found.blend.score - 0.5) < 3 * np.sqrt(1 / (3 * N))


def test_few_rows_one_member_one_fold_and_regression_are_left_alone():
    members, target, folds = experts(n=FEWEST_ROWS - 1)
    assert learned(members, target, folds) is None
    members, target, folds = experts()
    assert learned(members[:1], target, folds) is None
    assert learned(members, target, np.zeros(N, dtype=np.int64)) is None
    y = np.random.default_rng(0).normal(size=N)
    metric = find("rmse", Regression())
    assert learn_weights(chosen(), [y, y + 1.0], Target(y), folds, metric=metric, seeds=Seeds(0)) is None


def test_rows_never_scored_stay_without_a_prediction():
    members, target, folds = experts()
    for member in members:
        member[:40] = np.nan
    found = learned(members, target, folds)
    assert found is not None
    assert np.isnan(found.crossed[:40]).all()
    assert np.isfinite(found.crossed[40:]).all()


def test_a_learned_blend_survives_json_and_one_of_an_older_version_is_read():
    members, target, folds = experts()
    found = learned(members, target, folds)
    assert found is not None
    assert from_json(Blend, to_json(found.blend)) == found.blend
    old = {key: item for key, item in to_json(chosen()).items() if key != "learned"}
    assert from_json(Blend, old).learned is None


def test_equal_weights_of_one_are_the_sum_of_log_odds():
    p = np.array([0.2, 0.7, np.nan])
    model = LogitModel(weights=((1.0,), (1.0,)), intercept=(0.0,))
    assert np.allclose(model.apply([p, p]), probabilities(2 * logits(p)), equal_nan=True)


@pytest.mark.parametrize("weights", [((1.0, 2.0),), ((-0.1,),), ((float("inf"),),), ()])
def test_a_learned_combination_refuses_weights_that_cannot_be(weights):
    with pytest.raises(ValueError, match=r"(?i)weight"):
        LogitModel(weights=weights, intercept=(0.0,))
