"""Texts that are nearly alike are found, by whatever chain, in any order, and no others."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.terms.near_texts import near_texts

VOCABULARY = [f"w{k:03}" for k in range(400)]


def drawn(n: int, words: int = 20, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(VOCABULARY, words, replace=False)) for _ in range(n)]


def test_texts_that_share_four_words_in_five_are_alike_and_others_are_not() -> None:
    texts = drawn(300)
    assert np.array_equal(near_texts(texts), np.arange(300))
    found = near_texts(texts + [f"{text} extra" for text in texts[:100]])
    assert np.array_equal(found, [*range(300), *range(100)])


def test_texts_are_linked_by_others_between() -> None:
    words = [f"x{k}" for k in range(26)]
    assert near_texts([" ".join(words[k : k + 20]) for k in range(0, 8, 2)]).tolist() == [0, 0, 0, 0]
    assert near_texts([" ".join(words[k : k + 20]) for k in (0, 6)]).tolist() == [0, 1]


@given(st.permutations(range(24)))
def test_which_are_alike_does_not_depend_on_their_order(order: list[int]) -> None:
    texts = [f"{text} {k}" for text in drawn(8) for k in ("one", "two", "three")]
    first = near_texts([texts[k] for k in order])
    assert all(order[place] // 3 == k // 3 for k, place in zip(order, first.tolist(), strict=True))
    assert len(set(first.tolist())) == 8


def test_short_texts_and_none_are_like_none() -> None:
    assert near_texts(["yes please", "yes please now", "", ""]).tolist() == [0, 1, 2, 3]
    assert near_texts([]).tolist() == []


def test_of_many_texts_none_is_looked_for_where_a_sample_has_none() -> None:
    texts = [f"{k} {k + 1} {k * 7} {k * 11} {k * 13} {k * 17}" for k in range(20_001)]
    assert np.array_equal(near_texts(texts), np.arange(20_001))
    again = near_texts(texts + [f"{text} again" for text in texts])
    assert (again[20_001:] == np.arange(20_001)).mean() > 0.97
