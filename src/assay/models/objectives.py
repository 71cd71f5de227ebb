"""Losses that a booster may minimise in place of the metric's own: for counts, amounts with zeros, and outliers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assay.core.contract import FoldView, Target
from assay.core.errors import UsageError, nearest_names
from assay.models.matrix import weighted_quantile

TWEEDIE_POWER = 1.5
"""Of the variance, between a count's (1) and a gamma's (2)."""
HUBER_SHARE = 0.9
"""Share of the training rows whose distance from the median counts by its square (Friedman, 2001)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLoss:
    """A loss by its name. least: the smallest target it is defined for, None for any; is_above: larger than that, not
    equal; has_log_link: it learns the logarithm of the mean."""

    least: float | None = None
    is_above: bool = False
    has_log_link: bool = False


OWN_LOSSES: Mapping[str, OwnLoss] = {
    "poisson": OwnLoss(least=0.0, has_log_link=True),
    "tweedie": OwnLoss(least=0.0, has_log_link=True),
    "gamma": OwnLoss(least=0.0, is_above=True, has_log_link=True),
    "huber": OwnLoss(),
    "absolute": OwnLoss(),
}


def checked_objective(view: FoldView, wanted: str) -> str:
    """The loss that was wanted, "" for the metric's own. UsageError where it is unknown, or not for this target."""
    if not wanted:
        return ""
    loss = OWN_LOSSES.get(wanted)
    if loss is None:
        raise UsageError(
            f"No loss is called {wanted!r}. Known: {', '.join(OWN_LOSSES)}.", nearest=nearest_names(wanted, OWN_LOSSES)
        )
    if view.problem.is_class:
        raise UsageError(f"The loss {wanted!r} is for numbers, and the target is a class. Leave `objective` out.")
    values = np.asarray(view.target("train").values)
    if loss.least is not None and len(values):
        lowest = float(values.min())
        if lowest < loss.least or (loss.is_above and lowest <= loss.least) or not values.any():
            limit = "above" if loss.is_above else "not below"
            raise UsageError(
                f"The loss {wanted!r} needs targets {limit} {loss.least:g}, not all 0, and the lowest is {lowest:g}. "
                "Leave `objective` out."
            )
    return "" if view.facts.monotone and wanted == "absolute" else wanted


def huber_width(target: Target) -> float:
    """The distance from the median up to which errors count by their square; positive."""
    values = np.asarray(target.values, dtype=np.float64)
    away = np.abs(values - weighted_quantile(values, target.weight, 0.5))
    return max(weighted_quantile(away, target.weight, HUBER_SHARE), float(away.max(initial=0.0)) / 100, 1e-6)
