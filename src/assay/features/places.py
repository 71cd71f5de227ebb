"""Detection of coordinate pairs by names and ranges of numeric columns."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import Singles

_AXES = {
    "latitude": ("earth", 0), "lat": ("earth", 0),
    "longitude": ("earth", 1), "lon": ("earth", 1), "lng": ("earth", 1), "long": ("earth", 1),
    "x": ("plane", 0), "xcoord": ("plane", 0), "xpos": ("plane", 0), "easting": ("plane", 0), "east": ("plane", 0),
    "y": ("plane", 1), "ycoord": ("plane", 1), "ypos": ("plane", 1), "northing": ("plane", 1), "north": ("plane", 1),
    "z": ("plane", 2), "zcoord": ("plane", 2), "zpos": ("plane", 2),
}  # fmt: skip
_JOINED = {"coordx": "xcoord", "coordy": "ycoord", "coordz": "zcoord", "posx": "xpos", "posy": "ypos", "posz": "zpos"}
_MOST_UNEQUAL = 50.0
"""Spreads of the two axes of a plane are within this factor, else they hardly have one unit."""


@dataclass(frozen=True, slots=True)
class PlaceColumns:
    """Positions in Table.numeric: latitude then longitude where `earth`, else x then y."""

    first: int
    second: int
    earth: bool


def _words(name: str) -> list[str]:
    """Lower-case words and numbers of a name: "pickupLatitude_2" is pickup, latitude, 2."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.findall(r"[a-z]+|\d+", parted.lower())
    return [_JOINED.get(word, word) for word in words]


def _axis(name: str) -> tuple[tuple[str, ...], int] | None:
    """What the column shares with its fellows (surface and other words), and which axis it is; None if none.

    The last word that is an axis counts: "long haul lat" is a latitude.
    """
    words = _words(name)
    for i in range(len(words) - 1, -1, -1):
        if words[i] in _AXES:
            surface, axis = _AXES[words[i]]
            return (surface, *words[:i], "|", *words[i + 1 :]), axis
    return None


def _are_coordinates(pair: Singles, earth: bool) -> bool:
    """Whether known cells of two columns (n, 2) can be places: both vary, degrees are degrees, units are alike."""
    known = pair[~np.isnan(pair).any(axis=1)].astype(np.float64)
    if len(known) < 2 or (np.ptp(known, axis=0) <= 0).any():
        return False
    low, high = np.quantile(known, [0.01, 0.99], axis=0)
    if earth:
        return bool(low[0] >= -90 and high[0] <= 90 and low[1] >= -180 and high[1] <= 360)
    spread = high - low
    return bool((spread > 0).all() and spread.max() <= _MOST_UNEQUAL * spread.min())


def find_places(names: Sequence[str], numeric: Singles) -> tuple[PlaceColumns, ...]:
    """Pairs of columns that are latitude and longitude, or x and y, in the order of their first columns.

    Names agree but for the word of the axis ("pickup_lat", "pickup_lon"). x and y with a z of the same name are left
    alone: mostly sizes of a body. A name that comes twice makes no pair.
    """
    axes: dict[tuple[str, ...], dict[int, list[int]]] = {}
    for position, name in enumerate(names):
        found = _axis(name)
        if found is not None:
            axes.setdefault(found[0], {}).setdefault(found[1], []).append(position)
    places = list[PlaceColumns]()
    for shared, by_axis in axes.items():
        if sorted(by_axis) != [0, 1] or any(len(positions) > 1 for positions in by_axis.values()):
            continue
        first, second, earth = by_axis[0][0], by_axis[1][0], shared[0] == "earth"
        if _are_coordinates(numeric[:, [first, second]], earth):
            places.append(PlaceColumns(first, second, earth))
    return tuple(sorted(places, key=lambda place: place.first))
