"""Grid search over the first settings of a family, in random order; the others keep the best result's values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from assay.core.contract import LabView
from assay.core.experiment import Experiment, Pool
from assay.core.space import Choice, Float, Int
from assay.research import register
from assay.research.family_history import FamilyHistory
from assay.research.optuna_search import COLUMNS, SamplerSpec, plain, proposals, settings_of

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

POINTS = (0.1, 0.5, 0.9)
"""Grid points, as shares of a number's range on its own scale."""
MOST = 243


@register("grid")
@dataclass(frozen=True)
class Grid:
    """Proposes every combination of three values per setting; for few settings and much time."""

    pool: ClassVar[Pool] = "bounded"

    seed: int = 0
    name: str = "grid"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return proposals(view, SamplerSpec(sampler=_sampler), n=n, by=self.name, seed=self.seed)


def _sampler(history: FamilyHistory, seed: int) -> "BaseSampler":
    from optuna.samplers import GridSampler

    return GridSampler(axes(history), seed=seed)


def axes(history: FamilyHistory) -> dict[str, list[float | int | str]]:
    """The grid values of each dimension: several while there are at most 243 combinations, then the best result's
    alone."""
    best, size = settings_of(history, history.best.experiment.recipe), 1
    out: dict[str, list[float | int | str]] = {}
    for name, dimension in history.space.dimensions:
        values = _values(plain(dimension))
        out[name] = values if size * len(values) <= MOST else [best.get(name, values[len(values) // 2])]
        size *= len(out[name])
    return out if COLUMNS not in best else {**out, COLUMNS: [best[COLUMNS]]}


def _values(dimension: Float | Int | Choice) -> list[float | int | str]:
    if isinstance(dimension, Choice):
        return [str(position) for position in range(len(dimension.values))]
    low, high = float(dimension.low), float(dimension.high)
    if dimension.log:
        low, high = math.log(low), math.log(high)
    points = [low + share * (high - low) for share in POINTS]
    if dimension.log:
        points = [math.exp(point) for point in points]
    return sorted({round(point) for point in points}) if isinstance(dimension, Int) else list(points)
