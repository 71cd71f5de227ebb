"""Conversion of frozen dataclasses to JSON and back by their type hints, for stored schemas, tasks and records."""

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin

import numpy as np

from assay.core.array import Json

T = TypeVar("T")
_Reader: TypeAlias = Callable[[Json], Any]


def to_json(value: object) -> Json:
    """A value of dataclasses, tuples, mappings and JSON scalars as JSON; non-finite floats become text.

    A class that has both as_json() and from_json(body), as Recipe has, is stored in its own form.
    """
    if _has_own_form(type(value)):
        own: Json = value.as_json()  # type: ignore[attr-defined]  # just checked
        return own
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, tuple | list | frozenset):
        return [to_json(item) for item in (sorted(value) if isinstance(value, frozenset) else value)]
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, np.generic):  # a label or number taken out of an array
        return to_json(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} has no JSON form here.")


def from_json(cls: type[T], body: Json) -> T:
    """The dataclass of that JSON; unknown fields are ignored, missing ones take defaults.

    Raises ValueError naming the class when a required field is missing or a value has the wrong form.
    """
    read = _reader(cls)  # type: ignore[arg-type]  # classes are hashable, which mypy does not see of type[T]
    assert read is not None, "a dataclass has a form"
    try:
        value: T = read(body)
    except _MisfitError as error:
        raise ValueError(str(error.under(cls.__name__))) from error.__cause__
    return value


def _has_own_form(cls: type[Any]) -> bool:
    return hasattr(cls, "as_json") and hasattr(cls, "from_json")


class _MisfitError(ValueError):
    """A value of the wrong form; its path is assembled from the inside out."""

    def __init__(self, what: str, place: str = "") -> None:
        super().__init__(f"{place} {what}")
        self.what, self.place = what, place

    def under(self, place: str) -> "_MisfitError":
        return _MisfitError(self.what, f"{place}{self.place}")


@cache  # what a class says of its fields never changes, and working it out takes longer than reading a small record
def _reader(kind: Any) -> _Reader | None:
    """The function that reads JSON as a type; None where JSON is taken as it is."""
    if isinstance(kind, typing.ForwardRef) or kind is Any or isinstance(kind, str):
        return None
    origin, arguments = get_origin(kind), get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _reader_of_dataclass(typing.cast("type[Any]", kind))
    if origin in (Union, types.UnionType):
        return _reader_of_union(arguments)
    if origin is tuple:
        return _reader_of_tuple(arguments)
    if origin is frozenset:
        members = _reader_of_tuple((arguments[0], Ellipsis))
        return lambda body: frozenset(members(body))
    if origin is Literal or origin is dict or not isinstance(kind, type):
        return None
    return _reader_of_scalar(kind)


def _reader_of_dataclass(cls: type[Any]) -> _Reader:
    own = cls.from_json if _has_own_form(cls) else None
    fields: dict[str, _Reader | None] = {}  # filled by the first record, as a class may name itself

    def read(body: Json) -> Any:
        if own is not None:
            return own(body)
        if not isinstance(body, dict):
            raise _MisfitError(f"should be an object, not {type(body).__name__}.")
        if not fields:
            known = typing.get_type_hints(cls)
            fields.update({field.name: _reader(known[field.name]) for field in dataclasses.fields(cls)})
        values, key = {}, ""
        try:
            for key, item in body.items():
                if key in fields:
                    reader = fields[key]
                    values[key] = item if reader is None else reader(item)
        except _MisfitError as error:
            raise error.under(f".{key}") from None
        try:
            return cls(**values)
        except TypeError as error:
            raise _MisfitError(f"cannot be read: {error}.") from error

    return read


def _reader_of_union(options: tuple[Any, ...]) -> _Reader:
    takes_none = type(None) in options
    plain = frozenset(option for option in options if option in (str, int, float, bool))
    readers = [_reader(option) for option in options if option is not type(None)]

    def read(body: Json) -> Any:
        if (body is None and takes_none) or type(body) in plain:
            return body
        for reader in readers:
            if reader is None:
                return body
            try:
                return reader(body)
            except (ValueError, TypeError):
                continue
        raise _MisfitError(f"has none of the forms it may have: {body!r}.")

    return read


def _reader_of_tuple(arguments: tuple[Any, ...]) -> _Reader:
    of_any_length = len(arguments) == 2 and arguments[1] is Ellipsis
    readers = [_reader(kind) for kind in arguments[: 1 if of_any_length else None]]

    def read(body: Json) -> tuple[Any, ...]:
        if not isinstance(body, list):
            raise _MisfitError(f"should be a list, not {type(body).__name__}.")
        each = readers * len(body) if of_any_length else readers
        out: list[Any] = []
        try:
            for reader, item in zip(each, body, strict=True):
                out.append(item if reader is None else reader(item))
        except _MisfitError as error:
            raise error.under(f"[{len(out)}]") from None
        return tuple(out)

    return read


def _reader_of_scalar(kind: type[Any]) -> _Reader:
    is_float, is_enum = kind is float, issubclass(kind, Enum)

    def read(body: Json) -> Any:
        if is_float and isinstance(body, str | int | float):
            return float(body)
        if is_enum:
            return kind(body)
        if not isinstance(body, kind):
            raise _MisfitError(f"should be {kind.__name__}, not {body!r}.")
        return body

    return read
