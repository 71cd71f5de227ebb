"""Scores with confidence intervals over rows; core/figure.py has their form in print."""

import math

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Metric
from assay.core.figure import Z95, Figure, decimals_for
from assay.evidence.estimate import Estimate, estimate
from assay.evidence.evaluation_rows import Rows
from assay.evidence.group_jackknife import group_jackknife
from assay.evidence.metric_sample import Sample
from assay.evidence.paired import FEW_UNITS
from assay.evidence.resample import bca, bootstrap, is_affordable, kish

SMALL_UNITS, SMALL_CLASS = 500, 100
FEW_OF_CLASS = 10
"""Units of the rarer of two classes below which there is no interval: BCa for an AUC of 0.92 among 300 rows held the
truth in 65 % of samples with 3 positives, 72 % with 5, 85 % with 10, 87 % with 20 (60 samples each); else too high.
"""
Interval = tuple[float | None, float | None, str]
"""low, high, and how they were found"""


def figure(metric: Metric, rows: Rows, prediction: AnyArray, *, title: str = "", level: float = 0.95) -> Figure:
    """The score of stored predictions over the rows that have one, with an interval over rows; their origin is its own.

    t interval on the metric's own scale (logit, log, Fisher z, identity, by its bounds); Wilson for a share of rows;
    BCa bootstrap below 500 units or 100 of the rarest class; none below 30 units, or 10 of the rarer of two classes. Of
    rows in groups, or weighted, t with the degrees that these are worth (`group_jackknife`), however many. The interval
    is conditional on these fitted models, without the variance of training samples. Raises DataError where the metric
    is undefined.
    """
    sample = Sample.of(metric, rows, [prediction])
    found = estimate(sample, np.ones(1))
    low, high, method = _interval(sample, found, level)
    is_told = low is not None or not found.sigma > 0
    digits = None if is_told else decimals_for(found.sigma)  # no interval tells how many are earned
    return Figure(
        value=found.value, metric=metric.name, origin=rows.origin, rows=found.n_rows, low=low, high=high,
        method=method, title=title or metric.title, certified=rows.origin in ("vault", "test"), level=level,
        digits=digits,
    )  # fmt: skip


def error_of(known: Figure) -> float | None:
    """The standard error that an interval of that level means; None without an interval.

    By its longer side, as the other may have been cut at a bound of the metric.
    """
    from scipy.special import ndtri

    if known.low is None or known.high is None:
        return None
    reach = -float(ndtri((1.0 - known.level) / 2.0))
    return max(known.value - known.low, known.high - known.value) / reach


def quick_figure(metric: Metric, rows: Rows, prediction: AnyArray) -> Figure:
    """`figure` without resampling: a t interval at any size. For leaderboards and displays, not for the figure to
    quote."""
    return figure_of(metric, rows, estimate(Sample.of(metric, rows, [prediction]), np.ones(1)))


def figure_of(metric: Metric, rows: Rows, found: Estimate) -> Figure:
    """`quick_figure` of a score that was estimated on these rows."""
    known = found.sigma > 0 and found.n_units >= FEW_UNITS
    low, high = t_interval(found, metric.bounds) if known else (None, None)
    return Figure(
        value=found.value, metric=metric.name, origin=rows.origin, rows=found.n_rows, low=low, high=high,
        method="t interval over rows" if known else "", title=metric.title,
    )  # fmt: skip


def level(metric: Metric, rows: Rows, prediction: AnyArray) -> float:
    """The figure's value alone, a metric call for each fold at most; NaN where undefined."""
    return float(Sample.of(metric, rows, [prediction]).levels()[0])


def levels(metric: Metric, rows: Rows, prediction: AnyArray) -> tuple[float, dict[int, float]]:
    """(the level, that of each fold by its number), every fold scored once; NaN where the metric is undefined."""
    sample = Sample.of(metric, rows, [prediction])
    numbers = () if sample.rows.folds is None else np.unique(sample.rows.folds)
    by_fold = sample.fold_levels()[:, 0] if len(numbers) else ()
    return float(sample.levels()[0]), {int(n): float(v) for n, v in zip(numbers, by_fold, strict=True)}


