"""A set is taken out of a recipe in one way, whoever does it: its own steps go, other equal ones stay."""

import pytest

from assay.core.errors import UsageError
from assay.core.experiment import Experiment
from assay.core.recipe import Recipe, Step
from assay.core.step_runs import run_at, taken_out, without_set
from assay.features import registry
from assay.research.ablate import removals
from assay.research.moves.sets_of_recipes import sets_in
from assay.studies.ablation import engineered_parts

FILL, RATIOS, MEANS, CURVES = map(Step.of, ("fill", "ratios", "means", "curves"))
MODEL = Step.of("linear")


def recipe(*steps):
    return Recipe(steps=steps, model=MODEL)


def test_an_equal_step_that_was_there_before_stays():
    whole = recipe(MEANS, FILL, RATIOS, MEANS)
    assert without_set(whole, (RATIOS, MEANS)) == recipe(MEANS, FILL)
    assert run_at(whole, (RATIOS, MEANS)) == 2
    before, after = (
        Experiment(number=n, recipe=r, what="", question="", by="x", parents=(n - 1,), adds=adds)
        for n, r, adds in ((1, recipe(MEANS, FILL), ()), (2, whole, (RATIOS, MEANS)))
    )
    last = Experiment(number=3, recipe=recipe(*whole.steps, CURVES), what="", question="", by="x", parents=(2,))
    found = [one.recipe for one in removals((before, after, last))]
    assert found == [recipe(MEANS, FILL, CURVES)]


def test_steps_that_a_later_set_came_between_are_taken_out_too():
    whole = recipe(FILL, RATIOS, CURVES, MEANS)
    assert run_at(whole, (RATIOS, MEANS)) is None
    assert without_set(whole, (RATIOS, MEANS)) == recipe(FILL, CURVES)


def test_what_is_not_there_cannot_be_taken_out():
    whole = recipe(FILL, MEANS, RATIOS)
    assert taken_out(whole, (RATIOS, MEANS)) is None
    with pytest.raises(UsageError, match="set ratios, means is not in the recipe"):
        without_set(whole, (RATIOS, MEANS))


def test_a_study_takes_a_set_out_as_a_whole_and_leaves_an_equal_step_of_another():
    idea = next(one for one in registry.get("calendar").traits.ideas if len(one.trees) > 1)
    whole = recipe(*idea.trees, Step.of("impute"))
    assert [one.steps for one in sets_in(whole)] == [idea.trees]
    parts = list(engineered_parts(whole))
    assert [one.recipe for one in parts] == [recipe(Step.of("impute"))]
    assert parts[0].name == "the steps date_differences and calendar"
    two = recipe(Step.of("isolation"), Step.of("impute"), Step.of("isolation"))
    assert [part.recipe for part in engineered_parts(two)] == [recipe(Step.of("impute"), Step.of("isolation"))]
