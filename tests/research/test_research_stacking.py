"""A second level is asked for late, on large tables, above members that can be fitted again in time."""

from dataclasses import replace

import pytest

from assay.core.contract import LabView, Observation
from assay.core.experiment import Experiment
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.recipe import Recipe, Step
from assay.core.schema import Facts
from assay.research.moves.on_members import FEWEST_ROWS, LEAST_SECONDS, MOST_BELOW
from assay.research.stacking import Stack

FACTS = Facts(
    problem=Binary(), n_rows=FEWEST_ROWS, n_numeric=10, n_category=5, n_dates=0, n_text=0, n_classes=2, minority=2_000,
    most_levels=12, metric="roc_auc",
)  # fmt: skip


def observed(number, weight=0.2, *, z=0.0, seconds=1.0, **recipe):
    known = Recipe(**{"model": Step.of("lightgbm", max_rounds=number), **recipe})
    experiment = Experiment(number=number, recipe=known, what="", question="", by="portfolio")
    return Observation(experiment=experiment, status="kept", z=z, weight=weight, wall_seconds=seconds)


def view(*members, facts=FACTS, seconds_left=LEAST_SECONDS, partitions=3, asked=frozenset()):
    return LabView(
        facts=facts, without=frozenset(), asked=asked, history=members, seconds_left=seconds_left, next_number=20,
        partitions=partitions,
    )  # fmt: skip


MEMBERS = (observed(3, 0.5), observed(4, 0.3), observed(5, 0.0), observed(6, 0.2))


def test_it_asks_for_a_few_models_on_the_members_of_the_blend():
    found = Stack().ask(view(*MEMBERS), n=9)
    assert [one.recipe.on for one in found] == [(3, 4, 6)] * len(found)
    assert {one.recipe.model.name for one in found} >= {"linear", "lightgbm"}
    assert [one.number for one in found] == list(range(20, 20 + len(found)))
    assert all(one.parents == (3, 4, 6) for one in found)


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": replace(FACTS, n_rows=FEWEST_ROWS - 1)}, {"seconds_left": LEAST_SECONDS - 1}, {"partitions": 1},
    ],
    ids=["few rows", "little time", "rows without a prediction"],
)  # fmt: skip
def test_it_has_nothing_to_say_where_it_cannot_pay(changes):
    assert not Stack().ask(view(*MEMBERS, **changes), n=9)


def test_an_exact_run_reads_no_clock():
    members = tuple(replace(member, wall_seconds=1e9) for member in MEMBERS)
    assert Stack().ask(view(*members, seconds_left=None), n=9)


def test_members_too_dear_to_fit_again_are_passed_over():
    dear = (replace(MEMBERS[0], wall_seconds=1e4), *MEMBERS[1:])
    assert Stack().ask(view(*dear), n=1)[0].recipe.on == (4, 6)
    assert not Stack().ask(view(*(replace(member, wall_seconds=1e4) for member in MEMBERS)), n=1)


def test_there_is_no_third_level_and_what_the_second_reads_stays():
    upper = observed(9, 0.6, on=(3, 4))
    found = Stack().ask(view(*MEMBERS, upper), n=9)
    assert {one.recipe.on for one in found} == {(3, 4)}


def test_each_is_asked_once_and_then_no_more():
    first = Stack().ask(view(*MEMBERS), n=9)
    asked = frozenset(one.key for one in first)
    assert not Stack().ask(view(*MEMBERS, asked=asked), n=9)


def test_it_reads_no_more_than_so_many_and_of_many_classes_fewer():
    many = tuple(observed(number, 0.1) for number in range(3, 12))
    assert len(Stack().ask(view(*many), n=1)[0].recipe.on) == MOST_BELOW
    classes = replace(FACTS, problem=Multiclass(), n_classes=15)
    assert len(Stack().ask(view(*many, facts=classes), n=1)[0].recipe.on) == 2


def test_what_is_learned_on_another_scale_is_not_read_unless_the_metric_is_of_logarithms():
    numbers = replace(FACTS, problem=Regression(), n_classes=0, metric="rmse")
    members = tuple(observed(n, 0.2, transform="log1p") for n in (3, 4, 6))
    assert not Stack().ask(view(*members, facts=numbers), n=9)
    assert Stack().ask(view(*members, facts=replace(numbers, metric="rmsle")), n=9)
