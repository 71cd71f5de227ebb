"""Frozen dataclasses to JSON and back, by their type hints: how schemas, tasks and records are stored."""

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import numpy as np

from assay.core.array import Json

T = TypeVar("T")


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
    """The dataclass of that JSON; unknown fields are ignored (written by a later version), missing ones take defaults.

    Raises ValueError naming the class when a needed field is missing or a value has the wrong form.
    """
    value: T = _read(cls, body, cls.__name__)
    return value


def _has_own_form(cls: type[Any]) -> bool:
    return hasattr(cls, "as_json") and hasattr(cls, "from_json")


@cache  # what a class says of its fields never changes, and reading it takes most of the time of a small record
def _hints(cls: type[Any]) -> Mapping[str, Any]:
    """The types of a dataclass's fields by name."""
    known = typing.get_type_hints(cls)
    return {field.name: known[field.name] for field in dataclasses.fields(cls)}


@cache
def _form(kind: Any) -> tuple[Any, tuple[Any, ...], bool]:
    """Origin and arguments of a type hint, and whether it is a dataclass."""
    return get_origin(kind), get_args(kind), dataclasses.is_dataclass(kind)


def _read_dataclass(cls: type[Any], body: Json, where: str) -> Any:
    if not isinstance(body, dict):
        raise ValueError(f"{where} should be an object, not {type(body).__name__}.")
    if _has_own_form(cls):
        return cls.from_json(body)
    hints = _hints(cls)  # type: ignore[arg-type]  # classes are hashable, which mypy does not see of type[Any]
    values = {key: _read(hints[key], item, f"{where}.{key}") for key, item in body.items() if key in hints}
    try:
        return cls(**values)
    except TypeError as error:
        raise ValueError(f"{where} cannot be read: {error}.") from error


def _read_union(options: tuple[Any, ...], body: Json, where: str) -> Any:
    if body is None and type(None) in options:
        return None
    for option in options:
        if option in (str, int, float, bool) and type(body) is option:
            return body
    for option in options:
        if option is type(None):
            continue
        try:
            return _read(option, body, where)
        except (ValueError, TypeError):
            continue
    raise ValueError(f"{where} has none of the forms it may have: {body!r}.")


def _read_tuple(arguments: tuple[Any, ...], body: Json, where: str) -> tuple[Any, ...]:
    if not isinstance(body, list):
        raise ValueError(f"{where} should be a list, not {type(body).__name__}.")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_read(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(body))
    return tuple(_read(kind, item, f"{where}[{i}]") for i, (kind, item) in enumerate(zip(arguments, body, strict=True)))


def _read(kind: Any, body: Json, where: str) -> Any:
    if isinstance(kind, typing.ForwardRef) or kind is Any or isinstance(kind, str):
        return body
    origin, arguments, is_dataclass = _form(kind)
    if is_dataclass:
        return _read_dataclass(typing.cast("type[Any]", kind), body, where)
    if origin in (Union, types.UnionType):
        return _read_union(arguments, body, where)
    if origin is tuple:
        return _read_tuple(arguments, body, where)
    if origin is frozenset:
        return frozenset(_read_tuple((arguments[0], Ellipsis), body, where))
    if origin is Literal or origin is dict:
        return body
    if kind is float and isinstance(body, str | int | float):
        return float(body)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(body)
    if isinstance(kind, type) and not isinstance(body, kind):
        raise ValueError(f"{where} should be {kind.__name__}, not {body!r}.")
    return body
