"""Search for gain and for cheapness at once: Optuna's NSGA-II, family by family."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from assay.core.contract import LabView, Told
from assay.core.experiment import Experiment
from assay.models import registry as models
from assay.research import register
from assay.research.ground import Ground
from assay.research.study import Manner, proposals

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

POPULATION = 8
LEAST_SECONDS = 1e-3


@register("nsga2")
@dataclass(frozen=True)
class Nsga2:
    """Crosses settings that no other result beats in gain and in expected seconds together (Deb et al., 2002).

    The seconds are those the family itself expects of the settings, so that no clock decides.
    """

    searches: ClassVar[bool] = True

    seed: int = 0
    name: str = "nsga2"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        manner = Manner(sampler=_sampler, replays=True, goals=_goals, directions=("maximize", "minimize"))
        return proposals(view, manner, n=n, by=self.name, seed=self.seed)


def _goals(told: Told, view: LabView) -> tuple[float, ...]:
    seconds = models.build(told.experiment.recipe.model).cost(view.facts).seconds
    return (told.gain or 0.0, math.log(max(seconds, LEAST_SECONDS)))


def _sampler(ground: Ground, seed: int) -> "BaseSampler":
    from optuna.samplers import NSGAIISampler

    return NSGAIISampler(seed=seed, population_size=POPULATION)
