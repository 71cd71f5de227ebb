"""Paired comparison of two sets of predictions on the same rows: difference, interval, p and e-value."""

import math
from dataclasses import replace

import numpy as np

from assay.core.array import AnyArray, Floats
from assay.core.contract import Metric
from assay.core.errors import DataError, Where
from assay.core.figure import Difference
from assay.evidence.estimate import Estimate, estimate
from assay.evidence.evaluation_rows import Rows
from assay.evidence.group_jackknife import group_jackknife
from assay.evidence.metric_sample import Sample
from assay.evidence.noise import Excess, Noise
from assay.evidence.resample import bca, bootstrap, is_affordable, kish, sign_flip_p

FEW_OF_CLASS = 50
"""Rows of the rarer class below which each class's variance has its own degrees of freedom. Of two equally good models
on 300 rows sign flips said p ≤ 0.05 in 29 % of samples with 3 positives, 13 % with 5, 11 % with 20 (300 each), and BCa
held the true difference in 72 %, 83 %, 96 %; by class 4 %, 3 %, 6 % (400 each)."""


def rare_class_sigma(found: Estimate, rows: Rows) -> tuple[float, float]:
    """(σ, degrees of freedom) of a difference of ranks, units of one class each: DeLong's two parts (1988), each
    variance with its class's n - 1, put together by Welch and Satterthwaite.

    A class of one row has no variance: (inf, 1).
    """
    variances, degrees = [], []
    of_unit = np.zeros(found.n_units, dtype=np.asarray(rows.y).dtype)
    of_unit[rows.units()] = rows.y
    for label in np.unique(rows.y):
        part = found.sums[of_unit == label]
        if len(part) < 2:
            return math.inf, 1.0
        variances.append(len(part) / (len(part) - 1) * float(((part - part.mean()) ** 2).sum()) / found.n_rows**2)
        degrees.append(len(part) - 1)
    total = sum(variances)
    shares = sum(variance**2 / df for variance, df in zip(variances, degrees, strict=True))
    return math.sqrt(total), total**2 / shares if shares > 0 else float(sum(degrees))


FEW_UNITS, SMALL_UNITS, SMALL_CLASS = 30, 200, 50
FEW_MOVED = 25
"""Units that differ at all below which the normal approximation fails, as in McNemar's test."""


def quick_compare(
    metric: Metric, rows: Rows, a: AnyArray, b: AnyArray, *, noise: Noise | None = None, over: int | None = None
) -> Difference:
    """`compare` without resampling: the same value and sigma, a t interval and p whatever the size.

    What a search decides by, thousands of times: value / sigma. What is shown to a person comes from `compare`.
    """
    return _measured(Sample.of(metric, rows, [a, b]), noise, len(rows), over)[0]


def compare(
    metric: Metric, rows: Rows, a: AnyArray, b: AnyArray, *, noise: Noise | None = None, over: int | None = None
) -> Difference:
    """How much better b is than a: paired, oriented so that positive is better.

    a, b: stored predictions of all rows; rows with NaN in both were never scored and are left out. noise: of training
    sets and seeds; None: rows only (two trained models, a vault). From 200 units and 50 of the rarest class on: t
    interval and p, half-normal mixture e-value. Below: BCa interval and sign-flip p, e = p^-½ / 2 (both by rows; the
    interval widened by the noise). Below 30 units: no interval. Ranks of two classes, the rarer of fewer than 50 rows:
    t with the degrees both are worth (`rare`), p-based e. 30 groups or more, and weighted rows: t with the degrees they
    are worth (`group_jackknife`); e from p below 200 of these. Raises DataError when a and b do not cover the same
    rows, or one holds an infinite number, naming the first row.
    """
    _refuse_infinite(a, b)
    sample = Sample.of(metric, rows, [a, b])
    difference, found = _measured(sample, noise, len(rows), over)
    if found.value == 0.0 and not found.sums.any():
        return replace(difference, method="no row differs, so there is nothing to test")
    if found.n_units >= FEW_UNITS and _is_rare(sample, found):
        return _by_class(difference, sample, found)
    if found.n_units >= FEW_UNITS and found.sigma > 0 and rows.is_uneven:
        return _by_group(difference, sample, found)
    if _is_small(sample):
        return _by_resampling(replace(difference, low=None, high=None), sample, found)
    interval = f"paired t interval over {_units(sample, found)}"
    moved = int(np.count_nonzero(found.contributions))
    if moved < FEW_MOVED:
        tested = _by_flips(difference, sample, found)
        return replace(tested, method=f"{interval}, sign-flip p as only {moved} of them differ")
    return replace(difference, method=interval)


