"""What a fit will cost, and how much time is kept for the end: from measurements, within bounds."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore, FoldScores
from assay.core.problem.binary import Binary
from assay.core.recipe import Recipe, Step
from assay.core.result import Result
from assay.core.schema import Facts
from assay.ensemble.candidate import Blend
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.models import registry as models
from assay.research.portfolio import entries
from assay.search.fit_cost import JOB_SECONDS, CostModel, recipe_cost
from assay.search.time_reserve import (
    LEAST_SECONDS,
    MOST_SHARE,
    MOST_SHARE_REFITS,
    MOST_SHARE_SAMPLED,
    Reserve,
    refit_seconds,
    save_seconds,
)
from each import each

FACTS = Facts(
    problem=Binary(), n_rows=5_000, n_numeric=10, n_category=5, n_dates=0, n_text=0, n_classes=2, minority=2_000
)
NAMES = {entry.name: entry for entry in entries(FACTS)}


def experiment(name, number=1):
    entry = NAMES[name]
    return Experiment(number=number, recipe=entry.recipe, what="", question="", by="portfolio", entry=name)


def score(seconds, *, fold=0, ended="converged"):
    return FoldScore(
        fold=fold, partition=0, score=0.5, ended=ended, rounds=1, rounds_done=1, wall_seconds=seconds,
        cpu_seconds=seconds, peak_bytes=1, model_bytes=10**6, row_ms=0.1, piece_ms=0.1, predictions="", model="",
    )  # fmt: skip


@given(seconds=st.floats(0.2, 500.0))
def test_expectations_converge_to_what_is_measured(seconds):
    cost, one = CostModel(FACTS), experiment("lgb_std")
    for _ in range(12):
        cost.observe(one, score(seconds))
    assert cost.fold_seconds(one) == pytest.approx(seconds, rel=0.05)


def test_before_anything_is_measured_a_family_says_what_it_expects():
    one = experiment("lgb_std")
    assert CostModel(FACTS).fold_seconds(one) == pytest.approx(
        models.build(one.recipe.model).cost(FACTS).seconds + JOB_SECONDS
    )


def test_a_slow_machine_slows_families_that_have_not_run_by_at_most_a_factor_of_four():
    cost, booster, other = CostModel(FACTS), experiment("lgb_std"), experiment("cat_std")
    before = cost.fold_seconds(other)
    cost.observe(booster, score(1000 * CostModel(FACTS).fold_seconds(booster)))
    assert 2 * before < cost.fold_seconds(other) <= 4 * before + JOB_SECONDS


def test_one_family_changes_the_expectation_of_its_other_configurations():
    cost, std, small = CostModel(FACTS), experiment("lgb_std"), experiment("lgb_small")
    before = cost.fold_seconds(small)
    for _ in range(6):
        cost.observe(std, score(3 * CostModel(FACTS).fold_seconds(std)))
    assert cost.fold_seconds(small) > 2 * before


def test_a_fit_cut_by_its_deadline_is_never_taken_for_a_cheap_one():
    cost, one = CostModel(FACTS), experiment("lgb_std")
    before = cost.fold_seconds(one)
    cost.observe(one, score(before / 10, ended="deadline"))
    assert cost.fold_seconds(one) >= before


def test_an_exact_run_and_the_floor_teach_nothing():
    for cost, name in ((CostModel(FACTS, frozen=True), "lgb_std"), (CostModel(FACTS), "constant")):
        before = cost.fold_seconds(experiment("lgb_std"))
        cost.observe(experiment(name), score(1000.0))
        assert cost.fold_seconds(experiment("lgb_std")) == before


def test_a_busy_machine_that_the_floor_waited_for_is_busy_for_the_first_family_too():
    cost = CostModel(FACTS)
    before = cost.work_seconds(experiment("lgb_std"))
    for fold in range(5):
        cost.observe(experiment("constant"), replace(score(0.24, fold=fold), cpu_seconds=0.03))
    assert cost.work_seconds(experiment("lgb_std")) == pytest.approx(8 * before, rel=0.1)
    cost.observe(experiment("lgb_std"), score(2.0))
    assert cost.work_seconds(experiment("lgb_std")) == pytest.approx(2.0, rel=0.1)


# -- reserve -------------------------------------------------------------------


def state_with(*seconds, model_bytes=10**6, name="lgb_std"):
    """A lab whose blend has members of five folds, each of so many seconds."""
    state = LabState()
    for number, one in enumerate(seconds, start=1):
        folds = tuple(score(one, fold=fold) for fold in range(5))
        result = Result(
            score=0.5, folds=FoldScores.of(folds), oof="x", complete=True, wall_seconds=5 * one, cpu_seconds=5 * one,
            peak_bytes=1, model_bytes=model_bytes, row_ms=0.1,
        )  # fmt: skip
        state.entries[number] = ExperimentEntry(experiment(name, number), 0.0, result=result)
    if seconds:
        state.blend = Blend(numbers=tuple(state.entries), weights=(1 / len(seconds),) * len(seconds))
    return state


members = st.lists(st.floats(0.001, 100.0), max_size=8)


@given(seconds=members, limit=st.floats(2.0, 3600.0), workers=st.integers(1, 16), growth=st.sampled_from([1.25, 3.0]))
def test_the_reserve_is_between_its_least_and_its_share_of_the_limit(seconds, limit, workers, growth):
    for copies, most in ((6, MOST_SHARE), (1, MOST_SHARE_REFITS)):
        share = max(most, 0.2 if limit <= 20 else 4.0 / limit) if growth < 2 else MOST_SHARE_SAMPLED
        kept = Reserve(state_with(*seconds), workers, limit, growth, copies=copies).seconds()
        assert LEAST_SECONDS <= kept <= max(share * limit, LEAST_SECONDS) * (1 + 1e-12)


@given(seconds=st.lists(st.floats(0.01, 10.0), min_size=1, max_size=8), more=st.floats(0.01, 10.0))
def test_more_members_or_fewer_workers_never_need_less(seconds, more):
    few, many = state_with(*seconds), state_with(*seconds, more)
    assert Reserve(many, 2, 1e6).seconds() >= Reserve(few, 2, 1e6).seconds()
    assert Reserve(few, 1, 1e6).seconds() >= Reserve(few, 4, 1e6).seconds()


def test_refits_cannot_be_faster_than_the_longest_of_them():
    state = state_with(10.0, 0.1)
    assert Reserve(state, 16, 1e6).seconds() >= 1.3 * refit_seconds(state, 1, growth=1.25)


def test_a_refit_is_expected_to_cost_its_rows_and_rounds_more_than_a_fold():
    assert refit_seconds(state_with(2.0), 1, growth=1.25) == pytest.approx(2.0 * 1.25 * 1.15)


def test_a_refit_stops_at_the_rounds_that_were_best_where_folds_went_on_to_be_sure_of_them():
    state = state_with(2.0)
    result = state.entries[1].result
    folds = tuple(replace(fold, rounds=80, rounds_done=200) for fold in result.folds)
    state.entries[1] = replace_result(state.entries[1], replace(result, folds=FoldScores.of(folds), rounds=80))
    assert refit_seconds(state, 1, growth=1.25) == pytest.approx(2.0 * 1.25 * 1.15 * (1 + 80 / 200) / 2)


def test_no_time_is_kept_for_refits_that_would_not_be_begun():
    light, heavy, both = state_with(2.0), state_with(50.0), state_with(50.0, 2.0)
    nothing = Reserve(state_with(0.001), 2, 60.0, copies=6).seconds()
    assert Reserve(heavy, 2, 60.0, copies=6).seconds() == pytest.approx(nothing)
    assert nothing < Reserve(both, 2, 60.0, copies=6).seconds() < MOST_SHARE * 60.0
    assert Reserve(light, 2, 60.0, copies=6).seconds() == pytest.approx(
        Reserve(both, 2, 60.0, copies=6).seconds(), abs=0.5
    )
    assert Reserve(heavy, 2, 60.0, copies=1).seconds() == pytest.approx(MOST_SHARE_REFITS * 60.0)


def test_no_time_is_kept_for_refits_where_fold_models_ship_alone():
    kept = [Reserve(state_with(seconds), 2, 60.0, copies=5).seconds() for seconds in (0.001, 3.0)]
    assert kept[0] == kept[1]


def test_an_experiment_that_did_not_end_costs_nothing_to_refit():
    state = state_with(2.0)
    state.entries[1] = replace_result(state.entries[1], None)
    assert refit_seconds(state, 1, growth=1.25) == 0.0


def replace_result(entry, result):
    return replace(entry, result=result)


def test_large_models_take_longer_to_save():
    for copies in (1, 6):
        small, large = (save_seconds(state_with(1.0, model_bytes=size), (1,), copies=copies) for size in (10**4, 10**8))
        assert small < 2.0 < large < math.inf


def test_each_further_class_keeps_more_time_for_the_end():
    state = state_with(1.0, model_bytes=10**5)
    kept = [Reserve(state, 2, 60.0, copies=6, outputs=outputs).seconds() for outputs in (1, 3, 19)]
    saved = [save_seconds(state, (1,), copies=6, outputs=outputs) for outputs in (1, 3, 19)]
    assert kept == sorted(set(kept))
    assert saved == sorted(set(saved))


def test_a_forest_is_saved_once_where_its_refit_ships_alone():
    forest, booster = (state_with(1.0, 1.0, model_bytes=2 * 10**7, name=name) for name in ("et_grown", "lgb_std"))
    alone, bag = (save_seconds(forest, (1, 2), copies=copies) for copies in (1, 5))
    assert save_seconds(forest, (1, 2), copies=6) == alone < bag
    assert save_seconds(booster, (1, 2), copies=6) > save_seconds(booster, (1, 2), copies=1)


@each("step", [
    Step.of("splines", knots=5), Step.of("arithmetic"), Step.of("group_statistics"), Step.of("select_trees"),
    Step.of("neighbour_means"),
])  # fmt: skip
@each("model", ["linear", "lightgbm"])
def test_what_steps_make_and_take_is_planned_for(step, model):
    plain, with_step = (recipe_cost(Recipe(steps=steps, model=Step.of(model)), FACTS) for steps in ((), (step,)))
    assert plain.seconds == models.build(Step.of(model)).cost(FACTS).seconds
    assert with_step.seconds > 1.05 * plain.seconds
