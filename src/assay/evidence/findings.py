"""What may be claimed: tests of several hypotheses at once, on rows that had no part in forming them.

None of these procedures is valid on rows by which the hypotheses were chosen: a change built to look well on some rows
looks well on them; `benchmarks/evidence.py` has the simulation.
"""

from collections.abc import Sequence

import numpy as np

from assay.core.array import Bools, Floats
from assay.core.multiple import benjamini_hochberg, holm


def claims(p: Sequence[float], *, level: float = 0.05) -> tuple[Bools, Bools]:
    """(found, firm) among changes tested once on rows that had no part in any of them.

    found: Benjamini and Hochberg at twice the level, the expected share of false ones; firm: Holm at the level, the
    chance of any false one. To be asked only after the whole passed a gate at that level: this then holds the chance of
    any finding where nothing is better at all.
    """
    return benjamini_hochberg(p) <= 2.0 * level, holm(p) <= level


def e_benjamini_hochberg(e: Sequence[float], *, q: float = 0.10) -> Bools:
    """(m,) which are found by e-values: false share at most q under any dependence (Wang and Ramdas, 2022).

    Condition: E[e] ≤ 1 for each true null.
    """
    values = np.asarray(e, dtype=np.float64)
    order = np.argsort(-values, kind="stable")
    passed = values[order] * np.arange(1, len(values) + 1) >= len(values) / q
    found = np.zeros(len(values), dtype=bool)
    found[order[: int(np.flatnonzero(passed).max(initial=-1)) + 1]] = True
    return found


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


def saffron(p: Sequence[float], *, q: float = 0.10, candidate: float = 0.5) -> Bools:
    """(t,) decisions one by one that spend nothing on hopeless tests (SAFFRON; Ramdas et al., 2018).

    A p ≤ candidate (λ) is a candidate; γ_j ∝ j^-1.6 counts the tests since a discovery that were none. Level:
    min(λ, (1−λ) [W0 γ_{t−C} + (q−W0) γ_{t−τ1−C1} + q Σ γ_{t−τj−Cj}]), W0 = q/2. Condition: as for LORD++, and p
    independent of the past under the null.
    """
    start = q / 2.0
    gamma = np.arange(1, len(p) + 1, dtype=np.float64) ** -1.6
    gamma /= 2.2857656  # Σ j^-1.6 over all j
    found = np.zeros(len(p), dtype=bool)
    waiting, since = 0, list[int]()
    for t, value in enumerate(p):
        level = start * gamma[waiting]
        for j, steps in enumerate(since):
            level += ((q - start) if j == 0 else q) * gamma[steps]
        found[t] = value <= min(candidate, (1.0 - candidate) * level)
        if value > candidate:
            waiting, since = waiting + 1, [steps + 1 for steps in since]
        if found[t]:
            since.append(0)
    return found


def _gamma(n: int) -> Floats:
    j = np.arange(1, n + 1, dtype=np.float64)
    return np.asarray(0.07908 * np.log(np.maximum(j, 2.0)) / (j * np.exp(np.sqrt(np.log(j)))))
