"""Corrections of p-values for multiple tests, shared by claims, inference tables and feature selection."""

from collections.abc import Sequence

import numpy as np

from assay.core.array import Floats


def holm(p: Sequence[float] | Floats) -> Floats:
    """(m,) corrected p: at most alpha exactly where Holm's procedure rejects at alpha (Holm, 1979).

    Under any dependence the chance that a true null falls below alpha is at most alpha. p: in [0, 1], none NaN.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    out = np.empty_like(values)
    out[order] = np.minimum(stepped, 1.0)
    return out


def benjamini_hochberg(p: Sequence[float] | Floats) -> Floats:
    """(m,) corrected p: of those at most q a share of at most q is false in expectation (Benjamini and Hochberg, 1995).

    Condition: independent or positively dependent (PRDS) p; under any dependence the bound is q · Σ 1/i (Benjamini and
    Yekutieli, 2001). p: in [0, 1], none NaN.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    m = len(values)
    stepped = np.minimum.accumulate(values[order] * (m / np.arange(m, 0, -1)))
    out = np.empty_like(values)
    out[order] = np.minimum(stepped, 1.0)
    return out
