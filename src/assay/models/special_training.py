"""How families over LightGBM train it otherwise than it trains itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.core.array import Floats
from assay.core.contract import FoldView
from assay.models.objectives import TWEEDIE_POWER, huber_width

if TYPE_CHECKING:
    import lightgbm

BoosterParams = Mapping[str, str | int | float | bool]
OWN_OBJECTIVES: Mapping[str, BoosterParams] = {
    "poisson": {"objective": "poisson"}, "gamma": {"objective": "gamma"},
    "tweedie": {"objective": "tweedie", "tweedie_variance_power": TWEEDIE_POWER},
    "huber": {"objective": "huber"}, "absolute": {"objective": "regression_l1"},
}  # fmt: skip
"""They replace the loss that is learned, not the one that rounds are stopped by."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SpecialTraining:
    """params: in place of the family's own. start: scores of the training and of the test rows that trees are added to,
    (n,) or (n, n_classes). gradient: first and second derivatives of a loss of its own, of scores and data."""

    params: BoosterParams = field(default_factory=dict)
    start: tuple[Floats, Floats] | None = None
    gradient: "Callable[[Floats, lightgbm.Dataset], tuple[Floats, Floats]] | None" = None


USUAL = SpecialTraining()


def own_objective(view: FoldView, own: str) -> BoosterParams:
    """LightGBM's parameters of a loss of models/objectives.py, {} for ""."""
    if own == "huber":
        return {**OWN_OBJECTIVES[own], "alpha": huber_width(view.target("train"))}
    return OWN_OBJECTIVES.get(own, {})
