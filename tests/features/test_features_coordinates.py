"""Columns that are places: found by name and range, turned, measured, put on a grid."""

import numpy as np
import pytest

from assay.core.block.columns import NumericBlock
from assay.core.contract import FittedEncoder
from assay.core.errors import UsageError
from assay.core.recipe import Step
from assay.core.seed import Seeds
from assay.core.table import Table
from assay.core.target import Target
from assay.features import registry
from assay.features.coordinates import haversine_km
from assay.features.places import find_places
from assay.testing.encoders import check_rows_are_independent, check_shape_is_kept, check_state_restores
from assay.testing.tables import tables_of_every_kind


def table_of(names: tuple[str, ...], block: np.ndarray) -> Table:
    return Table.of(numeric=NumericBlock(block.astype(np.float32), names))


def fit(table: Table, **params: object) -> FittedEncoder:
    return registry.build(Step.of("coordinates", **params)).fit(table, None, seeds=Seeds(0))


def degrees(n: int = 800, seed: int = 0) -> np.ndarray:
    """Latitudes and longitudes of a city."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(52.3, 52.7, n), rng.uniform(13.1, 13.7, n)])


@pytest.mark.parametrize(
    "names",
    [("lat", "lon"), ("Latitude", "Longitude"), ("pickup_lat", "pickup_lng"), ("geoLat", "geoLong"), ("x", "y"),
     ("X_COORD", "Y_COORD"), ("coord.x", "coord.y"), ("easting", "northing"), ("x1", "y1")],
    ids="/".join,
)  # fmt: skip
def test_pairs_are_told_by_their_names(names: tuple[str, str]) -> None:
    place = find_places(("price", *reversed(names)), np.column_stack([np.arange(800), degrees()]).astype(np.float32))
    assert [(p.first, p.second) for p in place] == [(2, 1)]


@pytest.mark.parametrize(
    ("names", "scale"),
    [(("lat", "lon"), (1e3, 1.0)), (("lat", "price"), (1.0, 1.0)), (("pickup_lat", "dropoff_lon"), (1.0, 1.0)),
     (("x", "y"), (1e6, 1.0)), (("x1", "x2"), (1.0, 1.0)), (("lat", "lon"), (0.0, 1.0))],
    ids=str,
)  # fmt: skip
def test_what_only_looks_like_a_place_is_none(names: tuple[str, str], scale: tuple[float, float]) -> None:
    assert find_places(names, (degrees() * scale).astype(np.float32)) == ()


def test_three_axes_are_a_body_not_a_place() -> None:
    block = np.random.default_rng(0).normal(5.0, 1.0, (50, 3)).astype(np.float32)
    assert find_places(("x", "y", "z"), block) == ()


def test_great_circles_have_known_lengths() -> None:
    berlin, paris, fiji, samoa = (
        np.array(p) for p in ((52.52, 13.405), (48.8566, 2.3522), (-17.7, 178.0), (-13.8, -172.0))
    )
    assert abs(haversine_km(berlin, paris) - 878.0) < 3.0
    assert haversine_km(fiji, samoa) < 1_200.0


def test_the_distance_to_a_centre_is_a_column_a_line_can_use() -> None:
    at = degrees(1_500)
    distance = haversine_km(at, np.array([52.52, 13.40]))
    out = fit(table_of(("lat", "lon"), at)).transform(table_of(("lat", "lon"), at)).numeric
    assert linear_r2(at, distance) < 0.2
    assert linear_r2(out, distance) > 0.9


def linear_r2(block: np.ndarray, y: np.ndarray) -> float:
    """On the second half of the rows, of least squares on the first."""
    half, X = len(y) // 2, np.column_stack([np.ones(len(y)), block.astype(np.float64)])
    weights = np.linalg.lstsq(X[:half], y[:half], rcond=None)[0]
    return 1.0 - float(np.var(y[half:] - X[half:] @ weights) / np.var(y[half:]))


def test_the_way_between_two_places_of_a_row_is_measured() -> None:
    names = ("pickup_lat", "pickup_lon", "dropoff_lat", "dropoff_lon")
    block = np.hstack([degrees(300, 1), degrees(300, 2)])
    out = fit(table_of(names, block)).transform(table_of(names, block))
    title = "pickup_lat, pickup_lon to dropoff_lat, dropoff_lon: distance"
    measured = out.numeric[:, out.numeric_names.index(title)]
    np.testing.assert_allclose(measured, haversine_km(block[:, :2], block[:, 2:]), rtol=1e-3, atol=1e-3)


def test_a_slanted_border_is_one_cut_of_a_turned_axis() -> None:
    at = np.random.default_rng(3).uniform(0.0, 10.0, (1_000, 2))
    out = fit(table_of(("x", "y"), at)).transform(table_of(("x", "y"), at))
    turned = out.numeric[:, out.numeric_names.index("x, y: first turned 45°")]
    north = at[:, 0] + at[:, 1] > 10.0
    assert turned[north].min() > turned[~north].max() - 1e-4


def test_cells_tell_districts_apart_and_empty_ones_are_unseen() -> None:
    rng = np.random.default_rng(4)
    at = rng.uniform(0.0, 10.0, (4_000, 2))
    district = (np.floor(at[:, 0] / 2.5) * 4 + np.floor(at[:, 1] / 2.5)).astype(int)
    y = rng.normal(0.0, 1.0, 16)[district]
    out = fit(table_of(("x", "y"), at), grid=16).transform(table_of(("x", "y"), at))
    means = registry.build(Step.of("target_mean", above=0)).fit(out, Target(y), seeds=Seeds(0)).transform(out)
    assert linear_r2(at, y) < 0.5
    assert linear_r2(means.numeric, y) > 0.8
    assert out.levels[0] <= 256


def test_places_across_the_date_line_are_near_each_other() -> None:
    rng = np.random.default_rng(5)
    at = np.column_stack([rng.uniform(-18.0, -16.0, 400), (rng.uniform(178.0, 182.0, 400) + 180.0) % 360.0 - 180.0])
    out = fit(table_of(("lat", "lon"), at), centres=2).transform(table_of(("lat", "lon"), at))
    assert out.numeric[:, out.numeric_names.index("lat, lon: to the middle")].max() < 300.0


def test_a_table_without_places_stays_as_it_is() -> None:
    table = table_of(("a", "b"), degrees(50))
    assert fit(table).transform(table).numeric_names == ("a", "b")


NAMES = (
    ("pickup_lat", "drop_lat", "pickup_lon", "drop_lon"),
    ("x", "lat", "y", "lng"),
    ("latitude", "a", "longitude", "b"),
)


@pytest.mark.parametrize("names", NAMES, ids="/".join)
def test_places_of_any_cells_keep_the_contract(names: tuple[str, ...]) -> None:
    encoder, checked = registry.build(Step.of("coordinates", min_rows=2)), 0
    for title, table in tables_of_every_kind().items():
        if len(table.numeric_names) < 4:
            continue
        named = table.with_blocks(numeric=NumericBlock(table.numeric, (*names, *table.numeric_names[4:])))
        fitted = encoder.fit(named, None, seeds=Seeds(0))
        check_state_restores(encoder, fitted, named, title)
        check_shape_is_kept(fitted, named, title)
        check_rows_are_independent(fitted, named, title)
        checked += fitted.transform(named).numeric_names != named.numeric_names
    assert checked


def test_a_grid_of_no_cells_is_refused() -> None:
    with pytest.raises(UsageError, match="1 to 100 cells"):
        registry.build(Step.of("coordinates", grid=0))
