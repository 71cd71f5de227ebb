"""Numbers as a law with errors and a share of wrong ones: residuals as a mixture of a core and of swapped values.

The core is a Student t of the residuals, whose tails may be as heavy as the data want. A wrong number is one that
belongs to another row: its residual is distributed as y of any row less this prediction, which is known. Heavy tails
alone are the core's, so that wrong ones are seen where values lie that another row would have.
"""

from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats

LARGEST_SHARE = 0.45
START = 0.03
LEAST = 1e-300
BINS = 40
FEWEST_DF = 1.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WrongNumberFit:
    """centre, scale, df: of the core's t; wrong: share of numbers that are another row's."""

    centre: float
    scale: float
    df: float
    wrong: float

    def given(self, residuals: Floats, elsewhere: Floats) -> tuple[Floats, Floats]:
        """(n,) density of each residual, and (n,) the chance that the number is right; elsewhere: (n,) density of the
        numbers of all rows at each row's own.
        """
        own = (1.0 - self.wrong) * _core(residuals, self.centre, self.scale, self.df)
        density = np.maximum(own + self.wrong * elsewhere, LEAST)
        return density, own / density


def wrong_number_fit(residuals: Floats, elsewhere: Floats, *, with_wrong: bool) -> WrongNumberFit:
    """By maximum likelihood; without wrong ones, a t alone."""
    from scipy.optimize import minimize

    middle = float(np.median(residuals))
    spread = max(float(np.median(np.abs(residuals - middle))) * 1.4826, 1e-9 * (1.0 + abs(middle)))
    first = [0.0, 0.0, np.log(5.0 - FEWEST_DF), *([np.log(START / (LARGEST_SHARE - START))] if with_wrong else [])]

    def made(values: Floats) -> WrongNumberFit:
        bounded = np.clip(values, -12.0, 12.0)
        wrong = LARGEST_SHARE / (1.0 + np.exp(-bounded[3])) if with_wrong else 0.0
        return WrongNumberFit(
            centre=middle + spread * float(values[0]), scale=spread * float(np.exp(bounded[1])),
            df=FEWEST_DF + float(np.exp(np.clip(values[2], -6.0, 6.0))), wrong=float(wrong),
        )  # fmt: skip

    def loss(values: Floats) -> float:
        return -float(np.log(made(values).given(residuals, elsewhere)[0]).sum())

    found = minimize(
        loss, np.array(first), method="Nelder-Mead", options={"maxiter": 600, "xatol": 1e-3, "fatol": 1e-3}
    )
    return made(found.x)


def density_elsewhere(y: Floats) -> Floats:
    """(n,) density of the numbers of all rows at each row's own, by a histogram of equal counts."""
    edges = np.unique(np.quantile(y, np.linspace(0.0, 1.0, BINS + 1)))
    if len(edges) < 3:
        return np.full(len(y), LEAST)
    counts = np.histogram(y, edges)[0]
    heights = np.maximum(counts, 0.5) / (counts.sum() * np.diff(edges))
    return np.asarray(heights[np.clip(np.searchsorted(edges, y, side="right") - 1, 0, len(heights) - 1)])


def _core(residuals: Floats, centre: float, scale: float, df: float) -> Floats:
    from scipy.special import gammaln

    u = (residuals - centre) / scale
    constant = gammaln((df + 1) / 2) - gammaln(df / 2) - 0.5 * np.log(df * np.pi) - np.log(scale)
    return np.asarray(np.exp(constant - (df + 1) / 2 * np.log1p(u**2 / df)))
