"""What is built on: the best while it gains, and states beside it where the search is flat."""

from dataclasses import replace
from itertools import combinations

from assay.core.contract import Observation
from assay.research import moves_by_credit
from assay.research.moves_by_credit import Moves
from assay.research.widening import NEAR, STATES, WINDOW, states_of
from samples.told_tries import START, Adds, told, view_of


def flat(n=WINDOW + 5, gain=-1.0):
    """A lab whose experiments, each of a move of its own, were as good as `gain` and never kept."""
    later = (
        told(10 + i, "ash", gain=gain, move=f"m{i}", parents=(1,), steps=(f"m{i}",)) for i in range(n)
    )  # fmt: skip
    return view_of((*START, *later))


def test_a_search_that_gains_builds_on_its_best_alone():
    assert states_of(view_of()).near == ()
    gaining = flat()
    kept = told(200, "ash", gain=3.0, status="kept", steps=("k",))
    assert states_of(replace(gaining, history=(*gaining.history, kept), next_number=201)).near == ()


def test_a_flat_search_builds_on_states_beside_the_best_in_turns():
    found = states_of(flat())
    assert len(found.near) == STATES - 1
    assert all(past.status == "dropped" for past in found.near)
    firsts = [found.of(number)[0] for number in range(100, 104)]
    assert firsts[0] == firsts[2] == found.best[0]
    assert {firsts[1], firsts[3]} == set(found.near)
    assert states_of(flat(), widens=False).near == ()


def test_states_far_below_the_best_are_not_built_on():
    assert states_of(flat(gain=-NEAR - 1)).near == ()


def test_a_state_that_was_built_on_often_without_gain_makes_way():
    view = flat()
    first = states_of(view).near[0].experiment.number
    tried = tuple(
        told(300 + i, "ash", gain=-5.0, move=f"x{i}", parents=(first,), steps=("m", f"x{i}")) for i in range(20)
    )  # fmt: skip
    later = replace(view, history=(*view.history, *tried), next_number=330)
    assert first not in [past.experiment.number for past in states_of(later).near]


def test_where_nothing_else_is_left_all_states_near_the_best_are_built_on():
    found = states_of(flat())
    assert len({past.experiment.number for past in (*found.near, *found.rest)}) == WINDOW + 5
    gaining = view_of((*START, told(10, "ash", gain=0.5, move="a", parents=(1,), steps=("a",))))
    assert [past.experiment.number for past in states_of(gaining).rest] == [10]
    assert states_of(gaining, widens=False).rest == ()


def test_a_search_with_few_moves_goes_on_to_pairs_of_them(monkeypatch):
    """It ended once each had been tried on the best, whatever two of them gain together."""
    monkeypatch.setattr(moves_by_credit, "catalogue", lambda: tuple(map(Adds, "abcd")))
    history, asked = list(START), set()
    for number in range(3, 60):
        for one in Moves(seed=1).ask(view_of(history, next_number=number, asked=frozenset(asked)), n=1):
            asked.add(one.recipe.key)
            past = Observation(experiment=one, status="dropped", z=-1.0, gain=-1.0, weight=0.0, wall_seconds=1.0)
            history.append(past)
    tried = {frozenset(step.name for step in past.experiment.recipe.steps) for past in history}
    assert {frozenset(pair) for pair in combinations("abcd", 2)} <= tried
