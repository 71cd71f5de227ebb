"""The covariance between the scores of a part of the rows and of the rest, where groups lie in both."""

import numpy as np

from assay.core.array import AnyArray, Bools, Floats
from assay.core.contract import Metric
from assay.evidence.estimate import BLOCKS, random_blocks, unit_sums
from assay.evidence.evaluation_rows import Rows
from assay.evidence.metric_sample import Sample


def part_covariance(metric: Metric, rows: Rows, prediction: AnyArray, part: Bools) -> float:
    """The covariance of the score of a part and that of all other rows; 0 where no group has rows of both.

    What each group adds to either, by influence values, a group's pull divided by the share of rows that it leaves, as
    in `group_jackknife`; for metrics without these by leaving out blocks of groups. part: (n,); raises DataError as
    `figure`.
    """
    units = rows.units()
    if rows.groups is None or not np.intersect1d(units[part], units[~part]).size:
        return 0.0
    pulls = [_pulls(Sample.of(metric, rows.take(one), [prediction[one]]), units[one]) for one in (part, ~part)]
    if pulls[0] is None or pulls[1] is None:
        return _by_blocks(metric, rows, prediction, part)
    n = max(len(one) for one in pulls if one is not None)
    first, second = (np.pad(one, (0, n - len(one))) for one in pulls if one is not None)
    return float(first @ second)


def _pulls(sample: Sample, units: AnyArray) -> Floats | None:
    """How each unit, by its number among all rows, moves the score of these; None without influence values."""
    influence = sample.influences()
    if influence is None:
        return None
    mass = unit_sums(units, sample.rows.mass()) / len(units)
    return unit_sums(units, influence[0]) / len(units) / np.maximum(1.0 - mass, 1e-9)


def _by_blocks(metric: Metric, rows: Rows, prediction: AnyArray, part: Bools) -> float:
    blocks = random_blocks(rows, BLOCKS)
    moved = np.array([
        [_level(metric, rows, prediction, one & (blocks != block)) for one in (part, ~part)]
        for block in range(int(blocks.max()) + 1)
    ])  # fmt: skip
    moved = moved[np.isfinite(moved).all(axis=1)]  # a block that held all rows of a class says nothing
    if len(moved) < 2:
        return 0.0
    return float((len(moved) - 1) * np.cov(moved.T, ddof=0)[0, 1])


def _level(metric: Metric, rows: Rows, prediction: AnyArray, held: Bools) -> float:
    return float(Sample.of(metric, rows.take(held), [prediction[held]]).levels()[0]) if held.any() else float("nan")
