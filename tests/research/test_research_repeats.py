"""Repeats: the same recipes on other folds, members first, and nothing new."""

from dataclasses import replace

import pytest

from assay.core.contract import LabView, Observation
from assay.core.experiment import Experiment
from assay.core.problem.binary import Binary
from assay.core.schema import Facts
from assay.research.portfolio import entries
from assay.research.repeats import Repeats

FACTS = Facts(
    problem=Binary(), n_rows=500, n_numeric=10, n_category=5, n_dates=0, n_text=0, n_classes=2, minority=200,
    most_levels=12, metric="roc_auc",
)  # fmt: skip


NAMED = {entry.name: entry for entry in entries(FACTS)}
KNOWN = [NAMED[name] for name in ("constant", "rule", "linear", "cat_std", "lgb_std", "et")]


def observed(**weights):
    """Some entries as told of; weights by entry name."""
    out = []
    for number, entry in enumerate(KNOWN, start=1):
        one = Experiment(
            number=number, recipe=entry.recipe, what=entry.what, question="", by="portfolio", entry=entry.name
        )
        out.append(
            Observation(experiment=one, status="kept", z=0.0, weight=weights.get(entry.name, 0.0), wall_seconds=1.0)
        )
    return tuple(out)


def view(known, *, facts=FACTS, partitions=4, asked=()):
    return LabView(
        facts=facts, without=frozenset(), asked=frozenset({t.experiment.key for t in known} | set(asked)),
        history=known, seconds_left=None, next_number=7, partitions=partitions,
    )  # fmt: skip


def test_members_are_repeated_first_the_heaviest_of_them_first():
    found = Repeats().ask(view(observed(linear=0.2, lgb_std=0.8)), n=2)
    assert [one.recipe for one in found] == [NAMED["lgb_std"].recipe, NAMED["linear"].recipe]
    assert [(one.number, one.partition, one.by) for one in found] == [(7, 1, "repeats"), (8, 1, "repeats")]


def test_a_repeat_names_its_first_and_is_another_try_of_the_same_recipe():
    (one,) = Repeats().ask(view(observed(linear=1.0)), n=1)
    assert one.repeat_of == 3
    assert one.key != one.recipe.key


def test_each_recipe_is_asked_for_once_in_each_partition_and_the_floor_never():
    found = Repeats().ask(view(observed(linear=1.0)), n=100)
    assert len({one.key for one in found}) == len(found)
    assert {one.repeat_of for one in found} == {3, 4, 5, 6}
    assert {one.partition for one in found} == {1, 2}
    assert Repeats().ask(view(observed(linear=1.0), asked=[one.key for one in found]), n=100) == ()


def test_recipes_far_behind_are_not_repeated_unless_they_have_weight():
    *others, last = observed(linear=1.0)
    assert 6 not in {one.repeat_of for one in Repeats().ask(view((*others, replace(last, z=-3.0))), n=100)}
    assert 6 in {one.repeat_of for one in Repeats().ask(view((*others, replace(last, z=-3.0, weight=0.1))), n=100)}


@pytest.mark.parametrize(
    "seen",
    [view(observed(linear=1.0), partitions=1), view(observed(linear=1.0), facts=replace(FACTS, n_rows=1000)), view(())],
    ids=["one partition", "1,000 rows", "nothing told"],
)
def test_where_repeats_are_of_no_use_nothing_is_said(seen):
    assert Repeats().ask(seen, n=5) == ()
