"""Degrees of the earth are stored as degrees, whatever else is moved to keep its digits."""

import numpy as np
import pytest

from assay.data.numeric_kinds import spread, stored_as

FINE = 48.2 + 1e-7 * np.arange(5_000)


@pytest.mark.parametrize("name", ["lat", "pickup_lat", "pickupLatitude", "Longitude", "start lng", "dropoff_lon_2"])
def test_degrees_stay_degrees(name):
    assert stored_as(name, FINE) == (0.0, 1.0)


@pytest.mark.parametrize("name", ["flat", "price", "plateau", "longing", "x"])
def test_other_numbers_keep_their_digits(name):
    assert stored_as(name, FINE) == spread(FINE) != (0.0, 1.0)


def test_what_cannot_be_degrees_is_none():
    assert stored_as("lat", 100.0 + FINE) == spread(100.0 + FINE) != (0.0, 1.0)
