"""Firth's penalised logistic regression, finite under separation, with profile likelihood intervals and p."""

from dataclasses import dataclass, replace

import numpy as np

from assay.core.array import AnyArray, Floats, Index
from assay.infer.likelihood import Fit, class_information, class_log_probabilities, classes_at, fit_at

MOST_STEPS = 200
_LONGEST = 5.0
"""Newton's longest step per standard deviation of a column."""
_FINE = 2e-3
"""How closely the end of a profile interval is found, per standard deviation of the column."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassRows:
    """What is fitted. z: (n, p); codes: (n,) classes from 0, the base; weight: (n,) rows that each stands for.

    Weights add up to as many rows as the weighted ones are worth (`effective_sample_size`), as a penalty and a profile
    count rows.
    """

    z: Floats
    codes: AnyArray
    classes: int
    weight: Floats

    @classmethod
    def of(cls, z: Floats, codes: AnyArray, classes: int = 2, weight: Floats | None = None) -> "ClassRows":
        """weight: of any scale; None: every row once."""
        mass = np.ones(len(z)) if weight is None else weight * effective_sample_size(weight) / weight.sum()
        return cls(z, np.asarray(codes, dtype=np.int64), classes, mass)

    @property
    def hot(self) -> Floats:
        """(n, classes - 1)"""
        return np.asarray(self.codes[:, None] == np.arange(1, self.classes), dtype=np.float64)


def effective_sample_size(weight: Floats) -> float:
    """Effective sample size of weighted rows (Kish, 1965)."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def fit_firth(
    rows: ClassRows, *, held: tuple[int | Index, float] | None = None, start: Floats | None = None, fine: float = 1e-9
) -> Fit:
    """Logistic regression of two or more classes by penalised likelihood, finite also under separation, by damped
    Newton steps (Firth, 1993; Heinze and Schemper, 2002; several classes: Kosmidis and Firth, 2011).

    held: coefficients and the value they are held at; start: where to begin; fine: a gain of the log-likelihood too
    small to go on for. loglik is the penalised one: of two fits
    comparable only where z is the same, as the penalty is that of all of its columns.
    """
    width = (rows.classes - 1) * rows.z.shape[1]
    params = np.zeros(width) if start is None else start.copy()
    free = np.arange(width)
    if held is not None:
        free = np.delete(free, held[0])
        params[held[0]] = held[1]
    best = _penalised(params, rows)
    for _ in range(MOST_STEPS):
        params, better = _climbed(params, _step(params, rows, free), rows, best)
        if better - best < fine:
            break
        best = better
    if rows.classes == 2:
        fit = fit_at(params, rows.z, rows.codes.astype(np.float64), ("binomial", 0.0), weight=rows.weight)
    else:
        fit = classes_at(params.reshape(rows.classes - 1, -1).T, rows.z, rows.codes, rows.classes, converged=True)
    return replace(fit, loglik=_penalised(params, rows), firth=True)


def _chances(params: Floats, rows: ClassRows) -> tuple[Floats, Floats]:
    """((n, classes) log probabilities, (n, classes - 1) probabilities of all but the base)"""
    logs = class_log_probabilities(params.reshape(rows.classes - 1, -1).T, rows.z)
    return logs, np.exp(logs[:, 1:])


def _step(params: Floats, rows: ClassRows, free: Index) -> Floats:
    """Newton's step on the score with the penalty's part, at most 5 long.

    That part is ½ tr(I⁻¹ ∂I): with third cumulants κ of a row's classes and q = zᵀ I⁻¹ z between outcomes,
    ½ Σ κ_abc q_ab for outcome c. Of two classes h (½ - π), h the leverage.
    """
    _, mean = _chances(params, rows)
    whole = class_information(rows.z, mean, rows.weight)
    bread = np.linalg.pinv(whole, hermitian=True)
    outcomes, p = mean.shape[1], rows.z.shape[1]
    blocks = bread.reshape(outcomes, p, outcomes, p)
    reach = np.einsum("nk,akbl,nl->nab", rows.z, blocks, rows.z, optimize=True)
    pull = rows.hot - mean + 0.5 * _third(mean, reach)
    score = np.einsum("nc,nk->ck", rows.weight[:, None] * pull, rows.z).ravel()
    step = np.zeros_like(params)
    step[free] = np.linalg.pinv(whole[np.ix_(free, free)], hermitian=True) @ score[free]
    return step * min(1.0, _LONGEST / max(float(np.abs(step).max()), 1e-12))


