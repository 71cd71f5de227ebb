"""What shuffling each column costs, by the predictions that were made with it shuffled."""

from collections.abc import Sequence

import numpy as np

from assay.core.array import AnyArray, Index
from assay.core.usage import ColumnLoss
from assay.search.scorer import Scorer


def column_effects(
    scorer: Scorer, predictions: AnyArray, rows: Index, columns: Sequence[str]
) -> tuple[ColumnLoss, ...]:
    """Permutation importance of every column reached, largest first.

    () where the sampled rows hold one class only, as they may with five positives in 100,000: nothing can be lost.
    """
    looked_at = scorer.rows.take(rows)
    if looked_at.is_class and len(np.unique(looked_at.y)) < 2:
        return ()
    effects = []
    for name, shuffled in zip(columns, predictions[1:], strict=True):
        loss, low, high = scorer.column_loss(predictions[0], shuffled, rows)
        effects.append(ColumnLoss(name=name, loss=loss, low=low, high=high))
    return tuple(sorted(effects, key=lambda effect: -effect.loss))
