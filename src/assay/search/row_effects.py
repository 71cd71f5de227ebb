"""Rows explained by their words: a few that are answered well, and a few that are not."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assay.core.array import Floats, Index
from assay.core.clock import Deadline
from assay.core.target import Target
from assay.core.word_effects import Piece, RowEffect
from assay.predictor.text_effects import passages_of, words_left_out, words_of
from assay.search.candidate_words import pairs_in
from assay.search.held_out_texts import HeldOutTexts, Span, chance_of, cut

SHORTEST, LONGEST = 15, 4000
"""Characters of a text worth looking at closely."""
FEW_WORDS, CLOSELY = 120, 3
"""Words that are all left out in turn; of more, those in so many passages."""
MOST_WORDS, MOST_PASSAGES = 6, 3
_TRIES = 4
"""Rows of a kind, as in some no word moves anything."""
_LEAST = 0.15
"""Of the largest effect, below which a piece is not worth a mark."""
_SEEN = 0.1
"""The least effect on log odds, or in spreads of the answers, for a row to be worth showing."""


def row_effects(
    texts: HeldOutTexts, rows: Index, plain: Floats, target: Target, *, deadline: Deadline
) -> tuple[RowEffect, ...]:
    """Of rows with a text of some length: one answered right with confidence, those that are most wrong."""
    length = np.max([list(map(len, texts.texts(column, rows))) for column in texts.columns], axis=0)
    wanted = np.flatnonzero((length >= SHORTEST) & (length <= LONGEST))
    truth = np.asarray(target.values[rows])
    kinds = _classes(plain, truth, wanted) if target.is_class else _values(plain, truth, wanted)
    least = _SEEN * (1.0 if target.is_class else float(np.std(plain)))
    out = list[RowEffect]()
    for tried in kinds:
        for place in tried[:_TRIES]:
            if deadline.is_over:
                return tuple(out)
            label = int(plain[place].argmax()) if target.is_class else 0
            found = _explained(texts, int(rows[place]), label, float(plain[place, label]))
            if target.is_class:
                found = replace(found, predicted=chance_of(found.predicted))
            if found.pieces and abs(found.pieces[0].effect) >= least:
                out.append(found)
                break
    return tuple(out)


def _classes(plain: Floats, truth: Index, wanted: Index) -> list[Sequence[int]]:
    """Right (of two classes: the second), wrong; of two classes one of each kind of mistake."""
    said, sure = plain[wanted].argmax(axis=1), plain[wanted].max(axis=1)
    right = said == truth[wanted]
    if plain.shape[1] == 2:
        kinds = [right & (said == 1), ~right & (said == 1), ~right & (said == 0)]
    else:
        kinds = [right, ~right]
    order = np.argsort(-sure, kind="stable")
    return [wanted[order[kind[order]]].tolist() for kind in kinds]


def _values(plain: Floats, truth: Floats, wanted: Index) -> list[Sequence[int]]:
    """Far from the mean and right, much too high, much too low."""
    said = plain[wanted, 0]
    error = said - truth[wanted]
    good = np.abs(said - said.mean()) - 3.0 * np.abs(error) if len(said) else said
    return [wanted[np.argsort(by, kind="stable")].tolist() for by in (-good, -error, error)]


def _explained(texts: HeldOutTexts, row: int, label: int, predicted: float) -> RowEffect:
    """By the pieces of the column that says most."""
    own = {column: texts.texts(column, np.array([row]))[0] for column in texts.columns}
    whole = {
        column: predicted - float(texts.answers(np.array([row]), column, [""])[0, label])
        for column in own
        if own[column]
    }
    column = max(whole, key=lambda one: abs(whole[one]))
    text, passages = own[column], passages_of(own[column])

    def pieces(spans: Sequence[Span], *, is_passage: bool) -> list[Piece]:
        if not spans:
            return []
        changed = texts.answers(np.full(len(spans), row), column, [cut(text, [span]) for span in spans])[:, label]
        found = [
            Piece(row=row, column=column, start=start, end=end, effect=predicted - float(other), is_passage=is_passage)
            for (start, end), other in zip(spans, changed.tolist(), strict=True)
        ]
        return sorted(found, key=lambda one: -abs(one.effect))

    by_passage = pieces(passages, is_passage=True)
    words = sorted([*words_left_out(text), *pairs_in(text, words_of(text))])
    if len(words) > FEW_WORDS and by_passage:
        close = [(one.start, one.end) for one in by_passage[:CLOSELY]]
        words = [(start, end) for start, end in words if any(a <= start and end <= b for a, b in close)]
    found = (*_marked(_apart(pieces(words, is_passage=False)), MOST_WORDS), *_marked(by_passage, MOST_PASSAGES))
    return RowEffect(row=row, label=label, predicted=predicted, pieces=tuple(found))


def _apart(pieces: Sequence[Piece]) -> list[Piece]:
    """Without those that overlap with one that moves more: a pair of characters says more than one of them."""
    out = list[Piece]()
    for one in pieces:
        if len(out) < MOST_WORDS and all(one.end <= other.start or other.end <= one.start for other in out):
            out.append(one)
    return out


def _marked(pieces: Sequence[Piece], most: int) -> Sequence[Piece]:
    """The largest, as far as they are worth a mark."""
    return [one for one in pieces[:most] if abs(one.effect) >= _LEAST * abs(pieces[0].effect) and one.effect]
