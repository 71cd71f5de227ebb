"""Proportional odds regression of ordered levels: one coefficient a column, by cumulative logits."""

import numpy as np

from assay.core.array import AnyArray, Bools, Floats
from assay.infer.cumulative_logit import CumulativeLogit
from assay.infer.likelihood import MOST_ITERATIONS, Fit

_SUSPECT = 8.0
"""A coefficient per standard deviation from which separation is looked for; odds of 3,000 to 1."""
MOST_CELLS = 30_000_000


def fit_ordered(z: Floats, y: AnyArray, *, weight: Floats | None = None) -> Fit:
    """logit P(Y ≥ j) = θ_j + zβ (proportional odds; McCullagh, 1980) by Newton's method, its second derivative exact.

    z: (n, 1 + k) of full rank, ones first; y: (n,) numbers, of which only the order counts; weight: (n,) of mean 1.
    params: (θ_1, β, θ_2, …). Errors are those of the observed information, as in R's polr and Stata's ologit. Under
    separation there is no finite estimate: converged is False or `separated_columns` finds it.
    """
    steps, codes = np.unique(y, return_inverse=True)
    mass = np.ones(len(z)) if weight is None else weight
    ends = CumulativeLogit.of(z, codes)
    params, converged = _climbed(ends, mass, _start(ends, mass, z.shape[1]))
    bread: Floats = np.asarray(np.linalg.pinv(ends.information(params, mass), hermitian=True))
    loglik = float(mass @ ends.logs(params))
    eta = z @ params[: z.shape[1]]
    return Fit(
        family="ordered", params=params, bread=bread, scores=mass[:, None] * ends.scores(params), loglik=loglik,
        leverage=np.zeros(len(z)), mean=level_probabilities(eta, threshold_offsets(params, z.shape[1])), eta=eta,
        dispersion=1.0,
        converged=converged, deviance=-2.0 * loglik, working=mass, noise=np.zeros(len(z)), cumulative=ends,
        level_values=np.asarray(steps, dtype=np.float64),
    )  # fmt: skip


def _start(ends: CumulativeLogit, mass: Floats, width: int) -> Floats:
    """No column matters: the logits of the shares at and above each level."""
    share = np.bincount(ends.codes, weights=mass) / mass.sum()
    above = np.cumsum(share[::-1])[::-1][1:]
    logits = np.log(above) - np.log1p(-above)
    return np.concatenate([logits[:1], np.zeros(width - 1), logits[1:]])


def _climbed(ends: CumulativeLogit, mass: Floats, params: Floats) -> tuple[Floats, bool]:
    """(maximum likelihood coefficients, whether Newton's method converged)"""
    best = float(mass @ ends.logs(params))
    for _ in range(MOST_ITERATIONS):
        score = mass @ ends.scores(params)
        step = np.linalg.pinv(ends.information(params, mass), hermitian=True) @ score
        if float(score @ step) < 1e-16 * len(mass):  # twice what is left to gain
            return params, True
        for _ in range(30):
            value = float(mass @ ends.logs(params + step))
            if value >= best - 1e-12 * abs(best):
                break
            step = step / 2.0
        else:
            return params, False
        params, best = params + step, value
    return params, False


def threshold_offsets(params: Floats, width: int) -> Floats:
    """(levels - 1,) by how much the logit of reaching each level lies beside that of the second; 0 first, falling."""
    return np.concatenate([[0.0], params[width:] - params[0]])


def level_probabilities(eta: Floats, moved: Floats) -> Floats:
    """(n, levels) probabilities. eta: (n,) logit of reaching the second level; moved: as `threshold_offsets`."""
    from scipy.special import expit

    reached = expit(eta[:, None] + moved)
    full = np.column_stack([np.ones(len(eta)), reached, np.zeros(len(eta))])
    return np.asarray(-np.diff(full, axis=1))


def expected_level(fit: Fit, eta: Floats) -> Floats:
    """(n,) the mean of the levels' numbers, or places, at these logits of reaching the second level."""
    assert fit.level_values is not None
    return np.asarray(level_probabilities(eta, threshold_offsets(fit.params, _width(fit))) @ fit.level_values)


def expected_level_slope(fit: Fit) -> Floats:
    """(n,) by how much `expected_level` moves with the logit."""
    from scipy.special import expit

    assert fit.level_values is not None
    reached = expit(fit.eta[:, None] + threshold_offsets(fit.params, _width(fit)))
    return np.asarray((reached * (1.0 - reached)) @ np.diff(fit.level_values))


def _width(fit: Fit) -> int:
    """Coefficients but for the logits of the levels above the second."""
    assert fit.level_values is not None
    return len(fit.params) - (len(fit.level_values) - 2)


def separated_columns(z: Floats, fit: Fit) -> Bools | None:
    """(1 + k,) columns of z whose likelihood estimates are infinite, as they separate some levels; None without any.

    The linear programme of `separation`, with rows at or above a level on one side of it and all others beyond.
    """
    from scipy.optimize import linprog

    ends = fit.cumulative
    assert ends is not None
    looks_so = bool((np.abs(fit.params[1 : z.shape[1]]) > _SUSPECT).any())
    looks_so = looks_so or bool((np.abs(fit.eta) > 15).any())
    if (fit.converged and not looks_so) or ends.lower.size > MOST_CELLS:
        return None
    signed = np.vstack([ends.lower[ends.codes > 0], -ends.upper[ends.codes < ends.levels - 1]])
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1.0, 1.0), method="highs")
    if found.x is None or found.fun is None or -float(found.fun) <= 1e-7 * len(z):
        return None
    return np.asarray(np.abs(found.x[: z.shape[1]]) > 1e-9)
