"""Errors that change with the time of their rows, and what is left of them when that is taken off."""

import numpy as np
import pytest

from assay.explain.error_drift import error_drift
from assay.explain.feature_columns import FeatureColumn

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
