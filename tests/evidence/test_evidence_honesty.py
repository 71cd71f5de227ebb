"""A few labs of the benchmark: who decides on the search's rows announces what is not there, the vault does not."""

import importlib.util
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "benchmarks" / "evidence.py"


@pytest.fixture(scope="module")
def benchmark():
    spec = importlib.util.spec_from_file_location("honesty_benchmark", SOURCE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_a_candidate_built_from_screened_columns_fools_the_search_and_not_the_vault(benchmark):
    found = benchmark.no_signal("screen, then combine 165", 8)
    assert found["keep if higher"] == found["p 5 %"] == 1.0
    assert found["LORD++"] >= 0.25
    assert found["gate on the vault"] <= 0.125
    assert found["coverage of the vault's interval"] >= 0.75


def test_openings_that_are_paid_for_announce_less(benchmark):
    found = benchmark.restarts(8)
    assert found["paid for"] <= found["5 % each time"]
    assert found["paid for"] <= 0.125


def test_a_real_improvement_passes_the_gate(benchmark):
    found = list(benchmark.power(8).values())
    assert found[-1] >= 0.75
    assert found[-1] >= found[0]


def test_groups_that_are_not_told_make_equal_models_differ(benchmark):
    assert benchmark.size_grouped(40, aware=True) <= 0.2
    assert benchmark.size_grouped(40, aware=False) >= benchmark.size_grouped(40, aware=True)
