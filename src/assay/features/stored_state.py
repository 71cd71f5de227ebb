"""States of fitted steps: written field by field, and read with errors that name what is missing or malformed."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Annotated, Any, ClassVar, Protocol, Self, get_origin, get_type_hints

import numpy as np

from assay.core.array import ARRAY_TYPES, AnyArray, Index, Json, JsonObject
from assay.core.contract import Effort, State, Table
from assay.core.errors import BundleError

LARGEST = 1e300
"""Of numbers beside the arrays; no fitted step has one near it."""


def stored(state: State, key: str) -> Json:
    """A JSON value of the state; BundleError if it is not there."""
    if key not in state.meta:
        raise BundleError(f"The stored step {state.name!r} has no {key!r}. The bundle is damaged; save it again.")
    return state.meta[key]


def stored_names(state: State, key: str) -> tuple[str, ...]:
    """A list of texts of the state."""
    value = stored(state, key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BundleError(f"{key!r} of the stored step {state.name!r} is not a list of names. Save the bundle again.")
    return tuple(str(item) for item in value)


def stored_number(state: State, key: str) -> float:
    """A number of the state."""
    value = stored(state, key)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > LARGEST:
        raise BundleError(f"{key!r} of the stored step {state.name!r} is not a number. Save the bundle again.")
    return value


def stored_whole(state: State, key: str) -> int:
    """A whole number of the state."""
    value = stored_number(state, key)
    if not isinstance(value, int):
        raise BundleError(f"{key!r} of the stored step {state.name!r} is not a whole number. Save the bundle again.")
    return value


def stored_mark(state: State, key: str) -> bool:
    """A yes or no of the state."""
    value = stored(state, key)
    if not isinstance(value, bool):
        raise BundleError(
            f"{key!r} of the stored step {state.name!r} is neither true nor false. Save the bundle again."
        )
    return value


def stored_array(state: State, key: str) -> AnyArray:
    """An array of numbers of the state; BundleError if it is not there, or holds something else."""
    if key not in state.arrays:
        raise BundleError(f"The stored step {state.name!r} has no array {key!r}. The bundle is damaged; save it again.")
    array = state.arrays[key]
    if array.dtype.kind not in "biuf":
        raise BundleError(f"{key!r} of the stored step {state.name!r} does not hold numbers. Save the bundle again.")
    return array


def stored_index(state: State, key: str, *, below: int | None = None, least: int = 0) -> Index:
    """Positions of the state, whole numbers of any shape; BundleError unless least <= all < below.

    below: the length of what they point into; None where only the rows tell it (predictor.plan names the step then).
    A position below 0 must not pass: numpy counts it from the end and answers with another column's cells.
    """
    array = stored_array(state, key)
    if not array.size:
        return array.astype(np.int64)
    if array.dtype.kind != "i" or array.min() < least or (below is not None and array.max() >= below):
        limit = "" if below is None else f" and below {below}"
        raise BundleError(
            f"{key!r} of the stored step {state.name!r} does not hold whole numbers of at least {least}{limit}. "
            "The bundle is damaged; save it again."
        )
    return array


@dataclass(frozen=True, slots=True)
class Within:
    """Limits of a field of positions, see stored_index. below: of the fields of the step that have none, by name."""

    below: Callable[[Mapping[str, Any]], int] | None = None
    least: int = 0

    def read(self, state: State, key: str, step: Mapping[str, Any]) -> Index:
        """The field, checked; step: the fields without limits."""
        below = None if self.below is None else self.below(step)
        return stored_index(state, key, below=below, least=self.least)


class StoredPart(Protocol):
    """Base of a dataclass of arrays that is a field of a step, and stored beside the others."""

    __slots__ = ()

    def arrays(self) -> dict[str, AnyArray]:
        """What restore() reads."""
        return {name: getattr(self, name) for name in _kinds(type(self))}

    @classmethod
    def restore(cls, state: State, *, prefix: str = "") -> Self:
        """prefix: of the names that the arrays were stored under."""
        return cls(**{name: _read(state, prefix + name, kind) for name, kind in _kinds(cls).items()})


class StoredFields(ABC):
    """Base of a fitted step whose fields are its state: arrays stay arrays; names, numbers and marks become JSON.

    stored_as: the registered name of the step. Arrays with limits are Annotated[Index, Within(...)]. A field that has
    `arrays` and `restore` itself, as slots.Slots has, is stored beside the others in its own way.
    """

    __slots__ = ()
    stored_as: ClassVar[str]

    @abstractmethod
    def transform(self, table: Table) -> Table: ...
    @abstractmethod
    def effort(self) -> Effort: ...

    def state(self) -> State:
        meta: JsonObject = {}
        arrays: dict[str, AnyArray] = {}
        for name in _kinds(type(self)):
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                arrays[name] = value
            elif hasattr(value, "arrays"):
                if arrays.keys() & (own := value.arrays()).keys():
                    raise TypeError(f"{type(self).__name__}.{name} has arrays of the names of another field's.")
                arrays.update(own)
            else:
                meta[name] = list(value) if isinstance(value, tuple) else value
        return State(self.stored_as, meta, arrays)

    @classmethod
    def restore(cls, state: State) -> Self:
        """The step of a state; BundleError if something is not there, is not what it should be, or beyond its limit."""
        kinds = _kinds(cls)
        limits = {name: kind.__metadata__ for name, kind in kinds.items() if get_origin(kind) is Annotated}
        free = {name: _read(state, name, kind) for name, kind in kinds.items() if name not in limits}
        limited = {name: [limit.read(state, name, free) for limit in limits[name]][-1] for name in limits}
        return cls(**free, **limited)


class StoredStep(ABC):
    """Base of a step that is restored as its fitted form says. fitted: that form."""

    fitted: ClassVar[type[StoredFields]]

    @classmethod
    def restore(cls, state: State) -> StoredFields:
        return cls.fitted.restore(state)


@cache  # what a class says of its fields never changes, and working it out takes longer than reading them
def _kinds(cls: type) -> Mapping[str, Any]:
    """The fields of a dataclass with their types."""
    hints = get_type_hints(cls, include_extras=True)
    return {field.name: hints[field.name] for field in fields(cls)}


def _read(state: State, name: str, kind: Any) -> Any:
    """A field of a state, by its type."""
    if kind == Index:
        return stored_index(state, name)
    if kind in ARRAY_TYPES:
        return stored_array(state, name)
    if kind == tuple[str, ...]:
        return stored_names(state, name)
    plain: dict[Any, Callable[[State, str], Any]] = {
        bool: stored_mark,
        int: stored_whole,
        float: lambda *of: float(stored_number(*of)),
    }
    if kind in plain:
        return plain[kind](state, name)
    if not hasattr(kind, "restore"):
        raise TypeError(f"The field {name!r} of {state.name!r} is a {kind}, which has no stored form.")
    return kind.restore(state)
