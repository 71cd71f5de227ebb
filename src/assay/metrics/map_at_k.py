"""Mean average precision at k: how far up among the k likeliest classes the true one stands."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Loss, Need
from assay.core.errors import UsageError
from assay.core.problem import Form
from assay.metrics import register
from assay.metrics.row_mean import RowMean

MOST = 20
"""Largest k: nobody reads a longer list of answers."""


@register("map@3")
@dataclass(frozen=True)
class MeanAveragePrecisionAtK(RowMean):
    """Mean over rows of 1 / place of the true class among the k likeliest, 0 below them; k from 1 to 20, as in map@5.

    That is the mean average precision at k of one right answer a row. Classes of equal probability take their places in
    every order, averaged; a class of probability 0 is not answered and scores 0.
    """

    k: int = 3
    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[Need] = "probability"
    forms: ClassVar[frozenset[Form]] = frozenset({"probabilities"})
    loss: ClassVar[Loss] = "log_loss"
    by_fold: ClassVar[bool] = False
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __post_init__(self) -> None:
        if not 1 <= self.k <= MOST:
            raise UsageError(f"map@{self.k}: the number of places is from 1 to {MOST}. Write e.g. map@3.")

    @property
    def name(self) -> str:
        """Its name with the number of places, e.g. "map@3"."""
        return f"map@{self.k}"

    @property
    def title(self) -> str:
        """For people, e.g. "MAP@3"."""
        return f"MAP@{self.k}"

    def rows(self, y: AnyArray, prediction: AnyArray) -> Floats:
        true = prediction[np.arange(len(y)), y][:, None]
        above, tied = (prediction > true).sum(axis=1), (prediction == true).sum(axis=1)
        sums = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, self.k + 1))])  # of 1 / place over the first places
        first, last = np.minimum(above, self.k), np.minimum(above + tied, self.k)
        return np.where(true[:, 0] > 0, (sums[last] - sums[first]) / np.maximum(tied, 1), 0.0)
