"""Flatbuffer reader that checks each offset before following it."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray


@dataclass(frozen=True, slots=True)
class Fields:
    """A table in a flatbuffer: fields by their number in the schema; absent fields have no offset."""

    body: bytes
    at: int

    @classmethod
    def root(cls, body: bytes) -> "Fields":
        """The outermost table; ValueError, here and in all methods, for offsets beyond the bytes."""
        return cls(body, _whole(body, 0, 4, signed=False))

    def _place(self, field: int) -> int | None:
        table = self.at - _whole(self.body, self.at, 4, signed=True)
        if 4 + 2 * field >= _whole(self.body, table, 2, signed=False):
            return None
        offset = _whole(self.body, table + 4 + 2 * field, 2, signed=False)
        return self.at + offset if offset else None

    def number(self, field: int, otherwise: int, *, size: int = 4) -> int:
        place = self._place(field)
        return otherwise if place is None else _whole(self.body, place, size, signed=True)

    def table(self, field: int) -> "Fields":
        place = self._place(field)
        if place is None:
            raise ValueError("a part of it is missing")
        return Fields(self.body, self._behind(place))

    def tables(self, field: int) -> "list[Fields]":
        """The tables of a list; () where it is absent."""
        first, offsets = self._list(field, np.dtype("<u4"))
        return [Fields(self.body, first + 4 * i + offset) for i, offset in enumerate(offsets.tolist())]

    def array(self, field: int, dtype: np.dtype) -> AnyArray:
        """The numbers of a list, empty where it is absent."""
        return self._list(field, dtype)[1]

    def text(self, field: int) -> bytes:
        return self.array(field, np.dtype("u1")).tobytes()

    def texts(self, field: int) -> list[bytes]:
        first, offsets = self._list(field, np.dtype("<u4"))
        places = [first + 4 * i + offset for i, offset in enumerate(offsets.tolist())]
        return [_numbers(self.body, place, np.dtype("u1"))[1].tobytes() for place in places]

    def _behind(self, place: int) -> int:
        return place + _whole(self.body, place, 4, signed=False)

    def _list(self, field: int, dtype: np.dtype) -> tuple[int, AnyArray]:
        place = self._place(field)
        return (0, np.zeros(0, dtype=dtype)) if place is None else _numbers(self.body, self._behind(place), dtype)


def _whole(body: bytes, at: int, size: int, *, signed: bool) -> int:
    if not 0 <= at <= len(body) - size:
        raise ValueError("it points beyond its end")
    return int.from_bytes(body[at : at + size], "little", signed=signed)


def _numbers(body: bytes, at: int, dtype: np.dtype) -> tuple[int, AnyArray]:
    """Offset of a list's numbers, and the numbers."""
    count = _whole(body, at, 4, signed=False)
    if count * dtype.itemsize > len(body) - at - 4:
        raise ValueError("it points beyond its end")
    return at + 4, np.frombuffer(body, dtype=dtype, count=count, offset=at + 4)
