"""A few labs of the benchmark: who decides on the search's rows announces what is not there, the vault does not."""

import importlib
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MODULES = ("evidence_labs", "evidence_parts", "evidence_worlds", "evidence_gain", "evidence_online", "outcome")


@pytest.fixture(scope="module")
def loaded():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        yield importlib.import_module
    finally:
        sys.path.remove(str(BENCHMARKS))
        for name in MODULES:
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def parts(loaded):
    return loaded("evidence_parts")


@pytest.fixture(scope="module")
def gain(loaded):
    return loaded("evidence_gain")


@pytest.mark.slow
def test_who_goes_on_until_a_figure_pleases_has_one_that_covers_all_the_same(gain):
    found = gain.more_time(20)
    assert found["best of six looks covers"] >= 0.85
    assert found["optimism of the best, in σ"] <= found["optimism of the last, in σ"] + 0.3


def test_a_score_out_of_fold_of_what_learned_nothing_varies_twice_as_much_as_its_rows_say(gain):
    assert 1.6 <= gain.twice(400) <= 2.5


@pytest.mark.slow
@pytest.mark.parametrize("cell", [("t2", "rmse"), ("texts", "roc_auc"), ("normal", "average_precision")])
def test_a_search_without_signal_announces_no_gain(gain, cell):
    shown = [gain._of(*cell, seed, 0.0) for seed in range(2)]
    assert not any(one["against"] for one in shown)
    assert sum(one["excludes 0"] for one in shown) <= 1


def test_the_fast_simulation_is_that_of_the_package(parts):
    assert sys.modules["evidence_labs"].agrees_with_gap()


def test_a_candidate_built_from_screened_columns_fools_the_search_and_not_the_vault(parts):
    found = parts.no_signal("screen, then combine 165", 8)
    assert found["keep if higher"] == found["p 5 %"] == 1.0
    assert found["LORD++"] >= 0.25
    assert found["gate on the vault"] <= 0.125
    assert found["coverage"] >= 0.75


def test_a_cheater_who_knows_the_search_rows_by_heart_is_not_announced(parts):
    found = parts.no_signal("a cheater", 8)
    assert found["keep if higher"] == found["p 5 %"] == 1.0
    assert found["gate on the vault"] == 0.0


def test_openings_that_are_paid_for_announce_less(parts):
    found = parts.restarts(8)
    assert found["paid for"] <= found["5 % each time"]
    assert found["paid for"] <= 0.125


def test_real_changes_are_found_and_false_ones_are_not(parts):
    found = parts.improvements(2, useful=0.1, strength=0.5, c=1.0)
    assert found["labs past the gate"] == 1.0
    assert found["large found"] >= 0.8
    assert found["false share of findings"] <= 0.2


def test_keeping_whatever_is_higher_does_not_make_false_findings(parts):
    assert parts.improvements(2, useful=0.1, strength=0.1, c=0.0)["false share of findings"] <= 0.2


def test_the_certified_figure_of_a_searched_model_covers_its_risk(parts):
    found = parts.after_a_search(12)
    assert found["coverage"] >= 0.7
    assert abs(found["optimism"]) <= 0.1 * found["sigma"] + 4 * found["error"]
    assert found["optimism of the fit"] > found["optimism"]


def test_groups_that_are_not_told_make_equal_models_differ(parts):
    assert parts.size_grouped(40, aware=True) <= 0.2
    assert parts.size_grouped(40, aware=False) >= parts.size_grouped(40, aware=True)
