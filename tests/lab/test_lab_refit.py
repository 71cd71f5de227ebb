"""Refits use the time and the size there is: bags grow, nothing is begun that cannot end."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.clock import Deadline
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore, FoldScores
from assay.core.recipe import Recipe, Step
from assay.core.result import Result
from assay.ensemble.candidate import Blend
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.search.time_reserve import Reserve, refit_seconds, save_seconds
from assay.ship.refitting import MOST_BAG_BYTES, MOST_TREES, Refitting


@dataclass
class StoppedClock:
    """Nothing takes any time."""

    def now(self):
        return 0.0


def lab_of(**members):
    """A lab whose blend has these members; a name with its family, seconds of a fold and bytes of a model."""
    state = LabState()
    for number, (family, seconds, size) in enumerate(members.values(), start=1):
        is_forest = family == "extra_trees"
        fold = FoldScore(
            fold=0, partition=0, score=0.5, ended="converged", rounds=None if is_forest else 80, rounds_done=200,
            wall_seconds=seconds, cpu_seconds=seconds, peak_bytes=1, model_bytes=size, row_ms=0.1, piece_ms=0.1,
            predictions="", model="",
        )  # fmt: skip
        result = Result(
            score=0.5, folds=FoldScores.of(replace(fold, fold=k) for k in range(5)), oof="x", complete=True,
            wall_seconds=5 * seconds, cpu_seconds=5 * seconds, peak_bytes=1, model_bytes=size, row_ms=0.1,
            rounds=fold.rounds,
        )  # fmt: skip
        experiment = Experiment(number=number, recipe=Recipe(model=Step.of(family)), what="", question="", by="test")
        state.entries[number] = ExperimentEntry(experiment, 0.0, result=result)
    state.blend = Blend(numbers=tuple(state.entries), weights=(1 / len(members),) * len(members))
    return state


def refitting(state, *, copies=6, workers=2, is_exact=False, beside=0.0):
    folder = SimpleNamespace(refit_growth=1.25, split=SimpleNamespace(n_folds=5), store=None, work=Path("none"))
    return Refitting(SimpleNamespace(folder=folder, state=state, workers=workers, is_exact=is_exact), copies, beside)


def jobs(state, seconds, *, is_exact=False, **options):
    hard = Deadline() if is_exact else Deadline(seconds, StoppedClock())
    found = refitting(state, is_exact=is_exact, **options).jobs(state.blend, hard)
    return {job.experiment.number: job for job in found}


def test_a_forest_that_ships_alone_grows_as_far_as_time_allows():
    state = lab_of(forest=("extra_trees", 1.0, 10**5), booster=("lightgbm", 1.0, 10**5))
    short, long = jobs(state, 4.0), jobs(state, 60.0)
    assert 200 <= short[1].rounds < long[1].rounds == MOST_TREES * 200
    assert long[2].rounds == round(1.15 * 80)


def test_a_forest_grows_no_further_than_its_size_allows():
    large = lab_of(forest=("extra_trees", 0.1, int(MOST_BAG_BYTES)))
    assert jobs(large, 60.0)[1].rounds == 200
    half = lab_of(forest=("extra_trees", 0.1, int(MOST_BAG_BYTES / 1.25 / 2)))
    assert jobs(half, 60.0)[1].rounds == pytest.approx(400, abs=2)


@pytest.mark.parametrize("copies", [1, 5])
def test_where_refits_or_fold_models_ship_by_themselves_forests_stay_as_they_were(copies):
    state = lab_of(forest=("extra_trees", 0.1, 10**5))
    made = jobs(state, 60.0, copies=copies)
    assert made[1].rounds is None


def test_an_exact_run_reads_no_clock():
    state = lab_of(forest=("extra_trees", 1000.0, 10**5), booster=("lightgbm", 1000.0, 10**5))
    made = jobs(state, 0.0, is_exact=True)
    assert set(made) == {1, 2}
    assert made[1].rounds == MOST_TREES * 200


@given(
    seconds=st.lists(st.floats(0.01, 20.0), min_size=1, max_size=6), left=st.floats(0.5, 60.0),
    workers=st.integers(1, 4), forests=st.booleans(), beside=st.floats(0.0, 20.0),
)  # fmt: skip
def test_what_is_begun_can_end(seconds, left, workers, forests, beside):
    family = "extra_trees" if forests else "lightgbm"
    state = lab_of(**{f"m{i}": (family, each, 10**4) for i, each in enumerate(seconds)})
    made = jobs(state, left, workers=workers, beside=beside)
    grown = {n: (job.rounds or 200) / 200 if forests else 1.0 for n, job in made.items()}
    each = [refit_seconds(state, n, growth=1.25) * grown[n] for n in made]
    assert sum(each) <= left * workers
    plain = sum(refit_seconds(state, n, growth=1.25) for n in made)
    assert sum(each) <= max(plain, left * workers - beside) + 0.01 * plain
    assert max(each, default=0.0) <= left


CHOOSING = 0.3
"""Seconds that pass between the end of a search and the first refit."""


@given(seconds=st.lists(st.floats(0.01, 30.0), min_size=1, max_size=6), workers=st.integers(1, 4))
def test_every_refit_that_time_was_kept_for_is_begun(seconds, workers):
    state = lab_of(**{f"m{i}": ("lightgbm", each, 10**5) for i, each in enumerate(seconds)})
    every = tuple(state.entries)
    kept = Reserve(state, workers, 1e6, copies=6).seconds()
    left = kept - save_seconds(state, every, copies=6) - CHOOSING
    assert set(jobs(state, left, workers=workers)) == set(every)


@pytest.mark.parametrize(("seconds", "least", "most"), [(100.0, 5.0, 6.0), (2.0, 5.0, 6.0), (5.5, 0.0, 3.0)])
def test_what_refits_leave_of_the_workers_is_free_for_something_else(seconds, least, most):
    state, hard = lab_of(booster=("lightgbm", seconds, 10**4), other=("xgboost", seconds, 10**4)), 6.0
    one = refitting(state)
    begun = one.jobs(state.blend, Deadline(hard, StoppedClock()))
    assert least <= one.idle_seconds(begun, Deadline(hard, StoppedClock())) <= most


def test_forests_that_grow_and_exact_runs_leave_nothing():
    forest, booster = lab_of(forest=("extra_trees", 0.1, 10**4)), lab_of(booster=("lightgbm", 0.1, 10**4))
    for one, state in ((refitting(forest), forest), (refitting(booster, is_exact=True), booster)):
        begun = one.jobs(state.blend, Deadline(60.0, StoppedClock()))
        assert begun
        assert one.idle_seconds(begun, Deadline(60.0, StoppedClock())) == 0.0
