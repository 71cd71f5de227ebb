"""The way between two places of a row, alone."""

import numpy as np
import pytest

from assay.core.block.columns import NumericBlock
from assay.core.contract import FittedEncoder
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.features import registry
from assay.features.coordinates import haversine_km
from assay.testing.encoders import check_rows_are_independent, check_shape_is_kept, check_state_restores

EARTH = ("pickup_lat", "pickup_lon", "dropoff_lat", "dropoff_lon")
PLANE = ("start_x", "start_y", "end_x", "end_y")


def table_of(names: tuple[str, ...], block: np.ndarray) -> Table:
    return Table.of(numeric=NumericBlock(block.astype(np.float32), names))


def trips(n: int = 300, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(low, low + 0.3, n) for low in (48.1, 11.5, 48.1, 11.5)])


def fit(table: Table, step: str = "ways") -> FittedEncoder:
    return registry.build(Step.of(step)).fit(table, None, seeds=Seeds(0))


def test_on_earth_it_is_the_great_circle_and_its_two_legs_in_km() -> None:
    table = table_of(EARTH, trips())
    made = fit(table).transform(table)
    x = table.numeric.astype(np.float64)
    distance, north, east = made.numeric[:, 4:].T
    np.testing.assert_allclose(distance, haversine_km(x[:, :2], x[:, 2:]), rtol=1e-5)
    np.testing.assert_allclose(np.hypot(north, east), distance, rtol=0.01, atol=0.01)
    assert made.numeric_names[4] == "pickup_lat, pickup_lon to dropoff_lat, dropoff_lon: distance"


def test_on_a_plane_it_is_euclidean() -> None:
    table = table_of(PLANE, trips())
    x = table.numeric.astype(np.float64)
    made = fit(table).transform(table).numeric[:, 4]
    np.testing.assert_allclose(made, np.hypot(*(x[:, 2:] - x[:, :2]).T), rtol=1e-5)


def test_they_are_the_columns_that_the_whole_map_has() -> None:
    table = table_of(EARTH, trips())
    ways, whole = fit(table).transform(table), fit(table, "coordinates").transform(table)
    at = [whole.numeric_names.index(name) for name in ways.numeric_names[4:]]
    np.testing.assert_array_equal(ways.numeric[:, 4:], whole.numeric[:, at])


@pytest.mark.parametrize(
    "names", [("lat", "lon", "a", "b"), ("lat", "lon", "end_x", "end_y"), ("a", "b", "c", "d")], ids="/".join
)
def test_with_one_place_or_places_of_two_kinds_nothing_is_added(names: tuple[str, ...]) -> None:
    table = table_of(names, trips())
    assert fit(table).transform(table) is table


@pytest.mark.parametrize("names", [EARTH, PLANE, ("lat", "lon", "a", "b")], ids="/".join)
def test_it_keeps_the_contract_of_steps(names: tuple[str, ...]) -> None:
    table = table_of(names, trips())
    block = trips(seed=1)
    block[::7, 2] = np.nan
    new, fitted = table_of(names, block), fit(table)
    check_shape_is_kept(fitted, new, "trips")
    check_rows_are_independent(fitted, new, "trips")
    check_state_restores(registry.build(Step.of("ways")), fitted, new, "trips")
