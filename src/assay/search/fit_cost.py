"""Expected cost of a fit: each family's own estimate, corrected by what this machine and table showed."""

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache

from assay.core.contract import StepCost
from assay.core.experiment import Experiment
from assay.core.fold_scores import FoldScore
from assay.core.recipe import Recipe, Step
from assay.core.result import Cost
from assay.core.schema import Facts
from assay.features import registry as steps
from assay.models import registry as models
from assay.pipeline.row_weights import weighting_seconds
from assay.pipeline.self_training import fits_before
from assay.research.portfolio import FLOOR

SAFETY = 1.3
WEIGHT = 0.5
STORING_SECONDS, HANDING_SECONDS = 0.01, 0.04
"""What every job costs beside its fit: opening blocks, storing predictions and the model, which its record counts; and
handing it out and taking its outcome, which it does not. The first is what a constant takes (benchmarks/plan.py)."""
JOB_SECONDS = STORING_SECONDS + HANDING_SECONDS
NESTED_FITS = 1.5
"""Fits of each experiment that a second level reads, by those of its own fold: (K - 1) / 2 on (K - 2) / K of the rows,
against the (K - 1) / K of an ordinary fold, for K = 5."""
MOST_MACHINE = math.log(4.0)
"""One fit says no more about a machine than that it is four times slower or faster."""


def recipe_cost(recipe: Recipe, facts: Facts) -> Cost:
    """Of one fold: the model's, on the columns that the steps make of the table's, and theirs."""
    seconds, seen = _after(recipe.steps, facts)
    cost = models.build(recipe.model).cost(seen)
    seconds += weighting_seconds(recipe.weighting, n_rows=facts.n_rows, n_columns=facts.n_features)
    fits = fits_before(facts.n_rows) if recipe.pseudo_labels else 0
    return replace(cost, setup_seconds=cost.setup_seconds + seconds + fits * cost.seconds)


@lru_cache(maxsize=256)  # of thousands of recipes most have the same few sets of steps
def _after(given: tuple[Step, ...], facts: Facts) -> tuple[float, Facts]:
    """Seconds of these steps, and the facts of what they leave to the model, which reads terms in place of texts."""
    seconds = cells = 0.0
    for step in given:
        encoder = steps.build(step)
        cost = getattr(encoder, "cost", None)
        if callable(cost):
            own: StepCost = cost(facts)
            seconds += own.seconds
            cells += own.cells
            facts = replace(facts, n_numeric=facts.n_numeric + own.columns)
    return seconds, replace(facts, text_chars=cells)


@dataclass
class CostModel:
    """Seconds per fold by family: estimate x machine x table.

    The first fit of any family sets the machine's factor; each family then keeps an exponential mean of log(observed /
    predicted). Before that the machine is as slow as it is busy: the clock's seconds by the processor's of the floor's
    fits, which are too short to tell more. In an exact run nothing is observed, so that no decision reads a clock.
    """

    facts: Facts
    frozen: bool = False
    _machine: float | None = None
    _table: dict[str, float] = field(default_factory=dict)
    _folds: dict[int, float] = field(default_factory=dict)
    _stacked: dict[int, float] = field(default_factory=dict)
    _floor: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def planned(cls, facts: Facts, *, slowness: float) -> "CostModel":
        """Before any fit: of a machine so many times slower than that of the families' estimates."""
        return cls(facts, _machine=math.log(slowness))

    def fold_seconds(self, experiment: Experiment) -> float:
        """Expected wall seconds of one fold on one free core, with all that the job costs beside."""
        return self.work_seconds(experiment) + HANDING_SECONDS

    def work_seconds(self, experiment: Experiment) -> float:
        """The part of `fold_seconds` that a worker measures, and a fold's record says."""
        family = experiment.recipe.model.name
        log_factor = self._table.get(family, self._busy if self._machine is None else self._machine)
        below = sum(NESTED_FITS * self._nested_seconds(number) for number in experiment.recipe.on)
        return self._expected(experiment) * math.exp(log_factor) + STORING_SECONDS + below

    def _nested_seconds(self, number: int) -> float:
        """One fit of what others read: of a second level its first fold, in which all it reads was fitted again."""
        return self._stacked.get(number, self._folds.get(number, 0.0))

    @property
    def _busy(self) -> float:
        wall, cpu = self._floor
        return math.log(wall / cpu) if wall > cpu > 0 else 0.0

    def observe(self, experiment: Experiment, score: FoldScore) -> None:
        """Learn from a finished fold; one cut by its deadline gives a lower bound only."""
        if self.frozen or score.wall_seconds <= 0:
            return
        if experiment.entry in FLOOR:
            self._floor = self._floor[0] + score.wall_seconds, self._floor[1] + score.cpu_seconds
            return
        if experiment.recipe.on:  # most of the time is that of the first level, fitted again
            self._stacked[experiment.number] = max(score.wall_seconds, self._stacked.get(experiment.number, 0.0))
            return
        self._folds[experiment.number] = max(score.wall_seconds, self._folds.get(experiment.number, 0.0))
        family = experiment.recipe.model.name
        expected = max(self._expected(experiment), 1e-3)
        ratio = math.log(max(score.wall_seconds - JOB_SECONDS, 1e-3) / expected)
        if score.ended == "deadline":
            ratio = max(ratio, self._table.get(family, 0.0) + math.log(2.0))
        if self._machine is None and score.wall_seconds > 4 * JOB_SECONDS:
            self._machine = min(max(ratio, -MOST_MACHINE), MOST_MACHINE)
        known = self._table.get(family)
        self._table[family] = ratio if known is None else (1 - WEIGHT) * known + WEIGHT * ratio

    def _expected(self, experiment: Experiment) -> float:
        return recipe_cost(experiment.recipe, self.facts).seconds
