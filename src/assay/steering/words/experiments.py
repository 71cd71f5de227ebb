"""Experiments named by their numbers: "experiment 12", "#12", "runs 3 to 5"."""

from collections.abc import Iterator, Sequence

from assay.steering.words.english import EXPERIMENT_NOUNS
from assay.steering.words.item import Item
from assay.steering.words.tokens import Token


def experiments_at(tokens: Sequence[Token], at: int, most: int) -> Iterator[tuple[int, Item]]:
    """Experiments that are named at a token, with the token after them. most: how many the lab has."""
    words = [token.word if token.kind != "quoted" else "" for token in tokens[at : at + 4]] + [""] * 2
    start = at
    if words[0] in EXPERIMENT_NOUNS:
        start = at + 2 if words[1] in ("number", "no", "nr") else at + 1
    for end, number in _numbered(tokens, start):
        is_bare = start == at and tokens[start].kind == "number"
        yield end, _experiment(number, number, most, is_bare)
        if end < len(tokens) and tokens[end].word in ("to", "through", "until", "–") and not is_bare:
            for after, last in _numbered(tokens, end + 1):
                yield after, _experiment(number, last, most, is_bare)


def _numbered(tokens: Sequence[Token], at: int) -> Iterator[tuple[int, int]]:
    if at < len(tokens) and tokens[at].kind in ("experiment", "number"):
        word = tokens[at].word
        if word.isdecimal() and word.isascii():
            yield at + 1, int(word)


def _experiment(first: int, last: int, most: int, is_bare: bool) -> Item:
    lacks = "" if 1 <= first <= last <= most else f"the lab has {most} experiments"
    names = (str(first),) if lacks else tuple(map(str, range(first, last + 1)))
    return Item("experiment", names, bare=is_bare, lacks=lacks)
