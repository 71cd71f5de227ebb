"""Tests of several hypotheses: known answers, bounds under the null, and where the conditions do not hold."""

from hypothesis import given
from hypothesis import strategies as st

from assay.evidence.findings import claims

P = st.lists(st.floats(1e-9, 1.0), max_size=30)


@given(P)
def test_what_is_firm_is_found_and_order_does_not_matter(p):
    found, firm = claims(p)
    assert (firm <= found).all()
    for now, reversed_ in zip((found, firm), claims(p[::-1]), strict=True):
        assert (reversed_[::-1] == now).all()


@given(P)
def test_a_smaller_p_never_loses_a_finding(p):
    if p:
        smaller = [p[0] / 2, *p[1:]]
        assert claims(smaller)[0][0] >= claims(p)[0][0]


def test_nothing_is_found_in_nothing():
    assert [which.tolist() for which in claims([])] == [[], []]
