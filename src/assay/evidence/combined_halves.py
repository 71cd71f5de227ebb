"""The combined figure of two searches, each on half of the rows and certified on the other half."""

import math
from collections.abc import Sequence
from dataclasses import replace

from assay.core.figure import Z95, Difference, Figure


def paid_level(halves: Sequence[Figure]) -> float:
    """Two-sided level of a statement on both: that of the half with the stricter level."""
    return max(min(round(1.0 - half.level, 15) for half in halves), 0.0)


def combined_figure(halves: Sequence[Figure], *, bounds: tuple[float, float], level: float) -> Figure:
    """The mean of two figures with its interval; a statement on the procedure at half of the rows.

    level: two-sided, of the interval; 0.05 gives one at 95 %. Standard error (s1 + s2) / 2,
    right however the halves depend on each other, or |x1 - x2| / 2 where that is larger. No interval where a half has
    none.
    """
    one, other = halves
    value = (one.value + other.value) / 2.0
    whole = replace(
        one, value=value, origin="twin", rows=one.rows + other.rows, certified=True, level=1.0 - level, low=None,
        high=None, method="twin labs: the mean of two searches on half of the rows each, certified on the other half",
    )  # fmt: skip
    errors = [error_of(half) for half in halves]
    known = [error for error in errors if error is not None]
    if len(known) < len(errors):
        return whole
    error = max(sum(known) / 2.0, abs(one.value - other.value) / 2.0)
    reach = normal_reach(level) * error
    low, high = value - reach, value + reach
    return replace(whole, low=max(low, bounds[0]), high=min(high, bounds[1]))


def error_of(figure: Figure) -> float | None:
    """The standard error that an interval of that level means; None without an interval.

    By its longer side, as the other may have been cut at a bound of the metric.
    """
    reach = normal_reach(1.0 - figure.level)
    if figure.low is None or figure.high is None or math.isinf(reach):
        return None
    below, above = figure.value - figure.low, figure.high - figure.value
    return max(below, above) / reach


def normal_reach(level: float) -> float:
    """The normal quantile of a two-sided level, in standard errors; inf at level 0."""
    from scipy.special import ndtri

    return -float(ndtri(level / 2.0))


def combined_gain(halves: Sequence[Difference | None]) -> Difference | None:
    """The mean gain over the baseline; its e-value the mean of both, an e-value under any dependence (Vovk and Wang,
    2021). None where a half has none.
    """
    found = [half for half in halves if half is not None]
    if len(found) < 2:
        return None
    one, other = found
    value, sigma = (one.value + other.value) / 2.0, (one.sigma + other.sigma) / 2.0
    sigma = max(sigma, abs(one.value - other.value) / 2.0)
    e = None if one.e is None or other.e is None else (one.e + other.e) / 2.0
    return Difference(
        value=value, origin="twin", sigma=sigma, df=min(one.df, other.df), n_units=one.n_units + other.n_units,
        low=value - Z95 * sigma, high=value + Z95 * sigma, p=None, e=e, method="twin labs: mean of both",
    )  # fmt: skip


def is_found(gain: Difference | None, *, level: float) -> bool:
    """Whether the procedure may be claimed to beat the baseline: e at least 1/level, by Markov's inequality."""
    return gain is not None and gain.e is not None and math.isfinite(gain.value) and gain.e * level >= 1.0
