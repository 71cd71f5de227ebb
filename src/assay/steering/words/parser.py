"""The door: a text of plain words, read against what a lab knows by name."""

from dataclasses import replace

from assay.core.hint import NotUnderstood, Understanding, Wish
from assay.steering.vocabulary import Vocabulary
from assay.steering.words.clauses import ClauseReader
from assay.steering.words.corrections import corrected
from assay.steering.words.items import ItemReader
from assay.steering.words.name_index import NameIndex
from assay.steering.words.references import Segment
from assay.steering.words.refusals import Refusals
from assay.steering.words.segments import SegmentReader
from assay.steering.words.tokens import Token, tokens_of
from assay.steering.words.wishes import Meant, wishes_of

MOST_CHARACTERS = 20_000
"""A longer text is no hint; it is not read."""


def parse(text: str, vocabulary: Vocabulary) -> Understanding:
    """What the text asks for, and which parts of it are not understood, each in the text's order.

    Names in wishes are those of the vocabulary; `words` are parts of the text. A part that is not understood comes with
    a sentence that may be meant by it, if there is one that is understood as a whole. It raises for no text.
    """
    found = _read(text, vocabulary)
    return replace(found, unknown=tuple(_with_sound_suggestion(one, vocabulary) for one in found.unknown))


def _with_sound_suggestion(one: NotUnderstood, vocabulary: Vocabulary) -> NotUnderstood:
    if not one.perhaps:
        return one
    read = _read(one.perhaps, vocabulary)
    return one if read.wishes and not read.unknown else replace(one, perhaps="")


def _read(text: str, vocabulary: Vocabulary) -> Understanding:
    if len(text) > MOST_CHARACTERS:
        why = f"it has more than {MOST_CHARACTERS:,} characters; say it in several hints"
        return Understanding(unknown=(NotUnderstood(words=text[:200], why=why),))
    tokens = tokens_of(text)
    index = NameIndex(vocabulary)
    tokens = corrected(tokens, index)
    clauses = ClauseReader(ItemReader(tokens, index))
    segments = SegmentReader(clauses).segments()
    refusals = Refusals(text, tokens, index, clauses)
    wishes: list[Wish] = []
    unknown: list[NotUnderstood] = []
    for number, segment in enumerate(segments):
        meant = _meant(segment, text, tokens, vocabulary)
        wishes += [wish for wish in meant.wishes if not any(_is_same(wish, known) for known in wishes)]
        unknown += refusals.of_problems(segment, meant)
        is_last = number + 1 == len(segments) or not segments[number + 1].joined
        if segment.clause is None and is_last:
            first = number
            while segments[first].joined and segments[first - 1].clause is None and first:
                first -= 1
            unknown.append(refusals.of(segments[first : number + 1]))
    return Understanding(wishes=tuple(wishes), unknown=tuple(unknown))


def _is_same(one: Wish, other: Wish) -> bool:
    """Whether a wish is said once more, in other words."""
    return replace(one, why="", words="") == replace(other, why="", words="")


def _meant(segment: Segment, text: str, tokens: list[Token], vocabulary: Vocabulary) -> Meant:
    if segment.clause is None:
        return Meant()
    return wishes_of(segment.clause, text, tokens, vocabulary, segment.tail)
