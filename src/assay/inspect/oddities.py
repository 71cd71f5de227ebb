"""Oddities of one column, beyond what reading it repaired."""

import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from assay.core.array import Floats, Index
from assay.core.schema import Column
from assay.data import vectorized as vector
from assay.inspect.bins import Cells

if TYPE_CHECKING:
    import pandas as pd

_SKEWED = 3.0
_FAR = 20.0
"""Interquartile ranges beyond the quartiles; heavy tails of valid columns stay within."""
_MOST_LEVELS = 5_000
_FEW_ROWS, _RARE_LEVELS = 5, 3
"""Rows below which a level is rare, and how many such levels are reported: one or two are in most columns."""
_FORMULA = re.compile(r"[=+@][A-Za-z(]|-[A-Za-z(]")
_EARLIEST, _LATEST = -25_567.0 * 3, 47_482.0
"""Days of 1759-10 and of 2100-01: dates outside are typing slips or codes."""


def oddities(series: "pd.Series", cells: Cells | None, column: Column) -> tuple[str, ...]:
    """Sentences, none longer than a line."""
    if cells is None:
        return ()
    if cells.values is not None:
        return _of_dates(cells.values) if column.kind == "datetime" else _of_numbers(cells.values)
    if column.kind in {"category", "ordinal"}:
        return _of_levels(series, column)
    return ()


def _of_numbers(values: Floats) -> tuple[str, ...]:
    filled = values[~np.isnan(values)]
    if len(filled) < 20:
        return ()
    notes = []
    size = float(np.abs(filled).max()) or 1.0
    scaled = filled / size  # squares of numbers beyond 1e154 overflow
    spread = scaled.std()
    skew = float(np.mean(((scaled - scaled.mean()) / spread) ** 3)) if spread > 0 else 0.0
    if abs(skew) >= _SKEWED and len(np.unique(filled[:2000])) > 10:
        notes.append(f"skew {skew:.1f}")
    low, high = np.quantile(scaled, [0.25, 0.75])
    if high > low:
        far = int(((scaled < low - _FAR * (high - low)) | (scaled > high + _FAR * (high - low))).sum())
        if far and far <= 0.01 * len(filled):
            at = filled[np.argmax(np.abs(scaled - scaled.mean()))]
            notes.append(f"{far:,} {'value' if far == 1 else 'values'} far out, such as {at:g}")
    return tuple(notes)


def _of_dates(days: Floats) -> tuple[str, ...]:
    filled = days[~np.isnan(days)]
    out = int(((filled < _EARLIEST) | (filled > _LATEST)).sum())
    noun = "date lies" if out == 1 else "dates lie"
    return (f"{out:,} {noun} before 1759 or after 2099",) if out else ()


def _of_levels(series: "pd.Series", column: Column) -> tuple[str, ...]:
    codes, texts = vector.texts_of(vector.plain(series), frozenset(column.missing_marks))
    notes = [*_alike(texts[:_MOST_LEVELS]), *_scripts(texts[:_MOST_LEVELS])]
    notes += _rare(np.bincount(codes[codes >= 0], minlength=len(texts)), len(codes))
    formulas = sum(bool(_FORMULA.match(text)) for text in texts)
    if formulas:
        notes.append(f"{formulas:,} values begin like a formula: data here, escaped in files for spreadsheets")
    return tuple(notes)


def _rare(counts: Index, n_rows: int) -> tuple[str, ...]:
    """A note on the number of rare levels, as little can be learned of them. counts: rows of each level."""
    few = counts[(counts > 0) & (counts < _FEW_ROWS)]
    if len(few) < _RARE_LEVELS:
        return ()
    share = few.sum() / max(n_rows, 1)
    return (f"{len(few):,} levels in under {_FEW_ROWS} rows each, {share * 100:.1f} % of the rows",)


def _folded(text: str) -> str:
    """Letters without accents, case, punctuation; umlauts as they are often typed."""
    text = text.casefold()
    for letter, typed in (("ä", "ae"), ("ö", "oe"), ("ü", "ue")):
        text = text.replace(letter, typed)
    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if char.isalnum())


def _alike(texts: tuple[str, ...]) -> tuple[str, ...]:
    groups: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        groups[_folded(text)].append(text)
    alike = [members for key, members in groups.items() if key and len(members) > 1]
    if not alike:
        return ()
    shown = ", ".join(f'"{text}"' for text in alike[0][:3])
    others = len(alike) - 1
    more = f" and {others} more {'set' if others == 1 else 'sets'} of levels" if others else ""
    return (f"{shown}{more} look alike; not merged",)


def _scripts(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Words that mix alphabets, as "Mосква" with a Latin M: never equal to what they look like."""
    mixed = [text for text in texts if _mixes(text)]
    return (f'{len(mixed):,} values mix alphabets, such as "{mixed[0]}"',) if mixed else ()


def _mixes(text: str) -> bool:
    for word in text.split():
        names = {unicodedata.name(char, "?").split()[0] for char in word if char.isalpha()}
        if not word.isascii() and len(names & {"LATIN", "CYRILLIC", "GREEK"}) > 1:
            return True
    return False
