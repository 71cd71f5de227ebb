"""Frequent parts of strings: of codes, keys, addresses and numbers."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from assay.core.array import AnyArray, Floats, Index, Json, JsonObject
from assay.core.contract import Effort, Idea, Seeds, State, Step, StepTraits, Table, Target
from assay.core.errors import BundleError
from assay.features import register
from assay.features.code_columns import CODES_AS_COLUMNS, codes_of, frequent, with_codes
from assay.features.stored_state import stored

_RUNS = re.compile(r"(.)\1+")
_NUMBER = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_E_MAIL = re.compile(r"[^@\s/:]+@([^@\s/:]+)")
_URL = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:[^@/\s]*@)?((?:[\w-]+\.)+[a-z]{2,})(?::\d+)?(?:[/?#].*)?", re.IGNORECASE
)
_MOST_POSITIONS = 8
_LONGEST_NUMBER = 15
_LEAST_KNOWN = 0.3
_FEWEST_DIGITS, _MOST_DIGITS = 3, 7


def pattern(text: str) -> str:
    """Capitals as A, small letters as a, digits as 9, runs as one: "C85" is "A9", "A/5 21171" is "A/9 9"."""
    kinds = ("9" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else c for c in text)
    return _RUNS.sub(r"\1", "".join(kinds))


def host(text: str) -> str:
    """The domain of an e-mail address or the host of a URL without "www.", in small letters; "" in other texts."""
    found = _E_MAIL.fullmatch(text) or _URL.fullmatch(text)
    return found[1].lower().removeprefix("www.").rstrip(".") if found else ""


def _top(text: str) -> str:
    return host(text).rpartition(".")[2]


def _letters(text: str) -> str:
    found = _LETTERS.match(text)
    return found[0] if found else ""


def _start(text: str, *, length: int) -> str:
    return text[:length] if len(text) > length else ""


def _character(text: str, *, position: int) -> str:
    return text[position : position + 1]


def _number(text: str) -> float:
    """The longest run of digits, of equals the first; NaN without one."""
    runs = _NUMBER.findall(text)
    return float(max(runs, key=len)[:_LONGEST_NUMBER]) if runs else np.nan


def _digit_share(text: str) -> float:
    return sum(map(str.isdigit, text)) / max(1, len(text))


_WORDS: Mapping[str, Callable[[str], str]] = {
    "host": host, "top": _top, "letters": _letters, "pattern": pattern,
    **{f"character {k + 1}": partial(_character, position=k) for k in range(_MOST_POSITIONS)},
    **{f"first {k}": partial(_start, length=k) for k in (2, 3)},
}  # fmt: skip
_FIGURES: Mapping[str, Callable[[str], float]] = {"length": len, "digits": _digit_share, "number": _number}
_DIGITS = tuple(f"character {k + 1}" for k in range(_MOST_DIGITS))


@dataclass(frozen=True, slots=True)
class StringPart:
    """One output column: which part of which column; digits: of a number padded with zeros to so many, 0 for texts.

    levels: the part's known texts by falling frequency, or None where it is a number.
    """

    column: str
    part: str
    digits: int = 0
    levels: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        return f"{self.column}:{self.part}"

    def of(self, texts: tuple[str, ...]) -> AnyArray:
        """(k,) float32 numbers or int32 codes of these texts."""
        if self.levels is None:
            figure = _FIGURES[self.part]
            return np.array([figure(text) for text in texts], dtype=np.float32)
        word, position = _WORDS[self.part], {level: code for code, level in enumerate(self.levels)}
        position[""] = -1
        unseen = len(self.levels)
        return np.array([position.get(word(text), unseen) for text in texts], dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class FittedStringParts:
    """pieces: the parts that are added, in order."""

    pieces: tuple[StringPart, ...]

    def transform(self, table: Table) -> Table:
        read: dict[tuple[str, int], tuple[Index, tuple[str, ...]]] = {}
        numbers, codes = list[AnyArray](), list[AnyArray]()
        for piece in self.pieces:
            source = (piece.column, piece.digits)
            if source not in read:
                read[source] = _cells(table, *source)
            places, texts = read[source]
            if piece.levels is None:
                numbers.append(np.append(piece.of(texts), np.float32(np.nan))[places])
            else:
                codes.append(codes_of(places, piece.of(texts)))
        figures = tuple(piece.name for piece in self.pieces if piece.levels is None)
        words = [(piece.name, len(piece.levels)) for piece in self.pieces if piece.levels is not None]
        if figures:
            table = table.with_numeric(np.stack(numbers, axis=1), figures)
        return with_codes(table, codes, tuple(name for name, _ in words), tuple(size for _, size in words))

    def effort(self) -> Effort:
        return Effort(calls=18 + 21 * len(self.pieces))

    def state(self) -> State:
        pieces: list[Json] = [
            {"column": p.column, "part": p.part, "digits": p.digits,
             "levels": None if p.levels is None else list(p.levels)}
            for p in self.pieces
        ]  # fmt: skip
        meta: JsonObject = {"pieces": pieces}
        return State("string_parts", meta)


def _cells(table: Table, column: str, digits: int) -> tuple[Index, tuple[str, ...]]:
    """(places, texts) of a column of strings, or with digits of one of whole numbers; places below 0 are missing."""
    if not digits:
        assert table.strings is not None
        return table.strings.column(column)
    values = table.numeric[:, table.numeric_names.index(column)].astype(np.float64)
    known = ~np.isnan(values) & (values >= 0) & (values < 10.0**digits)
    distinct, place = np.unique(np.where(known, np.floor(values), -1.0), return_inverse=True)
    missing = int(len(distinct) > 0 and distinct[0] < 0)
    texts = tuple(f"{int(value):0{digits}d}" for value in distinct[missing:])
    return np.asarray(place - missing, dtype=np.int64), texts


def _digits_of(values: Floats) -> int:
    """How many digits the codes in a numeric column (n,) have; 0 where its numbers are no codes.

    Codes are whole, many, and nine in ten have as many digits as the longest.
    """
    distinct = np.unique(values[~np.isnan(values)])
    if len(distinct) < 20 or distinct[0] < 0 or distinct[-1] >= 10.0**_MOST_DIGITS or (distinct % 1).any():
        return 0
    digits = len(str(int(distinct[-1])))
    full = float((distinct >= 10.0 ** (digits - 1)).mean())
    return digits if digits >= _FEWEST_DIGITS and full >= 0.9 else 0


def _words_for(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The parts that may come again: of addresses not their single characters."""
    addresses = sum(bool(host(text)) for text in texts)
    return (
        ("host", "top") if 2 * addresses > len(texts) else tuple(part for part in _WORDS if part not in ("host", "top"))
    )


