"""Removals in a search: asked first once its end is near, by count alone in an exact run."""

from dataclasses import replace

import pytest

from assay.core.contract import Recipe, Step
from assay.core.experiment import Experiment
from assay.core.problem.binary import Binary
from assay.core.result import Result
from assay.core.schema import Facts
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.records import VerdictRecord
from assay.journal.state import LabState
from assay.research.ablate import FEWEST
from assay.search.director import Director
from assay.search.known_so_far import is_ending, until_ending

FACTS = Facts(
    problem=Binary(), n_rows=2000, n_numeric=6, n_category=2, n_dates=0, n_text=0, n_classes=2, minority=900,
    most_levels=5, metric="roc_auc",
)  # fmt: skip
STEPS = tuple(Step.of(name) for name in ("fill_numeric", "ratios", "means", "curves"))
RESULT = Result(
    score=0.7, folds=(), oof=None, complete=True, wall_seconds=1.0, cpu_seconds=1.0, peak_bytes=0, model_bytes=0,
    row_ms=0.1,
)  # fmt: skip


def state_of(n):
    """A lab of n experiments whose first four are a path of keeps, each a set of columns more."""
    state = LabState()
    for number in range(1, n + 1):
        is_path = number <= len(STEPS)
        recipe = Recipe(
            steps=STEPS[:number] if is_path else (Step.of("other", at=number),), model=Step.of("linear", C=1.0)
        )
        one = Experiment(
            number=number, recipe=recipe, what=f"#{number}", question="", by="portfolio",
            parents=(number - 1,) if is_path and number > 1 else (), adds=STEPS[number - 1 : number] if is_path else (),
            pool="fixed",
        )  # fmt: skip
        verdict = VerdictRecord(kept=is_path, rule="gain", why="")
        state.entries[number] = ExperimentEntry(one, float(number), result=RESULT, verdict=verdict)
    return state


def director(budget, names=("ablate", "portfolio")):
    return Director(FACTS, frozenset(), 0, names=names, budget=budget)


@pytest.mark.parametrize(("budget", "first"), [(40, 38), (100, 95), (165, 156), (20, 18)])
def test_the_end_is_the_last_twentieth_and_two_experiments_at_least(budget, first):
    assert not is_ending(state_of(first - 1), budget=budget, seconds_left=None)
    assert is_ending(state_of(first), budget=budget, seconds_left=None)
    assert until_ending(state_of(first), budget=budget) == 0


def test_a_search_by_time_ends_in_its_last_twentieth():
    state = state_of(4)
    state.seconds = 950.0
    assert is_ending(state, budget=None, seconds_left=50.0)
    assert not is_ending(state, budget=None, seconds_left=51.0)
    assert not is_ending(state, budget=None, seconds_left=float("inf")), "a search for ever has no end"


def test_removals_come_first_once_the_end_is_near():
    found = director(budget=40).ask(state_of(38), n=2, seconds_left=None)
    assert [one.by for one in found] == ["ablate", "ablate"]
    assert [one.parents for one in found] == [(4, 3), (4, 2)]
    assert {one.pool for one in found} == {"adaptive"}
    before = director(budget=40).ask(state_of(FEWEST + 2), n=2, seconds_left=None)
    assert before
    assert {one.by for one in before} == {"portfolio"}


def test_a_generation_does_not_jump_over_the_moment():
    assert len(director(budget=40).ask(state_of(36), n=8, seconds_left=None)) == 2
    assert len(director(budget=40, names=("portfolio",)).ask(state_of(36), n=8, seconds_left=None)) == 8
    assert len(replace(director(budget=40), budget=None).ask(state_of(36), n=8, seconds_left=None)) == 8
