"""Equal models where one of two classes is rare: how often a difference of ROC AUC is claimed that is not there."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from assay.core.problem.binary import Binary
from assay.core.seed import Seeds
from assay.evidence.evaluation_rows import Rows
from assay.evidence.paired import compare
from assay.metrics.choose_metric import find
from outcome import Check, at_most

N_ROWS, POSITIVES = 300, (3, 5, 20, 49)
"""Rows of a table, and those of the rarer class: below 50 the t by class is asked (`assay.evidence.paired`)."""
AUC = find("roc_auc", Binary())


def rare(sets: int) -> dict[str, Any]:
    """By rows of the rarer class: the share of p at most 5 %, and of intervals that hold 0, the truth."""
    cells = {f"{k} of {N_ROWS} rows": _of(k, sets) for k in POSITIVES}
    return {"sets": sets, "classes": cells}


def _of(k: int, sets: int) -> dict[str, float]:
    rng, small, held = np.random.default_rng([N_ROWS, k]), 0, 0
    y = np.array([1] * k + [0] * (N_ROWS - k))
    for seed in range(sets):
        signal = 1.6 * y + rng.normal(size=N_ROWS)  # what both see, so that they agree as real models do
        a, b = (signal + rng.normal(size=N_ROWS) for _ in range(2))
        found = compare(AUC, Rows(y=y, problem=Binary(), seeds=Seeds(seed)), a, b)
        small += found.p is not None and found.p <= 0.05
        held += found.low is not None and found.high is not None and found.low <= 0.0 <= found.high
    return {"p ≤ 5 %": small / sets, "interval covers": held / sets}


def checks_of_rare(cell: dict[str, Any]) -> Iterator[Check]:
    """Never more often than promised; slack of two standard errors of a share of 5 %."""
    slack = 200.0 * (0.05 * 0.95 / cell["sets"]) ** 0.5
    for name, one in cell["classes"].items():
        of = f"ROC AUC, {name} of the rarer class"
        yield at_most(f"p ≤ 5 % between equals: {of}", 100 * one["p ≤ 5 %"], round(5 + slack, 1), "%", digits=1)
        misses = 100 * (1 - one["interval covers"])
        yield at_most(f"the 95 % interval misses, equals: {of}", misses, round(5 + slack, 1), "%", digits=1)
