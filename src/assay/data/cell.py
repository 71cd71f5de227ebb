"""The canonical meaning of a cell, whether from a frame, a dict or a CSV line.

A cell is missing, or it has a canonical text: `1`, `1.0`, `np.float32(1)` are "1"; `-0.0` is "0"; `True` is "true".
Frames are read by applying these functions to the distinct values of a column, single rows by applying them to the
cells, so the two cannot differ. No pandas here: a served row must not import it.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np

from assay.core.schema import Column

MISSING_TEXTS = frozenset({
    "", "NA", "N/A", "n/a", "N/a", "NaN", "nan", "-nan", "NAN", "null", "NULL", "Null", "None", "<NA>", "NaT",
    "#N/A", "#NA", "#N/A N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!",
})  # fmt: skip
"""Texts that mean missing in every column; a column's own marks come on top."""

DASHES = "-−–—‒‐‑﹣－"
"""What stands for a minus: the hyphen, the sign, and the dashes that word processors and web pages make of it."""

Marks = frozenset[str]


def _float_text(cell: float | np.floating) -> str | None:
    if math.isnan(cell):
        return None
    if math.isfinite(cell) and cell == int(cell):
        return str(int(cell))
    return str(cell)  # of a float32 the short digits: 0.1, not 0.10000000149


_MIDNIGHT = "T00:00:00"
"""A moment at midnight without a zone is a day, as files have it."""


def seconds_of(cell: object) -> float | None:
    """Seconds of a duration, NaN where it is missing, or since midnight of a time; None of any other cell."""
    if isinstance(cell, np.timedelta64):
        return float(cell / np.timedelta64(1, "s"))
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    if isinstance(cell, time):
        return timedelta(
            hours=cell.hour, minutes=cell.minute, seconds=cell.second, microseconds=cell.microsecond
        ).total_seconds()
    return None


def _other_text(cell: object) -> str | None:
    if cell is None or type(cell).__name__ in {"NAType", "NaTType"}:
        return None
    if isinstance(cell, bool | np.bool_):
        return "true" if cell else "false"
    if isinstance(cell, np.timedelta64 | timedelta):  # the first is a subclass of np.integer
        return _float_text(seconds_of(cell) or 0.0)
    if isinstance(cell, int | np.integer):
        return str(int(cell))
    if isinstance(cell, float | np.floating):
        return _float_text(cell)
    if isinstance(cell, np.datetime64):
        return None if np.isnat(cell) else _other_text(cell.astype("datetime64[us]").item())
    if isinstance(cell, datetime | date):
        return cell.isoformat().removesuffix(_MIDNIGHT)
    if isinstance(cell, Decimal) and cell.is_finite():
        return same_number(f"{cell:f}")
    return str(cell).strip()


def text_of(cell: object, marks: Marks = frozenset()) -> str | None:
    """The canonical text of a cell, None when it is missing; `marks` are further texts that mean missing."""
    text = cell.strip() if isinstance(cell, str) else _other_text(cell)
    return None if text is None or text in MISSING_TEXTS or text in marks else text


def plain_number(text: str) -> float | None:
    """The number that a text plainly is; None for words, also for Python's own spellings (1_000, nan, infinity)."""
    try:
        number = float(text)
    except ValueError:
        return None
    return None if "_" in text or text[-1] in "nNyYfF" else number


