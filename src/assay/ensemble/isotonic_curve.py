"""A rising curve from probabilities to probabilities: isotonic regression without its flat steps."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assay.core.array import Bools, Floats

MOST_POINTS = 100
"""Points a curve keeps; blocks beyond it are narrower than what can be seen on the rows."""


@dataclass(frozen=True, kw_only=True)
class IsotonicCurve:
    """Straight lines between points; x and y rise strictly from 0 to 1, so that unequal stays unequal."""

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __post_init__(self) -> None:
        x, y = self._points
        same = len(x) == len(y) > 1
        if not same or (np.diff(x) <= 0).any() or (np.diff(y) <= 0).any() or not (x[0] <= 0 and x[-1] >= 1):
            raise ValueError("A curve's points rise strictly, and cover probabilities from 0 to 1.")
        if not (y[0] >= 0 and y[-1] <= 1):
            raise ValueError("A curve answers with probabilities.")

    @cached_property
    def _points(self) -> tuple[Floats, Floats]:
        return np.array(self.x), np.array(self.y)

    def apply(self, p: Floats) -> Floats:
        """(n,) probabilities of (n,) probabilities; NaN stays NaN."""
        return np.interp(p, *self._points)


def fit_curve(p: Floats, is_true: Bools, weight: Floats | None) -> IsotonicCurve:
    """Centred isotonic regression (Oron and Flournoy, 2017): lines between the middles of the blocks.

    Plain isotonic regression gives all rows of a block one answer, and the outermost often 0 or 1. Here half a row of
    the other outcome is added at either end, and the answers halve their distance to 0 and 1 beyond the last middles.
    """
    from scipy.optimize import isotonic_regression

    w = np.ones(len(p)) if weight is None else weight / weight.mean()
    order = np.argsort(p, kind="stable")
    x = np.concatenate([[p.min(initial=1.0)], p[order], [p.max(initial=0.0)]])
    outcome = np.concatenate([[1.0], is_true[order].astype(np.float64), [0.0]])
    mass = np.concatenate([[0.5], w[order], [0.5]])
    known, place = np.unique(x, return_inverse=True)  # rows of one probability are one point
    total: Floats = np.asarray(np.bincount(place, weights=mass), dtype=np.float64)
    share = np.bincount(place, weights=mass * outcome) / total
    fitted = isotonic_regression(share, weights=total).x
    return _thinned(known, fitted, total)


def _thinned(x: Floats, fitted: Floats, mass: Floats) -> IsotonicCurve:
    """The curve through the middles of blocks, of many blocks through means of neighbours."""
    _, block = np.unique(np.round(fitted, 12), return_inverse=True)
    blocks = int(block[-1]) + 1
    if blocks > MOST_POINTS:
        of_block = np.bincount(block, weights=mass)  # whole ones: halves of a block answer alike, and would not rise
        middle = np.cumsum(of_block) - of_block / 2
        block = np.unique((middle / mass.sum() * MOST_POINTS).astype(np.int64), return_inverse=True)[1][block]
    total = np.bincount(block, weights=mass)
    xs, ys = np.bincount(block, weights=mass * x) / total, np.bincount(block, weights=mass * fitted) / total
    inner = (xs > 1e-9) & (xs < 1 - 1e-9)
    xs, ys = xs[inner], ys[inner]
    if not len(xs):
        return IsotonicCurve(x=(0.0, 1.0), y=(0.0, 1.0))
    first, last = ys[0] / 2, 1 - (1 - ys[-1]) / 2
    return IsotonicCurve(x=(0.0, *xs.tolist(), 1.0), y=(float(first), *ys.tolist(), float(last)))
