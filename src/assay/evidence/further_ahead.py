"""Whether models answer worse the further ahead rows are: then a promise of the next stretch is none of what comes.

The fit of early rows answers every later block. What the distance costs is the smaller of two: how much worse a fit
scores far ahead than in the block that follows it, which alone may be a block that is hard for all; and how much worse
than a fit of newer rows on the same block, which alone may be the lack of those rows.
"""

import math

import numpy as np

from assay.core.array import Floats
from assay.core.contract import Metric
from assay.core.figure import Figure
from assay.core.time_stretches import FEWEST
from assay.evidence.next_period import UnboundedScale

FurtherScores = tuple[tuple[float, ...], ...]
"""Of the fit before each block, in order of time: its score in that block and in each that comes later."""


def gets_worse(metric: Metric, promised: Figure, further: FurtherScores) -> bool:
    """Whether a score further ahead leaves the promised interval of the next stretch at its worse end.

    Distances that two fits or more tell of are looked at; False where blocks are too few, or the interval unknown.
    """
    if len(further) < FEWEST or promised.low is None or promised.high is None:
        return False
    scores = _table(further)
    ends = np.array([promised.value, promised.low if metric.higher_is_better else promised.high])
    scale = UnboundedScale(metric.bounds)
    if not scale.holds(np.append(scores[np.isfinite(scores)], ends)):
        scale = UnboundedScale((-math.inf, math.inf))
    sign = -1.0 if metric.higher_is_better else 1.0
    value, worst = sign * scale.to(ends)
    return bool(np.max(_lost(sign * scale.to(scores))) > worst - value)


def by_distance(further: FurtherScores) -> tuple[float, ...]:
    """The mean score in the next stretch, and in each further one that two fits or more tell of."""
    return tuple(np.nanmean(_table(further), axis=0)[:-1].tolist())


def _table(further: FurtherScores) -> Floats:
    """(k, k) score of each fit at each distance, NaN beyond the last block."""
    out = np.full((len(further), len(further)), np.nan)
    for place, scores in enumerate(further):
        out[place, : len(scores)] = scores
    return out


def _lost(places: Floats) -> Floats:
    """(k - 2,) what each distance costs: places (k, k) of scores, less is better."""
    k = len(places)
    later = [places[: k - far, far] for far in range(1, k - 1)]
    own = [one - places[: k - far, 0] for far, one in enumerate(later, start=1)]
    newer = [one - places[far:, 0] for far, one in enumerate(later, start=1)]
    return np.minimum([one.mean() for one in own], [one.mean() for one in newer])
