"""Random search, the baseline of every other search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from assay.core.contract import LabView
from assay.core.experiment import Experiment, Pool
from assay.research import register
from assay.research.family_history import FamilyHistory
from assay.research.optuna_search import SamplerSpec, proposals

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler


@register("random")
@dataclass(frozen=True)
class RandomSearch:
    """Draws settings from the prior of a family's space (Bergstra and Bengio, 2012)."""

    pool: ClassVar[Pool] = "bounded"

    seed: int = 0
    name: str = "random"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return proposals(view, SamplerSpec(sampler=_sampler), n=n, by=self.name, seed=self.seed)


def _sampler(history: FamilyHistory, seed: int) -> "BaseSampler":
    from optuna.samplers import RandomSampler

    return RandomSampler(seed=seed)
