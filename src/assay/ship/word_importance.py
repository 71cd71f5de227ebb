"""What words do to the answers of the model that ships, as its fits of folds answer, asked beside the refits."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from assay.core.job import Job
from assay.core.word_effects import WordEffects
from assay.ensemble.candidate import Blend
from assay.features import registry as features
from assay.search.held_out_texts import words_columns
from assay.search.second_level import explained
from assay.search.session import Session
from assay.ship.column_importance import Importance

MOST_SECONDS, SHARE = 10.0, 0.1
"""Longest time of the job, and its largest share of the time that is left."""
ANSWERS = 3000
"""About what the job asks for."""


@dataclass(frozen=True)
class WordImportance:
    """The job that leaves words out, and its result."""

    session: Session
    importance: Importance

    def job(self, chosen: Blend, row_ms: Mapping[int, float]) -> Job | None:
        """Of the members that columns are asked of, or where there is no time for that, of the heaviest that reads
        words; None where none does, or there are none.
        """
        readers = [n for n in explained(self.session.state, chosen.numbers) if self._reads_words(n)]
        if not readers or not words_columns(self.session.folder.table):
            return None
        seconds = math.inf if self.session.is_exact else min(MOST_SECONDS, SHARE * self.session.deadline.left)
        told = self.importance.told_by(chosen, row_ms, seconds=seconds, answers=ANSWERS)
        told = told if set(readers) & set(told) else (max(readers, key=chosen.weight_of),)
        return replace(self.importance.job_of_blend(chosen, told, seconds=seconds), kind="words")

    def _reads_words(self, number: int) -> bool:
        steps = self.session.state.entries[number].experiment.recipe.steps
        return any(features.get(step.name).traits.reads_words for step in steps)


def without_columns(found: WordEffects | None, barred: Collection[str]) -> WordEffects | None:
    """Without what concerns these columns; None where nothing is left."""
    if found is None:
        return None
    words = tuple(one for one in found.words if one.example.column not in barred)
    rows = tuple(row for row in found.rows if not any(piece.column in barred for piece in row.pieces))
    return replace(found, words=words, rows=rows) if words or rows else None