_TRUTHS = (
    (frozenset({"false", "f", "0"}), frozenset({"true", "t", "1"})),
    (frozenset({"no", "n", "0"}), frozenset({"yes", "y", "1"})),
    (frozenset({"off", "0"}), frozenset({"on", "1"})),
    (frozenset({"nein", "n", "falsch", "0"}), frozenset({"ja", "j", "wahr", "1"})),
    (frozenset({"non", "n", "faux", "0"}), frozenset({"oui", "o", "vrai", "1"})),
    (frozenset({"no", "n", "falso", "0"}), frozenset({"si", "sí", "sì", "s", "verdadero", "vero", "1"})),
    (frozenset({"não", "nao", "n", "falso", "0"}), frozenset({"sim", "s", "verdadeiro", "1"})),
    (frozenset({"nee", "n", "0"}), frozenset({"ja", "j", "1"})),
    (frozenset({"nej", "nei", "n", "0"}), frozenset({"ja", "j", "1"})),
    (frozenset({"nie", "n", "0"}), frozenset({"tak", "t", "áno", "1"})),
    (frozenset({"ne", "n", "0"}), frozenset({"ano", "da", "a", "d", "1"})),
    (frozenset({"nu", "n", "0"}), frozenset({"da", "d", "1"})),
    (frozenset({"ei", "e", "0"}), frozenset({"kyllä", "k", "jah", "1"})),
    (frozenset({"nem", "n", "0"}), frozenset({"igen", "i", "1"})),
    (frozenset({"hayır", "hayir", "h", "0"}), frozenset({"evet", "e", "1"})),
    (frozenset({"нет", "н", "0"}), frozenset({"да", "д", "1"})),
    (frozenset({"ні", "н", "0"}), frozenset({"так", "т", "1"})),
    (frozenset({"όχι", "0"}), frozenset({"ναι", "1"})),
    (frozenset({"否", "不是", "0"}), frozenset({"是", "1"})),
    (frozenset({"いいえ", "0"}), frozenset({"はい", "1"})),
    (frozenset({"아니오", "아니요", "0"}), frozenset({"예", "네", "1"})),
    (frozenset({"لا", "0"}), frozenset({"نعم", "1"})),
)
"""Spellings of no and of yes in European languages, Russian, Chinese, Japanese, Korean and Arabic."""
TRUTH_WORDS = frozenset(word for no, yes in _TRUTHS for word in no | yes if len(word) > 2 or not word.isascii()) | {
    "no", "on", "si", "ja", "da",
}  # fmt: skip
"""Spellings that are no codes, as T, F and 1 may be."""

_PLAIN_TRUTHS = {"false": "0", "no": "0", "off": "0", "true": "1", "yes": "1", "on": "1"}
"""Words that mean the same beside any of these, where a column of truth values has no such spelling."""


def truth_sides(folded: Iterable[str]) -> dict[str, str]:
    """ "0" or "1" for each spelling of two truth values that all these, in lower case, are; else empty."""
    given = frozenset(folded)
    for no, yes in _TRUTHS:
        if given <= no | yes and given & no and given & yes:
            return {**dict.fromkeys(no, "0"), **dict.fromkeys(yes, "1")}
    return {}


_TRUTH = {"true": "1", "1": "true", "false": "0", "0": "false"}


_DIGITS = re.compile(r"([+-]?)0*(\d*)(?:\.(\d*?)0*)?")


def same_number(text: str) -> str:
    """One text for all plain spellings of a number, digit by digit: "01", "+1" and "1.0" are "1".

    Words are themselves, and so are powers of ten: "1E3" is a key as often as a number, and no other key is its like.
    """
    found = _DIGITS.fullmatch(text)
    if found is None or not any(map(str.isdecimal, text)):
        return text
    sign, whole, part = found.groups()
    if part:
        short = str(float(text))
        return text if short.endswith(".0") or "e+" in short else short  # more digits than a float holds
    return f"{'-' if sign == '-' and whole else ''}{whole or '0'}"


_DAY = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d)(?:[T ].+)?)?")
_QUARTER = re.compile(r"(\d{4})Q([1-4])")
_LASTING = re.compile(r"(-?\d+) days(?: \+?(\d+):(\d\d):(\d\d(?:\.\d+)?))?")


