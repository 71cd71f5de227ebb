"""Online tests of several hypotheses, to compare with: what they announce on the rows of the search."""

from collections.abc import Sequence

import numpy as np

from assay.core.array import Bools, Floats


def e_lond(e: Sequence[float], *, q: float = 0.10) -> Bools:
    """(t,) decisions one by one: e_t ≥ 1 / (q γ_t (found so far + 1)), γ_t = 1 / (t (t+1)) (Xu and Ramdas, 2024).

    Condition: E[e_t] ≤ 1 for nulls fixed beforehand, or given the past for adaptive ones: each test needs rows that
    were unseen when its hypothesis was formed (new data, opened seals), never the search's own rows.
    """
    found, count = np.zeros(len(e), dtype=bool), 0
    for t, value in enumerate(e, start=1):
        found[t - 1] = value >= t * (t + 1) / (q * (count + 1))
        count += int(found[t - 1])
    return found


def lord_plus_plus(p: Sequence[float], *, q: float = 0.10) -> Bools:
    """(t,) decisions one by one, wealth earned back by what is found (LORD++; Ramdas, Yang, Wainwright, Jordan, 2017).

    α_t = γ_t W0 + (q − W0) γ_{t−τ1} + q Σ_{j≥2} γ_{t−τj}, W0 = q/2, γ_j ∝ log(max(j, 2)) / (j e^{√log j}).
    Condition: each p_t is super-uniform given the past if its null holds: fresh rows, as for e_lond.
    """
    start, times = q / 2.0, list[int]()
    gamma = _gamma(len(p))
    found = np.zeros(len(p), dtype=bool)
    for t, value in enumerate(p, start=1):
        level = gamma[t - 1] * start
        for j, tau in enumerate(times):
            level += gamma[t - tau - 1] * ((q - start) if j == 0 else q)
        found[t - 1] = value <= level
        if found[t - 1]:
            times.append(t)
    return found


def _gamma(n: int) -> Floats:
    j = np.arange(1, n + 1, dtype=np.float64)
    return np.asarray(0.07908 * np.log(np.maximum(j, 2.0)) / (j * np.exp(np.sqrt(np.log(j)))))
