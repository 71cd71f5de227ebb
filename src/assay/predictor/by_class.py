"""What a classifier gets right and wrong, class by class."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import Index
from assay.core.schema import Label
from assay.evidence.interval import wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """A class by the labels given. rows: that are of it; predicted: that were said to be; recall: share found of the
    first, precision: share right of the second, each with Wilson's 95 % interval; None where there are none.
    """

    label: str
    rows: int
    predicted: int
    right: int

    @property
    def recall(self) -> float | None:
        return self.right / self.rows if self.rows else None

    @property
    def precision(self) -> float | None:
        return self.right / self.predicted if self.predicted else None

    @property
    def recall_interval(self) -> tuple[float, float] | None:
        return wilson(self.right / self.rows, self.rows) if self.rows else None

    @property
    def precision_interval(self) -> tuple[float, float] | None:
        return wilson(self.right / self.predicted, self.predicted) if self.predicted else None


def confusion(true: Index, said: Index, n_classes: int) -> tuple[tuple[int, ...], ...]:
    """Rows by true class, then by predicted class."""
    flat = np.bincount(np.asarray(true, dtype=np.int64) * n_classes + said, minlength=n_classes**2)
    return tuple(tuple(int(count) for count in row) for row in flat.reshape(n_classes, n_classes))


def class_scores(true: Index, said: Index, classes: Sequence[Label]) -> tuple[ClassScore, ...]:
    """One for each class, in the order of their codes."""
    return tuple(
        ClassScore(
            label=str(label), rows=int((true == code).sum()), predicted=int((said == code).sum()),
            right=int(((true == code) & (said == code)).sum()),
        )
        for code, label in enumerate(classes)
    )  # fmt: skip
