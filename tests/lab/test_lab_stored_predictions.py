"""Out-of-fold predictions are read when needed, and a mean over partitions follows its runs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.search.stored_predictions import StoredPredictions


def arrays(n, rows=100):
    return {number: np.random.default_rng(number).normal(size=rows) for number in range(n)}


@given(asked=st.lists(st.integers(0, 19), max_size=60))
def test_whatever_was_dropped_from_memory_is_read_again_bit_for_bit(asked):
    disk = arrays(20)
    stored = StoredPredictions(most_bytes=5 * 800)
    for number, one in disk.items():
        stored.put(number, lambda one=one: one.copy(), now=one.copy() if number % 2 else None)
    for number in asked:
        assert stored[number].tobytes() == disk[number].tobytes()
        assert stored.in_memory <= 5 * 800
    assert list(stored) == list(disk)
    assert 7 in stored
    assert 20 not in stored


def test_one_larger_than_the_limit_is_kept_while_it_is_the_last():
    stored, reads = StoredPredictions(most_bytes=10), []
    for number, one in arrays(2).items():
        stored.put(number, lambda number=number, one=one: reads.append(number) or one)
    for number in (0, 0, 1, 1, 0):
        assert len(stored[number]) == 100
    assert reads == [0, 1, 0]


def test_what_is_put_anew_is_not_answered_from_memory():
    stored = StoredPredictions()
    stored.put(1, lambda: np.zeros(3))
    assert stored[1].sum() == 0
    stored.put(1, lambda: np.ones(3))
    assert stored[1].sum() == 3
    assert stored.in_memory == 24
