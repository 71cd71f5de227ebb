"""Verdicts on ended experiments: the judge's, and what a keep has to pass besides."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from assay.core.array import AnyArray
from assay.core.experiment import Experiment
from assay.core.figure import Difference, number_text
from assay.core.result import Result
from assay.evidence.judge import judge
from assay.evidence.noise import Noise
from assay.journal.records import VerdictRecord
from assay.journal.state import LabState
from assay.research.portfolio import FLOOR
from assay.search.column_guard import after_guard
from assay.search.confirmation import after_confirm
from assay.search.scorer import Scorer


@dataclass(frozen=True, slots=True, eq=False)
class VerdictMaker:
    """What the lab knows now. own: predictions of each complete experiment, by its number."""

    state: LabState
    scorer: Scorer
    own: Mapping[int, AnyArray]

    def verdict(self, experiment: Experiment, result: Result) -> VerdictRecord:
        """By the judge; a searching researcher's gain must hold on other folds, engineered columns must beat copies."""
        if result.failure is not None:
            return VerdictRecord(kept=False, rule="failed", why=result.failure.message)
        if not result.complete or experiment.number not in self.own:
            return VerdictRecord(kept=False, rule="stopped early", why=result.stopped)
        if experiment.entry in FLOOR:
            return VerdictRecord(kept=False, rule="floor", why="It is the floor that every model must beat.")
        first = experiment.repeat_of
        if first is not None and first in self.own:
            return self._of_a_repeat(experiment, first)
        found = self._against_champion(experiment)
        partitions = self.scorer.folder.split.n_repeats
        found = after_confirm(self.state, experiment, found, self._elsewhere, partitions=partitions)
        return after_guard(self.state, experiment, found)

    def _against_champion(self, experiment: Experiment) -> VerdictRecord:
        champion = self.state.champion
        if champion is None or champion not in self.own:
            first = judge(None)
            return VerdictRecord(kept=first.kept, rule=first.rule, why=first.why)
        noise = self.scorer.noise(self.state)
        known, prediction = self.own[champion], self.own[experiment.number]
        against, excess = self.scorer.weigh(known, prediction, noise=noise, over=champion)
        verdict = judge(against)
        return VerdictRecord(kept=verdict.kept, rule=verdict.rule, why=verdict.why, against=against, excess=excess)

    def _elsewhere(self, one: int, other: int, partition: int) -> Difference:
        """What a run gains over another on the partition of both."""
        noise, over = self.scorer.noise(self.state), self.state.entries[one].experiment.repeat_of
        return self.scorer.on(partition).gap(self.own[one], self.own[other], noise=noise, over=over)

    def _of_a_repeat(self, experiment: Experiment, first: int) -> VerdictRecord:
        """Never kept: its recipe is known, so its difference from the first run is a measurement of noise (A/A).

        Each is scored in its own folds; the spread of the difference is that of the rows.
        """
        known, prediction = self.own[first], self.own[experiment.number]
        against = self.scorer.gap(known, prediction, noise=Noise(), over=first)
        levels = [self.scorer.figure_score(known), self.scorer.on(experiment.partition).figure_score(prediction)]
        sign = 1.0 if self.scorer.metric.higher_is_better else -1.0
        against = replace(against, value=sign * (levels[1] - levels[0]), low=None, high=None, p=None, e=None)
        why = f"{number_text(against.z, 1, signed=True)} σ against #{first}, the same recipe: the luck of its folds"
        return VerdictRecord(kept=False, rule="repeat", why=why, against=against)
