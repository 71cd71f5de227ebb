"""Fold numbers of rows: which are trained on and scored when."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.core.array import Bools, Index
from assay.core.errors import SplitError

SplitKind = Literal["stratified", "random", "grouped", "time", "holdout", "given"]
NEVER = 255
"""The fold number of rows that are trained on and never scored."""
LATER = 254
"""The fold number of rows used by the final fit only: search neither trains on them nor scores them."""


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """Row positions of one fold: training and test rows."""

    number: int
    train: Index
    test: Index

    def __post_init__(self) -> None:
        shared = self.test[np.isin(self.test, self.train)]
        if shared.size:
            raise SplitError(
                f"{shared.size} rows are in both train and test, first row {shared.min()}. Check the group column."
            )


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Fold numbers of every row, one column per partition (repeat).

    numbers: (n_rows, n_partitions) uint8; NEVER marks rows that are only trained on (holdout, the first block of
    time), LATER rows of a large table that only the final fit sees. `kind` "time": fold f learns from rows with a
    smaller number or NEVER; others: from all other rows.
    `reason` is the choice explained in one sentence.
    """

    kind: SplitKind
    n_folds: int
    numbers: NDArray[np.uint8]
    reason: str

    @property
    def n_partitions(self) -> int:
        return int(self.numbers.shape[1])

    @property
    def n_repeats(self) -> int:
        """Partitions that score the same rows, so that their predictions may be averaged; 1 for holdout and time."""
        return self.n_partitions if self.kind not in ("time", "holdout") else 1

    def fold(self, number: int, partition: int = 0) -> Fold:
        """Rows of one fold of one partition."""
        column = self.numbers[:, partition]
        other = (column < number) | (column == NEVER) if self.kind == "time" else column != number
        return Fold(number, np.flatnonzero(other & (column != LATER)), self.held(number, partition))

    def held(self, number: int, partition: int = 0) -> Index:
        """Test rows of a fold."""
        return np.flatnonzero(self.numbers[:, partition] == number)

    def scored(self, partition: int = 0) -> Bools:
        """(n_rows,) which rows get an out-of-fold prediction."""
        return np.asarray(self.numbers[:, partition] < LATER)

    def subsample_training(self, n_train: int, rng: np.random.Generator) -> "Split":
        """The same holdout with a random subsample of n_train training rows; the others are for the final fit only."""
        numbers = self.numbers.copy()
        for column in numbers.T:
            trained = np.flatnonzero(column == NEVER)
            if len(trained) > n_train:
                column[rng.permutation(trained)[n_train:]] = LATER
        why = f"{self.reason}; the search trains on {n_train:,} rows, the final fit on all"
        return Split(self.kind, self.n_folds, numbers, why)
