"""Words of requests that were typed with a letter missing, doubled or swapped: "exlcude" is exclude."""

from collections.abc import Sequence
from dataclasses import replace

from assay.steering.words.clause_patterns import KNOWN_WORDS
from assay.steering.words.english import COMMON_WORDS, CORRECTABLE, FUNCTION_WORDS
from assay.steering.words.misspelling import slips
from assay.steering.words.name_index import NameIndex
from assay.steering.words.tokens import Token

SHORTEST = 5
MOST_CORRECTED = 40
"""Unknown words of one text that are compared; more of them are left as they are."""


def corrected(tokens: Sequence[Token], index: NameIndex) -> list[Token]:
    """The tokens with such words as they were meant; what the lab or everyday English knows stays."""
    found, looked = list[Token](), 0
    for at, token in enumerate(tokens):
        is_strange = token.kind == "word" and len(token.word) >= SHORTEST and token.word.isalpha()
        is_strange = is_strange and token.word not in KNOWN_WORDS | FUNCTION_WORDS | COMMON_WORDS
        if is_strange and looked < MOST_CORRECTED and not any(index.at(tokens, at)):
            looked += 1
            found.append(replace(token, word=_meant(token.word)))
        else:
            found.append(token)
    return found


def _meant(word: str) -> str:
    alike = [known for known in CORRECTABLE if word[0] == known[0] and _is_slip(word, known)]
    return alike[0] if len(alike) == 1 else word


def _is_slip(word: str, known: str) -> bool:
    """Whether a letter is missing or too many, or two are swapped; another letter would make another word."""
    is_swapped = len(word) == len(known) and sorted(word) == sorted(known)
    return (is_swapped or abs(len(word) - len(known)) == 1) and slips(word, known) == 1
