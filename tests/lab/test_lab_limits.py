"""What ships keeps the limits on time and size: by what members are expected to cost, then by what was measured."""

from dataclasses import replace

import pytest

from assay.core.clock import Budget
from assay.core.recipe import Recipe, Step
from assay.ensemble.candidate import Blend, Candidate, held
from assay.ensemble.combine import LogitModel
from assay.journal.state import LabState
from assay.lab.lab import Lab
from assay.search.serving_cost import Bounds, as_shipped
from assay.search.settings import FitSettings
from assay.ship.cheaper_blends import without
from assay.ship.finish import AFTER_SECONDS, RESAVE_SECONDS, may_save_again
from assay.ship.shipping import FOLLOWS_SECONDS, measure_seconds

MODEL = Step.of("lightgbm")


def state_of(path) -> LabState:
    lab = Lab.open(path)
    try:
        return lab.state
    finally:
        lab.close()


def kinds(path) -> list[str]:
    lab = Lab.open(path)
    try:
        return [record.kind for record in lab.ledger.records()]
    finally:
        lab.close()


@pytest.fixture
def boosted(made, here):
    """The state of a small lab, and its candidates that are LightGBM models."""
    made(experiments=5)
    state = state_of(here / "shop")
    found = [
        Candidate(number=n, family=e.experiment.recipe.model.name, read=held([]), score=0.5, row_ms=e.result.row_ms,
                  size_bytes=e.result.model_bytes)
        for n, e in state.entries.items() if e.result is not None and e.experiment.recipe.model.name == "lightgbm"
    ]  # fmt: skip
    return state, found


def test_a_booster_costs_less_as_one_of_many_copies_walked_together(boosted):
    state, found = boosted
    assert found
    one, six = (as_shipped(state, found, copies=copies) for copies in (1, 6))
    for plain, alone, among in zip(found, one, six, strict=True):
        assert among.row_ms < alone.row_ms == plain.row_ms
        assert 0 < alone.size_bytes < plain.size_bytes


def test_what_is_a_bag_already_costs_one_copy_beside_bags_of_others(boosted):
    state, found = boosted
    entry = state.entries[found[0].number]
    for recipe in (Recipe(steps=(), model=Step.of("extra_trees")), Recipe(steps=(Step.of("tfidf"),), model=MODEL)):
        own = replace(entry, experiment=replace(entry.experiment, recipe=recipe))
        alone = Candidate(
            number=found[0].number, family=recipe.model.name, read=held([]), score=0.5, row_ms=0.6, size_bytes=600
        )
        (among,) = as_shipped(replace(state, entries={found[0].number: own}), [alone], copies=6)
        assert 6 * among.row_ms == pytest.approx(0.6)
        assert 6 * among.size_bytes == 600


def test_no_limit_stands_where_nobody_set_one():
    for budget in (Budget(experiments=5), Budget(seconds=60.0)):
        assert Bounds.of(FitSettings(budget=budget)) == Bounds()
        assert Bounds.of(FitSettings(budget=budget, max_latency_ms=2.0)).row_ms == 2.0
        assert Bounds.of(FitSettings(budget=budget, preset="tiny")).size_bytes == 500_000


def test_learned_weights_go_with_the_member_they_were_learned_beside():
    model = LogitModel(weights=((0.4,), (0.5,), (0.2,)), intercept=(0.1,))
    blend = Blend(numbers=(4, 2, 9), weights=(0.6, 0.2, 0.2), learned=model)
    lighter = without(blend, (9,))
    assert lighter.numbers == (4, 2)
    assert lighter.weights == pytest.approx((0.75, 0.25))
    assert lighter.learned is None
    assert without(lighter, (4, 2)) is None


@pytest.mark.slow
def test_a_model_slower_than_usual_ships_and_is_said_to_be_slow(run, made, monkeypatch):
    free = made(experiments=6)
    assert not any(notice.code.startswith("model/") for notice in free.warnings)
    monkeypatch.setattr("assay.ship.size_notices.SLOW_ROW_MS", 0.01)
    slow = run(experiments=6, force=True)
    assert [member.number for member in slow.model.members] == [member.number for member in free.model.members]
    (said,) = (notice for notice in slow.warnings if notice.code == "model/slow")
    assert "--max-latency" in said.do


@pytest.mark.slow
def test_a_limit_that_a_person_sets_is_kept_and_its_cost_said(run, here):
    free = run(experiments=6, max_latency_ms=100.0)
    assert len(free.model.members) > 1, "the test needs a blend"
    assert free.limit is None
    most = 0.9 * state_of(here / "shop").model.estimated_ms
    kept = run(experiments=6, max_latency_ms=most, force=True)
    state = state_of(here / "shop")
    assert state.model.estimated_ms <= most
    assert kept.limit.asked == f"--max-latency {most:g}"
    assert set(kept.limit.free) == {member.number for member in free.model.members}
    best = max(e.result.score for e in state.scored() if state.model.most_ms >= e.result.row_ms)
    assert kept.search.value >= best


@pytest.mark.slow
@pytest.mark.parametrize("limit", [9_000, 40_000])
def test_a_limit_on_size_is_kept_or_one_model_is_left(run, limit):
    summary = run(experiments=6, max_size_bytes=limit)
    assert summary.model.size_bytes <= limit or len(summary.model.members) == 1


@pytest.mark.slow
def test_what_is_saved_again_with_less_is_recorded(run, here):
    free = run(experiments=6, max_size_bytes=10**8)
    assert len(free.model.members) > 1, "the test needs a blend"
    kept = run(experiments=6, max_size_bytes=free.model.size_bytes - 1, force=True)
    assert kept.model.size_bytes < free.model.size_bytes
    assert len(kept.model.members) < len(free.model.members)
    assert "trimmed" in kinds(here / "shop")


@pytest.mark.parametrize("left", [-1.0, 0.0, 0.3, 0.9, 1.05, 1.4, 3.0, 60.0])
def test_timing_a_model_ends_before_what_follows_must_begin(left):
    seconds = measure_seconds(left)
    assert seconds is None or 0 < seconds <= left - FOLLOWS_SECONDS
    assert (seconds is None) == (left < 1.0)


@pytest.mark.parametrize("took", [0.1, 2.0, 6.0])
def test_nothing_is_saved_again_that_would_be_late(took):
    assert not may_save_again(took + AFTER_SECONDS, took=took)
    assert not may_save_again(RESAVE_SECONDS, took=took)
    assert may_save_again(took + AFTER_SECONDS + RESAVE_SECONDS, took=took)
