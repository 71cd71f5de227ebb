"""Features of coordinate pairs: rotated axes, distances to centres, grid cells."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Codes, Floats, Index, JsonObject, Singles
from assay.core.block.columns import MISSING_CODE
from assay.core.contract import Effort, Idea, Seeds, State, Step, StepTraits, Table, Target
from assay.core.errors import UsageError
from assay.features import register
from assay.features.k_means import cluster_centres, squared_distances
from assay.features.places import PlaceColumns, find_places
from assay.features.row_sample import sampled_rows
from assay.features.slots import with_codes
from assay.features.stored_state import stored_array, stored_index, stored_names

MOST_ROWS = 5_000
"""Of the training rows."""
_KM_PER_DEGREE = 111.195
_EARTH_DIAMETER_KM = 12_742.0
MOST_PLACES = 4


def haversine_km(a: Floats, b: Floats) -> Floats:
    """Great-circle distances in km of places (…, 2) in degrees, latitude first, on a sphere (Sinnott, 1984)."""
    one, other = np.radians(a), np.radians(b)
    half = np.sin((one - other) / 2.0) ** 2
    chord = half[..., 0] + np.cos(one[..., 0]) * np.cos(other[..., 0]) * half[..., 1]
    return np.asarray(_EARTH_DIAMETER_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0))))


def _unrolled(longitude: Floats, middle: float) -> Floats:
    """(n,) the same longitudes within 180 degrees of the middle."""
    return np.asarray(middle + (longitude - middle + 180.0) % 360.0 - 180.0)


@dataclass(frozen=True, slots=True, eq=False)
class PlaceSurface:
    """One place on a flat map around its middle: km where it is on earth, the columns' own unit on a plane.

    origin: (2,) median of the raw coordinates; scale: (2,) map units of one raw unit; low, high: (2,) edges of the map
    without its outer per cents; centres: (k, 2) cluster centres on the map; cells: (g * g,) level of each grid cell.
    """

    place: PlaceColumns
    origin: Floats
    scale: Floats
    low: Floats
    high: Floats
    centres: Floats
    cells: Index

    def raw(self, numeric: Singles) -> Floats:
        """(n, 2) the two columns, longitudes as close to the middle as they can be (-179 is next to 179)."""
        at = numeric[:, [self.place.first, self.place.second]].astype(np.float64)
        if self.place.earth:
            at[:, 1] = _unrolled(at[:, 1], float(self.origin[1]))
        return at

    def on_map(self, raw: Floats) -> Floats:
        """(n, 2) map coordinates."""
        return np.asarray((raw - self.origin) * self.scale)

    def distances(self, raw: Floats) -> Floats:
        """(n, k) to the centres, and last to the middle."""
        centres = np.concatenate([self.centres, np.zeros((1, 2))])
        if not self.place.earth:
            return np.sqrt(squared_distances(self.on_map(raw), centres))
        return haversine_km(raw[:, None, :], self.origin + centres / self.scale)

    def cell(self, at: Floats) -> Index:
        """(n,) number of the grid cell of map coordinates; beyond the edges the nearest cell; missing: cell 0."""
        g = int(np.sqrt(len(self.cells)))
        with np.errstate(invalid="ignore"):
            step = np.floor((at - self.low) / (self.high - self.low) * g)
        step = np.minimum(np.maximum(np.nan_to_num(step), 0), g - 1).astype(np.int64)
        return np.asarray(step[:, 0] * g + step[:, 1])

    def code(self, at: Floats) -> Codes:
        """(n,) level of the cell, -1 where the place is missing."""
        found = self.cells[self.cell(at)]
        return np.where(np.isnan(at).any(axis=1), MISSING_CODE, found).astype(np.int32)

    @property
    def n_levels(self) -> int:
        """Cells that have a level; the others share the unseen one."""
        return int(self.cells.max())


def surface_of(place: PlaceColumns, numeric: Singles, step: "Coordinates", seeds: Seeds) -> PlaceSurface:
    """The map of a place's training rows: its middle, cluster centres, and cells of `step.min_rows` rows or more."""
    nothing = np.empty(0, dtype=np.float64)
    raw = numeric[:, [place.first, place.second]].astype(np.float64)
    raw = raw[~np.isnan(raw).any(axis=1)]
    if place.earth:  # the median of -179 and 179 is 0, on the other side: the mean direction is not
        turns = np.radians(raw[:, 1])
        raw[:, 1] = _unrolled(raw[:, 1], float(np.degrees(np.arctan2(np.sin(turns).mean(), np.cos(turns).mean()))))
    origin, scale = np.median(raw, axis=0), np.ones(2)
    if place.earth:
        scale = _KM_PER_DEGREE * np.array([1.0, max(0.01, float(np.cos(np.radians(origin[0]))))])
    cells = np.zeros(step.grid * step.grid, dtype=np.int64)
    bare = PlaceSurface(place, origin, scale, nothing, nothing, nothing, cells)
    at = bare.on_map(bare.raw(numeric))
    at = at[~np.isnan(at).any(axis=1)]
    low, high = np.quantile(at, [0.01, 0.99], axis=0)
    high = np.maximum(high, low + 1e-9 * np.maximum(1.0, np.abs(low)))
    inner = at[((at >= low) & (at <= high)).all(axis=1)]
    centres = cluster_centres(inner if len(inner) else at, step.centres, seeds=seeds.child("centres"))
    edged = PlaceSurface(place, origin, scale, low, high, centres, cells)
    rows = np.bincount(edged.cell(at), minlength=len(cells))
    frequent = rows >= step.min_rows
    cells = np.where(frequent, np.cumsum(frequent) - 1, int(frequent.sum()))
    return PlaceSurface(place, origin, scale, low, high, centres, cells)


