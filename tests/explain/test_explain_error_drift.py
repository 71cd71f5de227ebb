"""Errors that change with the time of their rows, and what is left of them when that is taken off."""

import cProfile
import pstats

import numpy as np
import pandas as pd
import pytest

from assay.core.clock import Budget
from assay.data.options import TaskOptions
from assay.explain.error_drift import drifting_columns, error_drift
from assay.explain.feature_columns import FeatureColumn
from assay.lab.fit import fit
from assay.lab.run_context import RunContext
from assay.pipeline.store import TaskFolder
from assay.search.settings import FitSettings

N = 500
MOMENT = np.arange(N, dtype=np.float64)
NOISE = np.random.default_rng(0).normal(size=N)


@pytest.mark.parametrize("errors", [NOISE + MOMENT / 200, NOISE * (1 + MOMENT / 100), NOISE + 2 * (MOMENT // 100 % 2)])
def test_a_level_a_scale_or_a_season_that_moves_is_found(errors):
    assert error_drift("day", MOMENT, [np.abs(errors), errors]) is not None


def test_noise_has_no_drift_in_ninety_nine_of_a_hundred():
    rng = np.random.default_rng(1)
    found = [error_drift("day", MOMENT, [rng.normal(size=N)]) for _ in range(100)]
    assert sum(one is not None for one in found) <= 4


def test_what_time_explains_is_taken_off_and_no_more():
    drift = error_drift("day", MOMENT, [NOISE + MOMENT / 100])
    left = drift.taken_off(NOISE + MOMENT / 100)
    assert abs(np.corrcoef(left, MOMENT)[0, 1]) < 0.05
    assert np.corrcoef(left, NOISE)[0, 1] > 0.95
    assert left.mean() == pytest.approx(0.0, abs=1e-9)


def test_rows_that_were_never_scored_stay_so():
    errors = np.where(MOMENT < 200, np.nan, NOISE + MOMENT / 100)
    left = error_drift("day", MOMENT, [errors]).taken_off(errors)
    assert np.isnan(left[:200]).all()
    assert np.isfinite(left[200:]).all()


def test_a_date_and_a_year_are_explained_and_a_size_is_not():
    drift = error_drift("day", MOMENT, [NOISE + MOMENT / 100])
    assert drift.explains(FeatureColumn(name="booked", form="date", values=MOMENT - 9))
    assert drift.explains(FeatureColumn(name="year", form="number", values=np.floor(MOMENT / 120)))
    assert not drift.explains(FeatureColumn(name="size", form="number", values=NOISE))


def calls_of(n_columns, place):
    """Of asking which columns drift explains, of a lab with so many."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, n_columns)), columns=[f"c{j}" for j in range(n_columns)])
    settings = FitSettings(budget=Budget(experiments=1), out=str(place), families=frozenset({"constant"}))
    fit(frame.assign(y=np.arange(60) % 2), TaskOptions(target="y"), settings,
        context=RunContext(inline=True, write_brief=False))  # fmt: skip
    profile = cProfile.Profile()
    profile.runcall(drifting_columns, TaskFolder(place), np.full(60, 0.5))
    return pstats.Stats(profile).total_calls


@pytest.mark.slow
def test_columns_that_drift_explains_are_looked_up_once(tmp_path):
    assert calls_of(600, tmp_path / "many.lab") < 8 * calls_of(150, tmp_path / "few.lab")