def _interval(sample: Sample, found: Estimate, level: float) -> Interval:
    if found.n_units < FEW_UNITS:
        few = "rows" if sample.rows.groups is None else f"{sample.rows.unit} ({found.n_units})"
        return None, None, f"too few {few} for an interval"
    from scipy.special import ndtri

    bounds, z = sample.metric.bounds, float(ndtri((1.0 + level) / 2.0))
    if not found.sigma > 0:
        if bounds == (0.0, 1.0) and found.value in bounds:  # no error seen among so many: that bounds their share
            return (*wilson(found.value, sample.rows.n_rarest(), z=z), "Wilson, units of the rarest class")
        return None, None, "no row differs from another"
    if _is_share(sample, found):
        n_equal = found.n_rows if sample.rows.weight is None else kish(sample.rows.weight)
        return (*wilson(found.value, n_equal, z=z), "Wilson")
    n_rarest = sample.rows.n_rarest()
    if sample.rows.problem.form == "probability" and n_rarest < FEW_OF_CLASS:
        return None, None, f"too few rows of a class ({n_rarest}) for an interval"
    if sample.rows.is_uneven:
        return _by_group(sample, found, level)
    small = found.n_units < SMALL_UNITS or n_rarest < SMALL_CLASS
    if small and is_affordable(sample):
        return (*bca(found, bootstrap(sample, np.ones(1)), level=level), "BCa bootstrap")
    return (*t_interval(found, bounds, level=level), "t interval over rows")


def _by_group(sample: Sample, found: Estimate, level: float) -> Interval:
    sigma, df = group_jackknife(found, sample.rows)
    unit = "rows" if sample.rows.groups is None else sample.rows.unit
    if not math.isfinite(sigma):
        return None, None, f"one of the {unit} holds all weight: no interval"
    low, high = t_interval(found, sample.metric.bounds, level=level, sure=(sigma, df))
    return low, high, f"t over {found.n_units:,} {unit}, {df:.0f} degrees of freedom"


def _is_share(sample: Sample, found: Estimate) -> bool:
    """Whether the score is the share of rows that are right: each row adds 1 or nothing, and rows are the units."""
    if sample.rows.groups is not None or found.n_units != found.n_rows or not 0.0 <= found.value <= 1.0:
        return False
    added = found.contributions / np.maximum(found.mass, 1e-300)
    return bool(np.all(np.isclose(added, 0.0, atol=1e-9) | np.isclose(added, 1.0, atol=1e-9)))


def wilson(share: float, n: float, *, z: float = Z95) -> tuple[float, float]:
    """Wilson's interval of a share among n rows (1927)."""
    centre = (share + z**2 / (2.0 * n)) / (1.0 + z**2 / n)
    reach = z / (1.0 + z**2 / n) * math.sqrt(share * (1.0 - share) / n + z**2 / (4.0 * n**2))
    return 0.0 if share == 0.0 else centre - reach, 1.0 if share == 1.0 else centre + reach


def t_interval(
    found: Estimate, bounds: tuple[float, float], *, level: float = 0.95, sure: tuple[float, float] | None = None
) -> tuple[float, float]:
    """value ± t(G-1) · sigma on a scale without bounds, and back. sure: another sigma and its degrees of freedom.

    Two finite bounds: the logit of the place between them (for [-1, 1] that is twice Fisher's z); [0, inf): the
    logarithm; else, and on a bound itself, the value's own scale, cut at the bounds.
    """
    from scipy.special import stdtrit

    low, high = bounds
    sigma, df = (found.sigma, found.df) if sure is None else sure
    value, reach = found.value, float(stdtrit(df, (1.0 + level) / 2.0)) * sigma
    sides = np.array([-1.0, 1.0])
    if math.isfinite(low) and math.isfinite(high) and low < value < high:
        place = (value - low) / (high - low)
        ends = math.log(place / (1.0 - place)) + sides * reach / ((high - low) * place * (1.0 - place))
        return _pair(low + (high - low) / (1.0 + np.exp(-ends)))
    if low == 0.0 and math.isinf(high) and value > 0.0:
        return _pair(value * np.exp(sides * reach / value))
    return _pair(np.clip(value + sides * reach, low, high))


def _pair(ends: Floats) -> tuple[float, float]:
    return float(ends[0]), float(ends[1])