def ways(surfaces: tuple[PlaceSurface, ...], raw: list[Floats]) -> Iterator[Floats]:
    """(n, 3) for each two places of a row: their distance, and the two legs of the way from one to the other.

    raw: of each place, Surface.raw. Nothing between a place on earth and one on a plane.
    """
    for (one, start), (other, end) in combinations(zip(surfaces, raw, strict=True), 2):
        if one.place.earth == other.place.earth:
            legs = (end - start) * one.scale
            distance = haversine_km(start, end) if one.place.earth else np.sqrt((legs * legs).sum(axis=1))
            yield np.column_stack([distance, legs])


def way_names(places: tuple[PlaceColumns, ...], table: Table) -> list[str]:
    """Names of the columns of `ways`."""
    titled = list(zip(places, _titles(places, table), strict=True))
    return [
        f"{title} to {other_title}: {what}"
        for (place, title), (other, other_title) in combinations(titled, 2) if place.earth == other.earth
        for what in ("distance", "first", "second")
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class FittedCoordinates:
    """turn: (2, 2 * angles) turned axes, the first and second of each angle side by side."""

    surfaces: tuple[PlaceSurface, ...]
    turn: Floats
    names: tuple[str, ...]
    cell_names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.surfaces:
            return table
        raw = [surface.raw(table.numeric) for surface in self.surfaces]
        maps = [surface.on_map(at) for surface, at in zip(self.surfaces, raw, strict=True)]
        blocks = list[Floats]()
        for surface, where, at in zip(self.surfaces, raw, maps, strict=True):
            blocks += [at @ self.turn, surface.distances(where)]
        blocks += ways(self.surfaces, raw)
        with np.errstate(over="ignore"):
            block = np.concatenate(blocks, axis=1).astype(np.float32)
        block[np.isinf(block)] = np.nan
        codes = np.stack([surface.code(at) for surface, at in zip(self.surfaces, maps, strict=True)], axis=1)
        levels = tuple(surface.n_levels for surface in self.surfaces)
        return with_codes(table.with_numeric(block, self.names), codes, self.cell_names, levels)

    def effort(self) -> Effort:
        return Effort(calls=30 + 60 * len(self.surfaces), cells=4 * len(self.names))

    def state(self) -> State:
        meta: JsonObject = {"names": list(self.names), "cell_names": list(self.cell_names)}
        places = [(s.place.first, s.place.second, s.place.earth) for s in self.surfaces]
        arrays: dict[str, AnyArray] = {
            "turn": self.turn, "places": np.array(places, dtype=np.int64).reshape(len(places), 3),
        }  # fmt: skip
        for i, s in enumerate(self.surfaces):
            arrays[f"{i}.map"] = np.stack([s.origin, s.scale, s.low, s.high])
            arrays |= {f"{i}.centres": s.centres, f"{i}.cells": s.cells}
        return State("coordinates", meta, arrays)


def _names(
    places: tuple[PlaceColumns, ...], surfaces: tuple[PlaceSurface, ...], table: Table, angles: tuple[float, ...]
) -> list[str]:
    """Names of the numeric columns, in the order FittedCoordinates makes them."""
    titles = _titles(places, table)
    names = list[str]()
    for title, surface in zip(titles, surfaces, strict=True):
        names += [f"{title}: {axis} turned {angle:g}°" for angle in angles for axis in ("first", "second")]
        names += [f"{title}: to centre {k}" for k in range(len(surface.centres))] + [f"{title}: to the middle"]
    return names + way_names(places, table)


def _titles(places: tuple[PlaceColumns, ...], table: Table) -> list[str]:
    return [f"{table.numeric_names[place.first]}, {table.numeric_names[place.second]}" for place in places]


@register("coordinates")
@dataclass(frozen=True)
class Coordinates:
    """Places, found by name and range: turned axes, distances to centres, a grid cell; the way between places.

    Latitude and longitude (haversine, km) or x and y (Euclidean); see places.find_places. Added are the axes turned by
    each of `angles` (degrees; trees cut along axes only), the distances to `centres` k-means centres and to the middle,
    and a code column with the cell on a grid of `grid` by `grid` (cells of fewer than `min_rows` rows are one level
    with the unseen); for each two places of a row the distance and the two legs of the way. At most 4 places; learned
    from at most 5,000 rows.
    """

    angles: tuple[float, ...] = (22.5, 45.0, 67.5)
    centres: int = 8
    grid: int = 12
    min_rows: int = 10

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="places", what="places", finds=("coordinates",), is_early=True, trees=(Step.of("coordinates"),),
            # Without turned axes, which are sums of the axes, and without cells, of which each would be a column.
            distances=(Step.of("coordinates", angles=(), centres=8, grid=1),),
            applies="two columns that are a place", prior=3.0,
            why="Two coordinates cut a map into rectangles; turned axes and distances cut it as places lie.",
        ),),
    )  # fmt: skip

    def __post_init__(self) -> None:
        if not 1 <= self.grid <= 100:
            raise UsageError(f"A grid has 1 to 100 cells a side, not {self.grid}.")

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedCoordinates:
        numeric = table.numeric[sampled_rows(table.n_rows, MOST_ROWS, seeds.child("rows"))]
        places = find_places(table.numeric_names, numeric)[:MOST_PLACES]
        surfaces = tuple(surface_of(place, numeric, self, seeds.child(place.first)) for place in places)
        angle = np.radians(np.array(self.angles, dtype=np.float64))
        turn = np.stack([np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)], axis=-1)
        return FittedCoordinates(
            surfaces, np.ascontiguousarray(turn.reshape(-1, 2).T), tuple(_names(places, surfaces, table, self.angles)),
            cell_names=tuple(f"{title}: cell" for title in _titles(places, table)),
        )  # fmt: skip

    @classmethod
    def restore(cls, state: State) -> FittedCoordinates:
        turn, surfaces = stored_array(state, "turn"), list[PlaceSurface]()
        for i, (first, second, earth) in enumerate(stored_index(state, "places").tolist()):
            origin, scale, low, high = stored_array(state, f"{i}.map")
            centres, n_cells = stored_array(state, f"{i}.centres"), stored_array(state, f"{i}.cells").size
            cells = stored_index(state, f"{i}.cells", below=n_cells + 1)
            place = PlaceColumns(first, second, bool(earth))
            surfaces.append(PlaceSurface(place, origin, scale, low, high, centres, cells))
        return FittedCoordinates(
            tuple(surfaces), turn, stored_names(state, "names"), cell_names=stored_names(state, "cell_names")
        )
