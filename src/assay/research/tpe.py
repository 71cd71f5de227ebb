"""Optuna's tree-structured Parzen estimator, one family at a time."""

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

STARTUP = 4
"""Results of a family before its model is used; until then settings are drawn at random."""


@register("tpe")
@dataclass(frozen=True)
class Tpe:
    """Proposes where good settings are denser than bad ones (Bergstra et al., 2011; Watanabe, 2023).

    It uses all results of the family, including the portfolio's.
    """

    pool: ClassVar[Pool] = "bounded"
    queue: ClassVar[int] = 60

    seed: int = 0
    name: str = "tpe"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return proposals(view, SamplerSpec(sampler=_sampler), n=n, by=self.name, seed=self.seed)


def _sampler(history: FamilyHistory, seed: int) -> "BaseSampler":
    from optuna.samplers import TPESampler

    return TPESampler(seed=seed, multivariate=True, n_startup_trials=STARTUP)
