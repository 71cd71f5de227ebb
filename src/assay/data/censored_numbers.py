"""Censored numbers, known only to lie beyond a limit: "<0.5" and ">100" among measurements."""

import re
from collections.abc import Sequence

from assay.core.array import Index

_SIGNS = "<>≤≥"
_SIGN = re.compile(r"[<>]=?|[≤≥]")
_MOST = 0.5
"""Share of the different texts up to which limits stand among measurements; where more are, they are bands."""
_VARIED = 20
"""Different measurements below which whole numbers are counts with an end: 1, 2, 3, ">3", of which the last is no 3."""
_SHOWN = 4


def is_limit(text: str) -> bool:
    """Whether the text is a censored number."""
    return text[:1] in _SIGNS and text != ""


def without_sign(text: str) -> str:
    """ "0.5" of "<0.5"; texts without a sign as they are."""
    return _SIGN.sub("", text, count=1).lstrip() if is_limit(text) else text


def measured(texts: Sequence[str]) -> list[str]:
    """The texts that are no limits, where limits are the fewer; else all of them."""
    left = [text for text in texts if not is_limit(text)]
    return left if len(left) >= (1 - _MOST) * len(texts) else list(texts)


def has_limits(texts: Sequence[str]) -> bool:
    """Whether some of these are limits, but not so many that the column is one of bands ("<20", "20-40", ">40")."""
    plain = measured(texts)
    is_varied = len(plain) >= _VARIED or any("." in text or "," in text for text in plain)
    return len(plain) < len(texts) and is_varied


def limits_said(texts: Sequence[str], counts: Index) -> str:
    """The note on limits among these texts, counts: cells of each; "" without any."""
    found = [(text, int(n)) for text, n in zip(texts, counts.tolist(), strict=True) if is_limit(text)]
    if not found:
        return ""
    cells = sum(n for _, n in found)
    often = sorted(found, key=lambda one: (-one[1], one[0]))
    listed = ", ".join(repr(text) for text, _ in often[:_SHOWN]) + (", …" if len(often) > _SHOWN else "")
    if cells == 1:
        return f"1 cell is a limit ({listed}): read as the number it names"
    return f"{cells:,} cells are limits ({listed}): read as the numbers they name"
