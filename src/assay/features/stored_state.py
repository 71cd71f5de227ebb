"""Validated reading of a stored state: errors name what is missing or malformed."""

import numpy as np

from assay.core.array import AnyArray, Index, Json
from assay.core.contract import State
from assay.core.errors import BundleError


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
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BundleError(f"{key!r} of the stored step {state.name!r} is not a number. Save the bundle again.")
    return value


def stored_array(state: State, key: str) -> AnyArray:
    """An array of the state; BundleError if it is not there."""
    if key not in state.arrays:
        raise BundleError(f"The stored step {state.name!r} has no array {key!r}. The bundle is damaged; save it again.")
    return state.arrays[key]


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
