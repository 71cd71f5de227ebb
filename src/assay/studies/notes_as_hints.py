"""Sentences of notes read as hints are: by the same reader, of which only wishes to try something are taken."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from assay.core.hint import Wish
from assay.steering.vocabulary import Vocabulary
from assay.steering.words.parser import parse

MOST_READ = 300
"""Pieces of text that are read; each takes some hundredths of a second."""
LONGEST = 200
"""Characters of a sentence that may be a hint as a whole."""
NEAR = 40
"""Characters between two columns that may be said of one another."""
BEFORE, AFTER = 4, 2
"""Words around two columns that may say what is made of them: "the ratio of a and b", "the a to b ratio"."""
TRIED = ("move", "step", "family", "column")
"""What a wish of notes may be about."""
_SENTENCE = re.compile(r"[.;!?](?=\s|$)")
_WORD = re.compile(r"\S+")
_CLAUSE = re.compile(r"[,:(]|\bbut\b")
_REFUSAL = re.compile(r"\b(?:not|never|no|cannot|without|avoid\w*|stop\w*|instead of|rather than)\b|n['’]t\b", re.I)


class NotesReader:
    """Reads line by line, for one lab, `most` pieces at most, of which half may be sentences without two columns near
    each other. is_spent: whether pieces were left unread."""

    def __init__(self, known: Vocabulary, most: int = MOST_READ) -> None:
        self.known, self.most = known, most
        self.is_spent = False
        self._wishes_of: dict[str, tuple[Wish, ...]] = {}  # of each piece that was read
        names = {name.lower() for name in known.features}
        spelled = sorted({*names, *(name.replace("_", " ") for name in names)} - {""}, key=len, reverse=True)
        self._columns = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, spelled)) + r")(?!\w)") if spelled else None

    def wishes_in(self, line: str) -> Iterator[tuple[Wish, str]]:
        """What a line wishes to be tried, with the words that say so.

        A sentence that is understood as a whole is a hint; of any other the pieces are read in which two columns stand
        near each other. What a sentence says never to use is no wish to try it.
        """
        for sentence in (part.strip(" \t#*->") for part in _SENTENCE.split(line)):
            near = self._near(sentence)
            whole = self._whole(sentence, is_near=bool(near)) if 0 < len(sentence) <= LONGEST else ()
            for wish in whole:
                if wish.kind in ("try", "prefer") and wish.subject in TRIED:
                    yield _plain(wish), wish.words or sentence
            if not whole:
                yield from self._of_pairs(sentence, near)

    @property
    def n_read(self) -> int:
        """How many pieces were read."""
        return len(self._wishes_of)

    def _whole(self, sentence: str, *, is_near: bool) -> tuple[Wish, ...]:
        """Of a sentence as one piece. is_near: two columns of it stand near each other."""
        if is_near or self.n_read < self.most // 2 or sentence in self._wishes_of:
            return self._wishes(sentence)
        self.is_spent = True
        return ()

    def _of_pairs(self, sentence: str, near: list[tuple[int, int]]) -> Iterator[tuple[Wish, str]]:
        """What is made of two columns, by the shortest piece around them that says it."""
        for start, end in near:
            if self.n_read >= self.most:
                self.is_spent = True
                return
            if _REFUSAL.search(_CLAUSE.split(sentence[max(0, start - LONGEST) : start])[-1]):
                continue
            for piece in _pieces(sentence, start, end):
                found = [one for one in self._wishes(piece) if one.kind == "try" and len(one.columns) > 1]
                yield from ((_plain(wish), piece) for wish in found)
                if found:
                    break

    def _near(self, sentence: str) -> list[tuple[int, int]]:
        """Where two columns stand near each other: the place of the first one's start and of the second one's end."""
        if self._columns is None:
            return []
        spans = [match.span() for match in self._columns.finditer(sentence.lower())]
        return [(one[0], two[1]) for one, two in pairwise(spans) if two[0] - one[1] <= NEAR]

    def _wishes(self, text: str) -> tuple[Wish, ...]:
        """Of a text that is understood as a whole; () of any other."""
        if text not in self._wishes_of:
            if self.n_read >= self.most:
                self.is_spent = True
                return ()
            found = parse(text, self.known)
            self._wishes_of[text] = () if found.unknown else found.wishes
        return self._wishes_of[text]


def _pieces(sentence: str, start: int, end: int) -> Iterator[str]:
    """From the one column to the other, then with words before, then with words after. Words further than LONGEST
    characters away are not looked at: a sentence may be a whole book."""
    yield sentence[start:end]
    first = max(0, start - LONGEST)
    before = [first + match.start() for match in _WORD.finditer(sentence[first:start])]
    yield from (sentence[at:end] for at in before[::-1][:BEFORE])
    after = [end + match.end() for match in _WORD.finditer(sentence[end : end + LONGEST])]
    yield from (sentence[start:at].rstrip(",:)") for at in after[:AFTER])


def _plain(wish: Wish) -> Wish:
    """The same wish without who said it, how, and how long it holds."""
    return replace(wish, kind="try", strength=2, words="", why="", expires=None)
