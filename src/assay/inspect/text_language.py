"""Languages and scripts of texts: scripts by the names of letters, languages by usual words or their script."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = {"CJK": "Han", "HIRAGANA": "kana", "KATAKANA": "kana", "KATAKANA-HIRAGANA": "kana"}
_OWN = {"kana": "Japanese", "HANGUL": "Korean", "Hangul": "Korean", "Thai": "Thai", "Hebrew": "Hebrew",
        "Armenian": "Armenian", "Georgian": "Georgian", "Khmer": "Khmer", "Lao": "Lao"}  # fmt: skip
"""Scripts that one language has for itself, nearly."""
_FEWEST_WORDS, _USUAL = 2, 0.15
"""Usual words of a language in a text that tell it: so many, and such a share of its words."""
_CLOSE = 0.8
"""Of the usual words of the likeliest language: others so near are decided by all texts together."""
_KNOWN, _PART = 0.25, 0.05
"""Share of the texts whose language is told, from which it is; and of those a language has to be named."""
_TOO_FEW_WORDS = 6
"""Of a text that no language is told of, below which none could be."""
_CHARACTERS = 2_000
"""Of each text, that are looked at."""


@cache  # the file never changes
def _usual_words() -> Mapping[str, tuple[str, ...]]:
    """The languages that have each word."""
    text = (files("assay.inspect") / "data" / "stop_words.txt").read_text(encoding="utf-8")
    lines = (line.partition(": ") for line in text.splitlines() if not line.startswith("#"))
    by = dict[str, tuple[str, ...]]()
    for language, _, words in lines:
        for word in words.split():
            by[word] = (*by.get(word, ()), language)
    return by


@cache  # a letter's name never changes
def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ")[0]
    return _SCRIPTS.get(name, name.capitalize())


def scripts_of(texts: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Scripts with their share of the letters, the most used first: from 1 % on."""
    letters = Counter[str]()
    for text in texts:
        letters.update(text[:_CHARACTERS])
    counts = Counter[str]()
    for letter, n in letters.items():
        if letter.isalpha() and (script := _script(letter)):
            counts[script] += n
    whole = counts.total()
    return tuple((script, n / whole) for script, n in counts.most_common() if n >= 0.01 * whole)


def languages_of(texts: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Languages with their share of the texts long enough to tell, the most used first; () where most are not told.

    By usual words of 20 languages of Europe, in the text or, where it has too few, not at all; languages whose script
    no other has are told by it, Chinese by Han without kana. A text counts once.
    """
    found = [_usual_of(text) for text in texts]
    overall = Counter[str]()
    for hits, _ in found:
        overall.update(hits)
    known, whole = Counter[str](), 0
    for text, (hits, n_words) in zip(texts, found, strict=True):
        language = _by_script(text) or _likeliest(hits, n_words, overall)
        whole += bool(language) or n_words >= _TOO_FEW_WORDS
        if language:
            known[language] += 1
    if not known or known.total() < _KNOWN * whole:
        return ()
    return tuple((language, n / whole) for language, n in known.most_common() if n >= _PART * whole)


def _usual_of(text: str) -> tuple[Counter[str], int]:
    """How many usual words of each language a text has, and its words."""
    words, known = _WORD.findall(text[:_CHARACTERS].casefold()), _usual_words()
    return Counter(language for word in words for language in known.get(word, ())), len(words)


def _likeliest(hits: Counter[str], n_words: int, overall: Counter[str]) -> str:
    if not hits or hits.most_common(1)[0][1] < max(_FEWEST_WORDS, _USUAL * n_words):
        return ""
    most = hits.most_common(1)[0][1]
    return max((one for one, n in hits.items() if n >= _CLOSE * most), key=lambda one: (overall[one], one))


def _by_script(text: str) -> str:
    letters = [letter for letter in text[:_CHARACTERS] if letter.isalpha()]
    if all(letter < "\u0370" for letter in letters):
        return ""
    counts = Counter(map(_script, letters))
    if counts["kana"] and counts["kana"] + counts["Han"] > 0.5 * len(letters):
        return _OWN["kana"]
    script, n = counts.most_common(1)[0]
    if n <= 0.5 * len(letters):
        return ""
    return "Chinese" if script == "Han" else _OWN.get(script, "")
