"""Credit: what a keep is worth, who gets it, and how turns follow it."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.experiment import Experiment
from assay.core.figure import Difference
from assay.core.fold_scores import FoldScores
from assay.core.recipe import Recipe, Step
from assay.core.result import Result
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.records import VerdictRecord
from assay.journal.state import LabState
from assay.research.earned_turns import Earned, by_turn
from assay.research.moves_by_credit import TURNS
from assay.search.turns import (
    CREDIT_EXPERIMENTS,
    FLOOR,
    HALF_LIFE,
    IN_A_ROW,
    MOST_CREDIT,
    credit_of,
    earned,
    hint_credits,
    next_turn,
    shares,
)

NAMES = ("tpe", "neighbours", "stack")
FAMILIES = ("linear", "lightgbm", "catboost", "xgboost", "knn")


def gain(z):
    return Difference(
        value=z, origin="oof", sigma=1.0, df=9.0, n_units=99, low=None, high=None, p=None, e=None, over=1
    )  # fmt: skip


def add(state, by, *, z=None, seconds=1.0, parents=(), hints=(), family=None, role="proposal"):
    """One more experiment that ended; z: what it gained over the champion, on which it is kept; None: not kept."""
    number = len(state.entries) + 1
    recipe = Recipe(model=Step.of(family or FAMILIES[number % len(FAMILIES)], n=number))
    one = Experiment(
        number=number, recipe=recipe, what="", question="", by=by, parents=parents, hints=hints, role=role,
        pool="bounded",
    )  # fmt: skip
    result = Result(
        score=0.8, folds=FoldScores.of(), oof=None, complete=True, wall_seconds=seconds, cpu_seconds=seconds,
        peak_bytes=0, model_bytes=0, row_ms=0.1,
    )  # fmt: skip
    verdict = VerdictRecord(kept=z is not None, rule="gain", why="", against=None if z is None else gain(z))
    state.entries[number] = ExperimentEntry(one, 0.0, result=result, verdict=verdict)
    if z is not None:
        state.keeps.append(number)
    return number


def seconds_of(entry):
    return entry.result.wall_seconds


def lab(n=CREDIT_EXPERIMENTS, **options):
    """So many experiments that gained nothing, by all in turn."""
    state = LabState()
    for i in range(n):
        add(state, NAMES[i % len(NAMES)], **options)
    return state


def firsts(state, n=400, out=(), names=NAMES):
    """How often each would be asked first, over many seeds."""
    turns = (next_turn(state, names, out, seconds_of, seed=seed, is_exact=False) for seed in range(n))
    return Counter(turn.names[0] for turn in turns)


@given(
    st.lists(st.sampled_from([*NAMES, "portfolio", "features"]), max_size=4),
    st.sampled_from(NAMES),
    st.floats(0.0, 9.0),
)
def test_all_of_a_keeps_credit_is_shared_out_and_its_proposer_gets_two_thirds_at_least(parents, by, z):
    state = LabState()
    numbers = tuple(add(state, name) for name in parents)
    entry = state.entries[add(state, by, z=z, parents=numbers)]
    found = shares(state, entry, NAMES)
    assert sum(found.values()) == pytest.approx(min(z, MOST_CREDIT))
    assert found.get(by, 0.0) >= 2 / 3 * min(z, MOST_CREDIT) - 1e-9
    for name in NAMES:
        if name != by:
            expected = min(z, MOST_CREDIT) / 3 * parents.count(name) / max(len(parents), 1)
            assert found.get(name, 0.0) == pytest.approx(expected)


def test_only_keeps_earn_and_what_is_void_earns_no_more():
    state = LabState()
    assert credit_of(state.entries[add(state, "tpe")]) == 0
    entry = state.entries[add(state, "tpe", z=2.0)]
    assert credit_of(entry) == 2.0
    confirmed = replace(entry.verdict, confirm=gain(0.7))
    assert credit_of(replace(entry, verdict=confirmed)) == 0.7, "on other folds, where it was tried on these"
    entry.is_void = True
    assert credit_of(entry) == 0


def test_each_hint_that_a_keep_followed_has_its_credit():
    state = LabState()
    add(state, "tpe", z=1.5, hints=(3, 4))
    add(state, "tpe", z=1.0, hints=(4,))
    add(state, "tpe", hints=(5,))
    assert hint_credits(state) == {3: 1.5, 4: 2.5}


def test_what_was_earned_counts_half_after_a_half_life():
    state = LabState()
    add(state, "tpe", z=2.0)
    new = earned(state, NAMES, seconds_of)["tpe"]
    for _ in range(int(HALF_LIFE)):
        add(state, "neighbours")
    old = earned(state, NAMES, seconds_of)["tpe"]
    assert (old.gain, old.tries, old.cost) == pytest.approx((new.gain / 2, new.tries / 2, new.cost / 2))


def test_turns_go_to_who_gained_and_everyone_keeps_some():
    state = lab()
    for _ in range(12):
        add(state, "stack", z=2.0)
        add(state, "tpe")
    found = firsts(state)
    assert found["stack"] > 300
    assert min(found[name] for name in NAMES) >= 400 * FLOOR / 2


def test_of_two_who_gain_alike_the_cheaper_has_more_turns():
    state = lab(n=90)
    for _ in range(20):
        add(state, "stack", z=1.0, seconds=20.0)
        add(state, "tpe", z=1.0, seconds=2.0)
    found = firsts(state)
    assert found["tpe"] > 3 * found["stack"]


def test_before_that_those_who_search_take_turns_and_say_so():
    state = lab(n=7)
    turn = next_turn(state, NAMES, (), seconds_of, seed=0, is_exact=True)
    assert turn.names == ("neighbours",)
    assert turn.why["neighbours"] == "its turn: 2 slots so far, nobody who searches had fewer"
    state.seconds = 1e6
    assert next_turn(state, NAMES, (), seconds_of, seed=0, is_exact=True) == turn, "an exact run reads no clock"
    assert set(next_turn(state, NAMES, (), seconds_of, seed=0, is_exact=False).names) == set(NAMES)


def test_moves_have_several_turns_for_one_of_anothers_until_credit_speaks():
    names, state = ("tpe", "neighbours", "moves"), LabState()
    for _ in range(5 * (2 + TURNS)):
        add(state, next_turn(state, names, (), seconds_of, seed=0, is_exact=True).names[0])
    assert state.index.proposers == {"tpe": 5, "neighbours": 5, "moves": 5 * TURNS}
    expected = earned(LabState(), names, seconds_of)
    assert expected["moves"].mean == pytest.approx(TURNS * expected["tpe"].mean)


def test_a_family_that_had_three_slots_in_a_row_waits():
    state = lab()
    for _ in range(IN_A_ROW - 1):
        add(state, "tpe", family="lightgbm")
    turn = next_turn(state, NAMES, (), seconds_of, seed=0, is_exact=False)
    assert turn.without == ""
    out = (replace(state.entries[len(state.entries)].experiment, number=999),)
    turn = next_turn(state, NAMES, out, seconds_of, seed=0, is_exact=False)
    assert turn.without == "lightgbm"
    assert all("not lightgbm, which had 3 in a row" in why for why in turn.why.values())
    add(state, "confirm", family="knn", role="confirmation")
    assert next_turn(state, NAMES, out, seconds_of, seed=0, is_exact=False).without == "lightgbm", "it took no slot"
    add(state, "tpe", family="knn")
    assert next_turn(state, NAMES, out, seconds_of, seed=0, is_exact=False).without == ""


@given(st.floats(-3, 3), st.floats(0.1, 100), st.floats(0, 200))
def test_more_tries_narrow_what_is_expected_to_what_was_seen(prior, cost, tries):
    seen = Earned(tries=tries, gain=2.0 * tries, cost=cost * tries, prior=prior, prior_cost=1.0, weight=1.0)
    assert min(prior, 2.0) - 1e-9 <= seen.mean <= max(prior, 2.0) + 1e-9
    assert abs(seen.mean - 2.0) <= abs(prior - 2.0) / (1 + tries) + 1e-9


def test_a_draw_of_turns_is_the_same_for_the_same_seed():
    known = {name: Earned(prior=0.1 * i) for i, name in enumerate(NAMES)}
    first, again = (by_turn(known, np.random.default_rng(5), floor=0.05) for _ in range(2))
    assert first == again
    assert set(first[0]) == set(NAMES)
