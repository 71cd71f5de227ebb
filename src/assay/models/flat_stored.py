"""Storage of flat-tree arrays: the smallest sufficient types, read back with their types checked."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Bools, Floats, Index
from assay.core.contract import State


@dataclass(frozen=True, slots=True)
class StoredArrays:
    """Stored arrays by name, each in the one type it may have; an absent array is empty."""

    arrays: Mapping[str, AnyArray]

    def _found(self, name: str, kinds: str, n_dimensions: int) -> AnyArray | None:
        array = self.arrays.get(name)
        if array is not None and (array.dtype.kind not in kinds or array.ndim != n_dimensions):
            raise ValueError(f"the {name} of the trees have another form")
        return array

    def whole(self, name: str) -> Index:
        array = self._found(name, "iu", 1)
        return np.zeros(0, dtype=np.int64) if array is None else array.astype(np.int64)

    def wholes(self, name: str, n: int, n_columns: int) -> Index:
        array = self._found(name, "iu", 2)
        if array is None:
            array = np.zeros((n, 0), dtype=np.int64)
        if array.shape != (n, n_columns if n else array.shape[1]):
            raise ValueError(f"the {name} of the trees have another form")
        return array.astype(np.int64)

    def floats(self, name: str, *, n_columns: int | None = None) -> Floats:
        array = self._found(name, "f", 1 if n_columns is None else 2)
        if array is None:
            return np.zeros(0 if n_columns is None else (0, n_columns))
        if n_columns is not None and array.shape[1] != n_columns:
            raise ValueError(f"the {name} of the trees have another form")
        return array.astype(np.float64)

    def bits(self, name: str, count: int) -> Bools:
        array = self._found(name, "u", 1)
        if array is None:
            array = np.zeros(0, dtype=np.uint8)
        if array.dtype != np.uint8 or len(array) != (count + 7) // 8:
            raise ValueError(f"the {name} of the trees are not as many as needed")
        return np.unpackbits(array, count=count).astype(np.bool_)

    def sets(self, width: int) -> Bools:
        array = self._found("sets", "u", 2)
        if array is None:
            return np.zeros((0, max(width, 0)), dtype=np.bool_)
        if array.dtype != np.uint8 or width < 1 or array.shape[1] != (width + 7) // 8:
            raise ValueError("the sets of the trees have another form")
        return np.unpackbits(array, axis=1, count=width).astype(np.bool_)


def single(values: Floats) -> Floats:
    """The same numbers rounded to float32."""
    return values.astype(np.float32).astype(np.float64)


def small(values: AnyArray) -> AnyArray:
    """Whole numbers, not negative, in the smallest unsigned type that holds them."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def shortest(values: Floats) -> AnyArray:
    """As float32 where they are such numbers."""
    rounded = values.astype(np.float32)
    return rounded if np.array_equal(rounded, values) else values


def whole_number(state: State, name: str) -> int:
    """A count among a state's meta; ValueError for anything else."""
    value = state.meta.get(name)
    if type(value) is not int:
        raise ValueError(f"{name!r} of the trees is no whole number but {value!r}")
    return value
