"""Removals: each change on the way to the champion is taken out once, at the end or on a plateau."""

from dataclasses import replace

import pytest

from assay.core.contract import LabView, Observation, Recipe, Step
from assay.core.experiment import Experiment
from assay.core.problem.binary import Binary
from assay.core.schema import Facts
from assay.research import takes_turns
from assay.research.ablate import FEWEST, PLATEAU, Ablate, path_to, removals

FACTS = Facts(
    problem=Binary(), n_rows=500, n_numeric=10, n_category=5, n_dates=0, n_text=0, n_classes=2, minority=200,
    most_levels=12, metric="roc_auc",
)  # fmt: skip
FILL, RATIOS, MEANS, CURVES = Step.of("fill"), Step.of("ratios"), Step.of("means"), Step.of("curves", knots=5)
MODEL = Step.of("linear", C=1.0)


def experiment(number, steps, parents=(), adds=(), **recipe):
    one = Recipe(steps=tuple(steps), model=MODEL, **recipe)
    return Experiment(number=number, recipe=one, what=f"made {number}", question="", by="x", parents=parents, adds=adds)


def path():
    """A first recipe, then ratios, then balanced classes, then means and curves; each on the one before."""
    return (
        experiment(1, [FILL]),
        experiment(2, [FILL, RATIOS], (1,), (RATIOS,)),
        experiment(3, [FILL, RATIOS], (2,), weighting="balanced"),
        experiment(4, [FILL, RATIOS, MEANS, CURVES], (3,), (MEANS, CURVES), weighting="balanced"),
    )


def view(experiments=None, *, is_ending=True, n=FEWEST, **changes):
    """A lab that has had n experiments, these among them, the last of which is the champion."""
    made = list(path() if experiments is None else experiments)
    kept = {one.number for one in made}
    made += [experiment(number, [Step.of("other", at=number)]) for number in range(len(made) + 1, n + 1)]
    history = tuple(
        Observation(
            experiment=one, status="kept" if one.number in kept else "dropped", z=0.0, weight=0.0, wall_seconds=1.0
        )
        for one in made
    )
    known = LabView(
        facts=FACTS, without=frozenset(), asked=frozenset(one.key for one in made), history=history,
        seconds_left=None, next_number=n + 1, is_ending=is_ending,
    )  # fmt: skip
    return replace(known, **changes)


def test_each_change_on_the_path_is_taken_out_once_the_latest_first():
    found = Ablate().ask(view(), n=9)
    champion = path()[-1].recipe
    assert [one.recipe for one in found] == [
        replace(champion, weighting="none"),
        replace(champion, steps=(FILL, MEANS, CURVES)),
    ], "without its own set it is #3, which was tried"
    assert [one.number for one in found] == [31, 32]
    assert [one.parents for one in found] == [(4, 3), (4, 2)]
    assert [one.what for one in found] == ["made 4, without weighting balanced", "made 4, without ratios"]
    assert len({one.key for one in found}) == 2
    assert all(one.by == "ablate" and one.role == "proposal" for one in found)


def test_what_was_asked_once_is_not_asked_again():
    first = Ablate().ask(view(), n=9)
    asked = view().asked | {one.key for one in first}
    assert Ablate().ask(view(asked=asked), n=9) == ()
    assert len(Ablate().ask(view(), n=1)) == 1


@pytest.mark.parametrize("changes", [{"is_ending": False}, {"n": FEWEST - 1}, {"without": frozenset({"linear"})}])
def test_it_waits_for_the_end_of_a_lab_that_has_had_enough_experiments(changes):
    assert Ablate().ask(view(**changes), n=9) == ()


def test_a_plateau_is_an_end_too():
    assert Ablate().ask(view(is_ending=False, since_keep=PLATEAU - 1), n=9) == ()
    assert Ablate().ask(view(is_ending=False, since_keep=PLATEAU), n=9)


def test_a_champion_without_a_change_that_can_be_told_apart_has_nothing_to_remove():
    settings = [experiment(1, [FILL]), replace(experiment(2, [FILL], (1,)), recipe=Recipe(steps=(FILL,), model=MODEL))]
    assert Ablate().ask(view(settings), n=9) == ()
    assert removals(()) == ()
    second_level = experiment(2, [FILL, RATIOS], (1,), (RATIOS,), on=(1,))
    assert removals((experiment(1, [FILL]), second_level)) == (), "its inputs are experiments of their own"


def test_a_set_of_which_a_part_is_gone_is_not_taken_out():
    champion = experiment(3, [FILL, MEANS], (2,), (), weighting="balanced")
    before = experiment(2, [FILL, MEANS, CURVES], (1,), (MEANS, CURVES))
    found = removals((experiment(1, [FILL]), before, champion))
    assert [one.words for one in found] == ["weighting balanced"]


def test_a_path_ends_where_parents_are_unknown_or_go_in_a_circle():
    one, other = experiment(1, [FILL], (2,)), experiment(2, [RATIOS], (1,))
    assert [e.number for e in path_to(2, {1: one, 2: other})] == [1, 2]
    assert path_to(7, {1: one}) == ()
    assert [e.number for e in path_to(1, {1: one})] == [1]


def test_it_takes_no_turns_among_those_who_search():
    assert not takes_turns("ablate", has_vault=True)
