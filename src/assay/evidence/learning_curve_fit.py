"""The expected gain from more rows: a learning curve with its interval, extrapolated to at most twice the rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Metric
from assay.core.errors import DataError, UsageError
from assay.core.seed import Seeds
from assay.evidence.evaluation_rows import Rows
from assay.evidence.metric_sample import Sample
from assay.evidence.resample import draw_counts

SHARES = (0.2, 0.35, 0.5, 0.7, 1.0)
"""Of the training rows: the sizes a curve is measured at."""
DRAWS_BELOW, DRAWS = 0.7, 3
"""Below that share a size is drawn three times, as who is in it matters most where it is small."""
BOOTSTRAPS = 200
POWERS = np.linspace(0.1, 1.5, 15)
FARTHEST = 2.0
CHUNK_CELLS = 8_000_000
ENDS_80, ENDS_95 = (0.1, 0.9), (0.025, 0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class GainFromRows:
    """What a number of rows would bring over those there are, positive is better: the middle, its 80 % interval (low,
    high) and its 95 % interval.
    """

    rows: int
    value: float
    low: float
    high: float
    low_95: float
    high_95: float

    @property
    def is_visible(self) -> bool:
        """Whether the 80 % interval leaves zero out."""
        return self.low > 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearningCurve:
    """sizes: (s,) training rows; levels: (s,) mean score at each; drawn: (B, s) the same in bootstraps; curves: (2B, 4)
    coefficients of bootstrapped fits a + b·m^-c + d·log m, one of b and d zero; bounds: of the metric; sign: 1 where
    higher is better.
    """

    sizes: Floats
    levels: Floats
    drawn: Floats
    curves: Floats
    bounds: tuple[float, float]
    sign: float

    def more(self, rows: int, *, now: int | None = None) -> GainFromRows:
        """What `rows` training rows would bring over `now` (the most that were measured).

        UsageError beyond twice the most that were measured.
        """
        most = int(self.sizes.max())
        here = most if now is None else now
        if rows > FARTHEST * most:
            raise UsageError(
                f"A curve of up to {most:,} rows says nothing of {rows:,}. Ask for at most {int(FARTHEST * most):,}."
            )
        gains = self.sign * (self._at(rows) - self._at(here))
        middle, low, high, low_95, high_95 = np.quantile(gains, (0.5, *ENDS_80, *ENDS_95)).tolist()
        return GainFromRows(rows=rows, value=middle, low=low, high=high, low_95=low_95, high_95=high_95)

    def gained(self, fewer: int, rows: int) -> GainFromRows:
        """What `rows` training rows brought over `fewer`, as it was measured at both."""
        places = [int(np.flatnonzero(self.sizes == size)[0]) for size in (fewer, rows)]
        gains = self.sign * (self.drawn[:, places[1]] - self.drawn[:, places[0]])
        low, high, low_95, high_95 = np.quantile(gains, (*ENDS_80, *ENDS_95)).tolist()
        value = self.sign * float(self.levels[places[1]] - self.levels[places[0]])
        return GainFromRows(rows=rows, value=value, low=low, high=high, low_95=low_95, high_95=high_95)

    def _at(self, rows: float) -> Floats:
        a, b, c, d = self.curves.T
        return np.asarray(np.clip(a + b * rows**-c + d * np.log(rows), *self.bounds))


def learning_curve(
    metric: Metric, rows: Rows, predictions: Mapping[int, Sequence[AnyArray]], *, seeds: Seeds | None = None
) -> LearningCurve:
    """The curve of one recipe. predictions: by number of training rows, one array for each draw of that many, all of
    the same rows (NaN where not scored).

    Both families, a + b·m^-c with c in [0.1, 1.5] and a + b·log m, are fitted to 200 bootstraps over units and draws,
    weighted by the inverse variance of each size; their quantiles are pooled, so that the interval holds the
    disagreement of the families. No curve falls with more rows. Raises DataError for fewer than three sizes.
    """
    sizes = sorted(predictions)
    if len(sizes) < 3:
        raise DataError(f"A learning curve needs three sizes or more; there are {len(sizes)}.")
    stored = [(size, prediction) for size in sizes for prediction in predictions[size]]
    sample = Sample.of(metric, rows, [prediction for _, prediction in stored])
    rng = (rows.seeds if seeds is None else seeds).child("curve").rng()
    levels = sample.levels()
    means = np.array([levels[[place for place, (own, _) in enumerate(stored) if own == size]].mean() for size in sizes])
    drawn = _bootstrapped(sample, [size for size, _ in stored], sizes, rng)
    drawn = drawn[np.isfinite(drawn).all(axis=1)]
    if len(drawn) < BOOTSTRAPS // 4:
        raise DataError("Too few rows for a learning curve: in most resamples a class is absent.")
    weight = 1.0 / np.maximum(drawn.var(axis=0, ddof=1), 1e-300)
    sign = 1.0 if metric.higher_is_better else -1.0
    m = np.array(sizes, dtype=np.float64)
    curves = np.concatenate([_power(m, drawn, weight, sign), _logarithm(m, drawn, weight, sign)])
    return LearningCurve(sizes=m, levels=means, drawn=drawn, curves=curves, bounds=metric.bounds, sign=sign)


def _bootstrapped(sample: Sample, own: Sequence[int], sizes: Sequence[int], rng: np.random.Generator) -> Floats:
    """(B, s) scores of each size when units are drawn with replacement, and one of its draws."""
    rows = sample.rows
    chunk = max(min(CHUNK_CELLS // max(len(rows), 1), BOOTSTRAPS), 1)
    found = []
    for start in range(0, BOOTSTRAPS, chunk):
        counts = draw_counts(rows, rows.y if rows.is_class else None, min(chunk, BOOTSTRAPS - start), rng)
        levels = sample.resampled(counts)
        columns = [np.flatnonzero(np.array(own) == size) for size in sizes]
        picked = [column[rng.integers(0, len(column), len(levels))] for column in columns]
        found.append(np.stack([levels[np.arange(len(levels)), pick] for pick in picked], axis=1))
    return np.concatenate(found)


def _power(m: Floats, drawn: Floats, weight: Floats, sign: float) -> Floats:
    """(B, 4) the best a + b·m^-c of each bootstrap, among 15 powers."""
    best, least = np.zeros((len(drawn), 4)), np.full(len(drawn), np.inf)
    for c in POWERS:
        a, b, loss = _line(m**-c, drawn, weight, slope=-sign)
        better = loss < least
        least[better] = loss[better]
        best[better] = np.stack([a, b, np.full(len(a), c), np.zeros(len(a))], axis=1)[better]
    return best


def _logarithm(m: Floats, drawn: Floats, weight: Floats, sign: float) -> Floats:
    a, d, _ = _line(np.log(m), drawn, weight, slope=sign)
    return np.stack([a, np.zeros(len(a)), np.ones(len(a)), d], axis=1)


def _line(x: Floats, y: Floats, weight: Floats, *, slope: float) -> tuple[Floats, Floats, Floats]:
    """Weighted least squares of each row of y on x: intercepts, slopes of the sign asked for or 0, losses."""
    total = weight.sum()
    x_mean, y_mean = (weight @ x) / total, y @ weight / total
    about = x - x_mean
    b = (y - y_mean[:, None]) @ (weight * about) / (weight @ about**2)
    b = np.where(b * slope > 0, b, 0.0)
    a = y_mean - b * x_mean
    rest = y - a[:, None] - b[:, None] * x
    return a, b, rest**2 @ weight
