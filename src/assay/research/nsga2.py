"""Multi-objective search for gain and low cost: Optuna's NSGA-II, one family at a time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from assay.core.contract import LabView, Observation
from assay.core.experiment import Experiment, Pool
from assay.models import registry as models
from assay.research import register
from assay.research.family_history import FamilyHistory
from assay.research.optuna_search import SamplerSpec, proposals

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

POPULATION = 8
LEAST_SECONDS = 1e-3


@register("nsga2")
@dataclass(frozen=True)
class Nsga2:
    """Crosses settings on the Pareto front of gain and expected seconds (Deb et al., 2002).

    The seconds are the family's own estimate for the settings, so that no clock decides.
    """

    pool: ClassVar[Pool] = "bounded"

    seed: int = 0
    name: str = "nsga2"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        spec = SamplerSpec(sampler=_sampler, replays=True, goals=_goals, directions=("maximize", "minimize"))
        return proposals(view, spec, n=n, by=self.name, seed=self.seed)


def _goals(past: Observation, view: LabView) -> tuple[float, ...]:
    seconds = models.build(past.experiment.recipe.model).cost(view.facts).seconds
    return (past.gain or 0.0, math.log(max(seconds, LEAST_SECONDS)))


def _sampler(history: FamilyHistory, seed: int) -> "BaseSampler":
    from optuna.samplers import NSGAIISampler

    return NSGAIISampler(seed=seed, population_size=POPULATION)
