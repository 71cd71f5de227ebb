"""What a study sees of a lab: its rows, its stored predictions, its state, and who runs jobs. Never its ledger."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from assay.core.array import AnyArray, Bools, Codes, Floats, Index
from assay.core.clock import Clock, Deadline, SystemClock
from assay.core.experiment import Experiment
from assay.core.job import Executor
from assay.core.prediction import scored_rows
from assay.core.researcher import LabView
from assay.core.schema import Column
from assay.core.seed import Seeds
from assay.journal.experiment_entry import ExperimentEntry
from assay.journal.state import LabState
from assay.pipeline.store import TaskFolder
from assay.research.portfolio import FLOOR
from assay.search.fit_cost import JOB_SECONDS, recipe_cost
from assay.search.scorer import Scorer
from assay.steering.steering_rules import SteeringRules
from assay.views.lab_errors import first_level

SAFETY = 1.5
LEAST_ERROR = 1e-4
"""Of the target's variance, below which squared errors of numbers are nothing to study."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyContext:
    """A lab as a study sees it.

    state: a copy, so that nothing a study does to it reaches the lab. read: an experiment's out-of-fold predictions,
    None where it has none. view: what researchers see, by which moves say whether they suit. seconds: its share of
    time; deadline: when jobs must have ended; goes_on: whether anybody still waits. notes: a file or folder of texts
    that a person named. is_exact: seconds are then estimates that are the same on every machine, and no clock is read.
    """

    folder: TaskFolder
    state: LabState
    scorer: Scorer
    read: Callable[[int], AnyArray | None]
    executor: Executor
    view: LabView
    seconds: float = 60.0
    deadline: Deadline = field(default_factory=Deadline)
    goes_on: Callable[[], bool] = lambda: True
    notes: Path | None = None
    clock: Clock = field(default_factory=SystemClock)
    is_exact: bool = False

    # -- experiments --------------------------------------------------------------------------------------------

    @property
    def champion(self) -> int | None:
        """The number of the best that was kept."""
        return self.state.champion

    @cached_property
    def tried(self) -> tuple[ExperimentEntry, ...]:
        """What stands with a score on every fold, best first: no repeats, no blends, no second levels."""
        return first_level(self.state, higher_is_better=self.scorer.metric.higher_is_better)

    @property
    def fold_seconds(self) -> float:
        """Roughly the wall seconds of one fold of the champion, divided among the workers: as measured, or as the
        family estimates them where no clock may be read; 0 without a champion."""
        entry = None if self.champion is None else self.state.entries[self.champion]
        if entry is None or entry.result is None or not entry.result.folds:
            return 0.0
        if self.is_exact:
            recipe = entry.experiment.recipe
            return SAFETY * (recipe_cost(recipe, self.folder.task.facts).seconds + JOB_SECONDS)
        folds = entry.result.folds
        return SAFETY * sum(fold.wall_seconds for fold in folds) / len(folds) / self.executor.workers

    def best_of_families(self, most: int) -> tuple[Experiment, ...]:
        """The best experiment of each family, the best first, of those that columns can be added to."""
        found: dict[str, Experiment] = {}
        for entry in self.tried:
            one = entry.experiment
            if one.entry not in FLOOR and (one.recipe.steps or one.recipe.model.params):
                found.setdefault(one.recipe.model.name, one)
        return tuple(found.values())[:most]

    @cached_property
    def members(self) -> tuple[int, ...]:
        """What the best prediction is made of: the blend's members, else the champion."""
        blend = self.state.blend
        if blend is not None and all(self.read(number) is not None for number in blend.numbers):
            return blend.numbers
        return () if self.champion is None else (self.champion,)

    @cached_property
    def best(self) -> AnyArray | None:
        """(n,) or (n, k) the best out-of-fold prediction there is: the blend's, else the champion's."""
        blend = self.state.blend
        if blend is not None and self.members == blend.numbers:
            return blend.predict({number: self.oof(number) for number in blend.numbers})
        return None if self.champion is None else self.read(self.champion)

    def oof(self, number: int) -> AnyArray:
        """Out-of-fold predictions of an experiment that has some; LookupError for any other."""
        found = self.read(number)
        if found is None:
            raise LookupError(f"#{number} has no prediction of every row")
        return found

    # -- rows ---------------------------------------------------------------------------------------------------

    @property
    def y(self) -> AnyArray:
        """(n,) class codes or values of the target."""
        return self.folder.target.values

    @cached_property
    def scored(self) -> Bools:
        """(n,) rows that the best prediction covers."""
        best = self.best
        return np.zeros(len(self.y), dtype=bool) if best is None else np.asarray(scored_rows(best))

    @property
    def units(self) -> Index | None:
        """(n,) codes of rows that belong together; None where rows are independent."""
        return self.scorer.rows.groups

    @cached_property
    def unit(self) -> Index:
        """(n,) the unit of each row, its own number where rows are independent."""
        return np.arange(len(self.y)) if self.units is None else np.unique(self.units, return_inverse=True)[1]

    @property
    def seeds(self) -> Seeds:
        return Seeds(self.folder.task.seed).child("study")

    @cached_property
    def residuals(self) -> Floats | None:
        """(n,) target minus best prediction, of numbers and of two classes, NaN where never scored; None of others."""
        if self.best is None or self.best.ndim > 1:
            return None
        return np.asarray(self.y, dtype=np.float64) - self.best

    @cached_property
    def has_errors(self) -> bool:
        """Whether the best prediction names a wrong class anywhere, or misses numbers by more than next to nothing."""
        if self.best is None or not self.scored.any():
            return False
        y, best = self.y[self.scored], self.best[self.scored]
        if self.folder.task.problem.is_class:
            named = best > 0.5 if best.ndim == 1 else best.argmax(axis=1)
            return bool((named != y).any())
        truth = np.asarray(y, dtype=np.float64)
        return bool(((truth - best) ** 2).mean() > LEAST_ERROR * truth.var())

    # -- columns ------------------------------------------------------------------------------------------------

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The features, without those a person barred."""
        barred = SteeringRules.of(self.state.hints).columns
        return tuple(column for column in self.folder.task.schema.features if column.name not in barred)

    @cached_property
    def numbers(self) -> dict[str, Floats]:
        """(n,) values by numeric column, as they were written, NaN where missing."""
        table = self.folder.table
        place = {name: j for j, name in enumerate(table.numeric_names)}
        return {
            c.name: table.numeric[:, place[c.name]].astype(np.float64) * c.scale + c.shift
            for c in self.columns if c.name in place
        }  # fmt: skip

    @cached_property
    def levels(self) -> dict[str, Codes]:
        """(n,) codes by column of levels, -1 where missing."""
        table = self.folder.table
        place = {name: j for j, name in enumerate(table.code_names)}
        return {c.name: np.asarray(table.codes[:, place[c.name]]) for c in self.columns if c.name in place}

    def label(self, column: str, code: int) -> str:
        """A level as it is written."""
        levels = next(c.levels for c in self.columns if c.name == column)
        return str(levels[code]) if 0 <= code < len(levels) else "missing or rare"
