"""Footnote marks behind numbers: "1,204[3]", "0.51**", "12.3†"."""

import re
from collections.abc import Sequence

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
