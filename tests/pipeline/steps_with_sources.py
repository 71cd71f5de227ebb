"""Steps by name, those that call a source with one that reads the target."""

from assay.core.recipe import Step
from assay.features import traits_of
from assay.user_code.access import put_source
from assay.user_code.source import digest_of

MEANS = """
import numpy as np

def parts(values):
    return np.array([str(value)[:2] for value in values])

def fit(X, y, columns, seed):
    state = {}
    for name in list(columns)[:3]:
        cells = parts(X[name])
        state[name] = {part: [float(np.sum(y[cells == part])), int(np.sum(cells == part))] for part in np.unique(cells)}
    return {"sums": state, "all": float(np.mean(y))}

def transform(state, X):
    out = {}
    for name, sums in state["sums"].items():
        known = {part: (total + 5 * state["all"]) / (n + 5) for part, (total, n) in sums.items()}
        out["mean by " + name] = np.array([known.get(part, state["all"]) for part in parts(X[name])])
    return out
"""
"""The smoothed mean of the target by the first two letters of a cell."""


def step_in(folder, name, **params):
    """The step of that name; one that calls a source calls MEANS, which is put into the folder."""
    if traits_of(name).runs_code:
        put_source(folder.data, MEANS)
        return Step.of(name, code=digest_of(MEANS), name="means", **params)
    return Step.of(name, **params)
