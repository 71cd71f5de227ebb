"""Which words and passages of a row's texts moved its prediction: each is left out in turn, and the model asked again.

Occlusion (Zeiler and Fergus, 2014; of texts Li, Monroe and Jurafsky, 2016). It asks the whole model, not a member that
happens to be readable, and knows nothing of how the texts were read. A word that says what another one says as well
moves little, as the other one stays.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Floats
from assay.core.block.strings import Strings
from assay.core.table import Table
from assay.core.unspaced_scripts import CHARACTER
from assay.terms.text_characters import is_sign

if TYPE_CHECKING:
    from assay.predictor.predictor import Predictor

MOST_PIECES, FEWEST_PIECES = 400, 40
"""Pieces of one text that are left out in turn; of a longer one several words at a time."""
CHARACTERS = 4_000_000
"""Of all the variants of a text together; a very long one is left out in fewer pieces."""
_ALONE = re.compile(CHARACTER)
_PASSAGE = re.compile(r"[^\n.!?。！？]+[.!?。！？]*")
_JOINERS = "\u200c\u200d'’_"
_SPOKEN = frozenset("!?¡¿！？؟&%#@*§")
"""Punctuation, by Unicode's word, that says something by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEffect:
    """A piece of a text. start, end: its place in the text of that column; effect: by how much the prediction is
    higher with it than without; is_passage: a line or a sentence, else a word, or a few of a long text.
    """

    column: str
    start: int
    end: int
    effect: float
    is_passage: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowTexts:
    """What moved one prediction. label: the class whose probability `predicted` is: of two the second, as everywhere,
    of more the one that the row is given; None for a value; texts: by
    column, of categories that are kept as written those whose words moved it; effects: the largest first, words and
    passages apart.
    """

    label: object
    predicted: float
    texts: dict[str, str]
    words: tuple[TextEffect, ...]
    passages: tuple[TextEffect, ...]


def row_texts(model: "Predictor", table: Table) -> RowTexts:
    """Of a table of one row, encoded under the model's schema."""
    whole = model.of_table(table)[0]
    place = 1 if len(model.classes) == 2 else None
    if len(model.classes) > 2:
        place = model.classes.index(model.labels(np.asarray([whole]))[0])
    predicted = _of(np.asarray([whole]), place)[0]
    texts = _texts_of(table)
    effects = list[TextEffect]()
    for column, text in texts.items():
        for spans, is_passage in ((words_left_out(text), False), (passages_of(text), True)):
            variants = (_without(table, column, text, some) for some in _batches(spans, len(text)))
            without = [_of(model.of_table(one), place) for one in variants]
            found = predicted - np.concatenate([np.empty(0), *without])
            effects += [
                TextEffect(column=column, start=start, end=end, effect=float(effect), is_passage=is_passage)
                for (start, end), effect in zip(spans, found, strict=True)
            ]
    effects.sort(key=lambda one: -abs(one.effect))
    read = {*table.text_names, *(one.column for one in effects if one.effect)}
    texts = {column: text for column, text in texts.items() if column in read}
    effects = [one for one in effects if one.column in texts]
    return RowTexts(
        label=None if place is None else model.classes[place], predicted=float(predicted), texts=texts,
        words=tuple(one for one in effects if not one.is_passage),
        passages=tuple(one for one in effects if one.is_passage),
    )  # fmt: skip


def _of(stored: Floats, place: int | None) -> Floats:
    """(n,) of stored predictions: the value, or the probability of the class at that place."""
    return np.asarray(stored[:, place]) if stored.ndim > 1 else stored


def _without(table: Table, column: str, text: str, spans: Sequence[tuple[int, int]]) -> Table:
    """The row once for each span, that part of one text left out."""
    rows = table.take(np.zeros(len(spans), dtype=np.int64))
    return with_texts(rows, column, [f"{text[:start]} {text[end:]}" for start, end in spans])


def with_texts(table: Table, column: str, texts: Sequence[str]) -> Table:
    """The same rows with other texts in a column of texts or of names. Of a name the category stays as it is: what is
    asked is what its words say.
    """
    if column in table.text_names:
        values = table.text.copy()
        values[:, table.text_names.index(column)] = texts
        return table.with_cells(text=values)
    assert table.strings is not None
    own = {name: table.strings.column(name) for name in table.strings.names}
    own[column] = np.arange(table.n_rows), tuple(texts)
    return table.with_blocks(strings=Strings.of([(name, at.astype(np.int32), of) for name, (at, of) in own.items()]))


def _texts_of(table: Table) -> dict[str, str]:
    """Of one row, by column: its texts, then its categories that are kept as they were written."""
    found = dict(zip(table.text_names, table.text[0].tolist(), strict=True))
    strings = table.strings
    if strings is None:
        return found
    for name in strings.names:
        _, texts = strings.column(name)
        found[name] = texts[0] if texts else ""
    return found


def _batches(spans: Sequence[tuple[int, int]], length: int) -> Iterator[Sequence[tuple[int, int]]]:
    """Spans whose variants are of a few hundred thousand characters together."""
    size = max(1, CHARACTERS // 16 // max(length, 1))
    for start in range(0, len(spans), size):
        yield spans[start : start + size]


def words_of(text: str) -> list[tuple[int, int]]:
    """Words with their marks, characters of scripts without spaces, and runs of signs such as emoji; no punctuation."""
    found = list[tuple[int, int]]()
    for kind, run in groupby(enumerate(text), lambda one: _kind(one[1], one[0])):
        if kind is not None:
            places = [place for place, _ in run]
            found.append((places[0], places[-1] + 1))
    return found


def words_left_out(text: str) -> list[tuple[int, int]]:
    """Each word; of a long text several at a time."""
    found = words_of(text)
    width = -(-len(found) // _most_pieces(text)) or 1
    return [(found[i][0], found[min(i + width, len(found)) - 1][1]) for i in range(0, len(found), width)]


def _kind(character: str, place: int) -> object:
    """What runs are made of: a word, a sign, or the place of a character that stands alone; None between them."""
    if _ALONE.match(character):
        return place
    if character.isalnum() or character in _JOINERS or is_sign(character):
        return "word"
    is_between = (unicodedata.category(character).startswith("P") and character not in _SPOKEN) or character == "|"
    return None if is_between or character.isspace() or not character.isprintable() else "sign"


def passages_of(text: str) -> list[tuple[int, int]]:
    """Lines and sentences, where there is more than one, and not too many."""
    found = [match.span() for match in _PASSAGE.finditer(text) if match.group().strip()]
    return found if 1 < len(found) <= _most_pieces(text) else []


def _most_pieces(text: str) -> int:
    return min(MOST_PIECES, max(FEWEST_PIECES, CHARACTERS // max(len(text), 1)))
