"""Arrays one after the other in memory, and the places that say where each one lies."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Json
from assay.sandbox.wire import NUMBERS, NotPlainError

_ALIGNED = 64
_MOST_DIMENSIONS = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where an array lies: its type, one of wire.NUMBERS, its shape, and its first byte."""

    dtype: str
    shape: tuple[int, ...]
    start: int

    @property
    def end(self) -> int:
        return self.start + math.prod(self.shape) * np.dtype(self.dtype).itemsize


def layout(arrays: Sequence[AnyArray]) -> tuple[list[Json], int]:
    """Where arrays lie one after the other: [type, shape, first byte] of each; and how many bytes they take."""
    places: list[Json] = []
    end = 0
    for array in arrays:
        start = -(-end // _ALIGNED) * _ALIGNED
        places.append([array.dtype.str, list(array.shape), start])
        end = start + array.nbytes
    return places, end


def parts(arrays: Sequence[AnyArray]) -> list[memoryview]:
    """The bytes of these arrays as `layout` puts them."""
    out: list[memoryview] = []
    end = 0
    for array in arrays:
        start = -(-end // _ALIGNED) * _ALIGNED
        if start > end:
            out.append(memoryview(bytes(start - end)))
        if array.nbytes:
            out.append(array.reshape(-1).view(np.uint8).data.cast("B"))
        end = start + array.nbytes
    return out


def places_of(said: Json, *, most_bytes: int) -> list[Place]:
    """The places that the other side names; NotPlainError for any that do not fit, or that share memory.

    In rising order, as `layout` puts them: two arrays over the same bytes would take more room than was sent.
    """
    if not isinstance(said, list):
        raise NotPlainError("its arrays have no places")
    places: list[Place] = []
    for one in said:
        place = _place(one)
        if place.end > most_bytes or (places and place.start < places[-1].end):
            raise NotPlainError("an array is larger than its memory, or lies in that of another")
        places.append(place)
    return places


def arrays_in(memory: "memoryview | bytes", places: Sequence[Place]) -> list[AnyArray]:
    """The arrays that lie there, views of the memory; NotPlainError for shapes that no array has."""
    try:
        return [_array_in(memory, place) for place in places]
    except (ValueError, OverflowError) as error:
        raise NotPlainError(f"an array is damaged: {error}") from error


def _place(said: Json) -> Place:
    if not isinstance(said, list) or len(said) != 3:
        raise NotPlainError("a place is no type, shape and first byte")
    dtype, shape, start = said
    if not isinstance(dtype, str) or dtype not in NUMBERS:
        raise NotPlainError("an array is of no known type")
    if not isinstance(shape, list) or len(shape) > _MOST_DIMENSIONS:
        raise NotPlainError("an array has no shape")
    return Place(dtype, tuple(map(_whole, shape)), _whole(start))


def _whole(said: Json) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said < 2**63:
        raise NotPlainError("a size is no whole number")
    return said


def _array_in(memory: "memoryview | bytes", place: Place) -> AnyArray:
    count = math.prod(place.shape)
    if not count:
        return np.empty(place.shape, dtype=place.dtype)
    if place.dtype == "|b1":  # a byte that is neither 0 nor 1 is no truth value of Python's
        found: AnyArray = np.frombuffer(memory, dtype=np.uint8, count=count, offset=place.start) != 0
        return found.reshape(place.shape)
    return np.frombuffer(memory, dtype=place.dtype, count=count, offset=place.start).reshape(place.shape)
