"""Search: inside its spaces, never twice the same, and told by nothing but facts and seed."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.contract import LabView, Observation
from assay.core.experiment import Experiment
from assay.core.problem.binary import Binary
from assay.core.schema import Facts
from assay.core.space import Choice, Float, Int, When
from assay.models import registry as models
from assay.research import pool_of
from assay.research import registry as researchers
from assay.research.family_history import histories
from assay.research.moves.near_settings import changed, perturbed
from assay.research.optuna_search import BEST_TRIALS, LATEST_TRIALS, REPLAYED, held, latest
from assay.research.portfolio import entries
from each import each

FACTS = Facts(
    problem=Binary(), n_rows=5_000, n_numeric=10, n_category=5, n_dates=0, n_text=0, n_classes=2, minority=2_000,
    most_levels=12, metric="roc_auc",
)  # fmt: skip
CONFIGURATIONS = [(entry.name, entry.recipe.model) for entry in entries(FACTS)]
SEARCHED = [(name, step) for name, step in CONFIGURATIONS if models.get(step.name).space(FACTS).dimensions]


SEARCHERS = ("cma_es", "grid", "neighbours", "nsga2", "random", "tpe")


def observed(*names, z=0.5, weight=0.0, wall_seconds=1.0):
    """The portfolio's entries of these names, as the lab tells of them."""
    found = []
    for number, entry in enumerate((e for e in entries(FACTS) if e.name in names), start=1):
        experiment = Experiment(
            number=number, recipe=entry.recipe, what=entry.what, question="", by="portfolio", entry=entry.name
        )
        status = "failed" if z is None else "kept"
        found.append(
            Observation(experiment=experiment, status=status, z=z, gain=z, weight=weight, wall_seconds=wall_seconds)
        )
    return tuple(found)


def view(history, *, facts=FACTS, asked=None, without=frozenset(), seconds_left=60.0, next_number=20):
    asked = frozenset(t.experiment.recipe.key for t in history) if asked is None else asked
    return LabView(
        facts=facts, without=without, asked=asked, history=history, seconds_left=seconds_left, next_number=next_number
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


def asked_of(name, seen, *, n, seed=0):
    return replace(researchers.get(name)(), seed=seed).ask(seen, n=n)


def gone_on(name, seen, *, rounds, gain):
    """The view after so many proposals one by one, each told of with gain(experiment)."""
    for _ in range(rounds):
        (one,) = asked_of(name, seen, n=1)
        history = Observation(experiment=one, status="dropped", z=0.0, gain=gain(one), weight=0.0, wall_seconds=1.0)
        asked = seen.asked | {one.key}
        seen = replace(seen, history=(*seen.history, history), asked=asked, next_number=seen.next_number + 1)
    return seen


@each(("name", "step"), SEARCHED, ids=[name for name, _ in SEARCHED])
def test_neighbours_of_every_entry_lie_in_its_space(name, step):
    space = models.get(step.name).space(FACTS)
    for seed in range(25):
        assert_in_space(perturbed(step, space, np.random.default_rng(seed)), of=step)


@pytest.mark.parametrize("name", SEARCHERS)
def test_proposals_lie_in_the_space_of_their_family(name):
    history = observed(*(found for found, _ in SEARCHED), weight=0.1)
    steps = {t.experiment.recipe.model.name: t.experiment.recipe.model for t in history}
    for one in asked_of(name, view(history), n=12):
        assert_in_space(one.recipe.model, of=steps[one.recipe.model.name])


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


@pytest.mark.parametrize("name", SEARCHERS)
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 6))
def test_no_recipe_is_proposed_twice_and_numbers_go_on(name, seed, n):
    seen = view(observed("lgb_std", "cat_std", "knn", weight=0.5))
    asked = set(seen.asked)
    for _ in range(3):
        proposals = asked_of(name, replace(seen, asked=frozenset(asked)), n=n, seed=seed)
        keys = [one.key for one in proposals]
        assert [one.number for one in proposals] == list(range(20, 20 + len(proposals)))
        assert len(set(keys)) == len(keys)
        assert asked.isdisjoint(keys)
        asked |= set(keys)


@pytest.mark.parametrize("name", SEARCHERS)
def test_proposals_follow_from_what_was_told_and_the_seed_alone(name):
    seen = gone_on(name, view(observed("lgb_std", "lgb_fe", "et", "linear")), rounds=6, gain=lambda one: one.number % 5)
    again = gone_on(
        name, view(observed("lgb_std", "lgb_fe", "et", "linear")), rounds=6, gain=lambda one: one.number % 5
    )
    assert seen.history == again.history
    assert asked_of(name, seen, n=4) == asked_of(name, seen, n=4)
    assert asked_of(name, seen, n=4, seed=1) != asked_of(name, seen, n=4)


@pytest.mark.parametrize("name", SEARCHERS)
def test_in_an_exact_run_measured_seconds_change_no_proposal(name):
    quick, slow = (observed("lgb_std", "et", "linear", wall_seconds=seconds) for seconds in (0.01, 100.0))
    mixed = (quick[0], slow[1], quick[2])
    exact = [asked_of(name, view(history, seconds_left=None), n=6) for history in (quick, slow, mixed)]
    assert exact[0] == exact[1] == exact[2]


def test_under_a_clock_cheap_families_come_more_often():
    linear, booster, _ = observed("linear", "lgb_std", "et")
    seen = view((replace(linear, wall_seconds=400.0), replace(booster, wall_seconds=0.1)))
    families = [one.recipe.model.name for one in asked_of("random", seen, n=40)]
    assert families.count("lightgbm") > 5 * families.count("linear")


