"""Standard error and degrees of freedom of a score whose rows come in few or unequal groups, or have weights."""

import math

import numpy as np

from assay.evidence.estimate import Estimate
from assay.evidence.evaluation_rows import Rows


def group_jackknife(found: Estimate, rows: Rows) -> tuple[float, float]:
    """(σ, degrees of freedom) from leaving out one group at a time; G - 1 of them where groups weigh the same.

    σ: the jackknife (CV3; MacKinnon, Nielsen and Webb, 2023), a group's influence divided by the share of rows outside
    it. Degrees of freedom: tr(B)² / tr(B²), B = (I - 1 sᵀ) W (I - s 1ᵀ) diag(s), s the groups' shares and W = (1 -
    s)⁻²: Satterthwaite for the quadratic form that σ² is, where rows are independent (Bell and McCaffrey, 2002); of
    classes at most the groups that have the rarest one, less one. With one group that holds all rows: (inf, 1). Blocks
    of time: `_lasting`.
    """
    share = found.mass / found.mass.sum()
    units = len(share)
    if units < 2 or float(share.max()) >= 1.0:
        return math.inf, 1.0
    most = max(rows.n_rarest() - 1.0, 1.0)
    if rows.in_time and not found.is_left_out:
        return _lasting(found), min(float(cosine_degrees(units)), most)
    left = units / (units - 1) if found.is_left_out else 1.0 / (1.0 - share)
    pulls = left * found.sums / found.n_rows
    d = share / (1.0 - share) ** 2
    c = float(d @ share)
    degrees = (float(d.sum()) - c) ** 2 / (float((d**2).sum()) - 2.0 * float(d**2 @ share) + c**2)
    sigma = math.sqrt((units - 1) / units * float((pulls**2).sum()))
    return sigma, max(min(degrees, units - 1.0, most), 1.0)


def cosine_degrees(units: int) -> int:
    """ν = 0.4 G^⅔: the number of cosines in the long-run variance, and the degrees of freedom of its t."""
    return max(round(0.4 * math.pow(units, 2.0 / 3.0)), 1)


def _lasting(found: Estimate) -> float:
    """The long-run σ of autocorrelated blocks in order of time, by the equal-weighted cosine estimator that Lazarus,
    Lewis, Stock and Watson (2018) recommend."""
    units, sums = found.n_units, found.sums - found.sums.mean()
    place = np.pi * (np.arange(units) + 0.5) / units
    seen = np.array(
        [np.cos(wave * place) @ sums for wave in range(1, cosine_degrees(units) + 1)]
    )  # one at a time: no matrix
    return math.sqrt(2.0 * float((seen**2).mean())) / found.n_rows