def _refuse_infinite(*predictions: AnyArray) -> None:
    for prediction in predictions:
        infinite = np.isinf(np.asarray(prediction, dtype=np.float64))
        if infinite.any():
            row = int(np.argwhere(infinite)[0][0])
            raise DataError(
                f"The prediction of row {row} is infinite: no difference can be told.", where=Where(row=row)
            )


def _measured(sample: Sample, noise: Noise | None, n_all: int, over: int | None) -> tuple[Difference, Estimate]:
    """Value, sigma and their t interval, and what they were estimated from."""
    found = estimate(sample, signs_of(sample.metric))
    return with_noise(sample, found, noise, n_all, over), found


def with_noise(sample: Sample, found: Estimate, noise: Noise | None, n_all: int, over: int | None) -> Difference:
    """The difference of an estimate with the noise of training sets, and its t interval. n_all: rows of the task."""
    notes = sample.notes
    if sample.rows.weight is not None:
        notes = (*notes, f"weighted: as sure as {kish(sample.rows.weight):,.0f} equal rows")
    sigma = sigma_of(sample, found, noise or Noise(), n_all if noise else 0)
    difference = Difference(
        value=found.value, origin=sample.rows.origin, sigma=sigma, df=found.df, n_units=found.n_units, low=0.0,
        high=0.0, p=1.0, e=1.0, over=over, notes=notes,
    )  # fmt: skip
    if found.value == 0.0 and not found.sums.any():
        return replace(difference, notes=(*notes, "no row differs"))
    return _by_t(difference)


def compare_with_excess(
    metric: Metric, rows: Rows, a: AnyArray, b: AnyArray, *, noise: Noise | None = None, over: int | None = None
) -> tuple[Difference, Excess | None]:
    """`quick_compare` and `fold_excess` in one go, at half the cost of both, for every experiment of a search."""
    sample = Sample.of(metric, rows, [a, b])
    difference, found = _measured(sample, noise, len(rows), over)
    return difference, _excess(sample, found)


def fold_excess(metric: Metric, rows: Rows, a: AnyArray, b: AnyArray) -> Excess | None:
    """Variance of the difference between folds beyond sampling variance; input of Noise.seen.

    None with fewer than 2 folds, or where the metric is undefined in one.
    """
    sample = Sample.of(metric, rows, [a, b])
    return _excess(sample, estimate(sample, signs_of(metric))) if len(sample.rows.fold_rows()) > 1 else None


def _excess(sample: Sample, found: Estimate) -> Excess | None:
    folds = sample.rows.fold_rows()
    if len(folds) < 2:
        return None
    deltas = sample.fold_levels() @ signs_of(sample.metric)
    if np.isnan(deltas).any():
        return None
    return Excess(beyond=float(deltas.var(ddof=1)) - len(folds) * found.variance, rows=len(folds) * found.variance)


def mixture_e(z: float, *, tau: float = 3.0) -> float:
    """Half-normal mixture e-value of a z-score, for large samples: z = 2, 3, 4 give 3.7, 36, 850."""
    from scipy.special import ndtr

    scale = 1.0 + tau**2
    growth = min(tau**2 * z**2 / (2.0 * scale), 700.0)
    return float(2.0 / math.sqrt(scale) * math.exp(growth) * ndtr(tau * z / math.sqrt(scale)))


def signs_of(metric: Metric) -> Floats:
    """(2,) signs that turn two levels into the gain of the second."""
    return np.array([-1.0, 1.0]) if metric.higher_is_better else np.array([1.0, -1.0])


def sigma_of(sample: Sample, found: Estimate, noise: Noise, n_all: int) -> float:
    """n_all 0: rows only. A single fold's training rows are those that were not scored."""
    n_folds = len(sample.rows.fold_rows())
    trained = n_all - found.n_rows
    if not n_all or not n_folds or (n_folds == 1 and trained < 1):
        return max(found.sigma, noise.floor)
    ratio = 1.0 / (n_folds - 1) if n_folds > 1 else found.n_rows / trained
    return noise.of_recipe(found.variance, n_folds=n_folds, test_to_train=ratio)


def _is_small(sample: Sample) -> bool:
    n_units = int(sample.rows.units().max()) + 1
    small = n_units < SMALL_UNITS or sample.rows.n_rarest() < SMALL_CLASS
    return n_units < FEW_UNITS or (small and is_affordable(sample))


