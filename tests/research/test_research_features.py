"""Engineered columns are proposed by facts alone, on every family that ended, each set once."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from assay.core.contract import LabView, Observation
from assay.core.experiment import Experiment
from assay.core.feature_idea import FeatureSet
from assay.core.problem.binary import Binary
from assay.core.recipe import Recipe, Step
from assay.core.schema import Facts
from assay.core.step_runs import without_set
from assay.features import registry as steps_registry
from assay.models.linear import steps as linear_steps
from assay.pipeline.monotone_recipes import honours
from assay.research.feature_sets import ideas, with_set
from assay.research.features import ANCHORS, Features, FeaturesFirst, FeaturesKept
from assay.research.portfolio import entries
from each import at_most, each

FACTS = Facts(
    problem=Binary(), n_rows=5_000, n_numeric=10, n_category=5, n_dates=1, n_text=0, n_classes=2, minority=2_000,
    most_levels=12, metric="roc_auc",
)  # fmt: skip


def observed(name, number, *, status="dropped", gain=0.5, weight=0.0, facts=FACTS, recipe=None):
    """An entry of the portfolio as the lab tells of it."""
    entry = next(one for one in entries(facts) if one.name == name)
    one = Experiment(
        number=number, recipe=recipe or entry.recipe, what=entry.what, question="", by="portfolio", entry=name
    )
    return Observation(experiment=one, status=status, z=gain, gain=gain, weight=weight, wall_seconds=1.0)


ALL = tuple(observed(name, number) for number, name in enumerate(ANCHORS, start=1))


def view(*known, facts=FACTS, asked=frozenset(), without=frozenset(), applicable_steps=frozenset()):
    return LabView(
        facts=facts, without=without, asked=asked, history=known, seconds_left=None, next_number=20, partitions=3,
        applicable_steps=applicable_steps,
    )  # fmt: skip


def names_of(one):
    return {step.name for step in one.adds}


def asked_for(known, n=500, **changes):
    return Features().ask(view(*known, **changes), n=n)


def test_it_waits_for_a_family_to_end():
    assert not asked_for(())
    assert {one.recipe.model.name for one in asked_for(ALL[1:2])} == {"linear"}


def test_a_family_that_failed_is_not_asked_for():
    failed = replace(ALL[0], status="failed", gain=None)
    assert "lightgbm" not in {one.recipe.model.name for one in asked_for((failed, *ALL[1:]))}
    assert "catboost" not in {one.recipe.model.name for one in asked_for(ALL, without=frozenset({"catboost"}))}


def test_one_that_was_raced_out_may_still_win_with_other_columns():
    assert asked_for((replace(ALL[1], status="stopped early", gain=None),))


def test_a_proposal_names_the_set_what_it_stands_on_and_the_steps_it_adds():
    one = next(one for one in asked_for(ALL) if one.parents == (1,))
    assert one.what.startswith(f"{ALL[0].experiment.what} + ")
    assert one.adds
    assert set(one.adds) <= set(one.recipe.steps)
    assert not set(one.adds) & set(ALL[0].experiment.recipe.steps)
    assert one.question.endswith("?")


def test_every_family_has_its_first_set_before_any_has_its_second():
    found = asked_for(ALL)[: len(ANCHORS)]
    assert len({one.recipe.model.name for one in found}) == len(ANCHORS)


def test_the_pool_follows_from_facts_and_not_from_scores():
    better = tuple(replace(t, gain=9.5, z=3.0, weight=0.5, status="kept") for t in ALL)
    assert [one.recipe.key for one in asked_for(ALL)] == [one.recipe.key for one in asked_for(better)]


@settings(max_examples=at_most(20))
@given(st.sets(st.sampled_from(ANCHORS)), st.integers(1, 9))
def test_each_is_asked_once_and_in_one_row_of_numbers(names, n):
    known, asked, seen = tuple(t for t in ALL if t.experiment.entry in names), frozenset(), []
    for _ in range(40):
        found = asked_for(known, n=n, asked=asked)
        assert [one.number for one in found] == list(range(20, 20 + len(found)))
        seen += [one.key for one in found]
        asked |= {one.key for one in found}
    assert len(seen) == len(set(seen))
    assert not asked_for(known, asked=asked) or len(seen) >= 40


def test_what_a_table_lacks_is_not_tried():
    numbers = replace(FACTS, n_category=0, n_dates=0)
    known = tuple(observed(name, number, facts=numbers) for number, name in enumerate(ANCHORS, start=1))
    assert not {"pairs", "counts", "target_mean"} & {
        s.name for one in asked_for(known, facts=numbers) for s in one.adds
    }
    words = replace(FACTS, n_numeric=0, n_dates=0)
    known = tuple(observed(name, number, facts=words) for number, name in enumerate(ANCHORS, start=1))
    assert not {"arithmetic", "splines"} & {s.name for one in asked_for(known, facts=words) for s in one.adds}


def test_columns_are_made_of_numbers_before_codes_become_columns_and_after_dates_do():
    recipe = Recipe(steps=linear_steps(FACTS), model=Step.of("linear"))
    (arithmetic,) = (idea for idea in ideas() if idea.name == "arithmetic")
    found = arithmetic.of(FACTS, frozenset(), "distances")
    names = [step.name for step in with_set(recipe, found).steps]
    assert names.index("dates") < names.index("arithmetic") < names.index("one_hot") < names.index("scale")


MIXED = replace(FACTS, n_text=1, high_columns=1)


@each("facts", [FACTS, MIXED], ids=["plain", "mixed"])
@each("idea", ideas(), ids=lambda idea: idea.name)
def test_without_its_set_a_recipe_is_what_it_was_whatever_steps_both_have(idea, facts):
    for entry in entries(facts):
        for steps in {idea.trees, idea.distances} - {()}:
            added = FeatureSet(name=idea.name, what=idea.what, steps=steps, is_raw=idea.is_raw)
            assert without_set(with_set(entry.recipe, added), added.steps) == entry.recipe, entry.name


def test_a_promise_to_be_monotone_is_kept():
    promised = replace(FACTS, monotone=(("age", 1),))
    known = (observed("lgb_std", 1, facts=promised), observed("linear", 2, facts=promised))
    found = asked_for(known, facts=promised)
    assert found
    assert all(honours(one.recipe, promised) for one in found)


def test_it_leaves_time_to_those_who_search():
    first = asked_for(ALL)[0]
    done = Observation(experiment=first, status="dropped", z=0.0, gain=0.0, weight=0.0, wall_seconds=50.0)
    asked = frozenset({first.key})
    assert not Features().ask(replace(view(*ALL, done, asked=asked), seconds_left=49.0), n=9)
    assert Features().ask(replace(view(*ALL, done, asked=asked), seconds_left=51.0), n=9)
    assert Features().ask(replace(view(*ALL, done, asked=asked), seconds_left=None), n=9)
    few = replace(view(*ALL, done, asked=asked, facts=replace(FACTS, n_rows=900)), seconds_left=1.0)
    assert Features().ask(few, n=9), "nobody searches there"


def test_the_best_form_of_a_family_learns_the_sets():
    power = observed("lgb_std", 9, gain=2.0)
    one = replace(power.experiment, entry="lgb_std_yeo_johnson")
    one = replace(one, recipe=replace(one.recipe, transform="yeo_johnson"))
    found = asked_for((ALL[0], replace(power, experiment=one)))
    assert {experiment.recipe.transform for experiment in found} == {"yeo_johnson"}


def test_what_was_found_in_the_table_is_tried_and_nothing_else_that_would_have_to_be():
    places = [
        one for one in asked_for(ALL, applicable_steps=frozenset({"coordinates"})) if "coordinates" in names_of(one)
    ]
    assert {one.recipe.model.name for one in places} == {t.experiment.recipe.model.name for t in ALL}
    assert not any("coordinates" in names_of(one) for one in asked_for(ALL))
    assert not any(
        "string_parts" in names_of(one) for one in asked_for(ALL, applicable_steps=frozenset({"coordinates"}))
    )


def test_of_a_set_only_steps_that_found_something_are_added():
    found = asked_for(ALL, applicable_steps=frozenset({"date_differences"}))
    dated = [names_of(one) for one in found if "date_differences" in names_of(one)]
    assert dated
    assert not any("calendar" in names for names in dated)


def test_steps_that_read_dates_come_before_those_that_take_them_away():
    found = asked_for(ALL, applicable_steps=frozenset({"calendar"}))
    for one in (one for one in found if "calendar" in names_of(one)):
        names = [step.name for step in one.recipe.steps]
        assert names.index("calendar") < names.index("dates")


@each("idea", ideas(), ids=lambda idea: idea.name)
def test_every_step_of_a_set_is_registered_with_these_settings(idea):
    for step in (*idea.trees, *idea.distances):
        assert steps_registry.build(step) is not None


def test_what_was_kept_is_built_on_and_nothing_else():
    known = (observed("lgb_std", 1, status="kept"), observed("linear", 2), observed("cat_std", 3, weight=0.4))
    found = FeaturesKept().ask(view(*known), n=500)
    assert {one.parents for one in found} == {(1,), (3,)}
    assert found[0].parents == (3,), "the heaviest first"


def test_a_set_that_was_kept_gets_another_beside_it():
    first = asked_for(ALL[:1])[0]
    known = Observation(experiment=first, status="kept", z=1.0, gain=1.0, weight=0.5, wall_seconds=1.0)
    found = FeaturesKept().ask(view(known), n=500)
    assert found
    assert all(set(first.recipe.steps) < set(one.recipe.steps) for one in found)


def test_codes_that_a_set_makes_become_columns_where_no_codes_are_read():
    numbers = replace(FACTS, n_category=0, n_dates=0)
    known = (observed("linear", 1, facts=numbers), observed("lgb_std", 2, facts=numbers))
    for one in asked_for(known, facts=numbers, applicable_steps=frozenset({"string_parts", "missingness"})):
        names = [step.name for step in one.recipe.steps]
        if {"string_parts", "missingness"} & set(names):
            assert ("one_hot" in names) == (one.recipe.model.name == "linear")


def test_codes_and_places_are_tried_before_the_portfolio_is_through():
    found = FeaturesFirst().ask(view(*ALL, applicable_steps=frozenset({"string_parts"})), n=9)
    assert {one.recipe.model.name for one in found} == {"lightgbm", "catboost", "linear"}
    assert {name for one in found for name in names_of(one)} >= {"string_parts"}
    assert {one.by for one in found} == {"features"}
    assert not FeaturesFirst().ask(view(*ALL), n=9)
    assert not FeaturesFirst().ask(view(*ALL, applicable_steps=frozenset({"clusters"})), n=9)


def test_names_are_tried_early_where_there_are_some_once_for_each_recipe():
    with_names = replace(FACTS, n_names=1)
    known = [observed(name, number, facts=with_names) for number, name in enumerate(ANCHORS, start=1)]
    found = FeaturesFirst().ask(view(*known, facts=with_names), n=9)
    assert {one.recipe.model.name for one in found} == {"lightgbm", "catboost", "linear"}
    assert all(names_of(one) == {"name_terms", "text_scores"} for one in found)
    by_lightgbm = next(one for one in entries(with_names) if one.name == "lgb_names")
    again = FeaturesFirst().ask(view(*known, facts=with_names, asked=frozenset({by_lightgbm.recipe.key})), n=9)
    assert {one.recipe.model.name for one in again} == {"catboost", "linear"}


def test_the_past_is_tried_where_rows_have_one():
    ordered = replace(FACTS, ordered=True)
    known = tuple(observed(name, number, facts=ordered) for number, name in enumerate(ANCHORS, start=1))
    assert {name for one in FeaturesFirst().ask(view(*known, facts=ordered), n=9) for name in names_of(one)} == {"lags"}
    assert not any("lags" in names_of(one) for one in asked_for(ALL))


def test_nothing_is_tried_before_the_main_families_ended():
    assert not FeaturesFirst().ask(view(*ALL[:2], applicable_steps=frozenset({"string_parts"})), n=9)


def test_what_was_tried_early_is_not_tried_again():
    applicable_steps = frozenset({"string_parts"})
    asked = frozenset(one.key for one in FeaturesFirst().ask(view(*ALL, applicable_steps=applicable_steps), n=9))
    later = asked_for(ALL, applicable_steps=applicable_steps, asked=asked)
    assert not asked & {one.key for one in later}


def test_how_texts_are_written_and_who_says_what_is_tried_before_the_portfolio_is_through():
    texts = replace(FACTS, n_text=1)
    known = tuple(observed(name, number, facts=texts) for number, name in enumerate(ANCHORS, start=1))
    plain = {name for one in FeaturesFirst().ask(view(*known, facts=texts), n=9) for name in names_of(one)}
    assert "text_style" in plain
    assert "text_turns" not in plain, "where no speakers are found"
    talks = view(*known, facts=texts, applicable_steps=frozenset({"text_turns"}))
    for one in FeaturesFirst().ask(talks, n=9):
        names = [step.name for step in one.recipe.steps]
        assert {"text_style", "text_turns"} & set(names)
        assert not {"text_svd", "tfidf"} & set(names[:1]), "texts are read before they are taken away"
