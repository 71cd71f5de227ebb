"""Which rows are set aside: the same whatever their order, whole units, as many as asked, and never too few."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.errors import TaskError
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.evidence.vault_plan import assign, latest, place, plan_vault, price, strata_of
from each import at_most

KEY = b"a lab"


@given(n=st.integers(2, 300), n_units=st.integers(2, 100), share=st.floats(0.05, 0.5), seed=st.integers(0, 99))
@settings(max_examples=at_most(50), deadline=None)
def test_rows_of_a_unit_stay_together_and_the_share_is_kept(n, n_units, share, seed):
    rng = np.random.default_rng(seed)
    units = [f"u{i}" for i in rng.integers(0, n_units, n)]
    inside = assign(units, np.zeros(n, dtype=int), share=share, key=KEY).inside
    taken, left = (
        {u for u, i in zip(units, inside, strict=True) if i},
        {u for u, i in zip(units, inside, strict=True) if not i},
    )
    assert not taken & left
    assert abs(len(taken) - share * len(set(units))) <= 1
    assert left


@given(seed=st.integers(0, 99))
@settings(max_examples=at_most(20), deadline=None)
def test_no_order_of_rows_changes_who_is_inside(seed):
    rng = np.random.default_rng(seed)
    units, strata = [f"row {i}" for i in range(200)], rng.integers(0, 3, 200)
    order = rng.permutation(200)
    straight = assign(units, strata, share=0.2, key=KEY).inside
    mixed = assign([units[i] for i in order], strata[order], share=0.2, key=KEY).inside
    assert (straight[order] == mixed).all()


def test_every_class_gives_its_share():
    y = np.repeat([0, 1, 2], [500, 400, 100])
    inside = assign([str(i) for i in range(1000)], strata_of(y, Multiclass()), share=0.2, key=KEY).inside
    assert np.bincount(y[inside]).tolist() == [100, 80, 20]


def test_the_stored_cut_places_rows_that_come_later():
    old = [str(i) for i in range(1000)]
    found = assign(old, np.zeros(1000, dtype=int), share=0.2, key=KEY)
    later = [place(f"new {i}", KEY) <= found.cuts[0] for i in range(2000)]
    assert all((place(unit, KEY) <= found.cuts[0]) == inside for unit, inside in zip(old, found.inside, strict=True))
    assert 0.16 < np.mean(later) < 0.25


def test_another_key_deals_other_rows():
    units, strata = [str(i) for i in range(1000)], np.zeros(1000, dtype=int)
    one, other = (assign(units, strata, share=0.5, key=key).inside for key in (b"a", b"b"))
    assert 0.4 < (one == other).mean() < 0.6


def test_a_vault_grows_until_it_can_say_something_and_no_further():
    assert plan_vault(asked=0.2, n_units=5000, n_rarest=600, problem=Binary(), grouped=False).share == 0.2
    grown = plan_vault(asked=0.2, n_units=1000, n_rarest=180, problem=Binary(), grouped=False)
    assert 50 <= grown.share * 180 <= 54
    assert "as 20% would be too few" in grown.notes[0]
    assert not grown.allows_findings
    with pytest.raises(
        TaskError,
        match=r"A vault needs 50 rows of the rarest class for a figure; 20% of the 120 .* "
        r"30% it may grow to 36\. Enough would be 167",
    ):
        plan_vault(asked=0.2, n_units=1000, n_rarest=120, problem=Binary(), grouped=False)
    with pytest.raises(TaskError, match="needs 250 rows for a figure"):
        plan_vault(asked=0.2, n_units=700, n_rarest=700, problem=Regression(), grouped=False)
    with pytest.raises(TaskError, match="needs 10 groups"):
        plan_vault(asked=0.2, n_units=20, n_rarest=20, problem=Binary(), grouped=True)
    with pytest.raises(TaskError, match="not possible"):
        plan_vault(asked=1.2, n_units=20, n_rarest=20, problem=Binary(), grouped=False)


def test_a_vault_of_groups_says_what_its_groups_cannot_show():
    few = plan_vault(asked=0.2, n_units=60, n_rarest=60, problem=Binary(), grouped=True)
    assert few.notes == ("only 18 groups in the vault: too few for an interval",)
    assert not few.allows_findings
    rare = plan_vault(asked=0.2, n_units=400, n_rarest=20, problem=Binary(), grouped=True)
    assert rare.notes == ("about 4 groups of the rarest class in the vault: too few for findings",)
    assert not rare.allows_findings
    assert plan_vault(asked=0.2, n_units=400, n_rarest=200, problem=Binary(), grouped=True).allows_findings


def test_the_last_rows_of_few_groups_are_as_few_as_these():
    moments, groups = np.arange(4000), np.repeat(np.arange(40), 100)
    planned, dealt = latest(moments, None, asked=0.3, groups=groups)
    assert dealt.inside.sum() == 1200
    assert planned.notes[0] == "only 12 groups in the vault: too few for an interval"
    assert not planned.allows_findings
    assert latest(moments, None, asked=0.3)[0].allows_findings


def test_all_openings_together_cost_less_than_a_twelfth():
    assert price(1) == 0.05
    assert sum(price(k) for k in range(1, 10_000)) < 0.0823
    assert price(1, bits=5) == 0.05 / 32
