"""Transforms of a numeric target, with their parameters and inverse.

A transform maps the user's scale to the scale trained. Its parameters are learned on training rows; its inverse is
monotone, and finite for every finite number.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np

from assay.core.array import Floats
from assay.core.errors import UsageError, nearest_names

Parameters = tuple[float, ...]

MOST_KNOTS = 129
"""Knots of a rank transform, which is linear in the normal score between them."""
CUT = 0.01
"""Share of the rows whose target is cut, on each side."""
FARTHEST = 1e100
"""Bound of standardised targets, so that no power overflows."""
LOWEST_POWER, HIGHEST_POWER = 0.0, 2.0
"""A negative power has an inverse with a pole: one prediction near it would dominate the mean."""


class TransformCurve(Protocol):
    """A monotone map between the user's scale and the scale trained."""

    def forward(self, values: Floats) -> Floats: ...
    def inverse(self, scores: Floats) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Identity:
    """The target as it is."""

    def forward(self, values: Floats) -> Floats:
        return values

    def inverse(self, scores: Floats) -> Floats:
        return scores


@dataclass(frozen=True, slots=True)
class LogOnePlus:
    """log(1 + y), with y at least 0."""

    def forward(self, values: Floats) -> Floats:
        return np.log1p(np.maximum(values, 0.0))

    def inverse(self, scores: Floats) -> Floats:
        # 700 keeps exp finite; a log-scale model that extrapolates so far is wrong anyway, but must not print inf
        return np.expm1(np.minimum(scores, 700.0))


@dataclass(frozen=True, slots=True)
class Log:
    """log(y − shift), with y − shift at least `floor`, which is positive."""

    shift: float
    floor: float

    def __post_init__(self) -> None:
        if not self.floor > 0:
            raise ValueError(f"The floor of a logarithm is positive, not {self.floor:g}.")

    def forward(self, values: Floats) -> Floats:
        return np.log(np.maximum(values - self.shift, self.floor))

    def inverse(self, scores: Floats) -> Floats:
        return np.exp(np.minimum(scores, 709.0)) + self.shift


@dataclass(frozen=True, slots=True)
class YeoJohnson:
    """The power transform of Yeo and Johnson (2000) of (y − centre) / scale."""

    power: float
    centre: float
    scale: float

    def __post_init__(self) -> None:
        if not self.scale > 0 or not LOWEST_POWER <= self.power <= HIGHEST_POWER:
            raise ValueError(f"{self} is no power transform: its scale is positive, its power between 0 and 2.")

    def forward(self, values: Floats) -> Floats:
        u = _standardised(values, self.centre, self.scale, FARTHEST)
        size = np.log1p(np.abs(u))
        return np.where(u >= 0, _power(size, self.power), -_power(size, 2.0 - self.power))

    def inverse(self, scores: Floats) -> Floats:
        if len(scores) == 1:  # of one row one side is enough: 4 µs instead of 7
            sign = 1.0 if scores[0] >= 0 else -1.0
            power = self.power if sign > 0 else 2.0 - self.power
            return self.centre + sign * self.scale * _root(np.abs(scores), power)
        up = _root(np.maximum(scores, 0.0), self.power)
        down = _root(np.maximum(-scores, 0.0), 2.0 - self.power)
        return self.centre + self.scale * (up - down)


def _standardised(values: Floats, centre: float, scale: float, farthest: float) -> Floats:
    """(values − centre) / scale, clipped to ± farthest before the division, as a tiny scale would overflow."""
    reach = farthest * (scale / 2.0)  # of Python floats: infinite where it overflows, and then nothing is cut
    halves = values / 2.0 - centre / 2.0  # a difference of two numbers may overflow, of their halves it does not
    return np.minimum(np.maximum(halves, -reach), reach) / (scale / 2.0)


def _power(log_size: Floats, power: float) -> Floats:
    """((1 + |u|)^power − 1) / power from log(1 + |u|)."""
    return np.asarray(np.expm1(power * log_size) / power if power else log_size)


def _root(score: Floats, power: float) -> Floats:
    """|u| from a score of 0 or more, FARTHEST at most."""
    return np.expm1(np.minimum(np.log1p(power * score) / power if power else score, 230.0))


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """Normal scores of ranks (van der Waerden), linear between knots; flat beyond the first and last."""

    values: Floats
    scores: Floats

    @classmethod
    def of(cls, *parameters: float) -> "Ranks":
        """Of the values, then the scores."""
        both = np.array(parameters, dtype=np.float64)
        if not len(both) or len(both) % 2:
            raise ValueError(f"A rank transform has as many scores as values, not {len(both)} numbers in all.")
        values, scores = np.split(both, 2)
        if (np.diff(values) <= 0).any() or (np.diff(scores) <= 0).any():
            raise ValueError("The values and the scores of a rank transform rise.")
        return cls(values, scores)

    def forward(self, values: Floats) -> Floats:
        return np.interp(values, self.values, self.scores)

    def inverse(self, scores: Floats) -> Floats:
        return np.interp(scores, self.scores, self.values)