def test_better_families_come_more_often():
    linear, booster, _ = observed("linear", "lgb_std", "et")
    seen = view((replace(linear, gain=-4.0), replace(booster, gain=0.0)), seconds_left=None)
    families = [one.recipe.model.name for one in asked_of("random", seen, n=40)]
    assert families.count("lightgbm") > 5 * families.count("linear")


def test_the_estimator_learns_where_good_settings_are():
    def gain(one):
        return 5.0 if dict(one.recipe.model.params)["learning_rate"] < 0.03 else -5.0

    start = view(observed("lgb_std", "lgb_xt"), seconds_left=None)
    late = {name: gone_on(name, start, rounds=40, gain=gain).history[-20:] for name in ("tpe", "random")}
    found = {name: sum(t.gain > 0 for t in history) for name, history in late.items()}
    assert found["tpe"] >= found["random"] + 4


def test_columns_are_searched_with_the_settings():
    history = observed("lgb_std", "lgb_fe")
    steps = {one.recipe.steps for one in asked_of("tpe", view(history), n=20)}
    assert steps == {t.experiment.recipe.steps for t in history}


def test_second_levels_and_repeats_are_no_ground_to_search_from():
    (first,) = observed("lgb_std")
    above = replace(first.experiment, recipe=replace(first.experiment.recipe, on=(1,)))
    again = replace(first.experiment, partition=1, parents=(1,))
    assert histories(view((replace(first, experiment=above), replace(first, experiment=again)))) == ()


def test_a_family_out_of_reach_is_not_searched_though_no_other_can_be_paid_for():
    linear, booster = observed("linear", "lgb_std")
    far = replace(linear, gain=-12.0, weight=0.0, wall_seconds=0.1)
    dear = replace(booster, gain=0.0, weight=1.0, wall_seconds=500.0)
    for name in SEARCHERS:
        assert asked_of(name, view((far, dear), seconds_left=10.0), n=4) == ()
        for near in (replace(far, gain=-2.0), replace(far, weight=0.1)):
            assert {one.recipe.model.name for one in asked_of(name, view((near, dear), seconds_left=10.0), n=4)} == {
                "linear"
            }


def test_those_stopped_early_count_as_worse_than_all_others():
    first, second = observed("lgb_std", "lgb_xt")
    stopped = replace(second, z=None, gain=None, status="stopped early")
    (history,) = histories(view((first, stopped)))
    assert history.best == first
    assert asked_of("tpe", view((first, stopped)), n=2)


def test_proposals_name_their_parent_and_expect_little_before_the_run():
    parents = observed("lgb_std", weight=1.0)
    for name in SEARCHERS:
        for one in asked_of(name, view(parents), n=3):
            assert one.parents == (parents[0].experiment.number,)
            assert one.recipe.steps == parents[0].experiment.recipe.steps
            assert (one.by, one.predicted_sigma, pool_of(name)) == (name, 0.0, "bounded")


@each("name", SEARCHERS)
@each(
    ("history", "changes"),
    [
        ((), {}),
        (observed("constant", "rule"), {}),
        (observed("lgb_std", z=None), {}),
        (observed("lgb_std"), {"without": frozenset({"lightgbm"})}),
        (observed("lgb_std"), {"facts": replace(FACTS, n_rows=999)}),
    ],
    ids=["nothing told", "only the floor", "only failures", "family left out", "under 1,000 rows"],
)
def test_where_there_is_nothing_to_search_from_nothing_is_said(name, history, changes):
    assert asked_of(name, view(history, **changes), n=4) == ()


def test_the_sampling_library_says_nothing_and_keeps_its_voice(capfd):
    import optuna

    before = optuna.logging.get_verbosity()
    asked_of("tpe", view(observed("lgb_std")), n=1)
    assert optuna.logging.get_verbosity() == before
    assert capfd.readouterr() == ("", "")


def test_a_study_of_thousands_holds_the_best_and_the_latest_in_order():
    (one,) = observed("lgb_std")
    many = [replace(one, gain=float(gain)) for gain in np.random.default_rng(0).permutation(3_000)]
    found = held(many)
    assert len(found) == BEST_TRIALS + LATEST_TRIALS
    assert list(found[-LATEST_TRIALS:]) == many[-LATEST_TRIALS:]
    places = [many.index(one) for one in found]
    assert places == sorted(places)
    left_out = {one.gain for one in many} - {one.gain for one in found}
    assert max(left_out) < min(one.gain for one in found[:BEST_TRIALS])
    assert held(many[:1_000]) == many[:1_000]


@given(st.integers(0, 20_000))
def test_a_study_that_counts_generations_replays_the_latest_from_a_place_that_seldom_moves(n):
    (one,) = observed("lgb_std")
    found = latest([one] * n)
    assert len(found) <= 2 * REPLAYED - 1 or len(found) == n
    assert len(found) >= min(n, REPLAYED)
    assert (n - len(found)) % REPLAYED == 0


def test_where_all_of_a_family_was_tried_the_others_are_still_searched():
    history, asked, found = observed("knn", "lgb_std", z=0.5), frozenset[str](), []
    grid = researchers.get("grid")(seed=0)
    for number in range(20, 80):
        (one,) = grid.ask(view(history, asked=asked, next_number=number), n=1)
        asked |= {one.recipe.key}
        found.append(one.recipe.model.name)
    assert set(found[-20:]) == {"lightgbm"}, "every point of the smaller grid was tried before"
    assert "knn" in found
