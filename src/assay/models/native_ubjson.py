"""Strict UBJSON reader for XGBoost's models: lengths within the bytes, limited nesting, no repeated keys."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from assay.core.array import AnyArray

Value: TypeAlias = "None | bool | int | float | str | AnyArray | list[Value] | dict[str, Value]"
MOST_DEPTH = 12
"""Nesting limit; XGBoost reads recursively, and its models need eight levels."""
_NUMBERS = {b"i": ">i1", b"U": ">u1", b"I": ">i2", b"l": ">i4", b"L": ">i8", b"d": ">f4", b"D": ">f8"}
_CONSTANTS: dict[bytes, bool | None] = {b"T": True, b"F": False, b"Z": None}


def read_ubjson(body: bytes) -> Value:
    """The decoded value, typed arrays as read-only arrays; ValueError for anything XGBoost does not write."""
    reader = _UbjsonReader(body)
    value = reader.value(reader.take(1), 0)
    if reader.at != len(body):
        raise ValueError("it goes on after its end")
    return value


@dataclass(slots=True)
class _UbjsonReader:
    body: bytes
    at: int = 0

    def take(self, count: int) -> bytes:
        if not 0 <= count <= len(self.body) - self.at:
            raise ValueError("it ends before its end")
        self.at += count
        return self.body[self.at - count : self.at]

    def value(self, mark: bytes, depth: int) -> Value:
        if depth > MOST_DEPTH:
            raise ValueError(f"it is nested more than {MOST_DEPTH} deep")
        if mark == b"{":
            return self._object(depth)
        if mark == b"[":
            return self._array(depth)
        if mark == b"S":
            return self._text()
        if mark in _CONSTANTS:
            return _CONSTANTS[mark]
        number: int | float = self._numbers(mark, 1)[0].item()
        return number

    def _numbers(self, mark: bytes, count: int) -> AnyArray:
        dtype = np.dtype(_NUMBERS.get(mark, "V0"))
        if not dtype.itemsize:
            raise ValueError(f"it has values of the unknown kind {mark!r}")
        return np.frombuffer(self.take(count * dtype.itemsize), dtype=dtype)

    def _length(self) -> int:
        if self.take(1) != b"L":
            raise ValueError("it has lengths in another form")
        return int.from_bytes(self.take(8), "big", signed=True)

    def _text(self) -> str:
        return self.take(self._length()).decode()

    def _object(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while self.body[self.at : self.at + 1] != b"}":
            key = self._text()
            if key in found:
                raise ValueError(f"it says {key[:60]!r} twice")
            found[key] = self.value(self.take(1), depth + 1)
        self.take(1)
        return found

    def _array(self, depth: int) -> "AnyArray | list[Value]":
        form = self.take(1)
        mark = self.take(1) if form == b"$" else b""
        if (self.take(1) if mark else form) != b"#":
            raise ValueError("it has arrays in another form")
        count = self._length()
        if mark:
            return self._numbers(mark, count)
        if not 0 <= count <= len(self.body) - self.at:
            raise ValueError("it ends before its end")
        return [self.value(self.take(1), depth + 1) for _ in range(count)]


def item(body: Value, *keys: str) -> Any:
    """The value at a path of keys of nested objects; ValueError where there is none."""
    for key in keys:
        if not isinstance(body, dict) or key not in body:
            raise ValueError(f"it holds no {key!r}")
        body = body[key]
    return body
