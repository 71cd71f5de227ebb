"""Tests of several hypotheses: known answers, bounds under the null, and where the conditions do not hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from assay.evidence.findings import claims, e_benjamini_hochberg, e_lond, lord_plus_plus, saffron
from assay.evidence.paired import mixture_e

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
        assert lord_plus_plus(smaller)[0] >= lord_plus_plus(p)[0]


@pytest.mark.parametrize(
    "procedure",
    [lambda z: lord_plus_plus(ndtr(-z)), lambda z: saffron(ndtr(-z)), lambda z: e_lond([mixture_e(v) for v in z])],
    ids=["LORD++", "SAFFRON", "e-LOND"],
)
def test_fresh_rows_keep_the_share_of_false_findings(procedure):
    """20 % of the tests have something to find; each has rows of its own."""
    shares, power = [], []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        real = rng.random(100) < 0.2
        z = rng.normal(size=100) + 4.0 * real
        found = procedure(z)
        shares.append((found & ~real).sum() / max(found.sum(), 1))
        power.append(found[real].mean() if real.any() else 1.0)
    assert np.mean(shares) <= 0.10 + 3 * np.std(shares) / np.sqrt(120)
    assert np.mean(power) > 0.10


def test_e_values_need_no_independence():
    assert e_benjamini_hochberg([1e9, 1.0, 30.0], q=0.1).tolist() == [True, False, True]
    assert not e_benjamini_hochberg([1.0] * 10).any()


def test_nothing_is_found_in_nothing():
    assert [which.tolist() for which in claims([])] == [[], []]
    for test in (e_benjamini_hochberg, e_lond, lord_plus_plus, saffron):
        assert test([]).tolist() == []
