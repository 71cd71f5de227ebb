"""CMA-ES, Optuna's, over a family's numeric settings; choices are drawn at random."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar

from assay.core.contract import LabView
from assay.core.errors import UsageError
from assay.core.experiment import Experiment, Pool
from assay.research import register
from assay.research.family_history import FamilyHistory
from assay.research.optuna_search import SamplerSpec, proposals

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler


@register("cma_es")
@dataclass(frozen=True)
class CmaEs:
    """Proposes from a normal distribution that follows the best of each generation (Hansen and Ostermeier, 2001).

    Results of other researchers are injected into its generations (Hansen, 2011), the portfolio's first. Needs the
    extra hpo.
    """

    pool: ClassVar[Pool] = "bounded"

    seed: int = 0
    name: str = "cma_es"

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        if find_spec("cmaes") is None:
            raise UsageError("The researcher 'cma_es' needs the package cmaes.", do=("pip install 'assay-ml[hpo]'",))
        return proposals(view, SamplerSpec(sampler=_sampler, replays=True), n=n, by=self.name, seed=self.seed)


def _sampler(history: FamilyHistory, seed: int) -> "BaseSampler":
    from optuna.samplers import CmaEsSampler

    return CmaEsSampler(seed=seed, warn_independent_sampling=False)
