"""Who is scored when: the rows of each fold, and the laws they obey."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.core.array import Bools, Index
from assay.core.errors import SplitError

SplitKind = Literal["stratified", "random", "grouped", "time", "holdout"]
NEVER = 255
"""The fold number of a row that is trained on and never scored."""


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Row positions of one fold: learned from, and scored."""

    number: int
    train: Index
    test: Index

    def __post_init__(self) -> None:
        shared = np.intersect1d(self.train, self.test)
        if shared.size:
            raise SplitError(
                f"{shared.size} rows are in both train and test, first row {shared[0]}. Check the group column."
            )


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Fold numbers of every row, one column per partition (repeat).

    numbers: (n_rows, n_partitions) uint8; NEVER marks rows that are only trained on (holdout, the first block of
    time). `kind` "time": fold f learns from rows with a smaller number or NEVER; others: from all other rows.
    `reason` is the choice explained in one sentence.
    """

    kind: SplitKind
    n_folds: int
    numbers: NDArray[np.uint8]
    reason: str

    @property
    def n_partitions(self) -> int:
        return int(self.numbers.shape[1])

    def fold(self, number: int, partition: int = 0) -> Fold:
        """Rows of one fold of one partition."""
        column = self.numbers[:, partition]
        test = np.flatnonzero(column == number)
        before = (column < number) | (column == NEVER) if self.kind == "time" else column != number
        return Fold(number, np.flatnonzero(before), test)

    def scored(self, partition: int = 0) -> Bools:
        """(n_rows,) which rows get an out-of-fold prediction."""
        return np.asarray(self.numbers[:, partition] != NEVER)
