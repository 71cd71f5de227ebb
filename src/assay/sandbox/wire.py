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
"""Types of numbers that cross as they are; others are refused."""
DEEPEST = 50
MOST_VALUES = 100_000
"""Of one value, those in it counted; each takes much more room and time than a number of an array."""
_LARGEST = 2**63
_LONGEST_FLOAT = 40
_TEXT = ("utf-8", "surrogatepass")


class NotPlainError(ValueError):
    """A value that cannot cross the border, or bytes from the other side that are no such value."""


@dataclass
class Packed:
    """A value in pieces: its JSON, which names arrays by their places, and these arrays."""

    body: Json = None
    arrays: list[AnyArray] = field(default_factory=list)
    n_values: int = 0

    @classmethod
    def of(cls, value: Value) -> "Packed":
        """NotPlainError says what in it is neither JSON nor an array."""
        packed = cls()
        packed.body = packed._json(value, "", 0)
        return packed

    def _json(self, value: Value, at: str, depth: int) -> Json:
        if depth > DEEPEST:
            raise NotPlainError(f"it is nested more than {DEEPEST} deep{_place(at)}")
        self.n_values += 1
        if self.n_values > MOST_VALUES:
            raise NotPlainError(f"it has more than {MOST_VALUES:,} values; use an array{_place(at)}")
        if isinstance(value, np.generic):
            value = value.item()
        if value is None or isinstance(value, bool | str):
            return value
        if isinstance(value, int | float):
            return _number(value, at)
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


def _number(value: int | float, at: str) -> Json:
    try:
        is_plain = abs(value) < _LARGEST if isinstance(value, int) else math.isfinite(value)
        return value if is_plain else {"f": repr(float(value))}
    except OverflowError as error:
        raise NotPlainError(f"a whole number that is larger than any float{_place(at)}") from error


def _place(at: str) -> str:
    return f", at {at}" if at else ""


def _name(key: object, at: str) -> str:
    if not isinstance(key, str):
        raise NotPlainError(f"a key is a {type(key).__name__} and no text{_place(at)}")
    return key


def unpacked(body: Json, arrays: Sequence[AnyArray], *, most_texts: int | None = None) -> Value:
    """The value of these pieces. Arrays are read-only. NotPlainError for any that fit none.

    Each array is named once, so that a value is never much larger than what was sent. most_texts: cells of text that
    it may have, each of which takes many times its bytes here; None for values of our own side.
    """
    try:
        return _value(body, _UnnamedArrays(dict(enumerate(arrays)), most_texts=most_texts), 0)
    except (LookupError, TypeError, ValueError, OverflowError, UnicodeDecodeError) as error:
        raise NotPlainError(f"the answer is damaged: {error}") from error


@dataclass
class _UnnamedArrays:
    """Arrays that were not named yet, and how many values there may still be."""

    arrays: dict[int, AnyArray]
    n_values: int = MOST_VALUES
    most_texts: int | None = None

    def texts(self, first: int, shape: Json) -> AnyArray:
        """The array of texts that three arrays make, from this place on."""
        pieces = [self.array(first + k) for k in range(3)]
        if self.most_texts is not None:
            self.most_texts -= pieces[1].size
            if self.most_texts < 0:
                raise NotPlainError(f"it has more than {MOST_VALUES:,} texts")
        return _texts(pieces, shape)

    def array(self, place: Json) -> AnyArray:
        return self.arrays.pop(_at(place))

    def count(self) -> None:
        self.n_values -= 1
        if self.n_values < 0:
            raise NotPlainError(f"it has more than {MOST_VALUES:,} values")


def _value(body: Json, left: _UnnamedArrays, depth: int) -> Value:
    if depth > 2 * DEEPEST:
        raise NotPlainError("it is nested too deep")
    left.count()
    if isinstance(body, list):
        return [_value(one, left, depth + 1) for one in body]
    if not isinstance(body, dict):
        return _plain(body)
    ((kind, content),) = body.items()
    if kind == "d" and isinstance(content, dict):
        return {name: _value(one, left, depth + 1) for name, one in content.items()}
    if kind == "f" and isinstance(content, str) and len(content) <= _LONGEST_FLOAT:
        return float(content)
    if kind == "a":
        return read_only(left.array(content))
    if kind == "t" and isinstance(content, list):
        first, shape = content
        return read_only(left.texts(_at(first), shape))
    if kind == "r" and isinstance(content, list):
        return _rows(*content, left=left, depth=depth)
    raise NotPlainError(f"an object of an unknown kind: {kind[:20]!r}")


def _plain(body: None | bool | int | float | str) -> Value:
    is_whole = isinstance(body, int) and abs(body) < _LARGEST
    if isinstance(body, int | float) and not (is_whole or (isinstance(body, float) and math.isfinite(body))):
        raise NotPlainError("a number that JSON has not")
    return body


def _rows(n_rows: Json, columns: Json, *, left: _UnnamedArrays, depth: int) -> Rows:
    if not isinstance(columns, dict):
        raise NotPlainError("rows have no columns")
    found: dict[str, AnyArray] = {}
    for name, one in columns.items():
        column = _value(one, left, depth + 1)
        if not isinstance(column, np.ndarray):
            raise NotPlainError(f"the column {name[:50]!r} is no array")
        found[name] = column
    return Rows(found, _at(n_rows))


def _at(place: Json) -> int:
    if not isinstance(place, int) or isinstance(place, bool) or place < 0:
        raise NotPlainError("a place is no number")
    return place


def _texts(pieces: Sequence[AnyArray], shape: Json) -> AnyArray:
    joined, lengths, missing = pieces
    if joined.dtype != np.uint8 or lengths.dtype != np.int64 or missing.dtype != np.bool_:
        raise NotPlainError("its texts are of another type")
    blob = joined.tobytes()
    fits = lengths.shape == missing.shape == (lengths.size,) and ((lengths >= 0) & (lengths <= len(blob))).all()
    if not fits or lengths.sum() != len(blob):
        raise NotPlainError("its texts do not fit their lengths")
    ends = np.cumsum(lengths).tolist()
    out = np.empty(len(ends), dtype=np.object_)
    starts = [0, *ends][:-1]
    out[:] = [
        None if gone else blob[a:b].decode(*_TEXT) for a, b, gone in zip(starts, ends, missing.tolist(), strict=True)
    ]
    return out.reshape(shape)  # type: ignore[arg-type]  # whatever it is: reshape refuses it
