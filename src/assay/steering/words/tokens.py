"""A text as tokens that know where they stand in it: words, numbers, quoted names, experiments, marks."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from assay.steering.words.english import CONTRACTIONS, JOINED, SPELLINGS

TokenKind = Literal["word", "number", "quoted", "experiment", "mark"]
Phrase = tuple[str, ...]
_QUOTES = r'"[^"\n]{1,200}"|“[^”\n]{1,200}”|`[^`\n]{1,200}`|«[^»\n]{1,200}»|„[^“”\n]{1,200}[“”]'
_SINGLE = r"(?<!\w)'[^'\n]{1,200}'(?!\w)|‘[^’\n]{1,200}’(?!\w)"
_WORD = r"[^\W_][\u0300-\u036f]*(?:['’](?=[^\W_])|[^\W_]|[\u0300-\u036f])*"
_TOKEN = re.compile(
    rf"(?P<quoted>{_QUOTES}|{_SINGLE})|(?P<experiment>#\s?\d{{1,9}}(?!\w))|(?P<number>\d{{1,15}}(?:\.\d+)?(?![^\W_]))"
    rf"|(?P<word>w/o(?!\w)|b/c(?!\w)|(?:excl|incl|e\.g|i\.e|etc|approx|resp)\.(?=\s|$)|{_WORD})|(?P<newline>\n)|(?<=\w)-(?=\w)|(?P<mark>[^\s_])"
)


@dataclass(frozen=True, slots=True)
class Token:
    """word: as the grammar reads it: case folded, contractions taken apart. start, end: its place in the text."""

    word: str
    kind: TokenKind
    start: int
    end: int


def folded(word: str) -> str:
    """A word without case, and in one form of Unicode."""
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'")


def tokens_of(text: str) -> list[Token]:
    """The text's tokens in order; those of a contraction have one place ("don't" is do, not)."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind, start, end = str(match.lastgroup), match.start(), match.end()
        if match.lastgroup is None:  # a hyphen within a word
            continue
        if kind == "newline":
            found.append(Token("\n", "mark", start, end))
        elif kind == "quoted":
            found.append(Token(match[0][1:-1].strip(), "quoted", start, end))
        elif kind == "experiment":
            found.append(Token(match[0].lstrip("#").strip(), "experiment", start, end))
        elif kind == "word":
            found += [Token(word, "word", start, end) for word in _words(folded(match[0]).rstrip("."))]
        else:
            found.append(Token(folded(match[0]) or match[0], "number" if kind == "number" else "mark", start, end))
    return _joined(found)


def _words(word: str) -> tuple[str, ...]:
    if word in CONTRACTIONS:
        return CONTRACTIONS[word]
    if word.endswith("n't") and len(word) > 3:
        return (word[:-3], "not")
    for ending, full in (("'ll", "will"), ("'ve", "have"), ("'re", "are"), ("'d", "would"), ("'m", "am")):
        if word.endswith(ending) and len(word) > len(ending):
            return (word[: -len(ending)], full)
    return (SPELLINGS.get(word, word),)


def _joined(tokens: list[Token]) -> list[Token]:
    """Words that stand for one, as "as well as" for "and", made one token."""
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        words, one = _stands_for_one(tokens, at)
        last = at + max(len(words), 1)
        if one:
            out.append(Token(one, "word", tokens[at].start, tokens[last - 1].end))
        elif not words:
            out.append(tokens[at])
        at = last
    return out


def _stands_for_one(tokens: list[Token], at: int) -> tuple[Phrase, str]:
    """The words at a token that stand for one, and that; none where none do, "" where they say nothing."""
    for words, one in JOINED.get(tokens[at].word, ()):
        if tuple(token.word for token in tokens[at : at + len(words)]) == words:
            return words, one
    return (), ""


def words_of(text: str) -> Phrase:
    """The tokens of a name as the text has them."""
    return tuple(token.word for token in tokens_of(text) if token.word != "\n")
