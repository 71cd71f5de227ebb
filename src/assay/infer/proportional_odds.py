"""The check of proportional odds: whether one coefficient serves all levels of an ordered target."""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats, Index
from assay.infer.coefficient_text import times_text
from assay.infer.design_matrix import DesignMatrix
from assay.infer.inference_result import Assumption
from assay.infer.likelihood import Fit, fit_glm
from assay.infer.standard_errors import group_sums

CHANCE = 0.01
"""p below which coefficients differ between levels."""
NEAR = 0.1
"""Logarithms of odds so close, for a level or a standard deviation, are of no weight: a tenth."""
FEWEST_PER_TERM = 10
_WILD = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class OrderedTarget:
    """An ordered target. codes: (n,) levels from 0; chances: (n, levels) where one number serves all; labels of the
    levels; groups, weight: (n,) as in Subject."""

    codes: Index
    chances: Floats
    labels: tuple[str, ...]
    groups: Index | None = None
    weight: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Cuts:
    """Logistic regressions of reaching each of some levels. at: these levels' numbers from 1; fits of them."""

    at: tuple[int, ...]
    fits: tuple[Fit, ...]

    @property
    def params(self) -> Floats:
        """(cuts, 1 + k)"""
        return np.stack([fit.params for fit in self.fits])


def proportional(design: DesignMatrix, rated: OrderedTarget, *, effect: str | None) -> Assumption:
    """Brant's test (1990): the slopes of reaching each level are those of reaching the first.

    Cuts with fewer than ten rows a column on either side, or that a column separates, are left out. With groups or
    weights the covariance of the slopes is that of sums of scores. Of a named effect only its own columns count.
    """
    z = design.z
    cuts = _cuts(z, rated)
    if len(cuts.at) < 2:
        return Assumption(name="steps", verdict="look", do="more rows, or fewer levels",
                          message="too few rows at the levels to see whether one number serves all of "
                          "them")  # fmt: skip
    which = design.of([effect]) if effect is not None else np.arange(1, z.shape[1])
    covariance = _covariance(cuts, z, rated)
    statistic, p = _brant(cuts, covariance, which)
    if p >= CHANCE:
        return Assumption(name="steps", verdict="good", statistic=statistic, p=p,
                          message="one number serves all levels, as far as it shows (Brant)")  # fmt: skip
    return _size_check(cuts, covariance, design, rated.labels, which, (statistic, p))


def _size_check(
    cuts: _Cuts, covariance: Floats, design: DesignMatrix, levels: tuple[str, ...], which: Index,
    tested: tuple[float, float],
) -> Assumption:  # fmt: skip
    """By its size: of the column whose slopes differ most beyond chance, at the levels where they are most apart."""
    worst = int(min(which.tolist(), key=lambda j: _brant(cuts, covariance, np.array([j]))[1]))
    term, scale = design.terms[worst - 1], float(design.unscaling()[worst, worst])
    slopes = cuts.params[:, worst]
    low, high = int(slopes.argmin()), int(slopes.argmax())
    apart = float(slopes[high] - slopes[low]) * (scale if term.level else 1.0)
    first, last = sorted((low, high))
    sides = [f"{times_text(float(slopes[at]) * scale * term.per)} for {levels[cuts.at[at]]}"
             + ("" if cuts.at[at] == len(levels) - 1 else " and above") for at in (first, last)]  # fmt: skip
    text = f"{term.name} does not act alike at all levels (Brant): odds {sides[0]}, {sides[1]}"
    if apart < NEAR:
        return Assumption(
            name="steps", verdict="good", statistic=tested[0], p=tested[1], message=f"{text}: of no weight"
        )
    opposite = bool(slopes[low] < 0 < slopes[high]) and min(-slopes[low], slopes[high]) > NEAR / 2
    return Assumption(
        name="steps", verdict="bad" if opposite else "look", statistic=tested[0], p=tested[1],
        message=f"{text}; its number is a mean of these",
        do="--family multinomial, or ask of one level: reached or not",
    )  # fmt: skip


def _cuts(z: Floats, rated: OrderedTarget) -> _Cuts:
    at, fits = list[int](), list[Fit]()
    for level in range(1, len(rated.labels)):
        reached = (rated.codes >= level).astype(np.float64)
        if min(reached.sum(), len(z) - reached.sum()) < FEWEST_PER_TERM * (z.shape[1] - 1):
            continue
        fit = fit_glm(z, reached, "binomial", weight=rated.weight)
        if fit.converged and not (np.abs(fit.params[1:]) > _WILD).any():
            at.append(level)
            fits.append(fit)
    return _Cuts(tuple(at), tuple(fits))


def _covariance(cuts: _Cuts, z: Floats, rated: OrderedTarget) -> Floats:
    """(cuts (1 + k),) squared, of all coefficients, cut by cut.

    At the probabilities of the model under test, as those of the cuts themselves make it speak up more often.
    """
    if rated.groups is not None or rated.weight is not None:
        moved = np.hstack([fit.scores @ fit.bread for fit in cuts.fits])
        sums = moved if rated.groups is None else group_sums(moved, rated.groups)
        return np.asarray(sums.T @ sums * (len(sums) / (len(sums) - 1)))
    reached = np.cumsum(rated.chances[:, ::-1], axis=1)[:, ::-1][:, list(cuts.at)]
    bread = [np.linalg.pinv(z.T @ ((p * (1.0 - p))[:, None] * z), hermitian=True) for p in reached.T]
    width, n = z.shape[1], len(cuts.at)
    out: Floats = np.empty((n * width, n * width))
    for a in range(n):
        for b in range(n):
            shared = reached[:, max(a, b)] - reached[:, a] * reached[:, b]  # who reaches the higher reaches the lower
            block = bread[a] @ (z.T @ (shared[:, None] * z)) @ bread[b]
            out[a * width : (a + 1) * width, b * width : (b + 1) * width] = block
    return out


def _brant(cuts: _Cuts, covariance: Floats, which: Index) -> tuple[float, float]:
    """(chi-squared, p) that these coefficients are the same at all cuts."""
    from scipy.special import chdtrc

    n, width = cuts.params.shape
    contrasts = np.zeros(((n - 1) * len(which), n * width))
    for number, (cut, j) in enumerate((cut, j) for cut in range(1, n) for j in which.tolist()):
        contrasts[number, cut * width + j], contrasts[number, j] = 1.0, -1.0
    differ = contrasts @ cuts.params.ravel()
    value = float(differ @ np.linalg.pinv(contrasts @ covariance @ contrasts.T, hermitian=True) @ differ)
    return value, float(chdtrc(len(differ), value))
