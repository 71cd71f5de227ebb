"""What a score on new rows says of a promise, and of classes, where rows come in groups or follow in time."""

import numpy as np
import pytest

from assay.core.figure import Figure
from assay.core.problem.binary import Binary
from assay.core.problem.regression import Regression
from assay.evidence.evaluation_rows import Rows
from assay.metrics.choose_metric import find
from assay.predictor.class_scores import class_scores
from assay.predictor.row_scores import promise_kept


def told(value, reach, rows, **more):
    return Figure(
        value=value, metric="mae", origin=more.pop("origin", "test"), rows=rows, low=value - reach, high=value + reach,
        **more,
    )  # fmt: skip


def width(kept):
    return kept.high - kept.low


def test_a_promise_of_the_next_stretch_has_the_luck_of_as_many_rows_in_it():
    mae = find("mae", Regression())
    promised, found = told(10, 4, 1000, origin="corrected", ahead=200), told(13, 1, 200)
    as_long = promise_kept(promised, found, mae)
    assert width(as_long) == pytest.approx(8)
    assert as_long.gain == -3
    shorter = promise_kept(promised, told(13, 2, 50), mae)
    assert width(shorter) == pytest.approx(2 * np.sqrt(16 + 4 * 0.75))
    longer = promise_kept(promised, told(13, 0.5, 800), mae)
    assert width(longer) == pytest.approx(2 * np.sqrt(16 - 0.25 * 3))
    assert width(promise_kept(told(10, 4, 1000), found, mae)) == pytest.approx(2 * np.sqrt(17))


def test_a_next_stretch_just_beyond_its_interval_does_not_break_the_promise_twice():
    """5 above a promise of ± 4.5 is beyond chance; the luck of the stretch is not asked for again."""
    kept = promise_kept(told(10, 4.5, 900, ahead=300), told(15, 3, 300), find("mae", Regression()))
    assert (kept.inside, kept.differs, kept.holds) == (False, True, False)


def test_rows_of_a_group_count_once_in_the_intervals_of_classes():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 120)
    said = np.where(rng.random(120) < 0.7, y, 1 - y)
    once = class_scores(said, ("no", "yes"), Rows(y=y, problem=Binary()))
    groups = np.repeat(np.arange(120), 6)
    rows = Rows(y=np.repeat(y, 6), problem=Binary(), groups=groups)
    for one, many in zip(once, class_scores(np.repeat(said, 6), ("no", "yes"), rows), strict=True):
        assert (many.rows, many.right) == (6 * one.rows, 6 * one.right)
        for shares, more in (
            (one.recall_interval, many.recall_interval),
            (one.precision_interval, many.precision_interval),
        ):
            assert np.diff(more)[0] == pytest.approx(np.diff(shares)[0], rel=0.15)


def test_classes_are_scored_by_the_weights_of_rows_as_the_metric_is():
    y, said, weight = np.array([1, 1, 0, 0]), np.array([1, 0, 0, 1]), np.array([3.0, 1.0, 1.0, 1.0])
    no, yes = class_scores(said, ("no", "yes"), Rows(y=y, problem=Binary(), weight=weight))
    assert (yes.recall, yes.precision) == (0.75, 0.75)
    assert (no.recall, no.precision) == (0.5, 0.5)
    assert (yes.rows, yes.predicted, yes.right) == (2, 2, 1)


def test_a_class_that_nothing_is_said_to_be_has_no_precision():
    (_, never) = class_scores(np.zeros(30, dtype=int), ("no", "yes"), Rows(y=np.arange(30) % 2, problem=Binary()))
    assert (never.precision, never.precision_interval, never.recall) == (None, None, 0.0)