def _third(mean: Floats, reach: Floats) -> Floats:
    """(n, outcomes) Σ_ab κ_abc q_ab, κ_abc = π_a (δ_ab δ_ac - δ_ab π_c - δ_ac π_b - δ_bc π_b + 2 π_b π_c)."""
    own = np.einsum("naa->na", reach)
    across = np.einsum("nab,nb->na", reach, mean)
    inside = (own * mean).sum(axis=1, keepdims=True)
    both = (across * mean).sum(axis=1, keepdims=True)
    return np.asarray(mean * (own - inside - 2.0 * across + 2.0 * both))


def _climbed(params: Floats, step: Floats, rows: ClassRows, best: float) -> tuple[Floats, float]:
    """The step, halved until it does not lead downwards."""
    for _ in range(30):
        value = _penalised(params + step, rows)
        if value >= best:
            return params + step, value
        step = step / 2.0
    return params, best


def _penalised(params: Floats, rows: ClassRows) -> float:
    """Log-likelihood and half the log determinant of the information (Jeffreys' prior)."""
    logs, mean = _chances(params, rows)
    sign, size = np.linalg.slogdet(class_information(rows.z, mean, rows.weight))
    loglik = float(rows.weight @ logs[np.arange(len(logs)), rows.codes])
    return loglik + 0.5 * float(size) if sign > 0 else -np.inf


def firth_p(fit: Fit, rows: ClassRows, column: int) -> float:
    """p of one coefficient by the ratio of penalised likelihoods, as Wald's test fails where one is far out."""
    from scipy.special import chdtrc

    ratio = 2.0 * (fit.loglik - fit_firth(rows, held=(column, 0.0), start=fit.params).loglik)
    return float(chdtrc(1.0, max(ratio, 0.0)))


def firth_interval(fit: Fit, rows: ClassRows, column: int, *, level: float) -> tuple[float, float]:
    """Where the penalised profile likelihood has fallen by half the chi-squared quantile: on the scale of z.

    An end further than 64 away is infinite: the rows set no bound there.
    """
    from scipy.special import chdtri

    height = float(np.sqrt(chdtri(1.0, level)))
    ends = [_crossing(fit, rows, column, height, sign) for sign in (-1.0, 1.0)]
    return ends[0], ends[1]


@dataclass(eq=False)
class _Profile:
    """How far a coefficient may go. best: the fit at its peak; seen: all coefficients at the two places looked at last,
    on whose line the next fit begins."""

    best: Fit
    rows: ClassRows
    column: int
    seen: tuple[Floats, Floats]

    def root(self, value: float) -> float:
        """The root of the profile's likelihood ratio at a value: nearly linear, so that few evaluations find a
        bound."""
        before, last = self.seen
        gone = float(last[self.column] - before[self.column])
        start = last if gone == 0.0 else last + (value - last[self.column]) / gone * (last - before)
        found = fit_firth(self.rows, held=(self.column, value), start=start, fine=_FINE**2)
        self.seen = last, found.params
        return float(np.sqrt(max(2.0 * (self.best.loglik - found.loglik), 0.0)))


def _crossing(fit: Fit, rows: ClassRows, column: int, height: float, sign: float) -> float:
    """Where the root of the profile has risen to a height: regula falsi (Illinois) between two ends, the first guess
    Wald's. At every place the other coefficients are fitted anew."""
    profile, peak = _Profile(fit, rows, column, (fit.params, fit.params)), float(fit.params[column])
    inside, low = 0.0, -height
    outside = min(max(height * float(np.sqrt(max(fit.bread[column, column], 0.0))), 0.05), 8.0)
    while (high := profile.root(peak + sign * outside) - height) < 0.0:
        if outside >= 64.0:
            return sign * np.inf
        inside, low, outside = outside, high, min(2.0 * outside, 64.0)
    while outside - inside > _FINE:
        place = outside - high * (outside - inside) / (high - low)
        found = profile.root(peak + sign * place) - height
        if abs(found) * (outside - inside) < 0.5 * _FINE * (high - low):  # as near as asked, by the chord's slope
            return peak + sign * place
        if found < 0.0:
            inside, low, high = place, found, 0.5 * high
        else:
            outside, high, low = place, found, 0.5 * low
    return peak + sign * 0.5 * (inside + outside)
