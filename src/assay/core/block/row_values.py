"""Blocks of one value for each row, which go wherever the rows go and are never columns."""

from abc import ABC
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from assay.core.array import Index
from assay.core.block import Block

Value = TypeVar("Value", bound="np.generic[Any]")


@dataclass(frozen=True, slots=True, eq=False)
class RowValues(Block, ABC, Generic[Value]):
    """values: (n,)."""

    values: NDArray[Value]
    names: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        return len(self.values)

    def take(self, rows: Index) -> Self:
        return type(self)(self.values[rows])
