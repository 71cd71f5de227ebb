"""Deadlines, budgets and seeds: what makes a run end in time and come out the same."""

import math
import pickle
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.clock import Budget, Deadline, Limits, SystemClock
from assay.core.errors import UsageError
from assay.core.seed import Seeds
from assay.core.space import Choice, Float, Int, Space, When


@dataclass
class HandClock:
    seconds: float = 0.0

    def now(self):
        return self.seconds


def test_a_deadline_counts_down_on_its_clock_and_is_over_when_nothing_is_left():
    clock = HandClock(100.0)
    deadline = Deadline.after(10.0, clock)
    assert (deadline.left, deadline.is_over) == (10.0, False)
    clock.seconds = 110.0
    assert (deadline.left, deadline.is_over) == (0.0, True)
    assert deadline.earlier(3.0).left == -3.0


def test_no_deadline_is_never_over():
    assert not Deadline().is_over
    assert not Deadline().earlier(1e9).is_over
    assert Limits().deadline.left == math.inf


def test_a_deadline_means_the_same_moment_in_another_process():
    deadline = Deadline.after(60.0)
    assert pickle.loads(pickle.dumps(deadline)) == deadline
    assert isinstance(deadline.clock, SystemClock)


@pytest.mark.parametrize("fields", [{"seconds": 0.0}, {"seconds": -1.0}, {"seconds": math.nan}, {"experiments": 0}])
def test_a_budget_of_nothing_is_refused_with_an_example(fields):
    with pytest.raises(UsageError, match=r"--time-limit|--experiments"):
        Budget(**fields)


def test_only_a_number_of_experiments_without_a_time_limit_is_exact():
    assert Budget(experiments=5).is_exact
    assert not Budget(experiments=5, seconds=60).is_exact
    assert not Budget(seconds=60).is_exact
    assert not Budget().is_exact


# -- seeds -------------------------------------------------------------------------------------

roots = st.integers(0, 2**63)
path_parts = st.lists(st.text(max_size=5) | st.integers(0, 10**6), max_size=4)


@given(root=roots, first=path_parts, then=path_parts)
def test_a_child_is_known_by_root_and_path_alone(root, first, then):
    one, other = Seeds(root).child(*first).child(*then), Seeds(root).child(*first, *then)
    assert one == other
    assert one.number == other.number
    assert 0 <= one.number < 2**31


@given(root=roots, path=path_parts)
def test_two_generators_of_one_seed_give_one_stream_and_a_child_another(root, path):
    seeds = Seeds(root).child(*path)
    stream = seeds.rng().random(4)
    assert np.array_equal(stream, seeds.rng().random(4))
    assert not np.array_equal(stream, seeds.child("other").rng().random(4))


def test_children_are_spread_so_that_none_meets_another():
    numbers = {Seeds(root).child("fold", fold).number for root in range(20) for fold in range(50)}
    assert len(numbers) == 1000


def test_seeds_of_old_labs_stay_what_they_were():
    assert (Seeds(7).number, Seeds(0).child("fit", 3).number) == (1316523906, 1839513716)


# -- spaces ------------------------------------------------------------------------------------

SPACE = Space.of(
    rate=Float(0.01, 0.5, log=True), share=Float(0.2, 1.0), leaves=Int(2, 90, log=True), depth=Int(-1, 3),
    kind=Choice(("plain", "ordered", None)), smooth=When("kind", "ordered", Float(0.0, 1.0)),
)  # fmt: skip


@given(seed=st.integers(0, 2**32 - 1))
def test_a_draw_lies_in_its_space_and_has_a_condition_only_where_it_holds(seed):
    drawn = SPACE.sample(np.random.default_rng(seed))
    assert 0.01 <= drawn["rate"] <= 0.5
    assert 0.2 <= drawn["share"] <= 1.0
    assert drawn["leaves"] in range(2, 91)
    assert drawn["depth"] in range(-1, 4)
    assert ("smooth" in drawn) == (drawn["kind"] == "ordered")
    assert drawn == SPACE.sample(np.random.default_rng(seed))


def test_the_ends_of_whole_numbers_are_drawn_too_and_a_log_scale_prefers_small_ones():
    rng = np.random.default_rng(0)
    assert {Int(1, 3).sample(rng) for _ in range(100)} == {1, 2, 3}
    logged = [Int(1, 1000, log=True).sample(rng) for _ in range(500)]
    assert 20 < np.median(logged) < 50
