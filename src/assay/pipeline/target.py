"""How a numeric target is learned: a transform, and its inverse for predictions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats
from assay.core.errors import UsageError, nearest_names


def _same(values: Floats) -> Floats:
    return values


def _log(values: Floats) -> Floats:
    return np.log1p(np.maximum(values, 0.0))


def _exp(values: Floats) -> Floats:
    # 700 keeps exp finite; a log-scale model that extrapolates so far is wrong anyway, but must not print inf
    return np.expm1(np.minimum(values, 700.0))


@dataclass(frozen=True, slots=True)
class Transform:
    """forward: user's scale to the scale trained; inverse: predictions back."""

    forward: Callable[[Floats], Floats]
    inverse: Callable[[Floats], Floats]


TRANSFORMS = {"identity": Transform(_same, _same), "log1p": Transform(_log, _exp)}


def transform_named(name: str) -> Transform:
    """The transform of a recipe; UsageError if there is none of that name."""
    if name not in TRANSFORMS:
        raise UsageError(
            f"No target transform is called {name!r}. Known: {', '.join(TRANSFORMS)}.",
            nearest=nearest_names(name, TRANSFORMS),
        )
    return TRANSFORMS[name]
