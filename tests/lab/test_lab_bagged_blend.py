"""The blend made anew in bags: what its weights gain by looking at rows is seen."""

import numpy as np
import pytest

from assay.core.problem.binary import Binary
from assay.core.seed import Seeds
from assay.core.target import Target
from assay.ensemble.candidate import Blend, BlendLimits, Candidate, held
from assay.evidence.bbc import ModelChoice, correct
from assay.evidence.evaluation_rows import Rows
from assay.metrics.choose_metric import find
from assay.ship.bagged_blend import BaggedBlend

AUC = find("auc", Binary())
WIDE, SHIPPED = BlendLimits(), Blend(numbers=(0,), weights=(1.0,))


def library(seed: int, n: int, size: int, *, signal: float = 0.0) -> tuple[list[Candidate], Target]:
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < 0.5).astype(np.int32)
    shown = [1 / (1 + np.exp(-signal * (y - 0.5) - 0.3 * rng.normal(size=n))) for _ in range(size)]
    made = [Candidate(number=i, family=f"f{i % 6}", read=held(p), score=AUC.score(y, p)) for i, p in enumerate(shown)]
    return made, Target(y, 2)


@pytest.mark.slow
def test_the_optimism_of_a_blend_of_pure_noise_is_visible() -> None:
    naive, fair = [], []
    for seed in range(20):
        made, target = library(seed, 600, 25)
        again = BaggedBlend.of(made, SHIPPED, target, limits=WIDE, seeds=Seeds(seed))
        rows = Rows(y=target.values, problem=Binary(), seeds=Seeds(seed))
        found = correct(AUC, rows, ModelChoice(pool={c.number: c.oof for c in made}, blend=again)).figure
        naive.append(AUC.score(target.values, again(np.ones(600, dtype=np.uint8))) - 0.5)
        fair.append(found.value - 0.5)
    assert np.mean(naive) > 0.03
    assert abs(np.mean(fair)) <= 0.5 * np.mean(naive)


def test_rows_outside_the_bag_have_no_say_in_the_weights() -> None:
    made, target = library(0, 400, 8, signal=1.0)
    counts = np.random.default_rng(0).integers(0, 3, 400).astype(np.uint8)
    outside, values = np.flatnonzero(counts == 0), target.values.copy()
    values[outside] = values[outside[::-1]]  # as many of each class as before
    first, second = (
        BaggedBlend.of(made, SHIPPED, t, limits=WIDE, seeds=Seeds(0)).weights(counts)
        for t in (target, Target(values, 2))
    )
    assert np.array_equal(first, second)
    assert np.count_nonzero(first) > 1


@pytest.mark.parametrize("scale", ["plain", "logit"])
def test_the_mean_is_taken_on_the_scale_that_ships(scale) -> None:
    made, target = library(1, 300, 2, signal=2.0)
    shipped = Blend(numbers=(0, 1), weights=(0.5, 0.5), scale=scale)
    again = BaggedBlend.of(made, shipped, target, limits=WIDE, seeds=Seeds(0))
    counts = np.ones(300, dtype=np.uint8)
    first, second = (float(w) for w in again.weights(counts))
    mean = Blend(numbers=(0, 1), weights=(first, second), scale=scale).predict({c.number: c.oof for c in made})
    assert np.allclose(again(counts), mean, rtol=1e-9)


def test_a_bag_has_no_more_members_than_may_ship() -> None:
    made, target = library(2, 500, 12, signal=1.0)
    again = BaggedBlend.of(made, SHIPPED, target, limits=BlendLimits(members=3), seeds=Seeds(0))
    assert np.count_nonzero(again.weights(np.ones(500, dtype=np.uint8))) <= 3
