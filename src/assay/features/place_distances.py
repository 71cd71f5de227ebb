"""The distance between two places of a row."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import Floats
from assay.core.contract import NOTHING, Effort, Idea, Seeds, State, Step, StepTraits, Table, Target
from assay.features import register
from assay.features.coordinates import MOST_PLACES, MOST_ROWS, Coordinates, PlaceSurface, surface_of, way_names, ways
from assay.features.places import PlaceColumns, find_places
from assay.features.row_sample import sampled_rows
from assay.features.stored_state import stored_array, stored_index, stored_names

_BARE = Coordinates(angles=(), centres=0, grid=1)


@dataclass(frozen=True, slots=True, eq=False)
class FittedPlaceDistances:
    """surfaces: of the places, of which the middle and the scale are read; names: of the columns made."""

    surfaces: tuple[PlaceSurface, ...]
    names: tuple[str, ...]

    def transform(self, table: Table) -> Table:
        if not self.names:
            return table
        with np.errstate(over="ignore"):
            block = np.concatenate(
                list(ways(self.surfaces, [surface.raw(table.numeric) for surface in self.surfaces])), axis=1
            ).astype(np.float32)
        block[np.isinf(block)] = np.nan
        return table.with_numeric(block, self.names)

    def effort(self) -> Effort:
        if not self.names:
            return NOTHING
        return Effort(calls=14 + 20 * len(self.surfaces))

    def state(self) -> State:
        places = [(one.place.first, one.place.second, one.place.earth) for one in self.surfaces]
        maps = [(one.origin, one.scale) for one in self.surfaces]
        arrays = {
            "places": np.array(places, dtype=np.int64).reshape(len(places), 3),
            "maps": np.array(maps, dtype=np.float64).reshape(len(maps), 2, 2),
        }
        return State("ways", {"names": list(self.names)}, arrays)


@register("ways")
@dataclass(frozen=True)
class PlaceDistances:
    """Each two places of a row, found by name and range: their distance, and the two legs of the way.

    The same columns as of `coordinates`, which adds much more for each place: with few rows less is better. Nothing
    where a row has one place only. At most 4 places; learned from at most 5,000 rows.
    """

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="ways", what="the way between two places", finds=("ways",), is_early=True, trees=(Step.of("ways"),),
            distances=(Step.of("ways"),),
            applies="two pairs of columns that are places", prior=3.0,
            why="The way between two places is one number, and four columns do not show it.",
        ),),
    )  # fmt: skip

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedPlaceDistances:
        numeric = table.numeric[sampled_rows(table.n_rows, MOST_ROWS, seeds.child("rows"))]
        places = find_places(table.numeric_names, numeric)[:MOST_PLACES]
        surfaces = tuple(surface_of(place, numeric, _BARE, seeds.child(place.first)) for place in places)
        return FittedPlaceDistances(surfaces, tuple(way_names(places, table)))

    @classmethod
    def restore(cls, state: State) -> FittedPlaceDistances:
        nothing: Floats = np.empty(0, dtype=np.float64)
        rows = zip(stored_index(state, "places").tolist(), stored_array(state, "maps"), strict=True)
        surfaces = tuple(
            PlaceSurface(
                PlaceColumns(first, second, bool(earth)),
                origin,
                scale,
                nothing,
                nothing,
                nothing,
                np.zeros(1, np.int64),
            )
            for (first, second, earth), (origin, scale) in rows
        )
        return FittedPlaceDistances(surfaces, stored_names(state, "names"))
