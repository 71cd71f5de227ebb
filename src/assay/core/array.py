"""Type names of the arrays passed between rooms, and read-only views."""

from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Singles: TypeAlias = NDArray[np.float32]
Codes: TypeAlias = NDArray[np.int32]
Index: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Objects: TypeAlias = NDArray[np.object_]
AnyArray: TypeAlias = NDArray[Any]
ARRAY_TYPES = frozenset({Floats, Singles, Codes, Index, Bools, Objects, AnyArray})
"""The types above, by which a field is known to be an array: how NumPy spells NDArray differs between its versions."""

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
JsonObject: TypeAlias = dict[str, Json]

ArrayT = TypeVar("ArrayT", bound=AnyArray)


def read_only(array: ArrayT) -> ArrayT:
    """A read-only view of the array; the data are shared, not copied."""
    view = array.view()
    view.flags.writeable = False
    return view
