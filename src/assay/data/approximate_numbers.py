"""What stands around numbers and is not read: footnote marks ("1,204[3]", "0.51**"), and words for approximate ones
("ca. 120", "~5", "about 40")."""

import re
from collections.abc import Sequence

from assay.core.array import Index

_NOTE = re.compile(r"(?P<rest>.*[\d%)\w€$£¥°])(?P<notes>(?:\[[a-z]\]|[ \u00a0]?(?:\[[0-9]{1,3}\]|[*†‡§]{1,3}))+)")
"""A letter in brackets apart from its number is a unit: "12 [m]"."""
_LONGEST = 64


def without_note(text: str) -> str:
    """ "0.51" of "0.51**"; texts without a mark as they are."""
    match = _NOTE.fullmatch(text) if len(text) <= _LONGEST else None
    return text if match is None else match["rest"]


def has_notes(texts: Sequence[str]) -> bool:
    """Whether some of these bear marks of footnotes; the same mark behind all of them is no note."""
    marks = {text[len(without_note(text)) :] for text in texts}
    return len(marks) > 1


_SIGNS = "~≈∼≅約约"
_WORDS = (
    "circa|approx|approximately|about|around|roughly|estimated|etwa|rund|ungefähr|zirka|environ|"
    "aprox|aproximadamente|cerca de|około|около|примерно|yaklaşık"
)
_SHORT = "c|ca|cca|appr|est|env"
"""As they begin codes too ("CA 12"), with a point; some in small letters without."""
_ROUGH = re.compile(
    rf"(?:[{_SIGNS}]\s*|(?i:{_WORDS})(?:\.\s*|:?\s+)|(?i:{_SHORT})\.\s*|(?:ca|cca|appr)\s+)(?=[-+−]?[€$£¥]?\.?\d)"
)
"""In English, German, French, Spanish, Portuguese, Polish, Russian, Turkish, Japanese and Chinese."""
_SHOWN = 3


def without_word(text: str) -> str:
    """ "120" of "ca. 120"; texts without such a word as they are."""
    return _ROUGH.sub("", text, count=1) if _is_rough(text) else text


def has_rough(texts: Sequence[str]) -> bool:
    """Whether some of these are marked as approximate."""
    return any(map(_is_rough, texts))


def rough_said(texts: Sequence[str], counts: Index) -> str:
    """The note on approximate numbers among these texts, counts: cells of each; "" without any."""
    found = [(text, int(n)) for text, n in zip(texts, counts.tolist(), strict=True) if _is_rough(text)]
    if not found:
        return ""
    cells = sum(n for _, n in found)
    listed = ", ".join(repr(text) for text, _ in found[:_SHOWN]) + (", …" if len(found) > _SHOWN else "")
    number = "read as the number it names" if cells == 1 else "read as the numbers they name"
    return f"{cells:,} {'cell is' if cells == 1 else 'cells are'} rough ({listed}): {number}"


def _is_rough(text: str) -> bool:
    return not text[:1].isdigit() and _ROUGH.match(text) is not None
