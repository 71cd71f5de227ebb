"""Permutation importance of one member of the model that ships, computed beside the refits."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from assay.core.job import Job
from assay.core.result import Shuffled
from assay.ensemble.candidate import Blend
from assay.pipeline.shuffled_predictions import columns_of
from assay.search.experiment_run import rounds_of_others
from assay.search.scorer import Scorer
from assay.search.second_level import explained
from assay.search.session import Session
from assay.ship.column_effects import ColumnEffect, column_effects

MOST_SECONDS, SHARE = 20.0, 0.2
"""Longest time of the job, and its largest share of the time that is left."""
MIN_SAY = 0.15
"""Weight from which a member may stand for the blend."""


@dataclass(frozen=True)
class Importance:
    """The job that shuffles the columns of one member, and its result."""

    session: Session

    @property
    def seconds(self) -> float:
        """Longest time of the job from now, whatever else there is to do."""
        return math.inf if self.session.is_exact else min(MOST_SECONDS, SHARE * self.session.deadline.left)

    def job(self, chosen: Blend, row_ms: Mapping[int, float], *, seconds: float) -> Job:
        """Shuffle the columns of one member, for so many seconds at most; row_ms: by the number of each possible
        member.
        """
        return self.job_of(self._explained(chosen, row_ms), seconds=seconds)

    def job_of(self, number: int, *, seconds: float) -> Job:
        """Shuffle the columns of an experiment whose fold models exist."""
        entry = self.session.state.entries[number]
        return Job(
            kind="importance", store=self.session.folder.store, experiment=entry.experiment,
            fold_rounds=rounds_of_others(entry.result.folds if entry.result is not None else ()),
            seconds=seconds,
        )  # fmt: skip

    def _explained(self, chosen: Blend, row_ms: Mapping[int, float]) -> int:
        """The member whose columns are shuffled: the quickest of enough weight, the heavier of equal ones."""
        say = [n for n in chosen.numbers if chosen.weight_of(n) >= MIN_SAY] or list(chosen.numbers)
        say = explained(self.session.state, say)
        return min(say, key=lambda n: (row_ms[n], -chosen.weight_of(n)))

    def effects(self, scorer: Scorer, shuffled: Shuffled | None) -> tuple[ColumnEffect, ...]:
        """The loss without each column; () where there was no time for all of them."""
        if shuffled is None or len(shuffled.columns) < len(columns_of(self.session.folder.table)):
            return ()  # with columns left out, "most" would be a claim about those that came first
        return column_effects(
            scorer,
            self.session.folder.predictions(shuffled.predictions),
            self.session.folder.predictions(shuffled.rows),
            shuffled.columns,
        )
