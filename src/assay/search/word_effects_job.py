"""The job that asks what words do: fold models answer held-out rows with words left out (see core.word_effects)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from assay.core.array import Floats, Index
from assay.core.clock import Deadline
from assay.core.job import Job
from assay.core.seed import Seeds
from assay.core.word_effects import MOST_CLASSES, Piece, WordEffect, WordEffects
from assay.pipeline.fit_jobs import limits_of
from assay.pipeline.store import TaskFolder
from assay.search.candidate_words import FEWEST_ROWS, Word, is_part_of, ranked_words, weight, words_in
from assay.search.held_out_texts import HeldOutTexts, cut, points
from assay.search.row_effects import row_effects

MOST_ROWS, MOST_CHARACTERS, LONGEST = 2000, 600_000, 20_000
"""Rows in which words are sought, their characters together, and the longest text that is read."""
ASKED = 24
"""Rows that are asked of each word, where they are not too long."""
_CHANGED, _AT_ONCE = 1_500_000, 150_000
"""Characters of all texts with words left out, and of those that are answered at once."""
_WORDS, _WORDS_OF_CLASS = 20, 8
"""Words asked about to each side of an answer, or for each of several classes."""
_SHOWN, _SHOWN_OF_CLASS = 6, 3
_SURE = 0.975
_LEAST = 0.02
"""Of the spread of the answers, below which an effect is certain and nothing."""


def word_effects(job: Job, folder: TaskFolder) -> WordEffects:
    """Words that move the answers most, and some rows in detail. Nothing of what is not done by the deadline."""
    texts, deadline = HeldOutTexts.of(job, folder), limits_of(job).deadline
    number, told_by = job.experiment.number, job.told_by
    looked_at = _sample(texts, Seeds(folder.task.seed).child("words").rng())
    if len(looked_at) < 2 * FEWEST_ROWS:
        return WordEffects(number=number, told_by=told_by)
    plain = texts.answers(looked_at)
    labels = _labels(texts, folder, looked_at)
    asked = _WordAnswers(texts, looked_at, plain, deadline)
    rows = row_effects(texts, looked_at, plain, folder.target, deadline=deadline)
    return WordEffects(number=number, words=asked.words(labels), rows=rows, looked_at=len(looked_at), told_by=told_by)


def _sample(texts: HeldOutTexts, rng: np.random.Generator) -> Index:
    """Rows in a random order, no two with the same texts."""
    rows = rng.permutation(np.flatnonzero(texts.fold >= 0))[: 4 * MOST_ROWS]
    taken, seen, characters = list[int](), set[tuple[str, ...]](), 0
    for row, cells in zip(
        rows.tolist(), zip(*(texts.texts(one, rows) for one in texts.columns), strict=True), strict=True
    ):
        size = sum(map(len, cells))
        if cells in seen or not 0 < size <= LONGEST:
            continue
        characters += size
        if len(taken) == MOST_ROWS or characters > MOST_CHARACTERS:
            break
        seen.add(cells)
        taken.append(row)
    return np.array(taken, dtype=np.int64)


def _labels(texts: HeldOutTexts, folder: TaskFolder, rows: Index) -> list[int]:
    """Places of the answers that words are sought for: of two classes the second, of more the most frequent."""
    if not folder.target.is_class or texts.is_binary:
        return [1 if texts.is_binary else 0]
    counts = np.bincount(np.asarray(folder.target.values[rows], dtype=np.int64), minlength=folder.task.n_classes)
    return [k for k in np.argsort(-counts, kind="stable")[:MOST_CLASSES].tolist() if counts[k]]


@dataclass(frozen=True, slots=True, eq=False)
class _WordQuestion:
    """What a word does to one answer; rows: positions among those looked at."""

    label: int
    word: Word
    rows: list[int]


@dataclass(frozen=True, slots=True, eq=False)
class _WordAnswers:
    """rows: those looked at; plain: their answers."""

    texts: HeldOutTexts
    rows: Index
    plain: Floats
    deadline: Deadline

    def words(self, labels: Sequence[int]) -> tuple[WordEffect, ...]:
        """The words whose effect is certain, those that move the most over all rows first."""
        cells = {column: self.texts.texts(column, self.rows) for column in self.texts.columns}
        found = [word for column, own in cells.items() for word in words_in(column, own)]
        if not found:
            return ()
        questions = self._questions(found, labels)
        effects = list[tuple[_WordQuestion, WordEffect]]()
        for chunk in self._chunks(questions, cells):
            if self.deadline.is_over:
                break
            found_of = self._effects(chunk, cells[chunk[0].word.column], n_asked=len(questions))
            effects += zip(chunk, found_of, strict=True)
        least = {label: _LEAST * float(np.std(self.plain[:, label])) for label in labels}
        effects = [(q, one) for q, one in effects if abs(one.effect) >= least[q.label]]
        return tuple(one for label in labels for one in _shown(label, effects, is_one_of_many=len(labels) > 1))

    def _questions(self, words: Sequence[Word], labels: Sequence[int]) -> list[_WordQuestion]:
        ranked = ranked_words(words, len(self.rows), self.plain[:, labels])
        out = list[_WordQuestion]()
        for label, (up, down) in zip(labels, ranked, strict=True):
            places = up[:_WORDS_OF_CLASS] if len(labels) > 1 else [*up[:_WORDS], *down[:_WORDS]]
            out += [_WordQuestion(label, words[j], list(words[j].at)[:ASKED]) for j in places]
        return out

    def _chunks(self, questions: Sequence[_WordQuestion], cells: dict[str, list[str]]) -> Iterator[list[_WordQuestion]]:
        """Questions about one column, with as many rows of each as all of them can have."""
        total = sum(len(cells[q.word.column][row]) for q in questions for row in q.rows)
        most = max(FEWEST_ROWS, min(ASKED, int(ASKED * _CHANGED / max(total, 1))))
        for column, own in cells.items():
            chunk, size = list[_WordQuestion](), 0
            for question in questions:
                if question.word.column == column:
                    chunk.append(_WordQuestion(question.label, question.word, question.rows[:most]))
                    size += sum(len(own[row]) for row in chunk[-1].rows)
                if size > _AT_ONCE:
                    yield chunk
                    chunk, size = [], 0
            if chunk:
                yield chunk

    def _effects(self, questions: Sequence[_WordQuestion], own: Sequence[str], *, n_asked: int) -> list[WordEffect]:
        """Of one column. Student's intervals, that hold together for all n_asked questions (Bonferroni)."""
        from scipy.special import stdtrit

        column = questions[0].word.column
        at = np.array([row for q in questions for row in q.rows], dtype=np.int64)
        changed = [cut(own[row], q.word.at[row]) for q in questions for row in q.rows]
        without, start = self.texts.answers(self.rows[at], column, changed), 0
        out = list[WordEffect]()
        for q in questions:
            part = slice(start, start + len(q.rows))
            start += len(q.rows)
            moved = self.plain[at[part], q.label] - without[part, q.label]
            sure = float(stdtrit(len(moved) - 1, 1 - (1 - _SURE) / n_asked))
            mean, half = float(moved.mean()), sure * float(moved.std(ddof=1)) / np.sqrt(len(moved))
            usual = q.rows[self._usual(moved, self.plain[at[part]], q.label)]
            (first, end), *_ = q.word.at[usual]
            example = Piece(row=int(self.rows[usual]), column=column, start=first, end=end, effect=mean)
            out.append(WordEffect(
                label=q.label, example=example, effect=mean, low=mean - half, high=mean + half,
                rows=len(q.word.at), asked=len(q.rows),
                points=points(self.plain[at[part], q.label], without[part, q.label]) if self.texts.is_class else None,
            ))  # fmt: skip
        return out

    def _usual(self, moved: Floats, answers: Floats, label: int) -> int:
        """The place of an effect near the mean; of a class in a row that is called so if it is raised, else not."""
        mean = float(moved.mean())
        far = np.abs(moved - mean)
        if self.texts.is_class:
            far = far + np.ptp(far) * ((answers.argmax(axis=1) == label) != (mean > 0.0))
        return int(np.argmin(far))


def _shown(
    label: int, effects: Sequence[tuple[_WordQuestion, WordEffect]], *, is_one_of_many: bool
) -> list[WordEffect]:
    """Of one answer, those that are certain: what raises it, then what lowers it; of several classes what raises it."""
    certain = [(q, one) for q, one in effects if q.label == label and (one.low > 0.0 or one.high < 0.0)]
    certain.sort(key=lambda pair: -abs(pair[1].effect) * weight(pair[1].rows))
    out = list[WordEffect]()
    for is_up in (True,) if is_one_of_many else (True, False):
        taken = list[Word]()
        for question, one in certain:
            if (one.effect > 0.0) is not is_up or any(is_part_of(question.word, other) for other in taken):
                continue
            taken.append(question.word)
            out.append(one)
            if len(taken) == (_SHOWN_OF_CLASS if is_one_of_many else _SHOWN):
                break
    return out
