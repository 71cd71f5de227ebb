"""A set of engineered columns passes only above all of its permuted copies."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.permutation_guard import COPIES, Guard, pooled

scores = st.floats(-10, 10)


@given(st.lists(scores, min_size=COPIES, max_size=COPIES), scores)
def test_it_passes_exactly_above_them_all(copies, real):
    assert Guard(real=real, copies=tuple(copies)).passed == (real > max(copies))


@given(st.lists(scores, max_size=COPIES - 1), scores)
def test_fewer_copies_can_refuse_and_never_pass(copies, real):
    guard = Guard(real=real, copies=tuple(copies))
    assert not guard.passed
    assert guard.is_decided == any(copy >= real for copy in copies)


def test_a_score_that_is_no_number_does_not_pass():
    assert not Guard(real=math.nan, copies=(0.0,) * COPIES).passed
    assert Guard(real=math.nan, copies=(0.0,)).is_decided


def test_a_set_like_its_copies_passes_one_time_in_twenty():
    draws = np.random.default_rng(0).exponential(size=(20_000, COPIES + 1))
    passed = np.mean([Guard(real=row[0], copies=tuple(row[1:])).passed for row in draws[:2_000]])
    assert passed == pytest.approx(0.05, abs=0.015)
    assert np.mean(draws.argmax(axis=1) == 0) == pytest.approx(0.05, abs=0.005)


def test_folds_count_by_their_rows_and_less_error_is_more():
    assert pooled([1.0, 3.0], [30, 10], higher_is_better=True) == 1.5
    assert pooled([1.0, 3.0], [30, 10], higher_is_better=False) == -1.5


def test_it_says_how_many_it_beat():
    assert Guard(real=1.0, copies=(0.0, 2.0, 0.5)).why == "better than 2 of 3 permuted copies of its columns"