def same_value(text: str) -> str:
    """One text for all spellings of a number, of a moment ("2024-05-01 00:00:00" is "2024-05-01"), of a month or
    quarter (its first day) and of a duration as pandas writes it (its seconds); of words themselves.
    """
    if _DAY.fullmatch(text):
        return _moment_text(text) or text
    if found := _QUARTER.fullmatch(text):
        return f"{found[1]}-{3 * int(found[2]) - 2:02d}-01"
    if found := _LASTING.fullmatch(text):
        days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
        return _float_text(86400.0 * days + 3600.0 * hours + 60.0 * minutes + seconds) or text
    return same_number(text)


def _moment_text(text: str) -> str | None:
    try:
        moment = datetime.fromisoformat(text if len(text) > len("2024-05") else f"{text}-01")
    except ValueError:
        return None
    return text_of(moment if moment.tzinfo is None else moment.astimezone(UTC))


def by_value(texts: Sequence[str]) -> dict[str, int]:
    """The position of each text by the value that it spells; texts that spell the same value are left out."""
    numbers = [same_value(text) for text in texts]
    many = Counter(numbers)
    return {number: code for code, number in enumerate(numbers) if many[number] == 1}


def label_codes(labels: Sequence[object]) -> Callable[[object], int]:
    """The position of a label as text, else of the one that is the same number ("1" is "001"); -1 for no label."""
    texts = [text_of(label) or "" for label in labels]
    exact = {text: code for code, text in enumerate(texts)}
    alike = by_value(texts)  # "1" and "001" may be two labels

    def code(cell: object) -> int:
        text = text_of(cell)
        return -1 if text is None else exact.get(text, alike.get(same_value(text), -1))

    return code


class LevelReader:
    """Codes of the cells of one coded column.

    A cell gets the code of the level it equals as text, else as a number ("01" is "1", where not both are levels), else
    as a truth value (True is "1"); boolean columns also ignore letter case and take other spellings (T, yes, on, 1).
    Anything else is `len(levels)`, never seen; missing is -1.
    """

    __slots__ = ("_codes", "_folded", "_marks", "_unseen", "_values")

    def __init__(self, column: Column) -> None:
        self._codes = {level: code for code, level in enumerate(column.levels)}
        self._values = by_value(column.levels)
        folds = column.kind == "boolean"
        self._folded = {level.casefold(): code for code, level in enumerate(column.levels)} if folds else {}
        sides = truth_sides(self._folded)
        of_side = {sides[level]: code for level, code in self._folded.items()} if sides else {}
        known = {**_PLAIN_TRUTHS, **sides} if sides else {}
        self._folded |= {spelling: of_side[side] for spelling, side in known.items() if spelling not in self._folded}
        self._marks = frozenset(column.missing_marks)
        self._unseen = len(column.levels)

    def __call__(self, cell: object) -> int:
        if type(cell) is str:
            known = self._codes.get(cell)
            if known is not None:
                return known
        text = text_of(cell, self._marks)
        return -1 if text is None else self.of_text(text)

    def of_text(self, text: str) -> int:
        """The code of a canonical text."""
        codes = self._codes
        if text in codes:
            return codes[text]
        number = same_value(text)
        if number in self._values:
            return self._values[number]
        alias = _TRUTH.get(number.lower(), "")
        if alias in codes:
            return codes[alias]
        folded = text.casefold()
        return self._folded.get(folded, self._folded.get(_TRUTH.get(folded, ""), self._unseen))


class RankReader:
    """Places of the cells of one ordinal column among its levels, 0 the lowest; NaN: missing or no level."""

    __slots__ = ("_read", "_unseen")

    def __init__(self, column: Column) -> None:
        self._read, self._unseen = LevelReader(column), len(column.levels)

    def __call__(self, cell: object) -> float:
        code = self._read(cell)
        return float(code) if 0 <= code < self._unseen else math.nan


class WordReader:
    """Cells of a text column as str, "" when missing."""

    __slots__ = ("_marks",)

    def __init__(self, column: Column) -> None:
        self._marks = frozenset(column.missing_marks)

    def __call__(self, cell: object) -> str:
        return text_of(cell, self._marks) or ""
