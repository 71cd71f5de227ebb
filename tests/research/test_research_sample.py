"""Random search: inside its spaces, never twice the same, and told by nothing but facts and seed."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.contract import LabView, Told
from assay.core.experiment import Experiment
from assay.core.schema import Facts
from assay.core.space import Choice, Float, Int, When
from assay.models import registry as models
from assay.research.portfolio import entries
from assay.research.sample import RandomSearch, changed, drawn, perturbed

FACTS = Facts(
    problem="binary", n_rows=5_000, n_numeric=10, n_category=5, n_dates=0, n_text=0, n_classes=2, minority=2_000,
    most_levels=12, metric="roc_auc",
)  # fmt: skip
CONFIGURATIONS = [(entry.name, entry.recipe.model) for entry in entries(FACTS)]
SEARCHED = [(name, step) for name, step in CONFIGURATIONS if models.get(step.name).space(FACTS).dimensions]


def told_of(*names, z=0.5, weight=0.0, wall_seconds=1.0):
    """The portfolio's entries of these names, as the lab tells of them."""
    found = []
    for number, entry in enumerate((e for e in entries(FACTS) if e.name in names), start=1):
        experiment = Experiment(
            number=number, recipe=entry.recipe, what=entry.what, question="", by="portfolio", entry=entry.name
        )
        found.append(Told(experiment=experiment, status="kept", z=z, weight=weight, wall_seconds=wall_seconds))
    return tuple(found)


def view(told, *, facts=FACTS, asked=None, without=frozenset(), seconds_left=60.0, next_number=20):
    asked = frozenset(t.experiment.recipe.key for t in told) if asked is None else asked
    return LabView(
        facts=facts, without=without, asked=asked, told=told, seconds_left=seconds_left, next_number=next_number
    )


def is_inside(value, dimension):
    if isinstance(dimension, Choice):
        return value in dimension.values
    if isinstance(dimension, Int) and not isinstance(value, int):
        return False
    return dimension.low * (1 - 1e-9) <= value <= dimension.high * (1 + 1e-9)


def assert_in_space(step, *, of):
    space, given_before = models.get(step.name).space(FACTS), dict(of.params)
    params = dict(step.params)
    for name, dimension in space.dimensions:
        if isinstance(dimension, When):
            if params.get(dimension.other) != dimension.equals:
                assert name not in params, f"{name} is set although {dimension.other} is not {dimension.equals}"
                continue
            dimension = dimension.then
            if name not in params:
                continue
        is_kept = isinstance(dimension, Choice) and params.get(name) == given_before.get(name)
        assert is_kept or is_inside(params[name], dimension), f"{step.name}: {name}={params[name]!r} in {dimension}"
    assert models.build(step) is not None


@pytest.mark.parametrize(("name", "step"), SEARCHED, ids=[name for name, _ in SEARCHED])
def test_neighbours_and_draws_of_every_entry_lie_in_its_space(name, step):
    space = models.get(step.name).space(FACTS)
    for seed in range(25):
        assert_in_space(perturbed(step, space, np.random.default_rng(seed)), of=step)
        assert_in_space(drawn(step, space, np.random.default_rng(seed)), of=step)


@given(value=st.floats(1e-3, 1.0), seed=st.integers(0, 2**32 - 1))
def test_a_number_on_a_logarithmic_scale_moves_by_a_factor_near_one(value, seed):
    dimension = Float(1e-4, 10.0, log=True)
    moved = changed(value, dimension, np.random.default_rng(seed))
    assert abs(math.log(moved / value)) < 0.4 * 6
    assert dimension.low <= moved <= dimension.high


@given(value=st.one_of(st.none(), st.just("sqrt"), st.booleans(), st.integers(-5, 500)), seed=st.integers(0, 1000))
def test_what_is_no_number_of_the_dimension_is_drawn_or_moved_into_it(value, seed):
    moved = changed(value, Int(2, 90, log=True), np.random.default_rng(seed))
    assert isinstance(moved, int)
    assert 2 <= moved <= 90


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 6))
def test_no_recipe_is_proposed_twice(seed, n):
    told = told_of("lgb_std", "cat_std", "knn", weight=0.5)
    seen = view(told)
    asked = set(seen.asked)
    for _ in range(4):
        proposals = RandomSearch(seed).ask(replace(seen, asked=frozenset(asked)), n=n)
        keys = [one.recipe.key for one in proposals]
        assert len(set(keys)) == len(keys)
        assert asked.isdisjoint(keys)
        asked |= set(keys)


def test_proposals_follow_from_facts_and_seed_alone():
    seen = view(told_of("lgb_std", "et", "linear"))
    assert RandomSearch(5).ask(seen, n=6) == RandomSearch(5).ask(seen, n=6)
    assert RandomSearch(5).ask(seen, n=6) != RandomSearch(6).ask(seen, n=6)


def test_in_an_exact_run_measured_seconds_change_no_proposal():
    quick, slow = (told_of("lgb_std", "et", "linear", wall_seconds=seconds) for seconds in (0.01, 100.0))
    mixed = (quick[0], slow[1], quick[2])
    exact = [RandomSearch(1).ask(view(told, seconds_left=None), n=8) for told in (quick, slow, mixed)]
    assert exact[0] == exact[1] == exact[2]


def test_under_a_clock_cheap_parents_come_more_often():
    linear, booster, _ = told_of("linear", "lgb_std", "et")
    seen = view((replace(linear, wall_seconds=400.0), replace(booster, wall_seconds=0.1)))
    parents = [one.parents[0] for one in RandomSearch(0).ask(seen, n=40) if "drawn like" in one.what]
    assert parents.count(booster.experiment.number) > 5 * parents.count(linear.experiment.number)


def test_proposals_name_their_parent_and_expect_little_before_the_run():
    parents = told_of("lgb_std", weight=1.0)
    for one in RandomSearch(0).ask(view(parents), n=5):
        assert one.parents == (parents[0].experiment.number,)
        assert one.recipe.steps == parents[0].experiment.recipe.steps
        assert (one.by, one.predicted_sigma, one.fixed_pool) == ("random", 0.0, False)


@pytest.mark.parametrize(
    ("told", "changes"),
    [
        ((), {}),
        (told_of("constant", "rule"), {}),
        (told_of("lgb_std", z=None), {}),
        (told_of("lgb_std"), {"without": frozenset({"lightgbm"})}),
        (told_of("lgb_std"), {"facts": replace(FACTS, n_rows=999)}),
    ],
    ids=["nothing told", "only the floor", "only failures", "family left out", "under 1,000 rows"],
)
def test_where_there_is_nothing_to_search_from_nothing_is_said(told, changes):
    assert RandomSearch(0).ask(view(told, **changes), n=4) == ()
