"""The columns that carry the prediction, in one line."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from assay.core.array import AnyArray, Index
from assay.search.scorer import Scorer

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class ColumnEffect:
    """Loss of the metric when a column is shuffled, with a 95 % interval; positive: the model uses it."""

    name: str
    loss: float
    low: float
    high: float


def column_effects(
    scorer: Scorer, predictions: AnyArray, rows: Index, columns: Sequence[str]
) -> tuple[ColumnEffect, ...]:
    """Permutation importance of every column reached, largest first.

    () where the sampled rows hold one class only, as they may with five positives in 100,000: nothing can be lost.
    """
    looked_at = scorer.rows.take(rows)
    if looked_at.is_class and len(np.unique(looked_at.y)) < 2:
        return ()
    effects = []
    for name, shuffled in zip(columns, predictions[1:], strict=True):
        loss, low, high = scorer.column_loss(predictions[0], shuffled, rows)
        effects.append(ColumnEffect(name, loss, low, high))
    return tuple(sorted(effects, key=lambda effect: -effect.loss))


def learned_line(effects: Sequence[ColumnEffect], *, moments: Collection[str] = ()) -> str:
    """The columns whose loss excludes zero, and one that makes no visible difference; "" when nothing was measured.

    moments: what only tells when a row was. Within a block of time such a column hardly moves, and what it seems to
    carry is the drift: it is never named, neither as carrying nor as idle.
    """
    effects = [effect for effect in effects if effect.name not in moments]
    if not effects:
        return ""
    carried = [e.name for e in effects if _is_certain(e, len(effects))][:MOST_NAMED]
    idle = [e.name for e in effects if e.low <= 0 <= e.high]
    if not carried:
        return "no single column is certain to matter on these rows"
    line = f"{', '.join(carried)} {'matters' if len(carried) == 1 else 'matter'} most"
    return f"{line}; {idle[-1]} makes no visible difference" if idle else line


def _is_certain(effect: ColumnEffect, n_columns: int) -> bool:
    """Whether a loss is above zero at 5 % for all columns together (Bonferroni), as one is named out of many."""
    sigma = (effect.high - effect.low) / (2 * NormalDist().inv_cdf(0.975))
    return effect.loss > NormalDist().inv_cdf(1 - 0.05 / n_columns) * sigma
