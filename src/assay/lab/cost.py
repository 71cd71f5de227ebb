"""What a fit will cost here: each family's own expectation, corrected by what this machine and table showed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from assay.core.experiment import Experiment
from assay.core.result import FoldScore
from assay.core.schema import Facts
from assay.models import registry as models

SAFETY = 1.3
WEIGHT = 0.5


@dataclass
class CostModel:
    """Seconds per fold by family: expectation x machine x table (engine.md section 3).

    The first fit of any family sets the machine's factor; each family then keeps an exponential mean of
    log(observed / predicted). In an exact run nothing is ever observed, so that no decision reads a clock.
    """

    facts: Facts
    frozen: bool = False
    _machine: float | None = None
    _table: dict[str, float] = field(default_factory=dict)
    _encode: dict[str, float] = field(default_factory=dict)

    def fold_seconds(self, experiment: Experiment) -> float:
        """Expected wall seconds of one fold on one free core."""
        family = experiment.recipe.model.name
        log_factor = self._table.get(family, self._machine or 0.0)
        return self._expected(experiment) * math.exp(log_factor)

    def observe(self, experiment: Experiment, score: FoldScore) -> None:
        """Learn from a finished fold, by its processor time: another process's load is no property of the fit."""
        if self.frozen or score.wall_seconds <= 0:
            return
        family = experiment.recipe.model.name
        seconds = max(score.wall_seconds, 1e-3)
        ratio = math.log(seconds / max(self._expected(experiment), 1e-4))
        if self._machine is None and seconds > 0.02:
            self._machine = ratio
        known = self._table.get(family)
        self._table[family] = ratio if known is None else (1 - WEIGHT) * known + WEIGHT * ratio

    def bytes(self, experiment: Experiment) -> int:
        """Expected peak bytes of one fit."""
        return models.build(experiment.recipe.model).cost(self.facts).bytes

    def _expected(self, experiment: Experiment) -> float:
        return models.build(experiment.recipe.model).cost(self.facts).seconds


def observed_fold_seconds(folds: Sequence[FoldScore]) -> float:
    """Mean wall seconds of the folds that ran."""
    return sum(f.wall_seconds for f in folds) / len(folds) if folds else 0.0
