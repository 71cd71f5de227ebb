"""What a column of texts is made of: languages, sizes, repeats, passages that most share, markup, speakers."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from assay.core.inspection import SharedPassage, TextView
from assay.core.schema import Column
from assay.core.seed import Seeds
from assay.data import vectorized as vector
from assay.features.row_sample import sampled_rows
from assay.features.speakers import LOOKED_AT, labels_of
from assay.features.text_measures import text_measures
from assay.inspect.text_language import languages_of, scripts_of
from assay.terms.near_texts import near_texts

if TYPE_CHECKING:
    import pandas as pd

MOST_TEXTS = 10_000
"""Texts that are read, of those that are there; languages, sizes and speakers are told from 1,000 of them."""
_HTML = re.compile(
    r"</?(?:p|br|div|span|a|b|i|u|em|strong|ul|ol|li|table|tr|td|th|h[1-6]|img|html|body|head|script|style|font|pre|"
    r"code|blockquote)(?:\s[^<>]{0,300})?/?>|&(?:amp|lt|gt|nbsp|quot|apos|#\d{2,5});", re.IGNORECASE,
)  # fmt: skip
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd]")
"""Also halves of surrogate pairs, and the mark of what could not be read."""
_SHARED, _FEWEST_CHARACTERS, _LONGEST = 0.5, 12, 400
"""Share of the different texts that have a passage, and the characters of one that is worth a word."""


def texts_of(series: "pd.Series", column: Column) -> list[str]:
    """(n,) texts of a column, "" missing."""
    codes, texts = vector.texts_of(vector.plain(series), frozenset(column.missing_marks))
    return [texts[code] if code >= 0 else "" for code in codes.tolist()]


def text_view(filled: Sequence[str], *, seeds: Seeds) -> TextView:
    """filled: all texts of the rows that are looked at, without missing ones."""
    distinct = list(dict.fromkeys(filled))
    rows = sampled_rows(len(distinct), MOST_TEXTS, seeds.child("texts"))
    texts = [distinct[i] for i in rows]
    some = [texts[i] for i in sampled_rows(len(texts), LOOKED_AT, seeds.child("languages"))]
    sizes = text_measures(some, ("characters", "word count"))
    characters, words = np.median(sizes, axis=0).tolist() if some else (0.0, 0.0)
    return TextView(
        texts=len(texts), languages=languages_of(some), scripts=scripts_of(some), characters=characters, words=words,
        longest=max(map(len, filled), default=0), repeated=1.0 - len(distinct) / max(len(filled), 1),
        near=_share_near(texts), shared=shared_passages(texts), speakers=labels_of(some),
        html=_share(_HTML, texts), controls=_share(_CONTROL, texts),
    )  # fmt: skip


def _share(pattern: re.Pattern[str], texts: Sequence[str]) -> float:
    return sum(1 for text in texts if pattern.search(text)) / max(len(texts), 1)


def _share_near(texts: Sequence[str]) -> float:
    """Of texts no two of which are equal, the share that is nearly like one before."""
    return float((near_texts(texts) != np.arange(len(texts))).mean()) if texts else 0.0


def shared_passages(texts: Sequence[str]) -> tuple[SharedPassage, ...]:
    """A beginning, an end and lines that half of these texts or more have; texts: no two are equal."""
    if len(texts) < 2 / _SHARED:
        return ()
    first = _shared_beginning(texts)
    last = _shared_beginning([text[::-1] for text in texts])
    found = [SharedPassage(place="beginning", text=first[0], share=first[1])] if first[0] else []
    found += [SharedPassage(place="end", text=last[0][::-1], share=last[1])] if last[0] else []
    lines = Counter(line for text in texts if "\n" in text for line in {one.strip() for one in text.split("\n")})
    found += [
        SharedPassage(place="line", text=line, share=n / len(texts)) for line, n in lines.most_common()
        if n >= _SHARED * len(texts) and len(line) >= _FEWEST_CHARACTERS
        and not any(line in one.text or one.text in line for one in found)
    ]  # fmt: skip
    return tuple(found)


def _shared_beginning(texts: Sequence[str]) -> tuple[str, float]:
    """The longest that half of the texts share, to the end of a word, and the share; "" if it is too short.

    The longer a beginning, the fewer texts have it, so that its length is found by halving.
    """

    def most(length: int) -> tuple[str, int]:
        return Counter(text[:length] for text in texts if len(text) >= length).most_common(1)[0]

    low, high = 0, min(_LONGEST, max(map(len, texts))) + 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if most(middle)[1] >= _SHARED * len(texts) else (low, middle)
    shared = most(low)[0] if low else ""
    rest = {text[low : low + 1] for text in texts if text.startswith(shared)}
    if any(letter.isalnum() for letter in rest) and shared and shared[-1].isalnum():
        shared = re.sub(r"\w+$", "", shared)
    if len(shared.strip()) < _FEWEST_CHARACTERS:
        return "", 0.0
    return shared, sum(1 for text in texts if text.startswith(shared)) / len(texts)
