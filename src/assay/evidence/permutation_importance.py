"""Permutation importance with an interval over units."""

from collections.abc import Sequence

import numpy as np

from assay.core.array import AnyArray
from assay.core.contract import Metric
from assay.evidence.estimate import estimate
from assay.evidence.evaluation_rows import Rows
from assay.evidence.group_jackknife import group_jackknife
from assay.evidence.metric_sample import Sample


def permutation_importance(
    metric: Metric, rows: Rows, base: AnyArray, shuffled: Sequence[AnyArray]
) -> tuple[float, float, float]:
    """(loss, low, high): how much worse the metric gets, mean over shuffles, with a 95 % t interval over units.

    base: stored predictions; shuffled: the same models' predictions after a column was permuted, once or more often.
    Positive is a loss. It is about these models, not about causes; redundant columns share their importance. A column
    without use has an expected loss of 0 or slightly above: cut at `low`, not at 0.
    """
    from scipy.special import stdtrit

    sample = Sample.of(metric, rows, [base, *shuffled])
    orientation = 1.0 if metric.higher_is_better else -1.0
    signs = orientation * np.array([1.0, *(-1.0 / len(shuffled) for _ in shuffled)])
    found = estimate(sample, signs)
    sigma, df = found.sigma, found.df
    if sample.rows.is_uneven and sigma > 0:
        sigma, df = group_jackknife(found, sample.rows)
    reach = float(stdtrit(df, 0.975)) * sigma
    return found.value, found.value - reach, found.value + reach
