"""Searches of a family's settings by Optuna's samplers, one family at a time."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar

from assay.core.contract import LabView, Observation, ResearcherTraits
from assay.core.errors import UsageError
from assay.core.experiment import Experiment
from assay.core.space import Choice, Float, Int
from assay.models import registry as models
from assay.research import register
from assay.research.family_history import FamilyHistory
from assay.research.optuna_search import COLUMNS, SamplerSpec, plain, proposals, settings_of

if TYPE_CHECKING:
    from optuna.samplers import BaseSampler

STARTUP = 4
"""Results of a family before the model of `tpe` is used; until then settings are drawn at random."""
POPULATION = 8
LEAST_SECONDS = 1e-3
POINTS = (0.1, 0.5, 0.9)
"""Grid points, as shares of a number's range on its own scale."""
MOST = 243


@dataclass(frozen=True)
class Sampling(ABC):
    """Base of the researchers that differ by their sampler alone; `name` is the registered one."""

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="bounded")

    seed: int = 0
    name: str = ""

    def ask(self, view: LabView, *, n: int) -> Sequence[Experiment]:
        return proposals(view, self.spec(), n=n, by=self.name, seed=self.seed)

    def spec(self) -> SamplerSpec:
        """The sampler, and how it is told of results."""
        return SamplerSpec(sampler=self.sampler)

    @staticmethod
    @abstractmethod
    def sampler(history: FamilyHistory, seed: int) -> "BaseSampler":
        """For a family's history and a seed."""


@register("tpe")
@dataclass(frozen=True)
class Tpe(Sampling):
    """Proposes where good settings are denser than bad ones: Optuna's tree-structured Parzen estimator (Bergstra et
    al., 2011; Watanabe, 2023).

    It uses all results of the family, including the portfolio's.
    """

    traits: ClassVar[ResearcherTraits] = ResearcherTraits(pool="bounded", queue=60)

    name: str = "tpe"

    @staticmethod
    def sampler(history: FamilyHistory, seed: int) -> "BaseSampler":
        from optuna.samplers import TPESampler

        return TPESampler(seed=seed, multivariate=True, n_startup_trials=STARTUP)


@register("random")
@dataclass(frozen=True)
class RandomSearch(Sampling):
    """Draws settings from the prior of a family's space (Bergstra and Bengio, 2012): the baseline of every search."""

    name: str = "random"

    def spec(self) -> SamplerSpec:
        return SamplerSpec(sampler=self.sampler, learns=False)

    @staticmethod
    def sampler(history: FamilyHistory, seed: int) -> "BaseSampler":
        from optuna.samplers import RandomSampler

        return RandomSampler(seed=seed)


@register("cma_es")
@dataclass(frozen=True)
class CmaEs(Sampling):
    """Proposes from a normal distribution that follows the best of each generation (Hansen and Ostermeier, 2001), of
    numeric settings; choices are drawn at random.

    Results of other researchers are injected into its generations (Hansen, 2011), the portfolio's first. Needs the
    extra hpo.
    """

    name: str = "cma_es"

    def spec(self) -> SamplerSpec:
        if find_spec("cmaes") is None:
            raise UsageError("The researcher 'cma_es' needs the package cmaes.", do=("pip install 'assay-ml[hpo]'",))
        return SamplerSpec(sampler=self.sampler, replays=True)

    @staticmethod
    def sampler(history: FamilyHistory, seed: int) -> "BaseSampler":
        from optuna.samplers import CmaEsSampler

        return CmaEsSampler(seed=seed, warn_independent_sampling=False)


@register("nsga2")
@dataclass(frozen=True)
class Nsga2(Sampling):
    """Crosses settings on the Pareto front of gain and expected seconds (Deb et al., 2002).

    The seconds are the family's own estimate for the settings, so that no clock decides.
    """

    name: str = "nsga2"

    def spec(self) -> SamplerSpec:
        return SamplerSpec(sampler=self.sampler, replays=True, goals=_goals, directions=("maximize", "minimize"))

    @staticmethod
    def sampler(history: FamilyHistory, seed: int) -> "BaseSampler":
        from optuna.samplers import NSGAIISampler

        return NSGAIISampler(seed=seed, population_size=POPULATION)


def _goals(past: Observation, view: LabView) -> tuple[float, ...]:
    seconds = models.build(past.experiment.recipe.model).cost(view.facts).seconds
    return (past.gain or 0.0, math.log(max(seconds, LEAST_SECONDS)))


@register("grid")
@dataclass(frozen=True)
class Grid(Sampling):
    """Proposes every combination of three values per setting, in random order; for few settings and much time."""

    name: str = "grid"

    @staticmethod
    def sampler(history: FamilyHistory, seed: int) -> "BaseSampler":
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
