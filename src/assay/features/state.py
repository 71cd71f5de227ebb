"""Reading a stored state with care: what is missing or of another form is named."""

from assay.core.array import AnyArray, Json
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