@register("string_parts")
@dataclass(frozen=True)
class StringParts:
    """Parts of codes, keys and addresses (Table.strings), and the digits of whole numbers that look like codes.

    As numbers: length, share of digits, the longest number in it. As codes: of addresses the e-mail domain or URL host
    and its last label; of others leading letters, pattern ("C85" is "A9"), each of the first eight characters, the
    first two and three. A part is
    added where it varies and, as a code, where levels of three rows or more cover three rows in ten, and where it
    divides the rows otherwise than an earlier part. numbers: take numbers of 3 to 7 digits apart too.
    """

    numbers: bool = True
    most_levels: int = 250

    traits: ClassVar[StepTraits] = StepTraits(
        ideas=(Idea(
            name="strings", what="parts of codes and names", finds=("string_parts",), is_raw=True, is_early=True,
            trees=(Step.of("string_parts"),), distances=(Step.of("string_parts"), *CODES_AS_COLUMNS),
            applies="columns of codes or names with parts", prior=2.0,
            why="The parts of a code, as its letter or its domain, are categories that the whole hides.",
        ),),
    )  # fmt: skip

    def fit(self, table: Table, target: Target | None, *, seeds: Seeds) -> FittedStringParts:
        pieces = list[StringPart]()
        for name in table.strings.names if table.strings is not None else ():
            pieces += self._pieces(table, name, 0)
        for j, name in enumerate(table.numeric_names if self.numbers else ()):
            digits = _digits_of(table.numeric[:, j].astype(np.float64))
            pieces += self._pieces(table, name, digits) if digits else ()
        return FittedStringParts(tuple(pieces))

    def _pieces(self, table: Table, column: str, digits: int) -> Iterator[StringPart]:
        """The parts of one column that say something, each way to divide the rows once."""
        places, texts = _cells(table, column, digits)
        rows = np.bincount(places[places >= 0], minlength=len(texts))
        for part in () if digits else _FIGURES:
            values = StringPart(column, part).of(texts)
            if len(np.unique(values[~np.isnan(values)])) > 1:
                yield StringPart(column, part)
        seen = {np.arange(len(texts)).tobytes()}
        for part in _DIGITS[:digits] if digits else _words_for(texts):
            levels, division = self._levels(part, texts, rows)
            if levels and division not in seen:
                seen.add(division)
                yield StringPart(column, part, digits, levels)

    def _levels(self, part: str, texts: tuple[str, ...], rows: Index) -> tuple[tuple[str, ...], bytes]:
        """The known levels of a part, none where it says nothing, and how it divides the texts."""
        word = _WORDS[part]
        words, place = np.unique(np.array([word(text) for text in texts], dtype=object), return_inverse=True)
        counts = np.bincount(place, rows, minlength=len(words)).astype(np.int64)
        counts[words == ""] = 0
        known = frequent(counts, at_most=self.most_levels)
        if len(known) + bool((words == "").any()) < 2 or counts[known].sum() < _LEAST_KNOWN * rows.sum():
            return (), b""
        _, first, division = np.unique(place, return_index=True, return_inverse=True)
        order = np.argsort(np.argsort(first))  # numbered as they come, so that equal divisions are equal bytes
        return tuple(words[known].tolist()), order[division].tobytes()

    @classmethod
    def restore(cls, state: State) -> FittedStringParts:
        pieces = stored(state, "pieces")
        if not isinstance(pieces, list):
            raise BundleError(f"The pieces of the stored step {state.name!r} cannot be read. Save the bundle again.")
        return FittedStringParts(tuple(_restored(piece) for piece in pieces))


def _restored(piece: Json) -> StringPart:
    body = piece if isinstance(piece, dict) else {}
    column, part, digits, levels = (body.get(key) for key in ("column", "part", "digits", "levels"))
    known = part in _FIGURES if levels is None else part in _WORDS
    if not (known and isinstance(column, str) and isinstance(part, str) and isinstance(digits, int)):
        raise BundleError("A piece of the stored step 'string_parts' cannot be read. Save the bundle again.")
    return StringPart(column, part, digits, tuple(map(str, levels)) if isinstance(levels, list) else None)
