"""The order in which entries and ideas are tried: a measured list, and those that are not in it."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def in_order(found: Mapping[str, T], measured: Sequence[str], places: Mapping[str, int | None]) -> tuple[T, ...]:
    """The values found, in the measured order of their names, then the others by name.

    places: how many names of the measured list come before it; None: no place of its own.
    """
    at = {name: place for place, name in enumerate(measured)}

    def key(name: str) -> tuple[float, bool, str]:
        place = places[name]
        if place is not None:
            return place, False, name
        return at.get(name, math.inf), True, name

    return tuple(found[name] for name in sorted(found, key=key))
