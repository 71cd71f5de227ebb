"""Conversion of frozen dataclasses to JSON and back by their type hints, for stored schemas, tasks and records."""

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import numpy as np

from assay.core.array import Json, JsonObject

T = TypeVar("T")
MOST_PLANS = 64
"""Of one class: shapes of records that are remembered. A ledger of a stranger may hold any number."""


def to_json(value: object) -> Json:
    """A value of dataclasses, tuples, mappings and JSON scalars as JSON; non-finite floats become text.

    A class that has both as_json() and from_json(body), as Recipe has, is stored in its own form.
    """
    if value is None or type(value) in _SCALARS:
        return typing.cast("Json", value)
    names = _fields_of(type(value))  # type: ignore[arg-type]  # classes are hashable
    if names is not None:
        return {name: to_json(getattr(value, name)) for name in names}
    if _has_own_form(type(value)):
        own: Json = value.as_json()  # type: ignore[attr-defined]  # just checked
        return own
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


_SCALARS = frozenset({bool, int, str})


@cache
def _fields_of(cls: type[Any]) -> tuple[str, ...] | None:
    """The names of a dataclass's fields; None of what has a form of its own, or is no dataclass."""
    if _has_own_form(cls) or not dataclasses.is_dataclass(cls):
        return None
    return tuple(field.name for field in dataclasses.fields(cls))


def from_json(cls: type[T], body: Json) -> T:
    """The dataclass of that JSON; unknown fields are ignored, missing ones take defaults.

    Raises ValueError naming the class when a required field is missing or a value has the wrong form.
    """
    form = _form(cls)  # type: ignore[arg-type]  # classes are hashable, which mypy does not see of type[T]
    try:
        value: T = form.read(body)
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


@dataclasses.dataclass(frozen=True, slots=True)
class _Form:
    """How JSON is read as a type. plain: Python types of JSON values that are taken as they are, whatever they hold."""

    read: Callable[[Json], Any]
    plain: frozenset[type] = frozenset()


_JSON = _Form(lambda body: body, frozenset({type(None), bool, int, float, str, list, dict}))


@cache  # what a class says of its fields never changes, and working it out takes longer than reading a small record
def _form(kind: Any) -> _Form:
    """The form of a type; what is no class of its own is JSON as it is."""
    if isinstance(kind, typing.ForwardRef) or kind is Any or isinstance(kind, str):
        return _JSON
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and origin is None and _has_own_form(kind):
        return _Form(kind.from_json)  # type: ignore[attr-defined]  # just checked
    if dataclasses.is_dataclass(kind):
        return _Form(_DataclassReader(typing.cast("type[Any]", kind)))
    if origin in (Union, types.UnionType):
        return _form_of_union(arguments)
    if origin is tuple:
        return _Form(_reader_of_tuple(arguments))
    if origin is frozenset:
        members = _reader_of_tuple((arguments[0], Ellipsis))
        return _Form(lambda body: frozenset(members(body)))
    if origin is Literal or origin is dict or not isinstance(kind, type):
        return _JSON
    return _form_of_scalar(kind)


class _DataclassReader:
    """Reads JSON objects as one dataclass. What is to be done with a field is worked out once for each shape, the keys
    of an object and the types of their values: thousands of records have the same few.
    """

    def __init__(self, cls: type[Any]) -> None:
        self.cls = cls
        self.fields: dict[str, _Form] = {}  # filled by the first record, as a class may name itself
        self.plans: dict[tuple[object, ...], tuple[str, ...]] = {}

    def __call__(self, body: Json) -> Any:
        if not isinstance(body, dict):
            raise _MisfitError(f"should be an object, not {type(body).__name__}.")
        shape = (*body, *map(type, body.values()))
        plan = self.plans.get(shape)
        if plan is None:
            plan = self._plan(body, shape)
        values, key, fields = (dict(body) if plan else body), "", self.fields
        try:
            for key in plan:
                if key in fields:
                    values[key] = fields[key].read(body[key])
                else:
                    del values[key]
        except _MisfitError as error:
            raise error.under(f".{key}") from None
        try:
            return self.cls(**values)
        except TypeError as error:
            raise _MisfitError(f"cannot be read: {error}.") from error

    def _plan(self, body: JsonObject, shape: tuple[object, ...]) -> tuple[str, ...]:
        """The keys whose values are not taken as they are."""
        if not self.fields:
            known = typing.get_type_hints(self.cls)
            self.fields.update({field.name: _form(known[field.name]) for field in dataclasses.fields(self.cls)})
        fields = self.fields
        plan = tuple(key for key, item in body.items() if key not in fields or type(item) not in fields[key].plain)
        if len(self.plans) < MOST_PLANS:
            self.plans[shape] = plan
        return plan


def _form_of_union(options: tuple[Any, ...]) -> _Form:
    plain = frozenset(option for option in options if option in (str, int, float, bool, type(None)))
    forms = [_form(option) for option in options if option is not type(None)]

    def read(body: Json) -> Any:
        if type(body) in plain:
            return body
        for form in forms:
            try:
                return form.read(body)
            except (ValueError, TypeError):
                continue
        raise _MisfitError(f"has none of the forms it may have: {body!r}.")

    return _Form(read, plain)


def _reader_of_tuple(arguments: tuple[Any, ...]) -> Callable[[Json], tuple[Any, ...]]:
    of_any_length = len(arguments) == 2 and arguments[1] is Ellipsis
    forms = [_form(kind) for kind in arguments[: 1 if of_any_length else None]]

    def read(body: Json) -> tuple[Any, ...]:
        if not isinstance(body, list):
            raise _MisfitError(f"should be a list, not {type(body).__name__}.")
        if of_any_length and forms[0].plain.issuperset(map(type, body)):
            return tuple(body)
        each = forms * len(body) if of_any_length else forms
        out: list[Any] = []
        try:
            for form, item in zip(each, body, strict=True):
                out.append(item if type(item) in form.plain else form.read(item))
        except _MisfitError as error:
            raise error.under(f"[{len(out)}]") from None
        return tuple(out)

    return read


def _form_of_scalar(kind: type[Any]) -> _Form:
    is_float, is_enum = kind is float, issubclass(kind, Enum)

    def read(body: Json) -> Any:
        if is_float and isinstance(body, str | int | float):
            return float(body)
        if is_enum:
            return kind(body)
        if not isinstance(body, kind):
            raise _MisfitError(f"should be {kind.__name__}, not {body!r}.")
        return body

    return _Form(read, frozenset() if is_enum else frozenset({kind}))
