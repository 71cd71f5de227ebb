"""Letters say exactly which are told apart, and no more of them than needed."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.compact_letter_display import compact_letters


def apart(k, pairs):
    table = np.zeros((k, k), dtype=bool)
    for i, j in pairs:
        table[i, j] = table[j, i] = True
    return table


def test_none_told_apart_share_one_letter_and_all_told_apart_share_none():
    assert compact_letters(apart(3, [])) == ("a", "a", "a")
    assert compact_letters(apart(3, [(0, 1), (0, 2), (1, 2)])) == ("a", "b", "c")


def test_a_tie_in_between_has_both_letters():
    assert compact_letters(apart(3, [(0, 2)])) == ("a", "ab", "b")


@given(st.integers(2, 7), st.sets(st.sampled_from(list(combinations(range(7), 2)))))
def test_two_share_a_letter_exactly_where_they_are_not_told_apart(k, drawn):
    pairs = {pair for pair in drawn if max(pair) < k}
    told = compact_letters(apart(k, pairs))
    assert all(told)
    for i in range(k):
        for j in range(i + 1, k):
            assert bool(set(told[i]) & set(told[j])) == ((i, j) not in pairs)
