"""Permutation importance of the model that ships, as its fits of folds answer, computed beside the refits."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assay.core.job import BlendPart, Job
from assay.core.result import Shuffled
from assay.core.usage import ColumnLoss
from assay.ensemble.candidate import Blend
from assay.evidence.further_ahead import FurtherScores
from assay.pipeline.shuffled_predictions import FEWEST_ROWS, USED, columns_of
from assay.search.experiment_run import rounds_of_others
from assay.search.scorer import Scorer
from assay.search.second_level import explained
from assay.search.session import Session
from assay.ship.column_effects import column_effects

MOST_SECONDS, SHARE = 20.0, 0.2
"""Longest time of the job, and its largest share of the time that is left."""
MIN_SAY = 0.15
"""Weight from which a member may stand for the blend where there is no time to ask all."""


@dataclass(frozen=True)
class Importance:
    """The job that shuffles columns, and its result."""

    session: Session

    @property
    def seconds(self) -> float:
        """Longest time of the job from now, whatever else there is to do."""
        return math.inf if self.session.is_exact else min(MOST_SECONDS, SHARE * self.session.deadline.left)

    def job(self, chosen: Blend, row_ms: Mapping[int, float], *, seconds: float) -> Job:
        """Shuffle the columns of the blend, for so many seconds at most; row_ms: by the number of each possible
        member. Of the heaviest members alone where the time is short.
        """
        folder = self.session.folder
        answers = (1 + len(columns_of(folder.table))) * folder.split.n_folds * FEWEST_ROWS
        told = self.told_by(chosen, row_ms, seconds=seconds, answers=answers)
        return self.job_of_blend(chosen, told, seconds=seconds)

    def job_of_blend(self, chosen: Blend, told: Sequence[int], *, seconds: float) -> Job:
        """Shuffle the columns of these members of a blend, as they are blended."""
        job = self.job_of(told[0], seconds=seconds)
        if len(told) == 1:
            return job
        weight = {number: chosen.weight_of(number) for number in told}
        parts = (self.job_of(number, seconds=seconds) for number in told)
        return replace(
            job, on_logits=chosen.scale == "logit",
            parts=tuple(
                BlendPart(experiment=one.experiment, weight=weight[one.experiment.number], fold_rounds=one.fold_rounds)
                for one in parts
            ),
        )  # fmt: skip

    def job_of(self, number: int, *, seconds: float) -> Job:
        """Shuffle the columns of an experiment whose fold models exist."""
        entry = self.session.state.entries[number]
        return Job(
            kind="importance", store=self.session.folder.store, experiment=entry.experiment,
            fold_rounds=rounds_of_others(entry.result.folds if entry.result is not None else ()),
            seconds=seconds,
        )  # fmt: skip

    def told_by(self, chosen: Blend, row_ms: Mapping[int, float], *, seconds: float, answers: int) -> tuple[int, ...]:
        """Numbers of the members that are asked, the heaviest first: as many as there is time for so many answers
        of.

        Where even the heaviest takes too long, the quickest of those with some weight. A second level is left out, as
        it reacts to a shuffled column only where it reads it itself; so is a member on other folds than the first.
        """
        state = self.session.state
        say = [n for n in chosen.numbers if chosen.weight_of(n) >= MIN_SAY] or list(chosen.numbers)
        quickest = min(explained(state, say), key=lambda n: (row_ms[n], -chosen.weight_of(n)))
        able = [n for n in explained(state, chosen.numbers) if chosen.weight_of(n) > 0]
        told, left = list[int](), 1e3 * USED * seconds
        for number in sorted(able, key=lambda n: -chosen.weight_of(n)):
            is_alike = not told or self._partition(number) == self._partition(told[0])
            if is_alike and answers * row_ms[number] <= left:
                told.append(number)
                left -= answers * row_ms[number]
        return tuple(told) or (quickest,)

    def _partition(self, number: int) -> int:
        return self.session.state.entries[number].experiment.partition

    def effects(self, scorer: Scorer, shuffled: Shuffled | None) -> tuple[ColumnLoss, ...]:
        """The loss without each column; () where there was no time for all of them."""
        if shuffled is None or len(shuffled.columns) < len(columns_of(self.session.folder.table)):
            return ()  # with columns left out, "most" would be a claim about those that came first
        return column_effects(
            scorer,
            self.session.folder.predictions(shuffled.predictions),
            self.session.folder.predictions(shuffled.rows),
            shuffled.columns,
        )

    def further(self, scorer: Scorer, shuffled: Shuffled | None) -> FurtherScores:
        """What the fits before each block of time score in it and later; () where that was not asked."""
        if shuffled is None or not shuffled.further:
            return ()
        predictions = self.session.folder.predictions
        return scorer.further(predictions(shuffled.further), predictions(shuffled.further_rows))
