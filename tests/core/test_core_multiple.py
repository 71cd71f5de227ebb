"""p-values corrected for their number: answers of the literature, and laws against the procedures step by step."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from assay.core.p_value_corrections import benjamini_hochberg, holm

P = st.lists(st.floats(1e-9, 1.0), max_size=30)
LEVELS = st.floats(0.001, 0.4)


def test_answers_of_the_literature():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4  # Benjamini and Hochberg (1995), section 3.2
    assert (holm(p) <= 0.05).sum() == 3


@given(P, LEVELS)
def test_holm_rejects_from_the_smallest_p_until_one_is_too_large(p, alpha):
    rejected, order = np.zeros(len(p), dtype=bool), np.argsort(p, kind="stable")
    for rank, place in enumerate(order):
        if p[place] * (len(p) - rank) > alpha:
            break
        rejected[place] = True
    assert (holm(p) <= alpha).tolist() == rejected.tolist()


@given(P, LEVELS)
def test_benjamini_and_hochberg_reject_up_to_the_last_p_below_its_share_of_q(p, q):
    rejected, order = np.zeros(len(p), dtype=bool), np.argsort(p, kind="stable")
    below = [rank for rank, place in enumerate(order, start=1) if p[place] * (len(p) / rank) <= q]
    rejected[order[: max(below, default=0)]] = True
    assert (benjamini_hochberg(p) <= q).tolist() == rejected.tolist()


@given(P)
def test_corrected_p_is_no_smaller_and_at_most_1_whatever_the_order(p):
    for corrected in (benjamini_hochberg, holm):
        found = corrected(p)
        assert (found >= np.array(p)).all()
        assert (found <= 1.0).all()
        assert (corrected(p[::-1])[::-1] == found).all()
    assert (benjamini_hochberg(p) <= holm(p)).all()


def test_nothing_is_corrected_to_nothing():
    assert holm([]).tolist() == benjamini_hochberg([]).tolist() == []