@dataclass(frozen=True, slots=True)
class Clipped:
    """The target within two of its values: a few far ones do not teach how far they are (winsorising, Dixon, 1960)."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise ValueError(f"The ends between which a target is kept rise, unlike {self.low:g} and {self.high:g}.")

    def forward(self, values: Floats) -> Floats:
        return np.minimum(np.maximum(values, self.low), self.high)

    def inverse(self, scores: Floats) -> Floats:
        return scores


# -- fitting ------------------------------------------------------------------------------------------------------


def _fit_log(values: Floats, weight: Floats) -> Parameters:
    """Positive targets need no shift; otherwise it begins a tenth of the typical distance below the lowest."""
    low, middle = float(values.min()), float(np.median(values))
    if low > 0:
        return (0.0, low / 10.0)
    step = (middle / 10.0 - low / 10.0) or float(values.max() / 10.0 - low / 10.0) or 1.0
    return (low - step, step / 10.0)


def _fit_yeo_johnson(values: Floats, weight: Floats) -> Parameters:
    """Maximum likelihood of the power, within the bounds, on the target standardised by median and spread."""
    from scipy.optimize import minimize_scalar

    low, centre, high = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    # A half-range, as a range may overflow; a target of one value has no spread.
    scale = 2.0 * (high / 2.0 - low / 2.0) or float(np.max(np.abs(values / 2.0 - centre / 2.0))) or 1.0
    u = _standardised(values, centre, scale, 1e6)
    share, logs = weight / weight.sum(), np.sign(u) * np.log1p(np.abs(u))

    def loss(power: float) -> float:
        z = YeoJohnson(power, 0.0, 1.0).forward(u)
        spread = float(share @ (z - share @ z) ** 2)
        return 0.5 * math.log(max(spread, 1e-300)) - (power - 1.0) * float(share @ logs)

    found = minimize_scalar(loss, bounds=(LOWEST_POWER, HIGHEST_POWER), method="bounded", options={"xatol": 1e-4})
    return (float(found.x), centre, scale)


def _fit_ranks(values: Floats, weight: Floats) -> Parameters:
    """Normal scores of mid-ranks by weight, thinned to even steps in the score."""
    from scipy.special import ndtri

    known, place = np.unique(values, return_inverse=True)
    mass = np.bincount(place, weights=weight)
    scores = ndtri((np.cumsum(mass) - mass / 2.0) / mass.sum())
    if len(known) > MOST_KNOTS:
        wanted = np.linspace(scores[0], scores[-1], MOST_KNOTS)
        # each knot is a value that occurs: between far values a mean of two might be none
        at = np.unique(np.searchsorted(scores, wanted).clip(0, len(known) - 1))
        known, scores = known[at], scores[at]
    return (*known.tolist(), *scores.tolist())


def _fit_clipped(values: Floats, weight: Floats) -> Parameters:
    """Values that occur, as a mean of two far ones does not, with 1 % of the rows beyond them on each side."""
    low, high = np.quantile(values, [CUT, 1.0 - CUT], method="inverted_cdf").tolist()
    return (low, high)


def _nothing(values: Floats, weight: Floats) -> Parameters:
    return ()


# -- by name ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TransformKind:
    """A family of transforms. fit: parameters from the training rows' values and weights; build: the curve of these."""

    fit: Callable[[Floats, Floats], Parameters]
    build: Callable[..., TransformCurve]


KINDS: Mapping[str, TransformKind] = MappingProxyType({
    "identity": TransformKind(_nothing, Identity),
    "log1p": TransformKind(_nothing, LogOnePlus),
    "log": TransformKind(_fit_log, Log),
    "yeo_johnson": TransformKind(_fit_yeo_johnson, YeoJohnson),
    "normal": TransformKind(_fit_ranks, Ranks.of),
    "clipped": TransformKind(_fit_clipped, Clipped),
})  # fmt: skip
"""Transforms by the name used in recipes; "normal" is the one by ranks."""


def transform_kind(name: str) -> TransformKind:
    """The transform of that name; UsageError if there is none."""
    if name not in KINDS:
        raise UsageError(
            f"No target transform is called {name!r}. Known: {', '.join(KINDS)}.", nearest=nearest_names(name, KINDS)
        )
    return KINDS[name]


def curve_of(name: str, parameters: Parameters) -> TransformCurve:
    """The transform of stored parameters; ValueError when they do not fit it."""
    if not all(math.isfinite(value) for value in parameters):
        raise ValueError(f"The transform {name!r} has parameters that are no finite numbers.")
    try:
        return transform_kind(name).build(*parameters)
    except TypeError as error:
        raise ValueError(f"The transform {name!r} does not take {len(parameters)} parameters.") from error
