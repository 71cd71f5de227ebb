"""What ships keeps the limits on time and size: by what members are expected to cost, then by what was measured."""

import math

import pytest

from assay.core.clock import Budget
from assay.ensemble.candidate import Blend, Candidate
from assay.ensemble.combine import LogitModel
from assay.lab.finish import AFTER_SECONDS, RESAVE_SECONDS, may_save_again
from assay.lab.lab import Lab
from assay.lab.settings import FitSettings
from assay.lab.ship import without_lightest
from assay.lab.state import LabState
from assay.lab.weigh import DEFAULT_ROW_MS, Bounds, as_shipped


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
def boosted(run, here):
    """The state of a small lab, and its candidates that are LightGBM models."""
    run(experiments=5)
    state = state_of(here / "shop")
    found = [
        Candidate(number=n, family=e.experiment.recipe.model.name, oof=[], score=0.5, row_ms=e.result.row_ms,
                  size_bytes=e.result.model_bytes)
        for n, e in state.entries.items() if e.result is not None and e.experiment.recipe.model.name == "lightgbm"
    ]  # fmt: skip
    return state, found


def test_a_booster_costs_less_as_one_of_many_copies_walked_together(boosted):
    state, found = boosted
    assert found
    one = as_shipped(state, found, copies=1, n_classes=2)
    six = as_shipped(state, found, copies=6, n_classes=2)
    for plain, alone, among in zip(found, one, six, strict=True):
        assert among.row_ms <= alone.row_ms
        assert 0 < alone.size_bytes < plain.size_bytes


def test_every_class_brings_trees_of_its_own(boosted):
    state, found = boosted
    steps_free = [Candidate(number=c.number, family=c.family, oof=[], score=0.5, row_ms=0.0) for c in found]
    two, seven = (as_shipped(state, steps_free, copies=6, n_classes=k) for k in (2, 7))
    assert all(a.row_ms < b.row_ms for a, b in zip(two, seven, strict=True))


def test_other_families_cost_what_was_measured(boosted):
    state, found = boosted
    other = Candidate(number=found[0].number, family="svm", oof=[], score=0.5, row_ms=0.7, size_bytes=9)
    assert as_shipped(state, [other], copies=6, n_classes=2) == [other]


def test_what_is_a_bag_already_costs_one_copy_beside_bags_of_others(boosted):
    state, found = boosted
    forest = Candidate(number=found[0].number, family="extra_trees", oof=[], score=0.5, row_ms=0.6, size_bytes=600)
    (among,) = as_shipped(state, [forest], copies=6, n_classes=2)
    assert 6 * among.row_ms == pytest.approx(0.6)
    assert 6 * among.size_bytes == 600
    assert as_shipped(state, [forest], copies=5, n_classes=2) == [forest]


def test_the_default_limit_is_for_runs_with_a_clock():
    exact, timed = FitSettings(budget=Budget(experiments=5)), FitSettings(budget=Budget(seconds=60.0))
    assert Bounds.of(exact).row_ms == math.inf
    assert Bounds.of(timed).row_ms == DEFAULT_ROW_MS
    assert Bounds.of(FitSettings(budget=Budget(experiments=5), max_latency_ms=2.0)).row_ms == 2.0


def test_members_share_what_reading_a_row_leaves():
    bounds = Bounds(row_ms=4.0)
    assert 3.5 < bounds.members_ms < 4.0
    assert Bounds(row_ms=0.2).members_ms == pytest.approx(0.1)


def test_learned_weights_go_with_the_member_they_were_learned_beside():
    model = LogitModel(weights=((0.4,), (0.5,), (0.2,)), intercept=(0.1,))
    blend = Blend(numbers=(4, 2, 9), weights=(0.6, 0.2, 0.2), learned=model)
    lighter = without_lightest(blend)
    assert lighter.numbers == (4, 2)
    assert lighter.weights == pytest.approx((0.75, 0.25))
    assert lighter.learned is None
    assert without_lightest(without_lightest(lighter)) is None


@pytest.mark.parametrize("limit", [9_000, 40_000])
def test_a_limit_on_size_is_kept_or_one_model_is_left(run, limit):
    summary = run(experiments=6, max_size_bytes=limit)
    assert summary.model.size_bytes <= limit or len(summary.model.members) == 1


def test_what_is_saved_again_with_less_is_recorded(run, here):
    free = run(experiments=6, max_size_bytes=10**8)
    assert len(free.model.members) > 1, "the test needs a blend"
    kept = run(experiments=6, max_size_bytes=free.model.size_bytes - 1, force=True)
    assert kept.model.size_bytes < free.model.size_bytes
    assert len(kept.model.members) < len(free.model.members)
    assert "trimmed" in kinds(here / "shop")


@pytest.mark.parametrize("took", [0.1, 2.0, 6.0])
def test_nothing_is_saved_again_that_would_be_late(took):
    assert not may_save_again(took + AFTER_SECONDS, took=took)
    assert not may_save_again(RESAVE_SECONDS, took=took)
    assert may_save_again(took + AFTER_SECONDS + RESAVE_SECONDS, took=took)
