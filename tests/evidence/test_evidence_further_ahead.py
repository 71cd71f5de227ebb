"""Whether a promise of the next stretch is withdrawn because models answer worse the further ahead rows are."""

from dataclasses import replace

import numpy as np
import pytest

from assay.core.figure import Figure
from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.evidence.further_ahead import by_distance, gets_worse
from assay.metrics.choose_metric import find

MAE, AUC = find("mae", Regression()), find("roc_auc", Binary())
NEXT = Figure(value=7.0, low=5.5, high=9.0, metric="mae", origin="corrected", rows=500, ahead=100)


def scored(score):
    """Five fits; score(block, distance)."""
    return tuple(tuple(score(first + far, far) for far in range(5 - first)) for first in range(5))


def test_scores_that_rise_with_the_distance_leave_no_promise():
    further = scored(lambda block, far: 7.0 + 2.0 * far)
    assert gets_worse(MAE, NEXT, further)
    assert by_distance(further) == pytest.approx((7.0, 9.0, 11.0, 13.0))


@pytest.mark.parametrize(
    "score",
    [lambda block, far: 7.0, lambda block, far: 7.0 + 2.0 * block, lambda block, far: 7.0 + 0.4 * far,
     lambda block, far: 11.0 - block + far, lambda block, far: 20.0 if (block, far) == (4, 4) else 7.0],
    ids=["alike", "later blocks are harder for all", "less than the interval allows", "earlier fits had fewer rows",
         "told by one fit alone"],
)  # fmt: skip
def test_what_is_no_distance_or_little_leaves_it(score):
    assert not gets_worse(MAE, NEXT, scored(score))


def test_the_worse_end_of_a_score_to_raise_is_the_lower_one():
    promised = replace(NEXT, value=0.8, low=0.7, high=0.88, metric="roc_auc")
    assert gets_worse(AUC, promised, scored(lambda block, far: 0.8 - 0.08 * far))
    assert not gets_worse(AUC, promised, scored(lambda block, far: 0.8 + 0.04 * far))


def test_scores_on_a_bound_and_what_was_not_measured_raise_nothing():
    perfect = replace(NEXT, value=1.0, low=0.9, high=1.0, metric="roc_auc")
    assert not gets_worse(AUC, perfect, scored(lambda block, far: 1.0))
    assert gets_worse(AUC, perfect, scored(lambda block, far: 1.0 - 0.2 * far))
    assert not gets_worse(MAE, NEXT, ())
    assert not gets_worse(MAE, replace(NEXT, low=None, high=None), scored(lambda block, far: 7.0 + 9.0 * far))


@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_withdraws_hardly_a_promise(seed):
    """An interval of two standard deviations of a block."""
    rng = np.random.default_rng(seed)
    block = rng.normal(0.0, 0.5, 5)
    assert not gets_worse(MAE, NEXT, scored(lambda at, far: 7.0 + block[at] + rng.normal(0.0, 0.1)))
