"""What words do to the answers of one member of the model that ships, asked beside the refits."""

import math
from collections.abc import Collection
from dataclasses import dataclass

from assay.core.job import Job
from assay.core.word_effects import WordEffects
from assay.ensemble.candidate import Blend
from assay.features import registry as features
from assay.search.experiment_run import rounds_of_others
from assay.search.held_out_texts import words_columns
from assay.search.second_level import explained
from assay.search.session import Session

MOST_SECONDS, SHARE = 10.0, 0.1
"""Longest time of the job, and its largest share of the time that is left."""


@dataclass(frozen=True)
class WordImportance:
    """The job that leaves words out, and its result."""

    session: Session

    def job(self, chosen: Blend) -> Job | None:
        """Of the heaviest member that reads words; None where none does, or there are none."""
        readers = [n for n in explained(self.session.state, chosen.numbers) if self._reads_words(n)]
        if not readers or not words_columns(self.session.folder.table):
            return None
        entry = self.session.state.entries[max(readers, key=chosen.weight_of)]
        seconds = math.inf if self.session.is_exact else min(MOST_SECONDS, SHARE * self.session.deadline.left)
        return Job(
            kind="words", store=self.session.folder.store, experiment=entry.experiment,
            fold_rounds=rounds_of_others(entry.result.folds if entry.result is not None else ()), seconds=seconds,
        )  # fmt: skip

    def _reads_words(self, number: int) -> bool:
        steps = self.session.state.entries[number].experiment.recipe.steps
        return any(features.get(step.name).traits.reads_words for step in steps)


def without_columns(found: WordEffects | None, barred: Collection[str]) -> WordEffects | None:
    """Without what concerns these columns; None where nothing is left."""
    if found is None:
        return None
    words = tuple(one for one in found.words if one.example.column not in barred)
    rows = tuple(row for row in found.rows if not any(piece.column in barred for piece in row.pieces))
    return (
        WordEffects(number=found.number, words=words, rows=rows, looked_at=found.looked_at) if words or rows else None
    )
