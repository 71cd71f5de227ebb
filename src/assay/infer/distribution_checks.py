"""Checks of the assumed distribution: variance, normality, zeros, dispersion and calibration."""

from collections.abc import Iterator

import numpy as np

from assay.core.array import Floats
from assay.infer.check_input import BENT, CheckInput
from assay.infer.inference_result import Assumption
from assay.infer.likelihood import pearson_ratio
from assay.infer.standard_errors import by_row

NEAR = 1.1
"""Standard errors within this ratio differ negligibly."""
MANY, MANY_PER_SKEW = 200, 25
"""Rows from which the shape of residuals matters little: so many per squared skewness (Cochran, 1977)."""
PILED = 0.2
"""Share of one value from which a target should be asked about in two parts: whether it is that value, and the rest."""


def distribution_checks(seen: CheckInput) -> Iterator[Assumption]:
    """Those that this family calls for."""
    family = seen.fit.family
    if family == "gaussian":
        yield _equal_spread(seen)
        yield _normal(seen)
        yield from _piled(np.asarray(seen.y, dtype=np.float64))
    if family in ("poisson", "negative_binomial"):
        yield _dispersed(seen)
        yield _zeros(seen)
    if family == "binomial":
        yield _calibrated(seen)


def _equal_spread(seen: CheckInput) -> Assumption:
    """Squared residuals regressed on the columns (Breusch and Pagan, 1979; Koenker, 1981)."""
    from scipy.special import chdtrc

    e2 = (np.asarray(seen.y, dtype=np.float64) - seen.fit.mean) ** 2
    centred = e2 - e2.mean()
    total = float(centred @ centred)
    found = seen.design.z @ (np.linalg.pinv(seen.design.z) @ e2)
    share = 1.0 - float(((e2 - found) ** 2).sum()) / total if total > 0 else 0.0
    k = seen.design.z.shape[1] - 1
    p = float(chdtrc(k, max(len(e2) * share, 0.0)))
    if p >= BENT:
        return Assumption(
            name="spread", verdict="good", message="the spread is the same everywhere, as far as it shows", p=p
        )
    held = by_row(seen.fit, seen.design.z).matrix
    ratio = np.sqrt(np.diag(held) / np.maximum(np.diag(seen.fit.bread) * seen.fit.dispersion, 1e-300))[1:]
    off = float(ratio[np.abs(np.log(np.maximum(ratio, 1e-300))).argmax()])
    times = f"classical errors would be {'too small' if off > 1 else 'too large'}, HC3's are {off:.2f} times them"
    if 1 / NEAR <= off <= NEAR:
        return Assumption(
            name="spread", verdict="good", p=p, statistic=off, message=f"the spread differs hardly: {times}"
        )
    return Assumption(name="spread", verdict="look", p=p, statistic=off,
                      do="none where HC3 or clustered errors are shown",
                      message=f"the spread differs with the columns: {times}")  # fmt: skip


def _normal(seen: CheckInput) -> Assumption:
    """Skewness and kurtosis (Jarque and Bera, 1980) matter with few rows only: with many they are reported, not
    tested."""
    from scipy.special import chdtrc

    r = seen.residuals
    scaled = (r - r.mean()) / max(float(r.std()), 1e-300)
    skew, tails = float((scaled**3).mean()), float((scaled**4).mean()) - 3.0
    shape = f"skewness {skew:+.1f}, tails {tails:+.1f}".replace("-", "−")
    if len(r) >= max(MANY, MANY_PER_SKEW * skew**2):
        return Assumption(name="normality", verdict="good", statistic=skew,
                          message=f"the shape of residuals ({shape}) is of no weight with so many rows")  # fmt: skip
    p = float(chdtrc(2, len(r) / 6.0 * (skew**2 + tails**2 / 4.0)))
    if p >= BENT:
        return Assumption(name="normality", verdict="good", statistic=skew, p=p,
                          message=f"no sign against normal residuals ({shape})")  # fmt: skip
    return Assumption(name="normality", verdict="look", statistic=skew, p=p,
                      message=f"residuals are not normal ({shape}): intervals of no more rows lean on it",
                      do="--family gamma where effects multiply, or the rank tests below")  # fmt: skip


def _piled(y: Floats) -> Iterator[Assumption]:
    """Most targets 0 and the others spread out: an amount where there is one."""
    values, counts = np.unique(y, return_counts=True)
    most, share = float(values[counts.argmax()]), float(counts.max() / len(y))
    others = np.sort(counts)[:-1]
    if share < PILED or len(others) < 2 or others[-1] > counts.max() / 10:  # steps of a scale are piles, too
        return
    yield Assumption(name="zeros" if most == 0 else "one value", verdict="look", statistic=share,
                     message=f"{share * 100:.0f} % of the targets are {most:g}, the others spread out: a line through "
                     "both tells neither", do=f"ask about {most:g} or not, then about the others alone")  # fmt: skip


def _dispersed(seen: CheckInput) -> Assumption:
    ratio = pearson_ratio(seen.fit, np.asarray(seen.y, dtype=np.float64))
    text = f"the target varies {ratio:.2f} times as much as the model says"
    if 0.67 <= ratio <= 1.5:
        return Assumption(name="dispersion", verdict="good", message=text, statistic=ratio)
    return Assumption(name="dispersion", verdict="look", message=text, statistic=ratio,
                      do="--errors hc3 holds all the same")  # fmt: skip


def _zeros(seen: CheckInput) -> Assumption:
    """Zeros there are against zeros the model expects, in standard deviations."""
    fit = seen.fit
    chance = np.exp(-fit.mean) if fit.alpha == 0 else (1.0 + fit.alpha * fit.mean) ** (-1.0 / fit.alpha)
    found, expected = int((np.asarray(seen.y) == 0).sum()), float(chance.sum())
    z = (found - expected) / max(float(np.sqrt((chance * (1 - chance)).sum())), 1e-12)
    text = f"{found:,} zeros, {expected:,.0f} expected"
    if abs(z) <= 3.0:
        return Assumption(name="zeros", verdict="good", message=text, statistic=z)
    return Assumption(name="zeros", verdict="look", message=text, statistic=z,
                      do="ask about 0 or not as well: a target of "
                      "its own")  # fmt: skip


def _calibrated(seen: CheckInput) -> Assumption:
    """Rows in ten parts by predicted probability, seen against expected (Hosmer and Lemeshow, 1980)."""
    from scipy.special import chdtrc

    y, mean = np.asarray(seen.y, dtype=np.float64), seen.fit.mean
    parts = np.array_split(np.argsort(mean, kind="stable"), 10 if len(y) >= 100 else 4)
    mass = np.ones(len(y)) if seen.data.weight is None else seen.data.weight
    gaps = [((mass * (y - mean))[part].sum(), (mass**2 * mean * (1 - mean))[part].sum()) for part in parts]
    value = float(sum(gap**2 / max(variance, 1e-12) for gap, variance in gaps))
    p = float(chdtrc(len(parts) - 2, value))
    worst = max(abs(gap) / mass[part].sum() for (gap, _), part in zip(gaps, parts, strict=True))
    text = f"probabilities are off by at most {worst * 100:.1f} points in any tenth of the rows"
    good = p >= BENT or worst < 0.02
    return Assumption(name="calibration", verdict="good" if good else "look", message=text, p=p, statistic=value,
                      do="" if good else "effects that bend or depend on each other")  # fmt: skip
