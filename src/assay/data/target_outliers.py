"""Outliers of a numeric target that dominate every squared error."""

import numpy as np

from assay.core.array import Floats
from assay.core.task import Notice
from assay.data.sentinel import code_value

_SHARE = 0.9
"""Of the squared distances to the median, held by the far ones."""
_MOST, _MOST_SHARE = 3, 0.001
"""How many may be far ones: three, or one row in a thousand."""
_VARIED = 10
"""Distinct other values below which the extremes are the signal, as a few ones among zeros are."""


def code_targets(name: str, values: Floats) -> tuple[Notice, ...]:
    """A notice where a number such as -999, which comes again far from all others, looks like a code for missing.

    values: (n,) without gaps. It is kept, as only the user knows what a target means.
    """
    found = code_value(values)
    if found is None or found.verdict != "missing":
        return ()
    rows = "1 row" if found.rows == 1 else f"{found.rows:,} rows"
    what = f"{name} is {found.text} in {rows} and far from that in all others: a code for missing? It is learned"
    return (Notice(code="data/target-code", message=what, column=name, do=f"--missing {found.text}"),)


def far_targets(name: str, values: Floats) -> tuple[Notice, ...]:
    """A notice where very few values of a number to predict hold nearly all of its variance.

    values: (n,) without gaps. Squared errors are then those of these rows: with a typing error among them, nothing is
    learned from the others.
    """
    distance = np.square((values - np.median(values)) / (np.abs(values).max() or 1.0))
    n_most = max(_MOST, int(_MOST_SHARE * len(values)))
    order = np.argsort(-distance, kind="stable")
    held = np.cumsum(distance[order[:n_most]]) / (distance.sum() or 1.0)
    if held[-1] < _SHARE:
        return ()
    n = int(np.argmax(held >= _SHARE)) + 1
    if len(np.unique(np.delete(values, order[:n]))) < _VARIED:
        return ()
    texts = [f"{value:.15g}" for value in dict.fromkeys(values[order[:n]].tolist())]
    listed = ", ".join(texts[:_MOST]) + ", …" * (len(texts) > _MOST)
    rows = "1 row holds" if n == 1 else f"{n} rows hold"
    what = f"{name}: {rows} {held[n - 1]:.0%} of the variance ({listed}): scores of squared errors tell of nothing else"
    wrong = f"--missing {','.join(texts)} leaves out errors; " if len(texts) <= _MOST else ""
    do = f"{wrong}--metric mae learns from all rows"
    return (Notice(code="data/far-target", message=what, column=name, do=do),)
