"""Effective degrees of freedom of standard errors: a level of three rows has two, not n - p."""

import numpy as np

from assay.core.array import Bools, Floats, Index
from assay.infer.likelihood import FULL_LEVERAGE, Fit

PLENTY = 12.0
"""Effective rows or groups from which t(n - p) or t(G - 1) is right: with fewer it finds effects in noise too often
(benchmarks/infer.py, levels of few rows)."""


def effective_number(parts: Floats) -> Floats:
    """(p,) effective number of the (m, p) parts of a sum: (Σ g)² / Σ g²."""
    squares = (parts**2).sum(axis=0)
    return np.asarray(np.divide(parts.sum(axis=0) ** 2, squares, out=np.full(parts.shape[1], np.inf),
                                where=squares > 0))  # fmt: skip


def row_degrees(fit: Fit, z: Floats) -> Floats:
    """(p,) degrees of freedom of HC3 errors, n - p where PLENTY of rows contribute.

    Else Satterthwaite's (1946; Bell and McCaffrey, 2002; Imbens and Kolesár, 2016): of V = Σ g e² the squared mean over
    half the variance, were the spread equal. With e = (I - H) ε that is Σ g² (1 - 2 h) + tr(B M B M), B the bread and M
    = Zᵀ g Z, so that no matrix of n by n is needed. Rows of leverage 1 count with the model's variance.
    """
    out = np.full(z.shape[1], float(fit.df))
    lone = fit.leverage > FULL_LEVERAGE
    white = z * np.sqrt(fit.working)[:, None]
    reach = (white @ fit.bread) ** 2
    alone = reach[lone].sum(axis=0)
    white, h, parts = white[~lone], fit.leverage[~lone], reach[~lone]
    parts = parts / ((1.0 - h) ** 2)[:, None]
    for j in np.flatnonzero((effective_number(parts) < PLENTY) & (alone < parts.sum(axis=0))):
        g = parts[:, j]
        moved = fit.bread @ (white.T @ (g[:, None] * white))
        mean = float(g @ (1.0 - h)) + float(alone[j])
        half = float(g**2 @ (1.0 - 2.0 * h)) + float(np.trace(moved @ moved)) + float(alone[j]) ** 2 / max(fit.df, 1)
        out[j] = min(max(mean**2 / half, 1.0), float(fit.df))
    return out


def determined_by_one_row(fit: Fit, z: Floats) -> Bools:
    """(p,) whether one row of leverage 1 weighs more in a coefficient than all others."""
    reach = fit.working[:, None] * (z @ fit.bread) ** 2
    return np.asarray(reach[fit.leverage > FULL_LEVERAGE].sum(axis=0) > 0.5 * reach.sum(axis=0))


def effective_groups(fit: Fit, z: Floats, groups: Index) -> Floats:
    """(p,) effective number of groups of each coefficient, by the weight of their rows in it. Of one outcome."""
    reach = fit.working[:, None] * (z @ fit.bread) ** 2
    sums = np.zeros((int(groups.max()) + 1, z.shape[1]))
    np.add.at(sums, groups, reach)
    return effective_number(sums)


def group_degrees(bread: Floats, pulls: Floats, lengths: Floats) -> float:
    """Satterthwaite's degrees of freedom of a coefficient's jackknife error, for independent homoscedastic rows.

    V = Σ (cᵀ e)² over groups, c a group's rows times the coefficient's column of the inverse information without the
    group. lengths: (G,) cᵀ c; pulls: (G, p) Zᵀ c. Q = δ cᵀ c - u B uᵀ between groups, and of it (tr Q)² / tr Q².
    """
    inner = np.einsum("ga,ab,gb->g", pulls, bread, pulls)
    moved = bread @ (pulls.T @ pulls)
    squares = float(lengths @ lengths - 2.0 * lengths @ inner + np.trace(moved @ moved))
    return float(max((lengths - inner).sum() ** 2 / max(squares, 1e-300), 1.0))
