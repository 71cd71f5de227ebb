"""What crosses the border of the sandbox: JSON, and arrays beside it; never code, objects or a pickle.

Each object of the JSON has one key that says what it is, so that a value of a function cannot pass for another kind.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from assay.core.array import AnyArray, Json, read_only
from assay.sandbox.rows import Rows

Value = object
"""None, bool, int, float, str, lists and dicts of values with names as keys, arrays of numbers or texts, Rows."""
NUMBERS = frozenset({"|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"})
DEEPEST = 50
MOST_ITEMS = 100_000
"""Of a JSON value."""
_TEXT = ("utf-8", "surrogatepass")
_ALIGNED = 64


class NotPlainError(ValueError):
    """A value that cannot cross the border, or bytes from the other side that are no such value."""


@dataclass
class Packed:
    """A value in pieces: its JSON, which names arrays by their places, and these arrays."""

    body: Json = None
    arrays: list[AnyArray] = field(default_factory=list)

    @classmethod
    def of(cls, value: Value) -> "Packed":
        """NotPlainError says what in it is neither JSON nor an array."""
        packed = cls()
        packed.body = packed._json(value, "", 0)
        return packed

    def _json(self, value: Value, at: str, depth: int) -> Json:
        if depth > DEEPEST:
            raise NotPlainError(f"it is nested more than {DEEPEST} deep{_place(at)}")
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, bool | str):
            return value
        if isinstance(value, int):
            return value if abs(value) < 2**63 else {"f": repr(float(value))}
        if isinstance(value, float):
            return value if math.isfinite(value) else {"f": repr(value)}
        if isinstance(value, np.ndarray):
            return self._array(value, at)
        if isinstance(value, Rows):
            columns: dict[str, Json] = {name: self._array(column, name) for name, column in value.items()}
            return {"r": [len(value), columns]}
        if isinstance(value, list | tuple):
            return [self._json(item, f"{at}[{i}]", depth + 1) for i, item in enumerate(value)]
        if isinstance(value, Mapping):
            return {"d": {_name(key, at): self._json(one, f"{at}[{key!r}]", depth + 1) for key, one in value.items()}}
        raise NotPlainError(f"a {type(value).__name__} is neither numbers nor JSON{_place(at)}")

    def _array(self, array: AnyArray, at: str) -> Json:
        if array.dtype.kind in "OUT":
            return {"t": self._texts(array, at)}
        plain = np.ascontiguousarray(array)
        plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
        if plain.dtype.str not in NUMBERS:
            raise NotPlainError(f"an array of {array.dtype} is no array of numbers or texts{_place(at)}")
        self.arrays.append(plain.reshape(array.shape))
        return {"a": len(self.arrays) - 1}

    def _texts(self, array: AnyArray, at: str) -> Json:
        cells = array.ravel().tolist()
        if not all(cell is None or isinstance(cell, str) for cell in cells):
            raise NotPlainError(f"an array of objects that are not all texts{_place(at)}")
        encoded = [b"" if cell is None else cell.encode(*_TEXT) for cell in cells]
        missing = np.array([cell is None for cell in cells], dtype=np.bool_)
        lengths = np.array([len(one) for one in encoded], dtype=np.int64)
        self.arrays += [np.frombuffer(b"".join(encoded), dtype=np.uint8), lengths, missing]
        return [len(self.arrays) - 3, list(array.shape)]


def _place(at: str) -> str:
    return f", at {at}" if at else ""


def _name(key: object, at: str) -> str:
    if not isinstance(key, str):
        raise NotPlainError(f"a key is a {type(key).__name__} and no text{_place(at)}")
    return key


def unpacked(body: Json, arrays: Sequence[AnyArray]) -> Value:
    """The value of these pieces. Arrays are read-only. NotPlainError for any that fit none."""
    try:
        return _value(body, arrays, 0)
    except (LookupError, TypeError, ValueError, OverflowError, UnicodeDecodeError) as error:
        raise NotPlainError(f"the answer is damaged: {error}") from error


def _value(body: Json, arrays: Sequence[AnyArray], depth: int) -> Value:
    if depth > 2 * DEEPEST:
        raise NotPlainError("it is nested too deep")
    if isinstance(body, list):
        return [_value(one, arrays, depth + 1) for one in body]
    if not isinstance(body, dict):
        return body
    ((kind, content),) = body.items()
    if kind == "d" and isinstance(content, dict):
        return {name: _value(one, arrays, depth + 1) for name, one in content.items()}
    if kind == "f" and isinstance(content, str):
        return float(content)
    if kind == "a":
        return read_only(arrays[_at(content)])
    if kind == "t" and isinstance(content, list):
        return read_only(_texts(arrays, _at(content[0]), content[1]))
    if kind == "r" and isinstance(content, list) and isinstance(content[1], dict):
        columns = {name: _value(one, arrays, depth + 1) for name, one in content[1].items()}
        return Rows(columns, _at(content[0]))  # type: ignore[arg-type]  # arrays, as packed by our own side
    raise NotPlainError(f"an object of an unknown kind: {kind!r}")


def _at(place: Json) -> int:
    if not isinstance(place, int) or isinstance(place, bool) or place < 0:
        raise NotPlainError("a place is no number")
    return place


def _texts(arrays: Sequence[AnyArray], first: int, shape: Json) -> AnyArray:
    joined, lengths, missing = (arrays[first + k] for k in range(3))
    ends = np.cumsum(lengths).tolist()
    blob = joined.tobytes()
    if lengths.dtype != np.int64 or (lengths < 0).any() or (ends and ends[-1] != len(blob)):
        raise NotPlainError("its texts do not fit their lengths")
    out = np.empty(len(ends), dtype=np.object_)
    starts = [0, *ends[:-1]]
    out[:] = [
        None if gone else blob[a:b].decode(*_TEXT) for a, b, gone in zip(starts, ends, missing.tolist(), strict=True)
    ]
    return out.reshape(shape)  # type: ignore[arg-type]  # whatever it is: reshape refuses it


# -- arrays in memory ---------------------------------------------------------------------------------------------


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
            out.append(memoryview(array.reshape(-1).view(np.uint8)).cast("B"))
        end = start + array.nbytes
    return out


def arrays_in(memory: "memoryview | bytes", places: Json, *, most_bytes: int) -> list[AnyArray]:
    """The arrays that lie there, views of the memory; NotPlainError for any that do not fit in `most_bytes`."""
    if not isinstance(places, list):
        raise NotPlainError("its arrays have no places")
    try:
        return [_array_in(memory, place, most_bytes) for place in places]
    except (ValueError, TypeError, OverflowError) as error:
        raise NotPlainError(f"an array is damaged: {error}") from error


def _array_in(memory: "memoryview | bytes", place: Json, most_bytes: int) -> AnyArray:
    if not isinstance(place, list) or len(place) != 3 or place[0] not in NUMBERS or not isinstance(place[1], list):
        raise NotPlainError("an array is of no known type")
    dtype, shape, start = np.dtype(str(place[0])), [_at(size) for size in place[1]], _at(place[2])
    if len(shape) > 8 or start + math.prod(shape) * dtype.itemsize > most_bytes:
        raise NotPlainError("an array is larger than its memory")
    count = math.prod(shape)
    if not count:
        return np.empty(shape, dtype=dtype)
    if dtype == np.bool_:  # a byte that is neither 0 nor 1 is no truth value of Python's
        return np.asarray(np.frombuffer(memory, dtype=np.uint8, count=count, offset=start) != 0).reshape(shape)
    return np.frombuffer(memory, dtype=dtype, count=count, offset=start).reshape(shape)
