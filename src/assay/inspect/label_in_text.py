"""Texts that contain the class they are to be predicted as: "SPAM: you have won"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.core.argument import list_argument
from assay.core.array import Bools, Index
from assay.core.inspection import LABEL_IN_TEXT, LeakFound

Place = Literal["begin", "end", "say", "hold"]
_NEEDED: dict[Place, float] = {"begin": 0.1, "end": 0.1, "say": 0.1, "hold": 0.5}
"""Share of a class's texts that have its name there, from which it is no accident: a name in the middle of a sentence
is a word like others, and has to be in most."""
_RIGHT, _BEYOND, _FEWEST = 0.9, 0.2, 10
"""Of the texts with a name those of its class; so much above the class's share of all texts; texts that prove it."""
_MOST_CLASSES, _CHARACTERS, _SHOWN = 200, 20_000, 40
_BARE = 3
"""Letters and digits below which a name is told from other words only with a mark beside it."""
_WORDS: dict[Place, str] = {
    "begin": "begins with the answer", "end": "ends with the answer", "say": "says the answer",
    "hold": "holds the answer",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _LabelNaming:
    """Texts that name a class. proven: (n_classes,) classes whose name there proves something; at: (n,) the class that
    is named, -1 none.
    """

    place: Place
    proven: Bools
    at: NDArray[np.int64]


def label_in_text(
    column: str, texts: Sequence[str], own: Index, classes: Sequence[str], *, target: str
) -> LeakFound | None:
    """The suspicion that these texts name their class; None where they do not.

    texts, own: (n,) and the place of each row's class in `classes`; "" missing. Where a name stands and where it proves
    something: at the beginning or end, or after the target's name, in a tenth of the texts of its class; anywhere, in
    half of them. Nine of ten texts with the name must be of the class, ten at least, and beyond the class's share.
    """
    if len(classes) > _MOST_CLASSES:
        return None
    best: tuple[int, _LabelNaming, Bools] | None = None
    for named in _namings(texts, own, classes, target):
        is_proof = (named.at >= 0) & named.proven[named.at]
        if best is None or int(is_proof.sum()) > best[0]:
            best = int(is_proof.sum()), named, is_proof
    if best is None:
        return None
    n, named, is_proof = best
    right = float((named.at == own)[is_proof].mean())
    example = " ".join(texts[int(np.flatnonzero(is_proof & (named.at == own))[0])].split())
    shown = example if len(example) <= _SHOWN else (
        f"…{example[-_SHOWN:]}" if named.place == "end" else f"{example[:_SHOWN]}…"
    )  # fmt: skip
    what = (
        f'{column} {_WORDS[named.place]} in {n:,} of {len(texts):,} rows, such as "{shown}": {right * 100:.0f} % of '
        "these are of that class"
    )
    return LeakFound(column=column, code=LABEL_IN_TEXT, verdict="suspected", what=what,
                     do=f"--drop {list_argument(column)}")  # fmt: skip


def _namings(texts: Sequence[str], own: Index, classes: Sequence[str], target: str) -> Iterator[_LabelNaming]:
    """The places where names of classes prove something."""
    names = {_plain(label): place for place, label in enumerate(classes)}
    rows_of = np.bincount(own, minlength=len(classes))
    share = rows_of / max(len(own), 1)
    for place, pattern in _patterns(tuple(names), target):
        at = np.array([_named_in(text, pattern, names) for text in texts], dtype=np.int64)
        hits = np.bincount(at[at >= 0], minlength=len(classes))
        right = np.bincount(at[at == own], minlength=len(classes))
        precision = right / np.maximum(hits, 1)
        proven = (precision >= _RIGHT) & (precision >= share + _BEYOND * (1 - share)) & (right >= _FEWEST)
        proven &= right >= _NEEDED[place] * rows_of
        if proven.any():
            yield _LabelNaming(place, proven, at)


def _plain(label: str) -> str:
    return " ".join(re.split(r"[\s_-]+", label.casefold().strip()))


def _patterns(names: Sequence[str], target: str) -> Iterator[tuple[Place, re.Pattern[str]]]:
    def any_of(chosen: Sequence[str]) -> str:
        parts = sorted(
            (r"[\s_-]+".join(map(re.escape, one.split(" "))) for one in chosen if one), key=len, reverse=True
        )
        return rf"(?<!\w)(?P<name>{'|'.join(parts)})(?!\w)"

    long = [one for one in names if len(one) >= _BARE and not one.replace(".", "").isdigit()]
    if any(names):
        asked = r"[\s_-]+".join(map(re.escape, _plain(target).split(" ")))
        yield "begin", re.compile(rf"^\W*{any_of(names)}(?:\s*[:|>=\])]|\s+[–—-]\s)", re.IGNORECASE)
        yield "end", re.compile(rf"[:|>=\[(]\s*{any_of(names)}\W*$", re.IGNORECASE)
        yield "say", re.compile(rf"(?<!\w){asked}\W{{1,4}}(?:is\W+)?{any_of(names)}", re.IGNORECASE)
    if long:
        yield "begin", re.compile(rf"^\W*{any_of(long)}", re.IGNORECASE)
        yield "end", re.compile(rf"{any_of(long)}\W*$", re.IGNORECASE)
        yield "hold", re.compile(any_of(long), re.IGNORECASE)


def _named_in(text: str, pattern: re.Pattern[str], names: dict[str, int]) -> int:
    """The class that a text names there, -1 where it names none or several."""
    if len(text) > _CHARACTERS:
        text = text[: _CHARACTERS // 2] + text[-_CHARACTERS // 2 :]
    found = {names.get(_plain(one["name"]), -1) for one in pattern.finditer(text)}
    return found.pop() if len(found) == 1 else -1
