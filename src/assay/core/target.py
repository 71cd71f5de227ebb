"""The target as arrays, in the form that models and encoders read."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.core.problem import Problem
from assay.core.problem.binary import Binary
from assay.core.problem.multiclass import Multiclass
from assay.core.problem.regression import Regression
from assay.core.row_ties import RowTies


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Values to learn from.

    values: (n,) int32 class codes in [0, n_classes) when n_classes > 0, else float64 on the scale trained.
    weight: (n,) positive, or None for equal weights.
    ties: what ties rows to each other (core/inner_folds.py); None: each row stands alone.
    """

    values: AnyArray
    n_classes: int = 0
    weight: Floats | None = None
    ties: RowTies | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def is_class(self) -> bool:
        return self.n_classes > 0

    @property
    def class_rows(self) -> tuple[int, ...]:
        """Rows of each class; () of a regression."""
        counts = np.bincount(self.values, minlength=self.n_classes) if self.is_class else ()
        return tuple(int(count) for count in counts)

    @property
    def problem(self) -> Problem:
        """What it asks, as far as its values tell: the problem of its task says more."""
        return Regression() if not self.is_class else Binary() if self.n_classes == 2 else Multiclass()

    def take(self, rows: Index) -> "Target":
        weight, ties = self.weight, self.ties
        return Target(
            self.values[rows], self.n_classes, None if weight is None else weight[rows],
            None if ties is None else ties.take(rows),
        )  # fmt: skip

    def one_hot(self) -> Floats:
        """(n, n_classes) indicator of the class; regression: (n, 1) values."""
        if not self.is_class:
            return np.asarray(self.values, dtype=np.float64)[:, None]
        out = np.zeros((len(self.values), self.n_classes))
        out[np.arange(len(self.values)), self.values] = 1.0
        return out