def _is_rare(sample: Sample, found: Estimate) -> bool:
    """Whether ranks of two classes rest on few units of one; each unit must be of one class, as rows are."""
    few = _is_ranked(sample) and sample.rows.n_rarest() < FEW_OF_CLASS
    return few and not found.is_left_out and (sample.rows.groups is None or sample.rows.is_of_one_class())


def _is_ranked(sample: Sample) -> bool:
    return sample.metric.by_fold and sample.rows.problem.form == "probability"


def _by_class(difference: Difference, sample: Sample, found: Estimate) -> Difference:
    """t of the degrees that both classes are worth; σ is widened by the noise as elsewhere."""
    own, df = rare_class_sigma(found, sample.rows)
    n_rarest = sample.rows.n_rarest()
    if not 0.0 < own < math.inf:
        few = f"too few {_noun(sample)} of a class ({n_rarest}) for an interval"
        tested = _by_flips(replace(difference, low=None, high=None), sample, found)
        return replace(tested, notes=(*tested.notes, few), method=f"sign-flip p over {_units(sample, found)}, {few}")
    sigma = own * max(difference.sigma / found.sigma, 1.0) if found.sigma > 0 else own
    by_t = _by_t(replace(difference, sigma=sigma, df=df))
    p = by_t.p if by_t.p is not None else 1.0
    method = f"t by class: {n_rarest:,} {_noun(sample)} of the rarer one, {df:.0f} degrees of freedom"
    return replace(by_t, e=0.5 / math.sqrt(max(p, 1e-300)), method=method)


def _by_group(difference: Difference, sample: Sample, found: Estimate) -> Difference:
    """t of the degrees that groups are worth; p by sign flips, exact if symmetric, where few or few moved."""
    own, df = group_jackknife(found, sample.rows)
    units = _units(sample, found)
    if not math.isfinite(own):
        tested = _by_flips(replace(difference, low=None, high=None), sample, found)
        return replace(tested, method=f"sign-flip p over {units}, of which one holds all weight: no interval")
    by_t = _by_t(replace(difference, sigma=own * max(difference.sigma / found.sigma, 1.0), df=df))
    method = f"t over {units}, {df:.0f} degrees of freedom"
    few = _is_small(sample) and not (_is_ranked(sample) and sample.rows.n_rarest() < FEW_OF_CLASS)
    few = few or int(np.count_nonzero(found.contributions)) < FEW_MOVED
    if few and not sample.rows.in_time:  # whose signs go together in time, and of ranks of few they claim too much
        return replace(_by_flips(by_t, sample, found), method=f"{method}, sign-flip p")
    if df < SMALL_UNITS and by_t.p is not None:
        by_t = replace(by_t, e=0.5 / math.sqrt(max(by_t.p, 1e-300)))
    return replace(by_t, method=method)


def _by_t(difference: Difference) -> Difference:
    from scipy.special import stdtr, stdtrit

    if not difference.sigma > 0:  # every row moved by the same amount: no noise is seen
        return replace(difference, low=difference.value, high=difference.value, p=float(difference.value < 0), e=None)
    reach = float(stdtrit(difference.df, 0.975)) * difference.sigma
    return replace(
        difference, low=difference.value - reach, high=difference.value + reach,
        p=float(stdtr(difference.df, -difference.z)), e=mixture_e(difference.z),
    )  # fmt: skip


def _by_flips(difference: Difference, sample: Sample, found: Estimate) -> Difference:
    p = sign_flip_p(found.contributions, sample.rows.seeds)
    return replace(difference, p=p, e=0.5 / math.sqrt(p))


def _by_resampling(difference: Difference, sample: Sample, found: Estimate) -> Difference:
    tested = _by_flips(difference, sample, found)
    if found.n_units < FEW_UNITS:
        few = f"sign-flip p over {_units(sample, found)}, too few for an interval"
        return replace(tested, notes=(*tested.notes, "too few rows for an interval"), method=few)
    low, high = bca(found, bootstrap(sample, signs_of(sample.metric)))
    wider = difference.sigma / found.sigma if found.sigma > 0 else 1.0
    return replace(
        tested, low=found.value - (found.value - low) * wider, high=found.value + (high - found.value) * wider,
        method=f"BCa bootstrap interval and sign-flip p over {_units(sample, found)}",
    )  # fmt: skip


def _units(sample: Sample, found: Estimate) -> str:
    """What the statistics count: rows, groups, or the blocks of a jackknife."""
    n_units = int(sample.rows.units().max()) + 1
    if found.n_units != n_units:
        return f"{found.n_units:,} blocks of a jackknife"
    return f"{n_units:,} {_noun(sample)}"


def _noun(sample: Sample) -> str:
    return "rows" if sample.rows.groups is None else sample.rows.unit
